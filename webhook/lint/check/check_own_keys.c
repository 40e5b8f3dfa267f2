/* Checks for what was meant for gpuslice and is not read: misplaced and misspelt keys of ours, selectors on the label
 * that gpuslice writes, annotations of other schedulers. */
#include "base/text.h"
#include "lint/check/check.h"

#include <string.h>

static void check_map(struct lint *lint, struct node map, struct own_key_use use, const char *title, enum rule_id rule)
{
    char text[OWN_KEY_TEXT_SIZE];
    NODE_MEMBERS(map, entry) {
        if (!own_key_is(entry.key) || !json_is_string(entry.value))
            continue;
        use.key = entry.key;
        use.value = node_text(entry);
        /* An empty annotation in its place is harmless: charts render it. */
        bool left_out =
            use.place == KEY_IS_ANNOTATION && text_is_blank(use.value) && own_key_find(use.key, use.object, use.place);
        if (own_key_fault(&use, text))
            SAY_KEY(lint, left_out ? RULE_OWN_KEY_UNREAD : rule, entry, title, "%s", text);
    }
}

void own_keys_check(struct lint *lint, struct node metadata, enum key_object object, const char *who, const char *title,
                    enum rule_id rule)
{
    struct own_key_use use = {.object = object, .place = KEY_IS_LABEL, .who = who};
    check_map(lint, node_member(metadata, "labels"), use, title, rule);
    use.place = KEY_IS_ANNOTATION;
    check_map(lint, node_member(metadata, "annotations"), use, title, rule);
}

static void check_selector(struct lint *lint, struct node selector, const char *title)
{
    struct node labels = node_member(selector, "matchLabels");
    struct node expressions = node_member(selector, "matchExpressions");
    struct node found = node_member(labels.value || expressions.value ? labels : selector, LABEL_CLASS);
    NODE_ELEMENTS(expressions, expression) {
        struct node key = node_member(expression, "key");
        if (strcmp(node_text(key), LABEL_CLASS) == 0)
            found = key;
    }
    if (found.value)
        SAY(lint, RULE_SELECTOR_ON_WRITTEN_LABEL, found, title,
            "the selector names the label " LABEL_CLASS
            ", which gpuslice writes: pods whose class changes stop matching");
}

/* Reports the first such annotation of a pod that asks for no accelerator. */
static void check_schedulers(struct lint *lint, const struct lint_pod *pod)
{
    POD_FOREACH_CONTAINER(&pod->pod, container) {
        if (container->asks.count > 0)
            return;
    }

    struct node annotations = node_find(pod->node, PATH("metadata", "annotations"));
    NODE_MEMBERS(annotations, entry) {
        if (!gpu_annotation_is_foreign(entry.key))
            continue;
        SAY_KEY(lint, RULE_ANNOTATION_OF_ANOTHER_SCHEDULER, entry, pod->title,
                "the annotation %s is another scheduler's: to gpuslice, the pod asks for no GPU", entry.key);
        return;
    }
}

/* The templates of Jobs in a CronJob and in a JobSet: their metadata goes to the Jobs, not to the pods. */
static void check_job_templates(struct lint *lint, struct node object, const char *title)
{
    static const char who[] = "job template";
    own_keys_check(lint, node_find(object, PATH("spec", "jobTemplate", "metadata")), KEY_OF_WORKLOAD, who, title,
                   RULE_OWN_KEY_UNREAD);
    NODE_ELEMENTS(node_find(object, PATH("spec", "replicatedJobs")), replicated)
        own_keys_check(lint, node_find(replicated, PATH("template", "metadata")), KEY_OF_WORKLOAD, who, title,
                       RULE_OWN_KEY_UNREAD);
}

/* Findings of an object with several templates are equal, and are reported once. Of an unknown kind it is not known
 * which labels and annotations its pods get. */
static void check_workload(struct lint *lint, const struct lint_pod *pod)
{
    const struct manifest *object = pod->object;
    const char *title = object_title(&lint->model.arena, object);
    if (!pod->carries) {
        own_keys_check(lint, node_member(object->node, "metadata"), KEY_OF_WORKLOAD, object->kind, title,
                       RULE_OWN_KEY_UNREAD);
        check_job_templates(lint, object->node, title);
    }
    check_selector(lint, node_find(object->node, PATH("spec", "selector")), title);
}

void lint_check_own_keys(struct lint *lint)
{
    for (size_t i = 0; i < lint->pods.count; i++) {
        const struct lint_pod *pod = &lint->pods.items[i];
        const struct manifest *object = pod->object;
        own_keys_check(lint, node_member(pod->node, "metadata"), KEY_OF_POD, "pod", pod->title, RULE_OWN_KEY_UNREAD);
        if (pod->without_gpus)
            check_schedulers(lint, pod);
        if (object_is(object, POD_KIND))
            continue;
        check_workload(lint, pod);
    }
}
