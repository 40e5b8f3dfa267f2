/* Compares a pod with one NodePool, and with all. */
#include "lint/model/verdict.h"

#include "nvidia/label.h"

#include <ctype.h>
#include <string.h>

bool tolerates(const struct lint_pod *pod, const struct taint *taint)
{
    struct toleration wanted = {.key = taint->key, .op = "Equal", .value = taint->value, .effect = taint->effect};
    if (strcmp(taint->effect, "PreferNoSchedule") == 0)
        return true; /* Karpenter eventually adds a toleration for such taints to the pod */
    for (size_t i = 0; i < pod->toleration_count; i++) {
        struct toleration own = pod->tolerations[i].toleration;
        own.has_seconds = false;
        if (toleration_covers(&own, &wanted))
            return true;
    }
    return false;
}

/* -- Limits -- */

static bool read_limit(const struct node_pool *node_pool, const char *resource, int64_t *ret_limit)
{
    return node_quantity(node_find(node_pool->spec, PATH("limits", resource)), ret_limit);
}

/* Returns the number of CPUs from the table, or from the size in the name: 4 for xlarge, 4 times N for Nxlarge. Returns
 * 0 if neither has it. */
static int64_t machine_cpus(const struct instance *instance)
{
    const char *size = strchr(instance->name, '.');
    if (instance->type && instance->type->cpus > 0)
        return instance->type->cpus;
    if (!size)
        return 0;
    int64_t times = 0;
    for (size++; isdigit((unsigned char)*size) && times < 1000; size++)
        times = 10 * times + (*size - '0');
    return strcmp(size, "xlarge") == 0 ? 4 * (times > 0 ? times : 1) : 0;
}

const char *limit_below(const struct node_pool *node_pool, const struct machine *machine)
{
    int64_t limit;
    if (read_limit(node_pool, "cpu", &limit) && machine_cpus(&machine->type) > limit)
        return "cpu";
    if (read_limit(node_pool, "nodes", &limit) && limit < 1)
        return "nodes";
    for (size_t i = 0; i < machine->capacity.count; i++) {
        const struct amount *amount = &machine->capacity.items[i];
        if (read_limit(node_pool, amount->resource, &limit) && amount->count > limit)
            return amount->resource;
    }
    return NULL;
}

/* -- One NodePool -- */

static struct verdict verdict_unknown(const struct node_pool *node_pool, const struct amount *asked)
{
    return (struct verdict){
        .obstacle = OBSTACLE_UNKNOWN, .node_pool = node_pool, .resource = asked->resource, .asked = asked->count};
}

/* Finds the obstacle for a pod on one instance type. */
static struct verdict on_machine(const struct lint_pod *pod, const struct node_pool *node_pool,
                                 const struct machine *machine)
{
    struct verdict verdict = {.obstacle = OBSTACLE_NONE, .node_pool = node_pool};
    const struct amount *unknown = NULL;
    for (size_t i = 0; i < pod->asks.count; i++) {
        const struct amount *asked = &pod->asks.items[i];
        int64_t offered = amounts_get(&machine->capacity, asked->resource);
        /* Other names are registered by software that lint does not know; for them the simulated capacity counts. */
        bool known = machine->registered_known && gpu_resource_is(asked->resource);
        int64_t registered = known ? amounts_get(&machine->registered, asked->resource) : offered;
        if (asked->count > 0 && machine->gpus_unknown && strcmp(asked->resource, GPU_RESOURCE_WHOLE) == 0)
            unknown = asked;
        if (asked->count == 0 || unknown == asked)
            continue;
        verdict.resource = asked->resource;
        verdict.asked = asked->count;
        verdict.most = offered < asked->count ? offered : registered;
        if (offered < asked->count)
            verdict.obstacle = offered > 0 ? OBSTACLE_QUANTITY : OBSTACLE_RESOURCE;
        else if (registered < asked->count)
            verdict.obstacle = OBSTACLE_NOT_REGISTERED;
        if (verdict.obstacle != OBSTACLE_NONE)
            return verdict;
    }

    const char *limit = limit_below(node_pool, machine);
    if (limit)
        return (struct verdict){.obstacle = OBSTACLE_LIMITS, .node_pool = node_pool, .resource = limit};
    return unknown ? verdict_unknown(node_pool, unknown) : verdict;
}

/* Returns the first need of the pod that alone rules out every instance type. If there is none, returns the first need,
 * or NULL without needs. */
static const struct need *type_culprit(const struct needs *needs, const struct node_pool *node_pool)
{
    for (size_t i = 0; i < needs->count; i++) {
        struct needs one = {&needs->items[i], 1};
        bool any = false;
        FOREACH_MACHINE(node_pool, machine) {
            any = any || instance_meets(&machine->type, &one);
        }
        if (!any)
            return &needs->items[i];
    }
    return needs->count > 0 ? &needs->items[0] : NULL;
}

static struct verdict on_machines(const struct lint_pod *pod, const struct needs *needs,
                                  const struct node_pool *node_pool)
{
    struct verdict best = {.obstacle = OBSTACLE_TYPE, .node_pool = node_pool};
    const struct amount *first_asked = NULL;

    for (size_t i = 0; i < pod->asks.count && !first_asked; i++)
        first_asked = pod->asks.items[i].count > 0 ? &pod->asks.items[i] : NULL;
    /* The table has only instance types with GPUs, so for a pod without requests, the NodePool is assumed to launch
     * some other instance type, if its needs allow any type or no type of the table matches. */
    if (!first_asked && (node_pool->any_type || node_pool->machine_count == 0))
        return (struct verdict){.obstacle = OBSTACLE_NONE, .node_pool = node_pool};
    if (first_asked && node_pool->machine_count == 0 && !node_pool->unlisted)
        return (struct verdict){.obstacle = OBSTACLE_RESOURCE,
                                .node_pool = node_pool,
                                .resource = first_asked->resource,
                                .asked = first_asked->count};

    FOREACH_MACHINE(node_pool, machine) {
        if (!instance_meets(&machine->type, needs))
            continue;
        struct verdict verdict = on_machine(pod, node_pool, machine);
        if (verdict.obstacle > best.obstacle || (verdict.obstacle == best.obstacle && verdict.most > best.most))
            best = verdict;
    }

    if (first_asked && node_pool->unlisted && best.obstacle < OBSTACLE_UNKNOWN)
        return verdict_unknown(node_pool, first_asked);

    if (best.obstacle == OBSTACLE_TYPE) {
        best.need = type_culprit(needs, node_pool);
        best.unmet = 1;
    }

    return best;
}

static struct verdict on_alternative(const struct lint_pod *pod, const struct needs *needs,
                                     const struct node_pool *node_pool)
{
    struct verdict verdict = {.node_pool = node_pool};
    enum mismatch mismatch = needs_compare(&node_pool->needs, needs, &verdict.need, &verdict.unmet);
    if (mismatch != MISMATCH_NONE) {
        verdict.obstacle = mismatch == MISMATCH_UNDEFINED ? OBSTACLE_KEY_UNDEFINED : OBSTACLE_VALUES;
        return verdict;
    }

    struct verdict placed = on_machines(pod, needs, node_pool);
    if (placed.obstacle == OBSTACLE_TYPE)
        return placed;

    for (size_t i = 0; i < node_pool->taints.count; i++) {
        if (tolerates(pod, &node_pool->taints.items[i]))
            continue;
        verdict.obstacle = OBSTACLE_TAINT;
        verdict.taint = &node_pool->taints.items[i];
        return verdict;
    }

    return placed;
}

/* Returns the verdict that holds for every NodePool, or one with OBSTACLE_NONE. */
static struct verdict verdict_everywhere(const struct lint_pod *pod)
{
    if (pod->uses_claims)
        return (struct verdict){.obstacle = OBSTACLE_CLAIMS};
    if (pod->match_fields)
        return (struct verdict){.obstacle = OBSTACLE_MATCH_FIELDS};
    if (pod->alternative_count == 0)
        return (struct verdict){.obstacle = OBSTACLE_NO_TERM};
    for (size_t i = 0; i < pod->alternative_count; i++) {
        const struct needs *needs = &pod->alternatives[i];
        for (size_t j = 0; j < needs->count; j++) {
            if (karpenter_label_refused(needs->items[j].requirement.key))
                return (struct verdict){.obstacle = OBSTACLE_RESTRICTED_KEY, .need = &needs->items[j]};
        }
    }
    return (struct verdict){.obstacle = OBSTACLE_NONE};
}

/* True if the pod comes nearer to a node than in the best verdict: fewer of its requirements are unmet, or as many are
 * unmet and the obstacle is later. */
static bool is_nearer(const struct verdict *verdict, const struct verdict *best)
{
    if (best->obstacle == OBSTACLE_NO_NODE_POOL || verdict->unmet != best->unmet)
        return best->obstacle == OBSTACLE_NO_NODE_POOL || verdict->unmet < best->unmet;
    return verdict->obstacle > best->obstacle;
}

struct verdict verdict_on(const struct lint_pod *pod, const struct node_pool *node_pool)
{
    struct verdict best = verdict_everywhere(pod);
    if (best.obstacle != OBSTACLE_NONE)
        return best;
    best.obstacle = OBSTACLE_NO_NODE_POOL;
    for (size_t i = 0; i < pod->alternative_count; i++) {
        struct verdict verdict = on_alternative(pod, &pod->alternatives[i], node_pool);
        if (is_nearer(&verdict, &best))
            best = verdict;
    }
    return best;
}

struct verdict verdict_of(const struct lint_pod *pod, const struct model *model)
{
    struct verdict best = {.obstacle = OBSTACLE_NO_NODE_POOL};
    for (size_t i = 0; i < model->node_pool_count && best.obstacle != OBSTACLE_NONE; i++) {
        struct verdict verdict = verdict_on(pod, &model->node_pools[i]);
        if (is_nearer(&verdict, &best))
            best = verdict;
    }
    return best;
}

/* -- Texts -- */

enum rule_id verdict_rule(const struct verdict *verdict)
{
    static const enum rule_id rules[] = {
        [OBSTACLE_NO_NODE_POOL] = RULE_NODE_POOLS_ABSENT,
        [OBSTACLE_CLAIMS] = RULE_RESOURCE_CLAIMS_UNSUPPORTED,
        [OBSTACLE_MATCH_FIELDS] = RULE_AFFINITY_MATCH_FIELDS,
        [OBSTACLE_RESTRICTED_KEY] = RULE_AFFINITY_KEY_RESTRICTED,
        [OBSTACLE_NO_TERM] = RULE_AFFINITY_MATCHES_NOTHING,
        [OBSTACLE_KEY_UNDEFINED] = RULE_AFFINITY_KEY_UNDEFINED,
        [OBSTACLE_VALUES] = RULE_AFFINITY_VALUES_DISJOINT,
        [OBSTACLE_TYPE] = RULE_INSTANCE_LABEL_IMPOSSIBLE,
        [OBSTACLE_TAINT] = RULE_TAINT_NOT_TOLERATED,
        [OBSTACLE_RESOURCE] = RULE_RESOURCE_NOT_OFFERED,
        [OBSTACLE_QUANTITY] = RULE_RESOURCE_MORE_THAN_A_NODE,
        [OBSTACLE_NOT_REGISTERED] = RULE_RESOURCE_NOT_REGISTERED,
        [OBSTACLE_LIMITS] = RULE_LIMITS_BELOW_ONE_NODE,
        [OBSTACLE_UNKNOWN] = RULE_INSTANCE_TYPE_UNKNOWN,
        [OBSTACLE_NONE] = RULES,
    };
    const char *key = verdict->need ? verdict->need->requirement.key : "";
    if (verdict->obstacle == OBSTACLE_KEY_UNDEFINED && nvidia_label_is_discovered(key))
        return RULE_AFFINITY_ON_DISCOVERED_LABEL;
    if (verdict->obstacle == OBSTACLE_VALUES && karpenter_label_known(key) && strcmp(key, LABEL_NODE_POOL) != 0)
        return RULE_INSTANCE_LABEL_IMPOSSIBLE;

    return rules[verdict->obstacle];
}

/* Prints the NodePool's needs on that key. */
static void print_own(const struct node_pool *node_pool, const char *key, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; node_pool && i < node_pool->needs.count; i++) {
        if (strcmp(node_pool->needs.items[i].requirement.key, key) != 0)
            continue;
        buf_add_string(out, any ? " and " : " has ");
        need_print(&node_pool->needs.items[i], out);
        any = true;
    }
    if (!any)
        buf_add_string(out, " has no such instance type");
}

static void print_others(const struct model *model, struct buf *out)
{
    if (model->node_pool_count > 1)
        buf_addf(out, " (the nearest of %zu NodePools)", model->node_pool_count);
}

/* True if the model has NodePools, and none of them defines the key. */
static bool is_defined_nowhere(const struct model *model, const struct need *need)
{
    struct need copy = *need;
    const struct needs one = {&copy, 1};
    FOREACH_NODE_POOL(model, node_pool) {
        const struct need *culprit;
        if (needs_compare(&node_pool->needs, &one, &culprit, NULL) != MISMATCH_UNDEFINED)
            return false;
    }
    return model->node_pool_count > 0;
}

static void print_undefined(const struct verdict *verdict, const struct model *model, struct buf *out)
{
    bool nowhere = is_defined_nowhere(model, verdict->need);
    if (nowhere) {
        buf_add_string(out, ", but no NodePool defines");
    } else {
        buf_addf(out, ", but %s", verdict->node_pool->title);
        print_others(model, out);
        buf_add_string(out, " does not define");
    }
    buf_addf(out, " that key, so Karpenter makes no node%s (its error: label \"%s\" does not have known values)",
             nowhere ? "" : " of it", verdict->need->requirement.key);
}

static void print_need(const struct verdict *verdict, const struct model *model, struct buf *out)
{
    buf_add_string(out, "needs ");
    need_print(verdict->need, out);
    if (verdict->obstacle == OBSTACLE_KEY_UNDEFINED) {
        print_undefined(verdict, model, out);
        return;
    }
    buf_addf(out, ", but %s", verdict->node_pool->title);
    print_own(verdict->node_pool, verdict->need->requirement.key, out);
    print_others(model, out);
}

#define USELESS_NODES ": Karpenter would make nodes that the pod cannot use"

static void print_resource(const struct verdict *verdict, const struct model *model, struct buf *out)
{
    buf_addf(out, "asks for %s: %lld, but ", verdict->resource, (long long)verdict->asked);
    if (verdict->obstacle == OBSTACLE_QUANTITY)
        buf_addf(out, "a node of %s has %lld at most", verdict->node_pool->title, (long long)verdict->most);
    else if (verdict->obstacle == OBSTACLE_NOT_REGISTERED && verdict->most > 0)
        buf_addf(out, "the device plugin will register only %lld of it on a node of %s" USELESS_NODES,
                 (long long)verdict->most, verdict->node_pool->title);
    else if (verdict->obstacle == OBSTACLE_NOT_REGISTERED)
        buf_addf(out, "the device plugin will not register it on nodes of %s" USELESS_NODES, verdict->node_pool->title);
    else
        buf_addf(out, "Karpenter knows no instance type of %s that has it", verdict->node_pool->title);
    print_others(model, out);
}

void verdict_print(const struct verdict *verdict, const struct model *model, struct buf *out)
{
    static const char *const texts[] = {
        [OBSTACLE_NO_NODE_POOL] = "finds no NodePool",
        [OBSTACLE_CLAIMS] = "uses dynamic resource allocation, for which Karpenter makes no node (its setting "
                            "ignore-dra-requests is true by default)",
        [OBSTACLE_MATCH_FIELDS] = "has a node selector term with matchFields, which Karpenter does not support",
        [OBSTACLE_NO_TERM] = "has a required node affinity without a term that can match",
    };

    switch (verdict->obstacle) {
    case OBSTACLE_NO_NODE_POOL:
    case OBSTACLE_CLAIMS:
    case OBSTACLE_MATCH_FIELDS:
    case OBSTACLE_NO_TERM:
        buf_add_string(out, texts[verdict->obstacle]);
        return;
    case OBSTACLE_RESTRICTED_KEY:
        buf_addf(out, "selects nodes by %s, which Karpenter does not allow", verdict->need->requirement.key);
        return;
    case OBSTACLE_TAINT:
        buf_addf(out, "does not tolerate the taint %s%s%s:%s of %s", verdict->taint->key,
                 *verdict->taint->value ? "=" : "", verdict->taint->value, verdict->taint->effect,
                 verdict->node_pool->title);
        print_others(model, out);
        return;
    case OBSTACLE_LIMITS:
        buf_addf(out, "gets no node of %s, whose limit of %s is less than one%s", verdict->node_pool->title,
                 verdict->resource, strcmp(verdict->resource, "nodes") == 0 ? "" : " node has");
        return;
    case OBSTACLE_UNKNOWN:
        buf_addf(out,
                 "asks for %s: %lld, but the GPUs of %s's nodes are unknown: not all of its instance types are in the "
                 "GPU table",
                 verdict->resource, (long long)verdict->asked, verdict->node_pool->title);
        return;
    case OBSTACLE_NONE:
        buf_addf(out, "can get a node of %s", verdict->node_pool->title);
        return;
    case OBSTACLE_RESOURCE:
    case OBSTACLE_QUANTITY:
    case OBSTACLE_NOT_REGISTERED:
        print_resource(verdict, model, out);
        return;
    default:
        if (verdict->need)
            print_need(verdict, model, out);
        else
            buf_addf(out, "fits no instance type of %s", verdict->node_pool->title);
    }
}
