/* gpuslice migrate: converts manifests of Karpenter v1alpha5 and of guides of that time to current ones. */
#include "base/file.h"
#include "base/units.h"
#include "cmd/command.h"
#include "migrate/migrate.h"

#include <stdio.h>
#include <string.h>

enum { RESULT_MAX = 64 * MIB };

static const char doc[] =
    "Convert Provisioner, AWSNodeTemplate and NodeTemplate of karpenter.sh/v1alpha5 (and NodePool and EC2NodeClass "
    "of v1beta1), device plugin ConfigMaps of old guides and `kubectl label node` lines to current NodePools, "
    "EC2NodeClasses, NodeOverlays and ConfigMaps. FILE is YAML, JSON or a shell script, or a folder "
    "of YAML and JSON; - is standard input. Every field is either carried over or reported as lost, with the "
    "reason.\vExamples:\n"
    "  gpuslice migrate --cluster prod old.yaml label-nodes.sh > today.yaml\n"
    "  gpuslice migrate -o policies -d policies old/*.yaml\n"
    "  gpuslice migrate --report - -d today old.yaml\n"
    "\n"
    "Exit status: 0 success; 1 something was lost or needs manual attention (the report says what); 2 usage or "
    "input error. docs/migrating.md has the details.";

enum { OPTION_REPORT = 256, OPTION_REPORT_FORMAT, OPTION_CLUSTER };

static const struct argp_option options_table[] = {
    {"output", 'o', "FORM", 0,
     "manifests (default), or policies: equivalent SlicePools, SliceClasses and SlicePolicies", 0},
    {"directory", 'd', "DIR", 0, "write one file per object into DIR instead of everything to standard output", 0},
    {"cluster", OPTION_CLUSTER, "NAME", 0,
     "the cluster's name, for discovery tags where the input does not select subnets", 0},
    {"report", OPTION_REPORT, "FILE", 0,
     "write the report to FILE (- is standard output, with -d) instead of standard error", 0},
    {"report-format", OPTION_REPORT_FORMAT, "FORM", 0, "text or json (default: json for a FILE that ends in .json)", 0},
    {0},
};

struct migrate_options {
    enum migration_form form;
    const char *directory, *cluster, *report, *report_format;
    char **files;
    int file_count;
};

static void parse_form(struct migrate_options *options, const char *argument, struct argp_state *state)
{
    if (strcmp(argument, "policies") == 0)
        options->form = MIGRATION_POLICIES;
    else if (strcmp(argument, "manifests") != 0 && strcmp(argument, "yaml") != 0)
        argp_error(state, "unknown output \"%s\"; use manifests or policies", argument);
}

static void check_migrate_options(const struct migrate_options *options, struct argp_state *state)
{
    const char *format = options->report_format;
    if (format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
        argp_error(state, "unknown report format \"%s\"; use text or json", format);
    else if (options->file_count == 0)
        argp_error(state, "no FILE given; use - for standard input");
    else if (options->report && strcmp(options->report, "-") == 0 && !options->directory)
        argp_error(state, "--report - needs -d DIR: the result goes to standard output otherwise");
}

static error_t parse_migrate_option(int key, char *argument, struct argp_state *state)
{
    struct migrate_options *options = state->input;
    switch (key) {
    case 'o':
        parse_form(options, argument, state);
        return 0;
    case 'd':
        options->directory = argument;
        return 0;
    case OPTION_CLUSTER:
        options->cluster = argument;
        return 0;
    case OPTION_REPORT:
        options->report = argument;
        return 0;
    case OPTION_REPORT_FORMAT:
        options->report_format = argument;
        return 0;
    case ARGP_KEY_ARGS:
        options->files = state->argv + state->next;
        options->file_count = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        check_migrate_options(options, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options_table, .parser = parse_migrate_option, .args_doc = "FILE...", .doc = doc};

/* Reads all files, so that every unreadable one is reported. Returns false after printing. */
static bool read_all(const struct migrate_options *options, struct migration *migration)
{
    AUTO(problems) problems = {0};
    bool readable = true;
    for (int i = 0; i < options->file_count; i++) {
        struct err err;
        size_t before = problems.count;
        if (migration_read(migration, options->files[i], &problems, &err) == 0)
            continue;
        readable = false;
        if (problems.count == before)
            (void)command_fail(&err);
    }

    problems_sort(&problems);
    command_print_problems(&problems);
    return readable && problems.count == 0 && !problems.out_of_memory;
}

static bool wants_json(const struct migrate_options *options)
{
    const char *end = options->report ? strrchr(options->report, '.') : NULL;
    if (options->report_format)
        return strcmp(options->report_format, "json") == 0;
    return end && strcmp(end, ".json") == 0;
}

static int put_report(const struct migrate_options *options, const struct migration *migration, struct err *err)
{
    AUTO(buf) text;
    buf_init(&text, RESULT_MAX);
    (wants_json(options) ? report_print_json : report_print_text)(migration_report(migration), &text);
    if (buf_check(&text, err) < 0)
        return -1;
    if (options->report && strcmp(options->report, "-") != 0)
        return file_write(options->report, buf_text(&text), text.length, 0644, err);
    if (fputs(buf_text(&text), options->report ? stdout : stderr) < 0)
        return err_errno(err, "the report"); /* standard output or standard error cannot be written */
    return 0;
}

static int put_result(const struct migrate_options *options, const struct migration *migration, struct err *err)
{
    AUTO(buf) text;
    AUTO(strlist) files = {0};
    buf_init(&text, RESULT_MAX);
    if (options->directory)
        return migration_write(migration, options->directory, &files, err);
    if (migration_print(migration, &text, err) < 0)
        return -1;
    (void)fputs(buf_text(&text), stdout);
    return 0;
}

int command_migrate(int argc, char **argv)
{
    struct migrate_options options = {0};
    command_parse(&argp, argc, argv, &options);

    AUTO(gpu_table) gpus = NULL;
    AUTO(migration) migration = NULL;
    struct err err;

    if (gpu_table_load(&gpus, &err) < 0 || migration_new(gpus, options.cluster, &migration, &err) < 0)
        return command_fail(&err);
    if (!read_all(&options, migration))
        return EXIT_USAGE;
    if (migration_convert(migration, options.form, &err) < 0 || put_result(&options, migration, &err) < 0 ||
        put_report(&options, migration, &err) < 0)
        return command_fail(&err);

    return report_has_news(migration_report(migration)) ? EXIT_FINDINGS : EXIT_OK;
}
