/* Reads objects one after the other, and decides about each. */
#include "offline/inputs.h"

#include <string.h>

enum { TITLE_MAX = 4096 };

static void release_current(struct inputs *inputs)
{
    judgement_fini(&inputs->current.judgement);
    subject_fini(&inputs->current.subject);
    manifest_free(inputs->manifest);
    inputs->manifest = NULL;
    inputs->current = (struct input){0};
}

void inputs_fini(struct inputs *inputs)
{
    release_current(inputs);
    manifest_reader_free(inputs->reader);
    *inputs = (struct inputs){0};
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
                 manifest->has_placeholder ? "; it holds ${...}: fill that in first (envsubst, Terraform)" : "");
}

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

/* Makes inputs->current from inputs->manifest. Sets *ret_made to false if the manifest is a List or a template, or a
 * problem was reported. Errors: ERR_NOMEM. */
static int decide_manifest(struct inputs *inputs, bool *ret_made, struct err *err)
{
    const struct manifest *manifest = inputs->manifest;
    struct input *input = &inputs->current;

    *ret_made = false;
    input->manifest = manifest;
    inputs->is_list =
        inputs->path_count == 1 && manifest->is_alone && (manifest->is_item || manifest->form == MANIFEST_LIST);
    if (manifest->form == MANIFEST_TEMPLATE)
        manifest_refuse_template(manifest);
    if (manifest->form == MANIFEST_TEMPLATE || manifest->form == MANIFEST_LIST)
        return 0;
    if (subject_from(manifest, inputs->default_namespace, &input->subject, err) < 0) {
        const struct yaml_mark *mark = manifest->node.mark;
        if (err->code != ERR_NOMEM)
            problems_add(inputs->problems, manifest->file, mark->line, mark->column, "%s", err->text);
        return err->code == ERR_NOMEM ? -1 : 0;
    }

    bool has_pod = input->subject.form != SUBJECT_OTHER;
    if (has_pod && subject_judge(&input->subject, inputs->set, inputs->namespaces, &input->judgement, err) < 0) {
        if (err->code == ERR_NOMEM)
            return -1;
        inputs_add_problem(inputs, input, err);
        return 0;
    }
    inputs->denied = inputs->denied || input->judgement.decision.out.outcome == OUTCOME_DENIED;
    *ret_made = true;
    return 0;
}

int inputs_next(struct inputs *inputs, const struct input **ret_input, struct err *err)
{
    *ret_input = NULL;
    for (;;) {
        bool made = false;
        release_current(inputs);

        if (!inputs->reader && inputs->next_path == inputs->path_count)
            return 0;
        if (!inputs->reader && open_path(inputs, err) < 0)
            return -1;

        if (manifest_next(inputs->reader, &inputs->manifest, err) < 0) {
            inputs->is_unreadable = true;
            return -1;
        }

        if (!inputs->manifest)
            close_path(inputs);
        else if (decide_manifest(inputs, &made, err) < 0)
            return -1;

        if (!made)
            continue;
        *ret_input = &inputs->current;
        return 0;
    }
}
