/* gpuslice test: runs SliceTest cases. */
#include "base/units.h"
#include "cmd/command.h"
#include "manifest/read.h"
#include "offline/slice_test.h"

#include <string.h>

enum { FAULTS_MAX = 32 * MIB };

static const char doc[] =
    "Run SliceTest cases: each has a namespace and a pod, and the decision and values that are expected. FILE is a "
    "file, a folder (its .yaml and .yml files) or - for standard input, with YAML documents, JSON objects or Lists; "
    "without one, the policies folder is searched.\vExample:\n"
    "  gpuslice test --policies policies\n"
    "\n"
    "Exit status: 0 success; 1 a case fails; 2 usage or input error. docs/testing-policies.md describes the cases.";

struct test_options {
    struct policies_options policies;
    struct argument_list files;
};

static const struct command_option rows[] = {
    {.store = option_arguments, .offset = offsetof(struct test_options, files)},
    {.table = &policies_table, .offset = offsetof(struct test_options, policies)},
};
static const struct option_table table = {"[FILE...]", doc, OPTION_ROWS(rows)};

struct tally {
    size_t passed, failed;
};

/* Runs a case and prints its result. If the case cannot be decoded or run, adds a problem. Errors: ERR_NOMEM. */
static int run_case(const struct node *node, const struct policy_set *set, struct tally *tally,
                    struct problems *problems, struct err *err)
{
    AUTO(slice_test) test = {0};
    AUTO(buf) faults;
    size_t before = problems->count;

    buf_init(&faults, FAULTS_MAX);
    slice_test_decode(node, &test);
    if (problems->count > before)
        return 0;
    if (slice_test_run(&test, set, &faults, err) < 0 || buf_check(&faults, err) < 0) {
        if (err->code != ERR_NOMEM)
            node_problem(node, "SliceTest %s: %s", test.name, err->text);
        return err->code == ERR_NOMEM ? -1 : 0;
    }

    bool passed = faults.length == 0;
    *(passed ? &tally->passed : &tally->failed) += 1;
    (void)printf("%s %s\n%s", passed ? "ok  " : "FAIL", test.name, buf_text(&faults));
    return 0;
}

static int run_path(const char *path, const struct policy_set *set, struct tally *tally, struct problems *problems,
                    struct err *err)
{
    static const char *const suffixes[] = {".yaml", ".yml", NULL};
    const struct manifest_options options = {.suffixes = suffixes, .flags = YAML_ALIASES};
    AUTO(manifest_reader) reader = NULL;
    if (manifest_open(path, &options, problems, &reader, err) < 0)
        return -1;

    for (;;) {
        AUTO(manifest) manifest = NULL;
        if (manifest_next(reader, &manifest, err) < 0)
            return -1;
        if (!manifest)
            return 0;
        if (manifest->form == MANIFEST_TEMPLATE)
            manifest_refuse_template(manifest);
        else if (slice_test_is(manifest->node.value) && run_case(&manifest->node, set, tally, problems, err) < 0)
            return -1;
    }
}

int command_test(int argc, char **argv)
{
    struct test_options options = {0};
    options_parse(&table, argc, argv, &options);

    AUTO(loaded) loaded = {0};
    if (command_load(&options.policies, &loaded) < 0)
        return EXIT_USAGE;

    AUTO(problems) problems = {0};
    struct tally tally = {0};
    struct err err;
    char *own[] = {(char *)(uintptr_t)options.policies.policies};
    if (options.files.count == 0)
        options.files = (struct argument_list){own, ARRAY_SIZE(own)};
    bool unreadable = false;
    for (size_t i = 0; i < options.files.count; i++) {
        if (run_path(options.files.items[i], loaded.set, &tally, &problems, &err) == 0)
            continue;
        (void)command_fail(&err);
        unreadable = true;
    }

    unreadable = command_print_problems(&problems) || unreadable;
    bool any = tally.passed + tally.failed > 0;
    if (any)
        (void)printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
    else if (!unreadable)
        (void)fprintf(stderr, "gpuslice: no SliceTest in %s%s\n", options.files.items[0],
                      options.files.count > 1 ? " and the other FILEs" : "");
    if (unreadable || !any)
        return EXIT_USAGE;
    return tally.failed > 0 ? EXIT_FINDINGS : EXIT_OK;
}
