/* gpuslice explain: the decision about each pod, field by field. */
#include "admission/explain.h"

#include "cmd/subjects.h"
#include "json/pointer.h"

#include <stdio.h>
#include <string.h>

enum { EXPLAIN_TEXT_MAX = 64 * 1024 * 1024 };

static const char doc[] =
    "Say what the webhook would do with each pod, which rule of which file decided it, what each change replaced, and "
    "which policies lost. FILE holds pods, workloads, Lists or AdmissionReviews as YAML or JSON; - is standard input."
    "\vExample:\n  gpuslice explain --policies policies --namespaces namespaces.yaml pod.yaml\n\n"
    "Exit status: 1 if any pod is denied.";

struct explain_options {
    struct policies_options policies;
    const char *namespace_name;
    const char *namespaces;
    char **files;
    int file_count;
};

static const struct argp_option options_table[] = {
    {"namespace", 'n', "NAME", 0, "the namespace of objects that name none (default: default)", 0},
    {"namespaces", 'N', "FILE", 0,
     "Namespace objects with their labels and annotations; without it every namespace counts as labelled "
     "gpuslice.dev/inject: enabled",
     0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct explain_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->policies;
        return 0;
    case 'n':
        options->namespace_name = argument;
        return 0;
    case 'N':
        options->namespaces = argument;
        return 0;
    case ARGP_KEY_ARGS:
        options->files = state->argv + state->next;
        options->file_count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no FILE given; - is standard input");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&command_policies_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options_table, .parser = parse, .args_doc = "FILE...", .doc = doc, .children = children};

static int explain_subject(const struct subject *subject, const struct policy_set *set,
                           const struct namespaces *namespaces, struct buf *out, bool *ret_denied, struct err *err)
{
    AUTO(judgement) judgement = {0};
    if (subject_judge(subject, set, namespaces, &judgement, err) < 0)
        return -1;
    const struct decision *decision = &judgement.decision;
    buf_addf(out, "%s/%s in %s: ", subject->kind, subject->name, subject->namespace_name);
    if (judgement.at_sight != REASON_NONE) {
        buf_addf(out, "%s [%s]\n", outcome_name(OUTCOME_ALLOWED), reason_name(judgement.at_sight));
        return 0;
    }
    *ret_denied = *ret_denied || decision->outcome == OUTCOME_DENIED;
    buf_addf(out, "%s [%s]\n", outcome_name(decision->outcome), reason_name(decision->reason));
    const json_t *pod = pointer_get(subject->object, subject->pod_pointer, err);
    return pod ? explain_decision(decision, pod, out, err) : -1;
}

static int explain_file(const char *file, const struct explain_options *options, const struct loaded *loaded,
                        const struct namespaces *namespaces, struct buf *out, bool *ret_denied, struct err *err)
{
    AUTO(subjects) subjects = {0};
    AUTO(problems) problems = {0};
    if (subjects_read(file, options->namespace_name, &subjects, &problems, err) < 0) {
        problems_sort(&problems);
        if (problems.count > 1) /* one alone is what `err` says */
            command_print_problems(&problems);
        return -1;
    }
    for (size_t i = 0; i < subjects.count; i++) {
        if (subjects.items[i].form == SUBJECT_OTHER)
            continue;
        if (explain_subject(&subjects.items[i], loaded->set, namespaces, out, ret_denied, err) < 0)
            return err_wrap(err, "%s: %s/%s", file, subjects.items[i].kind, subjects.items[i].name);
    }
    return 0;
}

int command_explain(int argc, char **argv)
{
    struct explain_options options = {.namespace_name = "default"};
    command_parse(&argp, argc, argv, &options);
    AUTO(loaded) loaded = {0};
    AUTO(namespaces) namespaces = NULL;
    if (command_load(options.policies.policies, &loaded) < 0 ||
        command_load_namespaces(options.namespaces, &namespaces) < 0)
        return EXIT_TROUBLE;
    AUTO(buf) out;
    buf_init(&out, EXPLAIN_TEXT_MAX);
    bool denied = false;
    struct err err;
    for (int i = 0; i < options.file_count; i++) {
        if (explain_file(options.files[i], &options, &loaded, namespaces, &out, &denied, &err) < 0)
            return command_fail(&err);
    }
    if (buf_check(&out, &err) < 0)
        return command_fail(&err);
    (void)fputs(buf_text(&out), stdout);
    return denied ? EXIT_BAD_NEWS : EXIT_FINE;
}
