/* gpuslice explain: explains the decision about each pod, field by field. */
#include "admission/explain.h"

#include "base/units.h"
#include "cmd/inputs.h"

enum { EXPLAIN_TEXT_MAX = 64 * MIB };

static const char doc[] =
    "Explain what the webhook would do with each pod, which rule of which file decided it, what each change "
    "replaced, and which other policies matched. " INPUTS_FILE "; "
    "the objects are pods, workloads of any kind and AdmissionReviews.\vExample:\n"
    "  gpuslice explain --policies policies --namespaces namespaces.yaml pod.yaml\n"
    "\n"
    "Exit status: 0 success; 1 a pod is denied; 2 usage or input error, or an object that makes "
    "pods could not be judged.";

static const struct option_table table = {"FILE...", doc,
                                          .rows = &(const struct command_option){.table = &inputs_table}, .count = 1};

static int explain_input(struct inputs *inputs, const struct input *input, void *context, struct err *err)
{
    (void)inputs;

    struct buf *out = context;
    const struct decision *decision = &input->judgement.decision;

    const bool has_pod = subject_has_pod(&input->subject);
    const struct warnings *warnings = input->warnings;
    if (!has_pod && (!warnings || warnings->count == 0))
        return 0;

    buf_reset(out);
    subject_title(&input->subject, out);
    if (has_pod)
        buf_addf(out, ": %s [%s]\n", outcome_name(decision->out.outcome), reason_name(decision->out.reason));
    else
        buf_add_char(out, '\n');
    for (size_t i = 0; warnings && i < warnings->count; i++)
        buf_addf(out, "  warning     %s\n", warnings->text[i]);
    if (input->subject.existing) {
        buf_add_string(out, "  pod         ");
        if (subject_describe_existing(&input->subject, &input->judgement, out, err) < 0)
            return -1;
        buf_add_char(out, '\n');
    }
    if (has_pod && decision->in->pod) { /* NULL: no step ran, because the review needs no decision */
        AUTO(json) pod = subject_pod(&input->subject);
        if (!pod)
            return err_nomem(err);
        if (explain_decision(decision, pod, out, err) < 0)
            return -1;
    }

    return command_print(out, stdout, err);
}

int command_explain(int argc, char **argv)
{
    struct inputs_options options = {0};
    options_parse(&table, argc, argv, &options);
    AUTO(buf) out;
    buf_init(&out, EXPLAIN_TEXT_MAX);
    return inputs_run(&options, explain_input, NULL, &out);
}
