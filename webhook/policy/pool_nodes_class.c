/* Decodes nodes.nodeClass, the configuration of nodes for Karpenter's AWS provider. The field names are those of an
 * EC2NodeClass (karpenter.k8s.aws/v1), so that users can copy fields of existing ones. */
#include "base/text.h"
#include "karpenter/names.h"
#include "policy/pool_nodes_parts.h"

#include <stdio.h>
#include <string.h>

/* Names, types and formats of fields are checked. Only AWS can check whether a subnet or role exists. */

static void check_tags(const struct node *node, void *unused)
{
    if (!node_expect(node, JSON_OBJECT))
        return;
    NODE_MEMBERS(*node, entry) {
        if (!json_is_null(entry.value))
            decode_text(&entry, unused);
    }
}

static void check_resource_tags(const struct node *node, void *unused)
{
    static const char *const own[] = {"eks:eks-cluster-name", LABEL_NODE_POOL, LABEL_NODE_CLAIM, LABEL_EC2_NODE_CLASS};
    check_tags(node, unused);
    for (size_t i = 0; i < ARRAY_SIZE(own) && json_is_object(node->value); i++) {
        struct node entry = node_member(*node, own[i]);
        if (entry.value)
            node_problem_key(&entry, "is a tag that Karpenter writes itself, must be left out");
    }
}

/* The rule for an id of AWS. */
#define ID(prefix) .pattern = "^" prefix "[0-9a-f]", .wanted = "an id that begins with " prefix

#define EMPTY_TERM "is empty, must say what to select by, such as "
#define NO_TERM    "is empty, must have at least one term"

static const struct field ami_term_fields[] = {
    {"alias", .pattern = "^(al2023|bottlerocket)@.{1,17}$",
     .wanted = "al2023@ or bottlerocket@ and a version, such as al2023@latest", .flags = FIELD_ALONE},
    {"id", ID("ami-"), .flags = FIELD_ALONE},
    {"ssmParameter", decode_text, .flags = FIELD_ALONE},
    {"name", decode_text},
    {"owner", decode_text},
    {"tags", check_tags},
};
static const struct field ami_term = {FIELDS(ami_term_fields), .if_empty = EMPTY_TERM "alias"};
static const struct field ami_terms = {.elements = &ami_term};

static const struct field subnet_term_fields[] = {
    {"id", ID("subnet-"), .flags = FIELD_ALONE},
    {"tags", check_tags},
};
static const struct field subnet_term = {FIELDS(subnet_term_fields), .if_empty = EMPTY_TERM "id"};

static const struct field group_term_fields[] = {
    {"id", ID("sg-"), .flags = FIELD_ALONE},
    {"name", decode_text, .flags = FIELD_ALONE},
    {"tags", check_tags},
};
static const struct field group_term = {FIELDS(group_term_fields), .if_empty = EMPTY_TERM "id"};

static const char *const match_criteria[] = {"open", "targeted", NULL};

static const struct field reservation_term_fields[] = {
    {"id", .pattern = "^cr-[0-9a-z]+$", .wanted = "an id that begins with cr-", .flags = FIELD_ALONE},
    {"tags", check_tags},
    {"ownerID", .pattern = "^[0-9]{12}$", .wanted = "the 12 digits of an AWS account"},
    {"instanceMatchCriteria", .words = match_criteria},
};
static const struct field reservation_term = {FIELDS(reservation_term_fields), .if_empty = EMPTY_TERM "id"};

/* An owner alone selects nothing: Karpenter's CRD rejects it. */
static void check_reservation_term(const struct node *node, void *unused)
{
    decode_field(node, &reservation_term, unused);
    struct node owner = node_member(*node, "ownerID");
    if (json_is_object(node->value) && owner.value && json_object_size(node->value) == 1)
        node_problem(&owner, "is alone, must be given with tags or instanceMatchCriteria");
}

static const struct field any_reservation = {.decode = check_reservation_term};

static void check_ami_terms(const struct node *node, void *unused)
{
    decode_field(node, &ami_terms, unused);
    if (!json_is_array(node->value) || json_array_size(node->value) < 2)
        return;
    NODE_ELEMENTS(*node, element) {
        if (json_is_object(element.value) && node_member(element, "alias").value)
            node_problem(&element, "is an alias, which must be the only term");
    }
}

static const char *const volume_types[] = {"gp3", "gp2", "io1", "io2", "st1", "sc1", "standard", NULL};

static const struct field ebs_fields[] = {
    {"volumeSize", .pattern = "^[1-9][0-9]{0,4}(Gi|G|Ti|T)$",
     .wanted = "a whole number of Gi, G, Ti or T, such as 100Gi"},
    {"volumeType", .words = volume_types},
    {"iops", decode_integer},
    {"throughput", decode_integer},
    {"encrypted", decode_bool},
    {"kmsKeyID", decode_text},
    {"deleteOnTermination", decode_bool},
    {"snapshotID", decode_text},
    {"volumeInitializationRate", decode_integer},
};

static const struct field device_fields[] = {
    {"deviceName", decode_text, .flags = FIELD_REQUIRED},
    {"ebs", FIELDS(ebs_fields), .flags = FIELD_REQUIRED},
    {"rootVolume", decode_bool},
};
static const struct field device = {FIELDS(device_fields)};

/* For Bottlerocket, gpuslice renders the settings of the device plugin into the user data, which is TOML. If the user's
 * TOML had these settings too, the user data would be invalid, which would show only when a node boots. */
static void decode_user_data(const struct node *node, void *target)
{
    decode_text(node, target);
    if (json_is_string(node->value) && strstr(json_string_value(node->value), "kubelet-device-plugins"))
        node_problem(node,
                     "has settings.kubelet-device-plugins, which are rendered from spec.sharing; must be left out");
}

/* In the order of enum ami_family. */
static const char *const families[] = {"AL2023", "Bottlerocket", NULL};
static const char *const store_policies[] = {"RAID0", NULL};

static const struct field inline_fields[] = {
    {"amiFamily", .words = families, .offset = offsetof(struct node_class, family)},
    {"userData", decode_user_data, offsetof(struct node_class, user_data)},
    {"amiVersion", decode_text, offsetof(struct node_class, ami_version)},
    {"amiSelectorTerms", check_ami_terms, NOT_KEPT, .if_empty = NO_TERM},
    {"subnetSelectorTerms", .elements = &subnet_term, .offset = NOT_KEPT, .if_empty = NO_TERM},
    {"securityGroupSelectorTerms", .elements = &group_term, .offset = NOT_KEPT, .if_empty = NO_TERM},
    {"role", decode_text, NOT_KEPT},
    {"instanceProfile", decode_text, NOT_KEPT},
    {"blockDeviceMappings", .elements = &device, .offset = NOT_KEPT},
    {"tags", check_resource_tags, NOT_KEPT},
    {"metadataOptions", decode_mapping, NOT_KEPT},
    {"kubelet", decode_mapping, NOT_KEPT},
    {"instanceStorePolicy", .words = store_policies, .offset = NOT_KEPT},
    {RESERVATION_TERMS, .elements = &any_reservation, .offset = NOT_KEPT},
    {"associatePublicIPAddress", decode_bool, NOT_KEPT},
    {"detailedMonitoring", decode_bool, NOT_KEPT},
    {"context", decode_text, NOT_KEPT},
};

static void decode_inline(const struct node *node, struct node_class *node_class)
{
    decode_object(node, inline_fields, ARRAY_SIZE(inline_fields), node_class);

    struct node role = node_member(*node, "role");
    struct node profile = node_member(*node, "instanceProfile");
    if (role.value && profile.value)
        node_problem(&profile, "excludes role, must have only one of the two");
    struct node version = node_member(*node, "amiVersion");
    if (version.value && node_member(*node, "amiSelectorTerms").value)
        node_problem(&version,
                     "excludes amiSelectorTerms, must have only one of the two: it is rendered as their alias");
    decode_any(node, &node_class->spec);
}

static const struct field reference_fields[] = {
    {"name", .pattern = "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", .wanted = "the name of a node class that exists",
     .offset = offsetof(struct node_class, name), .flags = FIELD_REQUIRED},
    {"group", decode_text, offsetof(struct node_class, group)},
    {"kind", decode_text, offsetof(struct node_class, kind)},
    {"amiFamily", .words = families, .offset = offsetof(struct node_class, family)},
};

void decode_node_class(const struct node *node, void *target)
{
    if (!node_expect(node, JSON_OBJECT))
        return;
    struct node name = node_member(*node, "name");
    if (name.value)
        decode_object(node, reference_fields, ARRAY_SIZE(reference_fields), target);
    else
        decode_inline(node, target);
}

/* What each family's images are called in an alias, in the order of enum ami_family. */
static const struct {
    const char *prefix;
    struct field version, alias;
} images[] = {
    [AMI_AL2023] = {"al2023@",
                    {.pattern = "^" AMI_VERSION_AL2023 "$",
                     .wanted =
                         "a release of EKS' AL2023 images, such as v20260917; without the field it is @" AMI_LATEST},
                    {.pattern = "^al2023@(" AMI_LATEST "|" AMI_VERSION_AL2023 ")$",
                     .wanted = "al2023@ and a release of EKS' AL2023 images, such as al2023@v20260917"}},
    [AMI_BOTTLEROCKET] = {"bottlerocket@",
                          {.pattern = "^" AMI_VERSION_BOTTLEROCKET "$",
                           .wanted =
                               "a version of Bottlerocket, such as v1.54.0; without the field it is @" AMI_LATEST},
                          {.pattern = "^bottlerocket@(" AMI_LATEST "|" AMI_VERSION_BOTTLEROCKET ")$",
                           .wanted = "bottlerocket@ and a version, such as bottlerocket@v1.54.0"}},
};

/* The alias determines the family of the image; Karpenter rejects a different amiFamily. It finds no image for a
 * version that does not exist; whether one of the right form exists, only AWS knows. */
static void check_images(const struct node *node, const struct node_class *node_class)
{
    struct node version = node_member(*node, "amiVersion");
    struct node terms = node_member(*node, "amiSelectorTerms");
    struct node alias = node_member(node_element(terms, 0), "alias");
    const char *wanted = images[node_class->family].prefix;

    if (node_class->ami_version)
        decode_field(&version, &images[node_class->family].version, NULL);
    if (!strchr(node_text(alias), '@'))
        return; /* there is no alias, or a problem has been reported */
    if (text_begins(node_text(alias), wanted))
        decode_field(&alias, &images[node_class->family].alias, NULL);
    else
        node_problem(&alias, "is \"%s\", but amiFamily is %s; must begin with %s", node_text(alias),
                     node_class->family == AMI_BOTTLEROCKET ? "Bottlerocket" : "AL2023 (the default)", wanted);
}

bool node_class_follows_latest(const struct node_class *node_class)
{
    const json_t *terms = json_object_get(node_class->spec, "amiSelectorTerms");
    const char *alias = json_string_value(json_object_get(json_array_get(terms, 0), "alias"));
    if (node_class->name || node_class->ami_version)
        return false;
    return !terms || (alias && text_ends_any(alias, WORDS("@" AMI_LATEST)));
}

/* Bottlerocket's MIG manager fills a GPU with instances of one profile, and the device plugin advertises them as
 * nvidia.com/gpu. It knows some GPUs (settings.kubelet-device-plugins.nvidia.mig.profile), and some of their profiles:
 * for any other, it makes one instance of the whole GPU without an error. */
static void check_bottlerocket(const struct node *node, const struct pool *pool)
{
    const struct layout_entry *entry = &pool->layout.entries[0];

    if (pool->allocation == SHARE_PACKED)
        node_problem(node, "is Bottlerocket, which has no setting for sharedDevicesAllocationPolicy; must be AL2023, "
                           "or the policy distributed");

    if (!pool_is_mig(pool))
        return;

    if (!pool->gpu->bottlerocket_model)
        node_problem(node, "is Bottlerocket, whose MIG manager does not know the %s; must be AL2023", pool->gpu->id);
    else if (pool->strategy != MIG_SINGLE)
        node_problem(node, "is Bottlerocket, whose device plugin calls every MIG slice nvidia.com/gpu; must be AL2023, "
                           "unless sharing.mig.strategy is single");
    else if (!entry->profile->on_bottlerocket)
        node_problem(node,
                     "is Bottlerocket, whose MIG manager makes no %s on the %s; must be AL2023, or a layout of another "
                     "profile",
                     entry->profile->name, pool->gpu->id);
    else if (entry->count != entry->profile->max_instances)
        node_problem(node,
                     "is Bottlerocket, which fills the GPU with slices of one profile; must be AL2023, unless the "
                     "layout is {%s: %u}",
                     entry->profile->name, entry->profile->max_instances);
}

void node_class_check(const struct node *nodes, const struct pool *pool)
{
    const struct node_class *node_class = &pool->nodes.node_class;
    struct node node = node_member(*nodes, "nodeClass");
    if (!json_is_object(node.value))
        return;
    check_images(&node, node_class);
    struct node family = node_member(node, "amiFamily");
    if (node_class->family == AMI_BOTTLEROCKET && family.value)
        check_bottlerocket(&family, pool);
}

void node_class_fini(struct node_class *node_class)
{
    free(node_class->name);
    free(node_class->group);
    free(node_class->kind);
    free(node_class->ami_version);
    json_decref(node_class->spec);
    free(node_class->user_data);
}
