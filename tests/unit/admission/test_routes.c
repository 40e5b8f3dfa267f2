/* The table of routes, compared with what else names its paths: the documents, and the webhooks of the chart. */
#include "admission/routes.h"
#include "base/file.h"
#include "tests/support/check.h"

#include <string.h>

enum { DOCUMENT_MAX = 1 << 20 };

static bool is_in(const char *file, const char *before, const char *path, const char *after)
{
    AUTO(buf) text;
    struct err err;
    char wanted[128];
    buf_init(&text, DOCUMENT_MAX);
    check_success(file, file_read(file, &text, &err), &err);
    (void)snprintf(wanted, sizeof(wanted), "%s%s%s", before, path, after);
    return strstr(buf_text(&text), wanted) != NULL;
}

TEST(routes__each__is_documented_and_called)
{
    for (size_t i = 0; i < ROUTES; i++) {
        const char *path = routes[i].path;
        if (!is_in("docs/serving.md", "| `POST ", path, "` |"))
            fail_msg("docs/serving.md has no row for POST %s", path);
        if (!is_in("docs/metrics.md", "`", path, "`"))
            fail_msg("docs/metrics.md does not name the path %s", path);
        if (!is_in("charts/gpuslice/templates/mutatingwebhook.yaml", "\"", path, "\"") &&
            !is_in("charts/gpuslice/templates/validatingwebhook.yaml", "\"", path, "\""))
            fail_msg("no webhook configuration of the chart calls %s", path);
    }
}

TEST(routes__paths__are_in_the_order_of_the_table)
{
    const char *paths[ROUTES + 1];
    route_paths(paths);
    for (size_t i = 0; i < ROUTES; i++) {
        assert_ptr_equal(paths[i], routes[i].path);
        assert_non_null(routes[i].answer);
    }
    assert_null(paths[ROUTES]);
}
