/* Describes the nodes of a SlicePool. Omits what gpuslice adds itself (labels, taints, overlays). */
#include "migrate/policies.h"

#include "core/requirement.h"
#include "migrate/report/tree.h"
#include "nvidia/bottlerocket.h"

#include <string.h>

/* True for keys that the list of instance types implies, and for the operating system and nvidia.com/gpu, which
 * `gpuslice render` writes itself. */
static bool is_implied_key(const char *key)
{
    return text_is_any(key, WORDS(LABEL_INSTANCE_TYPE, LABEL_ARCH, LABEL_OS, LABEL_GPU, LABEL_INSTANCE_FAMILY,
                                  LABEL_INSTANCE_SIZE, LABEL_INSTANCE_CATEGORY, LABEL_INSTANCE_GENERATION,
                                  LABEL_INSTANCE_GPU_NAME, LABEL_INSTANCE_GPU_COUNT, LABEL_INSTANCE_GPU_MEMORY,
                                  LABEL_INSTANCE_GPU_MANUFACTURER));
}

/* Returns requirement `index` of a NodePool of today. */
static struct node requirement_field(const struct pool_draft *pool, size_t index)
{
    struct node list = policy_field(pool, PATH("spec", "template", "spec", "requirements"));
    return list.value ? node_element(list, index) : list;
}

static void report_min_values(struct migration *migration, const struct pool_draft *pool, const json_t *requirement,
                              size_t index)
{
    if (json_object_get(requirement, "minValues"))
        policy_report(migration, pool, requirement_field(pool, index), FATE_LOST,
                      "minValues of %s: a SlicePool's requirements have none", tree_text(requirement, "key"));
}

/* Copies the requirement without minValues. */
static void put_requirement(struct migration *migration, const struct pool_draft *pool, const json_t *requirement,
                            size_t index, json_t *slice_pool)
{
    const char *op = tree_text(requirement, "operator");
    json_t *copy = json_deep_copy(requirement);
    if (!op || requirement_op_parse(op) == OP_OTHER) {
        policy_report(migration, pool, requirement_field(pool, index), FATE_LOST,
                      "operator %s of %s: a SlicePool's requirements have In, NotIn, Exists, DoesNotExist, Gt and Lt",
                      op ? op : "\"\"", tree_text(requirement, "key"));
        json_decref(copy);
        return;
    }
    (void)json_object_del(copy, "minValues");
    if (text_is_any(op, WORDS("Exists", "DoesNotExist")))
        (void)json_object_del(copy, "values");
    work_append(migration, slice_pool, "spec.nodes.requirements", copy);
}

/* Writes the values to the field of the SlicePool. Returns false if it has values already. */
static bool put_values(struct migration *migration, json_t *slice_pool, const char *path, const json_t *values)
{
    if (tree_get(slice_pool, path))
        return false;
    work_put(migration, slice_pool, path, json_deep_copy(values));
    return true;
}

static void put_requirements(struct migration *migration, const struct pool_draft *pool, json_t *slice_pool)
{
    size_t i;
    json_t *requirement;

    json_array_foreach(tree_get(pool->out->value, POOL_REQUIREMENTS), i, requirement) {
        const char *key = tree_text(requirement, "key");
        const char *op = tree_text(requirement, "operator");
        const json_t *values = json_object_get(requirement, "values");
        bool in = op && strcmp(op, "In") == 0;
        bool known = op && requirement_op_parse(op) != OP_OTHER;
        if (!key)
            continue;
        report_min_values(migration, pool, requirement, i);
        if (is_implied_key(key) || (!in && known && strcmp(key, LABEL_CAPACITY_TYPE) == 0)) /* put_capacity_types() */
            continue;
        if (in && strcmp(key, LABEL_CAPACITY_TYPE) == 0 &&
            put_values(migration, slice_pool, "spec.nodes.capacityTypes", values))
            continue;
        if (in && strcmp(key, LABEL_ZONE) == 0 && put_values(migration, slice_pool, "spec.nodes.zones", values))
            continue;
        put_requirement(migration, pool, requirement, i, slice_pool);
    }
}

struct capacity {
    const char *type;
};

static bool takes_capacity(const struct requirement *requirement, void *context)
{
    const struct capacity *capacity = context;
    return strcmp(requirement->key, LABEL_CAPACITY_TYPE) != 0 || requirement_meets(requirement, capacity->type);
}

/* Removes capacity types that another requirement excludes, unless that leaves none. */
static void narrow_capacity_types(const struct pool_draft *pool, json_t *types)
{
    for (size_t i = json_array_size(types); i > 0 && json_array_size(types) > 1; i--) {
        struct capacity capacity = {json_string_value(json_array_get(types, i - 1))};
        if (!requirements_visit(tree_get(pool->out->value, POOL_REQUIREMENTS), takes_capacity, &capacity))
            (void)json_array_remove(types, i - 1);
    }
}

/* Writes what Karpenter does without a list of capacity types: it uses all that the requirements allow, reserved
 * capacity first, then spot (getCapacityType() of karpenter-provider-aws). A SlicePool has only on-demand by default.
 */
static void put_capacity_types(struct migration *migration, const struct pool_draft *pool, json_t *slice_pool)
{
    static const char path[] = "spec.nodes.capacityTypes";
    static const char *const types[] = {"reserved", "spot", CAPACITY_ON_DEMAND};
    const json_t *class_spec = pool->node_class ? json_object_get(pool->node_class->value, "spec") : NULL;
    bool reserves = json_array_size(json_object_get(class_spec, "capacityReservationSelectorTerms")) > 0;
    AUTO(buf) text;
    buf_init(&text, ERR_TEXT_SIZE);

    if (tree_get(slice_pool, path)) {
        narrow_capacity_types(pool, tree_get(slice_pool, path));
        return;
    }
    for (size_t i = reserves ? 0 : 1; i < ARRAY_SIZE(types); i++) {
        struct capacity capacity = {types[i]};
        if (!requirements_visit(tree_get(pool->out->value, POOL_REQUIREMENTS), takes_capacity, &capacity))
            continue;
        work_append(migration, slice_pool, path, json_string(types[i]));
        buf_addf(&text, "%s%s", text.length > 0 ? ", " : "", types[i]);
    }
    if (text.length > 0)
        work_report_pool(migration, pool, FATE_ADDED, "%s: %s, which Karpenter uses if a NodePool does not list them",
                         path, buf_text(&text));
}

/* Writes the lowest weight if other NodePools of the input have one: without a weight a NodePool comes after them, but
 * that of a SlicePool has 50 (docs/rendering.md). */
static void put_weight(struct migration *migration, const struct pool_draft *pool, json_t *slice_pool)
{
    bool weighted = false;
    for (size_t i = 0; i < migration->pool_count; i++)
        weighted |= tree_get(migration->pools[i].out->value, "spec.weight") != NULL;
    if (!weighted || tree_get(slice_pool, "spec.nodes.weight"))
        return;
    work_put(migration, slice_pool, "spec.nodes.weight", json_integer(1));
    work_report_pool(migration, pool, FATE_ADDED,
                     "spec.nodes.weight: 1, because NodePools without a weight come after those that have one");
}

/* True for labels that `gpuslice render` writes. Sets *ret_value to the only value that it writes, or NULL. */
static bool is_rendered_label(const struct pool_draft *pool, const char *key, const char **ret_value)
{
    *ret_value = strcmp(key, LABEL_GPU) == 0                                        ? "true"
                 : strcmp(key, LABEL_DEPLOY_ALL) == 0 && pool_is_bottlerocket(pool) ? "false"
                                                                                    : NULL;
    return *ret_value || text_is_any(key, WORDS(LABEL_PLUGIN_CONFIG, LABEL_MIG_CONFIG, LABEL_DEPLOY_ALL));
}

static void put_label(struct migration *migration, const struct pool_draft *pool, const char *key, json_t *value,
                      json_t *slice_pool)
{
    struct node field = policy_field(pool, PATH("spec", "template", "metadata", "labels", key));
    const char *text = json_string_value(value);
    const char *name = tree_text(json_object_get(slice_pool, "metadata"), "name");
    const char *rendered;

    if (strcmp(key, LABEL_CAPACITY_TYPE) == 0) {
        work_put(migration, slice_pool, "spec.nodes.capacityTypes", json_pack("[O]", value));
    } else if (strcmp(key, LABEL_POOL) == 0) {
        if (pool->current && text && strcmp(text, name) != 0)
            work_put_key(migration, slice_pool, "spec.labels", key, json_incref(value));
    } else if (is_rendered_label(pool, key, &rendered)) {
        bool lost = rendered ? !text || strcmp(text, rendered) != 0 : strcmp(key, LABEL_DEPLOY_ALL) == 0;
        if (lost && pool->current)
            policy_report(migration, pool, field, FATE_LOST, "`gpuslice render` writes %s%s itself", key,
                          rendered ? " with another value" : "");
    } else if (!is_implied_key(key)) {
        work_put_key(migration, slice_pool, "spec.nodes.labels", key, json_incref(value));
    }
}

/* Reports reserved capacity alone without a reservation, for which Karpenter launches no node and which `gpuslice
 * render` refuses. */
static void report_reservation(struct migration *migration, const struct pool_draft *pool, const json_t *slice_pool)
{
    const json_t *types = tree_get(slice_pool, "spec.nodes.capacityTypes");
    const json_t *node_class = tree_get(slice_pool, "spec.nodes.nodeClass");
    const char *only = json_array_size(types) == 1 ? json_string_value(json_array_get(types, 0)) : NULL;

    if (!only || strcmp(only, CAPACITY_RESERVED) != 0 || json_object_get(node_class, "name") ||
        json_array_size(json_object_get(node_class, RESERVATION_TERMS)) > 0)
        return;
    work_report_pool(migration, pool, FATE_MANUAL,
                     "its only capacity is reserved, but its node class selects no capacity reservation, so that "
                     "Karpenter would launch no node: add nodes.nodeClass." RESERVATION_TERMS
                     ", or another capacity type");
}

static void put_labels(struct migration *migration, const struct pool_draft *pool, json_t *slice_pool)
{
    const char *key;
    json_t *value;
    json_object_foreach(tree_get(pool->out->value, POOL_LABELS), key, value) {
        put_label(migration, pool, key, value, slice_pool);
    }
    report_reservation(migration, pool, slice_pool);
}

static unsigned least_gpus(const struct pool_gpus *gpus)
{
    unsigned least = pool_type_gpus(gpus->types[0]);
    for (size_t i = 1; i < gpus->type_count; i++)
        least = pool_type_gpus(gpus->types[i]) < least ? pool_type_gpus(gpus->types[i]) : least;
    return least;
}

static void put_slice_limit(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                            const struct slicing *slicing, const struct offer *offer, const json_t *limit,
                            json_t *slice_pool)
{
    int64_t slices = 0;

    if (!tree_whole_number(limit, &slices) || slices < offer->per_gpu * least_gpus(gpus)) {
        policy_report(
            migration, pool, policy_field(pool, PATH("spec", "limits", offer->resource)), FATE_MANUAL,
            "SlicePool %s has no limit in slices: that of NodePool %s is less than one node has, or not a whole number",
            pool->name, pool->name);
        return;
    }

    if (pool->current && slicing->kind != SLICING_NONE && strcmp(offer->resource, GPU_RESOURCE_WHOLE) == 0 &&
        !policy_has_overlays(migration, pool, gpus))
        policy_report(migration, pool, policy_field(pool, PATH("spec", "limits", offer->resource)), FATE_MANUAL,
                      "taken as a number of slices, which running nodes have; without a NodeOverlay, Karpenter counts "
                      "the GPUs of those that it plans");

    size_t index = (size_t)(offer - slicing->offers);
    if (slicing->kind == SLICING_MIG && slicing->layout.count > 1 && !slicing->single)
        work_put_key(migration, slice_pool, "spec.nodes.limits.slices", slicing->layout.entries[index].profile->name,
                     json_integer(slices));
    else
        work_put(migration, slice_pool, "spec.nodes.limits.slices", json_integer(slices));
}

static void put_limits(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                       const struct slicing *slicing, json_t *slice_pool)
{
    const char *key;
    json_t *limit;
    int64_t nodes;

    json_object_foreach(tree_get(pool->out->value, "spec.limits"), key, limit) {
        const struct offer *offer = slicing_offer(slicing, key);
        if (offer)
            put_slice_limit(migration, pool, gpus, slicing, offer, limit, slice_pool);
        else if (strcmp(key, "nodes") == 0 && tree_whole_number(limit, &nodes) && nodes > 0)
            work_put_key(migration, slice_pool, "spec.nodes.limits", key, json_integer(nodes));
        else if (text_is_any(key, WORDS("cpu", "memory")))
            work_put_key(migration, slice_pool, "spec.nodes.limits", key, json_incref(limit));
        else if (pool->current && strcmp(key, GPU_RESOURCE_WHOLE) == 0)
            policy_report(migration, pool, policy_field(pool, PATH("spec", "limits", key)), FATE_MANUAL,
                          "these nodes offer %s, which a limit of %s does not count: set nodes.limits.slices",
                          slicing->offers[0].resource, key);
        else
            policy_report(migration, pool, policy_field(pool, PATH("spec", "limits", key)), FATE_LOST,
                          "limit %s: a SlicePool limits slices, cpu, memory and nodes", key);
    }
}

/* Returns AL2023 or Bottlerocket, or NULL for other images, which a SlicePool cannot describe. */
static const char *family_of(const json_t *class_spec)
{
    const char *alias = tree_text(json_array_get(json_object_get(class_spec, "amiSelectorTerms"), 0), "alias");
    const char *family = tree_text(class_spec, "amiFamily");
    if (alias)
        return text_begins(alias, "al2023@") ? "AL2023" : text_begins(alias, "bottlerocket@") ? "Bottlerocket" : NULL;
    return text_is_any(family, WORDS("AL2023", "Bottlerocket")) ? family : NULL;
}

/* Removes fields that contain UNKNOWN_CLUSTER; `gpuslice render --cluster` fills them in. */
static void drop_placeholders(json_t *class_spec)
{
    static const char *const selectors[] = {"subnetSelectorTerms", "securityGroupSelectorTerms"};
    const char *role = tree_text(class_spec, "role");
    for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
        const json_t *first = json_array_get(json_object_get(class_spec, selectors[i]), 0);
        const char *cluster = tree_text(json_object_get(first, "tags"), TAG_DISCOVERY);
        if (cluster && strcmp(cluster, UNKNOWN_CLUSTER) == 0)
            (void)json_object_del(class_spec, selectors[i]);
    }
    if (role && strstr(role, UNKNOWN_CLUSTER))
        (void)json_object_del(class_spec, "role");
}

/* The fields of an EC2NodeClass that a SlicePool takes (docs/policies.md#nodes). */
static bool has_only_known_fields(const json_t *class_spec)
{
    const char *key;
    json_t *value;
    json_object_foreach(json_unconst(class_spec), key, value) {
        if (!text_is_any(key, WORDS("amiFamily", "amiSelectorTerms", "associatePublicIPAddress", "blockDeviceMappings",
                                    "capacityReservationSelectorTerms", "context", "detailedMonitoring",
                                    "instanceProfile", "instanceStorePolicy", "kubelet", "metadataOptions", "role",
                                    "securityGroupSelectorTerms", "subnetSelectorTerms", "tags", "userData")))
            return false;
    }
    return true;
}

/* Takes the settings of the device plugin out of Bottlerocket's user data, because `gpuslice render` writes them.
 * Returns false if they cannot be taken out. */
static bool drop_settings(struct migration *migration, json_t *class_spec, const char *family)
{
    const char *text = tree_text(class_spec, "userData");
    AUTO(buf) rest;
    buf_init(&rest, SOURCE_FILE_MAX);
    if (!text || strcmp(family, "Bottlerocket") != 0)
        return true;
    if (!bottlerocket_without(text, &rest))
        return false;
    if (rest.length > 0)
        work_put(migration, class_spec, "userData", json_string(buf_text(&rest)));
    else
        (void)json_object_del(class_spec, "userData");
    return true;
}

static void refer_to_class(struct migration *migration, const struct pool_draft *pool, json_t *slice_pool)
{
    const json_t *ref = tree_get(pool->out->value, "spec.template.spec.nodeClassRef");
    const char *group = tree_text(ref, "group");
    const char *kind = tree_text(ref, "kind");
    work_put(migration, slice_pool, "spec.nodes.nodeClass.name", json_string(pool->class_name));
    if (group && strcmp(group, KARPENTER_AWS_GROUP) != 0)
        work_put(migration, slice_pool, "spec.nodes.nodeClass.group", json_string(group));
    if (kind && strcmp(kind, EC2_NODE_CLASS) != 0)
        work_put(migration, slice_pool, "spec.nodes.nodeClass.kind", json_string(kind));
    if (pool_is_bottlerocket(pool))
        work_put(migration, slice_pool, "spec.nodes.nodeClass.amiFamily", json_string("Bottlerocket"));
    if (!pool->current)
        return;
    if (pool->node_class && strcmp(work_name(pool->node_class), pool->class_name) != 0)
        policy_report(migration, pool, policy_field(pool, PATH("metadata", "annotations", ANNOTATION_BETA_KUBELET)),
                      FATE_LOST, "its SlicePool refers to EC2NodeClass %s by name, which has not these settings",
                      pool->class_name);
    if (pool->node_class)
        work_report_pool(
            migration, pool, FATE_KEPT,
            "EC2NodeClass %s has fields or images that a SlicePool cannot describe: its SlicePool refers to "
            "it by name, so keep its manifest",
            pool->class_name);
    else
        policy_report(migration, pool, policy_field(pool, PATH("spec", "template", "spec", "nodeClassRef")),
                      FATE_MANUAL,
                      "the node class %s is not in the input: the SlicePool refers to it by name, and takes it to be "
                      "for AL2023; if it is for Bottlerocket, set nodes.nodeClass.amiFamily",
                      pool->class_name);
}

static void report_class(struct migration *migration, const struct pool_draft *pool, const json_t *class_spec)
{
    struct source_object *source = work_find_object(migration, EC2_NODE_CLASS, pool->class_name);
    if (!source || !pool->current)
        return;
    source->used = true;
    report_note(&migration->report, &source->node, FATE_CHANGED,
                "spec.nodes.nodeClass of the SlicePool of NodePool %s, which gets an EC2NodeClass of its own%s",
                pool->name,
                json_object_get(class_spec, "blockDeviceMappings")
                    ? ""
                    : "; with a disk of 100 GiB where Karpenter's default is 20 GiB");
}

static void put_class(struct migration *migration, const struct pool_draft *pool, json_t *slice_pool)
{
    const json_t *class_spec = pool->node_class ? json_object_get(pool->node_class->value, "spec") : NULL;
    const char *family = class_spec ? family_of(class_spec) : NULL;
    AUTO(json) copy = json_deep_copy(class_spec);
    if (!family || !has_only_known_fields(class_spec) || !drop_settings(migration, copy, family)) {
        struct source_object *source = work_find_object(migration, EC2_NODE_CLASS, pool->class_name);
        if (source)
            source->used = true;
        refer_to_class(migration, pool, slice_pool);
        return;
    }
    work_put(migration, copy, "amiFamily", json_string(family));
    drop_placeholders(copy);
    work_put(migration, slice_pool, "spec.nodes.nodeClass", json_incref(copy));
    report_class(migration, pool, class_spec);
}

static void put_text(struct migration *migration, json_t *slice_pool, const char *path, const char *text)
{
    if (!tree_get(slice_pool, path))
        work_put(migration, slice_pool, path, json_string(text));
}

/* Writes Karpenter's defaults, because those of a SlicePool are others. */
static void put_defaults(struct migration *migration, json_t *slice_pool)
{
    put_text(migration, slice_pool, "spec.nodes.disruption.consolidationPolicy", "WhenEmptyOrUnderutilized");
    put_text(migration, slice_pool, "spec.nodes.disruption.consolidateAfter", "0s");
    put_text(migration, slice_pool, "spec.nodes.expireAfter", "720h");
}

/* Adds the startup taint of the layout to those of the NodePool, which would replace it (docs/policies.md#nodes). */
static void put_layout_taint(struct migration *migration, const struct pool_draft *pool, const struct slicing *slicing,
                             json_t *slice_pool)
{
    static const char path[] = "spec.nodes.startupTaints";
    bool cut = slicing->kind != SLICING_NONE && slicing_offer(slicing, GPU_RESOURCE_WHOLE);
    size_t i;
    json_t *taint;
    if (!cut || !pool->current || pool_is_bottlerocket(pool) || !tree_get(slice_pool, path))
        return;
    json_array_foreach(tree_get(slice_pool, path), i, taint) {
        if (text_is_any(tree_text(taint, "key"), WORDS(TAINT_LAYOUT)))
            return;
    }
    work_append(migration, slice_pool, path,
                json_pack("{s:s, s:s, s:s}", "key", TAINT_LAYOUT, "value", LAYOUT_PENDING, "effect", "NoSchedule"));
}

/* Reports fields of a NodePool of today that have no place in a SlicePool. */
static void report_other_fields(struct migration *migration, const struct pool_draft *pool)
{
    struct node metadata = policy_field(pool, PATH("metadata"));
    NODE_MEMBERS(node_member(metadata, "labels"), label) {
        if (strcmp(label.key, "app.kubernetes.io/managed-by") != 0)
            policy_report(migration, pool, label, FATE_LOST, "a SlicePool gives its NodePool no labels");
    }
    NODE_MEMBERS(node_member(metadata, "annotations"), annotation) {
        bool known = text_is_any(annotation.key, WORDS(ANNOTATION_BETA_KUBELET, ANNOTATION_BETA_CLASS_REF));
        if (!known && !text_begins(annotation.key, KARPENTER_PREFIX) &&
            !text_begins(annotation.key, "kubectl.kubernetes.io/"))
            policy_report(migration, pool, annotation, FATE_LOST, "a SlicePool gives its NodePool no annotations");
    }
    NODE_MEMBERS(policy_field(pool, PATH("spec")), field) {
        if (!text_is_any(field.key, WORDS("template", "disruption", "limits", "weight")))
            policy_report(migration, pool, field, FATE_LOST, "a SlicePool has no such field");
    }
    NODE_MEMBERS(policy_field(pool, PATH("spec", "disruption")), field) {
        if (!text_is_any(field.key, WORDS("budgets", "consolidateAfter", "consolidationPolicy")))
            policy_report(migration, pool, field, FATE_LOST, "a SlicePool has no such field");
    }
    NODE_MEMBERS(policy_field(pool, PATH("spec", "template", "spec")), field) {
        if (!text_is_any(field.key, WORDS("expireAfter", "nodeClassRef", "requirements", "startupTaints", "taints",
                                          "terminationGracePeriod")))
            policy_report(migration, pool, field, FATE_LOST, "a SlicePool has no such field");
    }
}

void policy_nodes_put(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                      const struct slicing *slicing, json_t *slice_pool)
{
    static const struct {
        const char *from, *to;
    } copied[] = {
        {"spec.disruption.consolidationPolicy", "spec.nodes.disruption.consolidationPolicy"},
        {"spec.disruption.consolidateAfter", "spec.nodes.disruption.consolidateAfter"},
        {"spec.disruption.budgets", "spec.nodes.disruption.budgets"},
        {"spec.template.spec.expireAfter", "spec.nodes.expireAfter"},
        {"spec.template.spec.terminationGracePeriod", "spec.nodes.terminationGracePeriod"},
        {"spec.weight", "spec.nodes.weight"},
        {"spec.template.metadata.annotations", "spec.nodes.annotations"},
        {"spec.template.spec.startupTaints", "spec.nodes.startupTaints"},
    };
    const json_t *node_pool = pool->out->value;

    for (size_t i = 0; i < gpus->type_count; i++)
        work_append(migration, slice_pool, "spec.nodes.instanceTypes", json_string(gpus->types[i]->name));
    put_requirements(migration, pool, slice_pool);
    put_class(migration, pool, slice_pool);
    put_limits(migration, pool, gpus, slicing, slice_pool);
    for (size_t i = 0; i < ARRAY_SIZE(copied); i++) {
        const json_t *value = tree_get(node_pool, copied[i].from);
        if (value && !json_is_null(value))
            work_put(migration, slice_pool, copied[i].to, json_deep_copy(value));
    }
    if (pool->current)
        put_defaults(migration, slice_pool);
    put_layout_taint(migration, pool, slicing, slice_pool);
    put_labels(migration, pool, slice_pool);
    put_capacity_types(migration, pool, slice_pool);
    put_weight(migration, pool, slice_pool);
    report_other_fields(migration, pool);
}
