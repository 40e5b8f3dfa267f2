/* Checks in each folder of tests/lint/verdicts that lint's verdicts on the pods are those in `expected`. */
#include "base/file.h"
#include "lint/lint.h"
#include "tests/support/check.h"

#include <dirent.h>

#define VERDICTS "tests/lint/verdicts"

enum { VERDICT_TEXT_MAX = 65536 };

static struct gpu_table *gpus;

/* Prints "POD schedulable" or "POD never RULE" for each pod, in the order of the file. */
static void print_verdicts(struct lint *lint, struct buf *out)
{
    for (size_t i = 0; i < lint->pods.count; i++) {
        const struct lint_pod *pod = &lint->pods.items[i];
        struct verdict verdict = verdict_of(pod, &lint->model);
        bool fine = verdict.obstacle == OBSTACLE_NONE;
        buf_addf(out, "%s %s%s\n", pod->object->name, fine ? "schedulable" : "never ",
                 fine ? "" : rule_get(verdict_rule(&verdict))->id);
    }
}

static void try_folder(const char *name)
{
    AUTO(lint) lint = {0};
    AUTO(problems) problems = {0};
    AUTO(buf) expected;
    AUTO(buf) got;
    struct strlist none = {0};
    struct lint_options options = {.gpus = gpus, .disabled = &none};
    struct err err;
    char folder[512];
    char path[600];
    char *paths[] = {folder};
    (void)snprintf(folder, sizeof(folder), "%s/%.200s", VERDICTS, name);
    (void)snprintf(path, sizeof(path), "%s/expected", folder);
    buf_init(&expected, VERDICT_TEXT_MAX);
    buf_init(&got, VERDICT_TEXT_MAX);
    check_success(name, file_read(path, &expected, &err), &err);
    check_success(name, lint_run(&options, paths, 1, &lint, &problems, &err), &err);
    assert_int_equal(problems.count, 0);
    print_verdicts(&lint, &got);
    check_text(name, buf_text(&got), buf_text(&expected));
    for (size_t i = 0; i < lint.findings.count; i++) {
        if (strcmp(lint.findings.items[i].rule->id, "pod-malformed") == 0)
            fail_msg("%s: %s", name, lint.findings.items[i].message);
    }
}

TEST(verdicts__of_each_folder__as_expected)
{
    struct err err;
    size_t count = 0;
    check_success("gpus", gpu_table_load(&gpus, &err), &err);
    DIR *folder = opendir(VERDICTS);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (*entry->d_name == '.' || strcmp(entry->d_name, "README.md") == 0)
            continue;
        try_folder(entry->d_name);
        count++;
    }
    (void)closedir(folder);
    gpu_table_free(gpus);
    assert_true(count >= 25);
}
