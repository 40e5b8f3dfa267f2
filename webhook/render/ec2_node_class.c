/* EC2NodeClass (karpenter.k8s.aws/v1): image, network and disks of a pool's nodes. Source: karpenter-provider-aws
 * 1.14.1, pkg/apis/crds/karpenter.k8s.aws_ec2nodeclasses.yaml. If the pool does not specify subnets, security groups
 * or role, these are derived from the cluster's name, as in Karpenter's getting-started guide. */
#include "render/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define INSTANCE_STORE_POLICY "instanceStorePolicy"

static const char *const family_names[] = {[AMI_AL2023] = "AL2023", [AMI_BOTTLEROCKET] = "Bottlerocket"};
static const char *const aliases[] = {[AMI_AL2023] = "al2023@", [AMI_BOTTLEROCKET] = "bottlerocket@"};

static bool has_field(const struct node_class *node_class, const char *field)
{
    return json_object_get(node_class->spec, field) != NULL;
}

static bool needs_cluster(const struct node_class *node_class)
{
    bool has_role = has_field(node_class, "role") || has_field(node_class, "instanceProfile");
    return !has_role || !has_field(node_class, "subnetSelectorTerms") ||
           !has_field(node_class, "securityGroupSelectorTerms");
}

static void copy_field(json_t **spec, const struct node_class *node_class, const char *field)
{
    json_t *value = json_object_get(node_class->spec, field);
    if (value && !json_is_null(value))
        json_put(spec, field, json_incref(value));
}

/* Copies the field from the pool's node class, or leaves it out if it is null there. If the node class lacks the field,
 * sets it to `otherwise`. Takes over `otherwise`. */
static void copy_or(json_t **spec, const struct node_class *node_class, const char *field, json_t *otherwise)
{
    AUTO(json) owned = otherwise;
    if (has_field(node_class, field))
        copy_field(spec, node_class, field);
    else
        json_put(spec, field, TAKE(owned));
}

static json_t *terms_by_cluster(const char *cluster)
{
    return json_pack("[{s:{s:s}}]", "tags", TAG_DISCOVERY, cluster);
}

static json_t *volume(const char *device, const char *size)
{
    return json_pack("{s:s, s:{s:s, s:s, s:b, s:b}}", "deviceName", device, "ebs", "volumeSize", size, "volumeType",
                     "gp3", "encrypted", 1, "deleteOnTermination", 1);
}

/* Container images with CUDA take tens of gigabytes. Bottlerocket keeps system and data on separate disks. */
static json_t *volumes(enum ami_family family)
{
    if (family == AMI_BOTTLEROCKET)
        return json_pack("[o, o]", volume("/dev/xvda", "4Gi"), volume("/dev/xvdb", "100Gi"));
    return json_pack("[o]", volume("/dev/xvda", "100Gi"));
}

static void add_user_data(json_t **spec, const struct pool *pool)
{
    const struct node_class *node_class = &pool->nodes.node_class;
    AUTO(buf) text;

    buf_init(&text, RENDER_TEXT_MAX);
    if (node_class->user_data) {
        buf_add_string(&text, node_class->user_data);
        if (text.length && text.data[text.length - 1] != '\n')
            buf_add_char(&text, '\n');
    }
    if (node_class->family == AMI_BOTTLEROCKET)
        bottlerocket_settings(pool, &text);
    if (text.length > 0)
        json_put(spec, "userData", text.failure == ERR_NONE ? json_string(buf_text(&text)) : NULL);
}

/* Returns the alias for nodes.nodeClass.amiVersion. Bottlerocket's documentation writes versions with a v. */
static json_t *image_alias(const struct node_class *node_class)
{
    const char *version = node_class->ami_version ? node_class->ami_version : AMI_LATEST;
    bool bare = node_class->ami_version && *version != 'v';
    return json_sprintf("%s%s%s", aliases[node_class->family], bare ? "v" : "", version);
}

static json_t *class_spec(const struct plan *plan, const struct pool *pool)
{
    static const char *const passed_on[] = {
        INSTANCE_STORE_POLICY, "metadataOptions",          "kubelet", RESERVATION_TERMS,
        "detailedMonitoring",  "associatePublicIPAddress", "context", "tags",
    };
    const struct node_class *node_class = &pool->nodes.node_class;
    const char *cluster = plan->options->cluster ? plan->options->cluster : "";
    json_t *spec = json_pack("{s:s}", "amiFamily", family_names[node_class->family]);

    copy_or(&spec, node_class, "amiSelectorTerms", json_pack("[{s:o}]", "alias", image_alias(node_class)));
    if (has_field(node_class, "instanceProfile"))
        copy_field(&spec, node_class, "instanceProfile");
    else
        copy_or(&spec, node_class, "role", json_sprintf("KarpenterNodeRole-%s", cluster));
    copy_or(&spec, node_class, "subnetSelectorTerms", terms_by_cluster(cluster));
    copy_or(&spec, node_class, "securityGroupSelectorTerms", terms_by_cluster(cluster));
    copy_or(&spec, node_class, "blockDeviceMappings", volumes(node_class->family));
    for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++)
        copy_field(&spec, node_class, passed_on[i]);

    add_user_data(&spec, pool);
    return spec;
}

/* Adds an item of a list, on a line of its own if it would make the line too long. */
static void add_item(const char *item, size_t *line, struct buf *comment)
{
    enum { COMMENT_WIDTH = 110 };
    bool fits = *line + strlen(item) + 2 <= COMMENT_WIDTH;
    if (*line > 0)
        buf_add_string(comment, fits ? ", " : ",\n");
    buf_add_string(comment, item);
    *line = strlen(item) + (fits && *line > 0 ? *line + 2 : 0);
}

/* Says which of the pool's instance types have disks that nothing uses without the policy. RAID0 is not the default:
 * what is on these disks is lost with the instance. */
static void comment_on_nvme(const struct pool *pool, struct buf *comment)
{
    static const char title[] = "Local NVMe disks are not used: ";
    size_t line = 0;
    if (has_field(&pool->nodes.node_class, INSTANCE_STORE_POLICY))
        return;

    for (size_t i = 0; i < pool->nodes.type_count; i++) {
        const struct gpu_instance_type *type = pool->nodes.types[i];
        char item[96];
        if (type->nvme_gb <= 0)
            continue;
        (void)snprintf(item, sizeof(item), "%s%s (%" PRId64 " GB)", line ? "" : title, type->name, type->nvme_gb);
        add_item(item, &line, comment);
    }

    if (line > 0)
        buf_add_string(comment, ".\nTo put images, logs and emptyDir volumes on them, set "
                                "nodes.nodeClass." INSTANCE_STORE_POLICY ": RAID0.\n");
}

int render_ec2_node_class(struct plan *plan, const struct pool *pool, struct err *err)
{
    if (pool->nodes.node_class.name)
        return 0;

    if (needs_cluster(&pool->nodes.node_class) && !plan->options->cluster)
        return err_set(err, ERR_NOT_FOUND,
                       "SlicePool %s: its EC2NodeClass needs the cluster's name for subnets, security groups and role; "
                       "pass --cluster NAME (or set CLUSTER_NAME), or specify them in nodes.nodeClass",
                       pool->name);

    bool only;
    if (plan_lacks_reservation(plan, pool, &only) &&
        plan_note(plan, err,
                  "SlicePool %s: it allows reserved capacity, but its node class selects no capacity reservation, so "
                  "that Karpenter launches no reserved node; add nodes.nodeClass." RESERVATION_TERMS,
                  pool->name) < 0)
        return -1;

    if (plan_wastes_reservation(pool) &&
        plan_note(plan, err,
                  "SlicePool %s: its node class selects a capacity reservation, but nodes.capacityTypes does not allow "
                  "reserved, so that Karpenter never uses it; add reserved",
                  pool->name) < 0)
        return -1;

    buf_addf(&plan->comment,
             "Image, network and disks of the nodes of SlicePool %s (%s).\nNeeds Karpenter's AWS provider 1.0 or "
             "newer, which selects images with NVIDIA's driver for instance types with a GPU.\n",
             pool->name, plan_file(plan, &pool->mark));
    if (node_class_follows_latest(&pool->nodes.node_class))
        buf_add_string(
            &plan->comment,
            "@latest: when a newer image appears, Karpenter replaces all nodes by ones that run it, untried. "
            "Karpenter's\ndocumentation advises pinning the version in production; AL2023 v20260818 stopped "
            "the device plugin on GPU nodes\n(amazon-eks-ami#2790). To decide when, set "
            "nodes.nodeClass.amiVersion.\n");
    comment_on_nvme(pool, &plan->comment);
    if (pool->nodes.node_class.family == AMI_BOTTLEROCKET && pool_is_mig(pool))
        buf_addf(&plan->comment, "Needs a Bottlerocket release that knows %s (docs/rendering.md#bottlerocket).\n",
                 pool->gpu->bottlerocket_model);
    json_t *object = build_object(KARPENTER_AWS_V1, EC2_NODE_CLASS, pool->name, NULL);
    json_put(&object, "spec", class_spec(plan, pool));
    return plan_add(plan, RENDER_APPLIED, object, err, "ec2nodeclass-%s.yaml", pool->name);
}
