/* The instance types of a pool's nodes, and what they make of its slices. */
#include "base/units.h"
#include "policy/price.h"
#include "tests/support/policy_fixture.h"

static const struct pool *load_pool(struct policy_fixture *loaded, const char *spec)
{
    AUTO(string) yaml = document_text("SlicePool", "p", spec, "");
    *loaded = load_text(yaml);
    return &expect_set(loaded)->pools[0];
}

static void expect_types(const char *name, const struct pool *pool, const char *wanted)
{
    AUTO(buf) text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < pool->nodes.type_count; i++)
        buf_addf(&text, "%s%s", i ? " " : "", pool->nodes.types[i]->name);
    if (strcmp(buf_text(&text), wanted) != 0)
        fail_msg("%s: got %s, wanted %s", name, buf_text(&text), wanted);
}

/* -- Shares of a GPU (g6f, gr6f) -- */

static const struct {
    const char *spec, *types;
    int64_t memory_mib, microdollars; /* of a slice */
} shares[] = {
    {"{gpu: l4, sharing: {whole: {}}, nodes: {instanceTypes: [g6f.large, g6f.xlarge]}}", "g6f.large g6f.xlarge", 2861,
     202000},
    {"{gpu: l4, sharing: {timeSlicing: {replicas: 2}}, nodes: {instanceTypes: [g6f.2xlarge]}}", "g6f.2xlarge", 2861,
     237500},
    {"{gpu: l4, sharing: {timeSlicing: {replicas: 4}}, nodes: {instanceTypes: [gr6f.4xlarge, g6f.4xlarge]}}",
     "g6f.4xlarge gr6f.4xlarge", 2861, 237500},
    {"{gpu: l4, sharing: {whole: {}}, nodes: {requirements: [{key: karpenter.k8s.aws/instance-family, operator: In, "
     "values: [gr6f]}]}}",
     "gr6f.4xlarge", 11444, 1066000},
    {"{gpu: l4, sharing: {whole: {}}, nodes: {requirements: [{key: karpenter.k8s.aws/instance-gpu-memory, operator: "
     "In, values: [\"2861\"]}]}}",
     "g6f.large g6f.xlarge", 2861, 202000},
};

TEST(pool_decode__shares_of_a_gpu__count_as_one_gpu_each)
{
    for (size_t i = 0; i < ARRAY_SIZE(shares); i++) {
        AUTO(policy_fixture) loaded = {0};
        const struct pool *pool = load_pool(&loaded, shares[i].spec);
        expect_types(shares[i].spec, pool, shares[i].types);
        assert_true(pool_has_fractions(pool));
        assert_int_equal(pool_slice_memory(pool, NULL) / MIB, shares[i].memory_mib);
        const struct gpu_instance_type *type;
        assert_int_equal(pool_slice_price(pool, NULL, &type), shares[i].microdollars);
    }
}

TEST(pool_decode__no_types_named__no_share_of_a_gpu)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool *pool = load_pool(&loaded, "{gpu: l4, sharing: {whole: {}}}");
    expect_types("all", pool,
                 "g6.xlarge g6.2xlarge g6.4xlarge g6.8xlarge g6.16xlarge g6.12xlarge g6.24xlarge g6.48xlarge "
                 "gr6.4xlarge gr6.8xlarge");
    assert_false(pool_has_fractions(pool));
    assert_int_equal(pool_slice_memory(pool, NULL) / MIB, 23034);
}

TEST(pool_decode__limit_of_slices__a_share_has_as_many_as_a_gpu)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool *pool = load_pool(&loaded, "{gpu: l4, sharing: {timeSlicing: {replicas: 3}}, nodes: "
                                                 "{instanceTypes: [g6f.large], limits: {slices: 3}}}");
    assert_int_equal(pool->nodes.limits[0].slices, 3);
}

/* -- Types with one GPU by default -- */

#define T4_ONE    "g4dn.xlarge g4dn.2xlarge g4dn.4xlarge g4dn.8xlarge g4dn.16xlarge"
#define T4_ALL    T4_ONE " g4dn.12xlarge g4dn.metal"
#define T4(nodes) "{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {" nodes "}}"

static const struct {
    const char *spec, *types;
} defaults[] = {
    {T4(""), T4_ONE},
    {"{gpu: t4, sharing: {mps: {replicas: 3}}}", T4_ONE},
    {"{gpu: t4, sharing: {whole: {}}}", T4_ALL},
    {"{gpu: t4g, sharing: {timeSlicing: {replicas: 2}}}", "g5g.xlarge g5g.2xlarge g5g.4xlarge g5g.8xlarge"},
    {"{gpu: l4, sharing: {mps: {replicas: 4}}}",
     "g6.xlarge g6.2xlarge g6.4xlarge g6.8xlarge g6.16xlarge gr6.4xlarge gr6.8xlarge"},
    {"{gpu: rtx-pro-4500-blackwell-32gb, sharing: {timeSlicing: {replicas: 4}}}", "g7.2xlarge g7.4xlarge g7.8xlarge"},
    /* as dear per GPU as a node with several, which is bought whole */
    {"{gpu: h100-80gb, sharing: {timeSlicing: {replicas: 4}}}", "p5.4xlarge"},
    {"{gpu: v100, sharing: {timeSlicing: {replicas: 2}}}", "p3.2xlarge"},
    {"{gpu: h100-80gb, sharing: {mig: {layout: {1g.10gb: 7}}}}", "p5.4xlarge p5.48xlarge"},
    /* no type has one GPU */
    {"{gpu: v100-32gb, sharing: {timeSlicing: {replicas: 2}}}", "p3dn.24xlarge"},
    {T4("requirements: [{key: karpenter.k8s.aws/instance-memory, operator: Gt, values: [\"300000\"]}]"), "g4dn.metal"},
    /* the pool chooses */
    {T4("instanceTypes: [g4dn.12xlarge, g4dn.xlarge]"), "g4dn.xlarge g4dn.12xlarge"},
    {T4("requirements: [{key: karpenter.k8s.aws/instance-gpu-count, operator: Gt, values: [\"0\"]}]"),
     "g4dn.xlarge g4dn.2xlarge g4dn.4xlarge g4dn.8xlarge g4dn.16xlarge g4dn.12xlarge g4dn.metal"},
    {T4("requirements: [{key: karpenter.k8s.aws/instance-size, operator: In, values: [xlarge, metal]}]"),
     "g4dn.xlarge g4dn.metal"},
    {T4("capacityTypes: [reserved], nodeClass: {name: own}"), T4_ALL},
    /* other requirements do not */
    {T4("requirements: [{key: karpenter.k8s.aws/instance-family, operator: In, values: [g4dn]}]"), T4_ONE},
    {T4("capacityTypes: [spot]"), T4_ONE},
};

TEST(pool_narrow_types__shares__types_with_one_gpu_unless_the_pool_chooses)
{
    for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
        AUTO(policy_fixture) loaded = {0};
        expect_types(defaults[i].spec, load_pool(&loaded, defaults[i].spec), defaults[i].types);
    }
}

TEST(pool_narrow_types__class_allows_more_than_a_gpu_has__all_types)
{
    static const struct {
        const char *limits, *types;
    } cases[] = {{"", T4_ONE}, {", limits: {perPod: 3}", T4_ONE}, {", limits: {perPod: 4}", T4_ALL}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(string) yaml = NULL;
        assert_true(asprintf(&yaml,
                             A_THIRD "---\n" API "kind: SliceClass\nmetadata: {name: c}\nspec: {pools: [thirds]%s}\n",
                             cases[i].limits) > 0);
        AUTO(policy_fixture) loaded = load_text(yaml);
        expect_types(cases[i].limits, &expect_set(&loaded)->pools[0], cases[i].types);
    }
}

/* -- Prices -- */

static const struct {
    const char *spec;
    int64_t microdollars;
    const char *type; /* NULL if no price is known */
} prices[] = {
    {T4(""), 175333, "g4dn.xlarge"},
    {T4("instanceTypes: [g4dn.12xlarge, g4dn.16xlarge]"), 326000, "g4dn.12xlarge"},
    {T4("instanceTypes: [g4dn.xlarge], overlay: {price: \"0.30\"}"), 100000, "g4dn.xlarge"},
    {T4("overlay: {priceAdjustment: \"-50%\"}"), 87667, "g4dn.xlarge"},
    {T4("overlay: {priceAdjustment: \"+0.074\"}"), 200000, "g4dn.xlarge"},
    {T4("overlay: {priceAdjustment: \"-100%\"}"), 1, "g4dn.xlarge"},
    {"{gpu: h200-141gb, sharing: {whole: {}}, nodes: {instanceTypes: [p5e.48xlarge]}}", 0, NULL},
    {"{gpu: h200-141gb, sharing: {whole: {}}, nodes: {instanceTypes: [p5e.48xlarge], overlay: {price: \"40\"}}}",
     5000000, "p5e.48xlarge"},
    {"{gpu: h200-141gb, sharing: {whole: {}}, nodes: {instanceTypes: [p5e.48xlarge], overlay: {priceAdjustment: "
     "\"-5%\"}}}",
     0, NULL},
};

TEST(pool_slice_price__overlay__honoured)
{
    for (size_t i = 0; i < ARRAY_SIZE(prices); i++) {
        AUTO(policy_fixture) loaded = {0};
        const struct gpu_instance_type *type;
        int64_t price = pool_slice_price(load_pool(&loaded, prices[i].spec), NULL, &type);
        if (price != prices[i].microdollars)
            fail_msg("%s: got %lld, wanted %lld", prices[i].spec, (long long)price, (long long)prices[i].microdollars);
        assert_true(!type == !prices[i].type);
        if (type)
            assert_string_equal(type->name, prices[i].type);
    }
}
