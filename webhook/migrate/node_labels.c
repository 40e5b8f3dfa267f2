/* Converts kubectl label lines to template labels. Does not interpret MIG configurations; mig_layout.c does. */
#include "migrate/node_pool.h"

#include "core/keyvalue.h"
#include "gpu/mig_layout.h"
#include "migrate/pool_fields.h"
#include "migrate/pool_gpus.h"
#include "migrate/report/tree.h"

#include <string.h>

/* Returns the name of the pool that a selector requires (-l karpenter.sh/nodepool=NAME or provisioner-name), or NULL.
 * The name ends at a comma or the end of the text. */
static const char *selected_pool(const char *selector)
{
    static const char *const keys[] = {LABEL_PROVISIONER_NAME "=", LABEL_NODE_POOL "="};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const char *found = strstr(selector, keys[i]);
        if (found)
            return found + strlen(keys[i]) + (found[strlen(keys[i])] == '=');
    }
    return NULL;
}

/* True if the label may have been meant for the nodes of that pool: a plugin configuration is for pools with GPUs, a
 * MIG configuration for those with a GPU that supports it. */
static bool is_candidate(const struct migration *migration, const struct pool_draft *pool, const char *key,
                         const char *value)
{
    struct pool_gpus gpus;
    struct layout layout;
    bool mig = strcmp(key, LABEL_MIG_CONFIG) == 0;
    if (!mig && strcmp(key, LABEL_PLUGIN_CONFIG) != 0)
        return true;
    pool_gpus_find(migration, pool->out->value, &gpus);
    if (!mig)
        return gpus.model || work_pool_has_any(pool->out->value, WORDS(LABEL_GPU));
    return gpus.model && !gpus.several && mig_layout_find(gpus.model, value, migration->mig_layouts, &layout);
}

static struct pool_draft *only_candidate(struct migration *migration, const char *key, const char *value,
                                         size_t *ret_count)
{
    struct pool_draft *found = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < migration->pool_count; i++) {
        if (!is_candidate(migration, &migration->pools[i], key, value))
            continue;
        found = &migration->pools[i];
        ++*ret_count;
    }
    return *ret_count == 1 ? found : NULL;
}

/* Returns the only EC2NodeClass of the result, or NULL. */
static struct output *only_class(const struct migration *migration)
{
    struct output *found = NULL;
    for (size_t i = 0; i < migration->output_count; i++) {
        if (migration->outputs[i]->rank != RANK_CLASS)
            continue;
        if (found)
            return NULL;
        found = migration->outputs[i];
    }
    return found;
}

static void fill_pool(struct migration *migration, json_t *pool, const struct gpu_model *model, const char *config)
{
    struct layout layout = {0};
    json_t *types = json_array();
    (void)mig_layout_find(model, config, migration->mig_layouts, &layout);
    for (size_t i = 0; i < model->instance_type_count; i++)
        work_must(migration, json_array_append_new(types, json_string(model->instance_types[i].name)));

    work_put(migration, pool, POOL_LABELS, json_pack("{s:s, s:s}", LABEL_GPU, "true", LABEL_MIG_CONFIG, config));
    work_pool_require(migration, pool, LABEL_INSTANCE_TYPE, "In", types);
    work_pool_require(migration, pool, LABEL_ARCH, "In", json_pack("[s]", model->instance_types[0].arch));
    work_pool_require(migration, pool, LABEL_OS, "In", json_pack("[s]", "linux"));
    work_pool_require(migration, pool, LABEL_CAPACITY_TYPE, "In", json_pack("[s]", CAPACITY_ON_DEMAND));
    work_put(migration, pool, POOL_TAINTS,
             json_pack("[{s:s, s:s, s:s}]", "key", LABEL_GPU, "value", "true", "effect", "NoSchedule"));
    work_put(migration, pool, "spec.template.spec.expireAfter", json_string("Never"));
    work_put(migration, pool, "spec.disruption",
             json_pack("{s:s, s:s}", "consolidationPolicy", "WhenEmpty", "consolidateAfter", "5m"));

    for (size_t i = 0; i < layout.count; i++) {
        char resource[GPU_RESOURCE_SIZE];
        gpu_resource_name(layout.entries[i].profile->name, false, resource);
        work_put_key(migration, pool, "spec.limits", resource,
                     json_integer((json_int_t)layout.entries[i].count * model->instance_types[0].gpu_count));
    }
}

/* Lists the GPUs of the NodePools that have one kind: "g has a T4, which has no MIG". */
static void list_gpus(const struct migration *migration, struct buf *out)
{
    for (size_t i = 0; i < migration->pool_count; i++) {
        const struct pool_draft *pool = &migration->pools[i];
        struct pool_gpus gpus;
        pool_gpus_find(migration, pool->out->value, &gpus);
        if (!pool->command && gpus.model && !gpus.several)
            buf_addf(out, "%s%s has %s%s", out->length > 0 ? " and " : "", pool->name, gpus.model->product,
                     gpus.model->profile_count == 0 ? ", which has no MIG" : "");
    }
}

/* Makes a NodePool for the only GPU that supports the MIG configuration. Does nothing if there is one of that name. */
static void make_pool(struct migration *migration, const struct source_command *command, const struct gpu_model *model,
                      const char *config)
{
    char name[OBJECT_NAME_SIZE];
    work_object_name(config, name);
    struct pool_draft *pool = node_pool_find(migration, name) ? NULL : node_pool_add(migration, name);
    if (!pool)
        return;

    pool->command = command;
    pool->node_class = only_class(migration);
    node_pool_set_class(migration, pool, pool->node_class ? work_name(pool->node_class) : name);
    fill_pool(migration, pool->out->value, model, config);
    work_comment(migration, pool->out,
                 "For the line `kubectl label node ... " LABEL_MIG_CONFIG "=%s`: no NodePool of the input has a GPU "
                 "that supports it, so this one is for %s.",
                 config, model->product);
    work_comment(migration, pool->out, "limits: one node. Raise them when you have looked at the price.");

    AUTO(buf) gpus;
    buf_init(&gpus, ERR_TEXT_SIZE);
    list_gpus(migration, &gpus);
    report_add_line(
        &migration->report, command->mark, FATE_MANUAL,
        "NodePool %s is written for it (%s, %s), limited to one node and with EC2NodeClass %s: check it, because no "
        "NodePool of the input has a GPU that supports %s%s%s; its template has the label, because a label on a node "
        "is lost with the node",
        name, model->product, model->instance_types[0].name, pool->class_name, config, gpus.length > 0 ? ": " : "",
        buf_text(&gpus));
}

static void report_no_pool(struct migration *migration, const struct source_command *command, const char *key,
                           const char *value, size_t candidates)
{
    size_t gpus = 0;
    const struct gpu_model *model = NULL;

    if (strcmp(key, LABEL_MIG_CONFIG) == 0 && candidates == 0)
        model = mig_layout_only_gpu(migration->gpus, value, migration->mig_layouts, &gpus);

    if (model)
        make_pool(migration, command, model, value);
    else if (candidates > 1)
        report_add_line(&migration->report, command->mark, FATE_MANUAL,
                        "%zu NodePools could be meant: give the template of the right one the label %s: %s", candidates,
                        key, value);
    else if (gpus > 1)
        report_add_line(
            &migration->report, command->mark, FATE_MANUAL,
            "%s fits %zu kinds of GPU, and no NodePool of the input has one of them: create one with the label %s: %s",
            value, gpus, key, value);
    else
        report_add_line(&migration->report, command->mark, FATE_LOST,
                        "no NodePool of the input can take the label %s: %s", key, value);
}

static void convert_label(struct migration *migration, const struct source_command *command, const char *pool_name,
                          const char *key, const char *value)
{
    size_t count = 0;
    struct pool_draft *pool = pool_name ? node_pool_find(migration, pool_name) : NULL;
    const char *refused = pool_label_refused(key);
    const char *fault = name_qualified_fault(key);

    if (!fault)
        fault = name_label_value_fault(value);
    if (fault) {
        report_add_line(&migration->report, command->mark, FATE_MANUAL, "label %s=%s %s; left out", key, value, fault);
        return;
    }

    if (strcmp(key, LABEL_MIG_CONFIG) == 0 && strcmp(value, MIG_CONFIG_NONE) == 0) {
        report_add_line(&migration->report, command->mark, FATE_NEEDLESS, "the GPU Operator does that by default");
        return;
    }

    if (refused) {
        report_add_line(&migration->report, command->mark, FATE_LOST, "%s: %s", key, refused);
        return;
    }
    if (!pool && !pool_name)
        pool = only_candidate(migration, key, value, &count);

    if (!pool)
        report_no_pool(migration, command, key, value, count);
    else if (pool_put_label(migration, pool->out->value, key, value))
        report_add_line(
            &migration->report, command->mark, FATE_CHANGED,
            "label %s: %s of NodePool %s, which gives it to each new node; a label on a node is lost with the node",
            key, value, pool->name);
    else
        report_add_line(&migration->report, command->mark, FATE_MANUAL,
                        "NodePool %s already has the label %s with another value, which is kept", pool->name, key);
}

static void convert_word(struct migration *migration, const struct source_command *command, const char *pool_name,
                         const char *word, size_t *labels)
{
    const char *equals = strchr(word, '=');
    size_t length = strlen(word);

    if (equals && equals > word) {
        AUTO(string) key = strndup(word, (size_t)(equals - word));
        if (key)
            convert_label(migration, command, pool_name, key, pool_label_value(migration, key, equals + 1));
        else
            migration->out_of_memory = true;
        ++*labels;
    } else if (length > 1 && word[length - 1] == '-') {
        report_add_line(&migration->report, command->mark, FATE_NEEDLESS,
                        "removes the label %.*s; a new node has it only if its NodePool gives it", (int)length - 1,
                        word);
        ++*labels;
    }
}

void node_labels_convert(struct migration *migration, const struct source_command *command)
{
    const struct strlist *words = &command->words;
    const char *pool_name = NULL;
    size_t labels = 0;

    for (size_t i = 1; i < words->count; i++) {
        bool apart = strcmp(words->items[i], "-l") == 0 || strcmp(words->items[i], "--selector") == 0;
        if (apart && i + 1 < words->count)
            pool_name = selected_pool(words->items[i + 1]);
        else if (strncmp(words->items[i], "--selector=", 11) == 0)
            pool_name = selected_pool(words->items[i] + 11);
    }

    for (size_t i = 1; i < words->count; i++) {
        if (script_takes_value(words->items[i]))
            i++;
        else if (words->items[i][0] != '-')
            convert_word(migration, command, pool_name, words->items[i], &labels);
    }

    if (labels == 0 && words->count > 3)
        report_add_line(&migration->report, command->mark, FATE_KEPT, "it sets no label");
    else if (labels == 0)
        report_add_line(&migration->report, command->mark, FATE_MANUAL,
                        "it names no node and sets no label: write a placeholder for the node as <node-name>");
}
