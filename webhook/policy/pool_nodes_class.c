/* Decodes nodes.nodeClass, the configuration of nodes for Karpenter's AWS provider. The field names are those of an
 * EC2NodeClass (karpenter.k8s.aws/v1), so that existing ones can be copied. Does not depend on rendering. */
#include "json/unconst.h"
#include "karpenter/names.h"
#include "policy/pool_nodes_parts.h"

#include <stdio.h>
#include <string.h>

/* The names and types of the fields are checked, and their values are kept as written. Only AWS can check, for example,
 * that a subnet exists. */

static void check_text(const struct node *node, void *target)
{
    AUTO(string) ignored = NULL;
    (void)target;
    decode_text(node, &ignored);
}

static void check_bool(const struct node *node, void *target)
{
    bool ignored;
    (void)target;
    decode_bool(node, &ignored);
}

static void check_integer(const struct node *node, void *target)
{
    int64_t ignored;
    (void)target;
    decode_integer(node, &ignored);
}

static void check_object(const struct node *node, void *target)
{
    (void)target;
    (void)node_expect(node, JSON_OBJECT);
}

static void check_tags(const struct node *node, void *target)
{
    (void)target;
    if (!node_expect(node, JSON_OBJECT))
        return;
    NODE_MEMBERS(*node, entry) {
        if (!json_is_null(entry.value))
            check_text(&entry, NULL);
    }
}

static void check_resource_tags(const struct node *node, void *target)
{
    static const char *const own[] = {"eks:eks-cluster-name", LABEL_NODE_POOL, LABEL_NODE_CLAIM, LABEL_EC2_NODE_CLASS};
    check_tags(node, target);
    for (size_t i = 0; i < ARRAY_SIZE(own) && json_is_object(node->value); i++) {
        struct node entry = node_member(*node, own[i]);
        if (entry.value)
            node_problem_key(&entry, "is a tag that Karpenter writes itself, must be left out");
    }
}

/* `prefix` is that of an AWS id; NULL if the field is not an id. */
static void check_id(const struct node *node, const char *prefix)
{
    if (!node_expect(node, JSON_STRING))
        return;
    const char *text = json_string_value(node->value);
    if (strncmp(text, prefix, strlen(prefix)) != 0 || strspn(text + strlen(prefix), "0123456789abcdef") == 0)
        node_problem(node, "is \"%s\", must be an id that begins with %s", text, prefix);
}

static void check_ami_id(const struct node *node, void *target)
{
    (void)target;
    check_id(node, "ami-");
}

static void check_subnet_id(const struct node *node, void *target)
{
    (void)target;
    check_id(node, "subnet-");
}

static void check_group_id(const struct node *node, void *target)
{
    (void)target;
    check_id(node, "sg-");
}

static void check_alias(const struct node *node, void *target)
{
    AUTO(string) ignored = NULL;
    (void)target;
    decode_matching(node, "^(al2023|bottlerocket)@.{1,17}$",
                    "al2023@ or bottlerocket@ and a version, such as al2023@latest", &ignored);
}

/* Checks the fields of a term. Each of the first `alone` fields must be the term's only field. */
static void check_term(const struct node *node, const struct field *fields, size_t count, size_t alone)
{
    char unused;
    decode_object(node, fields, count, &unused);
    if (!json_is_object(node->value))
        return;
    if (json_object_size(node->value) == 0)
        node_problem(node, "is empty, must say what to select by, such as %s", fields[0].name);
    for (size_t i = 0; i < alone; i++) {
        if (node_member(*node, fields[i].name).value && json_object_size(node->value) > 1)
            node_problem(node, "has more than %s, which must be the only field", fields[i].name);
    }
}

static void check_ami_term(const struct node *node, void *context)
{
    static const struct field fields[] = {
        {"alias", check_alias, 0, 0}, {"id", check_ami_id, 0, 0},  {"ssmParameter", check_text, 0, 0},
        {"name", check_text, 0, 0},   {"owner", check_text, 0, 0}, {"tags", check_tags, 0, 0},
    };
    (void)context;
    check_term(node, fields, ARRAY_SIZE(fields), 3);
}

static void check_subnet_term(const struct node *node, void *context)
{
    static const struct field fields[] = {{"id", check_subnet_id, 0, 0}, {"tags", check_tags, 0, 0}};
    (void)context;
    check_term(node, fields, ARRAY_SIZE(fields), 1);
}

static void check_group_term(const struct node *node, void *context)
{
    static const struct field fields[] = {
        {"id", check_group_id, 0, 0}, {"name", check_text, 0, 0}, {"tags", check_tags, 0, 0}};
    (void)context;
    check_term(node, fields, ARRAY_SIZE(fields), 2);
}

static void check_terms(const struct node *node, void (*each)(const struct node *node, void *context))
{
    char unused;
    for_elements(node, each, &unused);
    if (json_is_array(node->value) && json_array_size(node->value) == 0)
        node_problem(node, "is empty, must have at least one term");
}

static void check_ami_terms(const struct node *node, void *target)
{
    (void)target;
    check_terms(node, check_ami_term);
    if (!json_is_array(node->value) || json_array_size(node->value) < 2)
        return;
    NODE_ELEMENTS(*node, element) {
        if (json_is_object(element.value) && node_member(element, "alias").value)
            node_problem(&element, "is an alias, which must be the only term");
    }
}

static void check_subnet_terms(const struct node *node, void *target)
{
    (void)target;
    check_terms(node, check_subnet_term);
}

static void check_group_terms(const struct node *node, void *target)
{
    (void)target;
    check_terms(node, check_group_term);
}

static void check_volume_size(const struct node *node, void *target)
{
    AUTO(string) ignored = NULL;
    (void)target;
    decode_matching(node, "^[1-9][0-9]{0,4}(Gi|G|Ti|T)$", "a size of Gi or Ti, such as 100Gi", &ignored);
}

static void check_volume_type(const struct node *node, void *target)
{
    static const char *const words[] = {"gp3", "gp2", "io1", "io2", "st1", "sc1", "standard", NULL};
    int ignored = 0;
    (void)target;
    decode_word(node, words, &ignored);
}

static void check_ebs(const struct node *node, void *target)
{
    static const struct field fields[] = {
        {"volumeSize", check_volume_size, 0, 0},
        {"volumeType", check_volume_type, 0, 0},
        {"iops", check_integer, 0, 0},
        {"throughput", check_integer, 0, 0},
        {"encrypted", check_bool, 0, 0},
        {"kmsKeyID", check_text, 0, 0},
        {"deleteOnTermination", check_bool, 0, 0},
        {"snapshotID", check_text, 0, 0},
        {"volumeInitializationRate", check_integer, 0, 0},
    };
    decode_object(node, fields, ARRAY_SIZE(fields), target);
}

static void check_device(const struct node *node, void *context)
{
    static const struct field fields[] = {
        {"deviceName", check_text, 0, FIELD_REQUIRED},
        {"ebs", check_ebs, 0, FIELD_REQUIRED},
        {"rootVolume", check_bool, 0, 0},
    };
    decode_object(node, fields, ARRAY_SIZE(fields), context);
}

static void check_devices(const struct node *node, void *target)
{
    for_elements(node, check_device, target);
}

static void check_reservations(const struct node *node, void *target)
{
    for_elements(node, check_object, target);
}

static void check_store_policy(const struct node *node, void *target)
{
    static const char *const words[] = {"RAID0", NULL};
    int ignored = 0;
    (void)target;
    decode_word(node, words, &ignored);
}

static void decode_family(const struct node *node, void *target)
{
    static const char *const words[] = {"AL2023", "Bottlerocket", NULL};
    struct node_class *node_class = target;
    int word = AMI_AL2023;
    decode_word(node, words, &word);
    node_class->family = (enum ami_family)word;
}

/* gpuslice writes the settings of the device plugin. If the user data repeated them, the TOML would be rejected only
 * when the node boots. */
static void decode_user_data(const struct node *node, void *target)
{
    struct node_class *node_class = target;
    decode_text(node, &node_class->user_data);
    if (json_is_string(node->value) && strstr(json_string_value(node->value), "kubelet-device-plugins"))
        node_problem(node,
                     "has settings.kubelet-device-plugins, which are rendered from spec.sharing; must be left out");
}

static void decode_inline(const struct node *node, struct node_class *node_class)
{
    static const struct field fields[] = {
        {"amiFamily", decode_family, 0, 0},
        {"userData", decode_user_data, 0, 0},
        {"amiSelectorTerms", check_ami_terms, 0, 0},
        {"subnetSelectorTerms", check_subnet_terms, 0, 0},
        {"securityGroupSelectorTerms", check_group_terms, 0, 0},
        {"role", check_text, 0, 0},
        {"instanceProfile", check_text, 0, 0},
        {"blockDeviceMappings", check_devices, 0, 0},
        {"tags", check_resource_tags, 0, 0},
        {"metadataOptions", check_object, 0, 0},
        {"kubelet", check_object, 0, 0},
        {"instanceStorePolicy", check_store_policy, 0, 0},
        {"capacityReservationSelectorTerms", check_reservations, 0, 0},
        {"associatePublicIPAddress", check_bool, 0, 0},
        {"detailedMonitoring", check_bool, 0, 0},
        {"context", check_text, 0, 0},
    };
    decode_object(node, fields, ARRAY_SIZE(fields), node_class);

    struct node role = node_member(*node, "role");
    struct node profile = node_member(*node, "instanceProfile");
    if (role.value && profile.value)
        node_problem(&profile, "excludes role, must have only one of the two");
    decode_any(node, &node_class->spec);
}

static void decode_class_name(const struct node *node, void *target)
{
    decode_matching(node, "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", "the name of a node class that exists", target);
}

static void decode_reference(const struct node *node, struct node_class *node_class)
{
    static const struct field fields[] = {
        {"name", decode_class_name, offsetof(struct node_class, name), FIELD_REQUIRED},
        {"group", decode_text, offsetof(struct node_class, group), 0},
        {"kind", decode_text, offsetof(struct node_class, kind), 0},
        {"amiFamily", decode_family, 0, 0},
    };
    decode_object(node, fields, ARRAY_SIZE(fields), node_class);
}

void decode_node_class(const struct node *node, void *target)
{
    if (!node_expect(node, JSON_OBJECT))
        return;
    struct node name = node_member(*node, "name");
    if (name.value)
        decode_reference(node, target);
    else
        decode_inline(node, target);
}

/* The alias determines the family of the image; Karpenter rejects a different amiFamily. */
static void check_family_of_alias(const struct node *node, const struct node_class *node_class)
{
    static const char *const aliases[] = {[AMI_AL2023] = "al2023@", [AMI_BOTTLEROCKET] = "bottlerocket@"};
    struct node terms = node_member(*node, "amiSelectorTerms");
    if (!json_is_array(terms.value) || json_array_size(terms.value) == 0)
        return;

    struct node first = node_element(terms, 0);
    struct node alias = node_member(first, "alias");
    if (!json_is_object(first.value) || !json_is_string(alias.value))
        return;

    const char *wanted = aliases[node_class->family];
    if (strchr(json_string_value(alias.value), '@') && /* otherwise an error was reported already */
        strncmp(json_string_value(alias.value), wanted, strlen(wanted)) != 0)
        node_problem(&alias, "is \"%s\", but amiFamily is %s; must begin with %s", json_string_value(alias.value),
                     node_class->family == AMI_BOTTLEROCKET ? "Bottlerocket" : "AL2023 (the default)", wanted);
}

/* Bottlerocket's own MIG manager (settings.kubelet-device-plugins.nvidia.mig.profile) partitions each of these GPUs
 * into as many slices of one profile as fit, and its device plugin advertises them as nvidia.com/gpu. */
static bool bottlerocket_cuts(const struct gpu_model *gpu)
{
    static const char *const models[] = {"a30-24gb", "a100-40gb", "a100-80gb", "h100-80gb", "h200-141gb"};
    for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
        if (strcmp(models[i], gpu->id) == 0)
            return true;
    }
    return false;
}

static void check_bottlerocket(const struct node *node, const struct pool *pool)
{
    const struct layout_entry *entry = &pool->layout.entries[0];

    if (!pool_is_mig(pool))
        return;

    if (!bottlerocket_cuts(pool->gpu))
        node_problem(node, "is Bottlerocket, whose MIG manager does not know the %s; must be AL2023", pool->gpu->id);
    else if (pool->strategy != MIG_SINGLE)
        node_problem(node, "is Bottlerocket, whose device plugin calls every MIG slice nvidia.com/gpu; must be AL2023, "
                           "or sharing.mig.strategy single");
    else if (entry->count != entry->profile->max_instances)
        node_problem(node,
                     "is Bottlerocket, which fills the GPU with slices of one profile; must be AL2023, or the "
                     "layout {%s: %u}",
                     entry->profile->name, entry->profile->max_instances);
}

void node_class_check(const struct node *nodes, const struct pool *pool)
{
    const struct node_class *node_class = &pool->nodes.node_class;
    struct node node = node_member(*nodes, "nodeClass");
    if (!json_is_object(node.value))
        return;
    check_family_of_alias(&node, node_class);
    struct node family = node_member(node, "amiFamily");
    if (node_class->family == AMI_BOTTLEROCKET && family.value)
        check_bottlerocket(&family, pool);
}

void node_class_fini(struct node_class *node_class)
{
    free(node_class->name);
    free(node_class->group);
    free(node_class->kind);
    json_decref(node_class->spec);
    free(node_class->user_data);
}
