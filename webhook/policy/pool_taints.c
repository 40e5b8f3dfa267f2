/* Checks the taints of a pool. The pods of its classes tolerate spec.taints and spec.nodes.taints for as long as they
 * run, so these must be taints that stay on the node. Taints that are removed once a node is ready belong in
 * spec.nodes.startupTaints, which pods do not tolerate. */
#include "base/text.h"
#include "core/names.h"
#include "policy/pool_nodes_parts.h"

#include <string.h>

/* Taints that software other than a NodePool sets and removes. */
static const struct {
    const char *prefix, *suffix, *why;
} reserved[] = {
    {KARPENTER_PREFIX, "", "Karpenter sets and removes it itself, and never drains a pod that tolerates it"},
    {"node.kubernetes.io/", "",
     "Kubernetes sets and removes it itself, and the pods of the classes would stay on a node that has failed"},
    {"node.cloudprovider.kubernetes.io/", "", "the cloud provider sets and removes it itself"},
    {"readiness.k8s.io/", "", "it is removed when the node is ready; must be in nodes.startupTaints"},
    {"", "/agent-not-ready", "an agent removes it when it is ready; must be in nodes.startupTaints"},
    {TAINT_LAYOUT, "", "it is removed when the GPUs are cut; must be in nodes.startupTaints"},
};

/* Returns why pods must not tolerate the taint, or NULL. */
static const char *taint_fault(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
        if (text_begins(key, reserved[i].prefix) && text_ends_any(key, WORDS(reserved[i].suffix)))
            return reserved[i].why;
    }
    return NULL;
}

/* Returns the list of taints at the field of `object`, or no node if it is absent or has elements that were not
 * decoded. */
static struct node taint_list(const struct node *object, const char *field, const struct taints *list)
{
    struct node node = node_member(*object, field);
    return node.value && json_array_size(node.value) == list->count ? node : (struct node){0};
}

/* Reports taints of the list that the pods of the pool's classes must not tolerate. */
static void check_tolerable(const struct node *object, const struct taints *list)
{
    struct node node = taint_list(object, "taints", list);
    for (size_t i = 0; node.value && i < list->count; i++) {
        struct node element = node_element(node, i);
        const char *why = taint_fault(list->items[i].key);
        if (why)
            node_problem(&element, "the pods of the pool's classes must not tolerate the taint %s: %s",
                         list->items[i].key, why);
    }
}

/* Karpenter rejects a NodePool with two taints of the same key and effect; startup taints count too. `before` has the
 * lists of which the list may repeat nothing. */
static void check_distinct(const struct node *nodes, const char *field, const struct taints *list,
                           const struct taints *const before[], size_t before_count)
{
    struct node node = taint_list(nodes, field, list);
    for (size_t i = 0; node.value && i < list->count; i++) {
        struct node element = node_element(node, i);
        bool twice = false;
        for (size_t j = 0; j < before_count; j++)
            twice = twice || taints_have(before[j], list->items[i].key, list->items[i].effect);
        if (twice)
            node_problem(&element, "a taint %s:%s is already in this pool; must have another key or effect",
                         list->items[i].key, list->items[i].effect);
    }
}

/* Our own taint identifies one pool, so that it belongs to the taints by which the pool is recognized. */
static void check_own_key(const struct node *nodes, const struct taints *list)
{
    struct node node = taint_list(nodes, "taints", list);
    for (size_t i = 0; node.value && i < list->count; i++) {
        struct node element = node_element(node, i);
        const char *key = list->items[i].key;
        if (text_begins(key, OWN_GROUP "/") && !taint_fault(key))
            node_problem(&element, "the taint %s is one of gpuslice's own; must be in spec.taints", key);
    }
}

void pool_taints_check(const struct node *spec, const struct pool *pool)
{
    const struct taints *const earlier[] = {&pool->taints, &pool->nodes.taints};
    struct node nodes = node_member(*spec, "nodes");
    check_tolerable(spec, &pool->taints);
    if (!json_is_object(nodes.value))
        return;
    check_tolerable(&nodes, &pool->nodes.taints);
    check_own_key(&nodes, &pool->nodes.taints);
    check_distinct(&nodes, "taints", &pool->nodes.taints, earlier, 1);
    check_distinct(&nodes, "startupTaints", &pool->nodes.startup_taints, earlier, 2);
}
