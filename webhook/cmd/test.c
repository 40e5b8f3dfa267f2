/* gpuslice test: runs SliceTest cases. */
#include "base/text.h"
#include "base/units.h"
#include "cmd/command.h"
#include "manifest/read.h"
#include "offline/slice_test.h"

#include <fnmatch.h>
#include <string.h>

enum { FAULTS_MAX = 32 * MIB };

static const char doc[] =
    "Run SliceTest cases: each has a namespace and a pod or workload, and the decision and values that are expected. FILE is a "
    "file, a folder (its .yaml and .yml files) or - for standard input, with YAML documents, JSON objects or Lists; "
    "without one, the policies folder is searched.\vExample:\n"
    "  gpuslice test --policies policies\n"
    "  gpuslice test --run '*MIG*' policies/tests/shipped.yaml\n"
    "\n"
    "A case that is not valid, such as one with a misspelt reason, fails. Exit status: 0 success; 1 a case fails; 2 "
    "usage or input error, or no case. docs/testing-policies.md describes the cases.";

struct test_options {
    struct policies_options policies;
    const char *pattern; /* NULL: all cases run */
    struct argument_list files;
};

static const struct command_option rows[] = {
    {"run", 'r', "PATTERN", "run only the cases whose whole name matches this shell pattern", option_text,
     .offset = offsetof(struct test_options, pattern)},
    {.store = option_arguments, .offset = offsetof(struct test_options, files)},
    {.table = &policies_table, .offset = offsetof(struct test_options, policies)},
};
static const struct option_table table = {"[FILE...]", doc, OPTION_ROWS(rows)};

struct run {
    const struct policy_set *set;
    const char *pattern;
    struct problems problems; /* of documents that are not cases, or cannot be read as such */
    size_t passed, failed, left_out;
    bool is_unreadable; /* a file could not be read */
};

static void run_fini(struct run *run)
{
    problems_fini(&run->problems);
}
DEFINE_AUTO_FINI(run, struct run, run_fini);

/* Turns the problems from index `first` on into lines of `faults`, sorted. */
static void move_problems(struct problems *problems, size_t first, struct buf *faults)
{
    struct problems own = {.items = problems->items + first, .count = problems->count - first};
    problems_sort(&own);
    for (size_t i = 0; i < own.count; i++)
        buf_addf(faults, "     %s:%u:%u: %s\n", own.items[i].file, own.items[i].line, own.items[i].column,
                 own.items[i].text);
    problems_cut(problems, first);
}

/* Adds to `faults` why the case fails. Errors: ERR_NOMEM. */
static int find_faults(const struct manifest *manifest, struct run *run, struct buf *faults, struct err *err)
{
    AUTO(slice_test) test = {0};
    size_t before = run->problems.count;
    slice_test_decode(&manifest->node, run->set, &test);

    if (run->problems.count == before && slice_test_run(&test, run->set, faults, err) < 0) {
        if (err->code == ERR_NOMEM)
            return -1;
        struct node pod = node_find(manifest->node, PATH("spec", test.pod ? "pod" : "object"));
        buf_reset(faults);
        node_problem(&pod, "%s", err->text);
    }
    if (run->problems.count > before)
        move_problems(&run->problems, before, faults);

    return buf_check(faults, err) < 0 && err->code == ERR_NOMEM ? -1 : 0;
}

/* Runs a case and prints its result. Errors: ERR_NOMEM. */
static int run_case(const struct manifest *manifest, struct run *run, struct err *err)
{
    if (run->pattern && fnmatch(run->pattern, manifest->name, 0) != 0) {
        run->left_out++;
        return 0;
    }

    AUTO(buf) faults;
    AUTO(string) name = strdup(*manifest->name ? manifest->name : "a case without a name");
    buf_init(&faults, FAULTS_MAX);
    if (!name || find_faults(manifest, run, &faults, err) < 0)
        return err_nomem(err);
    text_make_printable(name, ' ');

    struct mark mark = node_mark(manifest->node);
    bool passed = faults.length == 0 && buf_check(&faults, err) == 0;
    *(passed ? &run->passed : &run->failed) += 1;
    if (passed)
        (void)printf("ok   %s\n", name);
    else
        (void)printf("FAIL %s (%s:%u:%u)\n%s", name, mark.file, mark.line, mark.column, buf_text(&faults));
    return 0;
}

/* Reports the error that ended a file, unless memory ran out. */
static int leave_file(struct run *run, const struct err *err)
{
    run->is_unreadable = true;
    if (err->code == ERR_NOMEM)
        return -1;
    (void)command_fail(err);
    return 0;
}

/* Runs the cases of a path. A file that cannot be read does not end the run. Errors: ERR_NOMEM. */
static int run_path(const char *path, struct run *run, struct err *err)
{
    static const char *const suffixes[] = {".yaml", ".yml", NULL};
    const struct manifest_options options = {.suffixes = suffixes, .flags = YAML_ALIASES};
    AUTO(manifest_reader) reader = NULL;
    if (manifest_open(path, &options, &run->problems, &reader, err) < 0)
        return leave_file(run, err);

    for (;;) {
        AUTO(manifest) manifest = NULL;
        if (manifest_next(reader, &manifest, err) < 0) {
            if (leave_file(run, err) < 0)
                return -1;
            continue;
        }
        if (!manifest)
            return 0;
        if (manifest->form == MANIFEST_TEMPLATE)
            manifest_refuse_template(manifest);
        else if (slice_test_is(manifest->node.value) && run_case(manifest, run, err) < 0)
            return -1;
    }
}

/* Prints the totals, or why there are none. */
static void print_totals(const struct run *run, const struct argument_list *files, bool is_unreadable)
{
    if (run->passed + run->failed > 0) {
        (void)printf("%zu passed, %zu failed", run->passed, run->failed);
        if (run->pattern)
            (void)printf(", %zu left out by --run", run->left_out);
        (void)putchar('\n');
    } else if (run->left_out > 0) {
        (void)fprintf(stderr, "gpuslice: the name of none of %zu SliceTests matches --run \"%s\"\n", run->left_out,
                      run->pattern);
    } else if (!is_unreadable) {
        (void)fprintf(stderr, "gpuslice: no SliceTest in %s%s\n", files->items[0],
                      files->count > 1 ? " and the other FILEs" : "");
    }
}

int command_test(int argc, char **argv)
{
    struct test_options options = {0};
    options_parse(&table, argc, argv, &options);

    AUTO(loaded) loaded = {0};
    if (command_load(&options.policies, &loaded) < 0)
        return EXIT_USAGE;

    AUTO(run) run = {.set = loaded.set, .pattern = options.pattern};
    struct err err;
    char *own[] = {(char *)(uintptr_t)options.policies.policies};
    if (options.files.count == 0)
        options.files = (struct argument_list){own, ARRAY_SIZE(own)};
    for (size_t i = 0; i < options.files.count; i++) {
        if (run_path(options.files.items[i], &run, &err) < 0)
            return command_fail(&err);
    }

    bool is_unreadable = command_print_problems(&run.problems) || run.is_unreadable;
    print_totals(&run, &options.files, is_unreadable);
    if (is_unreadable || run.passed + run.failed == 0)
        return EXIT_USAGE;
    return run.failed > 0 ? EXIT_FINDINGS : EXIT_OK;
}
