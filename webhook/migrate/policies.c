/* Makes policies from NodePools. Shapes: docs/policies.md. */
#include "migrate/policies.h"

#include "core/names.h"
#include "json/build.h"
#include "migrate/pool_fields.h"
#include "migrate/report/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static json_t *policy_layout(const struct layout *layout)
{
    json_t *counts = json_object();
    for (size_t i = 0; i < layout->count; i++)
        json_put(&counts, layout->entries[i].profile->name, json_integer(layout->entries[i].count));
    return counts;
}

static json_t *policy_sharing(const struct slicing *slicing)
{
    json_t *sharing = json_object();
    if (slicing->kind == SLICING_NONE)
        json_put(&sharing, "whole", json_object());
    if (slicing->kind == SLICING_MIG)
        json_put(&sharing, "mig",
                 json_pack("{s:s, s:o}", "strategy", slicing->single ? "single" : "mixed", "layout",
                           policy_layout(&slicing->layout)));
    if (slicing->kind == SLICING_SHARED || slicing->replicas > 1) {
        bool rename = slicing->rename || (slicing->offer_count > 0 && strstr(slicing->offers[0].resource, ".shared"));
        json_t *shares = json_pack("{s:I, s:b}", "replicas", (json_int_t)slicing->replicas, "rename", rename);
        json_put_text(&shares, "sharedDevicesAllocationPolicy", slicing->packed ? "packed" : NULL);
        json_put(&sharing, slicing->mps ? "mps" : "timeSlicing", shares);
    }
    return sharing;
}

static bool is_taken(const struct migration *migration, const char *kind, const char *name)
{
    AUTO(buf) title = tree_path("%s %s", kind, name);
    for (size_t i = 0; i < migration->output_count; i++) {
        if (strcmp(migration->outputs[i]->title, buf_text(&title)) == 0)
            return true;
    }
    return false;
}

/* Derives a unique and valid name for a policy object from the name of a NodePool: if `a-b` exists, `a.b` becomes
 * a-b-2. */
static void policy_name(const struct migration *migration, const char *kind, const char *name,
                        char ret_name[OBJECT_NAME_SIZE])
{
    enum { NUMBER_SIZE = 12 };
    work_object_name(name, ret_name);
    if (!*ret_name)
        text_copy(ret_name, OBJECT_NAME_SIZE, "pool");

    size_t kept = strnlen(ret_name, OBJECT_NAME_SIZE - NUMBER_SIZE);
    for (unsigned number = 2; is_taken(migration, kind, ret_name); number++)
        (void)snprintf(ret_name + kept, OBJECT_NAME_SIZE - kept, "-%u", number);
}

/* Returns the two default taints, with the values that the NodePool gives them, and its other taints. Returns NULL if
 * these are the defaults. */
static json_t *policy_taints(const struct pool_draft *pool, const char *name)
{
    AUTO(json) list = json_pack("[{s:s, s:s, s:s}, {s:s, s:s, s:s}]", "key", LABEL_GPU, "value", "true", "effect",
                                "NoSchedule", "key", LABEL_POOL, "value", name, "effect", "NoSchedule");
    AUTO(json) defaults = json_deep_copy(list);
    size_t i;
    json_t *own;
    json_array_foreach(tree_get(pool->out->value, POOL_TAINTS), i, own) {
        json_t *same = json_unconst(pool_find_taint(list, own));
        if (same)
            (void)json_object_update(same, own);
        else
            (void)json_array_append(list, own);
    }
    return json_equal(list, defaults) ? NULL : TAKE(list);
}

struct node policy_field(const struct pool_draft *pool, const char *const path[])
{
    return pool->current ? node_find(pool->source->node, path) : (struct node){0};
}

void policy_report(struct migration *migration, const struct pool_draft *pool, struct node field, enum fate fate,
                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    AUTO(string) text = text_vformat(format, args);
    va_end(args);
    if (!text)
        migration->out_of_memory = true;
    else if (field.value)
        report_note(&migration->report, &field, fate, "%s", text);
    else
        work_report_pool(migration, pool, fate, "%s", text);
}

static void add_pool(struct migration *migration, const struct pool_draft *pool, const char *name,
                     const struct pool_gpus *gpus, const struct slicing *slicing)
{
    struct output *out = work_output(migration, RANK_CLASS, OWN_API_VERSION, SLICE_POOL, name);
    if (!out)
        return;
    json_t *own_taints = policy_taints(pool, name);

    work_put(migration, out->value, "spec.gpu", json_string(gpus->model->id));
    work_put(migration, out->value, "spec.sharing", policy_sharing(slicing));
    if (own_taints)
        work_put(migration, out->value, "spec.taints", own_taints);
    policy_nodes_put(migration, pool, gpus, slicing, out->value);
    policy_overlays_put(migration, pool, gpus, slicing, out->value);
    work_comment(migration, out,
                 "From NodePool %s. Its nodes must have the label and taints of this pool, which `gpuslice render` "
                 "writes.",
                 pool->name);
}

/* Makes the unique name <pool> or, if the layout has several profiles, <pool>-<profile> without the profile's dots. */
static void class_name(const struct migration *migration, const char *pool_name, const struct slicing *slicing,
                       size_t index, char ret_name[OBJECT_NAME_SIZE])
{
    char text[2 * OBJECT_NAME_SIZE];
    size_t length = (size_t)snprintf(text, sizeof(text), "%s", pool_name);
    bool several = slicing->kind == SLICING_MIG && slicing->layout.count > 1;
    if (several)
        text[length++] = '-';
    for (const char *c = several ? slicing->layout.entries[index].profile->name : ""; *c; c++) {
        if (*c != '.' && length + 1 < sizeof(text))
            text[length++] = *c;
    }
    text[length] = '\0';
    policy_name(migration, SLICE_CLASS, text, ret_name);
}

static void add_class(struct migration *migration, const struct pool_draft *pool, const char *pool_name,
                      const struct slicing *slicing, size_t index, json_t *allowed)
{
    char name[OBJECT_NAME_SIZE];
    class_name(migration, pool_name, slicing, index, name);
    struct output *out = work_output(migration, RANK_POOL, OWN_API_VERSION, SLICE_CLASS, name);
    if (!out)
        return;
    work_put(migration, out->value, "spec.pools", json_pack("[s]", pool_name));
    if (slicing->kind == SLICING_MIG && !slicing->single)
        work_put(migration, out->value, "spec.profile", json_string(slicing->layout.entries[index].profile->name));
    work_comment(migration, out, "A slice of pool %s: %s.", pool->name, slicing->offers[index].resource);
    work_must(migration, json_array_append_new(allowed, json_string(name)));
}

static void add_policy(struct migration *migration, json_t *allowed)
{
    struct output *out = work_output(migration, RANK_OVERLAY, OWN_API_VERSION, SLICE_POLICY, "migrated");
    if (!out)
        return;
    work_put(migration, out->value, "spec.classes.allowed", json_incref(allowed));
    work_put(migration, out->value, "spec.classes.default", json_incref(json_array_get(allowed, 0)));
    work_comment(
        migration, out,
        "For every namespace with the label gpuslice.dev/inject: enabled. The annotation gpuslice.dev/class of the "
        "namespace or the pod can name another allowed class.");
}

/* True for NodePools that are not for GPUs: they have no label or taint that says so. */
static bool is_without_gpus(const struct pool_draft *pool, const struct pool_gpus *gpus)
{
    const json_t *gpu_taint = NULL;
    size_t i;
    json_t *taint;
    json_array_foreach(tree_get(pool->out->value, POOL_TAINTS), i, taint) {
        if (text_is_any(tree_text(taint, "key"), WORDS(LABEL_GPU)))
            gpu_taint = taint;
    }
    return gpus->without_gpu ||
           (gpus->open && !gpu_taint &&
            !work_pool_has_any(pool->out->value,
                               WORDS(LABEL_GPU, LABEL_GPU_PRESENT, LABEL_PLUGIN_CONFIG, LABEL_MIG_CONFIG, LABEL_POOL)));
}

/* Returns why a SlicePool cannot share or partition its GPUs in this way (docs/policies.md#sharing), or NULL. */
static const char *sharing_fault(const struct pool_gpus *gpus, const struct slicing *slicing)
{
    bool mig = slicing->kind == SLICING_MIG;
    int64_t most = strcmp(gpus->model->architecture, "volta") == 0 ? 16 : 48;
    for (size_t i = 1; i < gpus->type_count; i++) {
        if (gpus->types[i]->gpu_count == 0 && gpus->types[i]->gpu_memory_mib != gpus->types[0]->gpu_memory_mib)
            return "its instance types have shares of a GPU of different sizes; a SlicePool has one";
    }
    if (slicing->mps && gpus->types[0]->gpu_count == 0)
        return "it is not known whether MPS works on a share of a GPU";
    if (slicing->kind == SLICING_SHARED && slicing->replicas < 2)
        return "its GPUs have one share each, which the device plugin refuses";
    if (slicing->mps && slicing->replicas > most)
        return "MPS takes 48 clients at most, and 16 on V100";
    if (mig && slicing->mps && slicing->replicas > 1)
        return "the device plugin does not share MIG devices by MPS";
    if (mig && slicing->single && slicing->layout.count > 1)
        return "the MIG strategy is single, by which the devices of several profiles would have one name; if it is "
               "another, give migrate the GPU Operator's values (mig.strategy)";
    for (size_t i = 0; mig && !slicing->single && i < slicing->offer_count; i++) {
        if (slicing->offers[i].per_gpu != slicing->layout.entries[i].count * slicing->replicas)
            return "its MIG devices have different numbers of shares; a SlicePool has one";
    }
    return NULL;
}

/* Returns why the NodePool has no SlicePool, or NULL. */
static const char *why_not(const struct pool_draft *pool, const struct pool_gpus *gpus, const struct slicing *slicing)
{
    const char *group = tree_text(tree_get(pool->out->value, "spec.template.spec.nodeClassRef"), "group");
    if (!gpus->model)
        return gpus->why_unknown;
    if (gpus->several)
        return "it can have several kinds of GPU; a SlicePool has one";
    if (group && text_begins(group, "eks."))
        return "EKS Auto Mode reads no NodeOverlays, so Karpenter cannot count slices there";
    return slicing->why_unknown ? slicing->why_unknown : sharing_fault(gpus, slicing);
}

/* Takes the copy of the node class that an annotation with kubelet settings gave the NodePool. */
static void find_copied_class(const struct migration *migration, struct pool_draft *pool)
{
    const char *name = tree_text(tree_get(pool->out->value, "spec.template.spec.nodeClassRef"), "name");
    for (size_t i = 0; name && pool->current && i < migration->output_count; i++) {
        struct output *output = migration->outputs[i];
        if (output->rank == RANK_CLASS && text_is_any(tree_text(output->value, "kind"), WORDS(EC2_NODE_CLASS)) &&
            strcmp(work_name(output), name) == 0)
            pool->node_class = output;
    }
}

/* Takes the types that have a share of a GPU if there are no others. A SlicePool can use them; Karpenter counts no GPU
 * of theirs. */
static void take_fractions(struct pool_gpus *gpus)
{
    if (gpus->model)
        return;
    for (size_t i = 0; i < gpus->fraction_count; i++)
        gpus->types[gpus->type_count++] = gpus->fractions[i];
    gpus->model = gpus->fraction_model;
    gpus->why_unknown = gpus->model ? NULL : gpus->why_unknown;
}

static void report_left_out(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                            const char *name)
{
    if (gpus->unlisted)
        work_report_pool(migration, pool, FATE_MANUAL,
                         "SlicePool %s leaves out %s, which is not in the GPU table, so its GPUs are not known", name,
                         gpus->unlisted);
    if (gpus->fraction_count > 0 && gpus->types[0]->gpu_count > 0)
        work_report_pool(
            migration, pool, FATE_CHANGED,
            "SlicePool %s leaves out %s%s, with a share of a GPU, which Karpenter launches for no pod that "
            "asks for GPUs; a SlicePool of its own can use it",
            name, gpus->fractions[0]->name, gpus->fraction_count > 1 ? " and others" : "");
}

static void convert_pool(struct migration *migration, struct pool_draft *pool, json_t *allowed)
{
    struct pool_gpus gpus;
    struct slicing slicing;
    char name[OBJECT_NAME_SIZE];

    find_copied_class(migration, pool);
    pool_gpus_find(migration, pool->out->value, &gpus);
    take_fractions(&gpus);
    if (is_without_gpus(pool, &gpus)) {
        work_report_pool(migration, pool, FATE_KEPT, "not part of the policies: %s", gpus.why_unknown);
        return;
    }

    policy_slicing(migration, pool, &gpus, &slicing);
    const char *why = why_not(pool, &gpus, &slicing);
    if (why) {
        work_report_pool(migration, pool, FATE_MANUAL, "no SlicePool for NodePool %s: %s", pool->name, why);
        return;
    }

    policy_name(migration, SLICE_POOL, pool->name, name);

    report_left_out(migration, pool, &gpus, name);
    if (pool->current)
        work_report_pool(migration, pool, FATE_CHANGED, "SlicePool %s; what it cannot say is reported separately",
                         name);
    add_pool(migration, pool, name, &gpus, &slicing);
    for (size_t i = 0; i < slicing.offer_count; i++)
        add_class(migration, pool, name, &slicing, i, allowed);
}

void policies_from_pools(struct migration *migration)
{
    AUTO(json) allowed = json_array();
    size_t manifests = migration->output_count;
    for (size_t i = 0; allowed && i < migration->pool_count; i++)
        convert_pool(migration, &migration->pools[i], allowed);
    if (json_array_size(allowed) > 0)
        add_policy(migration, allowed);
    else if (migration->report.files.count > 0)
        report_add_line(&migration->report, (struct mark){migration->report.files.items[0], 1, 1}, FATE_MANUAL,
                        migration->pool_count > 0
                            ? "there are no policies: no NodePool of the input becomes a SlicePool"
                            : "there are no policies: the input has no NodePool, Provisioner or NodeTemplate");
    for (size_t i = 0; i < manifests; i++)
        migration->outputs[i]->hidden = true;
    policy_sources_report(migration);
}
