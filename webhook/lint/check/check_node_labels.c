/* Checks the labels of a NodePool's template: those that pods select by, and those that configure NVIDIA's software. */
#include "base/text.h"
#include "lint/check/check.h"
#include "nvidia/label.h"

#include <string.h>

/* Checks the labels of a NodePool that has the name of a SlicePool and therefore seems to belong to it. */
static void check_pool_labels(struct lint *lint, const struct node_pool *node_pool)
{
    const struct pool *pool = node_pool->namesake;
    if (!pool || node_pool->slice_pool)
        return;
    for (size_t i = 0; i < pool->labels.count; i++) {
        const struct keyvalue *label = &pool->labels.items[i];
        struct node found = node_member(node_pool->labels, label->key);
        if (strcmp(node_text(found), label->value) == 0)
            continue;
        SAY(lint, RULE_POOL_LABEL_MISSING, found, node_pool->title,
            "its template must have the label %s: %s of SlicePool \"%s\"%s%s", label->key, label->value, pool->name,
            found.value ? ", not " : "", node_text(found));
    }
}

/* Checks the label nvidia.com/gpu, by which pods that follow older guides select nodes. */
static void check_guide_label(struct lint *lint, const struct node_pool *node_pool)
{
    struct node found = node_member(node_pool->labels, GPU_RESOURCE_WHOLE);
    if (!node_pool->slice_pool || strcmp(node_text(found), "true") == 0)
        return;
    SAY(lint, RULE_GPU_LABEL_MISSING, found.value ? found : node_pool->labels, node_pool->title,
        "its template lacks the label nvidia.com/gpu: \"true\", by which pods that follow older guides select nodes");
}

static void check_discovered(struct lint *lint, const struct node_pool *node_pool)
{
    NODE_MEMBERS(node_pool->labels, value) {
        if (nvidia_label_is_discovered(value.key) && strcmp(value.key, LABEL_GPU_PRESENT) != 0 &&
            !text_begins(value.key, LABEL_DEPLOY_PREFIX))
            SAY_KEY(lint, RULE_DISCOVERED_LABEL_DECLARED, value, node_pool->title,
                    "declares %s, which GPU feature discovery overwrites with a value of its own", value.key);
        if (karpenter_label_refused(value.key) || strcmp(value.key, LABEL_NODE_POOL) == 0)
            SAY_KEY(lint, RULE_LABEL_RESTRICTED, value, node_pool->title, "Karpenter does not let a NodePool set %s",
                    value.key);
    }
}

/* -- Configs that labels name -- */

static void check_plugin_label(struct lint *lint, const struct node_pool *node_pool)
{
    struct node label = node_member(node_pool->labels, LABEL_PLUGIN_CONFIG);
    if (!label.value || lint->model.plugin_count == 0 || model_plugin(&lint->model, node_text(label)))
        return;
    SAY(lint, RULE_DEVICE_PLUGIN_CONFIG_MISSING, label, node_pool->title,
        "names the device plugin config \"%s\", which no ConfigMap has as a key: the plugin would crash in a loop",
        node_text(label));
}

static void check_mig_label(struct lint *lint, const struct node_pool *node_pool)
{
    struct node label = node_member(node_pool->labels, LABEL_MIG_CONFIG);
    if (!label.value && node_pool->slice_pool && pool_is_mig(node_pool->slice_pool) && !node_pool->bottlerocket)
        SAY(lint, RULE_MIG_LABEL_MISSING, node_pool->labels, node_pool->title,
            "its template has no label nvidia.com/mig.config, so mig-manager leaves MIG off on its nodes");

    if (label.value && node_pool->slice_pool && !pool_is_mig(node_pool->slice_pool) &&
        strcmp(node_text(label), MIG_CONFIG_NONE) != 0)
        SAY(lint, RULE_MIG_CONFIG_DIFFERS, label, node_pool->title,
            "its label partitions the GPUs by MIG (%s), but SlicePool \"%s\" does not use MIG", node_text(label),
            node_pool->slice_pool->name);

    if (!label.value || lint->model.mig_count == 0 || model_mig(&lint->model, node_text(label)))
        return;
    SAY(lint, RULE_MIG_CONFIG_MISSING, label, node_pool->title,
        "names the MIG config \"%s\", which is not among the mig-configs: the GPUs stay whole", node_text(label));
}

void lint_check_node_labels(struct lint *lint, const struct node_pool *node_pool)
{
    check_pool_labels(lint, node_pool);
    check_guide_label(lint, node_pool);
    check_discovered(lint, node_pool);
    check_plugin_label(lint, node_pool);
    check_mig_label(lint, node_pool);
}
