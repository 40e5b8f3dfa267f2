/* SliceClass: mistakes with their positions, and what a class gets from its pools. */
#include "policy/price.h"
#include "tests/support/policy_fixture.h"

#define PRICE_WANTED                                                                                                   \
    "must be what a slice costs an hour in dollars: above zero, with at most six digits on either side of the point, " \
    "such as \"0.18\"\n"

/* clang-format off */
static const struct broken broken_classes[] = {
{"pools missing",
"{}",
"p.yaml:4:7: spec: field \"pools\" is missing\n"},
{"pools empty",
"{pools: []}",
"p.yaml:4:15: spec.pools: is empty, must name at least one SlicePool\n"},
{"pools a name",
"{pools: thirds}",
"p.yaml:4:15: spec.pools: is a string, must be a list\n"},
{"pools of numbers",
"{pools: [1]}",
"p.yaml:4:16: spec.pools[0]: is an integer, must be a string; put it in quotes\n"},
{"pool named twice",
"{pools: [thirds, thirds]}",
"p.yaml:4:24: spec.pools[1]: \"thirds\" is already at 0, must be named once\n"},
{"pool mistyped",
"{pools: [third]}",
"p.yaml:4:16: spec.pools[0]: there is no SlicePool \"third\"; did you mean \"thirds\"?\n"},
{"pool unlike any",
"{pools: [aws]}",
"p.yaml:4:16: spec.pools[0]: there is no SlicePool \"aws\"; there are balanced, by-zone, quarters, single, thirds\n"},
{"unknown field",
"{pools: [thirds], limit: {}}",
"p.yaml:4:25: spec.limit: unknown field \"limit\"; did you mean \"limits\"?\n"},
{"pools of two resources",
"{pools: [thirds, quarters]}",
"p.yaml:4:24: spec.pools[1]: SlicePool quarters offers nvidia.com/gpu.shared, but thirds offers nvidia.com/gpu; all pools of a class must offer the same resource\n"},
{"pools of two label sets",
"{pools: [thirds, by-zone]}",
"p.yaml:4:24: spec.pools[1]: SlicePool by-zone has the label keys zone, but thirds has gpuslice.dev/pool; all pools of a class must have the same keys\n"},
{"profile missing",
"{pools: [balanced]}",
"p.yaml:4:16: spec.pools[0]: SlicePool balanced has several profiles, profile must say which: 1g.10gb, 2g.20gb, 3g.40gb\n"},
{"profile not in the layout",
"{pools: [balanced], profile: 7g.80gb}",
"p.yaml:4:36: spec.profile: \"7g.80gb\" is not in the layout of SlicePool balanced, which has 1g.10gb, 2g.20gb, 3g.40gb\n"},
{"profile that the GPU does not have",
"{pools: [balanced], profile: 1g.5gb}",
"p.yaml:4:36: spec.profile: \"1g.5gb\" is not a MIG profile of the h100-80gb, must be of the layout of SlicePool balanced: 1g.10gb, 2g.20gb, 3g.40gb\n"},
{"profile not the single one",
"{pools: [single], profile: 2g.20gb}",
"p.yaml:4:34: spec.profile: \"2g.20gb\" is not in the layout of SlicePool single, which has 1g.10gb\n"},
{"profile without MIG",
"{pools: [thirds], profile: 1g.5gb}",
"p.yaml:4:34: spec.profile: \"1g.5gb\": SlicePool thirds is not cut by MIG, so there is no profile to choose; must be left out\n"},
{"profile empty",
"{pools: [balanced], profile: \"\"}",
"p.yaml:4:36: spec.profile: is empty, must not be\n"},
{"perContainer zero",
"{pools: [balanced], profile: 1g.10gb, limits: {perContainer: 0}}",
"p.yaml:4:68: spec.limits.perContainer: is 0, must be between 1 and 2147483647\n"},
{"perPod below perContainer",
"{pools: [balanced], profile: 1g.10gb, limits: {perContainer: 3, perPod: 2}}",
"p.yaml:4:79: spec.limits.perPod: is 2, must be at least perContainer, which is 3\n"},
{"price a number",
"{pools: [thirds], price: 0.18}",
"p.yaml:4:32: spec.price: is a number, must be a string, as \"0.18\": dollars an hour, in quotes\n"},
{"price a whole number",
"{pools: [thirds], price: 1}",
"p.yaml:4:32: spec.price: is a number, must be a string, as \"0.18\": dollars an hour, in quotes\n"},
{"price a list",
"{pools: [thirds], price: []}",
"p.yaml:4:32: spec.price: is a list, must be a string\n"},
{"price zero",
"{pools: [thirds], price: \"0.00\"}",
"p.yaml:4:32: spec.price: is \"0.00\", " PRICE_WANTED},
{"price negative",
"{pools: [thirds], price: \"-1\"}",
"p.yaml:4:32: spec.price: is \"-1\", " PRICE_WANTED},
{"price empty",
"{pools: [thirds], price: \"\"}",
"p.yaml:4:32: spec.price: is \"\", " PRICE_WANTED},
{"price with a currency",
"{pools: [thirds], price: \"$0.18\"}",
"p.yaml:4:32: spec.price: is \"$0.18\", " PRICE_WANTED},
{"price with an exponent",
"{pools: [thirds], price: \"1e3\"}",
"p.yaml:4:32: spec.price: is \"1e3\", " PRICE_WANTED},
{"price that ends with its point",
"{pools: [thirds], price: \"1.\"}",
"p.yaml:4:32: spec.price: is \"1.\", " PRICE_WANTED},
{"price without a digit before its point",
"{pools: [thirds], price: \".5\"}",
"p.yaml:4:32: spec.price: is \".5\", " PRICE_WANTED},
{"price finer than a micro-dollar",
"{pools: [thirds], price: \"0.0000001\"}",
"p.yaml:4:32: spec.price: is \"0.0000001\", " PRICE_WANTED},
{"price too large",
"{pools: [thirds], price: \"1234567\"}",
"p.yaml:4:32: spec.price: is \"1234567\", " PRICE_WANTED},
{"price with a unit",
"{pools: [thirds], price: \"0.18/h\"}",
"p.yaml:4:32: spec.price: is \"0.18/h\", " PRICE_WANTED},
{"perContainer of a shared class",
"{pools: [thirds], limits: {perContainer: 2}}",
"p.yaml:4:48: spec.limits.perContainer: is 2, must be 1: the GPUs of SlicePool thirds are shared, and two shares of a GPU are no larger than one\n"},
{"requirement operator unknown",
"{pools: [thirds], placement: {requirements: [{key: a, operator: Is, values: [b]}]}}",
"p.yaml:4:71: spec.placement.requirements[0].operator: is \"Is\", must be In, NotIn, Exists, DoesNotExist, Gt or Lt\n"},
{"requirement against the pool",
"{pools: [thirds], placement: {requirements: [{key: gpuslice.dev/pool, operator: NotIn, values: [thirds]}]}}",
"p.yaml:4:52: spec.placement.requirements[0]: contradicts what the class's pools or earlier requirements say of gpuslice.dev/pool: no node can have it\n"},
{"requirements against each other",
"{pools: [thirds], placement: {requirements: [{key: a, operator: Exists}, {key: a, operator: DoesNotExist}]}}",
"p.yaml:4:80: spec.placement.requirements[1]: contradicts what the class's pools or earlier requirements say of a: no node can have it\n"},
{"preference weight 101",
"{pools: [thirds], placement: {preferences: [{weight: 101, requirements: [{key: a, operator: Exists}]}]}}",
"p.yaml:4:60: spec.placement.preferences[0].weight: is 101, must be between 1 and 100\n"},
{"preference without requirements",
"{pools: [thirds], placement: {preferences: [{weight: 1, requirements: []}]}}",
"p.yaml:4:77: spec.placement.preferences[0].requirements: is empty, must have at least one requirement: an empty preference prefers nothing\n"},
{"preferences an object",
"{pools: [thirds], placement: {preferences: {weight: 1}}}",
"p.yaml:4:50: spec.placement.preferences: is an object, must be a list\n"},
{"nodeSelector against the class's own requirement",
"{pools: [thirds], placement: {nodeSelector: {zone: a}, requirements: [{key: zone, operator: In, values: [b]}]}}",
"p.yaml:4:58: spec.placement.nodeSelector.zone: contradicts what placement.requirements says of zone: no node can have it\n"},
{"nodeSelector on the pool label",
"{pools: [thirds], placement: {nodeSelector: {gpuslice.dev/pool: thirds}}}",
"p.yaml:4:52: spec.placement.nodeSelector[\"gpuslice.dev/pool\"]: is a label of SlicePool thirds, which gives the class its requirement on it; must be left out\n"},
{"toleration without key",
"{pools: [thirds], placement: {tolerations: [{effect: NoSchedule}]}}",
"p.yaml:4:51: spec.placement.tolerations[0]: without a key, operator must be Exists (it tolerates every taint); or name the key\n"},
{"runtimeClassName empty",
"{pools: [thirds], pod: {runtimeClassName: \"\"}}",
"p.yaml:4:49: spec.pod.runtimeClassName: is empty, must not be\n"},
{"runtimeClassName bad",
"{pools: [thirds], pod: {runtimeClassName: Nvidia_Runtime}}",
"p.yaml:4:49: spec.pod.runtimeClassName: \"Nvidia_Runtime\" must be the name of a RuntimeClass: lower-case letters, digits, '-' and '.'\n"},
{"own key among labels",
"{pools: [thirds], pod: {labels: {gpuslice.dev/class: x}}}",
"p.yaml:4:40: spec.pod.labels[\"gpuslice.dev/class\"]: keys of gpuslice.dev/ are written by the webhook alone, must be a key of another domain\n"},
{"own key among annotations",
"{pools: [thirds], pod: {annotations: {gpuslice.dev/applied: \"{}\"}}}",
"p.yaml:4:45: spec.pod.annotations[\"gpuslice.dev/applied\"]: keys of gpuslice.dev/ are written by the webhook alone, must be a key of another domain\n"},
{"env without value",
"{pools: [thirds], pod: {env: [{name: A}]}}",
"p.yaml:4:37: spec.pod.env[0]: field \"value\" is missing\n"},
{"env value a number",
"{pools: [thirds], pod: {env: [{name: A, value: 25}]}}",
"p.yaml:4:54: spec.pod.env[0].value: is an integer, must be a string; put it in quotes\n"},
{"env name with a space",
"{pools: [thirds], pod: {env: [{name: \"A B\", value: \"\"}]}}",
"p.yaml:4:44: spec.pod.env[0].name: \"A B\" must consist of letters, digits, '_', '-' and '.'\n"},
{"env name with a digit first",
"{pools: [thirds], pod: {env: [{name: 1A, value: \"\"}]}}",
"p.yaml:4:44: spec.pod.env[0].name: \"1A\" must not start with a digit\n"},
{"env name of dots",
"{pools: [thirds], pod: {env: [{name: \"..A\", value: \"\"}]}}",
"p.yaml:4:44: spec.pod.env[0].name: \"..A\" must not be \".\" or start with \"..\"\n"},
{"env twice",
"{pools: [thirds], pod: {env: [{name: A, value: b}, {name: B, value: b}, {name: A, value: b}]}}",
"p.yaml:4:86: spec.pod.env[2].name: \"A\" is set twice, must be set once\n"},
{"env NVIDIA_VISIBLE_DEVICES",
"{pools: [thirds], pod: {env: [{name: NVIDIA_VISIBLE_DEVICES, value: all}]}}",
"p.yaml:4:44: spec.pod.env[0].name: \"NVIDIA_VISIBLE_DEVICES\" must not be set by a class: the device plugin sets it to the slice's own device, and any other value can show the container GPUs that it was not given\n"},
{"env from elsewhere",
"{pools: [thirds], pod: {env: [{name: A, value: b, valueFrom: {}}]}}",
"p.yaml:4:57: spec.pod.env[0].valueFrom: unknown field \"valueFrom\"; did you mean \"value\"?\n"},
{"env an object",
"{pools: [thirds], pod: {env: {A: b}}}",
"p.yaml:4:36: spec.pod.env: is an object, must be a list\n"},
{"description a list",
"{pools: [thirds], description: []}",
"p.yaml:4:38: spec.description: is a list, must be a string\n"},
};
/* clang-format on */

TEST(class_decode__broken__every_mistake_at_its_position)
{
    expect_broken(broken_classes, ARRAY_SIZE(broken_classes), "SliceClass", FIVE_POOLS);
}

TEST(class_resolve__broken_pool__no_second_problem)
{
    AUTO(string)
    yaml = document_text("SliceClass", "c", "{pools: [p], profile: 1g.5gb, limits: {perContainer: 2}}",
                         "---\n" API "kind: SlicePool\nmetadata: {name: p}\nspec: {gpu: t5, sharing: "
                         "{whole: {}}}\n");
    expect_problems(
        "broken pool", yaml,
        "p.yaml:9:13: spec.gpu: there is no GPU \"t5\" in the table; did you mean \"t4\"? `gpuslice gpu list` "
        "shows all\n");
}

static const struct slice_class *load_class(struct policy_fixture *loaded, const char *spec, const char *others)
{
    AUTO(string) yaml = document_text("SliceClass", "c", spec, others);
    *loaded = load_text(yaml);
    return policy_set_class(expect_set(loaded), "c");
}

TEST(class_decode__little_given__defaults)
{
    AUTO(policy_fixture) loaded = {0};
    const struct slice_class *c = load_class(&loaded, "{pools: [thirds]}", FIVE_POOLS);
    assert_string_equal(c->name, "c");
    assert_null(c->description);
    assert_null(c->profile_name);
    assert_null(c->profile);
    assert_null(c->runtime_class);
    assert_int_equal(c->per_container, 1);
    assert_int_equal(c->per_pod, 0);
    assert_int_equal(c->env.count, 0);
    assert_int_equal(c->preferences.count, 0);
    assert_int_equal(c->requirements.count, 1);
    assert_int_equal(c->tolerations.count, 2);
    assert_true(c->shared);
    assert_string_equal(c->resource, "nvidia.com/gpu");
    assert_int_equal(c->memory_bytes >> 20, 5120);
}

TEST(class_decode__all_given__kept)
{
    AUTO(policy_fixture) loaded = {0};
    const struct slice_class *c = load_class(
        &loaded,
        "{description: d, pools: [balanced], profile: 2g.20gb, limits: {perContainer: 2, perPod: 4}, placement: "
        "{preferences: [{weight: 7, requirements: [{key: zone, operator: In, values: [a]}]}], nodeSelector: {disk: "
        "ssd}}, pod: "
        "{runtimeClassName: nvidia, labels: {l: v}, annotations: {a: any value}, env: [{name: A.b-C_1, value: \"25\"}, "
        "{name: E, value: \"\"}]}}",
        FIVE_POOLS);
    assert_string_equal(c->description, "d");
    assert_string_equal(c->profile->name, "2g.20gb");
    assert_string_equal(c->resource, "nvidia.com/mig-2g.20gb");
    assert_true(c->memory_bytes == c->profile->memory_bytes);
    assert_false(c->shared);
    assert_int_equal(c->per_container, 2);
    assert_int_equal(c->per_pod, 4);
    assert_int_equal(c->preferences.items[0].weight, 7);
    assert_string_equal(c->preferences.items[0].requirements.items[0].key, "zone");
    assert_string_equal(keyvalues_get(&c->node_selector, "disk"), "ssd");
    assert_string_equal(c->runtime_class, "nvidia");
    assert_string_equal(keyvalues_get(&c->labels, "l"), "v");
    assert_string_equal(keyvalues_get(&c->annotations, "a"), "any value");
    assert_int_equal(c->env.count, 2);
    assert_string_equal(c->env.items[0].name, "A.b-C_1");
    assert_string_equal(c->env.items[0].value, "25");
    assert_string_equal(c->env.items[1].value, "");
}

#define ONE_T4 "gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {instanceTypes: [g4dn.xlarge]}"

/* The prices of the table: g4dn.xlarge 0.526, g6.xlarge 0.8048, g6.4xlarge 1.3232, g6.12xlarge 4.6016 with 4 GPUs,
 * p4d.24xlarge 21.957642 with 8, p5en.48xlarge 63.296 with 8, p5e.48xlarge unknown. */
static const struct {
    const char *name, *pool, *spec;
    int64_t price;
    const char *text;
} prices[] = {
    {"a third", ONE_T4, "", 175333, "0.1753"},
    {"its own", ONE_T4, ", price: \"0.20\"", 200000, "0.2000"},
    {"its own, the least", ONE_T4, ", price: \"0.000001\"", 1, "0.000001"},
    {"its own, the most", ONE_T4, ", price: \"999999.9999\"", 999999999900, "999999.9999"},
    {"the cheapest type, not the first",
     "gpu: l4, sharing: {whole: {}}, nodes: {instanceTypes: [g6.12xlarge, g6.xlarge]}", "", 804800, "0.8048"},
    {"one type of four GPUs", "gpu: l4, sharing: {mps: {replicas: 4}}, nodes: {instanceTypes: [g6.12xlarge]}", "",
     287600, "0.2876"},
    {"all types of the GPU", "gpu: l4, sharing: {whole: {}}", "", 804800, "0.8048"},
    {"types by their family and size",
     "gpu: l4, sharing: {whole: {}}, nodes: {requirements: [{key: karpenter.k8s.aws/instance-family, operator: In, "
     "values: [g6]}, {key: karpenter.k8s.aws/instance-size, operator: In, values: [4xlarge, 12xlarge]}]}",
     "", 1150400, "1.1504"},
    {"sevenths", "gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}", "", 392101, "0.3921"},
    {"by memory in a layout of several profiles",
     "gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 2, 2g.10gb: 1, 3g.20gb: 1}}}", ", profile: 3g.20gb", 1372353,
     "1.3724"},
    {"shares of a MIG device", "gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}, timeSlicing: {replicas: 2}}", "",
     196050, "0.1961"},
    {"a type without a price alongside one with",
     "gpu: h200-141gb, sharing: {whole: {}}, nodes: {instanceTypes: [p5e.48xlarge, p5en.48xlarge]}", "", 7912000,
     "7.9120"},
    {"only a type without a price", "gpu: h200-141gb, sharing: {whole: {}}, nodes: {instanceTypes: [p5e.48xlarge]}", "",
     0, "not known"},
    {"a GPU without instance types", "gpu: a30-24gb, sharing: {whole: {}}", "", 0, "not known"},
};

TEST(class_resolve__price__own_or_lowest_of_the_table)
{
    for (size_t i = 0; i < ARRAY_SIZE(prices); i++) {
        AUTO(policy_fixture) loaded = {0};
        char spec[128];
        char pool[512];
        char text[PRICE_TEXT_SIZE];
        (void)snprintf(spec, sizeof(spec), "{pools: [mine]%s}", prices[i].spec);
        (void)snprintf(pool, sizeof(pool), "---\n" API "kind: SlicePool\nmetadata: {name: mine}\nspec: {%s}\n",
                       prices[i].pool);
        const struct slice_class *c = load_class(&loaded, spec, pool);
        price_text(c->price, text);
        if (c->price != prices[i].price || strcmp(text, prices[i].text) != 0)
            fail_msg("%s: %lld, %s", prices[i].name, (long long)c->price, text);
    }
}

TEST(class_resolve__pools_that_differ__lowest_price_weakest_isolation_largest_node)
{
    AUTO(policy_fixture) loaded = {0};
    const struct slice_class *c =
        load_class(&loaded, "{pools: [m, s]}",
                   "---\n" API "kind: SlicePool\nmetadata: {name: m}\nspec: {gpu: l4, sharing: {mps: {replicas: 4}}, "
                   "nodes: {instanceTypes: [g6.xlarge]}}\n---\n" API
                   "kind: SlicePool\nmetadata: {name: s}\nspec: {gpu: t4, sharing: {timeSlicing: {replicas: 2}}, "
                   "nodes: {instanceTypes: [g4dn.12xlarge]}}\n");
    assert_int_equal(c->price, 201200);
    assert_int_equal(c->isolation, ISOLATION_NONE);
    assert_string_equal(isolation_text(c->isolation), "none");
    assert_int_equal(c->node_slices, 8);
}

/* Pools, labels and taints are not sorted, and both pools have the same value of arch. */
static const char two_pools[] =
    "---\n" API "kind: SlicePool\nmetadata: {name: z}\nspec: {gpu: l4, sharing: {timeSlicing: {replicas: 2}}, labels: "
    "{zone: b, pool: z, arch: amd64}, taints: [{key: nvidia.com/gpu, effect: NoSchedule}, {key: t, value: a, effect: "
    "NoExecute}]}\n"
    "---\n" API "kind: SlicePool\nmetadata: {name: a}\nspec: {gpu: t4, sharing: {timeSlicing: {replicas: 2}}, labels: "
    "{pool: a, arch: amd64, zone: c}, taints: [{key: t, value: b, effect: NoExecute}, {key: t, effect: NoSchedule}]}\n";

static void expect_in(const struct requirement *requirement, const char *key, const char *first, const char *second)
{
    assert_string_equal(requirement->key, key);
    assert_int_equal(requirement->op, OP_IN);
    assert_int_equal(requirement->value_count, second ? 2 : 1);
    assert_string_equal(requirement->values[0], first);
    if (second)
        assert_string_equal(requirement->values[1], second);
}

TEST(class_resolve__several_pools__one_requirement_per_key)
{
    AUTO(policy_fixture) loaded = {0};
    const struct slice_class *c =
        load_class(&loaded, "{pools: [z, a], placement: {requirements: [{key: own, operator: Exists}]}}", two_pools);
    assert_int_equal(c->pool_count, 2);
    assert_string_equal(c->pools[0]->name, "z");
    assert_string_equal(c->pools[1]->name, "a");
    assert_int_equal(c->requirements.count, 4);
    expect_in(&c->requirements.items[0], "arch", "amd64", NULL);
    expect_in(&c->requirements.items[1], "pool", "z", "a");
    expect_in(&c->requirements.items[2], "zone", "b", "c");
    assert_string_equal(c->requirements.items[3].key, "own");
    assert_int_equal(c->requirements.items[3].op, OP_EXISTS);
}

TEST(class_resolve__several_pools__one_toleration_per_taint)
{
    static const char *const wanted[][3] = {{"nvidia.com/gpu", "Exists", "NoSchedule"},
                                            {"t", "Exists", "NoExecute"},
                                            {"t", "Exists", "NoSchedule"},
                                            {"own", "Equal", "NoSchedule"}};
    AUTO(policy_fixture) loaded = {0};
    const struct slice_class *c = load_class(
        &loaded,
        "{pools: [z, a], placement: {tolerations: [{key: own, operator: Equal, value: x, effect: NoSchedule}]}}",
        two_pools);
    assert_int_equal(c->tolerations.count, ARRAY_SIZE(wanted));
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        assert_string_equal(c->tolerations.items[i].key, wanted[i][0]);
        assert_string_equal(c->tolerations.items[i].op, wanted[i][1]);
        assert_string_equal(c->tolerations.items[i].effect, wanted[i][2]);
    }
    assert_string_equal(c->tolerations.items[3].value, "x");
}

/* The taints of spec.nodes: one that only z has, one that a has among its own, and one of another effect in each. */
static const char tainted_nodes[] =
    "---\n" API "kind: SlicePool\nmetadata: {name: z}\nspec: {gpu: l4, sharing: {timeSlicing: {replicas: 2}}, labels: "
    "{pool: z}, taints: [{key: own, effect: NoSchedule}], nodes: {taints: [{key: team, value: ml, effect: NoSchedule}, "
    "{key: both, effect: NoExecute}], startupTaints: [{key: boot, effect: NoSchedule}]}}\n"
    "---\n" API "kind: SlicePool\nmetadata: {name: a}\nspec: {gpu: t4, sharing: {timeSlicing: {replicas: 2}}, labels: "
    "{pool: a}, taints: [{key: team, value: x, effect: NoSchedule}], nodes: {taints: [{key: both, effect: "
    "PreferNoSchedule}, {key: both, value: b, effect: NoExecute}]}}\n";

TEST(class_resolve__taints_of_nodes__one_toleration_per_taint)
{
    static const char *const wanted[][2] = {
        {"own", "NoSchedule"}, {"team", "NoSchedule"}, {"both", "NoExecute"}, {"both", "PreferNoSchedule"}};
    AUTO(policy_fixture) loaded = {0};
    const struct slice_class *c = load_class(&loaded, "{pools: [z, a]}", tainted_nodes);
    assert_int_equal(c->tolerations.count, ARRAY_SIZE(wanted));
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        assert_string_equal(c->tolerations.items[i].key, wanted[i][0]);
        assert_string_equal(c->tolerations.items[i].op, "Exists");
        assert_string_equal(c->tolerations.items[i].effect, wanted[i][1]);
        assert_false(c->tolerations.items[i].has_seconds);
    }
}

TEST(class_resolve__several_pools__least_memory)
{
    AUTO(policy_fixture) loaded = {0};
    const struct slice_class *c = load_class(&loaded, "{pools: [z, a]}", two_pools);
    assert_int_equal(c->memory_bytes >> 20, 7680); /* half a T4, not half an L4 */
}

static const struct {
    const char *spec;
    const char *profile;
    const char *resource;
} profiles[] = {
    {"{pools: [balanced], profile: 1g.10gb}", "1g.10gb", "nvidia.com/mig-1g.10gb"},
    {"{pools: [single]}", "1g.10gb", "nvidia.com/gpu"},
    {"{pools: [single], profile: 1g.10gb}", "1g.10gb", "nvidia.com/gpu"},
    {"{pools: [thirds]}", NULL, "nvidia.com/gpu"},
    {"{pools: [quarters]}", NULL, "nvidia.com/gpu.shared"},
};

TEST(class_resolve__profiles__resource)
{
    for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
        AUTO(policy_fixture) loaded = {0};
        const struct slice_class *c = load_class(&loaded, profiles[i].spec, FIVE_POOLS);
        if (strcmp(c->resource, profiles[i].resource) != 0 || !c->profile != !profiles[i].profile)
            fail_msg("%s: %s", profiles[i].spec, c->resource);
        if (c->profile)
            assert_string_equal(c->profile->name, profiles[i].profile);
    }
}

/* 1g.10gb is an eighth of an H100, but a quarter of an A100 40GB: one class, two GPUs, two profiles. */
TEST(class_resolve__same_name_on_two_gpus__the_lesser_memory)
{
    static const char others[] =
        "---\n" API
        "kind: SlicePool\nmetadata: {name: h}\nspec: {gpu: h100-80gb, sharing: {mig: {layout: {1g.10gb: 7}}}}\n"
        "---\n" API
        "kind: SlicePool\nmetadata: {name: a}\nspec: {gpu: a100-40gb, sharing: {mig: {layout: {1g.10gb: 4}}}}\n";
    AUTO(policy_fixture) loaded = {0};
    const struct slice_class *c = load_class(&loaded, "{pools: [h, a]}", others);
    int64_t h = gpu_profile(c->pools[0]->gpu, "1g.10gb")->memory_bytes;
    int64_t a = gpu_profile(c->pools[1]->gpu, "1g.10gb")->memory_bytes;
    assert_true(h != a);
    assert_true(c->memory_bytes == (h < a ? h : a));
    assert_string_equal(c->resource, "nvidia.com/mig-1g.10gb");
}
