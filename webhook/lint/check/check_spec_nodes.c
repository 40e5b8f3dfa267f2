/* Compares NodePools and node classes that gpuslice rendered with spec.nodes of their SlicePools: manual changes
 * contradict the policies, and are lost when the objects are rendered again. */
#include "base/text.h"
#include "core/quantity.h"
#include "lint/check/check.h"

#include <stdio.h>
#include <string.h>

static bool is_rendered(const struct manifest *object)
{
    return strcmp(node_text(node_find(object->node, PATH("metadata", "labels", LABEL_MANAGED_BY))), MANAGED_BY) == 0;
}

static void spec_nodes_say(struct lint *lint, const struct node_pool *node_pool, struct node node, const char *field,
                           const char *wanted)
{
    char text[QUANTITY_TEXT_SIZE * 2];
    bool scalar = node_scalar(node, text, sizeof(text));
    const char *found = scalar ? text : node.value ? "different" : "missing";
    const char *quote = scalar ? "\"" : "";
    SAY(lint, RULE_RENDERED_EDITED, node, node_pool->title, "%s is %s%s%s; spec.nodes of SlicePool \"%s\" says %s",
        field, quote, found, quote, node_pool->slice_pool->name, wanted ? wanted : "nothing about it");
}

/* Checks the value of a field. If `wanted` is NULL, there must be no value. */
static void spec_nodes_expect(struct lint *lint, const struct node_pool *node_pool, struct node node, const char *field,
                              const char *wanted)
{
    char text[QUANTITY_TEXT_SIZE * 4] = "";
    bool same = wanted ? node_scalar(node, text, sizeof(text)) && strcmp(text, wanted) == 0 : !node.value;
    if (!same)
        spec_nodes_say(lint, node_pool, node, field, wanted);
}

static void expect_number(struct lint *lint, const struct node_pool *node_pool, struct node node, const char *field,
                          int64_t wanted)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%lld", (long long)wanted);
    spec_nodes_expect(lint, node_pool, node, field, wanted ? text : NULL);
}

/* -- Limits -- */

static bool is_limited(const struct pool_nodes *nodes, const char *resource)
{
    for (size_t i = 0; i < nodes->limit_count; i++) {
        if (strcmp(nodes->limits[i].resource, resource) == 0)
            return true;
    }
    return false;
}

static void compare_limits(struct lint *lint, const struct node_pool *node_pool)
{
    const struct pool_nodes *nodes = &node_pool->slice_pool->nodes;
    struct node limits = node_member(node_pool->spec, "limits");

    for (size_t i = 0; i < nodes->limit_count; i++)
        expect_number(lint, node_pool, node_member(limits, nodes->limits[i].resource), nodes->limits[i].resource,
                      nodes->limits[i].slices);
    spec_nodes_expect(lint, node_pool, node_member(limits, "cpu"), "the limit of cpu", nodes->cpu_limit);
    spec_nodes_expect(lint, node_pool, node_member(limits, "memory"), "the limit of memory", nodes->memory_limit);
    expect_number(lint, node_pool, node_member(limits, "nodes"), "the limit of nodes", nodes->node_limit);

    NODE_MEMBERS(limits, limit) {
        if (!is_limited(nodes, limit.key) && !text_is_any(limit.key, WORDS("cpu", "memory", "nodes")))
            spec_nodes_say(lint, node_pool, limit, limit.key, NULL);
    }
}

/* -- Requirements -- */

static struct node requirement_on(const struct node_pool *node_pool, const char *key)
{
    struct node list = node_member(node_pool->node_spec, "requirements");
    NODE_ELEMENTS(list, requirement) {
        if (strcmp(node_text(node_member(requirement, "key")), key) == 0)
            return requirement;
    }
    return (struct node){.document = list.document, .mark = list.mark};
}

/* Checks that the requirement on the key is `In wanted`, in any order. If `wanted` is empty, there must be none. */
static void expect_set(struct lint *lint, const struct node_pool *node_pool, const char *key,
                       const struct strlist *wanted)
{
    struct node requirement = requirement_on(node_pool, key);
    struct node values = node_member(requirement, "values");
    bool same = requirement.value ? strcmp(node_text(node_member(requirement, "operator")), "In") == 0 &&
                                        node_count(values) == wanted->count
                                  : wanted->count == 0;

    NODE_ELEMENTS(values, value) {
        same = same && strlist_has(wanted, node_text(value));
    }
    if (same)
        return;
    AUTO(buf) text;
    buf_init(&text, ERR_TEXT_SIZE);
    for (size_t i = 0; i < wanted->count; i++)
        buf_addf(&text, "%s%s", i ? ", " : "In ", wanted->items[i]);
    spec_nodes_say(lint, node_pool, requirement, key, wanted->count ? buf_text(&text) : NULL);
}

static void compare_types(struct lint *lint, const struct node_pool *node_pool)
{
    const struct pool_nodes *nodes = &node_pool->slice_pool->nodes;
    AUTO(strlist) types = {0};
    struct strlist os = {.items = (char *[]){(char[]){"linux"}}, .count = 1};
    struct err err;

    for (size_t i = 0; i < nodes->type_count; i++) {
        if (strlist_add(&types, nodes->types[i]->name, &err) < 0)
            lint->model.arena.out_of_memory = true;
    }
    expect_set(lint, node_pool, LABEL_INSTANCE_TYPE, &types);
    expect_set(lint, node_pool, LABEL_ARCH, &nodes->arch);
    expect_set(lint, node_pool, LABEL_OS, &os);
    expect_set(lint, node_pool, LABEL_CAPACITY_TYPE, &nodes->capacity_types);
    expect_set(lint, node_pool, LABEL_ZONE, &nodes->zones);
}

/* Checks that the requirements are exactly those of spec.nodes.requirements, apart from those that render derives. */
static void compare_requirements(struct lint *lint, const struct node_pool *node_pool)
{
    static const char *const own[] = {LABEL_INSTANCE_TYPE,     LABEL_ARCH, LABEL_OS, LABEL_CAPACITY_TYPE, LABEL_ZONE,
                                      LABEL_INSTANCE_GPU_NAME, NULL};
    const struct pool_nodes *nodes = &node_pool->slice_pool->nodes;

    for (size_t i = node_pool->visible; i < node_pool->needs.count; i++) {
        const struct need *need = &node_pool->needs.items[i];
        if (!text_is_any(need->requirement.key, own) && !requirements_have(&nodes->requirements, &need->requirement))
            SAY(lint, RULE_RENDERED_EDITED, need->node, node_pool->title,
                "has a requirement on %s; spec.nodes of SlicePool \"%s\" has none like it", need->requirement.key,
                node_pool->slice_pool->name);
    }

    for (size_t i = 0; i < nodes->requirements.count; i++) {
        bool found = false;
        for (size_t j = node_pool->visible; j < node_pool->needs.count; j++)
            found = found || requirement_equal(&nodes->requirements.items[i], &node_pool->needs.items[j].requirement);
        if (!found)
            spec_nodes_say(lint, node_pool, node_member(node_pool->node_spec, "requirements"), "requirements",
                           nodes->requirements.items[i].key);
    }

    const char *name = node_pool->slice_pool->gpu->aws_name;
    if (name && !needs_find(&node_pool->needs, LABEL_INSTANCE_GPU_NAME))
        spec_nodes_say(lint, node_pool, node_member(node_pool->node_spec, "requirements"), LABEL_INSTANCE_GPU_NAME,
                       name);
}

/* -- Disruption, labels, taints -- */

static void compare_disruption(struct lint *lint, const struct node_pool *node_pool)
{
    const struct pool_nodes *nodes = &node_pool->slice_pool->nodes;
    struct node disruption = node_member(node_pool->spec, "disruption");
    struct node budgets = node_member(disruption, "budgets");
    struct node expire = node_member(node_pool->node_spec, "expireAfter");

    spec_nodes_expect(lint, node_pool, node_member(disruption, "consolidationPolicy"), "consolidationPolicy",
                      nodes->consolidation_policy);
    spec_nodes_expect(lint, node_pool, node_member(disruption, "consolidateAfter"), "consolidateAfter",
                      nodes->consolidate_after);
    if (expire.value || strcmp(nodes->expire_after, EXPIRE_AFTER_DEFAULT) != 0)
        spec_nodes_expect(lint, node_pool, expire, "expireAfter", nodes->expire_after);
    spec_nodes_expect(lint, node_pool, node_member(node_pool->node_spec, "terminationGracePeriod"),
                      "terminationGracePeriod", nodes->termination_grace_period);
    if (nodes->weight)
        expect_number(lint, node_pool, node_member(node_pool->spec, "weight"), "weight", nodes->weight);
    if (nodes->budgets && !(budgets.value && json_equal(json_unconst(budgets.value), nodes->budgets)))
        spec_nodes_say(lint, node_pool, budgets, "budgets", "something else");
}

static void compare_labels(struct lint *lint, const struct node_pool *node_pool)
{
    const struct keyvalues *labels = &node_pool->slice_pool->nodes.labels;
    for (size_t i = 0; i < labels->count; i++)
        spec_nodes_expect(lint, node_pool, node_member(node_pool->labels, labels->items[i].key), labels->items[i].key,
                          labels->items[i].value);
}

/* Checks that all taints of spec.nodes are there, and that spec.nodes has all startup taints: nothing removes an
 * unknown startup taint, so pods never start on its node. */
static void compare_taints(struct lint *lint, const struct node_pool *node_pool)
{
    const struct pool_nodes *nodes = &node_pool->slice_pool->nodes;
    for (size_t i = 0; i < nodes->taints.count; i++) {
        const struct taint *taint = &nodes->taints.items[i];
        if (!taints_find(&node_pool->taints, taint->key, taint->effect, taint->value))
            spec_nodes_say(lint, node_pool, node_pool->taint_nodes, "taints", taint->key);
    }
    for (size_t i = 0; i < node_pool->startup_taints.count; i++) {
        const struct taint *taint = &node_pool->startup_taints.items[i];
        if (!taints_find(&nodes->startup_taints, taint->key, taint->effect, taint->value))
            spec_nodes_say(lint, node_pool, node_element(node_pool->startup_taint_nodes, i), "a startup taint", NULL);
    }
}

/* -- The node class -- */

/* True if the alias names the version. Bottlerocket's versions may be written with or without a v. */
static bool alias_has_version(const char *alias, const char *version)
{
    const char *named = strchr(alias, '@');
    return named && strcmp(named + 1 + (named[1] == 'v'), version + (*version == 'v')) == 0;
}

static void compare_class(struct lint *lint, const struct manifest *object, const struct node_pool *node_pool)
{
    static const char *const families[] = {[AMI_AL2023] = "AL2023", [AMI_BOTTLEROCKET] = "Bottlerocket"};
    const struct node_class *wanted = &node_pool->slice_pool->nodes.node_class;
    struct node spec = node_member(object->node, "spec");
    struct node family = node_member(spec, "amiFamily");
    const char *alias = node_text(node_member(node_element(node_member(spec, "amiSelectorTerms"), 0), "alias"));
    if (wanted->name)
        return;

    if (strcmp(node_text(family), families[wanted->family]) != 0)
        spec_nodes_say(lint, node_pool, family.value ? family : spec, "amiFamily", families[wanted->family]);
    if (*alias && text_begins(alias, "bottlerocket@") != (wanted->family == AMI_BOTTLEROCKET))
        spec_nodes_say(lint, node_pool, node_member(spec, "amiSelectorTerms"), "the AMI's alias",
                       families[wanted->family]);

    if (wanted->ami_version && !alias_has_version(alias, wanted->ami_version))
        spec_nodes_say(lint, node_pool, node_member(spec, "amiSelectorTerms"), "the AMI's version",
                       wanted->ami_version);

    const char *key;
    json_t *value;
    json_object_foreach(wanted->spec, key, value) {
        if (strcmp(key, "amiVersion") == 0)
            continue; /* rendered as the alias */
        struct node found = node_member(spec, key);
        bool same = found.value && json_equal(json_unconst(found.value), value);
        if (!same && strcmp(key, "userData") != 0) /* render appends what Bottlerocket needs */
            spec_nodes_say(lint, node_pool, found, key, "something else");
    }
}

static void check_node_class(struct lint *lint, const struct node_pool *node_pool)
{
    const char *name = node_text(node_find(node_pool->node_spec, PATH("nodeClassRef", "name")));
    for (size_t i = 0; i < lint->sources.objects.count; i++) {
        const struct manifest *object = lint->sources.objects.items[i];
        if (object_is(object, EC2_NODE_CLASS_KIND) && strcmp(object->name, name) == 0 && is_rendered(object))
            compare_class(lint, object, node_pool);
    }
}

void lint_check_spec_nodes(struct lint *lint, const struct node_pool *node_pool)
{
    if (!node_pool->slice_pool || !is_rendered(node_pool->object))
        return;

    spec_nodes_expect(lint, node_pool, lint_object_name_node(node_pool->object), "the name",
                      node_pool->slice_pool->name);
    compare_limits(lint, node_pool);
    compare_types(lint, node_pool);
    compare_requirements(lint, node_pool);
    compare_disruption(lint, node_pool);
    compare_labels(lint, node_pool);
    compare_taints(lint, node_pool);
    check_node_class(lint, node_pool);
}
