/* gpu/resource: names of GPU resources. */
#include "gpu/resource.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void gpu_resource_is__table(void **state)
{
    (void)state;
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

static void gpu_resource_name__table__as_the_device_plugin_registers(void **state)
{
    (void)state;
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

static void gpu_resource_name__too_long__cut(void **state)
{
    (void)state;
    char name[GPU_RESOURCE_SIZE];
    gpu_resource_name("1234567890123456789012345678901234567890123456789+1234567890", false, name);
    assert_string_equal(name, "nvidia.com/mig-123456789012345678901234567890123456789012345678");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(gpu_resource_is__table),
        cmocka_unit_test(gpu_resource_name__table__as_the_device_plugin_registers),
        cmocka_unit_test(gpu_resource_name__too_long__cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
