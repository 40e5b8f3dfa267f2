/* Finds kinds that Karpenter no longer has or never had, Karpenter's labels and annotations from before v1, and
 * Kubernetes objects with a wrong apiVersion or without a name. */
#include "base/text.h"
#include "karpenter/label.h"
#include "lint/check/check.h"

#include <string.h>

struct known_kind {
    const char *version, *kind;
    const char *today; /* what has replaced it, or NULL */
};

static const struct known_kind old_kinds[] = {
    {KARPENTER_V1ALPHA5, PROVISIONER, "NodePool of karpenter.sh/v1"},
    {KARPENTER_V1ALPHA5, NODE_TEMPLATE, "EC2NodeClass of karpenter.k8s.aws/v1"},
    {KARPENTER_V1ALPHA5, MACHINE, "NodeClaim of karpenter.sh/v1, which Karpenter makes itself"},
    {KARPENTER_AWS_V1ALPHA1, AWS_NODE_TEMPLATE, "EC2NodeClass of karpenter.k8s.aws/v1"},
    {KARPENTER_AWS_V1ALPHA1, NODE_TEMPLATE, "EC2NodeClass of karpenter.k8s.aws/v1"},
    {KARPENTER_V1BETA1, NODE_POOL, "NodePool of karpenter.sh/v1"},
    {KARPENTER_V1BETA1, NODE_CLAIM, "NodeClaim of karpenter.sh/v1"},
    {KARPENTER_AWS_V1BETA1, EC2_NODE_CLASS, "EC2NodeClass of karpenter.k8s.aws/v1"},
};

static const struct known_kind karpenter_kinds[] = {
    {KARPENTER_V1, NODE_POOL, NULL},
    {KARPENTER_V1, NODE_CLAIM, NULL},
    {KARPENTER_V1ALPHA1, NODE_OVERLAY, NULL},
    {KARPENTER_AWS_V1, EC2_NODE_CLASS, NULL},
    {KARPENTER_KWOK_V1ALPHA1, KWOK_NODE_CLASS, NULL},
};

/* Returns the kind of that name and version (NULL: any), or NULL if the table has none. */
static const struct known_kind *find_kind(const struct known_kind *kinds, size_t count, const char *kind,
                                          const char *version)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(kinds[i].kind, kind) == 0 && (!version || strcmp(kinds[i].version, version) == 0))
            return &kinds[i];
    }
    return NULL;
}

void lint_check_karpenter_kind(struct lint *lint, const struct manifest *object, const char *title)
{
    struct node version = node_member(object->node, "apiVersion");
    const struct known_kind *old = find_kind(old_kinds, ARRAY_SIZE(old_kinds), object->kind, object->api_version);
    /* True for the name of a Karpenter kind in any group, and for any kind in one of Karpenter's groups. */
    bool looks_like_karpenter = text_begins(object->api_version, "karpenter.") ||
                                find_kind(karpenter_kinds, ARRAY_SIZE(karpenter_kinds), object->kind, NULL);
    if (old)
        SAY(lint, RULE_KARPENTER_OLD_KIND, version, title, "Karpenter no longer knows %s of %s; now it is %s",
            old->kind, old->version, old->today);
    else if (looks_like_karpenter &&
             !find_kind(karpenter_kinds, ARRAY_SIZE(karpenter_kinds), object->kind, object->api_version))
        SAY(lint, RULE_KARPENTER_UNKNOWN_KIND, version, title, "Karpenter has no %s %s%s",
            *object->kind ? object->kind : "kind", *object->api_version ? "of " : "without apiVersion",
            object->api_version);

    struct node kubelet = node_find(object->node, PATH("metadata", "annotations", ANNOTATION_BETA_KUBELET));
    if (kubelet.value && kind_is(NODE_POOL_KIND, object->api_version, object->kind))
        SAY_KEY(lint, RULE_KUBELET_IN_ANNOTATION, kubelet, title,
                "has kubelet settings in the annotation %s: Karpenter 1.1 does not start with it, and later versions "
                "use the node class's",
                ANNOTATION_BETA_KUBELET);
}

/* Kinds of Kubernetes that are often in the files that lint reads. */
static const struct known_kind kubernetes_kinds[] = {
    {"v1", "ConfigMap", NULL},
    {"v1", "Namespace", NULL},
    {"v1", "ResourceQuota", NULL},
    {"v1", "LimitRange", NULL},
    {"v1", "Pod", NULL},
    {"v1", "ServiceAccount", NULL},
    {"apps/v1", "Deployment", NULL},
    {"apps/v1", "StatefulSet", NULL},
    {"apps/v1", "DaemonSet", NULL},
    {"apps/v1", "ReplicaSet", NULL},
    {"batch/v1", "Job", NULL},
    {"batch/v1", "CronJob", NULL},
    {"node.k8s.io/v1", "RuntimeClass", NULL},
    {"rbac.authorization.k8s.io/v1", "ClusterRole", NULL},
    {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding", NULL},
};

/* True for a group of another project, which may have a kind of the same name (Job of batch.volcano.sh, StatefulSet of
 * apps.kruise.io). Kubernetes' own groups have no dot or end with .k8s.io. */
static bool is_of_another_project(const char *api_version)
{
    static const char own[] = ".k8s.io";
    size_t length = strcspn(api_version, "/"), end = strlen(own);
    bool is_own = length > end && strncmp(api_version + length - end, own, end) == 0;
    return api_version[length] && memchr(api_version, '.', length) && !is_own;
}

void lint_check_api_version(struct lint *lint, const struct manifest *object, const char *title)
{
    const struct known_kind *known = find_kind(kubernetes_kinds, ARRAY_SIZE(kubernetes_kinds), object->kind, NULL);
    if (!known || is_of_another_project(object->api_version))
        return;
    if (strcmp(object->api_version, known->version) != 0)
        SAY(lint, RULE_UNKNOWN_API_VERSION, node_member(object->node, "apiVersion"), title,
            "%s is of %s, not of \"%s\"", object->kind, known->version, object->api_version);
    struct node name = node_find(object->node, PATH("metadata", "name"));
    if (name.value && !json_is_string(name.value))
        SAY(lint, RULE_FIELD_INVALID, name, title,
            "metadata.name is not a text; put it in quotes (YAML reads y, n, yes, no, on and off as booleans)");
    else if (!*object->name && !node_find(object->node, PATH("metadata", "generateName")).value)
        SAY(lint, RULE_FIELD_MISSING, object->node, title, "metadata.name is missing");
}

static void check_map(struct lint *lint, struct node map, const char *title)
{
    for (const struct karpenter_old_key *old = karpenter_old_keys; old->key; old++) {
        struct node found = node_member(map, old->key);
        if (found.value)
            SAY_KEY(lint, RULE_KARPENTER_OLD_NAME, found, title, "%s is from before Karpenter v1; %s%s", old->key,
                    old->today ? "it is now " : "nothing has replaced it", old->today ? old->today : "");
    }
}

void lint_check_old_names(struct lint *lint)
{
    for (size_t i = 0; i < lint->pods.count; i++) {
        const struct lint_pod *pod = &lint->pods.items[i];
        check_map(lint, node_find(pod->node, PATH("metadata", "annotations")), pod->title);
        check_map(lint, node_find(pod->node, PATH("spec", "nodeSelector")), pod->title);
    }
}
