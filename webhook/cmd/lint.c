/* gpuslice lint: parses the options and controls the run; lint_output.c prints. */
#include "base/units.h"
#include "cmd/command.h"
#include "cmd/lint_output.h"

#include <string.h>

enum { LINT_TEXT_MAX = 64 * MIB };

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

struct lint_arguments {
    struct policies_options policies;
    unsigned output;
    struct strlist disabled;
    const char *explain;
    bool rules, no_policies;
    struct argument_list paths;
};

static void check_rule(const char *id, struct argp_state *state)
{
    const char *near = rule_nearest(id);
    if (!rule_find(id))
        argp_error(state, "unknown rule \"%s\"; %s%s%s--rules lists them", id, near ? "did you mean \"" : "",
                   near ? near : "", near ? "\"? " : "");
}

static void store_rule(const struct command_option *option, char *id, void *member, struct argp_state *state)
{
    check_rule(id, state);
    option_text(option, id, member, state);
}

static void store_disabled(const struct command_option *option, char *list, void *member, struct argp_state *state)
{
    char *rest = NULL;
    for (char *id = strtok_r(list, ", ", &rest); id; id = strtok_r(NULL, ", ", &rest)) {
        check_rule(id, state);
        option_list(option, id, member, state);
    }
}

static void check_arguments(void *context, struct argp_state *state)
{
    const struct lint_arguments *arguments = context;
    if (arguments->paths.count == 0 && !arguments->explain && !arguments->rules)
        argp_error(state, "no FILE or folder given");
}

static const struct command_option rows[] = {
    {"output", 'o', "FORMAT", "text (default) or json", option_choice, offsetof(struct lint_arguments, output),
     OPTION_CHOICES(option_outputs)},
    {"disable", 'd', "RULE,...", "disable these rules; may be repeated", store_disabled,
     .offset = offsetof(struct lint_arguments, disabled)},
    {"explain", 0, "RULE", "print everything about one rule", store_rule,
     .offset = offsetof(struct lint_arguments, explain)},
    {"rules", 0, NULL, "list all rules", option_flag, .offset = offsetof(struct lint_arguments, rules)},
    {"no-policies", 0, NULL, "check only the manifests, without policies", option_flag,
     .offset = offsetof(struct lint_arguments, no_policies)},
    {.store = option_arguments, .offset = offsetof(struct lint_arguments, paths)},
    {.table = &policies_table, .offset = offsetof(struct lint_arguments, policies)},
};
static const struct option_table table = {"FILE...", doc, OPTION_ROWS(rows), check_arguments};

static int print_texts(const struct lint_arguments *arguments)
{
    AUTO(buf) out;
    struct err err;
    buf_init(&out, LINT_TEXT_MAX);
    if (arguments->rules)
        lint_print_rules(&out);
    else
        lint_print_rule(rule_find(arguments->explain), &out);
    return command_print(&out, stdout, &err) < 0 ? command_fail(&err) : EXIT_OK;
}

static void print_templates(size_t count)
{
    bool one = count == 1;
    if (count > 0)
        (void)fprintf(stderr, "gpuslice: %zu %s and %s not checked; render %s first (helm template, envsubst)\n", count,
                      one ? "document is a template" : "documents are templates", one ? "was" : "were",
                      one ? "it" : "them");
}

/* Sets *ret_counts, a new reference, to the number of pods with a GPU request by namespace, for the namespaces that are
 * not among the manifests. */
static int count_unknown(const struct lint *lint, json_t **ret_counts, struct err *err)
{
    AUTO(json) counts = json_object();
    for (size_t i = 0; counts && i < lint->pods.count; i++) {
        const struct lint_pod *pod = &lint->pods.items[i];
        if (pod->namespace_info || !pod_asks_gpu(&pod->pod))
            continue;
        json_int_t count = json_integer_value(json_object_get(counts, pod->ns));
        if (json_object_set_new(counts, pod->ns, json_integer(count + 1)) < 0)
            return err_nomem(err);
    }
    *ret_counts = TAKE(counts);
    return *ret_counts ? 0 : err_nomem(err);
}

/* Prints which pods are not judged as what the webhook would make of them, because their namespace is not known. */
static int print_unknown(const struct lint *lint, struct err *err)
{
    const char *ns;
    json_t *count;
    AUTO(json) counts = NULL;
    if (!lint->policies)
        return 0;
    if (count_unknown(lint, &counts, err) < 0)
        return -1;

    if (lint->namespaces->count == 0 && json_object_size(counts) > 0) {
        (void)fputs(
            "gpuslice: no Namespace is among the FILEs: pods are checked as they are written, not as the webhook "
            "would change them; add the output of kubectl get namespaces -o yaml\n",
            stderr);
        return 0;
    }

    json_object_foreach(counts, ns, count) {
        (void)fprintf(stderr,
                      "gpuslice: namespace \"%s\" is not among the FILEs: pods in it are checked as they are "
                      "written (with GPU requests: %lld)\n",
                      ns, (long long)json_integer_value(count));
    }
    return 0;
}

/* Checks and prints everything that can be read. Returns EXIT_USAGE if something cannot be read. */
static int lint_and_print(const struct lint_arguments *arguments)
{
    AUTO(loaded) loaded = {0};
    AUTO(lint) lint = {0};
    AUTO(problems) problems = {0};
    struct err err;

    if (command_load(arguments->no_policies ? NULL : &arguments->policies, &loaded) < 0)
        return EXIT_USAGE;

    const struct lint_options options = {.gpus = loaded.gpus, .policies = loaded.set, .disabled = &arguments->disabled};
    if (lint_run(&options, arguments->paths.items, arguments->paths.count, &lint, &problems, &err) < 0)
        return command_fail_problems(&problems, &err);

    bool incomplete = command_print_problems(&problems);
    print_templates(lint.sources.templates);
    if (print_unknown(&lint, &err) < 0)
        return command_fail(&err);
    if ((arguments->output == OUTPUT_JSON ? lint_print_json(&lint, &err) : lint_print_text(&lint, &err)) < 0)
        return command_fail(&err);
    if (incomplete)
        return EXIT_USAGE;

    bool found = findings_count(&lint.findings, SEVERITY_ERROR) + findings_count(&lint.findings, SEVERITY_WARNING) > 0;
    return found ? EXIT_FINDINGS : EXIT_OK;
}

int command_lint(int argc, char **argv)
{
    struct lint_arguments arguments = {0};
    options_parse(&table, argc, argv, &arguments);
    int status = arguments.rules || arguments.explain ? print_texts(&arguments) : lint_and_print(&arguments);
    strlist_fini(&arguments.disabled);
    return status;
}
