/* NodePool (karpenter.sh/v1): the instances that Karpenter may launch for a pool, and the labels and taints that their
 * nodes will have. Source: karpenter 1.14.1, pkg/apis/crds/karpenter.sh_nodepools.yaml. */
#include "render/plan.h"

#include <stdio.h>
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
        if (strcmp(from->items[i].key, LABEL_NODE_POOL) == 0) /* set by Karpenter; its value was checked at load */
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
    AUTO(json) metadata = json_object();
    int failed = !metadata;
    if (add_gpu_labels(pool, &labels, &err) < 0 || add_all(&pool->labels, &labels, &err) < 0 ||
        add_all(&pool->nodes.labels, &labels, &err) < 0)
        failed = 1;
    failed = failed || put(metadata, "labels", build_map(&labels)) < 0;
    if (!failed && pool->nodes.annotations.count > 0)
        failed = put(metadata, "annotations", build_map(&pool->nodes.annotations)) < 0;
    keyvalues_fini(&labels);
    return failed ? NULL : TAKE(metadata);
}

static json_t *type_names(const struct pool_nodes *nodes)
{
    AUTO(json) names = json_array();
    for (size_t i = 0; names && i < nodes->type_count; i++) {
        if (json_array_append_new(names, json_string(nodes->types[i]->name)) < 0)
            return NULL;
    }
    return TAKE(names);
}

static int add_requirement(json_t *list, const char *key, json_t *values)
{
    return values ? json_array_append_new(list, build_requirement(key, "In", values)) : -1;
}

static int add_written(json_t *list, const struct requirements *written)
{
    for (size_t i = 0; i < written->count; i++) {
        const struct requirement *item = &written->items[i];
        AUTO(json) values = item->value_count ? json_array() : NULL;
        for (size_t j = 0; values && j < item->value_count; j++) {
            if (json_array_append_new(values, json_string(item->values[j])) < 0)
                return -1;
        }
        if (item->value_count && !values)
            return -1;
        if (json_array_append_new(list, build_requirement(item->key, requirement_op_name(item->op), TAKE(values))) < 0)
            return -1;
    }

    return 0;
}

static json_t *requirements(const struct pool *pool)
{
    const struct pool_nodes *nodes = &pool->nodes;
    AUTO(json) list = json_array();
    if (!list || add_requirement(list, LABEL_INSTANCE_TYPE, type_names(nodes)) < 0 ||
        add_requirement(list, LABEL_ARCH, build_list(&nodes->arch)) < 0 ||
        add_requirement(list, LABEL_OS, json_pack("[s]", "linux")) < 0 ||
        add_requirement(list, LABEL_CAPACITY_TYPE, build_list(&nodes->capacity_types)) < 0)
        return NULL;
    if (nodes->zones.count && add_requirement(list, LABEL_ZONE, build_list(&nodes->zones)) < 0)
        return NULL;
    if (pool->gpu->aws_name &&
        add_requirement(list, LABEL_INSTANCE_GPU_NAME, json_pack("[s]", pool->gpu->aws_name)) < 0)
        return NULL;

    return add_written(list, &nodes->requirements) < 0 ? NULL : TAKE(list);
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

/* True unless nothing would remove the startup taint: in a kwok cluster, nothing removes that of the layout. */
static bool is_removed_there(const struct plan *plan, const struct taint *taint)
{
    return plan->options->node_class != RENDER_KWOK || strcmp(taint->key, TAINT_LAYOUT) != 0;
}

static json_t *startup_taints(const struct plan *plan, const struct pool *pool)
{
    struct taints list = {0};
    struct err err;
    bool failed = false;
    for (size_t i = 0; i < pool->nodes.startup_taints.count && !failed; i++) {
        const struct taint *taint = &pool->nodes.startup_taints.items[i];
        failed = is_removed_there(plan, taint) && taints_add(&list, taint->key, taint->value, taint->effect, &err) < 0;
    }
    AUTO(json) array = failed ? NULL : build_taints(&list, NULL);
    taints_fini(&list);
    return TAKE(array);
}

/* Sets the list unless it is empty. */
static int put_list(json_t *object, const char *key, json_t *list)
{
    if (list && json_array_size(list) == 0) {
        json_decref(list);
        return 0;
    }
    return put(object, key, list);
}

static json_t *template_spec(const struct plan *plan, const struct pool *pool)
{
    const struct pool_nodes *nodes = &pool->nodes;
    AUTO(json) spec = json_object();
    if (!spec || put_list(spec, "taints", build_taints(&pool->taints, &nodes->taints)) < 0 ||
        put_list(spec, "startupTaints", startup_taints(plan, pool)) < 0 ||
        put(spec, "requirements", requirements(pool)) < 0 || put(spec, "nodeClassRef", node_class_ref(plan, pool)) < 0)
        return NULL;
    if (nodes->expire_after && put(spec, "expireAfter", json_string(nodes->expire_after)) < 0)
        return NULL;
    if (nodes->termination_grace_period &&
        put(spec, "terminationGracePeriod", json_string(nodes->termination_grace_period)) < 0)
        return NULL;
    return TAKE(spec);
}

static json_t *limits(const struct pool_nodes *nodes)
{
    AUTO(json) map = json_object();
    for (size_t i = 0; map && i < nodes->limit_count; i++) {
        if (put(map, nodes->limits[i].resource, build_number_text(nodes->limits[i].slices)) < 0)
            return NULL;
    }
    if (!map || (nodes->cpu_limit && put(map, "cpu", json_string(nodes->cpu_limit)) < 0) ||
        (nodes->memory_limit && put(map, "memory", json_string(nodes->memory_limit)) < 0) ||
        (nodes->node_limit && put(map, "nodes", build_number_text(nodes->node_limit)) < 0))
        return NULL;
    return TAKE(map);
}

static json_t *disruption(const struct pool_nodes *nodes)
{
    return json_pack("{s:s, s:s, s:O*}", "consolidationPolicy", nodes->consolidation_policy, "consolidateAfter",
                     nodes->consolidate_after, "budgets", nodes->budgets);
}

static json_t *node_pool_spec(const struct plan *plan, const struct plan_pool *planned)
{
    const struct pool *pool = planned->pool;
    AUTO(json) spec = json_object();
    AUTO(json) bounds = limits(&pool->nodes);
    if (!spec || !bounds || put(spec, "weight", json_integer(planned->weight)) < 0)
        return NULL;
    if (json_object_size(bounds) > 0 && put(spec, "limits", TAKE(bounds)) < 0)
        return NULL;
    if (put(spec, "disruption", disruption(&pool->nodes)) < 0)
        return NULL;
    json_t *template = json_pack("{s:o, s:o}", "metadata", template_metadata(pool), "spec", template_spec(plan, pool));
    return put(spec, "template", template) < 0 ? NULL : TAKE(spec);
}

static void comment_on_taint(const struct plan *plan, const struct pool *pool, struct buf *comment)
{
    for (size_t i = 0; i < pool->nodes.startup_taints.count; i++) {
        const struct taint *taint = &pool->nodes.startup_taints.items[i];
        if (strcmp(taint->key, TAINT_LAYOUT) == 0 && is_removed_there(plan, taint))
            buf_addf(comment,
                     "The startup taint %s keeps pods off until the GPUs are cut: its slices are called "
                     "%s,\nas an uncut GPU is. The DaemonSet of layout-ready-daemonset.yaml removes it.\n",
                     taint->key, GPU_RESOURCE_WHOLE);
    }
}

/* Adds the settings that a node class that is not rendered must contain. */
static void comment_on_settings(const struct pool *pool, struct buf *comment)
{
    const struct node_class *node_class = &pool->nodes.node_class;
    if (node_class->family != AMI_BOTTLEROCKET || !node_class->name || pool->sharing == SHARING_WHOLE)
        return;
    buf_addf(comment, "The user data of %s %s must have these settings:\n", node_class->kind, node_class->name);
    bottlerocket_settings(pool, comment);
}

int render_node_pool(struct plan *plan, const struct plan_pool *planned, struct err *err)
{
    const struct pool *pool = planned->pool;
    char name[RENDER_NAME_SIZE];
    AUTO(buf) comment;

    buf_init(&comment, RENDER_COMMENT_MAX);
    (void)snprintf(name, sizeof(name), "nodepool-%s.yaml", pool->name);
    buf_addf(&comment, "What Karpenter may buy for ");
    plan_origin(plan, pool, &comment);
    buf_add_string(&comment, ".\nUsed by ");
    plan_users(plan, pool, &comment);
    buf_add_string(&comment, ".\nNeeds Karpenter 1.0 or newer");
    if (plan_has_overlays(pool))
        buf_addf(&comment, ", and for its slices the NodeOverlays of the same pool");
    buf_add_string(&comment, ".\n");
    comment_on_taint(plan, pool, &comment);
    comment_on_settings(pool, &comment);

    json_t *object = build_object(KARPENTER_V1, NODE_POOL, build_metadata(pool->name, NULL));
    if (put(object, "spec", node_pool_spec(plan, planned)) < 0) {
        json_decref(object);
        return err_nomem(err);
    }

    return render_files_add(&plan->files, RENDER_APPLIED, name, buf_text(&comment), object, err);
}
