/* gpuslice mutate: what the webhook makes of objects in files, without a cluster. Options and the order of things; what
 * is printed is in mutate_output.c and mutate_diff.c. */
#include "cmd/mutate_output.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_MAX = GIB }; /* bytes */

static const char doc[] =
    "Print pods, workloads (their pod templates), Lists of them and recorded AdmissionReviews as the webhook "
    "rewrites them. FILE is YAML or JSON; - is standard input.\vOutputs: yaml and json print the rewritten "
    "objects; diff prints what changes, for people; patch prints the RFC 6902 operations for each object; review "
    "prints the AdmissionReview that `gpuslice serve` would send.\n"
    "\n"
    "Exit status: 0 success; 1 a pod is denied; 2 usage or input error.\n"
    "\n"
    "Example:\n"
    "  gpuslice mutate -o diff --policies policies -n ml-team pod.yaml\n"
    "  kubectl get deployment vllm -o yaml | gpuslice mutate -o diff -\n";

struct mutate_options {
    struct inputs_options inputs;
    const struct mutate_format *format;
};

static const struct mutate_format {
    const char *name;
    int (*print)(const struct inputs *inputs, struct buf *out, struct err *err);
} formats[] = {
    {"yaml", mutate_print_yaml},   {"json", mutate_print_json},     {"diff", mutate_print_diff},
    {"patch", mutate_print_patch}, {"review", mutate_print_review},
};

static const struct argp_option option_table[] = {
    {"output", 'o', "FORMAT", 0, "yaml (the default), json, diff, patch or review", 0},
    {0},
};

static const struct mutate_format *find_format(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct mutate_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->inputs;
        return 0;
    case 'o':
        options->format = find_format(argument);
        if (!options->format)
            argp_error(state, "unknown output \"%s\"; use yaml, json, diff, patch or review", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&inputs_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = option_table, .parser = parse, .args_doc = "FILE...", .doc = doc, .children = children};

static int write_out(const struct buf *text, FILE *stream, const char *name, struct err *err)
{
    if (fwrite(buf_text(text), 1, text->length, stream) != text->length || fflush(stream) != 0)
        return err_errno(err, "%s", name);
    return 0;
}

/* Nothing is printed on stdout before all of it is known to be right. */
static int print(const struct mutate_options *options, const struct inputs *inputs, struct err *err)
{
    AUTO(buf) out;
    AUTO(buf) notes;
    buf_init(&out, OUTPUT_MAX);
    buf_init(&notes, OUTPUT_MAX);
    if (options->format->print(inputs, &out, err) < 0)
        return -1;
    if (options->format->print != mutate_print_diff)
        mutate_print_notes(inputs, &notes);
    if (buf_check(&notes, err) < 0 || write_out(&notes, stderr, "standard error", err) < 0)
        return -1;
    return write_out(&out, stdout, "standard output", err);
}

int command_mutate(int argc, char **argv)
{
    struct mutate_options options = {.format = &formats[0]};
    command_parse(&argp, argc, argv, &options);
    AUTO(inputs) inputs = {0};
    struct err err;
    if (inputs_read(&options.inputs, &inputs) < 0)
        return EXIT_USAGE;
    inputs.colour = command_colour(STDOUT_FILENO);
    if (print(&options, &inputs, &err) < 0)
        return command_fail(&err);
    return inputs_denied(&inputs) ? EXIT_FINDINGS : EXIT_OK;
}
