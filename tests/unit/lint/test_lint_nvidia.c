/* Tests the rules about the device plugin, mig-parted and the GPU Operator: each has a case in which it must be found,
 * and many have one in which it must not be found. */
#include "tests/support/lint_fixture.h"

#define PLUGIN   "device-plugin-config.yaml"
#define MIG      "mig-parted-config.yaml"
#define OPERATOR "gpu-operator-values.yaml"
#define T4       "nodepool-t4-thirds.yaml"
#define T4_KEY   "  t4-thirds: |\n    version: v1\n"
#define OLD_MAP(key, text) \
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: old, namespace: gpu-operator}\ndata:\n  " key ": " text "\n"

#define NODE_CLASS "ec2nodeclass-t4-thirds.yaml"
#define A100_NODE  "ec2nodeclass-a100-sevenths.yaml"
/* A version of Bottlerocket, and the settings after it in the node class. */
#define ROCKET_MIG(gpu, profile)                                 \
    "bottlerocket@v1.54.0\n  userData: |\n"                      \
    "    [settings.kubelet-device-plugins.nvidia]\n"             \
    "    device-partitioning-strategy = \"mig\"\n"               \
    "    [settings.kubelet-device-plugins.nvidia.mig.profile]\n" \
    "    \"" gpu "\" = \"" profile "\""
#define USER_DATA(replicas)                                                     \
    "  userData: |\n"                                                           \
    "    [settings.kubelet-device-plugins.nvidia]\n"                            \
    "    device-sharing-strategy = \"time-slicing\"\n"                          \
    "    [settings.kubelet-device-plugins.nvidia.time-slicing]\n" replicas "\n" \
    "    rename-by-default = false\n"

#define SETTINGS(spec) \
    "apiVersion: gpuslice.dev/v1alpha1\nkind: SliceSettings\nmetadata: {name: default}\nspec: " spec "\n"
#define PLUGIN_NAMES T4_KEY "    resources: {gpus: [{pattern: \"*A100*\", name: nvidia.com/a100}]}\n"
#define DEVICE_CLASS(driver, name)                                                                                    \
    "apiVersion: resource.k8s.io/v1\nkind: DeviceClass\nmetadata: {name: a}\nspec: {extendedResourceName: " name ", " \
    "selectors: [{cel: {expression: \"device.driver == '" driver "'\"}}]}\n"

static const struct lint_case cases[] = {
    BAD(RULE_GPU_RESOURCE_UNKNOWN, "a plugin that names its GPUs", {PLUGIN, T4_KEY, PLUGIN_NAMES}),
    GOOD(RULE_GPU_RESOURCE_UNKNOWN, "a plugin that names its GPUs by a name of the set", {PLUGIN, T4_KEY, PLUGIN_NAMES},
         {"policies/settings.yaml", NULL, SETTINGS("{gpuResources: [nvidia.com/a100]}")}),
    GOOD(RULE_GPU_RESOURCE_UNKNOWN, "a pattern of the set matches the name", {PLUGIN, T4_KEY, PLUGIN_NAMES},
         {"policies/settings.yaml", NULL, SETTINGS("{gpuResources: [\"nvidia.com/a1*\"]}")}),
    BAD(RULE_GPU_RESOURCE_UNKNOWN, "a name that the set takes for a network device", {PLUGIN, T4_KEY, PLUGIN_NAMES},
        {"policies/settings.yaml", NULL, SETTINGS("{otherDevices: [nvidia.com/a100]}")}),
    BAD(RULE_GPU_RESOURCE_UNKNOWN, "a MIG device's name without a domain",
        {PLUGIN, T4_KEY, T4_KEY "    resources: {mig: [{pattern: \"1g.5gb\", name: seventh}]}\n"}),
    GOOD(RULE_GPU_RESOURCE_UNKNOWN, "the plugin's own names without a domain",
         {PLUGIN, T4_KEY,
          T4_KEY "    resources: {gpus: [{pattern: \"*\", name: gpu}], mig: [{pattern: \"1g.5gb\", name: "
                 "mig-1g.5gb}]}\n"}),
    BAD(RULE_GPU_RESOURCE_UNKNOWN, "a share's rename",
        {PLUGIN, "          replicas: 3\n", "          replicas: 3\n          rename: nvidia.com/third\n"}),
    BAD(RULE_GPU_RESOURCE_UNKNOWN, "renameByDefault of another name",
        {PLUGIN, "  default: |\n    version: v1\n",
         "  default: |\n    version: v1\n    sharing: {timeSlicing: {renameByDefault: true, resources: [{name: "
         "example.com/gpu, replicas: 2}]}}\n"},
        {"policies/settings.yaml", NULL, SETTINGS("{gpuResources: [example.com/gpu]}")}),
    BAD(RULE_GPU_RESOURCE_UNKNOWN, "a DeviceClass of NVIDIA's GPUs",
        {"class.yaml", NULL, DEVICE_CLASS("gpu.nvidia.com", "example.com/gpu")}),
    BAD(RULE_GPU_RESOURCE_UNKNOWN, "a DeviceClass that uses NVIDIA's domain",
        {"class.yaml", NULL, DEVICE_CLASS("gpu.example.com", "nvidia.com/a100")}),
    GOOD(RULE_GPU_RESOURCE_UNKNOWN, "a DeviceClass that uses the plugin's name",
         {"class.yaml", NULL, DEVICE_CLASS("gpu.nvidia.com", "nvidia.com/gpu")}),
    GOOD(RULE_GPU_RESOURCE_UNKNOWN, "a DeviceClass whose name the set lists",
         {"class.yaml", NULL, DEVICE_CLASS("gpu.nvidia.com", "example.com/gpu")},
         {"policies/settings.yaml", NULL, SETTINGS("{gpuResources: [example.com/gpu]}")}),
    GOOD(RULE_GPU_RESOURCE_UNKNOWN, "a DeviceClass of another driver",
         {"class.yaml", NULL, DEVICE_CLASS("dra.example.com", "example.com/nic")}),
    BAD(RULE_DEVICE_PLUGIN_UNKNOWN_FIELD, "renameByDefault under flags",
        {PLUGIN, T4_KEY "    flags:\n", T4_KEY "    flags:\n      renameByDefault: true\n"}),
    BAD(RULE_DEVICE_PLUGIN_UNKNOWN_FIELD, "a letter in the wrong case",
        {PLUGIN, "failRequestsGreaterThanOne", "failRequestsGreaterThanone"}),
    SAYS(RULE_DEVICE_PLUGIN_VERSION, "config t4-thirds: version is missing; it must be the string v1",
         {PLUGIN, T4_KEY, "  t4-thirds: |\n"}),
    BAD(RULE_DEVICE_PLUGIN_VERSION, "another version", {PLUGIN, T4_KEY, "  t4-thirds: |\n    version: v2\n"}),
    SAYS(RULE_DEVICE_PLUGIN_VERSION, "config t4-thirds: version must be the string v1",
         {PLUGIN, T4_KEY, "  t4-thirds: |\n    version: 1\n"}),
    SAYS(RULE_DEVICE_PLUGIN_REPLICAS, "replicas of nvidia.com/gpu is not a whole number from 2",
         {PLUGIN, "replicas: 3", "replicas: 1"}),
    BAD(RULE_DEVICE_PLUGIN_REPLICAS, "a text", {PLUGIN, "replicas: 3", "replicas: \"3\""}),
    SAYS(RULE_DEVICE_PLUGIN_REPLICAS, "replicas of nvidia.com/gpu is missing", {PLUGIN, "          replicas: 3\n", ""}),
    BAD(RULE_DEVICE_PLUGIN_MPS_LIMITS, "49 clients", {PLUGIN, "replicas: 4", "replicas: 49"}),
    BAD(RULE_DEVICE_PLUGIN_MPS_LIMITS, "with migStrategy mixed",
        {PLUGIN, "  l4-quarters: |\n    version: v1\n    flags:\n      migStrategy: none",
         "  l4-quarters: |\n    version: v1\n    flags:\n      migStrategy: mixed"}),
    BAD(RULE_DEVICE_PLUGIN_MPS_LIMITS, "of MIG devices",
        {PLUGIN,
         "mps:\n        renameByDefault: true\n        failRequestsGreaterThanOne: true\n        resources:\n        - "
         "name: nvidia.com/gpu",
         "mps:\n        renameByDefault: true\n        failRequestsGreaterThanOne: true\n        resources:\n        - "
         "name: nvidia.com/mig-1g.5gb"}),
    GOOD(RULE_DEVICE_PLUGIN_MPS_LIMITS, "48 clients", {PLUGIN, "replicas: 4", "replicas: 48"}),
    BAD(RULE_DEVICE_PLUGIN_BOTH_SHARERS, "mps and timeSlicing",
        {PLUGIN, "      mps:\n",
         "      timeSlicing: {failRequestsGreaterThanOne: true, resources: [{name: nvidia.com/gpu, replicas: 4}]}\n    "
         "  mps:\n"}),
    BAD(RULE_DEVICE_PLUGIN_NO_RESOURCES, "an empty timeSlicing",
        {PLUGIN, "  default: |\n    version: v1\n", "  default: |\n    version: v1\n    sharing: {timeSlicing: {}}\n"}),
    SAYS(RULE_DEVICE_PLUGIN_FIELD_IGNORED, "ignores rename and logs a warning; only renameByDefault changes the name",
         {PLUGIN, "          replicas: 3\n", "          replicas: 3\n          rename: nvidia.com/third\n"}),
    BAD(RULE_DEVICE_PLUGIN_FIELD_IGNORED, "rename: all",
        {PLUGIN, "          replicas: 3\n", "          replicas: 3\n          rename: all\n"}),
    SAYS(RULE_DEVICE_PLUGIN_FIELD_IGNORED, "ignores devices and logs a warning; the sharing applies to all GPUs",
         {PLUGIN, "          replicas: 3\n", "          replicas: 3\n          devices: 1\n"}),
    GOOD(RULE_DEVICE_PLUGIN_FIELD_IGNORED, "devices: all",
         {PLUGIN, "          replicas: 3\n", "          replicas: 3\n          devices: all\n"}),
    BAD(RULE_DEVICE_PLUGIN_ALLOWS_MORE, "not set",
        {PLUGIN, "timeSlicing:\n        renameByDefault: false\n        failRequestsGreaterThanOne: true\n",
         "timeSlicing:\n        renameByDefault: false\n"}),
    GOOD(RULE_DEVICE_PLUGIN_ALLOWS_MORE, "MPS rejects such requests by default",
         {PLUGIN, "mps:\n        renameByDefault: true\n        failRequestsGreaterThanOne: true\n",
          "mps:\n        renameByDefault: true\n"}),
    BAD(RULE_DEVICE_PLUGIN_KEY_INVALID, "a key with a slash", {PLUGIN, T4_KEY, "  t4/thirds: |\n    version: v1\n"}),
    BAD(RULE_DEVICE_PLUGIN_NOT_SELECTED, "no NodePool has the label",
        {T4, "        nvidia.com/device-plugin.config: t4-thirds\n", ""}),
    SAYS(RULE_DEVICE_PLUGIN_NOT_SELECTED, "no values of the GPU Operator name it in devicePlugin.config.default",
         {T4, "        nvidia.com/device-plugin.config: t4-thirds\n", ""}, {OPERATOR, "devicePlugin:", "otherPlugin:"}),
    BAD(RULE_DEVICE_PLUGIN_NOT_SELECTED, "a key that no NodePool and no default names",
        {"old.yaml", NULL,
         OLD_MAP("config.json",
                 "'{\"sharing\":{\"timeSlicing\":{\"resources\":[{\"name\":\"nvidia.com/gpu\",\"replicas\":3}]}}}'")}),
    BAD(RULE_DEVICE_PLUGIN_NOT_SELECTED, "in a ConfigMap that the operator does not read",
        {"old.yaml", NULL,
         OLD_MAP("t4-thirds",
                 "'{\"sharing\":{\"timeSlicing\":{\"resources\":[{\"name\":\"nvidia.com/gpu\",\"replicas\":3}]}}}'")}),
    GOOD(RULE_DEVICE_PLUGIN_NOT_SELECTED, "the operator's default",
         {T4, "        nvidia.com/device-plugin.config: t4-thirds\n", ""},
         {OPERATOR, "default: default", "default: t4-thirds"}),
    BAD(RULE_DEVICE_PLUGIN_CONFIG_MISSING, "a label that names no key",
        {T4, "device-plugin.config: t4-thirds", "device-plugin.config: thirds"}),
    BAD(RULE_DEVICE_PLUGIN_CONFIG_MISSING, "a default that names no key",
        {OPERATOR, "default: default", "default: none"}),
    BAD(RULE_CONFIG_UNREADABLE, "a tab", {PLUGIN, T4_KEY, "  t4-thirds: |\n    version: v1\n    \tflags: {}\n"}),
    BAD(RULE_REGISTERED_DIFFERS, "2^61 slices too many per GPU, which would wrap to the right number for 8 GPUs",
        {"mig-parted-config.yaml", "1g.5gb: 7", "1g.5gb: 2305843009213693959"}),
    BAD(RULE_REGISTERED_DIFFERS, "another number of replicas", {PLUGIN, "replicas: 3", "replicas: 4"}),
    BAD(RULE_REGISTERED_DIFFERS, "the slices are renamed", {PLUGIN, "renameByDefault: false", "renameByDefault: true"}),
    BAD(RULE_REGISTERED_DIFFERS, "shared by MPS instead of time-slicing",
        {PLUGIN, "      timeSlicing:\n        renameByDefault: false", "      mps:\n        renameByDefault: false"}),
    BAD(RULE_REGISTERED_DIFFERS, "the operator's strategy makes other names",
        {OPERATOR, "strategy: \"\"", "strategy: single"}),
    BAD(RULE_REGISTERED_DIFFERS, "another number of replicas on Bottlerocket", {NODE_CLASS, "al2023@", "bottlerocket@"},
        {NODE_CLASS, NULL, USER_DATA("    replicas = 4 # each")}),
    GOOD(RULE_REGISTERED_DIFFERS, "replicas on Bottlerocket that cannot be read",
         {NODE_CLASS, "al2023@", "bottlerocket@"}, {NODE_CLASS, NULL, USER_DATA("    replicas = {{ .count }}")}),
    BAD(RULE_REGISTERED_DIFFERS, "no replicas on Bottlerocket, which then makes two",
        {NODE_CLASS, "al2023@", "bottlerocket@"}, {NODE_CLASS, NULL, USER_DATA("")}),
    BAD(RULE_MIG_CONFIG_DIFFERS, "Bottlerocket with another profile",
        {A100_NODE, "al2023@v20260917", ROCKET_MIG("a100.40gb", "2g.10gb")}),
    BAD(RULE_MIG_CONFIG_DIFFERS, "Bottlerocket with another number",
        {A100_NODE, "al2023@v20260917", ROCKET_MIG("a100.40gb", "3")}),
    SAYS(RULE_MIG_CONFIG_DIFFERS, "name no MIG profile for \"a100.40gb\", so each GPU becomes one slice",
         {A100_NODE, "al2023@v20260917", ROCKET_MIG("a100-40gb", "1g.5gb")}),
    SAYS(RULE_MIG_CONFIG_DIFFERS, "turn MIG off, but SlicePool \"a100-sevenths\" uses MIG",
         {A100_NODE, "al2023@", "bottlerocket@"}, {A100_NODE, NULL, USER_DATA("    replicas = 3")}),
    SAYS(RULE_MIG_CONFIG_DIFFERS, "turn MIG on, but SlicePool \"t4-thirds\" does not use MIG",
         {NODE_CLASS, "al2023@v20260917", ROCKET_MIG("a100.40gb", "1g.5gb")}),
    GOOD(RULE_MIG_CONFIG_DIFFERS, "Bottlerocket with the profile",
         {A100_NODE, "al2023@v20260917", ROCKET_MIG("a100.40gb", "1g.5gb")}),
    GOOD(RULE_MIG_CONFIG_DIFFERS, "Bottlerocket with the number",
         {A100_NODE, "al2023@v20260917", ROCKET_MIG("a100.40gb", "7")}),
    SAYS(RULE_MIG_VERSION, "version is missing; it must be the string v1", {MIG, "    version: v1\n", ""}),
    SAYS(RULE_MIG_VERSION, "version must be the string v1", {MIG, "    version: v1\n", "    version: 1\n"}),
    BAD(RULE_MIG_ALL_DISABLED_MISSING, "no config all-disabled",
        {MIG, "      all-disabled:\n      - devices: all\n        mig-enabled: false\n", ""}),
    BAD(RULE_MIG_ALL_DISABLED_MISSING, "all-disabled does not turn MIG off",
        {MIG, "mig-enabled: false", "mig-enabled: true\n        mig-devices: {}"}),
    BAD(RULE_MIG_UNKNOWN_FIELD, "a misspelled field", {MIG, "mig-devices:", "mig-device:"}),
    BAD(RULE_MIG_CONFIG_KEY, "another key", {MIG, "  config.yaml: |", "  mig.yaml: |"}),
    BAD(RULE_MIG_CONFIG_MISSING, "a label that names no config",
        {"nodepool-a100-sevenths.yaml", "mig.config: a100-sevenths", "mig.config: all-1g.5gb"}),
    BAD(RULE_MIG_CONFIG_DIFFERS, "one slice fewer", {MIG, "1g.5gb: 7", "1g.5gb: 6"}),
    BAD(RULE_MIG_CONFIG_DIFFERS, "the label of a T4 pool",
        {T4, "      labels:\n", "      labels:\n        nvidia.com/mig.config: a100-sevenths\n"}),
    BAD(RULE_MIG_PROFILE_UNKNOWN, "a profile of the A100 80GB", {MIG, "1g.5gb: 7", "1g.10gb: 4\n          2g.20gb: 1"}),
    BAD(RULE_MIG_LAYOUT_DOES_NOT_FIT, "two 3g.40gb beside 1g.10gb",
        {MIG, "2g.20gb: 1\n          3g.40gb: 1", "3g.40gb: 2"}),
    BAD(RULE_OPERATOR_UNKNOWN_FIELD, "one letter less",
        {OPERATOR, "devicePlugin:\n  config:", "devicePlugin:\n  confg:"}),
    BAD(RULE_OPERATOR_CONFIG_MAP_MISSING, "another name",
        {OPERATOR, "name: gpuslice-device-plugin", "name: device-plugin"}),
    BAD(RULE_OPERATOR_CONFIG_UNNAMED, "no name", {OPERATOR, "    name: gpuslice-mig-parted\n", ""}),
    BAD(RULE_OPERATOR_DEFAULT_MISSING, "no default", {OPERATOR, "    default: default\n", ""}),
    BAD(RULE_OPERATOR_MIG_DEFAULT, "a layout", {OPERATOR, "default: all-disabled", "default: a100-sevenths"}),
    BAD(RULE_OPERATOR_MIG_STRATEGY, "single, for pools that are mixed",
        {OPERATOR, "strategy: \"\"", "strategy: single"}),
    BAD(RULE_OPERATOR_MIG_STRATEGY, "not set, so single", {OPERATOR, "mig:\n  strategy: \"\"\n", ""}),
    GOOD(RULE_OPERATOR_MIG_STRATEGY, "mixed", {OPERATOR, "strategy: \"\"", "strategy: mixed"}),
    BAD(RULE_OPERATOR_WITHOUT_REBOOT, "an A100 needs it", {OPERATOR, "value: \"true\"", "value: \"false\""}),
    BAD(RULE_CONFIG_MAP_NAMESPACE, "in another namespace", {MIG, "namespace: gpu-operator", "namespace: default"}),
    BAD(RULE_CONFIG_MAP_NAMESPACE, "without a namespace", {PLUGIN, "  namespace: gpu-operator\n", ""}),
    BAD(RULE_OPERATOR_PART_DISABLED, "no mig-manager",
        {OPERATOR, "migManager:\n  enabled: true", "migManager:\n  enabled: false"}),
    BAD(RULE_OPERATOR_DRIVER_TWICE, "the image already contains the driver",
        {OPERATOR, "driver:\n  enabled: false", "driver:\n  enabled: true"}),
    BAD(RULE_OPERATOR_TOLERATION_MISSING, "the pool's taint",
        {OPERATOR, "  - key: gpuslice.dev/pool\n    operator: Exists\n    effect: NoSchedule\n", ""}),
    BAD(RULE_OPERATOR_MIG_STRATEGY, "values that contain only a strategy",
        {OPERATOR, "strategy: \"\"", "strategy: single"}, {OPERATOR, "devicePlugin:\n", "ignored: {}\nother:\n"}),
    GOOD(RULE_OPERATOR_TOLERATION_MISSING, "values of another chart, which also has a value mig",
         {"values.yaml", NULL, "mig: {profiles: [a]}\nreplicas: 1\n"}),
};

TEST(rules__of_nvidia__found_where_they_are_broken)
{
    try_cases(cases, ARRAY_SIZE(cases));
}

TEST(rules__of_nvidia__each_has_a_case)
{
    expect_all_rules(rules_nvidia, cases, ARRAY_SIZE(cases));
}

static void look_for_one(void *context, struct lint *lint)
{
    size_t *ret_count = context;
    for (size_t i = 0; i < lint->findings.count; i++)
        *ret_count += lint->findings.items[i].rule == rule_get(RULE_OPERATOR_TOLERATION_MISSING);
    assert_non_null(strstr(lint->findings.items[0].message, " and 5 more"));
}

TEST(operator_toleration_missing__of_a_taint_that_all_pools_have__reported_once)
{
    static const struct lint_edit edit = {
        OPERATOR, "  - key: gpuslice.dev/pool\n    operator: Exists\n    effect: NoSchedule\n", ""};
    AUTO(lint_fixture) fixture = lint_fixture_make();
    size_t count = 0;
    lint_fixture_edit(&fixture, "once", &edit);
    lint_fixture_lint(&fixture, "once", NULL, &count, look_for_one);
    assert_int_equal(count, 1);
}
