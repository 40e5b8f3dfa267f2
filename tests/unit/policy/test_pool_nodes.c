/* spec.nodes of a SlicePool: the defaults, and what follows from the pool's GPU. */
#include "tests/support/policy_fixture.h"

static const struct pool *load_pool(struct policy_fixture *loaded, const char *spec)
{
    AUTO(string) yaml = document_text("SlicePool", "p", spec, "");
    *loaded = load_text(yaml);
    return &expect_set(loaded)->pools[0];
}

static void expect_list(const char *name, const struct strlist *list, const char *wanted)
{
    AUTO(buf) text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < list->count; i++)
        buf_addf(&text, "%s%s", i ? " " : "", list->items[i]);
    if (strcmp(buf_text(&text), wanted) != 0)
        fail_msg("%s: got %s, wanted %s", name, buf_text(&text), wanted);
}

static void expect_types(const char *name, const struct pool_nodes *nodes, const char *wanted)
{
    AUTO(buf) text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < nodes->type_count; i++)
        buf_addf(&text, "%s%s", i ? " " : "", nodes->types[i]->name);
    if (strcmp(buf_text(&text), wanted) != 0)
        fail_msg("%s: got %s, wanted %s", name, buf_text(&text), wanted);
}

TEST(pool_nodes_decode__absent__all_defaults)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool_nodes *nodes = &load_pool(&loaded, "{gpu: t4g, sharing: {whole: {}}}")->nodes;
    expect_types("types", nodes, "g5g.xlarge g5g.2xlarge g5g.4xlarge g5g.8xlarge g5g.16xlarge g5g.metal");
    expect_list("arch", &nodes->arch, "arm64");
    expect_list("capacity types", &nodes->capacity_types, "on-demand");
    expect_list("zones", &nodes->zones, "");
    assert_null(nodes->node_class.name);
    assert_string_equal(nodes->node_class.group, "karpenter.k8s.aws");
    assert_string_equal(nodes->node_class.kind, "EC2NodeClass");
    assert_int_equal(nodes->node_class.family, AMI_AL2023);
    assert_string_equal(nodes->consolidation_policy, "WhenEmpty");
    assert_string_equal(nodes->consolidate_after, "5m");
    assert_string_equal(nodes->expire_after, "720h");
    assert_int_equal(nodes->limit_count, 0);
    assert_int_equal(nodes->weight, 0);
    assert_int_equal(nodes->startup_taints.count, 0);
}

TEST(pool_nodes_decode__null__as_if_absent)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool_nodes *nodes = &load_pool(&loaded, "{gpu: t4, sharing: {whole: {}}, nodes: null}")->nodes;
    assert_int_equal(nodes->type_count, 7);
    assert_string_equal(nodes->consolidate_after, "5m");
}

TEST(pool_nodes_decode__all_given__kept)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool_nodes *nodes =
        &load_pool(
             &loaded,
             "{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {instanceTypes: [g4dn.12xlarge, g4dn.xlarge], "
             "arch: [amd64, amd64], capacityTypes: [spot, on-demand], zones: [us-east-1a, us-west-2-lax-1a], "
             "requirements: [{key: team, operator: Exists}], nodeClass: {name: gpu, group: g.example.com, kind: K}, "
             "limits: {slices: 12, cpu: 64, memory: 1Ti, nodes: 4}, disruption: {consolidationPolicy: "
             "WhenEmptyOrUnderutilized, consolidateAfter: Never, budgets: [{nodes: \"1\"}]}, expireAfter: Never, "
             "terminationGracePeriod: 1h30m, weight: 7, labels: {team: ml}, annotations: {a: b}, taints: [{key: x, "
             "effect: NoExecute}], startupTaints: [], overlay: {priceAdjustment: \"-20%\", weight: 12}}}")
             ->nodes;
    expect_types("types", nodes, "g4dn.xlarge g4dn.12xlarge"); /* in the table's order */
    expect_list("arch", &nodes->arch, "amd64");
    expect_list("capacity types", &nodes->capacity_types, "spot on-demand");
    expect_list("zones", &nodes->zones, "us-east-1a us-west-2-lax-1a");
    assert_int_equal(nodes->requirements.count, 1);
    assert_string_equal(nodes->node_class.name, "gpu");
    assert_string_equal(nodes->node_class.group, "g.example.com");
    assert_string_equal(nodes->node_class.kind, "K");
    assert_int_equal(nodes->limit_count, 1);
    assert_string_equal(nodes->limits[0].resource, "nvidia.com/gpu");
    assert_int_equal(nodes->limits[0].slices, 12);
    assert_string_equal(nodes->cpu_limit, "64");
    assert_string_equal(nodes->memory_limit, "1Ti");
    assert_int_equal(nodes->node_limit, 4);
    assert_string_equal(nodes->consolidation_policy, "WhenEmptyOrUnderutilized");
    assert_string_equal(nodes->consolidate_after, "Never");
    assert_int_equal(json_array_size(nodes->budgets), 1);
    assert_string_equal(nodes->expire_after, "Never");
    assert_string_equal(nodes->termination_grace_period, "1h30m");
    assert_int_equal(nodes->weight, 7);
    assert_string_equal(keyvalues_get(&nodes->labels, "team"), "ml");
    assert_string_equal(keyvalues_get(&nodes->annotations, "a"), "b");
    assert_int_equal(nodes->taints.count, 1);
    assert_int_equal(nodes->startup_taints.count, 0);
    assert_string_equal(nodes->price_adjustment, "-20%");
    assert_int_equal(nodes->overlay_weight, 12);
}

static const struct {
    const char *requirements, *types;
} narrowed[] = {
    {"{key: karpenter.k8s.aws/instance-gpu-count, operator: In, values: [\"1\"]}",
     "g6.xlarge g6.2xlarge g6.4xlarge g6.8xlarge g6.16xlarge gr6.4xlarge gr6.8xlarge"},
    {"{key: karpenter.k8s.aws/instance-gpu-count, operator: Gt, values: [\"4\"]}", "g6.48xlarge"},
    {"{key: karpenter.k8s.aws/instance-family, operator: In, values: [gr6]}", "gr6.4xlarge gr6.8xlarge"},
    {"{key: karpenter.k8s.aws/instance-size, operator: In, values: [xlarge, 4xlarge]}",
     "g6.xlarge g6.4xlarge gr6.4xlarge"},
    {"{key: karpenter.k8s.aws/instance-category, operator: NotIn, values: [g]}", "gr6.4xlarge gr6.8xlarge"},
    {"{key: karpenter.k8s.aws/instance-generation, operator: In, values: [\"6\"]}, {key: "
     "node.kubernetes.io/instance-type, operator: In, values: [g6.24xlarge, g5.xlarge]}",
     "g6.24xlarge"},
    {"{key: kubernetes.io/arch, operator: In, values: [amd64]}, {key: karpenter.k8s.aws/instance-family, operator: "
     "In, values: [gr6]}",
     "gr6.4xlarge gr6.8xlarge"},
    {"{key: karpenter.k8s.aws/instance-gpu-name, operator: In, values: [l4]}, {key: karpenter.k8s.aws/instance-size, "
     "operator: In, values: [48xlarge]}",
     "g6.48xlarge"},
    {"{key: karpenter.k8s.aws/instance-gpu-memory, operator: In, values: [\"22888\"]}, {key: "
     "karpenter.k8s.aws/instance-memory, operator: Lt, values: [\"32769\"]}",
     "g6.xlarge g6.2xlarge"}, /* 22888 is the label's value, although the driver reports 23034 */
    {"{key: karpenter.k8s.aws/instance-cpu, operator: In, values: [\"16\"]}", "g6.4xlarge gr6.4xlarge"},
    {"{key: karpenter.k8s.aws/instance-local-nvme, operator: Gt, values: [\"3760\"]}", "g6.48xlarge"},
    {"{key: karpenter.k8s.aws/instance-network-bandwidth, operator: Gt, values: [\"50000\"]}", "g6.48xlarge"},
    {"{key: karpenter.k8s.aws/instance-hypervisor, operator: In, values: [xen]}, {key: "
     "karpenter.k8s.aws/instance-size, operator: In, values: [48xlarge]}",
     "g6.48xlarge"}, /* a label that the table does not have rules out no type */
};

TEST(pool_nodes_decode__requirements__narrow_the_types)
{
    for (size_t i = 0; i < ARRAY_SIZE(narrowed); i++) {
        AUTO(policy_fixture) loaded = {0};
        AUTO(string) spec = NULL;
        assert_true(asprintf(&spec, "{gpu: l4, sharing: {whole: {}}, nodes: {requirements: [%s]}}",
                             narrowed[i].requirements) > 0);
        expect_types(narrowed[i].requirements, &load_pool(&loaded, spec)->nodes, narrowed[i].types);
    }
}

/* Each label that is derived from an instance type can rule out all types. */
TEST(pool_nodes_decode__impossible_label__refused)
{
    static const char *const keys[] = {"node.kubernetes.io/instance-type",
                                       "kubernetes.io/arch",
                                       "kubernetes.io/os",
                                       "karpenter.k8s.aws/instance-family",
                                       "karpenter.k8s.aws/instance-category",
                                       "karpenter.k8s.aws/instance-generation",
                                       "karpenter.k8s.aws/instance-size",
                                       "karpenter.k8s.aws/instance-capability-flex",
                                       "karpenter.k8s.aws/instance-gpu-name",
                                       "karpenter.k8s.aws/instance-gpu-manufacturer",
                                       "karpenter.k8s.aws/instance-gpu-count",
                                       "karpenter.k8s.aws/instance-gpu-memory",
                                       "karpenter.k8s.aws/instance-accelerator-name",
                                       "karpenter.k8s.aws/instance-accelerator-manufacturer",
                                       "karpenter.k8s.aws/instance-accelerator-count",
                                       "karpenter.k8s.aws/instance-cpu",
                                       "karpenter.k8s.aws/instance-memory",
                                       "karpenter.k8s.aws/instance-local-nvme",
                                       "karpenter.k8s.aws/instance-network-bandwidth"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        AUTO(string) text = NULL;
        assert_true(asprintf(&text,
                             API "kind: SlicePool\nmetadata: {name: p}\nspec: {gpu: t4, sharing: {whole: {}}, nodes: "
                                 "{requirements: [{key: %s, operator: In, values: [\"1234\"]}]}}\n",
                             keys[i]) > 0);
        AUTO(policy_fixture) loaded = load_text(text);
        if (loaded.set || !strstr(loaded.problems, "spec.nodes.requirements: leaves no instance type with the t4"))
            fail_msg("%s: %s", keys[i], loaded.problems);
    }
}

/* What a pool offers and needs for each way of sharing. */
static const struct {
    const char *spec;
    const char *offers;
    bool config, whole_name, layout_taint;
} cuts[] = {
    {"gpu: t4, sharing: {whole: {}}", "nvidia.com/gpu 1", false, true, false},
    {"gpu: t4, sharing: {timeSlicing: {replicas: 3}}", "nvidia.com/gpu 3", true, true, true},
    {"gpu: t4, sharing: {timeSlicing: {replicas: 3, rename: true}}", "nvidia.com/gpu.shared 3", true, false, false},
    {"gpu: l4, sharing: {mps: {replicas: 4}}", "nvidia.com/gpu 4", true, true, true},
    {"gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}", "nvidia.com/mig-1g.5gb 7", true, false, false},
    {"gpu: a100-40gb, sharing: {mig: {strategy: single, layout: {1g.5gb: 7}}}", "nvidia.com/gpu 7", true, true, true},
    {"gpu: h100-80gb, sharing: {mig: {layout: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}}}",
     "nvidia.com/mig-1g.10gb 2 nvidia.com/mig-2g.20gb 1 nvidia.com/mig-3g.40gb 1", true, false, false},
    {"gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}, timeSlicing: {replicas: 2, rename: true}}",
     "nvidia.com/mig-1g.5gb.shared 14", true, false, false},
    {"gpu: a100-40gb, sharing: {mig: {strategy: single, layout: {1g.5gb: 7}}, timeSlicing: {replicas: 2, rename: "
     "true}}",
     "nvidia.com/gpu.shared 14", true, false, false},
    {"gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiFamily: Bottlerocket}}",
     "nvidia.com/gpu 3", false, true, false},
};

TEST(pool_offers__each_cut__what_the_device_plugin_registers)
{
    for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
        AUTO(policy_fixture) loaded = {0};
        AUTO(string) spec = NULL;
        AUTO(buf) text;
        struct pool_offer offers[LAYOUT_ENTRIES_MAX];
        buf_init(&text, 1024);
        assert_true(asprintf(&spec, "{%s}", cuts[i].spec) > 0);
        const struct pool *pool = load_pool(&loaded, spec);
        size_t count = pool_offers(pool, offers);
        for (size_t j = 0; j < count; j++)
            buf_addf(&text, "%s%s %lld", j ? " " : "", offers[j].resource, (long long)offers[j].per_gpu);
        if (strcmp(buf_text(&text), cuts[i].offers) != 0)
            fail_msg("%s: offers %s, wanted %s", spec, buf_text(&text), cuts[i].offers);
        if (pool_has_plugin_config(pool) != cuts[i].config || pool_offers_whole_name(pool) != cuts[i].whole_name ||
            pool_needs_layout_taint(pool) != cuts[i].layout_taint)
            fail_msg("%s: config, name or taint", spec);
        assert_int_equal(pool->nodes.startup_taints.count, cuts[i].layout_taint ? 1 : 0);
        if (cuts[i].layout_taint)
            assert_string_equal(pool->nodes.startup_taints.items[0].key, TAINT_LAYOUT);
    }
}

TEST(pool_nodes_decode__limits_by_profile__each_resource)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool_nodes *nodes =
        &load_pool(&loaded, "{gpu: h100-80gb, sharing: {mig: {layout: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}}}, nodes: "
                            "{limits: {slices: {3g.40gb: 8, 1g.10gb: 2}}}}")
             ->nodes;
    assert_int_equal(nodes->limit_count, 2);
    assert_string_equal(nodes->limits[0].resource, "nvidia.com/mig-3g.40gb");
    assert_int_equal(nodes->limits[0].slices, 8);
    assert_string_equal(nodes->limits[1].resource, "nvidia.com/mig-1g.10gb");
    assert_int_equal(nodes->limits[1].slices, 2);
}

TEST(revision__nodes_changed__another_revision)
{
    static const char first[] = "{gpu: t4, sharing: {whole: {}}, nodes: {weight: 1}}";
    static const char other[] = "{gpu: t4, sharing: {whole: {}}, nodes: {weight: 2}}";
    static const char style[] = "{nodes: {\"weight\": 1}, sharing: {whole: {}}, gpu: t4}";
    AUTO(policy_fixture) a = {0};
    AUTO(policy_fixture) b = {0};
    AUTO(policy_fixture) c = {0};
    (void)load_pool(&a, first);
    (void)load_pool(&b, other);
    (void)load_pool(&c, style);
    assert_string_not_equal(a.set->revision, b.set->revision);
    assert_string_equal(a.set->revision, c.set->revision);
}
