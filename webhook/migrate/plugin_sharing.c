/* Converts sharing in the device plugin. Source: k8s-device-plugin v0.20.0 api/config/v1/{sharing,replicas}.go. The
 * plugin accepts only 2 or more replicas, rejects a list without resources, drops `rename` and `devices`, and gives MPS
 * precedence over time-slicing. */
#include "migrate/plugin_config.h"

#include "base/text.h"
#include "migrate/report/tree.h"

#include <stdio.h>
#include <string.h>

enum { MPS_MAX = 48 };

void plugin_config_fini(struct plugin_config *config)
{
    free(config->old_key);
    free(config->key);
    free(config->resource);
    json_decref(config->shares);
    free(config->strategy);
    *config = (struct plugin_config){0};
}

/* Returns the number of replicas, which may be written as a string; 0 for anything else. */
static int64_t replicas_of(const json_t *resource)
{
    const json_t *replicas = json_object_get(resource, "replicas");
    char *end = NULL;
    if (json_is_integer(replicas))
        return json_integer_value(replicas);
    const char *text = json_string_value(replicas);
    long long number = text && *text ? strtoll(text, &end, 10) : 0;
    return end && *end == '\0' ? number : 0;
}

static bool is_valid(const json_t *resource, bool mps)
{
    int64_t replicas = replicas_of(resource);
    return tree_text(resource, "name") && replicas >= 2 && replicas <= (mps ? MPS_MAX : INT32_MAX);
}

static char *full_name(const char *name)
{
    return text_asprintf("%s%s", strchr(name, '/') ? "" : NVIDIA_PREFIX, name);
}

struct plugin_config sharing_read(const json_t *config)
{
    const json_t *mps = tree_get(config, "sharing.mps");
    const json_t *sharing = mps ? mps : tree_get(config, "sharing.timeSlicing");
    const char *strategy = tree_text(json_object_get(config, "flags"), "migStrategy");
    struct plugin_config found = {.mps = mps != NULL, .replicas = 1};
    const char *name = GPU_RESOURCE_WHOLE;
    size_t i;
    json_t *resource;

    found.shares = json_object();
    json_array_foreach(json_object_get(sharing, "resources"), i, resource) {
        if (!is_valid(resource, found.mps))
            continue;
        AUTO(string) shared = full_name(tree_text(resource, "name"));
        if (shared && !json_object_get(found.shares, shared))
            (void)json_object_set_new(found.shares, shared, json_integer(replicas_of(resource)));
        if (found.sharing)
            continue;
        found.sharing = true;
        found.replicas = replicas_of(resource);
        name = tree_text(resource, "name");
    }

    found.rename = json_is_true(json_object_get(sharing, "renameByDefault"));
    const char *allocation = tree_text(tree_get(config, "flags.plugin"), "sharedDevicesAllocationPolicy");
    found.packed = text_is_any(allocation, WORDS("packed"));
    found.resource = full_name(name);
    bool mig = found.resource && text_begins(found.resource, MIG_RESOURCE_PREFIX);
    found.strategy = strdup(strategy ? strategy : mig ? "mixed" : "none");
    return found;
}

static void report_resource_field(struct draft *draft, const struct node *field, const char *element, const char *name,
                                  long long replicas)
{
    bool is_name = strcmp(field->key, "name") == 0;
    const char *text = json_string_value(field->value);

    if (text_is_any(field->key, WORDS("rename", "devices")))
        report_add(draft->report, field, FATE_LOST, "the plugin drops it with a warning");
    else if (!is_name && strcmp(field->key, "replicas") != 0)
        report_add(draft->report, field, FATE_LOST, "the plugin has no such field and ignores it");
    else if (is_name && text && strcmp(text, name) != 0)
        report_add(draft->report, field, FATE_CHANGED, "%s, with its domain", name);
    else if (!is_name && text)
        report_add(draft->report, field, FATE_CHANGED, "the number %lld; the plugin rejects a string", replicas);
    else
        report_carried(draft->report, field, draft->out->title, "%s.%s", element, field->key);
}

static void put_resource(struct draft *draft, const struct node *node, const char *sharing)
{
    AUTO(string) name = full_name(tree_text(node->value, "name"));
    AUTO(buf) list = tree_path("%s.resources", sharing);
    AUTO(buf)
    element = tree_path("%s[%zu]", buf_text(&list), json_array_size(tree_get(draft->out->value, buf_text(&list))));
    long long replicas = replicas_of(node->value);
    json_t *copy = name ? json_pack("{s:s, s:I}", "name", name, "replicas", replicas) : NULL;
    work_append(draft->migration, draft->out->value, buf_text(&list), copy);
    if (!name)
        return;
    NODE_MEMBERS(*node, field) {
        report_resource_field(draft, &field, buf_text(&element), name, replicas);
    }
}

static void refuse_resource(struct draft *draft, const struct node *node, bool mps)
{
    int64_t replicas = replicas_of(node->value);

    if (!tree_text(node->value, "name"))
        report_add(draft->report, node, FATE_MANUAL, "has no name, such as nvidia.com/gpu; left out");
    else if (replicas == 1)
        report_add(draft->report, node, FATE_LOST,
                   "the plugin rejects fewer than 2 replicas, so 1 does not turn sharing off; left out");
    else if (mps && replicas > MPS_MAX)
        report_add(draft->report, node, FATE_MANUAL, "%lld replicas: MPS takes %d at most (16 on V100); left out",
                   (long long)replicas, MPS_MAX);
    else
        report_add(draft->report, node, FATE_MANUAL, "replicas must be a whole number, 2 or more; left out");
}

static void put_resources(struct draft *draft, const struct node *node, const char *target, bool mps)
{
    NODE_ELEMENTS(*node, item) {
        if (is_valid(item.value, mps))
            put_resource(draft, &item, target);
        else
            refuse_resource(draft, &item, mps);
    }
    if (node_count(*node) == 0)
        report_add(draft->report, node, FATE_MANUAL, "names no resource; the plugin refuses that");
}

static void put_switch(struct draft *draft, const struct node *node, const char *target)
{
    AUTO(buf) path = tree_path("%s.%s", target, node->key);
    if (json_is_boolean(node->value))
        draft_carry(draft, node, buf_text(&path));
    else
        report_add(draft->report, node, FATE_MANUAL, "must be true or false; left out");
}

void rule_sharing(struct draft *draft, const struct node *node, const struct rule *rule)
{
    bool mps = strcmp(node->key, "mps") == 0;
    if (!mps && json_object_get(node_parent(*node).value, "mps")) {
        report_add(draft->report, node, FATE_LOST, "mps is set as well, and the plugin uses only mps");
        return;
    }
    if (!json_is_object(node->value) || json_object_size(node->value) == 0) {
        report_add(draft->report, node, FATE_MANUAL, "names no resource to share, which the plugin refuses; left out");
        return;
    }

    NODE_MEMBERS(*node, member) {
        if (strcmp(member.key, "resources") == 0)
            put_resources(draft, &member, rule->target, mps);
        else if (text_is_any(member.key, WORDS("renameByDefault", "failRequestsGreaterThanOne")))
            put_switch(draft, &member, rule->target);
        else
            report_add(draft->report, &member, FATE_LOST, "the plugin has no such field and ignores it");
    }
}

static void add_default(struct draft *draft, const struct node *text, const char *path, json_t *value, const char *why)
{
    if (tree_get(draft->out->value, path)) {
        json_decref(value);
        return;
    }
    AUTO(string) shown = tree_scalar_text(value);
    draft_put(draft, path, value);
    report_note(draft->report, text, FATE_ADDED, "%s: %s, %s", path, shown ? shown : "", why);
}

void sharing_finish(struct draft *draft, const struct node *text, const struct plugin_config *config)
{
    const char *sharing = config->mps ? "sharing.mps" : "sharing.timeSlicing";
    AUTO(buf) fail = tree_path("%s.failRequestsGreaterThanOne", sharing);

    add_default(draft, text, "flags.migStrategy", json_string(config->strategy), "written out");

    if (!config->sharing) {
        /* The plugin rejects sharing options without a resource. */
        bool wanted = tree_get(draft->out->value, sharing) != NULL;
        (void)json_object_del(draft->out->value, "sharing");
        if (wanted)
            report_note(draft->report, text, FATE_MANUAL,
                        "no resource is left to share: the configuration shares nothing");
        return;
    }

    add_default(draft, text, buf_text(&fail), json_true(),
                "so that a container cannot ask for two shares, which give no more than one");
    if (config->mps)
        add_default(draft, text, "flags.mpsRoot", json_string("/run/nvidia/mps"),
                    "the operator's default; MPS needs one");
    if (config->mps && strcmp(config->strategy, "mixed") == 0)
        report_note(draft->report, text, FATE_MANUAL, "the plugin refuses MPS with migStrategy mixed");
}
