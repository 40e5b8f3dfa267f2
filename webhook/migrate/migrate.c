/* Converts the objects in phases: those that others depend on come first. */
#include "migrate/migrate.h"

#include "base/text.h"
#include "migrate/commands.h"
#include "migrate/kubelet.h"
#include "migrate/node_class.h"
#include "migrate/node_pool.h"
#include "migrate/other_objects.h"
#include "migrate/plugin_config.h"
#include "migrate/policies.h"
#include "migrate/report/tree.h"

#include <string.h>

int migration_new(const struct gpu_table *gpus, const char *cluster, struct migration **ret_migration, struct err *err)
{
    struct migration *migration = calloc(1, sizeof(*migration));
    if (!migration)
        return err_nomem(err);
    migration->gpus = gpus;
    migration->cluster = cluster;
    *ret_migration = migration;
    return 0;
}

static void output_free(struct output *output)
{
    json_decref(output->value);
    free(output->title);
    strlist_fini(&output->comments);
    free(output);
}

void migration_free(struct migration *migration)
{
    if (!migration)
        return;

    for (size_t i = 0; i < migration->output_count; i++)
        output_free(migration->outputs[i]);
    for (size_t i = 0; i < migration->config_count; i++)
        plugin_config_fini(&migration->configs[i]);
    free(migration->outputs);
    free(migration->configs);
    manifests_fini(&migration->embedded);
    free(migration->pools);
    json_decref(migration->mig_layouts);
    report_fini(&migration->report);
    source_fini(&migration->source);
    strlist_fini(&migration->set_values);
    free(migration);
}

int migration_read(struct migration *migration, const char *path, struct problems *problems, struct err *err)
{
    return source_read(&migration->source, path, &migration->report, problems, err);
}

const struct report *migration_report(const struct migration *migration)
{
    return &migration->report;
}

enum phase { PHASE_CLASSES, PHASE_POOLS, PHASE_TEMPLATES, PHASE_NONE };

/* A row matches the beginning of the apiVersion; "" matches any. Each row converts in its phase. */
static const struct converter {
    const char *version, *kind;
    enum phase phase;
    void (*convert)(struct migration *migration, struct source_object *object);
} converters[] = {
    {KARPENTER_AWS_V1ALPHA1, AWS_NODE_TEMPLATE, PHASE_CLASSES, node_class_from_template},
    {KARPENTER_AWS_V1BETA1, EC2_NODE_CLASS, PHASE_CLASSES, node_class_from_beta},
    {"", NODE_TEMPLATE, PHASE_CLASSES, node_class_from_template},
    {KARPENTER_PREFIX "v1alpha", PROVISIONER, PHASE_POOLS, node_pool_from_provisioner},
    {KARPENTER_V1BETA1, NODE_POOL, PHASE_POOLS, node_pool_from_beta},
    {KARPENTER_V1ALPHA5, MACHINE, PHASE_POOLS, object_drop},
    {KARPENTER_V1BETA1, NODE_CLAIM, PHASE_POOLS, object_drop},
    {"", NODE_TEMPLATE, PHASE_TEMPLATES, node_pool_from_template},
};

/* Converts the ConfigMaps, which the other objects depend on. */
static void convert_config_maps(struct migration *migration)
{
    for (struct source_object *object = migration->source.first; object; object = object->next) {
        if (!kind_is(CONFIG_MAP_KIND, object->version, object->kind))
            continue;
        object->converted = settings_convert(migration, object) || plugin_config_convert(migration, object);
        if (!object->converted)
            object->used = mig_config_map_note(migration, object);
    }
}

static void run_phase(struct migration *migration, enum phase phase)
{
    for (struct source_object *object = migration->source.first; object; object = object->next) {
        for (size_t i = 0; i < ARRAY_SIZE(converters); i++) {
            const struct converter *converter = &converters[i];
            if (strcmp(converter->kind, object->kind) != 0 || !text_begins(object->version, converter->version))
                continue;
            object->converted = true;
            if (converter->phase == phase)
                converter->convert(migration, object);
        }
    }
}

static void command_convert(struct migration *migration, const struct source_command *command)
{
    static void (*const converts[])(struct migration * migration, const struct source_command *command) = {
        [COMMAND_LABEL] = node_labels_convert,
        [COMMAND_APPLY] = applied_files_note,
        [COMMAND_HELM] = helm_convert,
    };
    converts[command->kind](migration, command);
}

static void finish_objects(struct migration *migration)
{
    for (struct source_object *object = migration->source.first; object; object = object->next) {
        if (!object->converted && fragment_explain(migration, object))
            continue;
        object_check(migration, object);
        if (!object->converted) {
            object_pass(migration, object);
            continue;
        }
        if (!*object->name && *object->kind) /* Helm values have no name */
            report_note(&migration->report, &object->node, FATE_MANUAL, "has no metadata.name");
        report_sweep(&migration->report, &object->node);
    }

    for (struct source_object *object = migration->source.first; object; object = object->next)
        kubelet_from_annotation(migration, object);
    for (struct source_object *object = migration->source.first; object; object = object->next) {
        if (object->passed && !object->converted)
            object_report_pass(migration, object);
    }
}

static bool gave_something(const struct source *source, const char *file)
{
    for (const struct source_object *object = source->first; object; object = object->next) {
        if (strcmp(object->manifest->file, file) == 0)
            return true;
    }
    for (size_t i = 0; i < source->command_count; i++) {
        if (strcmp(source->commands[i].mark.file, file) == 0)
            return true;
    }
    return false;
}

static void report_empty_files(struct migration *migration)
{
    const struct strlist *files = &migration->report.files;
    for (size_t i = 0; i < files->count; i++) {
        if (!gave_something(&migration->source, files->items[i]))
            report_add_line(&migration->report, (struct mark){files->items[i], 1, 1}, FATE_MANUAL,
                            "nothing in this file is converted: it has no object and no `kubectl label node` line");
    }
}

static const char *const top_order[] = {"apiVersion", "kind", "metadata", "spec", "data", NULL};
static const char *const spec_order[] = {
    "weight", "template",        "disruption", "limits",           "requirements",        "capacity",
    "gpu",    "sharing",         "amiFamily",  "amiSelectorTerms", "subnetSelectorTerms", "securityGroupSelectorTerms",
    "role",   "instanceProfile", NULL};
static const char *const template_order[] = {"nodeClassRef",  "expireAfter",  "taints",
                                             "startupTaints", "requirements", NULL};
static const char *const disruption_order[] = {"consolidationPolicy", "consolidateAfter", "budgets", NULL};

static void order_fields(struct migration *migration, json_t *value, const char *path, const char *const keys[])
{
    json_t *object = tree_get(value, path);
    if (json_is_object(object))
        work_must(migration, tree_order(object, keys));
}

/* Puts the fields into a fixed order, whatever their order in the input. Objects that pass through are left unchanged.
 */
static void order_outputs(struct migration *migration)
{
    for (size_t i = 0; i < migration->output_count; i++) {
        struct output *output = migration->outputs[i];
        if (output->rank == RANK_OTHER || output->rank == RANK_VALUES)
            continue;
        order_fields(migration, output->value, "", top_order);
        order_fields(migration, output->value, "spec", spec_order);
        order_fields(migration, output->value, "spec.template", top_order);
        order_fields(migration, output->value, "spec.template.spec", template_order);
        order_fields(migration, output->value, "spec.disruption", disruption_order);
    }
}

int migration_convert(struct migration *migration, enum migration_form form, struct err *err)
{
    migration->to_policies = form == MIGRATION_POLICIES;
    kubelets_find(migration);
    for (size_t i = 0; i < migration->source.command_count; i++)
        helm_note_cluster(migration, &migration->source.commands[i]);
    convert_config_maps(migration);
    for (enum phase phase = PHASE_CLASSES; phase < PHASE_NONE; phase++)
        run_phase(migration, phase);
    if (migration->to_policies)
        policy_sources_take(migration);
    for (size_t i = 0; i < migration->source.command_count; i++)
        command_convert(migration, &migration->source.commands[i]);

    slices_label_pools(migration);
    slices_finish_pools(migration);
    plugin_config_select(migration);
    operator_values_finish(migration);
    finish_objects(migration);
    report_empty_files(migration);

    if (form == MIGRATION_POLICIES)
        policies_from_pools(migration);
    order_outputs(migration);
    report_sort(&migration->report);

    if (migration->out_of_memory || migration->report.out_of_memory)
        return err_nomem(err);
    return 0;
}
