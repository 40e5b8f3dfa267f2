/* gpuslice explain: the decision about each pod, field by field. */
#include "admission/explain.h"

#include "base/units.h"
#include "cmd/inputs.h"
#include "json/pointer.h"

#include <stdio.h>
#include <string.h>

enum { EXPLAIN_TEXT_MAX = 64 * MIB };

static const char doc[] =
    "Explain what the webhook would do with each pod, which rule of which file decided it, what each change "
    "replaced, and which other policies matched. FILE holds pods, workloads, Lists or AdmissionReviews as YAML or "
    "JSON; - is standard input.\vExample:\n"
    "  gpuslice explain --policies policies --namespaces namespaces.yaml pod.yaml\n"
    "\n"
    "Exit status: 0 success; 1 a pod is denied; 2 usage or input error.";

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->input;
    return 0;
}

static const struct argp_child children[] = {{&inputs_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {.parser = parse, .args_doc = "FILE...", .doc = doc, .children = children};

static int explain_subject(const struct subject *subject, const struct judgement *judgement, struct buf *out,
                           struct err *err)
{
    const struct decision *decision = &judgement->decision;
    subject_title(subject, out);
    buf_addf(out, ": %s [%s]\n", outcome_name(decision->out.outcome), reason_name(decision->out.reason));
    if (!decision->in->pod) /* decided at sight */
        return 0;
    const json_t *pod = pointer_get(subject->object, subject->pod_pointer, err);
    if (!pod || explain_decision(decision, pod, out, err) < 0)
        return err_wrap(err, "%s", subject->file);
    return 0;
}

int command_explain(int argc, char **argv)
{
    struct inputs_options options = {0};
    command_parse(&argp, argc, argv, &options);
    AUTO(inputs) inputs = {0};
    AUTO(buf) out;
    struct err err;
    buf_init(&out, EXPLAIN_TEXT_MAX);
    if (inputs_read(&options, &inputs) < 0)
        return EXIT_USAGE;
    for (size_t i = 0; i < inputs.subjects.count; i++) {
        const struct subject *subject = &inputs.subjects.items[i];
        if (subject->form != SUBJECT_OTHER && explain_subject(subject, &inputs.judgements[i], &out, &err) < 0)
            return command_fail(&err);
    }
    if (buf_check(&out, &err) < 0)
        return command_fail(&err);
    (void)fputs(buf_text(&out), stdout);
    return inputs_denied(&inputs) ? EXIT_FINDINGS : EXIT_OK;
}
