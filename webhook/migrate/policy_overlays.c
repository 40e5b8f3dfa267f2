/* Compares what NodeOverlays say of a NodePool with the configuration of its GPUs, and uses them where that is not in
 * the input. Source: karpenter 1.14.1, pkg/controllers/nodeoverlay: an overlay sees the NodePool's name, the template's
 * labels and the instance type's own; the highest weight wins, then the last name. */
#include "migrate/policies.h"

#include "karpenter/instance.h"
#include "karpenter/label.h"
#include "migrate/plugin_config.h"
#include "migrate/pool_fields.h"
#include "migrate/report/tree.h"

#include <stdlib.h>
#include <string.h>

enum { OVERLAYS_MAX = 64 };

/* The overlays that apply to an instance type of a NodePool, in the order in which they win. */
struct overlays {
    struct source_object *items[OVERLAYS_MAX];
    size_t count;
};

struct viewed {
    const struct pool_draft *pool;
    const struct instance *instance;
};

static bool need_is_met(const struct requirement *requirement, void *context)
{
    const struct viewed *viewed = context;
    const char *label = tree_text(tree_get(viewed->pool->out->value, POOL_LABELS), requirement->key);
    if (strcmp(requirement->key, LABEL_NODE_POOL) == 0)
        label = viewed->pool->name;
    if (label || !karpenter_label_known(requirement->key))
        return requirement_meets(requirement, label);
    return instance_matches(viewed->instance, requirement);
}

static json_int_t weight_of(const struct source_object *overlay)
{
    return json_integer_value(tree_get(overlay->node.value, "spec.weight"));
}

static int compare_overlays(const void *a, const void *b)
{
    const struct source_object *left = *(struct source_object *const *)a;
    const struct source_object *right = *(struct source_object *const *)b;
    if (weight_of(left) != weight_of(right))
        return weight_of(left) > weight_of(right) ? -1 : 1;
    return strcmp(right->name, left->name);
}

static struct overlays find_overlays(const struct migration *migration, const struct pool_draft *pool,
                                     const struct gpu_instance_type *type)
{
    struct overlays found = {0};
    struct instance instance = instance_of(type);
    struct viewed viewed = {pool, &instance};
    for (struct source_object *object = migration->source.first; object; object = object->next) {
        const json_t *needs = tree_get(object->node.value, "spec.requirements");
        if (policy_source_is_overlay(object) && found.count < OVERLAYS_MAX &&
            requirements_visit(needs, need_is_met, &viewed))
            found.items[found.count++] = object;
    }
    qsort(found.items, found.count, sizeof(found.items[0]), compare_overlays);
    return found;
}

/* What one GPU of the NodePool offers according to the overlays. */
struct evidence {
    struct slicing offers;
    const struct source_object *from;        /* the first overlay with such an amount, or NULL */
    const struct gpu_instance_type *without; /* a type for which they say nothing, or NULL */
    const char *fault;                       /* the reason why they cannot be used, or NULL */
};

static bool is_set_before(const struct overlays *overlays, size_t index, const char *resource)
{
    for (size_t i = 0; i < index; i++) {
        if (json_object_get(tree_get(overlays->items[i]->node.value, "spec.capacity"), resource))
            return true;
    }
    return false;
}

/* Adds the amounts of the overlay at `index` that no earlier overlay sets, divided by the number of GPUs. */
static void add_amounts(const struct overlays *overlays, size_t index, unsigned gpus, struct evidence *evidence)
{
    const char *resource;
    json_t *value;
    json_object_foreach(tree_get(overlays->items[index]->node.value, "spec.capacity"), resource, value) {
        int64_t amount;
        if (!gpu_resource_is(resource) || is_set_before(overlays, index, resource))
            continue;
        evidence->from = evidence->from ? evidence->from : overlays->items[index];
        if (!tree_whole_number(value, &amount) || amount < 0 || amount % gpus != 0) {
            evidence->fault = "its NodeOverlays do not give each GPU the same whole number of slices";
            continue;
        }
        if (amount == 0 || evidence->offers.offer_count == LAYOUT_ENTRIES_MAX)
            continue;
        struct offer *offer = &evidence->offers.offers[evidence->offers.offer_count++];
        text_copy(offer->resource, sizeof(offer->resource), resource);
        offer->per_gpu = amount / gpus;
    }
}

static bool same_offers(const struct slicing *a, const struct slicing *b)
{
    for (size_t i = 0; i < a->offer_count; i++) {
        const struct offer *other = slicing_offer(b, a->offers[i].resource);
        if (!other || other->per_gpu != a->offers[i].per_gpu)
            return false;
    }
    return a->offer_count == b->offer_count;
}

static struct evidence find_evidence(const struct migration *migration, const struct pool_draft *pool,
                                     const struct pool_gpus *gpus)
{
    struct evidence found = {0};
    for (size_t i = 0; i < gpus->type_count; i++) {
        struct evidence own = {0};
        struct overlays overlays = find_overlays(migration, pool, gpus->types[i]);
        for (size_t j = 0; j < overlays.count; j++)
            add_amounts(&overlays, j, pool_type_gpus(gpus->types[i]), &own);
        if (!own.from) {
            found.without = found.without ? found.without : gpus->types[i];
            continue;
        }
        if (found.from && !same_offers(&found.offers, &own.offers))
            found.fault = "its NodeOverlays give the GPUs of its instance types different numbers of slices";
        found.fault = found.fault ? found.fault : own.fault;
        found.offers = own.offers;
        found.from = found.from ? found.from : own.from;
    }
    return found;
}

/* -- Without a configuration in the input -- */

static void infer_shares(const struct migration *migration, const struct offer *offer, struct slicing *slicing)
{
    slicing->kind = offer->per_gpu > 1 ? SLICING_SHARED : SLICING_NONE;
    slicing->rename = strcmp(offer->resource, GPU_RESOURCE_SHARED) == 0;
    slicing->replicas = offer->per_gpu;
    for (size_t i = 0; i < migration->config_count; i++) {
        const struct plugin_config *config = &migration->configs[i];
        if (config->sharing && config->replicas == offer->per_gpu && config->rename == slicing->rename)
            slicing->mps = config->mps;
    }
}

static void infer_layout(const struct gpu_model *model, const struct slicing *offers, struct slicing *slicing)
{
    struct err err;
    slicing->kind = SLICING_MIG;
    for (size_t i = 0; i < model->profile_count && slicing->layout.count < LAYOUT_ENTRIES_MAX; i++) {
        char resource[GPU_RESOURCE_SIZE];
        gpu_resource_name(model->profiles[i].name, false, resource);
        const struct offer *offer = slicing_offer(offers, resource);
        if (!offer || offer->per_gpu > UINT16_MAX)
            continue;
        slicing->layout.entries[slicing->layout.count++] =
            (struct layout_entry){&model->profiles[i], (unsigned)offer->per_gpu};
        slicing_add_offer(slicing, model->profiles[i].name, false, offer->per_gpu);
    }
    if (!same_offers(offers, slicing) || layout_check(model, &slicing->layout, &err) < 0)
        slicing->why_unknown = "the amounts of its NodeOverlays are not a MIG layout of its GPU";
}

/* Makes a layout of one profile known by its label, if the overlays count its devices as nvidia.com/gpu. */
static bool infer_single(const struct slicing *offers, struct slicing *slicing)
{
    const struct offer *offer = slicing_offer(offers, GPU_RESOURCE_WHOLE);
    if (slicing->kind != SLICING_MIG || slicing->layout.count != 1 || offers->offer_count != 1 || !offer ||
        offer->per_gpu != slicing->layout.entries[0].count)
        return false;
    slicing->single = true;
    slicing->offer_count = 0;
    slicing_add_offer(slicing, NULL, false, offer->per_gpu);
    return true;
}

/* True if a configuration of the input makes these shares, so that the overlay shows which one applies. */
static bool some_config_makes(const struct migration *migration, const struct slicing *slicing)
{
    for (size_t i = 0; i < migration->config_count; i++) {
        const struct plugin_config *config = &migration->configs[i];
        if (slicing->kind == SLICING_SHARED && config->sharing && config->replicas == slicing->replicas &&
            config->rename == slicing->rename)
            return true;
    }
    return slicing->kind == SLICING_NONE;
}

static void infer(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                  const struct evidence *evidence, struct slicing *slicing)
{
    const struct slicing *offers = &evidence->offers;
    if (infer_single(offers, slicing) || (!slicing->why_unknown && same_offers(offers, slicing)))
        return;

    *slicing = (struct slicing){.replicas = 1};
    const struct offer *first = &offers->offers[0];
    if (offers->offer_count == 1 && text_is_any(first->resource, WORDS(GPU_RESOURCE_WHOLE, GPU_RESOURCE_SHARED))) {
        infer_shares(migration, first, slicing);
        slicing_add_offer(slicing, NULL, slicing->rename, first->per_gpu);
    } else {
        infer_layout(gpus->model, offers, slicing);
    }

    if (!slicing->why_unknown)
        policy_report(migration, pool, evidence->from->node,
                      some_config_makes(migration, slicing) ? FATE_CHANGED : FATE_MANUAL,
                      "it shows how the GPUs of NodePool %s are cut: %lld %s each%s", pool->name,
                      (long long)first->per_gpu, first->resource,
                      some_config_makes(migration, slicing) ? ""
                      : slicing->kind == SLICING_SHARED
                          ? "; they are taken to be time-sliced, because no configuration in the input makes these "
                            "shares (give migrate the device plugin's ConfigMap or Helm values)"
                          : "; no MIG configuration in the input says so (give migrate the ConfigMap of mig-parted)");
}

/* -- With what is known -- */

/* Gives the NodePool without a label of its own the default configuration of the Helm values. */
static void use_default(struct migration *migration, const struct pool_draft *pool)
{
    const char *key =
        migration->plugin_default ? pool_label_value(migration, LABEL_PLUGIN_CONFIG, migration->plugin_default) : NULL;
    if (key && !tree_text(tree_get(pool->out->value, POOL_LABELS), LABEL_PLUGIN_CONFIG))
        work_put_key(migration, pool->out->value, POOL_LABELS, LABEL_PLUGIN_CONFIG, json_string(key));
}

/* True if the input decides how the GPUs are cut. */
static bool is_decided(const struct migration *migration, const struct pool_draft *pool, const struct slicing *slicing)
{
    const json_t *labels = tree_get(pool->out->value, POOL_LABELS);
    const char *key = tree_text(labels, LABEL_PLUGIN_CONFIG);
    bool config = plugin_config_find(migration, key) != NULL;
    if (slicing->why_unknown || pool_is_bottlerocket(pool))
        return !slicing->why_unknown;
    if (slicing->kind == SLICING_MIG)
        return config || (migration->mig_strategy && *migration->mig_strategy);
    return config || (!key && migration->mig_strategy);
}

static void guess(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                  struct slicing *slicing)
{
    size_t count;
    const struct plugin_config *only = plugin_config_only_sharing(migration, &count);
    const char *key = tree_text(tree_get(pool->out->value, POOL_LABELS), LABEL_PLUGIN_CONFIG);
    struct node label = policy_field(pool, PATH("spec", "template", "metadata", "labels", LABEL_PLUGIN_CONFIG));

    if (slicing->why_unknown)
        return;
    if (slicing->kind == SLICING_MIG) {
        policy_report(migration, pool,
                      policy_field(pool, PATH("spec", "template", "metadata", "labels", LABEL_MIG_CONFIG)), FATE_MANUAL,
                      "the MIG strategy is taken to be mixed: it is in the GPU Operator's values (mig.strategy, by "
                      "default single), which are not in the input");
    } else if (key) {
        slicing->why_unknown = "the input has no configuration with the key that its label " LABEL_PLUGIN_CONFIG
                               " or the default of NVIDIA's chart names";
    } else if (migration->config_count == 0) {
        work_report_pool(migration, pool, FATE_KEPT,
                         "its GPUs are taken to be whole: the input has no configuration of the device plugin, and no "
                         "NodeOverlay counts slices");
    } else if (only && !only->selected) {
        work_put_key(migration, pool->out->value, POOL_LABELS, LABEL_PLUGIN_CONFIG, json_string(only->key));
        pool_slicing(migration, pool, gpus, slicing);
        policy_report(migration, pool, label, FATE_MANUAL,
                      "NodePool %s has no label " LABEL_PLUGIN_CONFIG ", and devicePlugin.config.default of the GPU "
                      "Operator is not in the input: %s, the only configuration that shares, is taken to apply",
                      pool->name, only->key);
    } else {
        policy_report(migration, pool, label, FATE_MANUAL,
                      "NodePool %s has no label " LABEL_PLUGIN_CONFIG ", and devicePlugin.config.default of the GPU "
                      "Operator is not in the input: its GPUs are taken to be whole",
                      pool->name);
    }
}

static void compare(struct migration *migration, const struct pool_draft *pool, const struct evidence *evidence,
                    const struct slicing *slicing)
{
    if (evidence->fault)
        policy_report(migration, pool, evidence->from->node, FATE_MANUAL, "it is for NodePool %s: %s", pool->name,
                      evidence->fault);
    else if (evidence->from && !same_offers(&evidence->offers, slicing))
        policy_report(migration, pool, evidence->from->node, FATE_MANUAL,
                      "it does not agree with the configuration of the GPUs of NodePool %s, by which each offers %lld "
                      "%s%s: that is used",
                      pool->name, (long long)slicing->offers[0].per_gpu, slicing->offers[0].resource,
                      slicing->offer_count > 1 ? " and others" : "");
    else if (evidence->from && evidence->without)
        policy_report(migration, pool, evidence->from->node, FATE_CHANGED,
                      "no NodeOverlay counts the slices of %s, which NodePool %s can have, too; the overlays of its "
                      "SlicePool do",
                      evidence->without->name, pool->name);
}

void policy_slicing(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                    struct slicing *ret_slicing)
{
    if (pool->current && !pool_is_bottlerocket(pool))
        use_default(migration, pool);
    pool_slicing(migration, pool, gpus, ret_slicing);
    if (!pool->current || !gpus->model || gpus->several)
        return;

    struct evidence evidence = find_evidence(migration, pool, gpus);
    if (!is_decided(migration, pool, ret_slicing)) {
        if (evidence.from && evidence.fault)
            ret_slicing->why_unknown = evidence.fault;
        else if (evidence.from && evidence.offers.offer_count > 0)
            infer(migration, pool, gpus, &evidence, ret_slicing);
        else
            guess(migration, pool, gpus, ret_slicing);
    }
    if (!ret_slicing->why_unknown)
        compare(migration, pool, &evidence, ret_slicing);
}

/* -- Prices, and what a SlicePool cannot say -- */

/* Returns the price, or change of it, that Karpenter uses for the type, and its field; no value if there is none. */
static struct node price_of(const struct migration *migration, const struct pool_draft *pool,
                            const struct gpu_instance_type *type)
{
    struct overlays overlays = find_overlays(migration, pool, type);
    for (size_t i = 0; i < overlays.count; i++) {
        struct node spec = node_member(overlays.items[i]->node, "spec");
        struct node price = node_member(spec, "price");
        if (!price.value)
            price = node_member(spec, "priceAdjustment");
        if (price.value)
            return price;
    }
    return (struct node){0};
}

/* Adds the price that all types have; one of a single type only if the NodePool has no others. */
static void put_price(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                      json_t *slice_pool)
{
    struct node first = price_of(migration, pool, gpus->types[0]);
    struct node other = {0};
    for (size_t i = 1; i < gpus->type_count; i++) {
        struct node price = price_of(migration, pool, gpus->types[i]);
        bool same = first.value && price.value && json_equal(json_unconst(first.value), json_unconst(price.value)) &&
                    strcmp(first.key, price.key) == 0 && strcmp(price.key, "price") != 0;
        if (!same && (first.value || price.value))
            other = price.value ? price : first;
    }

    AUTO(string) text = first.value ? tree_scalar_text(first.value) : NULL;
    AUTO(buf) path = tree_path("spec.nodes.overlay.%s", first.value ? first.key : "");
    if (other.value)
        policy_report(migration, pool, other, FATE_LOST,
                      "a SlicePool has one price or change of price, and the instance types of NodePool %s have "
                      "different ones: make a NodeOverlay of your own for it, of another weight",
                      pool->name);
    else if (text)
        work_put(migration, slice_pool, buf_text(&path), json_string(text));
}

static void put_overlay(struct migration *migration, const struct pool_draft *pool, struct source_object *overlay,
                        const json_t *slice_pool)
{
    struct node spec = node_member(overlay->node, "spec");
    overlay->used = true;
    NODE_MEMBERS(node_member(spec, "capacity"), member) {
        if (!gpu_resource_is(member.key))
            policy_report(migration, pool, member, FATE_LOST,
                          "the overlays of a SlicePool have only slices: keep a NodeOverlay for it, of another weight");
    }
    policy_report(migration, pool, overlay->node, FATE_CHANGED,
                  "SlicePool %s describes it; `gpuslice render` writes the NodeOverlays, with weights of its own",
                  tree_text(json_object_get(slice_pool, "metadata"), "name"));
}

/* True if the overlay applies to an instance type of the NodePool. */
static bool applies(const struct source_object *overlay, const struct pool_draft *pool, const struct pool_gpus *gpus)
{
    for (size_t i = 0; policy_source_is_overlay(overlay) && i < gpus->type_count; i++) {
        struct instance instance = instance_of(gpus->types[i]);
        struct viewed viewed = {pool, &instance};
        if (requirements_visit(tree_get(overlay->node.value, "spec.requirements"), need_is_met, &viewed))
            return true;
    }
    return false;
}

bool policy_has_overlays(const struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus)
{
    for (const struct source_object *object = migration->source.first; object; object = object->next) {
        if (applies(object, pool, gpus))
            return true;
    }
    return false;
}

void policy_overlays_put(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                         const struct slicing *slicing, json_t *slice_pool)
{
    if (!pool->current)
        return;
    put_price(migration, pool, gpus, slice_pool);
    if (slicing->kind != SLICING_NONE && !policy_has_overlays(migration, pool, gpus))
        work_report_pool(migration, pool, FATE_ADDED,
                         "NodeOverlays, which `gpuslice render` writes: the input has none that counts the slices of "
                         "NodePool %s",
                         pool->name);
    for (struct source_object *object = migration->source.first; object; object = object->next) {
        if (applies(object, pool, gpus))
            put_overlay(migration, pool, object, slice_pool);
    }
}
