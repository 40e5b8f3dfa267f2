/* The DaemonSet that removes the startup taint gpuslice.dev/layout: if it cannot, no pod ever starts on those nodes. */
#include "lint/check/check.h"

#include <stdio.h>
#include <string.h>

#define REMOVER "gpuslice-layout-ready"

static const struct lint_object *find_object(const struct lint *lint, const char *group, const char *kind,
                                             const char *name)
{
    for (size_t i = 0; i < lint->sources.object_count; i++) {
        const struct lint_object *object = &lint->sources.objects[i];
        if (object_is(object, group, kind) && strcmp(object->name, name) == 0)
            return object;
    }
    return NULL;
}

static void say(struct lint *lint, struct spot spot, const struct lint_object *object, const char *text)
{
    SAY(lint, RULE_LAYOUT_REMOVER_BROKEN, spot, object_title(&lint->model.arena, object), "%s", text);
}

/* -- Its rights -- */

static bool list_has(struct spot list, const char *word)
{
    for (size_t i = 0; json_is_array(list.value) && i < spot_count(list); i++) {
        const char *text = spot_text(spot_element(list, i));
        if (strcmp(text, word) == 0 || strcmp(text, "*") == 0)
            return true;
    }
    return false;
}

static bool may(const struct lint_object *role, const char *verb)
{
    struct spot rules = spot_member(role->spot, "rules");
    for (size_t i = 0; json_is_array(rules.value) && i < spot_count(rules); i++) {
        struct spot rule = spot_element(rules, i);
        if (list_has(spot_member(rule, "apiGroups"), "") && list_has(spot_member(rule, "resources"), "nodes") &&
            list_has(spot_member(rule, "verbs"), verb))
            return true;
    }
    return false;
}

static bool binds(const struct lint_object *binding, const char *account, const char *ns)
{
    struct spot subjects = spot_member(binding->spot, "subjects");
    for (size_t i = 0; json_is_array(subjects.value) && i < spot_count(subjects); i++) {
        struct spot subject = spot_element(subjects, i);
        if (strcmp(spot_text(spot_member(subject, "kind")), "ServiceAccount") == 0 &&
            strcmp(spot_text(spot_member(subject, "name")), account) == 0 &&
            strcmp(spot_text(spot_member(subject, "namespace")), ns) == 0)
            return true;
    }
    return false;
}

static void check_role(struct lint *lint, const struct lint_object *binding)
{
    struct spot reference = spot_member(binding->spot, "roleRef");
    struct spot name = spot_member(reference, "name");
    const struct lint_object *role = find_object(lint, "rbac.authorization.k8s.io", "ClusterRole", spot_text(name));
    if (strcmp(spot_text(spot_member(reference, "kind")), "ClusterRole") != 0 ||
        strcmp(spot_text(spot_member(reference, "apiGroup")), "rbac.authorization.k8s.io") != 0 || !role)
        say(lint, reference, binding, "binds no ClusterRole among the manifests");
    else if (!may(role, "get") || !may(role, "patch"))
        say(lint, spot_member(role->spot, "rules"), role, "must allow get and patch of nodes");
}

static void check_account(struct lint *lint, const struct lint_object *set, struct spot pod)
{
    struct spot account = spot_member(pod, "serviceAccountName");
    const char *name = *spot_text(account) ? spot_text(account) : "default";
    const struct lint_object *found = find_object(lint, "", "ServiceAccount", name);
    bool bound = false;
    if (!found || strcmp(found->ns, set->ns) != 0)
        say(lint, account, set, "its service account is not among the manifests, in its namespace");
    for (size_t i = 0; i < lint->sources.object_count; i++) {
        const struct lint_object *binding = &lint->sources.objects[i];
        if (!object_is(binding, "rbac.authorization.k8s.io", "ClusterRoleBinding") || !binds(binding, name, set->ns))
            continue;
        bound = true;
        check_role(lint, binding);
    }
    if (!bound)
        say(lint, account, set, "no ClusterRoleBinding gives its service account the right to remove taints");
}

/* -- What it does -- */

static bool argument_is(struct spot container, const char *text)
{
    return list_has(spot_member(container, "args"), text) || list_has(spot_member(container, "command"), text);
}

static bool knows_node(struct spot container)
{
    struct spot environment = spot_member(container, "env");
    bool named = false;
    for (size_t i = 0; json_is_array(environment.value) && i < spot_count(environment); i++) {
        struct spot variable = spot_element(environment, i);
        struct spot path = spot_find(variable, SPOT_PATH("valueFrom", "fieldRef", "fieldPath"));
        named = named || (strcmp(spot_text(spot_member(variable, "name")), "NODE_NAME") == 0 &&
                          strcmp(spot_text(path), "spec.nodeName") == 0);
    }
    return named && *spot_text(spot_member(container, "image"));
}

/* kubectl taint nodes $(NODE_NAME) KEY:EFFECT- */
static bool removes(struct spot container)
{
    return argument_is(container, "taint") && argument_is(container, "nodes") &&
           argument_is(container, "$(NODE_NAME)") && argument_is(container, POOL_LAYOUT_TAINT ":NoSchedule-");
}

/* With set before it: `kubectl taint --overwrite` so that removing never fails for want of the taint. */
static bool sets(struct spot container)
{
    return argument_is(container, "taint") && argument_is(container, "nodes") &&
           argument_is(container, "$(NODE_NAME)") && argument_is(container, "--overwrite") &&
           argument_is(container, POOL_LAYOUT_TAINT "=" POOL_LAYOUT_TAINT_VALUE ":NoSchedule");
}

static void check_containers(struct lint *lint, const struct lint_object *set, struct spot pod)
{
    struct spot list = spot_member(pod, "initContainers");
    bool removed = false;
    for (size_t i = 0; json_is_array(list.value) && i < spot_count(list); i++) {
        struct spot container = spot_element(list, i);
        removed = removed || removes(container);
        if (!removes(container) && !sets(container))
            say(lint, container, set, "neither sets nor removes the taint " POOL_LAYOUT_TAINT " of its own node");
        if (!knows_node(container))
            say(lint, container, set, "has no image, or does not know the name of its node (NODE_NAME)");
    }
    if (!removed)
        say(lint, list, set, "no init container removes the taint " POOL_LAYOUT_TAINT);
}

/* -- Where it runs -- */

static bool tolerates_all(struct spot list)
{
    for (size_t i = 0; json_is_array(list.value) && i < spot_count(list); i++) {
        struct spot item = spot_element(list, i);
        if (strcmp(spot_text(spot_member(item, "operator")), "Exists") == 0 && !spot_member(item, "key").value &&
            !spot_member(item, "effect").value)
            return true;
    }
    return false;
}

/* A term must be for the pool's nodes, once discovery says that they are cut as the SlicePool wants. */
static bool term_is_for(struct spot term, const struct pool *pool, struct arena *arena)
{
    struct needs needs = {0};
    struct spot list = spot_member(term, "matchExpressions");
    char replicas[24];
    (void)snprintf(replicas, sizeof(replicas), "%lld", (long long)pool->replicas);
    for (size_t i = 0; json_is_array(list.value) && i < spot_count(list); i++)
        needs_add_expression(arena, &needs, spot_element(list, i));
    const struct need *cut =
        needs_find(&needs, pool_is_mig(pool) ? "nvidia.com/mig.config.state" : "nvidia.com/gpu.replicas");
    bool ready = cut && cut->requirement.op == OP_IN && cut->requirement.value_count == 1 &&
                 strcmp(cut->requirement.values[0], pool_is_mig(pool) ? "success" : replicas) == 0;
    for (size_t i = 0; i < pool->labels.count; i++) {
        const struct need *need = needs_find(&needs, pool->labels.items[i].key);
        ready = ready && need && need->requirement.op == OP_IN &&
                needs_take_value(&needs, pool->labels.items[i].key, pool->labels.items[i].value);
    }
    return ready;
}

static void check_reaches(struct lint *lint, const struct lint_object *set, struct spot pod, const struct pool *pool)
{
    struct spot terms =
        spot_find(pod, SPOT_PATH("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution",
                                 "nodeSelectorTerms"));
    for (size_t i = 0; json_is_array(terms.value) && i < spot_count(terms); i++) {
        if (term_is_for(spot_element(terms, i), pool, &lint->model.arena))
            return;
    }
    SAY(lint, RULE_LAYOUT_REMOVER_BROKEN, terms.value ? terms : pod, object_title(&lint->model.arena, set),
        "does not wait for the layout on the nodes of SlicePool \"%s\", and remove the taint there", pool->name);
}

static void check_selector(struct lint *lint, const struct lint_object *set, struct spot spec)
{
    struct spot wanted = spot_find(spec, SPOT_PATH("selector", "matchLabels"));
    struct spot labels = spot_find(spec, SPOT_PATH("template", "metadata", "labels"));
    for (size_t i = 0; i < spot_count(wanted); i++) {
        const char *key;
        struct spot value = spot_entry(wanted, i, &key);
        if (strcmp(spot_text(spot_member(labels, key)), spot_text(value)) != 0)
            say(lint, value, set, "its selector does not match the labels of its template");
    }
    if (spot_count(wanted) == 0)
        say(lint, spec, set, "has no selector");
}

/* -- All -- */

static const struct pool *needs_remover(const struct node_pool *node_pool)
{
    for (size_t i = 0; i < node_pool->startup_taints.count; i++) {
        if (strcmp(node_pool->startup_taints.items[i].key, POOL_LAYOUT_TAINT) == 0)
            return node_pool->slice_pool;
    }
    return NULL;
}

void check_layout(struct lint *lint)
{
    const struct lint_object *set = find_object(lint, "apps", "DaemonSet", REMOVER);
    struct spot spec = set ? spot_member(set->spot, "spec") : (struct spot){0};
    struct spot pod = set ? spot_find(spec, SPOT_PATH("template", "spec")) : spec;
    bool needed = false;
    for (size_t i = 0; i < lint->model.node_pool_count; i++) {
        const struct node_pool *node_pool = lint->model.node_pools[i];
        const struct pool *pool = needs_remover(node_pool);
        if (!pool)
            continue;
        needed = true;
        if (set)
            check_reaches(lint, set, pod, pool);
        else
            SAY(lint, RULE_LAYOUT_REMOVER_BROKEN, node_pool->startup_taint_spots, node_pool->title,
                "has the startup taint " POOL_LAYOUT_TAINT ", and no DaemonSet " REMOVER " removes it");
    }
    if (!set || !needed)
        return;
    check_selector(lint, set, spec);
    check_account(lint, set, pod);
    check_containers(lint, set, pod);
    if (!tolerates_all(spot_member(pod, "tolerations")))
        say(lint, spot_member(pod, "tolerations"), set, "must tolerate every taint: it runs before the node is ready");
}
