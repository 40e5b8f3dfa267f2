/* Reads objects one after the other, and decides about each. */
#include "offline/inputs.h"

#include "base/text.h"
#include "json/apply.h"

#include <string.h>

enum { TITLE_MAX = 4096 };

static void input_fini(struct input *input)
{
    judgement_fini(&input->judgement);
    subject_fini(&input->subject);
}

static void release_manifest(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->made_count; i++)
        input_fini(&inputs->made[i]);
    free(inputs->made);
    json_decref(inputs->rewritten);
    json_decref(inputs->operations);
    manifest_free(inputs->manifest);
    inputs->made = NULL;
    inputs->made_count = inputs->next_made = 0;
    inputs->warnings.count = 0;
    inputs->rewritten = inputs->operations = NULL;
    inputs->manifest = NULL;
}

void inputs_fini(struct inputs *inputs)
{
    release_manifest(inputs);
    manifest_reader_free(inputs->reader);
    json_decref(inputs->unknown);
    *inputs = (struct inputs){0};
}

static const char *placeholder_advice(const struct manifest *manifest)
{
    if (!manifest->placeholder)
        return "";
    return *manifest->placeholder == '$'
               ? "; it holds ${...}: fill that in first (envsubst, Terraform)"
               : "; it holds {{...}}: if it is a Helm template, render it first (helm template)";
}

void inputs_add_problem(struct inputs *inputs, const struct input *input, const struct err *failure)
{
    AUTO(buf) title;
    buf_init(&title, TITLE_MAX);
    const struct manifest *manifest = input->manifest;
    bool is_unknown = failure->code == ERR_UNAVAILABLE;
    subject_title(&input->subject, &title);
    problems_add(inputs->problems, manifest->file, manifest->node.mark->line, manifest->node.mark->column, "%s: %s%s%s",
                 buf_text(&title), failure->text, is_unknown ? "; it is not in the --namespaces file" : "",
                 placeholder_advice(manifest));
}

/* -- Namespaces that are not known -- */

/* Reports the first object of an unknown namespace, and counts the others. */
static int add_unknown(struct inputs *inputs, const struct input *input, const struct err *failure, struct err *err)
{
    const char *ns = input->subject.namespace_name;
    if (!inputs->unknown)
        inputs->unknown = json_object();

    json_t *counted = json_object_get(inputs->unknown, ns);
    if (counted) {
        json_t *others = json_array_get(counted, 1);
        return json_integer_set(others, json_integer_value(others) + 1) < 0 ? err_nomem(err) : 0;
    }

    counted = json_pack("[I, i]", (json_int_t)inputs->problems->count, 0);
    if (json_object_set_new(inputs->unknown, ns, counted) < 0)
        return err_nomem(err);
    inputs_add_problem(inputs, input, failure);
    return 0;
}

/* Adds the counts to the problems, which must not be sorted yet. */
static int end_unknown(struct inputs *inputs, struct err *err)
{
    const char *ns;
    const json_t *counted;
    json_object_foreach(inputs->unknown, ns, counted) {
        size_t index = (size_t)json_integer_value(json_array_get(counted, 0));
        json_int_t others = json_integer_value(json_array_get(counted, 1));
        if (others == 0 || index >= inputs->problems->count)
            continue;
        struct problem *problem = &inputs->problems->items[index];
        char *text = text_asprintf("%s (the same for %lld other object%s of this namespace)", problem->text,
                                   (long long)others, others == 1 ? "" : "s");
        if (!text)
            return err_nomem(err);
        free(problem->text);
        problem->text = text;
    }
    json_decref(TAKE(inputs->unknown));
    return 0;
}

/* -- Objects -- */

static int open_path(struct inputs *inputs, struct err *err)
{
    const char *path = inputs->paths[inputs->next_path++];
    inputs->problems_before = inputs->problems->count;
    inputs->is_unreadable = false;
    return manifest_open(path, NULL, inputs->problems, &inputs->reader, err);
}

static void close_path(struct inputs *inputs)
{
    const char *path = inputs->paths[inputs->next_path - 1];
    bool is_explained = inputs->is_unreadable || inputs->problems->count > inputs->problems_before;
    if (manifest_counts(inputs->reader).documents == 0 && !is_explained)
        problems_add(inputs->problems, strcmp(path, "-") == 0 ? "standard input" : path, 0, 0,
                     "holds no Kubernetes object");
    manifest_reader_free(inputs->reader);
    inputs->reader = NULL;
}

static void add_manifest_problem(struct inputs *inputs, const struct err *failure)
{
    const struct manifest *manifest = inputs->manifest;
    problems_add(inputs->problems, manifest->file, manifest->node.mark->line, manifest->node.mark->column, "%s",
                 failure->text);
}

/* Errors: ERR_NOMEM. */
static int report_failure(struct inputs *inputs, const struct input *input, struct err *err)
{
    struct err failure = *err;
    if (failure.code == ERR_NOMEM)
        return -1;
    if (failure.code == ERR_UNAVAILABLE)
        return add_unknown(inputs, input, &failure, err);
    inputs_add_problem(inputs, input, &failure);
    return 0;
}

/* Decides about a subject and moves it to inputs->made, or reports it as a problem. A pod that holds values of its
 * judgement must not move after the decision, so room for all inputs was made before. Errors: ERR_NOMEM. */
static int decide_subject(struct inputs *inputs, struct subject *subject, struct err *err)
{
    struct input *input = &inputs->made[inputs->made_count];
    *input = (struct input){.manifest = inputs->manifest, .subject = TAKE(*subject)};
    inputs->unjudged = inputs->unjudged || input->subject.form == SUBJECT_UNJUDGED;
    inputs->judged = inputs->judged || subject_has_pod(&input->subject);
    if (subject_has_pod(&input->subject) &&
        subject_judge(&input->subject, inputs->set, inputs->namespaces, &input->judgement, err) < 0) {
        int result = report_failure(inputs, input, err);
        input_fini(input);
        return result;
    }

    inputs->denied = inputs->denied || input->judgement.decision.out.outcome == OUTCOME_DENIED;
    input->rewrites = subject_has_pod(&input->subject) && !subject_is_judged_only(&input->subject) &&
                      (inputs->any_kind || !subject_is_unknown(&input->subject));
    inputs->made_count++;
    return 0;
}

/* Applies the patches of all inputs, which are of different parts of the object. Applies them at once, because each
 * application copies the object. */
static int rewrite_object(struct inputs *inputs, struct err *err)
{
    const json_t *object = inputs->made[0].subject.object;
    AUTO(json) all = json_array();
    inputs->rewritten = object ? json_deep_copy(object) : json_null();
    if (!all || !inputs->rewritten)
        return err_nomem(err);

    for (size_t i = 0; i < inputs->made_count; i++) {
        struct input *input = &inputs->made[i];
        AUTO(json) operations = NULL;
        if (!input->rewrites || !object)
            continue;
        if (subject_patch(&input->subject, &input->judgement, &operations, err) < 0)
            return -1;
        if (json_array_extend(all, operations) < 0)
            return err_nomem(err);
    }
    if (patch_apply(&inputs->rewritten, all, err) < 0) {
        err->code = err->code == ERR_INVALID ? ERR_INTERNAL : err->code;
        return err_wrap(err, "the patch does not apply");
    }

    inputs->operations = TAKE(all);
    for (size_t i = 0; i < inputs->made_count; i++) {
        inputs->made[i].rewritten = inputs->rewritten;
        inputs->made[i].operations = inputs->operations;
        inputs->made[i].is_last = i + 1 == inputs->made_count;
    }
    return 0;
}

/* Refuses a Helm template that is YAML only because its placeholders are in quotes. No object may have such a name, but
 * other strings may hold {{...}} (Argo Workflows). */
static bool refuse_unrendered(const struct manifest *manifest)
{
    if (!strstr(manifest->name, "{{") && !strstr(manifest->namespace_name, "{{"))
        return false;
    node_problem(&manifest->node, "its name or namespace holds {{, as in a Helm template; render it (helm template) "
                                  "first, and pass the result");
    return true;
}

/* Makes the inputs of inputs->manifest, none if it is a List or a template. Reports problems. Errors: ERR_NOMEM. */
static int decide_manifest(struct inputs *inputs, struct err *err)
{
    const struct manifest *manifest = inputs->manifest;
    AUTO(subjects) subjects = {0};

    inputs->is_list =
        inputs->path_count == 1 && manifest->is_alone && (manifest->is_item || manifest->form == MANIFEST_LIST);
    if (manifest->form == MANIFEST_TEMPLATE)
        manifest_refuse_template(manifest);
    if (manifest->form == MANIFEST_TEMPLATE || manifest->form == MANIFEST_LIST || refuse_unrendered(manifest))
        return 0;
    if (subjects_from(manifest, inputs->default_namespace, inputs->set, &subjects, err) < 0) {
        if (err->code == ERR_NOMEM)
            return -1;
        add_manifest_problem(inputs, err);
        return 0;
    }

    inputs->made = calloc(subjects.count, sizeof(*inputs->made));
    if (!inputs->made)
        return err_nomem(err);
    if (object_warn(manifest, &subjects.items[0], &inputs->warnings, err) < 0)
        return -1;
    for (size_t i = 0; i < subjects.count; i++) {
        if (decide_subject(inputs, &subjects.items[i], err) < 0)
            return -1;
    }

    inputs->made[0].warnings = &inputs->warnings;
    if (inputs->made_count == 0 || rewrite_object(inputs, err) == 0)
        return 0;
    if (err->code == ERR_NOMEM)
        return -1;
    inputs_add_problem(inputs, &inputs->made[0], err);
    inputs->next_made = inputs->made_count;
    return 0;
}

int inputs_next(struct inputs *inputs, const struct input **ret_input, struct err *err)
{
    *ret_input = NULL;
    for (;;) {
        if (inputs->next_made < inputs->made_count) {
            *ret_input = &inputs->made[inputs->next_made++];
            return 0;
        }

        release_manifest(inputs);
        if (!inputs->reader && inputs->next_path == inputs->path_count)
            return end_unknown(inputs, err);
        if (!inputs->reader && open_path(inputs, err) < 0)
            return -1;

        if (manifest_next(inputs->reader, &inputs->manifest, err) < 0) {
            inputs->is_unreadable = true;
            return -1;
        }

        if (!inputs->manifest)
            close_path(inputs);
        else if (decide_manifest(inputs, err) < 0)
            return -1;
    }
}
