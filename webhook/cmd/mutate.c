/* gpuslice mutate: what the webhook makes of objects in files, without a cluster. Options and the order of things; what
 * is printed is in mutate_output.c and mutate_diff.c. */
#include "cmd/mutate_output.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_MAX = 1024 * 1024 * 1024 }; /* bytes */

static const char doc[] =
    "Print what the webhook makes of pods, workloads (their pod templates), Lists of them and recorded "
    "AdmissionReviews. FILE is YAML or JSON; - is standard input."
    "\vOutputs: yaml and json print the objects as they become; diff prints what changes, for people; patch prints "
    "each "
    "object's RFC 6902 operations; review prints the AdmissionReview that `gpuslice serve` would send.\n\n"
    "Exit status: 0 fine; 1 a pod was denied; 2 wrong use or unreadable input.\n\n"
    "Example:\n"
    "  gpuslice mutate -o diff --policies policies -n ml-team pod.yaml\n"
    "  kubectl get deployment vllm -o yaml | gpuslice mutate -o diff -\n";

struct mutate_options {
    struct policies_options policies;
    const struct mutate_format *format;
    const char *namespace_name;
    const char *namespaces_file;
    char **files;
    int file_count;
};

static const struct mutate_format {
    const char *name;
    int (*print)(const struct mutations *mutations, struct buf *out, struct err *err);
} formats[] = {
    {"yaml", mutate_print_yaml},   {"json", mutate_print_json},     {"diff", mutate_print_diff},
    {"patch", mutate_print_patch}, {"review", mutate_print_review},
};

static const struct argp_option option_table[] = {
    {"output", 'o', "FORMAT", 0, "yaml (the default), json, diff, patch or review", 0},
    {"namespace", 'n', "NAME", 0, "the namespace of objects that name none (default: default)", 0},
    {"namespaces", 'N', "FILE", 0,
     "Namespace objects with their labels and annotations; without it every namespace counts as labelled "
     "gpuslice.dev/inject: enabled",
     0},
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
        state->child_inputs[0] = &options->policies;
        return 0;
    case 'o':
        options->format = find_format(argument);
        if (!options->format)
            argp_error(state, "there is no output \"%s\"; use yaml, json, diff, patch or review", argument);
        return 0;
    case 'n':
        options->namespace_name = argument;
        return 0;
    case 'N':
        options->namespaces_file = argument;
        return 0;
    case ARGP_KEY_ARGS:
        options->files = state->argv + state->next;
        options->file_count = state->argc - state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no FILE given; - is standard input");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&command_policies_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = option_table, .parser = parse, .args_doc = "FILE...", .doc = doc, .children = children};

/* All files, so that all that is wrong with them is said, not only the first. */
static int read_files(const struct mutate_options *options, struct subjects *subjects, struct problems *problems,
                      bool *ret_unreadable, struct err *err)
{
    *ret_unreadable = false;
    for (int i = 0; i < options->file_count; i++) {
        size_t before = problems->count;
        if (subjects_read(options->files[i], options->namespace_name, subjects, problems, err) == 0)
            continue;
        if (err->code == ERR_NOMEM)
            return -1;
        *ret_unreadable = true;
        if (problems->count == before)
            (void)command_fail(err);
    }
    return 0;
}

static void complain(const struct subject *subject, const struct err *failure, struct problems *problems)
{
    AUTO(buf) title;
    buf_init(&title, ERR_TEXT_SIZE);
    subject_title(subject, &title);
    problems_add(problems, subject->file, subject->line, subject->column, "%s: %s%s", buf_text(&title), failure->text,
                 failure->code == ERR_UNAVAILABLE ? "; it must stand in the file of --namespaces" : "");
}

static int judge_all(struct mutations *mutations, struct problems *problems, struct err *err)
{
    const struct subjects *subjects = &mutations->subjects;
    mutations->judgements = calloc(subjects->count + 1, sizeof(*mutations->judgements));
    if (!mutations->judgements)
        return err_nomem(err);
    for (size_t i = 0; i < subjects->count; i++) {
        const struct subject *subject = &subjects->items[i];
        struct err failure;
        if (subject->form == SUBJECT_OTHER ||
            subject_judge(subject, mutations->set, mutations->namespaces, &mutations->judgements[i], &failure) == 0)
            continue;
        complain(subject, &failure, problems);
    }
    return 0;
}

static bool any_denied(const struct mutations *mutations)
{
    for (size_t i = 0; i < mutations->subjects.count; i++) {
        if (judgement_denies(&mutations->judgements[i]))
            return true;
    }
    return false;
}

static int write_out(const struct buf *text, FILE *stream, const char *name, struct err *err)
{
    if (fwrite(buf_text(text), 1, text->length, stream) != text->length || fflush(stream) != 0)
        return err_errno(err, "%s", name);
    return 0;
}

/* Nothing is printed on stdout before all of it is known to be right. */
static int print(const struct mutate_options *options, const struct mutations *mutations, struct err *err)
{
    AUTO(buf) out;
    AUTO(buf) notes;
    buf_init(&out, OUTPUT_MAX);
    buf_init(&notes, OUTPUT_MAX);
    if (options->format->print(mutations, &out, err) < 0)
        return -1;
    if (options->format->print != mutate_print_diff)
        mutate_print_notes(mutations, &notes);
    if (buf_check(&notes, err) < 0 || write_out(&notes, stderr, "standard error", err) < 0)
        return -1;
    return write_out(&out, stdout, "standard output", err);
}

int command_mutate(int argc, char **argv)
{
    struct mutate_options options = {.namespace_name = "default", .format = &formats[0]};
    command_parse(&argp, argc, argv, &options);
    AUTO(loaded) loaded = {0};
    AUTO(namespaces) namespaces = NULL;
    AUTO(problems) problems = {0};
    bool unreadable;
    struct err err;
    if (command_load(options.policies.policies, &loaded) < 0 ||
        command_load_namespaces(options.namespaces_file, &namespaces) < 0)
        return EXIT_TROUBLE;
    AUTO(mutations) mutations = {.set = loaded.set, .namespaces = namespaces, .colour = command_colour(STDOUT_FILENO)};
    if (read_files(&options, &mutations.subjects, &problems, &unreadable, &err) < 0 ||
        judge_all(&mutations, &problems, &err) < 0)
        return command_fail(&err);
    problems_sort(&problems);
    command_print_problems(&problems);
    if (unreadable || problems.count > 0 || problems.out_of_memory)
        return EXIT_TROUBLE;
    if (print(&options, &mutations, &err) < 0)
        return command_fail(&err);
    return any_denied(&mutations) ? EXIT_BAD_NEWS : EXIT_FINE;
}
