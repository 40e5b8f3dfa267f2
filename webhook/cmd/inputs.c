/* Parses the options of `mutate` and `explain`, and runs them over all inputs. */
#include "cmd/inputs.h"

#include "json/scan.h"

enum { TITLE_MAX = 4096 };

static const struct command_option rows[] = {
    {"namespace", 'n', "NAME", "the namespace of objects that do not name one (default: default)", option_text,
     .offset = offsetof(struct inputs_options, namespace_name)},
    {"namespaces", 'N', "FILE",
     "Namespace objects with their labels and annotations; without it, every namespace counts as labelled "
     "gpuslice.dev/inject: enabled",
     option_text, .offset = offsetof(struct inputs_options, namespaces_file)},
    {"enforce", 0, NULL,
     "decide as if the mode of every policy were enforce, to see what a policy in mode warn or shadow would do",
     option_flag, .offset = offsetof(struct inputs_options, enforce)},
    {.store = option_arguments, .offset = offsetof(struct inputs_options, files)},
    {.table = &policies_table, .offset = offsetof(struct inputs_options, policies)},
};

static void check_inputs(void *context, struct argp_state *state)
{
    const struct inputs_options *options = context;
    if (options->files.count == 0)
        argp_error(state, "no FILE given; use - for standard input");
}

const struct option_table inputs_table = {OPTION_ROWS(rows), .check = check_inputs};

static void print_lean_note(const struct manifest *manifest)
{
    (void)fprintf(
        stderr,
        "gpuslice: %s: is shown in another way: \\u0000 in strings as U+FFFD, and values nested deeper than %d "
        "levels as empty\n",
        manifest->file, JSON_SCAN_DEPTH);
}

/* Says what is not judged, and what is judged although its kind is not known. */
static void print_subject_note(const struct inputs *inputs, const struct input *input)
{
    const struct subject *subject = &input->subject;
    AUTO(buf) title;
    buf_init(&title, TITLE_MAX);
    subject_title(subject, &title);
    if (subject->form == SUBJECT_UNJUDGED)
        (void)fprintf(stderr, "gpuslice: %s: %s: %s: not judged\n", input->manifest->file, buf_text(&title),
                      subject->unjudged);
    else if (subject_is_judged_only(subject))
        (void)fprintf(stderr, "gpuslice: %s: %s: judged, never rewritten\n", input->manifest->file, buf_text(&title));
    else if (subject_is_unknown(subject) && !inputs->any_kind)
        (void)fprintf(stderr, "gpuslice: %s: %s: found by its shape: judged; `mutate` rewrites it with --any-kind\n",
                      input->manifest->file, buf_text(&title));
}

/* Prints all inputs. If a file cannot be read, prints the error, sets *ret_unreadable to true and continues with the
 * next file. */
static int run_all(struct inputs *inputs, inputs_printer *print, inputs_printer *end, void *context,
                   bool *ret_unreadable, struct err *err)
{
    for (;;) {
        const struct input *input;
        if (inputs_next(inputs, &input, err) < 0) {
            if (err->code == ERR_NOMEM)
                return -1;
            *ret_unreadable = true;
            (void)command_fail(err);
            continue;
        }

        if (!input)
            return end ? end(inputs, NULL, context, err) : 0;
        if (input->manifest->is_lean)
            print_lean_note(input->manifest);
        print_subject_note(inputs, input);
        if (print(inputs, input, context, err) == 0)
            continue;
        if (err->code == ERR_NOMEM || err->code == ERR_IO)
            return -1;
        inputs_add_problem(inputs, input, err);
    }
}

int inputs_run(const struct inputs_options *options, inputs_printer *print, inputs_printer *end, void *context)
{
    AUTO(loaded) loaded = {0};
    AUTO(namespaces) namespaces = NULL;
    AUTO(problems) problems = {0};
    bool unreadable = false;
    struct err err;
    if (command_load(&options->policies, &loaded) < 0 ||
        command_load_namespaces(options->namespaces_file, &namespaces) < 0)
        return EXIT_USAGE;

    if (options->enforce)
        policy_set_enforce(loaded.set);

    AUTO(inputs)
    inputs = {.set = loaded.set,
              .namespaces = namespaces,
              .default_namespace = options->namespace_name ? options->namespace_name : "default",
              .paths = options->files.items,
              .path_count = options->files.count,
              .problems = &problems,
              .any_kind = options->any_kind};
    int result = run_all(&inputs, print, end, context, &unreadable, &err);

    if (result == 0 && inputs.judged && !namespaces)
        command_note_assumed_namespaces();
    unreadable = command_print_problems(&problems) || unreadable;
    if (result < 0)
        return command_fail(&err);
    if (unreadable || inputs.unjudged)
        return EXIT_USAGE;

    return inputs.denied ? EXIT_FINDINGS : EXIT_OK;
}
