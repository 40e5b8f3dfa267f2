/* Checks NodePools: instance types, taints that keep other pods away, and disruption. */
#include "karpenter/label.h"
#include "lint/check/check.h"

#include <string.h>

/* -- Instance types -- */

/* Adds the GPU of a node: "t4", "a share of one l4", "a share of 2861 MiB of one l4". */
static void add_gpu(const struct instance *type, bool size, struct buf *out)
{
    if (type->type && type->type->gpu_count == 0 && size)
        buf_addf(out, "a share of %lld MiB of one ", (long long)type->type->gpu_memory_mib);
    else if (type->type && type->type->gpu_count == 0)
        buf_add_string(out, "a share of one ");
    buf_add_string(out, type->gpu ? type->gpu->id : "no NVIDIA GPU");
}

static void check_gpu(struct lint *lint, const struct node_pool *node_pool, const struct pool *pool)
{
    FOREACH_MACHINE(node_pool, machine) {
        const struct instance *type = &machine->type;
        if (type->knowledge == INSTANCE_UNKNOWN || (type->type && pool_takes(pool, type->type)))
            continue;

        const bool shares = pool_has_fractions(pool);
        const bool fraction = type->type && type->type->gpu_count == 0;
        AUTO(buf) text;
        buf_init(&text, ERR_TEXT_SIZE);
        add_gpu(type, shares, &text);
        buf_addf(&text, "; SlicePool \"%s\" is for ", pool->name);
        if (shares)
            buf_addf(&text, "shares of %lld MiB of one ", (long long)pool->nodes.types[0]->gpu_memory_mib);
        else if (fraction)
            buf_add_string(&text, "whole GPUs of ");
        SAY(lint, RULE_NODE_POOL_WRONG_GPU, node_member(node_pool->node_spec, "requirements"), node_pool->title,
            "may launch %s, which has %s%s", type->name, buf_text(&text), pool->gpu->id);
        return;
    }
}

static void check_types(struct lint *lint, const struct node_pool *node_pool)
{
    struct node requirements = node_member(node_pool->node_spec, "requirements");
    const struct need *unlisted = node_pool->unlisted;
    if (!node_pool->slice_pool && !node_pool->namesake)
        return;

    if (node_pool->machine_count == 0 && node_pool->slice_pool && !unlisted)
        SAY(lint, RULE_NODE_POOL_WITHOUT_TYPE, requirements, node_pool->title,
            "its requirements admit no known instance type with a GPU");

    if (unlisted) {
        AUTO(buf) text;
        buf_init(&text, ERR_TEXT_SIZE);
        need_print(unlisted, &text);
        SAY(lint, RULE_INSTANCE_TYPE_UNKNOWN, unlisted->node, node_pool->title,
            "the GPU table has no instance type for %s: it is not known which GPUs such types have", buf_text(&text));
    }

    NODE_ELEMENTS(requirements, requirement) {
        struct node values = node_member(requirement, "values");
        const char *key = node_text(node_member(requirement, "key"));
        const char *alias = karpenter_label_alias(key);
        if (strcmp(alias ? alias : key, LABEL_INSTANCE_TYPE) != 0)
            continue;
        NODE_ELEMENTS(values, value) {
            if (instance_find(lint->options->gpus, node_text(value)).knowledge == INSTANCE_UNKNOWN)
                SAY(lint, RULE_INSTANCE_TYPE_UNKNOWN, value, node_pool->title,
                    "the GPU table has no instance type \"%s\": it is not known which GPUs it has", node_text(value));
        }
    }
}

/* -- Taints -- */

static void check_taints(struct lint *lint, const struct node_pool *node_pool, const struct pool *pool)
{
    for (size_t i = 0; i < pool->taints.count; i++) {
        const struct taint *wanted = &pool->taints.items[i];
        const struct taint *found = taints_find(&node_pool->taints, wanted->key, wanted->effect, NULL);
        if (!found)
            SAY(lint, RULE_POOL_TAINT_MISSING, node_pool->taint_nodes, node_pool->title,
                "lacks the taint %s=%s:%s of SlicePool \"%s\"", wanted->key, wanted->value, wanted->effect, pool->name);
        else if (strcmp(found->value, wanted->value) != 0)
            SAY(lint, RULE_POOL_TAINT_DIFFERS,
                node_member(node_element(node_pool->taint_nodes, (size_t)(found - node_pool->taints.items)), "value"),
                node_pool->title, "its taint %s has the value \"%s\"; in SlicePool \"%s\" it is \"%s\"", wanted->key,
                found->value, pool->name, wanted->value);
    }
}

/* Karpenter rejects a NodePool if two of its taints and startup taints have the same key and effect. */
static void check_duplicate_taints(struct lint *lint, const struct node_pool *node_pool)
{
    for (size_t i = 0; i < node_pool->startup_taints.count; i++) {
        const struct taint *taint = &node_pool->startup_taints.items[i];
        if (taints_find(&node_pool->taints, taint->key, taint->effect, NULL))
            SAY(lint, RULE_TAINT_TWICE, node_element(node_pool->startup_taint_nodes, i), node_pool->title,
                "has %s:%s among its taints and its startup taints", taint->key, taint->effect);
    }
    for (size_t i = 0; i < node_pool->taints.count; i++) {
        const struct taint *taint = &node_pool->taints.items[i];
        if (taints_find(&node_pool->taints, taint->key, taint->effect, NULL) != taint)
            SAY(lint, RULE_TAINT_TWICE, node_element(node_pool->taint_nodes, i), node_pool->title,
                "has the taint %s:%s twice", taint->key, taint->effect);
    }
}

static void check_open_to_others(struct lint *lint, const struct node_pool *node_pool, const struct pool *pool)
{
    const struct lint_pod *other = subject_of_other_namespace(&lint->model.arena);
    if (!other || pool->sharing == SHARING_WHOLE || !pool_offers_whole_name(pool) ||
        verdict_on(other, node_pool).obstacle != OBSTACLE_NONE)
        return;
    SAY(lint, RULE_SHARED_POOL_OPEN, lint_object_name_node(node_pool->object), node_pool->title,
        "its slices are called nvidia.com/gpu, and no taint keeps off pods of other namespaces that ask for that "
        "resource");
}

/* Requires a startup taint, because the node offers whole GPUs under the name of the slices until its GPUs are shared
 * or partitioned. Bottlerocket shares or partitions them before the kubelet starts. */
static void check_startup(struct lint *lint, const struct node_pool *node_pool, const struct pool *pool)
{
    if (!pool_needs_layout_taint(pool) || node_pool->startup_taints.count > 0 || node_pool->bottlerocket)
        return;
    if (strcmp(node_text(node_find(node_pool->node_spec, PATH("nodeClassRef", "group"))), KARPENTER_AWS_GROUP) != 0)
        return; /* nothing removes such a taint from a simulated node */
    SAY(lint, RULE_STARTUP_TAINT_MISSING, node_pool->node_spec, node_pool->title,
        "has no startup taint: until its slices are made, its nodes offer whole GPUs by the name nvidia.com/gpu");
}

/* -- Disruption -- */

/* True if the SlicePool asks for that value, so that it is intended. */
static bool is_chosen(struct node value, const char *chosen)
{
    return value.value && chosen && strcmp(node_text(value), chosen) == 0;
}

static void check_disruption(struct lint *lint, const struct node_pool *node_pool)
{
    struct node disruption = node_member(node_pool->spec, "disruption");
    struct node policy = node_member(disruption, "consolidationPolicy");
    struct node after = node_member(disruption, "consolidateAfter");
    const struct pool_nodes *nodes = node_pool->slice_pool ? &node_pool->slice_pool->nodes : NULL;
    if (strcmp(node_text(policy), "WhenEmpty") != 0 && !is_chosen(policy, nodes ? nodes->consolidation_policy : NULL))
        SAY(lint, RULE_CONSOLIDATION_INTERRUPTS, policy, node_pool->title,
            "its consolidation policy is %s: running pods are moved to save nodes",
            policy.value ? node_text(policy) : "not set, so WhenEmptyOrUnderutilized");
    if ((!after.value || strcmp(node_text(after), "0s") == 0) &&
        !is_chosen(after, nodes ? nodes->consolidate_after : NULL))
        SAY(lint, RULE_CONSOLIDATE_AFTER_SHORT, after, node_pool->title,
            "removes empty nodes at once (consolidateAfter %s)", after.value ? "0s" : "is not set, so 0s");
}

static void check_expiry(struct lint *lint, const struct node_pool *node_pool)
{
    struct node expire = node_member(node_pool->node_spec, "expireAfter");
    struct node grace = node_member(node_pool->node_spec, "terminationGracePeriod");
    if (!expire.value)
        SAY(lint, RULE_EXPIRE_AFTER_UNSAID, node_pool->node_spec, node_pool->title,
            "does not set expireAfter, so its nodes expire after " EXPIRE_AFTER_DEFAULT ", whatever runs on them");
    else if (strcmp(node_text(expire), "Never") != 0 && grace.value && strcmp(node_text(grace), "0s") == 0)
        SAY(lint, RULE_EXPIRE_AFTER_UNSAID, grace, node_pool->title,
            "its nodes expire after %s, and their pods are killed at once (terminationGracePeriod 0s)",
            node_text(expire));
}

/* True if the NodePool is for GPUs: it belongs to a SlicePool, or is restricted to instance types of which some have or
 * may have GPUs. */
static bool offers_gpus(const struct node_pool *node_pool)
{
    bool some = node_pool->unlisted != NULL;
    FOREACH_MACHINE(node_pool, machine) {
        some = some || machine->type.knowledge != INSTANCE_WITHOUT_GPU;
    }
    return node_pool->slice_pool || (!node_pool->any_type && some);
}

void lint_check_node_pool(struct lint *lint, const struct node_pool *node_pool)
{
    check_duplicate_taints(lint, node_pool);
    check_types(lint, node_pool);
    if (offers_gpus(node_pool)) {
        check_disruption(lint, node_pool);
        check_expiry(lint, node_pool);
    }
    if (!node_pool->slice_pool)
        return;
    check_gpu(lint, node_pool, node_pool->slice_pool);
    check_taints(lint, node_pool, node_pool->slice_pool);
    check_open_to_others(lint, node_pool, node_pool->slice_pool);
    check_startup(lint, node_pool, node_pool->slice_pool);
}
