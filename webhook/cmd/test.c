/* gpuslice test: runs SliceTest cases. The engine that decides is that of serve. */
#include "admission/decide.h"
#include "base/file.h"
#include "base/units.h"
#include "cmd/command.h"
#include "offline/slice_test.h"

#include <stdio.h>
#include <string.h>

enum { TEST_FILE_MAX = 8 * MIB, FAULTS_MAX = 4 * TEST_FILE_MAX };

static const char doc[] =
    "Run SliceTest cases: each has a namespace and a pod, and the decision and values that are expected. FILE is a "
    "file or a folder; without one, the policies folder is searched.\vExample:\n"
    "  gpuslice test --policies policies\n"
    "\n"
    "Exit status: 0 success; 1 a case fails; 2 usage or input error. docs/testing-policies.md describes the cases.";

struct test_options {
    struct policies_options policies;
    char **files;
    int file_count;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct test_options *options = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->policies;
        return 0;
    case ARGP_KEY_ARGS:
        options->files = state->argv + state->next;
        options->file_count = state->argc - state->next;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&command_policies_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {.parser = parse, .args_doc = "[FILE...]", .doc = doc, .children = children};

struct tally {
    size_t passed, failed;
};

static int run_document(const char *file, const struct yaml_document *document, const struct policy_set *set,
                        struct tally *tally, struct problems *problems, struct err *err)
{
    AUTO(slice_test) test = {0};
    size_t before = problems->count;
    struct document whole = document_of(file, document, problems);
    struct node root = node_root(&whole);
    if (!slice_test_is(document->value))
        return 0;
    slice_test_decode(&root, &test);
    if (problems->count > before)
        return 0;
    AUTO(buf) faults;
    buf_init(&faults, FAULTS_MAX);
    if (slice_test_run(&test, set, &faults, err) < 0 || buf_check(&faults, err) < 0)
        return err_wrap(err, "%s: SliceTest %s", file, test.name);
    bool passed = faults.length == 0;
    *(passed ? &tally->passed : &tally->failed) += 1;
    (void)printf("%s %s\n%s", passed ? "ok  " : "FAIL", test.name, buf_text(&faults));
    return 0;
}

static int run_file(const char *file, const struct policy_set *set, struct tally *tally, struct problems *problems,
                    struct err *err)
{
    AUTO(buf) text;
    AUTO(yaml_documents) documents = {0};
    buf_init(&text, TEST_FILE_MAX);
    if (file_read(file, &text, err) < 0 ||
        yaml_read(file, buf_text(&text), text.length, YAML_ALIASES, &documents, problems, err) < 0)
        return -1;
    for (size_t i = 0; i < documents.count; i++) {
        if (run_document(file, &documents.items[i], set, tally, problems, err) < 0)
            return -1;
    }
    return problems_check(problems, err);
}

static int run_path(const char *path, const struct policy_set *set, struct tally *tally, struct problems *problems,
                    struct err *err)
{
    static const char *const suffixes[] = {".yaml", ".yml", NULL};
    AUTO(strlist) files = {0};
    if (file_list(path, suffixes, &files, err) < 0)
        return -1;
    for (size_t i = 0; i < files.count; i++) {
        if (run_file(files.items[i], set, tally, problems, err) < 0)
            return -1;
    }
    return 0;
}

int command_test(int argc, char **argv)
{
    struct test_options options = {0};
    command_parse(&argp, argc, argv, &options);
    AUTO(loaded) loaded = {0};
    if (command_load(&options.policies, &loaded) < 0)
        return EXIT_USAGE;
    AUTO(problems) problems = {0};
    struct tally tally = {0};
    struct err err;
    char *own[] = {(char *)(uintptr_t)options.policies.policies};
    char **paths = options.file_count > 0 ? options.files : own;
    int count = options.file_count > 0 ? options.file_count : 1;
    for (int i = 0; i < count; i++) {
        if (run_path(paths[i], loaded.set, &tally, &problems, &err) < 0)
            return command_fail_problems(&problems, &err);
    }
    if (tally.passed + tally.failed == 0) {
        (void)fprintf(stderr, "gpuslice: no SliceTest in %s%s\n", paths[0], count > 1 ? " and the others" : "");
        return EXIT_USAGE;
    }
    (void)printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
    return tally.failed > 0 ? EXIT_FINDINGS : EXIT_OK;
}
