/* Converts kubectl label lines to template labels. Does not interpret MIG configurations; mig_layout.c does. */
#include "migrate/node_labels.h"

#include "base/text.h"
#include "base/vec.h"
#include "core/keyvalue.h"
#include "migrate/mig_layout.h"
#include "migrate/pool_fields.h"
#include "migrate/pool_gpus.h"
#include "migrate/script.h"
#include "migrate/tree.h"

#include <ctype.h>
#include <string.h>

enum { NAME_SIZE = 64 };

PRINTF(4, 5)
static void command_tell(struct migration *migration, const struct source_command *command, enum fate fate,
                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    AUTO(string) text = text_vformat(format, args);
    va_end(args);
    if (text)
        report_add_line(&migration->report, command->file, command->line, command->column, fate, "%s", text);
    else
        migration->out_of_memory = true;
}

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

static struct pool_draft *pool_of_name(struct migration *migration, const char *name)
{
    for (size_t i = 0; i < migration->pool_count; i++) {
        size_t length = strlen(migration->pools[i].name);
        if (strncmp(migration->pools[i].name, name, length) == 0 && (name[length] == '\0' || name[length] == ','))
            return &migration->pools[i];
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

/* Converts a text such as all-1g.5gb to a valid name of an object. */
static void object_name(const char *text, char name[NAME_SIZE])
{
    size_t length = 0;
    for (; *text && length + 1 < NAME_SIZE; text++)
        name[length++] = isalnum((unsigned char)*text) ? (char)tolower((unsigned char)*text) : '-';
    name[length] = '\0';
}

static json_t *type_names(const struct gpu_model *model)
{
    json_t *names = json_array();
    for (size_t i = 0; names && i < model->instance_type_count; i++)
        (void)json_array_append_new(names, json_string(model->instance_types[i].name));
    return names;
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

static void fill_pool(struct migration *migration, json_t *pool, const struct gpu_model *model, const char *config,
                      const char *class_name)
{
    struct layout layout = {0};
    static const char *const fixed[][2] = {{LABEL_OS, "linux"}, {LABEL_CAPACITY_TYPE, CAPACITY_ON_DEMAND}};

    (void)mig_layout_find(model, config, migration->mig_layouts, &layout);
    work_put_key(migration, pool, POOL_LABELS, LABEL_GPU, json_string("true"));
    work_put_key(migration, pool, POOL_LABELS, LABEL_MIG_CONFIG, json_string(config));
    work_pool_require(migration, pool, LABEL_INSTANCE_TYPE, "In", type_names(model));
    work_pool_require(migration, pool, LABEL_ARCH, "In", json_pack("[s]", model->instance_types[0].arch));
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
        work_pool_require(migration, pool, fixed[i][0], "In", json_pack("[s]", fixed[i][1]));

    work_append(migration, pool, POOL_TAINTS,
                json_pack("{s:s, s:s, s:s}", "key", LABEL_GPU, "value", "true", "effect", "NoSchedule"));
    work_put(migration, pool, "spec.template.spec.nodeClassRef",
             json_pack("{s:s, s:s, s:s}", "group", KARPENTER_AWS_GROUP, "kind", EC2_NODE_CLASS, "name", class_name));
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

/* Makes a NodePool for the only GPU that supports the MIG configuration. */
static void make_pool(struct migration *migration, const struct source_command *command, const struct gpu_model *model,
                      const char *config)
{
    char name[NAME_SIZE];
    struct output *node_class = only_class(migration);

    object_name(config, name);

    const char *class_name = node_class ? work_name(node_class) : name;

    if (pool_of_name(migration, name))
        return;

    struct output *out = work_output(migration, RANK_POOL, KARPENTER_V1, NODE_POOL, name);
    if (!out || !GROW(migration->pools, migration->pool_count)) {
        migration->out_of_memory = true;
        return;
    }

    fill_pool(migration, out->value, model, config, class_name);
    work_comment(migration, out,
                 "For the line `kubectl label node ... " LABEL_MIG_CONFIG "=%s`: no NodePool of the "
                 "input has a GPU for it, %s has.",
                 config, model->product);
    work_comment(migration, out, "limits: one node. Raise them when you have looked at the price.");
    migration->pools[migration->pool_count++] =
        (struct pool_draft){.out = out,
                            .name = tree_text(json_object_get(out->value, "metadata"), "name"),
                            .command = command,
                            .node_class = node_class,
                            .class_name = tree_text(tree_get(out->value, "spec.template.spec.nodeClassRef"), "name")};
    command_tell(
        migration, command, FATE_HAND,
        "NodePool %s is written for it (%s, %s), limited to one node and with EC2NodeClass %s: look through it, "
        "because no NodePool of the input has a GPU for %s",
        name, model->product, model->instance_types[0].name, class_name, config);
}

static void tell_no_pool(struct migration *migration, const struct source_command *command, const char *key,
                         const char *value, size_t candidates)
{
    size_t gpus = 0;
    const struct gpu_model *model = NULL;

    if (strcmp(key, LABEL_MIG_CONFIG) == 0 && candidates == 0)
        model = mig_layout_only_gpu(migration->gpus, value, migration->mig_layouts, &gpus);

    if (model)
        make_pool(migration, command, model, value);
    else if (candidates > 1)
        command_tell(migration, command, FATE_HAND,
                     "%zu NodePools could be meant: give the template of the right one the label %s: %s", candidates,
                     key, value);
    else if (gpus > 1)
        command_tell(
            migration, command, FATE_HAND,
            "%s is for %zu kinds of GPU, and no NodePool of the input says which: make one with the label %s: %s",
            value, gpus, key, value);
    else
        command_tell(migration, command, FATE_LOST, "no NodePool of the input can take the label %s: %s", key, value);
}

static void convert_label(struct migration *migration, const struct source_command *command, const char *pool_name,
                          const char *key, const char *value)
{
    size_t count = 0;
    struct pool_draft *pool = pool_name ? pool_of_name(migration, pool_name) : NULL;
    const char *refused = pool_label_refused(key);
    const char *fault = name_qualified_fault(key);

    if (!fault)
        fault = name_label_value_fault(value);
    if (fault) {
        command_tell(migration, command, FATE_HAND, "label %s=%s %s; left out", key, value, fault);
        return;
    }

    if (strcmp(key, LABEL_MIG_CONFIG) == 0 && strcmp(value, MIG_CONFIG_NONE) == 0) {
        command_tell(migration, command, FATE_NEEDLESS, "the GPU Operator does that by default");
        return;
    }

    if (refused) {
        command_tell(migration, command, FATE_LOST, "%s: %s", key, refused);
        return;
    }
    if (!pool && !pool_name)
        pool = only_candidate(migration, key, value, &count);

    if (!pool)
        tell_no_pool(migration, command, key, value, count);
    else if (pool_put_label(migration, pool->out->value, key, value))
        command_tell(
            migration, command, FATE_CHANGED,
            "label %s: %s of NodePool %s: a label on a node is gone with the node, that of the NodePool is on each new "
            "one",
            key, value, pool->name);
    else
        command_tell(migration, command, FATE_HAND,
                     "NodePool %s has the label %s already with another value, which stays", pool->name, key);
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
        command_tell(migration, command, FATE_NEEDLESS, "takes the label %.*s away; the NodePool never gives it",
                     (int)length - 1, word);
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

    if (labels == 0)
        command_tell(migration, command, FATE_KEPT, "it sets no label");
}
