/* Checks workloads and pods: they must be able to run on nodes of the manifests, and only on the right ones. */
#include "base/text.h"
#include "lint/check/check.h"

#include <string.h>

static bool asks_gpu(const struct lint_pod *pod)
{
    for (size_t i = 0; i < pod->asks.count; i++) {
        if (pod->asks.items[i].count > 0)
            return true;
    }
    return false;
}

/* Returns where to report the verdict: at the part of the pod's nodeSelector or affinity that it is about, or at the
 * pod's name. */
static struct node place_of(const struct lint_pod *pod, const struct verdict *verdict)
{
    if (verdict->obstacle == OBSTACLE_MATCH_FIELDS && pod->match_fields_node.document)
        return pod->match_fields_node;
    if (verdict->need && verdict->need->node.document)
        return verdict->need->node;
    return subject_node(pod);
}

static void check_schedulable(struct lint *lint, const struct lint_pod *pod)
{
    AUTO(buf) text;
    struct verdict verdict = verdict_of(pod, &lint->model);
    /* The unknown type is reported at the NodePool if that belongs to a SlicePool or has the name of one. */
    bool reported =
        verdict.obstacle == OBSTACLE_UNKNOWN && (verdict.node_pool->slice_pool || verdict.node_pool->namesake);
    if (verdict.obstacle == OBSTACLE_NONE || reported)
        return;
    buf_init(&text, ERR_TEXT_SIZE);
    verdict_print(&verdict, &lint->model, &text);
    const char *by = pod->slice_class && !pod->today ? ", as slice class \"" : "";
    const char *today = pod->today ? pod->today : "";
    const char *meant = verdict.resource ? gpu_resource_meant(verdict.resource) : NULL;
    SAY(lint, verdict_rule(&verdict), place_of(pod, &verdict), pod->title, "the pod%s%s%s %s%s%s%s%s%s", by,
        *by ? pod->slice_class->name : "", *by ? "\" makes it," : "", buf_text(&text), meant ? "; did you mean " : "",
        meant ? meant : "", meant ? "?" : "", *today ? "; created today it would " : "", today);
}

static bool any_machine_has(const struct model *model, const char *resource)
{
    FOREACH_NODE_POOL(model, node_pool) {
        FOREACH_MACHINE(node_pool, machine) {
            if (amounts_get(&machine->capacity, resource) > 0)
                return true;
        }
    }
    return false;
}

/* Reports a request for an unknown name of nvidia.com/, probably meant for a GPU, in a pod that the webhook treats as
 * one without GPUs. */
static void check_unoffered(struct lint *lint, const struct lint_pod *pod)
{
    POD_FOREACH_CONTAINER(&pod->pod, container) {
        const struct ask *ask = asks_next(&container->asks, ASK_UNOFFERED, NULL);
        if (!ask || any_machine_has(&lint->model, ask->resource))
            continue;
        const char *meant = gpu_resource_meant(ask->resource);
        SAY(lint, RULE_RESOURCE_NOT_OFFERED, subject_node(pod), pod->title,
            "container %s asks for %s, which the policies do not count as a GPU and no NodePool offers%s%s%s",
            container->name, ask->resource, meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "");
        return;
    }
}

/* Reports extended resources of a pod with a slice that are neither GPUs nor other accelerators, which verdicts check:
 * Karpenter makes no node for those either. Network devices are left out, because drivers choose their names freely,
 * and Karpenter knows those of AWS. */
static void check_other_extended(struct lint *lint, const struct lint_pod *pod)
{
    POD_FOREACH_CONTAINER(&pod->pod, container) {
        for (size_t i = 0; i < ARRAY_SIZE(resource_lists); i++) {
            const cJSON *entry;
            cJSON_ArrayForEach(entry, cjson_find(container->object, PATH("resources", resource_lists[i]))) {
                bool zero = cJSON_IsString(entry) ? strcmp(entry->valuestring, "0") == 0 : entry->valuedouble == 0;
                bool extended = strchr(entry->string, '/') && !strstr(entry->string, "kubernetes.io/");
                if (!extended || zero || gpu_names_kind(lint->model.gpu_names, entry->string) != RESOURCE_PLAIN ||
                    any_machine_has(&lint->model, entry->string))
                    continue;
                SAY(lint, RULE_RESOURCE_NOT_OFFERED, lint_object_name_node(pod->object), pod->title,
                    "container %s asks for %s alongside its slice, but no NodePool offers that", container->name,
                    entry->string);
            }
        }
    }
}

/* -- Unsuitable nodes -- */

static bool is_cut(const struct pool *pool)
{
    return pool && pool->sharing != SHARING_WHOLE;
}

/* Reports a pod that requests nvidia.com/gpu without a class of the pool, and could get a slice of the pool instead. */
static void check_lands_on_slices(struct lint *lint, const struct lint_pod *pod)
{
    if (amounts_get(&pod->asks, GPU_RESOURCE_WHOLE) == 0 || (pod->recorded && !pod->slice_class))
        return;

    FOREACH_NODE_POOL(&lint->model, node_pool) {
        if (!is_cut(node_pool->slice_pool) || class_uses(pod->slice_class, node_pool->slice_pool))
            continue;
        if (verdict_on(pod, node_pool).obstacle != OBSTACLE_NONE)
            continue;
        SAY(lint, RULE_WHOLE_GPU_ON_SLICED_POOL, subject_node(pod), pod->title,
            "asks for a whole GPU (%s) and could land on %s, where that is a slice", GPU_RESOURCE_WHOLE,
            node_pool->title);
        return;
    }
}

/* -- Tolerations -- */

static bool some_taint_has(const struct model *model, const char *key)
{
    FOREACH_NODE_POOL(model, node_pool) {
        if (taints_find(&node_pool->taints, key, NULL, NULL) ||
            taints_find(&node_pool->startup_taints, key, NULL, NULL))
            return true;
    }
    return false;
}

static bool is_ours(const char *key)
{
    return text_begins(key, NVIDIA_PREFIX) || text_begins(key, OWN_PREFIX);
}

static void check_tolerations(struct lint *lint, const struct lint_pod *pod)
{
    for (size_t i = 0; i < pod->toleration_count; i++) {
        const char *key = pod->tolerations[i].toleration.key ? pod->tolerations[i].toleration.key : "";
        struct node node = pod->tolerations[i].node;
        if (!node.document)
            continue;
        if (!*key)
            SAY(lint, RULE_TOLERATION_OF_EVERYTHING, node, pod->title,
                "tolerates every taint, including those that keep pools apart and karpenter.sh/disrupted");
        else if (lint->model.node_pool_count > 0 && is_ours(key) && !some_taint_has(&lint->model, key))
            SAY(lint, RULE_TOLERATION_WITHOUT_TAINT, node_member(node, "key"), pod->title,
                "tolerates the taint %s, which no NodePool has", key);
    }
}

/* -- Limits of shared nodes -- */

static bool is_shared_on(const struct node_pool *node_pool, bool *ret_mps)
{
    const struct plugin_config *plugin = node_pool->plugin;
    const struct pool *pool = node_pool->slice_pool;
    *ret_mps = (plugin && plugin->sharing == PLUGIN_MPS) || (pool && pool->sharing == SHARING_MPS);
    return (pool && pool_is_shared(pool)) || (plugin && plugin->share_count > 0);
}

static void check_shm(struct lint *lint, const struct lint_pod *pod)
{
    static const char *const lists[] = {"containers", "initContainers"};

    for (size_t i = 0; i < ARRAY_SIZE(resource_lists); i++) {
        struct node containers = node_find(pod->node, PATH("spec", lists[i]));
        NODE_ELEMENTS(containers, element) {
            struct node mounts = node_member(element, "volumeMounts");
            NODE_ELEMENTS(mounts, mount) {
                struct node path = node_member(mount, "mountPath");
                if (strcmp(node_text(path), "/dev/shm") == 0 || strcmp(node_text(path), "/dev/shm/") == 0)
                    SAY(lint, RULE_MPS_WITH_DEV_SHM, path, pod->title,
                        "mounts a volume at /dev/shm, where the device plugin mounts that of the MPS daemon");
            }
        }
    }
}

static void check_sharing(struct lint *lint, const struct lint_pod *pod)
{
    bool mps;
    struct verdict verdict = verdict_of(pod, &lint->model);
    if (!verdict.node_pool || verdict.obstacle < OBSTACLE_RESOURCE || !is_shared_on(verdict.node_pool, &mps))
        return;
    if (mps)
        check_shm(lint, pod);
    if (pod->most_in_container > 1)
        SAY(lint, RULE_SHARED_REQUEST_OVER_ONE, subject_node(pod), pod->title,
            "a container asks for %lld shares of a GPU on %s; two shares give no more than one",
            (long long)pod->most_in_container, verdict.node_pool->title);
}

/* -- RuntimeClass -- */

static void check_runtime_class(struct lint *lint, const struct lint_pod *pod, const struct manifest *object)
{
    struct node selector = node_find(object->node, PATH("scheduling", "nodeSelector"));
    NODE_MEMBERS(selector, value) {
        const struct need *culprit;
        struct needs needs = {0};
        bool any = false;

        needs_add_value(&lint->model.arena, &needs, value, value.key, node_text(value));

        FOREACH_NODE_POOL(&lint->model, node_pool) {
            any = any || (verdict_on(pod, node_pool).obstacle >= OBSTACLE_TAINT &&
                          needs_compare(&node_pool->needs, &needs, &culprit, NULL) == MISMATCH_NONE);
        }

        if (!any && lint->model.node_pool_count > 0)
            SAY(lint, RULE_RUNTIME_CLASS_EXCLUDES_POOL, value, object_title(&lint->model.arena, object),
                "its nodeSelector %s: %s is merged into the pods of %s, and no NodePool that they could use has that "
                "label",
                value.key, node_text(value), pod->title);
    }
}

static void check_runtime_classes(struct lint *lint, const struct lint_pod *pod)
{
    for (size_t i = 0; *pod->runtime_class && i < lint->sources.objects.count; i++) {
        const struct manifest *object = lint->sources.objects.items[i];
        if (object_is(object, RUNTIME_CLASS_KIND) && strcmp(object->name, pod->runtime_class) == 0)
            check_runtime_class(lint, pod, object);
    }
}

static void check_pod(struct lint *lint, const struct lint_pod *pod)
{
    if (pod->of_daemonset)
        return;
    if (pod->outcome == OUTCOME_DENIED) {
        SAY(lint, RULE_WORKLOAD_DENIED, subject_node(pod), pod->title, "the webhook will refuse its pods [%s]: %s",
            pod->reason, pod->message);
        return;
    }

    check_tolerations(lint, pod);
    if (pod->without_gpus && lint->model.node_pool_count > 0)
        check_unoffered(lint, pod);
    if (lint->model.node_pool_count == 0 || (!asks_gpu(pod) && !pod->uses_claims))
        return;
    if (!pod->settled) {
        check_schedulable(lint, pod);
        check_lands_on_slices(lint, pod);
    }
    if (pod->slice_class && !pod->settled)
        check_other_extended(lint, pod);
    check_sharing(lint, pod);
    check_runtime_classes(lint, pod);
}

void lint_check_pods(struct lint *lint)
{
    for (size_t i = 0; i < lint->pods.malformed_count; i++) {
        const struct malformed *malformed = &lint->pods.malformed[i];
        SAY(lint, RULE_POD_MALFORMED, malformed->node, malformed->title, "%s", malformed->text);
    }
    for (size_t i = 0; i < lint->pods.unjudged_count; i++) {
        const struct malformed *unjudged = &lint->pods.unjudged[i];
        SAY(lint, RULE_WORKLOAD_NOT_JUDGED, unjudged->node, unjudged->title, "its pods are not checked: %s",
            unjudged->text);
    }
    for (size_t i = 0; i < lint->pods.count; i++)
        check_pod(lint, &lint->pods.items[i]);
    for (size_t i = 0; lint->policies && i < lint->policies->class_count; i++)
        check_runtime_classes(lint, lint->samples[i]);
}
