/* gpuslice migrate: converts manifests for older Karpenter versions, and those of old guides, to current ones. */
#include "base/file.h"
#include "base/units.h"
#include "cmd/command.h"
#include "core/names.h"
#include "manifest/read.h"
#include "migrate/migrate.h"
#include "policy/pool.h"

#include <string.h>

enum { RESULT_MAX = 64 * MIB };

static const char doc[] =
    "Convert old manifests to current NodePools, EC2NodeClasses, NodeOverlays and ConfigMaps. The input may have "
    "Provisioners, AWSNodeTemplates, NodeTemplates (as in old guides), NodePools and EC2NodeClasses of v1beta1, "
    "device plugin ConfigMaps, and scripts with `kubectl`, `helm` and here-documents; with -o policies also today's "
    "NodePools, EC2NodeClasses, NodeOverlays and Helm values of NVIDIA's charts. FILE is YAML, JSON or a shell script, "
    "or a folder "
    "of YAML and JSON; - is standard input. The report says what happens to every field (carried, changed, kept, not "
    "needed, lost, or needs manual attention) and why.\vExamples:\n"
    "  gpuslice migrate --cluster prod old.yaml label-nodes.sh > today.yaml\n"
    "  gpuslice migrate -o policies -d policies old/*.yaml\n"
    "  gpuslice migrate --report - -d today old.yaml\n"
    "\n"
    "Exit status: 0 success; 1 something was lost or needs manual attention (the report says what); 2 usage or "
    "input error. docs/migrating.md has the details.";

enum { REPORT_BY_NAME = OUTPUT_JSON + 1 };

struct migrate_options {
    unsigned form; /* enum migration_form */
    unsigned report_format;
    bool report_all;
    const char *directory, *cluster, *report;
    struct argument_list files;
};

/* Accepts "yaml" as another name of the form "manifests". */
static void store_form(const struct command_option *option, char *name, void *member, struct argp_state *state)
{
    if (strcmp(name, "yaml") == 0)
        *(unsigned *)member = MIGRATION_MANIFESTS;
    else
        option_choice(option, name, member, state);
}

static void complete_options(void *context, struct argp_state *state)
{
    struct migrate_options *options = context;
    const char *suffix = options->report ? strrchr(options->report, '.') : NULL;
    if (options->files.count == 0)
        argp_error(state, "no FILE given; use - for standard input");
    if (options->report && strcmp(options->report, "-") == 0 && !options->directory)
        argp_error(state, "--report - needs -d DIR: the result goes to standard output otherwise");
    if (options->report_format == REPORT_BY_NAME)
        options->report_format = suffix && strcmp(suffix, ".json") == 0 ? OUTPUT_JSON : OUTPUT_TEXT;
}

static const char *const forms[] = {[MIGRATION_MANIFESTS] = "manifests", [MIGRATION_POLICIES] = "policies", NULL};

static const struct command_option rows[] = {
    {"output", 'o', "FORM", "manifests (default), or policies: equivalent SlicePools, SliceClasses and SlicePolicies",
     store_form, offsetof(struct migrate_options, form), OPTION_CHOICES(forms)},
    {"directory", 'd', "DIR", "write one file per object into DIR instead of everything to standard output",
     option_text, .offset = offsetof(struct migrate_options, directory)},
    {"cluster", 0, "NAME", "the cluster's name, for the discovery tags and the node role that the input does not give",
     option_text, .offset = offsetof(struct migrate_options, cluster)},
    {"report", 0, "FILE", "write the report to FILE (- is standard output, with -d) instead of standard error",
     option_text, .offset = offsetof(struct migrate_options, report)},
    {"report-format", 0, "FORM", "text or json (default: json for a FILE that ends in .json)", option_choice,
     offsetof(struct migrate_options, report_format), OPTION_CHOICES(option_outputs)},
    {"report-all", 0, NULL, "print a line for each field, instead of one for all fields of an object that are carried",
     option_flag, .offset = offsetof(struct migrate_options, report_all)},
    {.store = option_arguments, .offset = offsetof(struct migrate_options, files)},
};
static const struct option_table table = {"FILE...", doc, OPTION_ROWS(rows), complete_options};

/* Reads all files, so that every unreadable one is reported. Prints the errors and returns false if there are any. */
static bool read_all(const struct migrate_options *options, struct migration *migration)
{
    AUTO(problems) problems = {0};
    bool readable = true;
    for (size_t i = 0; i < options->files.count; i++) {
        struct err err;
        size_t before = problems.count;
        if (migration_read(migration, options->files.items[i], &problems, &err) == 0)
            continue;
        readable = false;
        if (problems.count == before)
            (void)command_fail(&err);
    }

    return !command_print_problems(&problems) && readable;
}

static int put_report(const struct migrate_options *options, const struct migration *migration, struct err *err)
{
    AUTO(buf) text;
    buf_init(&text, RESULT_MAX);
    if (options->report_format == OUTPUT_JSON)
        report_print_json(migration_report(migration), &text);
    else
        report_print_text(migration_report(migration), options->report_all, &text);
    if (!options->report || strcmp(options->report, "-") == 0)
        return command_print(&text, options->report ? stdout : stderr, err);
    if (buf_check(&text, err) < 0)
        return -1;
    return file_write(options->report, buf_text(&text), text.length, 0644, err);
}

static int put_result(const struct migrate_options *options, const struct migration *migration, struct err *err)
{
    AUTO(buf) text;
    buf_init(&text, RESULT_MAX);
    if (options->directory)
        return migration_write(migration, options->directory, err);
    return migration_print(migration, &text, err) < 0 ? -1 : command_print(&text, stdout, err);
}

/* Decodes the SlicePools, whose values are those of the input. */
static int check_pools(const char *text, size_t length, const struct gpu_table *gpus, struct problems *problems,
                       struct err *err)
{
    AUTO(manifest_reader) reader = NULL;
    if (manifest_open_text("result", text, length, NULL, problems, &reader, err) < 0)
        return -1;
    for (;;) {
        struct manifest *manifest;
        struct pool pool = {0};
        if (manifest_next(reader, &manifest, err) < 0)
            return -1;
        if (!manifest)
            return 0;
        if (strcmp(manifest->kind, SLICE_POOL) == 0)
            pool_decode(&manifest->node, gpus, &pool);
        pool_fini(&pool);
        manifest_free(manifest);
    }
}

/* Prints why policies of the result do not load. Sets *ret_loads to false if there is a reason. */
static int check_policies(const struct migration *migration, const struct gpu_table *gpus, bool *ret_loads,
                          struct err *err)
{
    AUTO(problems) problems = {0};
    AUTO(buf) text;
    buf_init(&text, RESULT_MAX);
    *ret_loads = true;
    if (migration_print(migration, &text, err) < 0 ||
        check_pools(buf_text(&text), text.length, gpus, &problems, err) < 0)
        return -1;
    if (problems.count == 0 && !problems.out_of_memory)
        return 0;
    (void)fputs("gpuslice: the policies load only after these values, which the input has, are corrected:\n", stderr);
    (void)command_print_problems(&problems);
    *ret_loads = false;
    return 0;
}

int command_migrate(int argc, char **argv)
{
    struct migrate_options options = {.report_format = REPORT_BY_NAME};
    options_parse(&table, argc, argv, &options);

    AUTO(gpu_table) gpus = NULL;
    AUTO(migration) migration = NULL;
    struct err err;
    bool loads = true;

    if (gpu_table_load(&gpus, &err) < 0 || migration_new(gpus, options.cluster, &migration, &err) < 0)
        return command_fail(&err);
    if (!read_all(&options, migration))
        return EXIT_USAGE;
    if (migration_convert(migration, options.form, &err) < 0 || put_result(&options, migration, &err) < 0 ||
        put_report(&options, migration, &err) < 0)
        return command_fail(&err);
    if (options.form == MIGRATION_POLICIES && check_policies(migration, gpus, &loads, &err) < 0)
        return command_fail(&err);

    return !loads || report_needs_attention(migration_report(migration)) ? EXIT_FINDINGS : EXIT_OK;
}
