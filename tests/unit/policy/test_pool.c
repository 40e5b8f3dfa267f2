/* SlicePool: mistakes with their positions, the defaults, and what follows from the sharing. */
#include "tests/support/policy_fixture.h"

/* clang-format off */
static const struct broken broken_pools[] = {
{"gpu missing",
"{sharing: {whole: {}}}",
"p.yaml:4:7: spec: field \"gpu\" is missing\n"},
{"sharing missing",
"{gpu: t4}",
"p.yaml:4:7: spec: field \"sharing\" is missing\n"},
{"gpu is a number",
"{gpu: 4, sharing: {whole: {}}}",
"p.yaml:4:13: spec.gpu: is an integer, must be a string; put it in quotes\n"},
{"gpu mistyped",
"{gpu: a10, sharing: {whole: {}}}",
"p.yaml:4:13: spec.gpu: there is no GPU \"a10\" in the table; did you mean \"a10g\"? `gpuslice gpu list` shows all\n"},
{"gpu in upper case",
"{gpu: T4, sharing: {whole: {}}}",
"p.yaml:4:13: spec.gpu: there is no GPU \"T4\" in the table; did you mean \"t4\"? `gpuslice gpu list` shows all\n"},
{"gpu unlike any",
"{gpu: radeon-instinct-mi300, sharing: {whole: {}}}",
"p.yaml:4:13: spec.gpu: there is no GPU \"radeon-instinct-mi300\" in the table; there are t4, t4g, v100, v100-32gb, a10g, l4, l40s, a100-40gb, a100-80gb, h100-80gb, h100-64gb, h100-94gb, h100-96gb, h200-141gb, gh200-144gb, b200-180gb, gb200-186gb, b300-269gb, gb300-278gb, a30-24gb, rtx-pro-6000-blackwell-96gb, rtx-pro-5000-blackwell-48gb, rtx-pro-4500-blackwell-32gb\n"},
{"unknown field",
"{gpu: t4, shareing: {whole: {}}, sharing: {whole: {}}}",
"p.yaml:4:17: spec.shareing: unknown field \"shareing\"; did you mean \"sharing\"?\n"},
{"spec is a list",
"[]",
"p.yaml:4:7: spec: is a list, must be an object\n"},
{"spec is null",
"null",
"p.yaml:1:1: field \"spec\" is missing\n"},
{"sharing empty",
"{gpu: t4, sharing: {}}",
"p.yaml:4:26: spec.sharing: does not say how the GPUs are cut; must have exactly one of whole, timeSlicing, mps, mig, or mig and timeSlicing\n"},
{"sharing is a word",
"{gpu: t4, sharing: whole}",
"p.yaml:4:26: spec.sharing: is a string, must be an object\n"},
{"unknown way",
"{gpu: t4, sharing: {time-slicing: {replicas: 3}}}",
"p.yaml:4:27: spec.sharing.time-slicing: unknown field \"time-slicing\"; did you mean \"timeSlicing\"?\n"},
{"whole with a field",
"{gpu: t4, sharing: {whole: {replicas: 2}}}",
"p.yaml:4:35: spec.sharing.whole.replicas: unknown field \"replicas\"; known are none\n"},
{"whole and mig",
"{gpu: a100-40gb, sharing: {whole: {}, mig: {layout: {1g.5gb: 7}}}}",
"p.yaml:4:33: spec.sharing: has more than one way to cut a GPU; must have exactly one of whole, timeSlicing, mps, mig, or mig and timeSlicing\n"},
{"mps and mig",
"{gpu: a100-40gb, sharing: {mps: {replicas: 2}, mig: {layout: {1g.5gb: 7}}}}",
"p.yaml:4:33: spec.sharing: has mig and mps: the device plugin does not offer MPS on MIG devices; must have exactly one of whole, timeSlicing, mps, mig, or mig and timeSlicing\n"},
{"mps and timeSlicing",
"{gpu: t4, sharing: {mps: {replicas: 2}, timeSlicing: {replicas: 2}}}",
"p.yaml:4:26: spec.sharing: has timeSlicing and mps: the device plugin would take mps and ignore timeSlicing; must have exactly one of whole, timeSlicing, mps, mig, or mig and timeSlicing\n"},
{"replicas missing",
"{gpu: t4, sharing: {timeSlicing: {}}}",
"p.yaml:4:40: spec.sharing.timeSlicing: field \"replicas\" is missing\n"},
{"one replica",
"{gpu: t4, sharing: {timeSlicing: {replicas: 1}}}",
"p.yaml:4:51: spec.sharing.timeSlicing.replicas: is 1, must be between 2 and 2147483647\n"},
{"replicas beyond int32",
"{gpu: t4, sharing: {timeSlicing: {replicas: 2147483648}}}",
"p.yaml:4:51: spec.sharing.timeSlicing.replicas: is 2147483648, must be between 2 and 2147483647\n"},
{"replicas a string",
"{gpu: t4, sharing: {timeSlicing: {replicas: \"3\"}}}",
"p.yaml:4:51: spec.sharing.timeSlicing.replicas: is a string, must be an integer\n"},
{"replicas a fraction",
"{gpu: t4, sharing: {timeSlicing: {replicas: 2.5}}}",
"p.yaml:4:51: spec.sharing.timeSlicing.replicas: is a fraction, must be an integer\n"},
{"an unknown way to hand out shared GPUs",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3, sharedDevicesAllocationPolicy: random}}}",
"p.yaml:4:85: spec.sharing.timeSlicing.sharedDevicesAllocationPolicy: is \"random\", must be distributed or packed\n"},
{"packed on Bottlerocket",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3, sharedDevicesAllocationPolicy: packed}}, nodes: {nodeClass: {amiFamily: Bottlerocket}}}",
"p.yaml:4:126: spec.nodes.nodeClass.amiFamily: is Bottlerocket, which has no setting for sharedDevicesAllocationPolicy; must be AL2023, or the policy distributed\n"},
{"a way to hand out shared GPUs without sharing",
"{gpu: t4, sharing: {whole: {sharedDevicesAllocationPolicy: packed}}}",
"p.yaml:4:35: spec.sharing.whole.sharedDevicesAllocationPolicy: unknown field \"sharedDevicesAllocationPolicy\"; known are none\n"},
{"rename a word",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3, rename: gpu.third}}}",
"p.yaml:4:62: spec.sharing.timeSlicing.rename: is a string, must be a boolean\n"},
{"49 mps replicas",
"{gpu: t4, sharing: {mps: {replicas: 49}}}",
"p.yaml:4:43: spec.sharing.mps.replicas: is 49, must be between 2 and 48\n"},
{"17 mps replicas on V100",
"{gpu: v100, sharing: {mps: {replicas: 17}}}",
"p.yaml:4:45: spec.sharing.mps.replicas: is 17, must be between 2 and 16\n"},
{"mig on a GPU without MIG",
"{gpu: l4, sharing: {mig: {layout: {1g.5gb: 7}}}}",
"p.yaml:4:27: spec.sharing.mig: the l4 has no MIG; these have: a100-40gb, a100-80gb, h100-80gb, h100-64gb, h100-94gb, h100-96gb, h200-141gb, gh200-144gb, b200-180gb, gb200-186gb, b300-269gb, gb300-278gb, a30-24gb, rtx-pro-6000-blackwell-96gb, rtx-pro-5000-blackwell-48gb, rtx-pro-4500-blackwell-32gb\n"},
{"mig without layout",
"{gpu: a100-40gb, sharing: {mig: {}}}",
"p.yaml:4:39: spec.sharing.mig: field \"layout\" is missing\n"},
{"mig layout empty",
"{gpu: a100-40gb, sharing: {mig: {layout: {}}}}",
"p.yaml:4:48: spec.sharing.mig.layout: is empty, must say how many of which profile, such as {1g.5gb: 7}\n"},
{"mig layout a list",
"{gpu: a100-40gb, sharing: {mig: {layout: [1g.5gb]}}}",
"p.yaml:4:48: spec.sharing.mig.layout: is a list, must be an object\n"},
{"mig profile of another GPU",
"{gpu: a100-40gb, sharing: {mig: {layout: {1g.10gb: 2, 2g.20gb: 1}}}}",
"p.yaml:4:61: spec.sharing.mig.layout[\"2g.20gb\"]: \"2g.20gb\" is not a MIG profile of the a100-40gb, which has 2g.10gb, 1g.5gb, 1g.5gb+me, 1g.10gb, 3g.20gb, 4g.20gb, 7g.40gb\n"},
{"mig count zero",
"{gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 0}}}}",
"p.yaml:4:57: spec.sharing.mig.layout[\"1g.5gb\"]: is 0, must be between 1 and 7\n"},
{"mig count of 8",
"{gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 8}}}}",
"p.yaml:4:57: spec.sharing.mig.layout[\"1g.5gb\"]: is 8, must be between 1 and 7\n"},
{"mig layout with too much memory",
"{gpu: a100-40gb, sharing: {mig: {layout: {3g.20gb: 2, 1g.5gb: 1}}}}",
"p.yaml:4:48: spec.sharing.mig.layout: 3g.20gb x2 + 1g.5gb x1 need 9 of 8 memory units; 3g.20gb x2 would fit\n"},
{"mig layout with too much compute",
"{gpu: a100-40gb, sharing: {mig: {layout: {4g.20gb: 1, 2g.10gb: 2}}}}",
"p.yaml:4:48: spec.sharing.mig.layout: 4g.20gb x1 + 2g.10gb x2 need 8 of 7 compute slices; 4g.20gb x1 + 2g.10gb x1 would fit\n"},
{"mig single of two profiles",
"{gpu: a100-40gb, sharing: {mig: {strategy: single, layout: {2g.10gb: 1, 3g.20gb: 1}}}}",
"p.yaml:4:66: spec.sharing.mig.layout: has the profiles 2g.10gb, 3g.20gb, must have only one: with strategy single every MIG device is nvidia.com/gpu; for several use strategy mixed\n"},
{"mig strategy unknown",
"{gpu: a100-40gb, sharing: {mig: {strategy: none, layout: {1g.5gb: 7}}}}",
"p.yaml:4:50: spec.sharing.mig.strategy: is \"none\", must be mixed or single\n"},
{"labels empty",
"{gpu: t4, sharing: {whole: {}}, labels: {}}",
"p.yaml:4:47: spec.labels: is empty, must have a label that identifies the pool's nodes; without the field it is {gpuslice.dev/pool: broken}\n"},
{"label null",
"{gpu: t4, sharing: {whole: {}}, labels: {gpuslice.dev/pool: null}}",
"p.yaml:4:47: spec.labels: has null for the key \"gpuslice.dev/pool\"; write a value, or leave the key out\n"},
{"label value not a string",
"{gpu: t4, sharing: {whole: {}}, labels: {shared: true}}",
"p.yaml:4:56: spec.labels.shared: is a boolean, must be a string; put it in quotes\n"},
{"label key bad",
"{gpu: t4, sharing: {whole: {}}, labels: {\"a b\": c}}",
"p.yaml:4:48: spec.labels[\"a b\"]: the key must consist of letters, digits, '-', '_' and '.', with at most one domain and '/' before them\n"},
{"taint effect unknown",
"{gpu: t4, sharing: {whole: {}}, taints: [{key: a, effect: Never}]}",
"p.yaml:4:65: spec.taints[0].effect: is \"Never\", must be NoSchedule, PreferNoSchedule or NoExecute\n"},
{"taint without key",
"{gpu: t4, sharing: {whole: {}}, taints: [{effect: NoSchedule}]}",
"p.yaml:4:48: spec.taints[0]: field \"key\" is missing\n"},
{"nodes a list",
"{gpu: t4, sharing: {whole: {}}, nodes: [g4dn.xlarge]}",
"p.yaml:4:46: spec.nodes: is a list, must be an object\n"},
{"three mistakes at once",
"{gpu: t5, sharing: {mps: {replicas: 99}}, labels: {}, colour: red}",
"p.yaml:4:13: spec.gpu: there is no GPU \"t5\" in the table; did you mean \"t4\"? `gpuslice gpu list` shows all\n"
"p.yaml:4:43: spec.sharing.mps.replicas: is 99, must be between 2 and 48\n"
"p.yaml:4:57: spec.labels: is empty, must have a label that identifies the pool's nodes; without the field it is {gpuslice.dev/pool: broken}\n"
"p.yaml:4:61: spec.colour: unknown field \"colour\"; known are gpu, sharing, labels, taints, nodes\n"},
};
/* clang-format on */

TEST(pool_decode__broken__every_mistake_at_its_position)
{
    expect_broken(broken_pools, ARRAY_SIZE(broken_pools), "SlicePool", "");
}

static const struct pool *load_pool(struct policy_fixture *loaded, const char *spec)
{
    AUTO(string) yaml = document_text("SlicePool", "p", spec, "");
    *loaded = load_text(yaml);
    return &expect_set(loaded)->pools[0];
}

TEST(pool_decode__little_given__defaults)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool *pool = load_pool(&loaded, "{gpu: t4, sharing: {timeSlicing: {replicas: 3}}}");
    assert_string_equal(pool->name, "p");
    assert_int_equal(pool->mark.line, 3);
    assert_string_equal(pool->gpu->id, "t4");
    assert_int_equal(pool->replicas, 3);
    assert_false(pool->rename);
    assert_int_equal(pool->labels.count, 1);
    assert_string_equal(keyvalues_get(&pool->labels, "gpuslice.dev/pool"), "p");
    assert_int_equal(pool->taints.count, 2);
    assert_string_equal(pool->taints.items[0].key, "nvidia.com/gpu");
    assert_string_equal(pool->taints.items[0].value, "true");
    assert_string_equal(pool->taints.items[0].effect, "NoSchedule");
    assert_string_equal(pool->taints.items[1].key, "gpuslice.dev/pool");
    assert_string_equal(pool->taints.items[1].value, "p");
    assert_string_equal(pool->taints.items[1].effect, "NoSchedule");
}

TEST(pool_decode__all_given__nothing_added)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool *pool = load_pool(
        &loaded, "{gpu: t4, sharing: {whole: {}}, labels: {nvidia.com/gpu.product: Tesla-T4, a: b}, taints: [], "
                 "nodes: {instanceTypes: [g4dn.xlarge]}}");
    assert_int_equal(pool->labels.count, 2);
    assert_string_equal(keyvalues_get(&pool->labels, "nvidia.com/gpu.product"), "Tesla-T4");
    assert_int_equal(pool->taints.count, 0);
    assert_int_equal(pool->nodes.type_count, 1);
    assert_string_equal(pool->nodes.types[0]->name, "g4dn.xlarge");
}

static const struct {
    const char *spec;
    enum sharing sharing;
    int64_t replicas;
    bool shared;
    const char *resource;
    const char *divided; /* whose memory the replicas share: "gpu" or "profile" */
} ways[] = {
    {"{gpu: l4, sharing: {whole: {}}}", SHARING_WHOLE, 1, false, "nvidia.com/gpu", "gpu"},
    {"{gpu: l4, sharing: {timeSlicing: {replicas: 2}}}", SHARING_TIME_SLICING, 2, true, "nvidia.com/gpu", "gpu"},
    {"{gpu: l4, sharing: {timeSlicing: {replicas: 4, rename: true}}}", SHARING_TIME_SLICING, 4, true,
     "nvidia.com/gpu.shared", "gpu"},
    {"{gpu: l4, sharing: {mps: {replicas: 48}}}", SHARING_MPS, 48, true, "nvidia.com/gpu", "gpu"},
    {"{gpu: v100, sharing: {mps: {replicas: 16, rename: true}}}", SHARING_MPS, 16, true, "nvidia.com/gpu.shared",
     "gpu"},
    {"{gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}}", SHARING_MIG, 1, false, "nvidia.com/mig-1g.5gb",
     "profile"},
    {"{gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb+me: 1}}}}", SHARING_MIG, 1, false, "nvidia.com/mig-1g.5gb.me",
     "profile"},
    {"{gpu: a100-40gb, sharing: {mig: {strategy: mixed, layout: {3g.20gb: 2}}}}", SHARING_MIG, 1, false,
     "nvidia.com/mig-3g.20gb", "profile"},
    {"{gpu: a100-40gb, sharing: {mig: {strategy: single, layout: {1g.5gb: 7}}}}", SHARING_MIG, 1, false,
     "nvidia.com/gpu", "profile"},
    {"{gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}, timeSlicing: {replicas: 2, rename: true}}}",
     SHARING_MIG_TIME_SLICING, 2, true, "nvidia.com/mig-1g.5gb.shared", "profile"},
    {"{gpu: a100-40gb, sharing: {mig: {strategy: single, layout: {1g.5gb: 7}}, timeSlicing: {replicas: 2}}}",
     SHARING_MIG_TIME_SLICING, 2, true, "nvidia.com/gpu", "profile"},
    {"{gpu: t4, sharing: {timeSlicing: {replicas: 2147483647}}}", SHARING_TIME_SLICING, INT32_MAX, true,
     "nvidia.com/gpu", "gpu"},
};

TEST(pool_decode__each_way_of_sharing__resource_and_memory)
{
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        AUTO(policy_fixture) loaded = {0};
        const struct pool *pool = load_pool(&loaded, ways[i].spec);
        const struct mig_profile *profile = pool->layout.count ? pool->layout.entries[0].profile : NULL;
        int64_t memory = profile ? profile->memory_bytes : pool->gpu->memory_bytes;
        char resource[GPU_RESOURCE_SIZE];
        pool_resource(pool, profile, resource);
        if (strcmp(resource, ways[i].resource) != 0 || pool->sharing != ways[i].sharing ||
            pool->replicas != ways[i].replicas || pool_is_shared(pool) != ways[i].shared ||
            (strcmp(ways[i].divided, "profile") == 0) != (profile != NULL))
            fail_msg("%s: offers %s", ways[i].spec, resource);
        assert_true(pool_slice_memory(pool, profile) == memory / ways[i].replicas);
    }
}

TEST(pool_slice_memory__third_of_a_t4__of_the_memory_that_its_driver_reports)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool *pool = load_pool(&loaded, "{gpu: t4, sharing: {timeSlicing: {replicas: 3}}}");
    assert_int_equal(pool_slice_memory(pool, NULL) >> 20, 5120);
}

TEST(pool_decode__layout__kept_in_its_order)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool *pool =
        load_pool(&loaded, "{gpu: h100-80gb, sharing: {mig: {layout: {3g.40gb: 1, 1g.10gb: 2, 2g.20gb: 1}}}}");
    assert_int_equal(pool->layout.count, 3);
    assert_string_equal(pool->layout.entries[0].profile->name, "3g.40gb");
    assert_string_equal(pool->layout.entries[1].profile->name, "1g.10gb");
    assert_int_equal(pool->layout.entries[1].count, 2);
    assert_string_equal(pool->layout.entries[2].profile->name, "2g.20gb");
    assert_int_equal(pool->strategy, MIG_MIXED);
}
