/* Checks that a DaemonSet can remove the startup taint gpuslice.dev/layout. Otherwise no workload ever starts on the
 * nodes that have the taint. */
#include "base/text.h"
#include "lint/check/check.h"

#include <stdio.h>
#include <string.h>

static void layout_say(struct lint *lint, struct node node, const struct manifest *object, const char *text)
{
    SAY(lint, RULE_LAYOUT_REMOVER_BROKEN, node, object_title(&lint->model.arena, object), "%s", text);
}

/* -- Rights -- */

static bool list_has(struct node list, const char *word)
{
    NODE_ELEMENTS(list, element) {
        if (text_is_any(node_text(element), WORDS(word, "*")))
            return true;
    }
    return false;
}

static bool role_may(const struct manifest *role, const char *verb)
{
    struct node rules = node_member(role->node, "rules");
    NODE_ELEMENTS(rules, rule) {
        if (list_has(node_member(rule, "apiGroups"), "") && list_has(node_member(rule, "resources"), "nodes") &&
            list_has(node_member(rule, "verbs"), verb))
            return true;
    }
    return false;
}

static bool binding_is_for(const struct manifest *binding, const char *account, const char *ns)
{
    struct node subjects = node_member(binding->node, "subjects");
    NODE_ELEMENTS(subjects, subject) {
        if (strcmp(node_text(node_member(subject, "kind")), "ServiceAccount") == 0 &&
            strcmp(node_text(node_member(subject, "name")), account) == 0 &&
            strcmp(node_text(node_member(subject, "namespace")), ns) == 0)
            return true;
    }
    return false;
}

static void check_role(struct lint *lint, const struct manifest *binding)
{
    struct node reference = node_member(binding->node, "roleRef");
    struct node name = node_member(reference, "name");
    const struct manifest *role = sources_find(&lint->sources, CLUSTER_ROLE_KIND, node_text(name));
    struct kind kind = KIND(node_text(node_member(reference, "apiGroup")), node_text(node_member(reference, "kind")));
    if (!kind_same(kind, CLUSTER_ROLE_KIND) || !role)
        layout_say(lint, reference, binding, "binds no ClusterRole among the manifests");
    else if (!role_may(role, "get") || !role_may(role, "patch"))
        layout_say(lint, node_member(role->node, "rules"), role, "must allow get and patch of nodes");
}

static void check_account(struct lint *lint, const struct manifest *set, struct node pod)
{
    struct node account = node_member(pod, "serviceAccountName");
    const char *name = *node_text(account) ? node_text(account) : "default";
    const struct manifest *found = sources_find(&lint->sources, SERVICE_ACCOUNT_KIND, name);
    bool bound = false;

    if (!found || strcmp(found->namespace_name, set->namespace_name) != 0)
        layout_say(lint, account, set, "its service account is not among the manifests of its namespace");

    for (size_t i = 0; i < lint->sources.objects.count; i++) {
        const struct manifest *binding = lint->sources.objects.items[i];
        if (!object_is(binding, CLUSTER_ROLE_BINDING_KIND) || !binding_is_for(binding, name, set->namespace_name))
            continue;
        bound = true;
        check_role(lint, binding);
    }

    if (!bound)
        layout_say(lint, account, set, "no ClusterRoleBinding gives its service account the right to remove taints");
}

/* -- Containers -- */

static bool argument_is(struct node container, const char *text)
{
    return list_has(node_member(container, "args"), text) || list_has(node_member(container, "command"), text);
}

static bool has_image_and_node_name(struct node container)
{
    struct node environment = node_member(container, "env");
    bool named = false;
    NODE_ELEMENTS(environment, variable) {
        struct node path = node_find(variable, PATH("valueFrom", "fieldRef", "fieldPath"));
        named = named || (strcmp(node_text(node_member(variable, "name")), "NODE_NAME") == 0 &&
                          strcmp(node_text(path), "spec.nodeName") == 0);
    }
    return named && *node_text(node_member(container, "image"));
}

/* True if the container runs `kubectl taint nodes $(NODE_NAME) CHANGE`. */
static bool container_taints(struct node container, const char *change)
{
    return argument_is(container, "taint") && argument_is(container, "nodes") &&
           argument_is(container, "$(NODE_NAME)") && argument_is(container, change);
}

/* `kubectl taint` fails if the taint that it removes is missing, so an earlier init container may set it
 * (`--overwrite`).
 */
static void check_containers(struct lint *lint, const struct manifest *set, struct node pod)
{
    struct node list = node_member(pod, "initContainers");
    bool removed = false;
    NODE_ELEMENTS(list, container) {
        bool removes = container_taints(container, TAINT_LAYOUT ":NoSchedule-");
        bool sets = container_taints(container, TAINT_LAYOUT "=" LAYOUT_PENDING ":NoSchedule") &&
                    argument_is(container, "--overwrite");
        removed = removed || removes;
        if (!removes && !sets)
            layout_say(lint, container, set, "neither sets nor removes the taint " TAINT_LAYOUT " of its own node");
        if (!has_image_and_node_name(container))
            layout_say(lint, container, set, "has no image, or is not given the name of its node (NODE_NAME)");
    }
    if (!removed)
        layout_say(lint, list, set, "no init container removes the taint " TAINT_LAYOUT);
}

/* -- Placement -- */

static bool tolerates_all(struct node list)
{
    NODE_ELEMENTS(list, item) {
        if (strcmp(node_text(node_member(item, "operator")), "Exists") == 0 && !node_member(item, "key").value &&
            !node_member(item, "effect").value)
            return true;
    }
    return false;
}

/* True if the term selects the pool's nodes, and only those whose labels report that the layout is in effect. */
static bool term_is_for(struct node term, const struct pool *pool, struct arena *arena)
{
    struct needs needs = {0};
    char replicas[24];

    (void)snprintf(replicas, sizeof(replicas), "%lld", (long long)pool->replicas);
    needs_add_expressions(arena, &needs, node_member(term, "matchExpressions"));
    const char *state = needs_value(&needs, pool_is_mig(pool) ? LABEL_MIG_CONFIG_STATE : LABEL_GPU_REPLICAS);
    bool ready = state && strcmp(state, pool_is_mig(pool) ? "success" : replicas) == 0;

    for (size_t i = 0; i < pool->labels.count; i++) {
        const struct need *need = needs_find(&needs, pool->labels.items[i].key);
        ready = ready && need && need->requirement.op == OP_IN &&
                needs_take_value(&needs, pool->labels.items[i].key, pool->labels.items[i].value);
    }

    return ready;
}

static void check_reaches(struct lint *lint, const struct manifest *set, struct node pod, const struct pool *pool)
{
    struct node terms = node_find(
        pod, PATH("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"));
    NODE_ELEMENTS(terms, element) {
        if (term_is_for(element, pool, &lint->model.arena))
            return;
    }
    SAY(lint, RULE_LAYOUT_REMOVER_BROKEN, terms.value ? terms : pod, object_title(&lint->model.arena, set),
        "no term of its node affinity waits for the layout on the nodes of SlicePool \"%s\", so the taint stays",
        pool->name);
}

static void check_selector(struct lint *lint, const struct manifest *set, struct node spec)
{
    struct node wanted = node_find(spec, PATH("selector", "matchLabels"));
    struct node labels = node_find(spec, PATH("template", "metadata", "labels"));
    NODE_MEMBERS(wanted, value) {
        if (strcmp(node_text(node_member(labels, value.key)), node_text(value)) != 0)
            layout_say(lint, value, set, "its selector does not match the labels of its template");
    }
    if (node_count(wanted) == 0)
        layout_say(lint, spec, set, "has no selector.matchLabels");
}

/* -- All -- */

/* Returns the SlicePool of the NodePool if its nodes start with the taint, or NULL. */
static const struct pool *pool_with_layout_taint(const struct node_pool *node_pool)
{
    return taints_find(&node_pool->startup_taints, TAINT_LAYOUT, NULL, NULL) ? node_pool->slice_pool : NULL;
}

void lint_check_layout(struct lint *lint)
{
    const struct manifest *set = sources_find(&lint->sources, DAEMON_SET_KIND, LAYOUT_READY_NAME);
    struct node spec = set ? node_member(set->node, "spec") : (struct node){0};
    struct node pod = set ? node_find(spec, PATH("template", "spec")) : spec;
    bool needed = false;

    FOREACH_NODE_POOL(&lint->model, node_pool) {
        const struct pool *pool = pool_with_layout_taint(node_pool);
        if (!pool)
            continue;
        needed = true;
        if (set)
            check_reaches(lint, set, pod, pool);
        else
            SAY(lint, RULE_LAYOUT_REMOVER_BROKEN, node_pool->startup_taint_nodes, node_pool->title,
                "has the startup taint " TAINT_LAYOUT ", and no DaemonSet " LAYOUT_READY_NAME " removes it");
    }

    if (!set || !needed)
        return;
    check_selector(lint, set, spec);
    check_account(lint, set, pod);
    check_containers(lint, set, pod);
    if (!tolerates_all(node_member(pod, "tolerations")))
        layout_say(lint, node_member(pod, "tolerations"), set,
                   "must tolerate every taint: it runs before the node is ready");
}
