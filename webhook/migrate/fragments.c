/* Explains parts of pods as guides show them: a bare `resources:`, or `affinity:` and `tolerations:`. */
#include "base/text.h"
#include "migrate/other_objects.h"
#include "migrate/pool_gpus.h"
#include "migrate/report/tree.h"

#include <string.h>

/* Returns the spec that the document is a part of, or a node without a value if it is no part of a pod. */
static struct node fragment_spec(const struct source_object *object)
{
    struct node spec = node_member(object->node, "spec");
    struct node root = json_is_object(spec.value) ? spec : object->node;
    if (*object->version || *object->kind || json_object_get(object->node.value, "driver"))
        return (struct node){0};

    NODE_MEMBERS(root, member) {
        if (!text_is_any(member.key,
                         WORDS("resources", "affinity", "tolerations", "nodeSelector", "containers", "initContainers",
                               "image", "name", "command", "args", "restartPolicy", "runtimeClassName")))
            return (struct node){0};
    }

    return json_object_get(root.value, "resources") || json_object_get(root.value, "affinity") ||
                   json_object_get(root.value, "tolerations") || json_object_get(root.value, "nodeSelector") ||
                   json_object_get(root.value, "containers")
               ? root
               : (struct node){0};
}

static bool asks_for_gpus(struct node spec)
{
    const char *key;
    json_t *value;
    json_object_foreach(tree_get(spec.value, "resources.limits"), key, value) {
        if (text_begins(key, NVIDIA_PREFIX))
            return true;
    }
    NODE_ELEMENTS(node_member(spec, "containers"), container) {
        json_object_foreach(tree_get(container.value, "resources.limits"), key, value) {
            if (text_begins(key, NVIDIA_PREFIX))
                return true;
        }
    }
    return false;
}

/* Lists the slices of the NodePools: "nvidia.com/gpu (NodePool gpu), nvidia.com/mig-1g.5gb (NodePool mig)". */
static void list_slices(const struct migration *migration, struct buf *out)
{
    for (size_t i = 0; i < migration->pool_count; i++) {
        const struct pool_draft *pool = &migration->pools[i];
        struct pool_gpus gpus;
        struct slicing slicing;
        pool_gpus_find(migration, pool->out->value, &gpus);
        pool_slicing(migration, pool, &gpus, &slicing);
        for (size_t j = 0; j < slicing.offer_count && slicing.kind != SLICING_NONE; j++)
            buf_addf(out, "%s%s: 1 (NodePool %s)", out->length > 0 ? " or " : "", slicing.offers[j].resource,
                     pool->name);
    }
}

/* Accounts for the parts that are not reported one by one. */
static void report_rest(struct migration *migration, struct node root)
{
    NODE_MEMBERS(root, member) {
        if (text_is_any(member.key, WORDS("affinity", "tolerations", "nodeSelector")))
            report_add(&migration->report, &member, FATE_NEEDLESS,
                       "in a namespace that is opted in, the webhook adds the affinity and tolerations of the pod's "
                       "class");
        else
            report_add(&migration->report, &member, FATE_KEPT, "a pod keeps it as it is");
    }
}

bool fragment_explain(struct migration *migration, struct source_object *object)
{
    struct node spec = fragment_spec(object);
    AUTO(buf) slices;
    if (!spec.value)
        return false;

    buf_init(&slices, ERR_TEXT_SIZE);
    list_slices(migration, &slices);

    report_note(&migration->report, &object->node, FATE_KEPT,
                "a part of a pod, no object: not in the result. A pod that asks for " GPU_RESOURCE_WHOLE
                " needs nothing else in a namespace with the label " LABEL_INJECT ": enabled; the annotation "
                "gpuslice.dev/class of the namespace or the pod chooses another class than the default");
    if (!asks_for_gpus(spec))
        report_note(&migration->report, &object->node, FATE_MANUAL,
                    "it asks for no GPU: a pod with this part alone runs on a node with GPUs, but gets none. It must "
                    "have a limit of %s%s" GPU_RESOURCE_WHOLE ": 1 in a namespace that is opted in",
                    buf_text(&slices), slices.length > 0 ? ", or of " : "");

    pod_spec_explain(migration, spec);
    report_rest(migration, spec);
    return true;
}
