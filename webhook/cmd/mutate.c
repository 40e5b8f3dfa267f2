/* gpuslice mutate: parses the options and controls the run; mutate_output.c and mutate_diff.c print. */
#include "cmd/mutate_output.h"

#include "base/units.h"

enum { OUTPUT_MAX = 256 * MIB }; /* bytes for one object */

static const char doc[] =
    "Print pods, workloads of any kind (their pod templates), Lists of them and recorded AdmissionReviews as the webhook "
    "rewrites them. " INPUTS_FILE ".\vOutputs: yaml and json print the rewritten "
    "objects; diff prints what changes, for people; patch prints the RFC 6902 operations for each object; review "
    "prints the AdmissionReview that `gpuslice serve` would send.\n"
    "\n"
    "Exit status: 0 success; 1 a pod is denied; 2 usage or input error, or an object that makes "
    "pods could not be judged.\n"
    "\n"
    "Example:\n"
    "  gpuslice mutate -o diff --policies policies -n ml-team pod.yaml\n"
    "  kubectl get deployment vllm -o yaml | gpuslice mutate -o diff -\n";

static const struct mutate_format {
    const char *name;
    mutate_printer *print, *end; /* end: called after the last object, or NULL */
    bool has_notes;              /* the output contains denials and warnings */
} formats[] = {
    {"yaml", mutate_print_yaml, mutate_end_yaml, false},
    {"json", mutate_print_json, mutate_end_json, false},
    {"diff", mutate_print_diff, NULL, true},
    {"patch", mutate_print_patch, NULL, false},
    {"review", mutate_print_review, NULL, false},
    {0},
};

struct mutate_options {
    struct inputs_options inputs;
    unsigned format; /* the index in `formats` */
};

static const struct command_option rows[] = {
    {"output", 'o', "FORMAT", "yaml (default), json, diff, patch or review", option_choice,
     offsetof(struct mutate_options, format), OPTION_CHOICES(formats)},
    {"any-kind", 0, NULL, "rewrite also pod templates in objects of kinds that gpuslice does not know", option_flag,
     .offset = offsetof(struct mutate_options, inputs.any_kind)},
    {.table = &inputs_table, .offset = offsetof(struct mutate_options, inputs)},
};
static const struct option_table table = {"FILE...", doc, OPTION_ROWS(rows)};

/* The context of inputs_run(). */
struct printing {
    const struct mutate_format *format;
    struct mutate_output output;
};

/* Prints nothing of an object that cannot be printed completely. */
static int print(struct inputs *inputs, const struct input *input, void *context, struct err *err)
{
    struct printing *printing = context;
    struct mutate_output *output = &printing->output;
    size_t count = output->count;
    if (printing->format->print(output, inputs, input, err) < 0) {
        buf_reset(&output->out);
        output->count = count;
        return -1;
    }

    if (!printing->format->has_notes || !subject_has_pod(&input->subject)) {
        if (mutate_print_existing(input, &output->notes, err) < 0)
            return -1;
        mutate_print_notes(input, &output->notes);
    }
    if (command_print(&output->notes, stderr, err) < 0)
        return -1;

    return command_print(&output->out, stdout, err);
}

static int end(struct inputs *inputs, const struct input *input, void *context, struct err *err)
{
    struct printing *printing = context;
    if (printing->format->end && printing->format->end(&printing->output, inputs, input, err) < 0)
        return -1;
    return command_print(&printing->output.out, stdout, err);
}

int command_mutate(int argc, char **argv)
{
    struct mutate_options options = {0};
    options_parse(&table, argc, argv, &options);
    struct printing printing = {.format = &formats[options.format], .output.colour = command_colour()};
    buf_init(&printing.output.out, OUTPUT_MAX);
    buf_init(&printing.output.notes, OUTPUT_MAX);
    int status = inputs_run(&options.inputs, print, end, &printing);
    mutate_output_fini(&printing.output);
    return status;
}
