/* Checks kinds and versions: finds those that Karpenter no longer has, labels and annotations from before v1, and kinds
 * that do not exist. */
#include "base/text.h"
#include "karpenter/label.h"
#include "lint/check/check.h"

#include <string.h>

struct old_kind {
    const char *version, *kind, *today;
};

static const struct old_kind kinds[] = {
    {KARPENTER_V1ALPHA5, PROVISIONER, "NodePool of karpenter.sh/v1"},
    {KARPENTER_V1ALPHA5, NODE_TEMPLATE, "EC2NodeClass of karpenter.k8s.aws/v1"},
    {KARPENTER_V1ALPHA5, MACHINE, "NodeClaim of karpenter.sh/v1, which Karpenter makes itself"},
    {KARPENTER_AWS_V1ALPHA1, AWS_NODE_TEMPLATE, "EC2NodeClass of karpenter.k8s.aws/v1"},
    {KARPENTER_AWS_V1ALPHA1, NODE_TEMPLATE, "EC2NodeClass of karpenter.k8s.aws/v1"},
    {KARPENTER_V1BETA1, NODE_POOL, "NodePool of karpenter.sh/v1"},
    {KARPENTER_V1BETA1, NODE_CLAIM, "NodeClaim of karpenter.sh/v1"},
    {KARPENTER_AWS_V1BETA1, EC2_NODE_CLASS, "EC2NodeClass of karpenter.k8s.aws/v1"},
};

struct kind_today {
    const char *version, *kind;
};

static const struct kind_today today[] = {
    {KARPENTER_V1, NODE_POOL},
    {KARPENTER_V1, NODE_CLAIM},
    {KARPENTER_V1ALPHA1, NODE_OVERLAY},
    {KARPENTER_AWS_V1, EC2_NODE_CLASS},
    {KARPENTER_KWOK_V1ALPHA1, KWOK_NODE_CLASS},
};

static bool is_today(const struct manifest *object)
{
    for (size_t i = 0; i < ARRAY_SIZE(today); i++) {
        if (strcmp(object->api_version, today[i].version) == 0 && strcmp(object->kind, today[i].kind) == 0)
            return true;
    }
    return false;
}

/* True for a kind of Karpenter in another group, or an unknown kind in one of Karpenter's groups. */
static bool looks_like_karpenter(const struct manifest *object)
{
    if (text_begins(object->api_version, "karpenter."))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(today); i++) {
        if (strcmp(object->kind, today[i].kind) == 0)
            return true;
    }
    return false;
}

void lint_check_karpenter_kind(struct lint *lint, const struct manifest *object)
{
    const char *title = object_title(&lint->model.arena, object);
    struct node version = node_member(object->node, "apiVersion");
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(object->api_version, kinds[i].version) != 0 || strcmp(object->kind, kinds[i].kind) != 0)
            continue;
        SAY(lint, RULE_KARPENTER_OLD_KIND, version, title, "Karpenter no longer knows %s of %s; now it is %s",
            kinds[i].kind, kinds[i].version, kinds[i].today);
        return;
    }
    if (looks_like_karpenter(object) && !is_today(object))
        SAY(lint, RULE_KARPENTER_UNKNOWN_KIND, version, title, "Karpenter has no %s of %s",
            *object->kind ? object->kind : "kind", *object->api_version ? object->api_version : "no apiVersion");
}

/* Kinds of Kubernetes that lint reads, or that are often in the same files. */
static const struct kind_today others[] = {
    {"v1", "ConfigMap"},
    {"v1", "Namespace"},
    {"v1", "ResourceQuota"},
    {"v1", "LimitRange"},
    {"v1", "Pod"},
    {"v1", "ServiceAccount"},
    {"apps/v1", "Deployment"},
    {"apps/v1", "StatefulSet"},
    {"apps/v1", "DaemonSet"},
    {"apps/v1", "ReplicaSet"},
    {"batch/v1", "Job"},
    {"batch/v1", "CronJob"},
    {"node.k8s.io/v1", "RuntimeClass"},
    {"rbac.authorization.k8s.io/v1", "ClusterRole"},
    {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding"},
};

void lint_check_api_version(struct lint *lint, const struct manifest *object)
{
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (strcmp(object->kind, others[i].kind) == 0 && strcmp(object->api_version, others[i].version) != 0)
            SAY(lint, RULE_UNKNOWN_API_VERSION, node_member(object->node, "apiVersion"),
                object_title(&lint->model.arena, object), "%s is of %s, not of \"%s\"", object->kind, others[i].version,
                object->api_version);
        if (strcmp(object->kind, others[i].kind) == 0 && !*object->name &&
            !node_find(object->node, PATH("metadata", "generateName")).value)
            SAY(lint, RULE_FIELD_MISSING, object->node, object_title(&lint->model.arena, object),
                "metadata.name is missing");
    }
}

static void check_map(struct lint *lint, struct node map, const char *title)
{
    for (const struct karpenter_old_key *old = karpenter_old_keys; old->key; old++) {
        struct node found = node_member(map, old->key);
        if (found.value)
            SAY_KEY(lint, RULE_KARPENTER_OLD_NAME, found, title, "%s is of Karpenter before v1; now it is %s", old->key,
                    old->today ? old->today : "nothing");
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
