/* Prints `mutate -o diff`, for people: a diff for each pod that changes, a line (and the message of a denial) for every
 * other pod, and warnings. */
#include "cmd/colours.h"
#include "cmd/mutate_output.h"
#include "cmd/yaml_diff.h"
#include "json/apply.h"
#include "json/pointer.h"
#include "json/unconst.h"

#include <string.h>

enum { TITLE_MAX = 4096, WRAP_COLUMNS = 78, WRAP_INDENT = 4 };

struct view {
    const struct input *input;
    const struct subject *subject;
    const struct judgement *judgement;
    bool colour;
};

static void add_coloured(const struct view *view, const char *colour, const char *text, struct buf *out)
{
    buf_addf(out, "%s%s%s", view->colour ? colour : "", text, view->colour ? COLOUR_END : "");
}

/* Adds the text in indented lines of at most WRAP_COLUMNS, broken between words. */
static void add_wrapped(const struct view *view, const char *colour, const char *text, struct buf *out)
{
    while (*text) {
        size_t width = WRAP_COLUMNS - WRAP_INDENT;
        size_t length = strlen(text);
        if (length > width) {
            length = width;
            while (length > 0 && text[length] != ' ')
                length--;
            if (length == 0) /* the word is longer than a line */
                length = strcspn(text, " ");
        }

        AUTO(string) line = strndup(text, length);
        buf_addf(out, "%*s", WRAP_INDENT, "");
        add_coloured(view, colour, line ? line : "", out);
        buf_add_char(out, '\n');

        text += length;
        text += strspn(text, " ");
    }
}

/* Adds a line such as "  Pod/web in ml-team: unchanged [no_gpu_request]". */
static void add_line(const struct view *view, const char *colour, const char *what, enum reason reason, struct buf *out)
{
    AUTO(buf) line;
    buf_init(&line, TITLE_MAX);
    buf_addf(&line, "%s [%s]", what, reason_name(reason));
    buf_add_string(out, "  ");
    subject_title(view->subject, out);
    buf_add_string(out, ": ");
    add_coloured(view, colour, buf_text(&line), out);
    buf_add_char(out, '\n');
}

static void add_would_inject(const struct view *view, const struct decision *decision, struct buf *out)
{
    AUTO(buf) what;
    buf_init(&what, TITLE_MAX);
    if (decision->out.reason == REASON_GUARDED)
        buf_addf(&what, "unchanged, policy %s would hide its GPUs (--enforce shows how)", decision->found.policy->name);
    else
        buf_addf(&what, "unchanged, policy %s would give it slice class %s (--enforce shows how)",
                 decision->found.policy->name, decision->found.slice_class->name);
    add_line(view, COLOUR_DIM, buf_text(&what), decision->out.reason, out);
}

static void add_outcome(const struct view *view, struct buf *out)
{
    const struct decision *decision = &view->judgement->decision;
    if (decision->out.outcome == OUTCOME_WOULD_INJECT) {
        add_would_inject(view, decision, out);
    } else if (decision->out.outcome == OUTCOME_DENIED || decision->out.outcome == OUTCOME_WOULD_DENY) {
        bool denied = decision->out.outcome == OUTCOME_DENIED;
        add_line(view, denied ? COLOUR_RED : COLOUR_DIM, denied ? "denied" : "unchanged, would be denied",
                 decision->out.reason, out);
        add_wrapped(view, COLOUR_DIM, decision->out.message, out);
    } else {
        add_line(view, COLOUR_DIM, "unchanged", decision->out.reason, out);
    }
}

static void add_new_title(const struct decision *decision, struct buf *title)
{
    if (decision->out.outcome == OUTCOME_INJECTED)
        buf_addf(title, "with slice class %s", decision->found.slice_class->name);
    else if (decision->out.outcome == OUTCOME_GUARDED || !decision->found.taken_back)
        buf_add_string(title, "with its GPUs hidden");
    else
        buf_addf(title, "without what was written for slice class %s", decision->found.taken_back->class_name);
    buf_addf(title, " (policy %s, revision %s)", decision->found.policy->name, decision->in->set->revision);
}

/* Sets *ret_before and *ret_after to new references to what is compared: the objects if the title names no path, else
 * their templates, or the pod if that is not written into the object. */
static int choose_sides(const struct view *view, json_t **ret_before, json_t **ret_after, struct err *err)
{
    const struct subject *subject = view->subject;
    json_t *rewritten = json_unconst(view->input->rewritten);
    if (view->input->rewrites && !*subject->path) {
        *ret_before = json_incref(subject->object);
        *ret_after = json_incref(rewritten);
        return 0;
    }
    if (view->input->rewrites) {
        *ret_before = json_incref(pointer_get(subject->object, subject->pod_pointer, err));
        *ret_after = json_incref(pointer_get(rewritten, subject->pod_pointer, err));
        return *ret_before && *ret_after ? 0 : -1;
    }

    AUTO(json) pod = subject_pod(subject);
    AUTO(json) after = pod ? json_deep_copy(pod) : NULL;
    AUTO(json) operations = NULL;
    if (!after)
        return err_nomem(err);
    if (subject_pod_patch(view->judgement, &operations, err) < 0 || patch_apply(&after, operations, err) < 0)
        return -1;
    *ret_before = TAKE(pod);
    *ret_after = TAKE(after);
    return 0;
}

static int add_diff(const struct view *view, struct buf *out, struct err *err)
{
    AUTO(json) before = NULL;
    AUTO(json) after = NULL;
    AUTO(buf) old_title;
    AUTO(buf) new_title;
    buf_init(&old_title, TITLE_MAX);
    buf_init(&new_title, TITLE_MAX);
    subject_title(view->subject, &old_title);
    add_new_title(&view->judgement->decision, &new_title);
    if (choose_sides(view, &before, &after, err) < 0 || buf_check(&old_title, err) < 0 ||
        buf_check(&new_title, err) < 0)
        return -1;
    return yaml_diff(before, after, buf_text(&old_title), buf_text(&new_title), view->colour, out, err);
}

int mutate_print_diff(struct mutate_output *output, struct inputs *inputs, const struct input *input, struct err *err)
{
    (void)inputs;
    const struct view view = {input, &input->subject, &input->judgement, output->colour};
    const struct decision *decision = &input->judgement.decision;
    struct buf *out = &output->out;
    if (!subject_has_pod(view.subject))
        return 0;

    if (output->count++ > 0)
        buf_add_char(out, '\n');
    if (input->subject.existing)
        buf_add_string(out, "  ");
    if (mutate_print_existing(input, out, err) < 0)
        return -1;
    if (decision->out.changes.patch.count == 0)
        add_outcome(&view, out);
    else if (add_diff(&view, out, err) < 0)
        return -1;

    for (size_t i = 0; i < decision->out.warnings.count; i++)
        buf_addf(out, "  warning: %s\n", decision->out.warnings.text[i]);
    for (size_t i = 0; input->warnings && i < input->warnings->count; i++)
        buf_addf(out, "  warning: %s\n", input->warnings->text[i]);
    return buf_check(out, err);
}
