/* EC2NodeClasses: there at all, and of one piece. */
#include "lint/check/check.h"

#include <string.h>

#define DISCOVERY   "karpenter.sh/discovery"
#define ROLE_PREFIX "KarpenterNodeRole-"

static bool class_is_there(const struct lint *lint, const char *kind, const char *name, bool *ret_any)
{
    bool found = false;
    *ret_any = false;
    for (size_t i = 0; i < lint->sources.object_count; i++) {
        const struct lint_object *object = &lint->sources.objects[i];
        if (strcmp(object->kind, kind) != 0)
            continue;
        *ret_any = true;
        found = found || strcmp(object->name, name) == 0;
    }
    return found;
}

/* The group of a node class of that kind must be its own; other providers' are not known here. */
static const char *group_of(const char *kind)
{
    static const char *const groups[][2] = {{"EC2NodeClass", "karpenter.k8s.aws"},
                                            {"KWOKNodeClass", "karpenter.kwok.sh"},
                                            {"NodeClass", "eks.amazonaws.com"}};
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        if (strcmp(groups[i][0], kind) == 0)
            return groups[i][1];
    }
    return NULL;
}

static bool group_is_known(const char *group)
{
    return strcmp(group, "karpenter.k8s.aws") == 0 || strcmp(group, "karpenter.kwok.sh") == 0;
}

/* A node class that the SlicePool names is made by somebody else. */
static bool is_elsewhere(const struct node_pool *node_pool, const char *name)
{
    const char *named = node_pool->slice_pool ? node_pool->slice_pool->nodes.node_class.name : NULL;
    return named && strcmp(named, name) == 0;
}

static void check_reference(struct lint *lint, const struct node_pool *node_pool)
{
    struct spot reference = spot_member(node_pool->node_spec, "nodeClassRef");
    struct spot group = spot_member(reference, "group");
    const char *kind = spot_text(spot_member(reference, "kind"));
    const char *name = spot_text(spot_member(reference, "name"));
    const char *right = group_of(kind);
    bool any;
    if (!reference.value)
        return; /* a missing field is said by another rule */
    bool mixed_up = strchr(kind, '.') || !strchr(spot_text(group), '.');
    if (mixed_up || (right && strcmp(right, spot_text(group)) != 0) || (!right && group_is_known(spot_text(group))))
        SAY(lint, RULE_NODE_CLASS_MISSING, reference, node_pool->title, "there is no kind %s in the group %s", kind,
            spot_text(group));
    if (is_elsewhere(node_pool, name))
        return;
    if (right && !class_is_there(lint, kind, name, &any) && any)
        SAY(lint, RULE_NODE_CLASS_MISSING, spot_member(reference, "name"), node_pool->title,
            "its nodeClassRef names the %s \"%s\", which is not among the manifests", kind, name);
}

/* -- EC2NodeClass -- */

static const char *discovery_of(struct spot terms, struct spot *ret_spot)
{
    *ret_spot = (struct spot){terms.file, NULL, terms.mark};
    for (size_t i = 0; json_is_array(terms.value) && i < spot_count(terms); i++) {
        struct spot found = spot_find(spot_element(terms, i), SPOT_PATH("tags", DISCOVERY));
        if (found.value) {
            *ret_spot = found;
            return spot_text(found);
        }
    }
    return "";
}

/* Are all terms by tags? By id or name they may be of any cluster. */
static bool by_tags(struct spot spec, const char *field)
{
    struct spot terms = spot_member(spec, field);
    for (size_t i = 0; json_is_array(terms.value) && i < spot_count(terms); i++) {
        if (!spot_member(spot_element(terms, i), "tags").value)
            return false;
    }
    return true;
}

/* A selector that selects by nothing is refused. */
static void check_terms(struct lint *lint, struct spot spec, const char *title)
{
    static const char *const fields[] = {"subnetSelectorTerms", "securityGroupSelectorTerms", "amiSelectorTerms"};
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        struct spot terms = spot_member(spec, fields[i]);
        for (size_t j = 0; json_is_array(terms.value) && j < spot_count(terms); j++) {
            struct spot term = spot_element(terms, j);
            struct spot tags = spot_member(term, "tags");
            if (spot_count(term) == 0 || (tags.value && spot_count(tags) == 0))
                SAY(lint, RULE_FIELD_MISSING, term, title, "a term of %s selects by nothing", fields[i]);
        }
        if (json_is_array(terms.value) && spot_count(terms) == 0)
            SAY(lint, RULE_FIELD_MISSING, terms, title, "%s has no term", fields[i]);
    }
}

/* The images of AL2023 and Bottlerocket boot from /dev/xvda; Bottlerocket keeps its data on /dev/xvdb. */
static void check_disks(struct lint *lint, struct spot spec, const char *title)
{
    struct spot list = spot_member(spec, "blockDeviceMappings");
    for (size_t i = 0; json_is_array(list.value) && i < spot_count(list); i++) {
        struct spot disk = spot_element(list, i);
        struct spot device = spot_member(disk, "deviceName");
        struct spot ebs = spot_member(disk, "ebs");
        struct spot kept = spot_member(ebs, "deleteOnTermination");
        if (strcmp(spot_text(device), "/dev/xvda") != 0 && strcmp(spot_text(device), "/dev/xvdb") != 0)
            SAY(lint, RULE_NODE_CLASS_DISK, device, title, "no image of this family has the disk \"%s\"",
                spot_text(device));
        if (!json_is_true(spot_member(ebs, "encrypted").value))
            SAY(lint, RULE_NODE_CLASS_DISK, spot_member(ebs, "encrypted"), title, "the disk %s is not encrypted",
                spot_text(device));
        if (json_is_false(kept.value))
            SAY(lint, RULE_NODE_CLASS_DISK, kept, title, "the disk %s stays after its node", spot_text(device));
        if (!spot_member(ebs, "volumeType").value)
            SAY(lint, RULE_NODE_CLASS_DISK, ebs, title, "the disk %s has no volumeType: EC2 takes gp2",
                spot_text(device));
    }
}

/* Subnets, security groups and role are of one cluster. */
static void check_cluster(struct lint *lint, const struct lint_object *object, const char *title)
{
    struct spot spec = spot_member(object->spot, "spec");
    struct spot role = spot_member(spec, "role");
    struct spot subnets;
    struct spot groups;
    const char *subnet = discovery_of(spot_member(spec, "subnetSelectorTerms"), &subnets);
    const char *group = discovery_of(spot_member(spec, "securityGroupSelectorTerms"), &groups);
    if (strcmp(subnet, group) != 0 && (by_tags(spec, "securityGroupSelectorTerms") || *group) &&
        (by_tags(spec, "subnetSelectorTerms") || *subnet))
        SAY(lint, RULE_NODE_CLASS_TWO_CLUSTERS, *group ? groups : subnets, title,
            "its security groups are found by " DISCOVERY " \"%s\", its subnets by \"%s\"", group, subnet);
    if (*subnet && strncmp(spot_text(role), ROLE_PREFIX, strlen(ROLE_PREFIX)) == 0 &&
        strcmp(spot_text(role) + strlen(ROLE_PREFIX), subnet) != 0)
        SAY(lint, RULE_NODE_CLASS_TWO_CLUSTERS, role, title, "its role is that of \"%s\", its subnets those of \"%s\"",
            spot_text(role) + strlen(ROLE_PREFIX), subnet);
}

static void check_class(struct lint *lint, const struct lint_object *object)
{
    const char *title = object_title(&lint->model.arena, object);
    struct spot spec = spot_member(object->spot, "spec");
    struct spot role = spot_member(spec, "role");
    struct spot profile = spot_member(spec, "instanceProfile");
    if (!role.value == !profile.value)
        SAY(lint, RULE_FIELD_MISSING, spec, title, "has %s of role and instanceProfile; it must have one",
            role.value ? "both" : "none");
    check_cluster(lint, object, title);
    check_terms(lint, spec, title);
    check_disks(lint, spec, title);
}

void check_node_classes(struct lint *lint)
{
    for (size_t i = 0; i < lint->model.node_pool_count; i++)
        check_reference(lint, lint->model.node_pools[i]);
    for (size_t i = 0; i < lint->sources.object_count; i++) {
        if (object_is(&lint->sources.objects[i], "karpenter.k8s.aws", "EC2NodeClass"))
            check_class(lint, &lint->sources.objects[i]);
    }
}
