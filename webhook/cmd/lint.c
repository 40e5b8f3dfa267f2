/* gpuslice lint: cross-checks policies and manifests. */
#include "base/units.h"
#include "cmd/command.h"
#include "cmd/lint_output.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINT_TEXT_MAX = 64 * MIB, OPTION_EXPLAIN = 256, OPTION_RULES, OPTION_NO_POLICIES };

static const char doc[] =
    "Cross-check the policies and the cluster's manifests: NodePools, NodeOverlays, EC2NodeClasses, the "
    "configuration of the device plugin and of mig-parted, GPU Operator values, namespaces, quotas, limit ranges "
    "and workloads. Reports what would leave a pod Pending indefinitely or put it on the wrong node, and how to "
    "fix it. FILE is a file or a folder of YAML or JSON; - is standard input. Other files are skipped.\vExamples:\n"
    "  gpuslice lint --policies policies node-side/ apps/\n"
    "  gpuslice render --cluster prod | gpuslice lint -\n"
    "  gpuslice lint --explain affinity-key-undefined\n"
    "\n"
    "Exit status: 0 no findings (infos do not count); 1 findings; 2 usage or input error. docs/linting.md lists "
    "the rules.";

struct lint_output {
    const char *name;
    int (*print)(struct lint *lint, bool colour, struct buf *out, struct err *err);
};

/* One line per output format. */
static const struct lint_output outputs[] = {
    {"text", lint_print_text},
    {"json", lint_print_json},
};

struct lint_arguments {
    struct policies_options policies;
    const struct lint_output *output;
    struct strlist disabled;
    const char *explain;
    bool rules, no_policies;
    char **paths;
    int path_count;
};

static const struct argp_option options_table[] = {
    {"output", 'o', "FORMAT", 0, "text (default) or json", 0},
    {"disable", 'd', "RULE,...", 0, "disable these rules; may be repeated", 0},
    {"explain", OPTION_EXPLAIN, "RULE", 0, "print everything about one rule", 0},
    {"rules", OPTION_RULES, NULL, 0, "list all rules", 0},
    {"no-policies", OPTION_NO_POLICIES, NULL, 0, "check the manifests only, without policies", 0},
    {0},
};

static void choose_output(struct lint_arguments *arguments, const char *name, struct argp_state *state)
{
    for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
        if (strcmp(outputs[i].name, name) == 0) {
            arguments->output = &outputs[i];
            return;
        }
    }
    argp_error(state, "unknown output \"%s\"; use text or json", name);
}

static void check_rule(const char *id, struct argp_state *state)
{
    const char *near = rule_nearest(id);
    if (!rule_find(id))
        argp_error(state, "unknown rule \"%s\"; %s%s%s--rules lists them", id, near ? "did you mean \"" : "",
                   near ? near : "", near ? "\"? " : "");
}

static void disable(struct lint_arguments *arguments, char *list, struct argp_state *state)
{
    struct err err;
    char *rest = NULL;
    for (char *id = strtok_r(list, ", ", &rest); id; id = strtok_r(NULL, ", ", &rest)) {
        check_rule(id, state);
        if (strlist_add(&arguments->disabled, id, &err) < 0)
            argp_failure(state, EXIT_USAGE, 0, "%s", err.text);
    }
}

static error_t parse_lint_option(int key, char *argument, struct argp_state *state)
{
    struct lint_arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->policies;
        arguments->output = &outputs[0];
        return 0;
    case 'o':
        choose_output(arguments, argument, state);
        return 0;
    case 'd':
        disable(arguments, argument, state);
        return 0;
    case OPTION_EXPLAIN:
        check_rule(argument, state);
        arguments->explain = argument;
        return 0;
    case OPTION_RULES:
        arguments->rules = true;
        return 0;
    case OPTION_NO_POLICIES:
        arguments->no_policies = true;
        return 0;
    case ARGP_KEY_ARGS:
        arguments->paths = state->argv + state->next;
        arguments->path_count = state->argc - state->next;
        return 0;
    case ARGP_KEY_END:
        if (arguments->path_count == 0 && !arguments->explain && !arguments->rules)
            argp_error(state, "no FILE or folder given");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&command_policies_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options_table, .parser = parse_lint_option, .args_doc = "FILE...", .doc = doc, .children = children};

static int print_lint_output(struct buf *out)
{
    struct err err;
    if (buf_check(out, &err) < 0)
        return command_fail(&err);
    (void)fputs(buf_text(out), stdout);
    return EXIT_OK;
}

static int print_texts(const struct lint_arguments *arguments)
{
    AUTO(buf) out;
    buf_init(&out, LINT_TEXT_MAX);
    if (arguments->rules)
        lint_print_rules(&out);
    else
        lint_print_rule(rule_find(arguments->explain), command_colour(STDOUT_FILENO), &out);
    return print_lint_output(&out);
}

static void print_templates(size_t count)
{
    bool one = count == 1;
    if (count > 0)
        (void)fprintf(stderr, "gpuslice: %zu %s and %s not checked; render %s first (helm template, envsubst)\n", count,
                      one ? "document is a template" : "documents are templates", one ? "was" : "were",
                      one ? "it" : "them");
}

/* Checks and prints everything that can be read, even if something cannot; the exit status then says so. */
static int lint_and_print(const struct lint_arguments *arguments, const struct loaded *loaded, struct gpu_table *gpus)
{
    AUTO(lint) lint = {0};
    AUTO(problems) problems = {0};
    AUTO(buf) out;
    struct err err;
    struct lint_options options = {.gpus = gpus, .policies = loaded->set, .disabled = &arguments->disabled};

    buf_init(&out, LINT_TEXT_MAX);
    if (lint_run(&options, arguments->paths, (size_t)arguments->path_count, &lint, &problems, &err) < 0)
        return command_fail_problems(&problems, &err);

    problems_sort(&problems);
    command_print_problems(&problems);
    print_templates(lint.sources.templates);
    if (arguments->output->print(&lint, command_colour(STDOUT_FILENO), &out, &err) < 0)
        return command_fail(&err);

    int status = print_lint_output(&out);
    if (status != EXIT_OK || problems.count > 0 || problems.out_of_memory)
        return EXIT_USAGE;

    bool found = findings_count(&lint.findings, SEVERITY_ERROR) + findings_count(&lint.findings, SEVERITY_WARNING) > 0;
    return found ? EXIT_FINDINGS : EXIT_OK;
}

static int load_and_run(const struct lint_arguments *arguments)
{
    AUTO(loaded) loaded = {0};
    struct err err;
    if (arguments->no_policies ? gpu_table_load(&loaded.gpus, &err) < 0
                               : command_load(&arguments->policies, &loaded) < 0)
        return arguments->no_policies ? command_fail(&err) : EXIT_USAGE;
    return lint_and_print(arguments, &loaded, loaded.gpus);
}

int command_lint(int argc, char **argv)
{
    struct lint_arguments arguments = {0};
    command_parse(&argp, argc, argv, &arguments);
    int status = arguments.rules || arguments.explain ? print_texts(&arguments) : load_and_run(&arguments);
    strlist_fini(&arguments.disabled);
    return status;
}
