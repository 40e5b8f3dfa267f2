/* Checks node classes: those that NodePools name must exist, and EC2NodeClasses must be consistent. */
#include "base/text.h"
#include "lint/check/check.h"

#include <string.h>

#define ROLE_PREFIX "KarpenterNodeRole-"

static bool class_is_there(const struct lint *lint, const char *kind, const char *name, bool *ret_any)
{
    bool found = false;
    *ret_any = false;
    for (size_t i = 0; i < lint->sources.objects.count; i++) {
        const struct manifest *object = lint->sources.objects.items[i];
        if (strcmp(object->kind, kind) != 0)
            continue;
        *ret_any = true;
        found = found || strcmp(object->name, name) == 0;
    }
    return found;
}

/* Returns the group of a node class of that kind, or NULL for kinds of other providers. */
static const char *group_of(const char *kind)
{
    static const struct kind classes[] = {{KARPENTER_AWS_GROUP, EC2_NODE_CLASS},
                                          {KARPENTER_KWOK_GROUP, KWOK_NODE_CLASS},
                                          {"eks.amazonaws.com", "NodeClass"}};
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        if (strcmp(classes[i].name, kind) == 0)
            return classes[i].group;
    }
    return NULL;
}

static bool group_is_known(const char *group)
{
    return strcmp(group, KARPENTER_AWS_GROUP) == 0 || strcmp(group, KARPENTER_KWOK_GROUP) == 0;
}

/* True if the SlicePool names the node class, which is therefore created elsewhere. */
static bool is_elsewhere(const struct node_pool *node_pool, const char *name)
{
    const char *named = node_pool->slice_pool ? node_pool->slice_pool->nodes.node_class.name : NULL;
    return named && strcmp(named, name) == 0;
}

/* True if the policies render the node class, and say what its image is. */
static bool is_rendered_here(const struct node_pool *node_pool)
{
    return node_pool->slice_pool && !node_pool->slice_pool->nodes.node_class.name;
}

static bool launches_gpus(const struct node_pool *node_pool)
{
    for (size_t i = 0; i < node_pool->machine_count; i++) {
        if (node_pool->machines[i].type.type)
            return true;
    }
    return false;
}

/* Finds the first NodePool with GPUs that uses the node class, if the policies do not render it. */
static const struct node_pool *gpu_user(const struct lint *lint, const char *name)
{
    FOREACH_NODE_POOL(&lint->model, node_pool) {
        struct node reference = node_find(node_pool->node_spec, PATH("nodeClassRef", "name"));
        if (strcmp(node_text(reference), name) == 0 && launches_gpus(node_pool))
            return is_rendered_here(node_pool) ? NULL : node_pool;
    }
    return NULL;
}

static void check_image(struct lint *lint, const struct manifest *object, const char *title)
{
    struct node terms = node_find(object->node, PATH("spec", "amiSelectorTerms"));
    NODE_ELEMENTS(terms, term) {
        struct node alias = node_member(term, "alias");
        const struct node_pool *user =
            text_ends_any(node_text(alias), WORDS("@" AMI_LATEST)) ? gpu_user(lint, object->name) : NULL;
        if (user)
            SAY(lint, RULE_AMI_LATEST, alias, title,
                "its image is \"%s\": a newer release replaces all nodes with GPUs of %s", node_text(alias),
                user->title);
    }
}

void lint_check_class_reference(struct lint *lint, const struct node_pool *node_pool)
{
    struct node reference = node_member(node_pool->node_spec, "nodeClassRef");
    struct node group = node_member(reference, "group");
    const char *kind = node_text(node_member(reference, "kind"));
    const char *name = node_text(node_member(reference, "name"));
    const char *right = group_of(kind);
    bool any;
    if (!reference.value)
        return; /* another rule reports the missing field */

    bool mixed_up = strchr(kind, '.') || !strchr(node_text(group), '.');
    if (mixed_up || (right && strcmp(right, node_text(group)) != 0) || (!right && group_is_known(node_text(group))))
        SAY(lint, RULE_NODE_CLASS_MISSING, reference, node_pool->title, "there is no kind %s in the group %s", kind,
            node_text(group));
    if (is_elsewhere(node_pool, name))
        return;
    if (right && !class_is_there(lint, kind, name, &any) && any)
        SAY(lint, RULE_NODE_CLASS_MISSING, node_member(reference, "name"), node_pool->title,
            "its nodeClassRef names the %s \"%s\", which is not among the manifests", kind, name);
}

/* -- Reserved capacity -- */

static const struct manifest *ec2_class_of(const struct lint *lint, const struct node_pool *node_pool)
{
    const char *name = node_text(node_find(node_pool->node_spec, PATH("nodeClassRef", "name")));
    for (size_t i = 0; i < lint->sources.objects.count; i++) {
        const struct manifest *object = lint->sources.objects.items[i];
        if (object_is(object, EC2_NODE_CLASS_KIND) && strcmp(object->name, name) == 0)
            return object;
    }
    return NULL;
}

void lint_check_reservation(struct lint *lint, const struct node_pool *node_pool)
{
    const struct need *need = needs_find(&node_pool->needs, LABEL_CAPACITY_TYPE);
    const struct manifest *object = ec2_class_of(lint, node_pool);
    if (!need || !object || !needs_take_value(&node_pool->needs, LABEL_CAPACITY_TYPE, CAPACITY_RESERVED) ||
        node_count(node_find(object->node, PATH("spec", RESERVATION_TERMS))) > 0)
        return;

    bool others = needs_take_value(&node_pool->needs, LABEL_CAPACITY_TYPE, CAPACITY_ON_DEMAND) ||
                  needs_take_value(&node_pool->needs, LABEL_CAPACITY_TYPE, CAPACITY_SPOT);
    if (!others)
        SAY(lint, RULE_RESERVATION_MISSING, need->node, node_pool->title,
            "its only capacity is reserved, but EC2NodeClass \"%s\" selects no capacity reservation", object->name);
    else if (need->requirement.op == OP_IN) /* other operators do not name reserved capacity */
        SAY(lint, RULE_RESERVATION_UNSELECTED, need->node, node_pool->title,
            "allows reserved capacity, but EC2NodeClass \"%s\" selects no capacity reservation", object->name);
}

/* Reports reservations that no node uses: the node class selects some, but all NodePools that use it exclude them. */
static void check_reservation_used(struct lint *lint, const struct manifest *object, const char *title)
{
    struct node terms = node_find(object->node, PATH("spec", RESERVATION_TERMS));
    const struct node_pool *first = NULL;
    size_t users = 0;
    if (node_count(terms) == 0)
        return;

    FOREACH_NODE_POOL(&lint->model, node_pool) {
        if (ec2_class_of(lint, node_pool) != object)
            continue;
        if (needs_take_value(&node_pool->needs, LABEL_CAPACITY_TYPE, CAPACITY_RESERVED))
            return;
        first = first ? first : node_pool;
        users++;
    }

    if (users == 1)
        SAY(lint, RULE_RESERVATION_UNUSED, terms, title,
            "selects a capacity reservation, but %s, which uses it, does not allow reserved capacity", first->title);
    else if (users > 1)
        SAY(lint, RULE_RESERVATION_UNUSED, terms, title,
            "selects a capacity reservation, but none of the %zu NodePools that use it allows reserved capacity",
            users);
}

/* -- EC2NodeClass -- */

static const char *discovery_of(struct node terms, struct node *ret_node)
{
    *ret_node = (struct node){.document = terms.document, .mark = terms.mark};
    NODE_ELEMENTS(terms, element) {
        struct node found = node_find(element, PATH("tags", TAG_DISCOVERY));
        if (found.value) {
            *ret_node = found;
            return node_text(found);
        }
    }
    return "";
}

/* True if all terms select by tags. Terms that select by id or name can belong to any cluster. */
static bool by_tags(struct node spec, const char *field)
{
    struct node terms = node_member(spec, field);
    NODE_ELEMENTS(terms, element) {
        if (!node_member(element, "tags").value)
            return false;
    }
    return true;
}

/* Karpenter rejects a selector term without criteria. */
static void check_terms(struct lint *lint, struct node spec, const char *title)
{
    static const char *const fields[] = {"subnetSelectorTerms", "securityGroupSelectorTerms", "amiSelectorTerms"};
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        struct node terms = node_member(spec, fields[i]);
        NODE_ELEMENTS(terms, term) {
            struct node tags = node_member(term, "tags");
            if (node_count(term) == 0 || (tags.value && node_count(tags) == 0))
                SAY(lint, RULE_FIELD_MISSING, term, title, "a term of %s has no criteria", fields[i]);
        }
        if (json_is_array(terms.value) && node_count(terms) == 0)
            SAY(lint, RULE_FIELD_MISSING, terms, title, "%s has no term", fields[i]);
    }
}

/* The images of AL2023 and Bottlerocket boot from /dev/xvda; Bottlerocket keeps its data on /dev/xvdb. */
static void check_disks(struct lint *lint, struct node spec, const char *title)
{
    struct node list = node_member(spec, "blockDeviceMappings");
    NODE_ELEMENTS(list, disk) {
        struct node device = node_member(disk, "deviceName");
        struct node ebs = node_member(disk, "ebs");
        struct node kept = node_member(ebs, "deleteOnTermination");

        if (strcmp(node_text(device), "/dev/xvda") != 0 && strcmp(node_text(device), "/dev/xvdb") != 0)
            SAY(lint, RULE_NODE_CLASS_DISK, device, title, "the images of AL2023 and Bottlerocket have no disk \"%s\"",
                node_text(device));
        if (!json_is_true(node_member(ebs, "encrypted").value))
            SAY(lint, RULE_NODE_CLASS_DISK, node_member(ebs, "encrypted"), title, "the disk %s is not encrypted",
                node_text(device));
        if (json_is_false(kept.value))
            SAY(lint, RULE_NODE_CLASS_DISK, kept, title, "the disk %s outlives its node", node_text(device));
        if (!node_member(ebs, "volumeType").value)
            SAY(lint, RULE_NODE_CLASS_DISK, ebs, title, "the disk %s has no volumeType: EC2 takes gp2",
                node_text(device));
    }
}

/* Subnets, security groups and role must belong to the same cluster. */
static void check_cluster(struct lint *lint, const struct manifest *object, const char *title)
{
    struct node spec = node_member(object->node, "spec");
    struct node role = node_member(spec, "role");
    struct node subnets;
    struct node groups;
    const char *subnet = discovery_of(node_member(spec, "subnetSelectorTerms"), &subnets);
    const char *group = discovery_of(node_member(spec, "securityGroupSelectorTerms"), &groups);

    if (strcmp(subnet, group) != 0 && (by_tags(spec, "securityGroupSelectorTerms") || *group) &&
        (by_tags(spec, "subnetSelectorTerms") || *subnet))
        SAY(lint, RULE_NODE_CLASS_TWO_CLUSTERS, *group ? groups : subnets, title,
            "its security groups are selected by " TAG_DISCOVERY " \"%s\", but its subnets by \"%s\"", group, subnet);

    if (*subnet && strncmp(node_text(role), ROLE_PREFIX, strlen(ROLE_PREFIX)) == 0 &&
        strcmp(node_text(role) + strlen(ROLE_PREFIX), subnet) != 0)
        SAY(lint, RULE_NODE_CLASS_TWO_CLUSTERS, role, title,
            "its role is for cluster \"%s\", but its subnets are for "
            "\"%s\"",
            node_text(role) + strlen(ROLE_PREFIX), subnet);
}

void lint_check_node_class(struct lint *lint, const struct manifest *object, const char *title)
{
    if (!object_is(object, EC2_NODE_CLASS_KIND))
        return;
    struct node spec = node_member(object->node, "spec");
    struct node role = node_member(spec, "role");
    struct node profile = node_member(spec, "instanceProfile");
    if (!role.value == !profile.value)
        SAY(lint, RULE_FIELD_MISSING, spec, title, "has %s instanceProfile; it must have exactly one of them",
            role.value ? "both role and" : "neither role nor");
    check_cluster(lint, object, title);
    check_terms(lint, spec, title);
    check_disks(lint, spec, title);
    check_image(lint, object, title);
    check_reservation_used(lint, object, title);
}
