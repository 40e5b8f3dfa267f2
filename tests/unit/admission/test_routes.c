/* The table of routes, held against what else names its paths: documents, and the chart, whose webhooks call them. */
#include "admission/routes.h"
#include "base/file.h"
#include "tests/support/check.h"

#include <string.h>

enum { DOCUMENT_MAX = 1 << 20 };

static void expect_in(const char *file, const char *before, const char *path, const char *after)
{
    AUTO(buf) text;
    struct err err;
    char wanted[128];
    buf_init(&text, DOCUMENT_MAX);
    check_success(file, file_read(file, &text, &err), &err);
    (void)snprintf(wanted, sizeof(wanted), "%s%s%s", before, path, after);
    if (!strstr(buf_text(&text), wanted))
        fail_msg("%s does not have %s", file, wanted);
}

TEST(routes__each__is_documented_and_called)
{
    static const char *const configurations[ROUTES] = {
        [ROUTE_MUTATE] = "charts/gpuslice/templates/mutatingwebhook.yaml",
        [ROUTE_ADVISE] = "charts/gpuslice/templates/validatingwebhook.yaml",
    };
    for (size_t i = 0; i < ROUTES; i++) {
        expect_in("docs/serving.md", "| `POST ", routes[i].path, "` |");
        expect_in("docs/metrics.md", "`", routes[i].path, "`");
        assert_non_null(configurations[i]);
        expect_in(configurations[i], "\"", routes[i].path, "\"");
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
