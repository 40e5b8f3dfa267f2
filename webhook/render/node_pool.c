/* NodePool (karpenter.sh/v1): the instances that Karpenter may launch for a pool, and the labels and taints that their
 * nodes will have. Source: karpenter 1.14.1, pkg/apis/crds/karpenter.sh_nodepools.yaml. */
#include "render/plan.h"

#include <string.h>

/* Adds the labels for NVIDIA's software, and nvidia.com/gpu, which pods of older guides require: Karpenter must know
 * the key, or these pods stay Pending indefinitely. */
static int add_gpu_labels(const struct pool *pool, struct keyvalues *labels, struct err *err)
{
    if (keyvalues_set(labels, LABEL_GPU, "true", err) < 0)
        return -1;
    if (pool->nodes.node_class.family == AMI_BOTTLEROCKET) /* it has its own device plugin */
        return keyvalues_set(labels, LABEL_DEPLOY_ALL, "false", err);
    if (pool_has_plugin_config(pool) && keyvalues_set(labels, LABEL_PLUGIN_CONFIG, pool->name, err) < 0)
        return -1;
    return pool_is_mig(pool) ? keyvalues_set(labels, LABEL_MIG_CONFIG, pool->name, err) : 0;
}

static int add_all(const struct keyvalues *from, struct keyvalues *labels, struct err *err)
{
    for (size_t i = 0; i < from->count; i++) {
        if (strcmp(from->items[i].key, LABEL_NODE_POOL) == 0) /* Karpenter sets it; plan.c checks its value */
            continue;
        if (keyvalues_set(labels, from->items[i].key, from->items[i].value, err) < 0)
            return -1;
    }
    return 0;
}

static json_t *template_metadata(const struct pool *pool)
{
    struct keyvalues labels = {0};
    struct err err;
    bool complete = add_gpu_labels(pool, &labels, &err) == 0 && add_all(&pool->labels, &labels, &err) == 0 &&
                    add_all(&pool->nodes.labels, &labels, &err) == 0;
    json_t *metadata = json_pack("{s:o}", "labels", complete ? build_map(&labels) : NULL);
    json_put_unless_empty(&metadata, "annotations", build_map(&pool->nodes.annotations));
    keyvalues_fini(&labels);
    return metadata;
}

static json_t *given_requirement(const struct requirement *given)
{
    json_t *item = json_pack("{s:s, s:s}", "key", given->key, "operator", requirement_op_name(given->op));
    json_t *values = json_array();
    for (size_t i = 0; i < given->value_count; i++)
        json_append(&values, json_string(given->values[i]));
    json_put_unless_empty(&item, "values", values);
    return item;
}

static json_t *requirements(const struct pool *pool)
{
    const struct pool_nodes *nodes = &pool->nodes;
    json_t *list = json_array();
    json_append(&list, build_requirement_in(LABEL_INSTANCE_TYPE, build_instance_types(pool, 0)));
    json_append(&list, build_requirement_in(LABEL_ARCH, json_strings(&nodes->arch)));
    json_append(&list, build_requirement_in(LABEL_OS, json_pack("[s]", "linux")));
    json_append(&list, build_requirement_in(LABEL_CAPACITY_TYPE, json_strings(&nodes->capacity_types)));
    if (nodes->zones.count > 0)
        json_append(&list, build_requirement_in(LABEL_ZONE, json_strings(&nodes->zones)));
    if (pool->gpu->aws_name)
        json_append(&list, build_requirement_in(LABEL_INSTANCE_GPU_NAME, json_pack("[s]", pool->gpu->aws_name)));
    for (size_t i = 0; i < nodes->requirements.count; i++)
        json_append(&list, given_requirement(&nodes->requirements.items[i]));
    return list;
}

static json_t *node_class_ref(const struct plan *plan, const struct pool *pool)
{
    const struct node_class *node_class = &pool->nodes.node_class;
    if (plan->options->node_class == RENDER_KWOK)
        return json_pack("{s:s, s:s, s:s}", "group", KARPENTER_KWOK_GROUP, "kind", KWOK_NODE_CLASS, "name",
                         KWOK_CLASS_NAME);
    return json_pack("{s:s, s:s, s:s}", "group", node_class->group, "kind", node_class->kind, "name",
                     node_class->name ? node_class->name : pool->name);
}

/* In a kwok cluster nothing would remove the startup taint of the layout. */
static bool is_left_out(const struct plan *plan, const struct taint *startup_taint)
{
    return plan->options->node_class == RENDER_KWOK && strcmp(startup_taint->key, TAINT_LAYOUT) == 0;
}

static void append_taints(json_t **list, const struct taints *taints)
{
    for (size_t i = 0; i < taints->count; i++)
        json_append(list, build_taint(&taints->items[i]));
}

static json_t *template_spec(const struct plan *plan, const struct pool *pool)
{
    const struct pool_nodes *nodes = &pool->nodes;
    json_t *spec = json_object();
    json_t *taints = json_array();
    json_t *startup_taints = json_array();

    append_taints(&taints, &pool->taints);
    append_taints(&taints, &nodes->taints);
    for (size_t i = 0; i < nodes->startup_taints.count; i++) {
        if (!is_left_out(plan, &nodes->startup_taints.items[i]))
            json_append(&startup_taints, build_taint(&nodes->startup_taints.items[i]));
    }

    json_put_unless_empty(&spec, "taints", taints);
    json_put_unless_empty(&spec, "startupTaints", startup_taints);
    json_put(&spec, "requirements", requirements(pool));
    json_put(&spec, "nodeClassRef", node_class_ref(plan, pool));
    json_put_text(&spec, "expireAfter", nodes->expire_after);
    json_put_text(&spec, "terminationGracePeriod", nodes->termination_grace_period);
    return spec;
}

static json_t *limits(const struct pool_nodes *nodes)
{
    json_t *map = json_object();
    for (size_t i = 0; i < nodes->limit_count; i++)
        json_put(&map, nodes->limits[i].resource, build_number_text(nodes->limits[i].slices));
    json_put_text(&map, "cpu", nodes->cpu_limit);
    json_put_text(&map, "memory", nodes->memory_limit);
    if (nodes->node_limit > 0)
        json_put(&map, "nodes", build_number_text(nodes->node_limit));
    return map;
}

static json_t *disruption(const struct pool_nodes *nodes)
{
    return json_pack("{s:s, s:s, s:O*}", "consolidationPolicy", nodes->consolidation_policy, "consolidateAfter",
                     nodes->consolidate_after, "budgets", nodes->budgets);
}

static json_t *node_pool_spec(const struct plan *plan, const struct plan_pool *planned)
{
    const struct pool *pool = planned->pool;
    json_t *spec = json_pack("{s:I}", "weight", (json_int_t)planned->weight);
    json_put_unless_empty(&spec, "limits", limits(&pool->nodes));
    json_put(&spec, "disruption", disruption(&pool->nodes));
    json_put(&spec, "template",
             json_pack("{s:o, s:o}", "metadata", template_metadata(pool), "spec", template_spec(plan, pool)));
    return spec;
}

/* Adds the fields and settings that an existing node class must contain. */
static void comment_on_settings(const struct pool *pool, struct buf *comment)
{
    const struct node_class *node_class = &pool->nodes.node_class;
    if (node_class->name && strlist_has(&pool->nodes.capacity_types, CAPACITY_RESERVED))
        buf_addf(comment, "%s %s must have " RESERVATION_TERMS ": without them there is no reserved capacity.\n",
                 node_class->kind, node_class->name);
    if (node_class->family != AMI_BOTTLEROCKET || !node_class->name || pool->sharing == SHARING_WHOLE)
        return;
    buf_addf(comment, "The user data of %s %s must have these settings:\n", node_class->kind, node_class->name);
    bottlerocket_settings(pool, comment);
}

/* Source: awslabs/amazon-eks-ami, release v20250610, and issue 2443. */
static void comment_on_fractions(const struct pool *pool, struct buf *comment)
{
    if (pool_has_fractions(pool))
        buf_add_string(comment,
                       "Each instance has a share of one GPU, as a vGPU, for which it needs NVIDIA's GRID driver: the "
                       "AL2023 images of EKS for GPUs have it\nsince v20250610.\n");
}

int render_node_pool(struct plan *plan, const struct plan_pool *planned, struct err *err)
{
    const struct pool *pool = planned->pool;

    buf_addf(&plan->comment, "What Karpenter may buy for SlicePool %s (%s).\nUsed by ", pool->name,
             plan_file(plan, &pool->mark));
    plan_users(plan, pool, &plan->comment);
    buf_addf(&plan->comment, ".\nNeeds Karpenter 1.0 or newer%s.\n",
             plan_has_overlays(pool) ? ", and for its slices the NodeOverlays of the same pool" : "");
    comment_on_fractions(pool, &plan->comment);
    if (pool->nodes.type_count < pool->nodes.possible_count)
        buf_add_string(
            &plan->comment,
            "Only instance types with one GPU, which cost no more per GPU than those with several: Karpenter "
            "would buy a large node for a\nfew more pods than a GPU has slices. nodes.instanceTypes of the "
            "SlicePool can name others.\n");
    if (plan_has_layout_taint(plan, pool))
        buf_add_string(&plan->comment,
                       "The startup taint " TAINT_LAYOUT
                       " keeps pods off until the GPUs are cut, because the slices of this pool have the "
                       "name of\nwhole GPUs, " GPU_RESOURCE_WHOLE
                       ". The DaemonSet of layout-ready-daemonset.yaml removes the taint.\n");
    comment_on_settings(pool, &plan->comment);

    json_t *object = build_object(KARPENTER_V1, NODE_POOL, pool->name, NULL);
    json_put(&object, "spec", node_pool_spec(plan, planned));
    return plan_add(plan, RENDER_APPLIED, object, err, "nodepool-%s.yaml", pool->name);
}
