/* SliceSettings: mistakes with their positions, which names are kept, and that settings are part of the revision. */
#include "tests/support/policy_fixture.h"

#define SETTINGS(name, spec) API "kind: SliceSettings\nmetadata: {name: " name "}\nspec: " spec "\n"

/* clang-format off */
static const struct broken broken_settings[] = {
{"unknown field",
"{gpuResource: []}",
"p.yaml:4:8: spec.gpuResource: unknown field \"gpuResource\"; did you mean \"gpuResources\"?\n"},
{"no list",
"{gpuResources: example.com/gpu}",
"p.yaml:4:22: spec.gpuResources: is a string, must be a list\n"},
{"no string",
"{gpuResources: [1]}",
"p.yaml:4:23: spec.gpuResources[0]: is an integer, must be a string; put it in quotes\n"},
{"no domain",
"{gpuResources: [gpu]}",
"p.yaml:4:23: spec.gpuResources[0]: \"gpu\" has no domain, must be a domain, a slash and a name: example.com/gpu\n"},
{"hugepages",
"{gpuResources: [hugepages-2Mi]}",
"p.yaml:4:23: spec.gpuResources[0]: \"hugepages-2Mi\" has no domain, must be a domain, a slash and a name: example.com/gpu\n"},
{"wildcard alone",
"{gpuResources: [\"*\"]}",
"p.yaml:4:23: spec.gpuResources[0]: \"*\" has no domain, must be a domain, a slash and a name: example.com/gpu\n"},
{"wildcard in the domain",
"{gpuResources: [\"*.com/gpu\"]}",
"p.yaml:4:23: spec.gpuResources[0]: \"*.com/gpu\" has a \"*\" in it, must have it at the end of the name only\n"},
{"wildcard in the name",
"{gpuResources: [\"example.com/g*u\"]}",
"p.yaml:4:23: spec.gpuResources[0]: \"example.com/g*u\" has a \"*\" in it, must have it at the end of the name only\n"},
{"two wildcards",
"{gpuResources: [\"example.com/g**\"]}",
"p.yaml:4:23: spec.gpuResources[0]: \"example.com/g**\" has a \"*\" in it, must have it at the end of the name only\n"},
{"bad characters",
"{gpuResources: [\"example.com/a b\", \"Example.com/gpu\", \"example.com/gpu'\", \"example.com/\"]}",
"p.yaml:4:23: spec.gpuResources[0]: \"example.com/a b\" must consist of letters, digits, '-', '_' and '.', with at most one domain and '/' before them\n"
"p.yaml:4:42: spec.gpuResources[1]: \"Example.com/gpu\" must have a domain before its '/': lower-case letters, digits, '-' and '.', such as example.com/name\n"
"p.yaml:4:61: spec.gpuResources[2]: \"example.com/gpu'\" must consist of letters, digits, '-', '_' and '.', with at most one domain and '/' before them\n"
"p.yaml:4:81: spec.gpuResources[3]: \"example.com/\" has nothing after its '/'\n"},
{"Kubernetes' own",
"{gpuResources: [kubernetes.io/gpu, node.kubernetes.io/gpu, \"deviceclass.resource.kubernetes.io/*\", alpha.kubernetes.io/nvidia-gpu]}",
"p.yaml:4:23: spec.gpuResources[0]: \"kubernetes.io/gpu\" is in a domain that Kubernetes reserves, must be a name that a device plugin can register\n"
"p.yaml:4:42: spec.gpuResources[1]: \"node.kubernetes.io/gpu\" is in a domain that Kubernetes reserves, must be a name that a device plugin can register\n"
"p.yaml:4:66: spec.gpuResources[2]: \"deviceclass.resource.kubernetes.io/*\" is in a domain that Kubernetes reserves, must be a name that a device plugin can register\n"
"p.yaml:4:106: spec.gpuResources[3]: \"alpha.kubernetes.io/nvidia-gpu\" is in a domain that Kubernetes reserves, must be a name that a device plugin can register\n"},
{"not Kubernetes' own",
"{gpuResources: [mykubernetes.io/gpu, kubernetes.io.example.com/gpu, 7]}",
"p.yaml:4:75: spec.gpuResources[2]: is an integer, must be a string; put it in quotes\n"},
{"quota's prefix",
"{gpuResources: [requests.nvidia.com/a100]}",
"p.yaml:4:23: spec.gpuResources[0]: \"requests.nvidia.com/a100\" is in a domain that Kubernetes reserves, must be a name that a device plugin can register\n"},
{"built in",
"{gpuResources: [nvidia.com/gpu, nvidia.com/gpu.shared, nvidia.com/mig-1g.5gb, \"nvidia.com/mig-*\", \"nvidia.com/mig*\"]}",
"p.yaml:4:23: spec.gpuResources[0]: \"nvidia.com/gpu\" is a GPU resource without being listed; leave it out\n"
"p.yaml:4:39: spec.gpuResources[1]: \"nvidia.com/gpu.shared\" is a GPU resource without being listed; leave it out\n"
"p.yaml:4:62: spec.gpuResources[2]: \"nvidia.com/mig-1g.5gb\" is a GPU resource without being listed; leave it out\n"
"p.yaml:4:85: spec.gpuResources[3]: \"nvidia.com/mig-*\" is a GPU resource without being listed; leave it out\n"
"p.yaml:4:105: spec.gpuResources[4]: \"nvidia.com/mig*\" would also match nvidia.com/mig-*, which is a GPU resource without being listed; must be a narrower name\n"},
{"network devices",
"{gpuResources: [nvidia.com/hostdev, nvidia.com/rdma_shared_device_a, nvidia.com/resibp3, nvidia.com/sriov_rdma, nvidia.com/mlnxnics, rdma/hca]}",
"p.yaml:4:23: spec.gpuResources[0]: \"nvidia.com/hostdev\" is a network device, must be another name of an NVIDIA GPU\n"
"p.yaml:4:43: spec.gpuResources[1]: \"nvidia.com/rdma_shared_device_a\" is a network device, must be another name of an NVIDIA GPU\n"
"p.yaml:4:76: spec.gpuResources[2]: \"nvidia.com/resibp3\" is a network device, must be another name of an NVIDIA GPU\n"
"p.yaml:4:96: spec.gpuResources[3]: \"nvidia.com/sriov_rdma\" is a network device, must be another name of an NVIDIA GPU\n"
"p.yaml:4:119: spec.gpuResources[4]: \"nvidia.com/mlnxnics\" is a network device, must be another name of an NVIDIA GPU\n"
"p.yaml:4:140: spec.gpuResources[5]: \"rdma/hca\" is a network device, must be another name of an NVIDIA GPU\n"},
{"too wide",
"{gpuResources: [\"nvidia.com/*\", \"nvidia.com/gpu*\", \"nvidia.com/r*\"]}",
"p.yaml:4:23: spec.gpuResources[0]: \"nvidia.com/*\" would also match nvidia.com/gpu, which is a GPU resource without being listed; must be a narrower name\n"
"p.yaml:4:39: spec.gpuResources[1]: \"nvidia.com/gpu*\" would also match nvidia.com/gpu, which is a GPU resource without being listed; must be a narrower name\n"
"p.yaml:4:58: spec.gpuResources[2]: \"nvidia.com/r*\" would also match nvidia.com/rdma_*, which is a network device; must be a narrower name\n"},
{"other vendors",
"{gpuResources: [amd.com/gpu, gpu.intel.com/i915, habana.ai/gaudi, \"aws.amazon.com/neuron*\", aws.amazon.com/neuroncore, google.com/tpu]}",
"p.yaml:4:23: spec.gpuResources[0]: \"amd.com/gpu\" is another vendor's accelerator, must be another name of an NVIDIA GPU\n"
"p.yaml:4:36: spec.gpuResources[1]: \"gpu.intel.com/i915\" is another vendor's accelerator, must be another name of an NVIDIA GPU\n"
"p.yaml:4:56: spec.gpuResources[2]: \"habana.ai/gaudi\" is another vendor's accelerator, must be another name of an NVIDIA GPU\n"
"p.yaml:4:73: spec.gpuResources[3]: \"aws.amazon.com/neuron*\" is another vendor's accelerator, must be another name of an NVIDIA GPU\n"
"p.yaml:4:99: spec.gpuResources[4]: \"aws.amazon.com/neuroncore\" is another vendor's accelerator, must be another name of an NVIDIA GPU\n"
"p.yaml:4:126: spec.gpuResources[5]: \"google.com/tpu\" is another vendor's accelerator, must be another name of an NVIDIA GPU\n"},
{"shares of a GPU",
"{gpuResources: [nvidia.com/gpumem, nvidia.com/gpumem-percentage, nvidia.com/gpucores, volcano.sh/vgpu-number]}",
"p.yaml:4:23: spec.gpuResources[0]: \"nvidia.com/gpumem\" is another system's share of a GPU, must be another name of an NVIDIA GPU\n"
"p.yaml:4:42: spec.gpuResources[1]: \"nvidia.com/gpumem-percentage\" is another system's share of a GPU, must be another name of an NVIDIA GPU\n"
"p.yaml:4:72: spec.gpuResources[2]: \"nvidia.com/gpucores\" is another system's share of a GPU, must be another name of an NVIDIA GPU\n"
"p.yaml:4:93: spec.gpuResources[3]: \"volcano.sh/vgpu-number\" is another system's share of a GPU, must be another name of an NVIDIA GPU\n"},
{"the same twice",
"{gpuResources: [nvidia.com/a100, nvidia.com/a100, \"nvidia.com/a*\"]}",
"p.yaml:4:40: spec.gpuResources[1]: \"nvidia.com/a100\" is listed twice\n"
"p.yaml:4:57: spec.gpuResources[2]: \"nvidia.com/a*\" and \"nvidia.com/a100\" match the same names; leave one of them out\n"},
{"otherDevices elsewhere",
"{otherDevices: [example.com/nic]}",
"p.yaml:4:23: spec.otherDevices[0]: \"example.com/nic\" must begin with nvidia.com/: other devices need not be listed\n"},
{"otherDevices that are GPUs",
"{gpuResources: [\"nvidia.com/a*\"], otherDevices: [nvidia.com/gpu, \"nvidia.com/mig-*\", nvidia.com/a100, nvidia.com/gpumem, \"nvidia.com/*\"]}",
"p.yaml:4:56: spec.otherDevices[0]: \"nvidia.com/gpu\" matches nvidia.com/gpu, which is a GPU resource without being listed; must be a device that is not a GPU\n"
"p.yaml:4:72: spec.otherDevices[1]: \"nvidia.com/mig-*\" matches nvidia.com/mig-*, which is a GPU resource without being listed; must be a device that is not a GPU\n"
"p.yaml:4:92: spec.otherDevices[2]: \"nvidia.com/a100\" is among spec.gpuResources (nvidia.com/a*), must be a device that is not a GPU\n"
"p.yaml:4:109: spec.otherDevices[3]: \"nvidia.com/gpumem\" matches nvidia.com/gpumem*, which is another system's share of a GPU; must be a device that is not a GPU\n"
"p.yaml:4:128: spec.otherDevices[4]: \"nvidia.com/*\" is among spec.gpuResources (nvidia.com/a*), must be a device that is not a GPU\n"},
{"otherDevices before gpuResources",
"{otherDevices: [nvidia.com/a100], gpuResources: [nvidia.com/a100]}",
"p.yaml:4:23: spec.otherDevices[0]: \"nvidia.com/a100\" is among spec.gpuResources (nvidia.com/a100), must be a device that is not a GPU\n"},
{"otherDevices twice",
"{otherDevices: [nvidia.com/cx7, nvidia.com/cx7]}",
"p.yaml:4:39: spec.otherDevices[1]: \"nvidia.com/cx7\" is listed twice\n"},
};
/* clang-format on */

TEST(settings_decode__broken__every_mistake_at_its_position)
{
    for (size_t i = 0; i < ARRAY_SIZE(broken_settings); i++) {
        AUTO(string) yaml = document_text("SliceSettings", "default", broken_settings[i].yaml, "---\n" A_THIRD);
        expect_problems(broken_settings[i].name, yaml, broken_settings[i].problems);
    }
}

TEST(settings_decode__too_many__refused)
{
    AUTO(buf) spec;
    buf_init(&spec, 4096);
    buf_add_string(&spec, "{gpuResources: [");
    for (int i = 0; i < GPU_NAMES_MAX + 1; i++)
        buf_addf(&spec, "%sexample.com/gpu-%d", i ? ", " : "", i);
    buf_add_string(&spec, "]}");
    AUTO(string) yaml = document_text("SliceSettings", "default", buf_text(&spec), "---\n" A_THIRD);
    expect_problems(
        "too many", yaml,
        "p.yaml:4:22: spec.gpuResources: has 33 names, must have 32 at most; a \"*\" at the end matches many\n");
}

TEST(settings_decode__another_name__refused)
{
    expect_problems("another name", SETTINGS("cluster", "{}") "---\n" A_THIRD,
                    "p.yaml:3:18: metadata.name: is \"cluster\", must be default: a set has one SliceSettings at "
                    "most\n");
    expect_problems("two", SETTINGS("default", "{}") "---\n" SETTINGS("default", "{}") "---\n" A_THIRD,
                    "p.yaml:8:18: metadata.name: there is a SliceSettings \"default\" already, at p.yaml:3; must be "
                    "another name\n");
}

TEST(settings_decode__names__kept_as_written)
{
    AUTO(policy_fixture)
    loaded = load_text(SETTINGS("default", "{gpuResources: [example.com/gpu, \"nvidia.com/GRID_*\"], otherDevices: "
                                           "[nvidia.com/cx7]}") "---\n" A_THIRD);
    const struct policy_set *set = expect_set(&loaded);
    const struct gpu_names *names = &set->settings.gpu_names;
    assert_string_equal(set->settings.name, "default");
    assert_int_equal(set->settings.mark.line, 3);
    assert_int_equal(names->gpus.count, 2);
    assert_string_equal(names->gpus.items[0].text, "example.com/gpu");
    assert_false(names->gpus.items[0].open);
    assert_string_equal(names->gpus.items[1].text, "nvidia.com/GRID_*");
    assert_true(names->gpus.items[1].open);
    assert_int_equal(names->gpus.items[1].length, strlen("nvidia.com/GRID_"));
    assert_int_equal(names->others.count, 1);
    assert_string_equal(names->others.items[0].text, "nvidia.com/cx7");
}

TEST(policy_set_load__no_settings__no_name)
{
    AUTO(policy_fixture) loaded = load_text(A_THIRD);
    const struct policy_set *set = expect_set(&loaded);
    assert_null(set->settings.name);
    assert_int_equal(set->settings.gpu_names.gpus.count, 0);
    assert_int_equal(set->settings.gpu_names.others.count, 0);
}

TEST(policy_set_load__settings_alone__no_set)
{
    AUTO(policy_fixture) loaded = load_text(SETTINGS("default", "{}"));
    assert_null(loaded.set);
    assert_int_equal(loaded.err.code, ERR_INVALID);
}

TEST(policy_set_load__settings__are_part_of_the_revision)
{
    AUTO(policy_fixture) without = load_text(A_THIRD);
    AUTO(policy_fixture) with = load_text(A_THIRD "---\n" SETTINGS("default", "{gpuResources: [example.com/gpu]}"));
    AUTO(policy_fixture) moved =
        load_text(SETTINGS("default", "\n  gpuResources:\n  - example.com/gpu") "---\n" A_THIRD);
    AUTO(policy_fixture) changed = load_text(A_THIRD "---\n" SETTINGS("default", "{gpuResources: [example.com/gpus]}"));
    assert_string_not_equal(expect_set(&without)->revision, expect_set(&with)->revision);
    assert_string_equal(expect_set(&with)->revision, expect_set(&moved)->revision);
    assert_string_not_equal(expect_set(&with)->revision, expect_set(&changed)->revision);
}
