/* Options and inputs of the commands that work on pods in files. */
#include "cmd/inputs.h"

static const struct argp_option options_table[] = {
    {"namespace", 'n', "NAME", 0, "the namespace of objects that do not name one (default: default)", 0},
    {"namespaces", 'N', "FILE", 0,
     "Namespace objects with their labels and annotations; without it, every namespace counts as labelled "
     "gpuslice.dev/inject: enabled",
     0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct inputs_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options->namespace_name = "default";
        state->child_inputs[0] = &options->policies;
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
        argp_error(state, "no FILE given; use - for standard input");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&command_policies_argp, 0, NULL, 0}, {0}};
const struct argp inputs_argp = {.options = options_table, .parser = parse, .children = children};

static int read_files(const struct inputs_options *options, struct subjects *subjects, struct problems *problems,
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

static int judge_all(struct inputs *inputs, struct problems *problems, struct err *err)
{
    const struct subjects *subjects = &inputs->subjects;
    inputs->judgements = calloc(subjects->count + 1, sizeof(*inputs->judgements));
    if (!inputs->judgements)
        return err_nomem(err);
    for (size_t i = 0; i < subjects->count; i++) {
        const struct subject *subject = &subjects->items[i];
        struct err failure;
        if (subject->form == SUBJECT_OTHER ||
            subject_judge(subject, inputs->loaded.set, inputs->namespaces, &inputs->judgements[i], &failure) == 0)
            continue;
        complain(subject, &failure, problems);
    }
    return 0;
}

int inputs_read(const struct inputs_options *options, struct inputs *ret_inputs)
{
    AUTO(inputs) inputs = {0};
    AUTO(problems) problems = {0};
    bool unreadable;
    struct err err;
    if (command_load(&options->policies, &inputs.loaded) < 0 ||
        command_load_namespaces(options->namespaces_file, &inputs.namespaces) < 0)
        return -1;
    if (read_files(options, &inputs.subjects, &problems, &unreadable, &err) < 0 ||
        judge_all(&inputs, &problems, &err) < 0) {
        (void)command_fail(&err);
        return -1;
    }
    problems_sort(&problems);
    command_print_problems(&problems);
    if (unreadable || problems.count > 0 || problems.out_of_memory)
        return -1;
    *ret_inputs = TAKE(inputs);
    return 0;
}

void inputs_fini(struct inputs *inputs)
{
    for (size_t i = 0; inputs->judgements && i < inputs->subjects.count; i++)
        judgement_fini(&inputs->judgements[i]);
    free(inputs->judgements);
    subjects_fini(&inputs->subjects);
    namespaces_unref(inputs->namespaces);
    loaded_fini(&inputs->loaded);
    *inputs = (struct inputs){0};
}

bool judgement_denies(const struct judgement *judgement)
{
    return judgement->decision.out.outcome == OUTCOME_DENIED;
}

bool inputs_denied(const struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->subjects.count; i++) {
        if (judgement_denies(&inputs->judgements[i]))
            return true;
    }
    return false;
}
