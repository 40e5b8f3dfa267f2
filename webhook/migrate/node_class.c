/* Converts node classes on AWS. Source: karpenter.k8s.aws/v1alpha1, v1beta1 and v1; the CRD of v1.14.1. */
#include "migrate/node_class.h"

#include "base/text.h"
#include "migrate/pool_fields.h"
#include "migrate/report/tree.h"

#include <string.h>

static void rule_ami_family(struct draft *draft, const struct node *node, const struct rule *rule);
static void rule_tags(struct draft *draft, const struct node *node, const struct rule *rule);
static void rule_map(struct draft *draft, const struct node *node, const struct rule *rule);
static void rule_disks(struct draft *draft, const struct node *node, const struct rule *rule);

/* Fields of all versions, below `spec` or `provider`. */
static const struct rule class_rules[] = {
    {"amiFamily", rule_ami_family, "spec.amiFamily", NULL},
    {"instanceProfile", rule_carry, "spec.instanceProfile", NULL},
    {"context", rule_carry, "spec.context", NULL},
    {"tags", rule_tags, "spec.tags", NULL},
    {"userData", rule_carry, "spec.userData", NULL},
    {"blockDeviceMappings", rule_disks, "spec.blockDeviceMappings", NULL},
    {"metadataOptions", rule_map, "spec.metadataOptions", NULL},
    {"detailedMonitoring", rule_carry, "spec.detailedMonitoring", NULL},
    {0},
};

/* Fields of v1alpha1 alone. */
static const struct rule alpha_rules[] = {
    {"amiSelector", rule_selector, "spec.amiSelectorTerms", NULL},
    {"subnetSelector", rule_selector, "spec.subnetSelectorTerms", NULL},
    {"securityGroupSelector", rule_selector, "spec.securityGroupSelectorTerms", NULL},
    {"launchTemplate", rule_lost, NULL,
     "Karpenter no longer uses launch templates; write the contents of yours as amiSelectorTerms, userData and "
     "blockDeviceMappings"},
    {0},
};

static const struct rule provider_rules[] = {
    {"apiVersion", rule_needless, NULL, "the EC2NodeClass has its own"},
    {"kind", rule_needless, NULL, "the EC2NodeClass has its own"},
    {0},
};

static const struct rule beta_rules[] = {
    {"amiSelectorTerms", rule_carry, "spec.amiSelectorTerms", NULL},
    {"subnetSelectorTerms", rule_carry, "spec.subnetSelectorTerms", NULL},
    {"securityGroupSelectorTerms", rule_carry, "spec.securityGroupSelectorTerms", NULL},
    {"role", rule_carry, "spec.role", NULL},
    {"associatePublicIPAddress", rule_carry, "spec.associatePublicIPAddress", NULL},
    {"instanceStorePolicy", rule_carry, "spec.instanceStorePolicy", NULL},
    {0},
};

/* The current form of an old amiFamily. */
static const struct family {
    const char *name, *alias;
    const char *own_images; /* the amiFamily if the images are selected by other terms */
    const char *why;        /* the reason for a change, or NULL */
} families[] = {
    {"AL2", "al2023@latest", "AL2", "AL2 has no images for current Kubernetes; AL2023 is its successor"},
    {"AL2023", "al2023@latest", "AL2023", NULL},
    {"Bottlerocket", "bottlerocket@latest", "Bottlerocket", NULL},
    {"Windows2019", "windows2019@latest", "Windows2019", NULL},
    {"Windows2022", "windows2022@latest", "Windows2022", NULL},
    {"Custom", NULL, "Custom", NULL},
    {"Ubuntu", "al2023@latest", "AL2", "Karpenter has no Ubuntu family any more"},
};

static const struct family *find_family(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        if (name && strcmp(families[i].name, name) == 0)
            return &families[i];
    }
    return NULL;
}

static bool selects_images(const struct node *node)
{
    return json_object_get(node_parent(*node).value, "amiSelector") ||
           json_array_size(json_object_get(node_parent(*node).value, "amiSelectorTerms")) > 0;
}

static void put_alias(struct draft *draft, const char *alias)
{
    draft_put(draft, "spec.amiSelectorTerms", json_pack("[{s:s}]", "alias", alias));
}

static void rule_ami_family(struct draft *draft, const struct node *node, const struct rule *rule)
{
    const struct family *family = find_family(json_string_value(node->value));
    if (!family) {
        report_add(draft->report, node, FATE_MANUAL,
                   "Karpenter knows AL2023, Bottlerocket, Windows2019, Windows2022, Windows2025 "
                   "and Custom; left out");
        return;
    }

    bool own_images = selects_images(node);
    if (!family->alias || (own_images && strcmp(family->own_images, family->name) == 0)) {
        rule_carry(draft, node, rule);
        return; /* node_class_finish() reports that images are missing */
    }

    if (own_images) {
        draft_put(draft, rule->target, json_string(family->own_images));
        report_add(draft->report, node, FATE_MANUAL,
                   "%s; with your own images it is %s, whose nodes start in the same way", family->why,
                   family->own_images);
        return;
    }

    put_alias(draft, family->alias);
    bool starts_otherwise = family->why && json_object_get(node_parent(*node).value, "userData");
    report_add(draft->report, node,
               starts_otherwise || strcmp(family->name, "Ubuntu") == 0 ? FATE_MANUAL : FATE_CHANGED,
               "amiSelectorTerms alias %s%s%s%s", family->alias, family->why ? ": " : "",
               family->why ? family->why : "", starts_otherwise ? "; userData must be rewritten for it" : "");
}

static bool is_own_tag(const char *key)
{
    return text_begins(key, TAG_CLUSTER_PREFIX) ||
           text_is_any(key, WORDS(LABEL_PROVISIONER_NAME, LABEL_NODE_POOL, LABEL_NODE_CLAIM, LABEL_EC2_NODE_CLASS,
                                  "eks:eks-cluster-name"));
}

static void rule_tags(struct draft *draft, const struct node *node, const struct rule *rule)
{
    if (!json_is_object(node->value))
        report_add(draft->report, node, FATE_MANUAL, "must be a map of texts; left out");
    NODE_MEMBERS(*node, member) {
        if (is_own_tag(member.key))
            report_add(draft->report, &member, FATE_NEEDLESS, "Karpenter sets this tag itself");
        else
            draft_carry_member(draft, &member, rule->target);
    }
}

static void rule_disks(struct draft *draft, const struct node *node, const struct rule *rule)
{
    if (!json_is_array(node->value))
        report_add(draft->report, node, FATE_MANUAL, "must be a list; left out");
    else if (node_count(*node) == 0)
        report_add(draft->report, node, FATE_NEEDLESS, "it is empty");

    NODE_ELEMENTS(*node, disk) {
        AUTO(buf) row = tree_path("%s[]", rule->target);
        AUTO(buf) path = tree_path("%s[%zu]", rule->target, json_array_size(tree_get(draft->out->value, rule->target)));
        if (json_object_size(node_member(disk, "ebs").value) == 0)
            report_add(draft->report, &disk, FATE_LOST,
                       "it has no ebs: an EC2NodeClass of v1 maps only EBS volumes, and hides no device of the image");
        else
            work_append(draft->migration, draft->out->value, rule->target,
                        draft_copy(draft, &disk, buf_text(&path), buf_text(&row)));
    }
}

/* Carries a map to which node_class_finish() adds defaults. */
static void rule_map(struct draft *draft, const struct node *node, const struct rule *rule)
{
    if (json_is_object(node->value))
        rule_carry(draft, node, rule);
    else
        report_add(draft->report, node, FATE_MANUAL, "must be a map; left out");
}

/* Writes the former defaults of metadata options that are not set. */
static void finish_metadata(struct draft *draft, const struct node *root)
{
    json_t *options = tree_get(draft->out->value, "spec.metadataOptions");
    bool limited = json_object_get(options, "httpPutResponseHopLimit") != NULL;
    json_t *defaults = json_pack("{s:s, s:s, s:i, s:s}", "httpEndpoint", "enabled", "httpProtocolIPv6", "disabled",
                                 "httpPutResponseHopLimit", 2, "httpTokens", "required");

    if (options)
        work_must(draft->migration, json_object_update_missing_new(options, defaults));
    else
        draft_put(draft, "spec.metadataOptions", defaults);
    if (limited)
        return;

    work_comment(draft->migration, draft->out,
                 "metadataOptions: a hop limit of 2, the former default. With 1, the current default, only pods on the "
                 "host network reach the metadata.");
    report_note(draft->report, root, FATE_ADDED,
                "spec.metadataOptions.httpPutResponseHopLimit: 2, the former default; the current one is 1");
}

static void finish_images(struct draft *draft, const struct node *root)
{
    const json_t *terms = tree_get(draft->out->value, "spec.amiSelectorTerms");
    bool family = tree_get(draft->out->value, "spec.amiFamily") != NULL;
    if (terms && !family && !json_object_get(json_array_get(terms, 0), "alias")) {
        draft_put(draft, "spec.amiFamily", json_string("AL2"));
        report_note(draft->report, root, FATE_ADDED,
                    "spec.amiFamily: AL2, the former default; it is required where images are selected");
    }
    if (terms)
        return;

    put_alias(draft, "al2023@latest");
    if (family)
        report_note(draft->report, root, FATE_MANUAL,
                    "amiFamily Custom without images: AL2023 is written, select your own images");
    else
        report_note(draft->report, root, FATE_ADDED,
                    "spec.amiSelectorTerms: alias al2023@latest; the former default, AL2, has no images for current "
                    "Kubernetes, and there is no default now");
}

static void add_discovery(struct draft *draft, const struct node *root, const char *path, const char *what)
{
    struct migration *migration = draft->migration;
    if (tree_get(draft->out->value, path))
        return;
    const char *cluster = migration->cluster ? migration->cluster : UNKNOWN_CLUSTER;
    work_put(migration, draft->out->value, path, json_pack("[{s:{s:s}}]", "tags", TAG_DISCOVERY, cluster));
    if (migration->cluster)
        report_note(&migration->report, root, FATE_ADDED, "%s by the tag karpenter.sh/discovery: %s", path, cluster);
    else
        report_note(&migration->report, root, FATE_MANUAL,
                    "the input selects no %s: replace %s in %s with the name of your cluster (or use --cluster NAME)",
                    what, UNKNOWN_CLUSTER, path);
}

static void add_role(struct draft *draft, const struct node *root)
{
    struct migration *migration = draft->migration;
    if (tree_get(draft->out->value, "spec.role") || tree_get(draft->out->value, "spec.instanceProfile"))
        return;

    if (migration->instance_profile) {
        work_put(migration, draft->out->value, "spec.instanceProfile", json_string(migration->instance_profile));
        report_note(&migration->report, root, FATE_ADDED,
                    "spec.instanceProfile: %s, the default of Karpenter's former settings",
                    migration->instance_profile);
        return;
    }

    AUTO(buf) role = tree_path("KarpenterNodeRole-%s", migration->cluster ? migration->cluster : UNKNOWN_CLUSTER);
    work_put(migration, draft->out->value, "spec.role", json_string(buf_text(&role)));
    report_note(&migration->report, root, FATE_MANUAL,
                "there is no default instance profile any more: spec.role is %s, the name in Karpenter's guide; "
                "replace it with that of your role",
                buf_text(&role));
}

/* Adds the required fields of an EC2NodeClass, and fields whose defaults have changed. */
static void node_class_finish(struct draft *draft, const struct node *root)
{
    if (!draft->out)
        return;
    finish_images(draft, root);
    add_discovery(draft, root, "spec.subnetSelectorTerms", "subnets");
    add_discovery(draft, root, "spec.securityGroupSelectorTerms", "security groups");
    add_role(draft, root);
    finish_metadata(draft, root);
}

static struct output *node_class_convert(struct migration *migration, const struct source_object *object,
                                         const struct node *root, const char *name, const struct rules *tables)
{
    struct draft draft = {.migration = migration, .report = &migration->report, .source = object};
    draft.out = work_output(migration, RANK_CLASS, KARPENTER_AWS_V1, EC2_NODE_CLASS, name);
    work_comment(migration, draft.out, "From %s %s.", object->kind, object->name);
    if (tables)
        rules_apply(&draft, root, tables);
    node_class_finish(&draft, root);
    return draft.out;
}

void node_class_from_template(struct migration *migration, struct source_object *object)
{
    static const struct rules tables[] = {{"", object_rules, false},
                                          {"spec.", class_rules, false},
                                          {"spec.", alpha_rules, false},
                                          {"spec.", provider_rules, false},
                                          {"spec.", node_rules, true},
                                          {"spec.", synonym_rules, true},
                                          {0}};
    object->node_class = node_class_convert(migration, object, &object->node, object->name, tables);
}

void node_class_from_beta(struct migration *migration, struct source_object *object)
{
    static const struct rules tables[] = {
        {"", object_rules, false}, {"spec.", class_rules, false}, {"spec.", beta_rules, false}, {0}};
    object->node_class = node_class_convert(migration, object, &object->node, object->name, tables);
}

struct output *node_class_from_provider(struct migration *migration, const struct source_object *provisioner,
                                        const struct node *provider)
{
    static const struct rules tables[] = {
        {"", class_rules, false}, {"", alpha_rules, false}, {"", provider_rules, false}, {0}};
    return node_class_convert(migration, provisioner, provider, provisioner->name, tables);
}

struct output *node_class_make(struct migration *migration, const struct source_object *object, const char *name)
{
    return node_class_convert(migration, object, &object->node, name, NULL);
}

struct source_object *node_class_template(const struct migration *migration, const char *name)
{
    struct source_object *found = NULL;
    size_t count = 0;
    for (struct source_object *object = migration->source.first; object; object = object->next) {
        if (!text_is_any(object->kind, WORDS(NODE_TEMPLATE, AWS_NODE_TEMPLATE)) ||
            (name && strcmp(object->name, name) != 0))
            continue;
        found = object;
        count++;
    }
    return name || count == 1 ? found : NULL;
}
