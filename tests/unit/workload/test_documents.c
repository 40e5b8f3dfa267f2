/* The table of kinds, compared with docs/workloads.md and with the chart's rules for /advise. */
#include "tests/support/check.h"

#include "base/file.h"
#include "workload/kinds.h"

#include <ctype.h>

enum { PAGE_MAX = 256 * 1024, ROW_MAX = 1024 };

static void read_file(const char *path, struct buf *text)
{
    struct err err = {0};
    buf_init(text, PAGE_MAX);
    check_success(path, file_read(path, text, &err), &err);
}

static const char *note_of(const struct workload *workload)
{
    return !workload->paths[0]                      ? "without a template: not judged"
           : workload->flags & WORKLOAD_JUDGED_ONLY ? "judged, never rewritten"
           : workload->shape == SHAPE_COMPONENT     ? "a PodSpec among other fields; annotations go down"
           : workload->flags & WORKLOAD_CARRIES     ? "annotations go down"
           : workload->flags & WORKLOAD_DAEMONSET   ? "as pods of a DaemonSet"
                                                    : "";
}

TEST(workloads__all__have_a_row_in_the_documentation)
{
    AUTO(buf) page;
    AUTO(buf) missing;
    buf_init(&missing, PAGE_MAX);
    read_file("docs/workloads.md", &page);
    for (size_t i = 0; i < workload_count; i++) {
        const struct workload *workload = &workloads[i];
        AUTO(buf) row;
        buf_init(&row, ROW_MAX);
        buf_addf(&row, "| %s | %s | ", *workload->kind.group ? workload->kind.group : "core", workload->kind.name);
        for (size_t j = 0; workload->paths[j]; j++)
            buf_addf(&row, "%s`%s`", j ? ", " : "", workload->paths[j]);
        buf_addf(&row, " | %s |\n", note_of(workload));
        if (!strstr(buf_text(&page), buf_text(&row)))
            buf_add_string(&missing, buf_text(&row));
    }
    check_text("docs/workloads.md lacks", buf_text(&missing), "");
}

/* So no row is left of a kind that is no longer known, and none is written twice. */
TEST(workloads__all__are_the_only_rows_in_the_documentation)
{
    AUTO(buf) page;
    size_t rows = 0;
    read_file("docs/workloads.md", &page);
    const char *line = strstr(buf_text(&page), "\n## Known kinds\n");
    const char *end = strstr(buf_text(&page), "\n## Unknown kinds\n");
    assert_non_null(line);
    assert_non_null(end);
    while ((line = strstr(line, "\n| ")) && line < end) {
        rows++;
        line++;
    }
    assert_int_equal(rows, workload_count + 1); /* with the names of the columns */
}

/* Objects of these kinds are made by controllers or are in no namespace, so no one sees advice on them. */
static bool is_advised_on(const struct workload *workload)
{
    return workload->paths[0] && strncmp(workload->kind.name, "Cluster", 7) != 0 &&
           strcmp(workload->kind.group, "kueue.x-k8s.io") != 0 && strcmp(workload->kind.name, "Configuration") != 0;
}

TEST(workloads__all_with_templates__are_in_the_rules_of_the_chart)
{
    AUTO(buf) values;
    read_file("charts/gpuslice/values.yaml", &values);
    for (size_t i = 0; i < workload_count; i++) {
        AUTO(buf) group;
        AUTO(buf) resource;
        buf_init(&group, ROW_MAX);
        buf_init(&resource, ROW_MAX);
        if (!is_advised_on(&workloads[i]))
            continue;
        buf_addf(&group, "  - apiGroups: [%s]\n    resources: [",
                 *workloads[i].kind.group ? workloads[i].kind.group : "\"\"");
        for (const char *letter = workloads[i].kind.name; *letter; letter++)
            buf_add_char(&resource, (char)tolower((unsigned char)*letter));
        buf_add_string(&resource, "s");
        const char *rule = strstr(buf_text(&values), buf_text(&group));
        const char *found = rule ? strstr(rule, buf_text(&resource)) : NULL;
        const char *end = rule ? strchr(rule, ']') : NULL;
        end = end ? strchr(end + 1, ']') : NULL;
        if (!found || found > end)
            fail_msg("charts/gpuslice/values.yaml: advise.rules lack %s of %s", buf_text(&resource),
                     workloads[i].kind.group);
    }
}
