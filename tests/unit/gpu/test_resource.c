/* gpu/resource: the names of GPU resources, and the kinds of other resources. */
#include "gpu/resource.h"
#include "tests/support/test.h"

#include <stddef.h>
#include <stdint.h>

TEST(gpu_resource_is__table)
{
    static const struct {
        const char *name;
        bool is_gpu;
    } cases[] = {
        {"nvidia.com/gpu", true},
        {"nvidia.com/gpu.shared", true},
        {"nvidia.com/mig-1g.5gb", true},
        {"nvidia.com/mig-1g.5gb.shared", true},
        {"nvidia.com/mig-1g.10gb.me", true},
        {"nvidia.com/mig-1g.24gb-me", true},
        {"nvidia.com/mig-", false},
        {"nvidia.com/mig", false},
        {"nvidia.com/gpu.other", false},
        {"nvidia.com/gpus", false},
        {"nvidia.com/", false},
        {"nvidia.com/hostdev", false},
        {"amd.com/gpu", false},
        {"requests.nvidia.com/gpu", false},
        {"deviceclass.resource.kubernetes.io/gpu.nvidia.com", false},
        {"cpu", false},
        {"", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (gpu_resource_is(cases[i].name) != cases[i].is_gpu)
            fail_msg("%s", cases[i].name);
    }
}

TEST(gpu_resource_is_slice__table)
{
    assert_true(gpu_resource_is_slice("nvidia.com/gpu.shared"));
    assert_true(gpu_resource_is_slice("nvidia.com/mig-1g.5gb"));
    assert_false(gpu_resource_is_slice("nvidia.com/gpu"));
    assert_false(gpu_resource_is_slice("nvidia.com/a100"));
    assert_false(gpu_resource_is_slice("nvidia.com/mig-"));
}

/* The kind of each name without a policy set (alone), and with one that has gpuResources and otherDevices. */
TEST(gpu_names_kind__table)
{
    static const struct {
        const char *name;
        enum resource_kind alone, with;
    } cases[] = {
        {"cpu", RESOURCE_PLAIN, RESOURCE_PLAIN},
        {"", RESOURCE_PLAIN, RESOURCE_PLAIN},
        {"hugepages-2Mi", RESOURCE_PLAIN, RESOURCE_PLAIN},
        {"example.com/licence", RESOURCE_PLAIN, RESOURCE_PLAIN},
        {"requests.nvidia.com/gpu", RESOURCE_PLAIN, RESOURCE_PLAIN},
        {"nvidia.com/gpu", RESOURCE_GPU, RESOURCE_GPU},
        {"nvidia.com/gpu.shared", RESOURCE_GPU, RESOURCE_GPU},
        {"nvidia.com/mig-1g.5gb", RESOURCE_GPU, RESOURCE_GPU},
        {"nvidia.com/mig-", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"example.com/gpu", RESOURCE_PLAIN, RESOURCE_GPU},
        {"example.com/gpu2", RESOURCE_PLAIN, RESOURCE_PLAIN},
        {"example.com/gp", RESOURCE_PLAIN, RESOURCE_PLAIN},
        {"nvidia.com/a100", RESOURCE_UNOFFERED, RESOURCE_GPU},
        {"nvidia.com/GRID_T4-1Q", RESOURCE_UNOFFERED, RESOURCE_GPU},
        {"nvidia.com/GRID_", RESOURCE_UNOFFERED, RESOURCE_GPU},
        {"nvidia.com/GRID", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"nvidia.com/grid_t4", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"nvidia.com/GPU", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"nvidia.com/gpus", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"nvidia.com/", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"nvidia.com/gpumem", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"nvidia.com/gpumem-percentage", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"nvidia.com/gpucores", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"alpha.kubernetes.io/nvidia-gpu", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"nvidia.com/hostdev", RESOURCE_NETWORK, RESOURCE_NETWORK},
        {"nvidia.com/hostdev2", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"nvidia.com/rdma_shared_device_a", RESOURCE_NETWORK, RESOURCE_NETWORK},
        {"nvidia.com/resibp3s0", RESOURCE_NETWORK, RESOURCE_NETWORK},
        {"nvidia.com/sriov_rdma", RESOURCE_NETWORK, RESOURCE_NETWORK},
        {"nvidia.com/mlnxnics", RESOURCE_NETWORK, RESOURCE_NETWORK},
        {"nvidia.com/cx7", RESOURCE_UNOFFERED, RESOURCE_NETWORK},
        {"rdma/hca", RESOURCE_NETWORK, RESOURCE_NETWORK},
        {"vpc.amazonaws.com/efa", RESOURCE_NETWORK, RESOURCE_NETWORK},
        {"deviceclass.resource.kubernetes.io/gpu.nvidia.com", RESOURCE_DEVICE_CLASS, RESOURCE_DEVICE_CLASS},
        {"amd.com/gpu", RESOURCE_FOREIGN, RESOURCE_FOREIGN},
        {"gpu.intel.com/i915", RESOURCE_FOREIGN, RESOURCE_FOREIGN},
        {"habana.ai/gaudi", RESOURCE_FOREIGN, RESOURCE_FOREIGN},
        {"aws.amazon.com/neuron", RESOURCE_FOREIGN, RESOURCE_FOREIGN},
        {"aws.amazon.com/neuroncore", RESOURCE_FOREIGN, RESOURCE_FOREIGN},
        {"google.com/tpu", RESOURCE_FOREIGN, RESOURCE_FOREIGN},
        {"google.com/tpus", RESOURCE_PLAIN, RESOURCE_PLAIN},
        {"nvdia.com/gpu", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"nvidia.io/gpu", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"nvidia/gpu", RESOURCE_UNOFFERED, RESOURCE_UNOFFERED},
        {"media.com/gpu", RESOURCE_PLAIN, RESOURCE_PLAIN},
    };
    struct err err;
    struct gpu_names names = {0};
    assert_int_equal(resource_patterns_add(&names.gpus, "example.com/gpu", &err), 0);
    assert_int_equal(resource_patterns_add(&names.gpus, "nvidia.com/a100", &err), 0);
    assert_int_equal(resource_patterns_add(&names.gpus, "nvidia.com/GRID_*", &err), 0);
    assert_int_equal(resource_patterns_add(&names.others, "nvidia.com/cx7", &err), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        enum resource_kind alone = gpu_names_kind(NULL, cases[i].name);
        enum resource_kind with = gpu_names_kind(&names, cases[i].name);
        if (alone != cases[i].alone || with != cases[i].with)
            fail_msg("%s: %d alone, %d with a policy set", cases[i].name, (int)alone, (int)with);
    }
    gpu_names_fini(&names);
}

TEST(resource_patterns_meet__table)
{
    static const struct {
        const char *a, *b;
        bool meet, a_covers_b;
    } cases[] = {
        {"nvidia.com/a100", "nvidia.com/a100", true, true}, {"nvidia.com/a100", "nvidia.com/a10", false, false},
        {"nvidia.com/a*", "nvidia.com/a100", true, true},   {"nvidia.com/a100", "nvidia.com/a*", true, false},
        {"nvidia.com/a*", "nvidia.com/a10*", true, true},   {"nvidia.com/a10*", "nvidia.com/a*", true, false},
        {"nvidia.com/a*", "nvidia.com/b*", false, false},   {"nvidia.com/a*", "nvidia.com/", false, false},
        {"nvidia.com/a10*", "nvidia.com/a10", true, true},  {"nvidia.com/*", "nvidia.com/*", true, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct resource_pattern a = resource_pattern_of(cases[i].a);
        const struct resource_pattern b = resource_pattern_of(cases[i].b);
        if (resource_patterns_meet(&a, &b) != cases[i].meet || resource_patterns_meet(&b, &a) != cases[i].meet ||
            resource_pattern_covers(&a, &b) != cases[i].a_covers_b)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
    }
}

TEST(gpu_resource_name__table__as_the_device_plugin_registers)
{
    static const struct {
        const char *profile;
        bool renamed;
        const char *name;
    } cases[] = {
        {NULL, false, "nvidia.com/gpu"},
        {NULL, true, "nvidia.com/gpu.shared"},
        {"1g.5gb", false, "nvidia.com/mig-1g.5gb"},
        {"1g.5gb", true, "nvidia.com/mig-1g.5gb.shared"},
        {"1g.10gb+me", false, "nvidia.com/mig-1g.10gb.me"},
        {"1g.24gb+me.all", false, "nvidia.com/mig-1g.24gb.me.all"},
        {"1g.24gb+gfx", true, "nvidia.com/mig-1g.24gb.gfx.shared"},
        {"1g.24gb-me", false, "nvidia.com/mig-1g.24gb-me"},
        {"1g.5gb+a+b", false, "nvidia.com/mig-1g.5gb.a.b"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char name[GPU_RESOURCE_SIZE];
        gpu_resource_name(cases[i].profile, cases[i].renamed, name);
        assert_string_equal(name, cases[i].name);
        assert_true(gpu_resource_is(name));
    }
}

TEST(gpu_resource_name__too_long__cut)
{
    char name[GPU_RESOURCE_SIZE];
    gpu_resource_name("1234567890123456789012345678901234567890123456789+1234567890", false, name);
    assert_string_equal(name, "nvidia.com/mig-123456789012345678901234567890123456789012345678");
}

TEST(gpu_resource_meant__names__the_gpu_resource_or_none)
{
    static const struct {
        const char *name, *meant;
    } cases[] = {
        {"nvidia.com/gpus", "nvidia.com/gpu"},
        {"nvidia.com/GPU", "nvidia.com/gpu"},
        {"nvidia.com/vgpu", "nvidia.com/gpu"},
        {"nvidia.com/gpu-shared", "nvidia.com/gpu.shared"},
        {"nvidia.com/Gpu.Shared", "nvidia.com/gpu.shared"},
        {"nvida.com/gpu", "nvidia.com/gpu"},
        {"nividia.com/gpu", "nvidia.com/gpu"},
        {"nvidia/gpu", "nvidia.com/gpu"},
        {"alpha.kubernetes.io/nvidia-gpu", "nvidia.com/gpu"},
        {"nvidia.com/gpu", NULL},
        {"nvidia.com/gpumem", NULL},
        {"nvidia.com/gpucores", NULL},
        {"nvidia.com/dpu", NULL},
        {"nvidia.com/", NULL},
        {"amd.com/gpu", NULL},
        {"intel.com/gpu", NULL},
        {"gpu", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *meant = gpu_resource_meant(cases[i].name);
        if (strcmp(meant ? meant : "none", cases[i].meant ? cases[i].meant : "none") != 0)
            fail_msg("%s: %s", cases[i].name, meant ? meant : "none");
    }
}

TEST(gpu_annotation_is_foreign__keys__those_of_other_schedulers)
{
    static const char *const foreign[] = {
        "gpu-fraction",           "gpu-fraction-num-devices",      "gpu-memory",
        "nvidia.com/use-gputype", "hami.io/node-scheduler-policy", "volcano.sh/vgpu-mode"};
    static const char *const others[] = {"gpu", "nvidia.com/gpu", "gpuslice.dev/class", "volcano.sh/queue-name", ""};
    for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
        assert_true(gpu_annotation_is_foreign(foreign[i]));
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        assert_false(gpu_annotation_is_foreign(others[i]));
}
