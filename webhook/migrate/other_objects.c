/* Handles objects that pass through or are dropped, and records the layouts of mig-parted's ConfigMaps. */
#include "migrate/other_objects.h"

#include "base/text.h"
#include "karpenter/label.h"
#include "manifest/embed.h"
#include "migrate/report/tree.h"

#include <string.h>

enum { PLACEHOLDERS_MAX = 4096 }; /* bytes of the list of placeholders in one line of the report */

/* True for values of `key` and `topologyKey`, which are names of labels. All other names of labels are keys of maps. */
static bool names_label(const struct node *node)
{
    return text_is_any(node->key, WORDS("key", "topologyKey")) && json_is_string(node->value);
}

struct pass {
    struct migration *migration;
    size_t renamed;
};

static json_t *copy_renamed(struct pass *pass, const struct node *node);

static int add_member(struct pass *pass, json_t *copy, const struct node *member)
{
    struct report *report = &pass->migration->report;
    const char *to = karpenter_key_today(member->key);
    json_t *value = copy_renamed(pass, member);
    if (to) {
        pass->renamed++;
        report_add(report, member, FATE_CHANGED, "%s is its name now", to);
    }
    if (strcmp(member->key, LABEL_INSTANCE_PODS) == 0)
        report_note(report, member, FATE_MANUAL, "no node has this label any more: the pod would wait indefinitely");
    return value ? json_object_set_new(copy, to ? to : member->key, value) : -1;
}

static json_t *copy_children(struct pass *pass, const struct node *node)
{
    bool object = json_is_object(node->value);
    AUTO(json) copy = object ? json_object() : json_array();
    NODE_CHILDREN(*node, child) {
        if (object ? add_member(pass, copy, &child) < 0 : json_array_append_new(copy, copy_renamed(pass, &child)) < 0)
            return NULL;
    }
    return TAKE(copy);
}

/* The recursion is as deep as the document, which its reader limits. */
static json_t *copy_renamed(struct pass *pass, const struct node *node)
{
    const char *to = names_label(node) ? karpenter_key_today(json_string_value(node->value)) : NULL;
    if (to) {
        pass->renamed++;
        report_add(&pass->migration->report, node, FATE_CHANGED, "%s is its name now", to);
        if (strcmp(to, TAINT_DISRUPTED) == 0 && json_object_get(node_parent(*node).value, "value"))
            report_note(&pass->migration->report, node, FATE_MANUAL, "that taint has no value: use operator Exists");
        return json_string(to);
    }

    if (names_label(node) && strcmp(json_string_value(node->value), LABEL_INSTANCE_PODS) == 0)
        report_note(&pass->migration->report, node, FATE_MANUAL, "no node has this label any more");
    if (node_count(*node) > 0)
        return copy_children(pass, node);
    return json_deep_copy(node->value);
}

/* Returns the spec of the pod, or of the pod template of a workload, or a node without a value. */
static struct node pod_spec(const struct source_object *object)
{
    struct node spec = node_member(object->node, "spec");
    if (kind_is(POD_KIND, object->version, object->kind))
        return spec;

    struct node inner = node_find(spec, PATH("template", "spec"));
    if (!json_is_array(node_member(inner, "containers").value))
        inner = node_find(spec, PATH("jobTemplate", "spec", "template", "spec"));
    return json_is_array(node_member(inner, "containers").value) ? inner : (struct node){0};
}

static bool pool_defines(const struct migration *migration, const char *key)
{
    for (size_t i = 0; i < migration->pool_count; i++) {
        if (work_pool_has_any(migration->pools[i].out->value, WORDS(key)))
            return true;
    }
    return false;
}

/* Reports an expression on a label of nvidia.com/: it is no longer needed, and if no NodePool declares the label,
 * Karpenter launches no node for the pod.
 */
static void report_expression(struct migration *migration, const struct node *node)
{
    struct report *report = &migration->report;
    const char *key = tree_text(node->value, "key");
    if (!key || !text_begins(key, NVIDIA_PREFIX))
        return;

    if (migration->pool_count > 0 && !pool_defines(migration, key))
        report_note(report, node, FATE_MANUAL,
                    "no NodePool of the input has the label %s, so Karpenter launches no node for this pod; delete the "
                    "expression: in a namespace that is opted in, the webhook adds the affinity that the class needs",
                    key);
    else
        report_note(report, node, FATE_KEPT, "no longer needed: the webhook adds the affinity that the class needs");
}

static void report_affinity(struct migration *migration, struct node spec)
{
    struct node terms = node_find(
        spec, PATH("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"));
    NODE_ELEMENTS(terms, term) {
        NODE_ELEMENTS(node_member(term, "matchExpressions"), expression) {
            report_expression(migration, &expression);
        }
    }
}

static void report_tolerations(struct migration *migration, struct node spec)
{
    NODE_ELEMENTS(node_member(spec, "tolerations"), toleration) {
        const char *key = tree_text(toleration.value, "key");
        if (key && strcmp(key, LABEL_GPU) == 0)
            report_note(&migration->report, &toleration, FATE_KEPT,
                        "no longer needed: the webhook adds the tolerations that the pool needs");
    }
}

/* Reports the GPUs in the limits of a container. */
static void report_limits(struct migration *migration, struct node container)
{
    struct node gpu = node_find(container, PATH("resources", "limits", GPU_RESOURCE_WHOLE));
    if (gpu.value)
        report_note(&migration->report, &gpu, FATE_KEPT,
                    "in a namespace that is opted in, the webhook replaces it with as many slices of the pod's class");
}

static void report_resources(struct migration *migration, struct node spec)
{
    report_limits(migration, spec); /* of a part of a pod */
    NODE_ELEMENTS(node_member(spec, "containers"), container) {
        report_limits(migration, container);
    }
}

void pod_spec_explain(struct migration *migration, struct node spec)
{
    report_affinity(migration, spec);
    report_tolerations(migration, spec);
    report_resources(migration, spec);
}

void object_pass(struct migration *migration, struct source_object *object)
{
    struct pass pass = {.migration = migration};
    json_t *copy = copy_renamed(&pass, &object->node);
    struct output *out = work_output_value(migration, RANK_OTHER, copy);
    struct node spec = pod_spec(object);
    object->passed = out;
    if (out && pass.renamed > 0)
        work_comment(migration, out, "Names of Karpenter's labels and annotations are the current ones.");

    if (spec.value && strcmp(object->kind, "DaemonSet") != 0) /* Karpenter launches no nodes for it */
        pod_spec_explain(migration, spec);
    object->changed = pass.renamed > 0;
}

void object_report_pass(struct migration *migration, const struct source_object *object)
{
    if (migration->to_policies)
        report_add(&migration->report, &object->node, FATE_KEPT,
                   object->used ? "its layouts are those of the SlicePools whose NodePools select them; otherwise not "
                                  "part of the policies"
                                : "not part of the policies");
    else
        report_add(&migration->report, &object->node, FATE_KEPT, "%s through unchanged",
                   object->changed ? "all else passes" : "passes");
}

void object_drop(struct migration *migration, struct source_object *object)
{
    report_add(&migration->report, &object->node, FATE_NEEDLESS, "Karpenter creates these itself, now as NodeClaims");
}

/* -- Placeholders -- */

/* Returns the length of the placeholder at the beginning of the text, or 0. */
static size_t placeholder_length(const char *text)
{
    static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.- ";
    static const struct {
        const char *open, *close;
    } forms[] = {{"${", "}"}, {"{{", "}}"}};

    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        const char *close = text_begins(text, forms[i].open) ? strstr(text, forms[i].close) : NULL;
        if (close)
            return (size_t)(close - text) + strlen(forms[i].close);
    }

    size_t variable = *text == '$' ? strspn(text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") : 0;
    if (variable > 1)
        return variable + 1;
    if (text_begins(text, "YOUR_") || text_begins(text, "YOUR-") || text_begins(text, "your-"))
        return strspn(text, word);

    size_t length = *text == '<' ? strspn(text + 1, word) : 0;
    return length > 0 && text[length + 1] == '>' ? length + 2 : 0;
}

/* Adds the placeholders of a text of one line to `found`, each once. Longer texts are scripts and files, in which the
 * same characters have other meanings. */
static void find_in_text(struct migration *migration, const char *text, struct strlist *found)
{
    struct err err;
    if (strchr(text, '\n'))
        return;
    const char *start = text;
    for (size_t length; *text; text += length > 0 ? length : 1) {
        bool is_inside = text > start && strchr("Yy", *text); /* "your-" is a placeholder at the beginning of a text */
        length = is_inside ? 0 : placeholder_length(text);
        AUTO(string) placeholder = length > 0 ? strndup(text, length) : NULL;
        if (placeholder && !strlist_has(found, placeholder))
            work_must(migration, strlist_add(found, placeholder, &err));
    }
}

/* The limit of nesting bounds the recursion. */
static void find_placeholders(struct migration *migration, struct node node, struct strlist *found)
{
    find_in_text(migration, node_text(node), found);
    NODE_CHILDREN(node, child) {
        if (child.key)
            find_in_text(migration, child.key, found);
        find_placeholders(migration, child, found);
    }
}

/* True if all strings of the object are values of its fields. Those of other objects that pass through may be commands
 * and files. */
static bool has_only_values(const struct source_object *object)
{
    static const char *const groups[] = {KARPENTER_PREFIX, KARPENTER_AWS_PREFIX};
    bool is_karpenters = false;
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        is_karpenters = is_karpenters || text_begins(object->version, groups[i]);
    return object->converted || is_karpenters;
}

static void report_placeholders(struct migration *migration, const struct source_object *object)
{
    AUTO(strlist) found = {0};
    AUTO(buf) list;
    bool is_whole = has_only_values(object);

    if (!object->manifest->placeholder && !strchr(object->name, '<') && !is_whole)
        return;
    find_placeholders(migration, is_whole ? object->node : node_member(object->node, "metadata"), &found);
    if (found.count == 0)
        return;

    buf_init(&list, PLACEHOLDERS_MAX);
    for (size_t i = 0; i < found.count; i++)
        buf_addf(&list, "%s%s", i > 0 ? ", " : "", found.items[i]);
    report_note(&migration->report, &object->node, FATE_MANUAL, "holds %s: replace the placeholder%s in the result",
                buf_text(&list), found.count > 1 ? "s" : "");
}

/* -- Configurations that cannot be read -- */

/* True if the text is no script and is meant for mig-parted, or sets the MIG strategy of the device plugin.
 * plugin_config_convert() reports texts that share GPUs. */
static bool is_about_mig(const char *text)
{
    static const char *const words[] = {"migStrategy", "mig-configs", "mig-devices"};
    bool shares = (strstr(text, "timeSlicing") || strstr(text, "mps")) && strstr(text, "replicas");
    for (size_t i = 0; i < ARRAY_SIZE(words) && !shares && !text_begins(text, "#!"); i++) {
        if (strstr(text, words[i]))
            return true;
    }
    return false;
}

/* The pools that a configuration is for would get no NodeOverlay, and their pods no node. */
static void report_unreadable_configs(struct migration *migration, const struct source_object *object)
{
    if (strcmp(object->kind, "ConfigMap") != 0)
        return;
    NODE_MEMBERS(node_member(object->node, "data"), text) {
        AUTO(manifest) embedded = NULL;
        struct err err = {0};
        if (!is_about_mig(node_text(text)))
            continue;
        int result = manifest_embed(object->manifest, text, &embedded, &err);
        migration->out_of_memory |= result < 0 && err.code == ERR_NOMEM;
        if (result < 0)
            report_note(&migration->report, &text, FATE_MANUAL, "is not read: %s", err.text);
        else if (embedded->form == MANIFEST_TEMPLATE)
            report_note(&migration->report, &text, FATE_MANUAL, "is not read: it is a template; render it first");
    }
}

void object_check(struct migration *migration, const struct source_object *object)
{
    if (!object->converted && (!*object->kind || !*object->version)) /* Helm values become policies */
        report_note(&migration->report, &object->node, FATE_MANUAL, "has no %s, so that kubectl does not apply it%s",
                    *object->kind ? "apiVersion" : "kind",
                    *object->kind ? "" : "; if these are Helm values, convert what the chart renders");
    report_placeholders(migration, object);
    report_unreadable_configs(migration, object);
}

/* Returns the mig-devices of each entry, in a new list. The list is empty if an entry is for some of a node's GPUs
 * only, which are then cut in different ways. */
static json_t *layouts_of(const json_t *entries)
{
    size_t i;
    json_t *entry;
    json_t *list = json_array();
    json_array_foreach(json_unconst(entries), i, entry) {
        json_t *devices = json_object_get(entry, "mig-devices");
        if (json_is_array(json_object_get(entry, "devices"))) {
            (void)json_array_clear(list);
            break;
        }
        if (json_object_size(devices) > 0)
            (void)json_array_append(list, devices);
    }
    return list;
}

static void note_layouts(struct migration *migration, const json_t *configs)
{
    const char *name;
    json_t *entries;

    json_object_foreach(json_unconst(configs), name, entries) {
        if (!migration->mig_layouts)
            migration->mig_layouts = json_object();
        if (json_array_size(entries) > 0)
            work_must(migration, json_object_set_new(migration->mig_layouts, name, layouts_of(entries)));
    }
}

bool mig_config_map_note(struct migration *migration, const struct source_object *object)
{
    bool found = false;
    NODE_MEMBERS(node_member(object->node, "data"), text) {
        struct node root;
        if (!work_embedded(migration, object->manifest, text, &root))
            continue;
        found |= json_object_get(root.value, "mig-configs") != NULL;
        note_layouts(migration, json_object_get(root.value, "mig-configs"));
    }
    return found;
}
