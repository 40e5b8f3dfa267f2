/* What containers ask for, and what that adds up to for the pod. */
#include "pod/asks.h"

#include "pod/pod.h"
#include "tests/support/check.h"

#define GPU  "nvidia.com/gpu"
#define MIG  "nvidia.com/mig-1g.5gb"
#define DRA  "deviceclass.resource.kubernetes.io/gpu.nvidia.com"
#define ONE  "{\"name\":\"c\",\"resources\":"
#define SHOW 400

static cJSON *parse(const char *name, const char *text)
{
    cJSON *value = cJSON_Parse(text);
    if (!value)
        fail_msg("%s: the test's own JSON is broken: %s", name, text);
    return value;
}

/* Shows what a container with those resources asks of `resource`: `2 of NAME`, `2 of NAME, not plain`,
 * `limit 'TEXT' request 'TEXT' FAULT, 0` or
 * `nothing`. */
static void describe_ask(const char *name, const char *resources, const char *resource, char shown[SHOW])
{
    char text[1024];
    (void)snprintf(text, sizeof(text), ONE "%s}", resources);
    AUTO(cjson) object = parse(name, text);
    AUTO(asks) asks = {0};
    struct err err;
    check_success(name, asks_collect(object, NULL, &asks, &err), &err);
    const struct ask *ask = asks_find(&asks, resource);
    if (!ask)
        (void)snprintf(shown, SHOW, "nothing");
    else if (ask->fault)
        (void)snprintf(shown, SHOW, "limit '%s' request '%s' %s, %lld", ask->in_limits ? ask->limit : "-",
                       ask->in_requests ? ask->request : "-", ask->fault, (long long)ask->quantity);
    else
        (void)snprintf(shown, SHOW, "%lld of %s%s", (long long)ask->quantity, ask->resource,
                       ask->plain ? "" : ", not plain");
}

TEST(asks_find__quantities__as_kubernetes_counts)
{
    static const struct {
        const char *name, *resources, *expected;
    } cases[] = {
        {"null", "null", "nothing"},
        {"empty", "{}", "nothing"},
        {"limits null", JSON({"limits":null}), "nothing"},
        {"quantity null", JSON({"limits":{"nvidia.com/gpu":null}}), "nothing"},
        {"another resource", JSON({"limits":{"cpu":"1"}}), "nothing"},
        {"limit", JSON({"limits":{"nvidia.com/gpu":"2"}}), "2 of " GPU},
        {"request", JSON({"requests":{"nvidia.com/gpu":"2"}}), "2 of " GPU},
        {"both", JSON({"limits":{"nvidia.com/gpu":"2"},"requests":{"nvidia.com/gpu":"2"}}), "2 of " GPU},
        {"both, written differently", JSON({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"1000m"}}),
         "1 of " GPU ", not plain"},
        {"a number", JSON({"limits":{"nvidia.com/gpu":3}}), "3 of " GPU},
        {"a large number", JSON({"limits":{"nvidia.com/gpu":1e3}}), "1000 of " GPU},
        {"zero", JSON({"limits":{"nvidia.com/gpu":"0"}}), "nothing"},
        {"zero, in both", JSON({"limits":{"nvidia.com/gpu":"0"},"requests":{"nvidia.com/gpu":"0"}}), "nothing"},
        {"a suffix", JSON({"limits":{"nvidia.com/gpu":"1k"}}), "1000 of " GPU ", not plain"},
        {"a fraction", JSON({"limits":{"nvidia.com/gpu":"0.5"}}), "limit '0.5' request '-' is not a whole number, 0"},
        {"a fraction as a number", JSON({"limits":{"nvidia.com/gpu":0.5}}),
         "limit '0.5' request '-' is not a whole number, 0"},
        {"negative", JSON({"limits":{"nvidia.com/gpu":"-2"}}), "limit '-2' request '-' is negative, 0"},
        {"no quantity", JSON({"limits":{"nvidia.com/gpu":"two"}}), "limit 'two' request '-' is not a quantity, 0"},
        {"no quantity, long: cut for the message",
         JSON({"limits":{"nvidia.com/gpu":"0123456789012345678901234567890123456789xyz"}}),
         "limit '012345678901234567890123456789012345678' request '-' is not a quantity, 0"},
        {"limit and request differ", JSON({"limits":{"nvidia.com/gpu":"2"},"requests":{"nvidia.com/gpu":"1"}}),
         "limit '2' request '1' differ, 0"},
        {"a limit of nothing", JSON({"limits":{"nvidia.com/gpu":"0"},"requests":{"nvidia.com/gpu":"1"}}),
         "limit '0' request '1' differ, 0"},
        {"a request of nothing", JSON({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"0"}}),
         "limit '1' request '0' differ, 0"},
        {"an empty quantity, in requests only", JSON({"requests":{"nvidia.com/gpu":""}}),
         "limit '-' request '' is not a quantity, 0"},
        {"the request is at fault", JSON({"limits":{"nvidia.com/gpu":"2"},"requests":{"nvidia.com/gpu":"x"}}),
         "limit '2' request 'x' is not a quantity, 0"},
        {"the limit is at fault", JSON({"limits":{"nvidia.com/gpu":"y"},"requests":{"nvidia.com/gpu":"x"}}),
         "limit 'y' request 'x' is not a quantity, 0"},
        {"more than can be counted", JSON({"limits":{"nvidia.com/gpu":"9223372036854775808"}}),
         "limit '9223372036854775808' request '-' is not a whole number, 0"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char shown[SHOW];
        describe_ask(cases[i].name, cases[i].resources, GPU, shown);
        check_text(cases[i].name, shown, cases[i].expected);
    }
}

TEST(asks_next__several__each_once_by_name)
{
    static const struct {
        const char *name, *resources;
        enum ask_kind kind;
        const char *expected;
    } cases[] = {
        {"nothing", "{}", ASK_GPU, ""},
        {"one, in both", JSON({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"1"}}), ASK_GPU, GPU " "},
        {"limits and requests, by name",
         JSON({"requests":{"nvidia.com/gpu":"1"},"limits":{"cpu":"1","nvidia.com/mig-1g.5gb":"1"}}), ASK_GPU,
         GPU " " MIG " "},
        {"zero and null are none",
         JSON({"limits":{"nvidia.com/gpu":"0","nvidia.com/mig-1g.5gb":null,"nvidia.com/gpu.shared":"1"}}), ASK_GPU,
         "nvidia.com/gpu.shared "},
        {"null in limits, asked in requests",
         JSON({"limits":{"nvidia.com/mig-1g.5gb":null},"requests":{"nvidia.com/mig-1g.5gb":"1"}}), ASK_GPU, MIG " "},
        {"of faulty quantities too", JSON({"limits":{"nvidia.com/gpu":"x"}}), ASK_GPU, GPU " "},
        {"device classes are another kind",
         JSON({"limits":{"deviceclass.resource.kubernetes.io/gpu.nvidia.com":"1","nvidia.com/gpu":"1"}}), ASK_GPU,
         GPU " "},
        {"device classes alone",
         JSON({"limits":{"deviceclass.resource.kubernetes.io/gpu.nvidia.com":"1","nvidia.com/gpu":"1"}}),
         ASK_DEVICE_CLASS, DRA " "},
        {"names that only begin alike", JSON({"limits":{"nvidia.com/gpumem":"1","nvidia.com/mig-":"1"}}), ASK_GPU, ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[1024];
        char shown[SHOW] = "";
        (void)snprintf(text, sizeof(text), ONE "%s}", cases[i].resources);
        AUTO(cjson) object = parse(cases[i].name, text);
        AUTO(asks) asks = {0};
        struct err err;
        check_success(cases[i].name, asks_collect(object, NULL, &asks, &err), &err);
        for (const struct ask *ask = NULL; (ask = asks_next(&asks, cases[i].kind, ask)) != NULL;) {
            size_t used = strlen(shown);
            (void)snprintf(shown + used, sizeof(shown) - used, "%s ", ask->resource);
        }
        check_text(cases[i].name, shown, cases[i].expected);
    }
}

/* Returns pod_effective_sum() for a pod of these containers: i is an init container, s a sidecar, c a container. */
static int64_t sum_of(const char *letters, const int64_t counts[])
{
    struct container containers[16];
    struct pod pod = {.containers = containers, .count = strlen(letters)};
    for (size_t i = 0; i < pod.count; i++) {
        containers[i] = (struct container){.kind = letters[i] == 'i'   ? CONTAINER_INIT
                                                   : letters[i] == 's' ? CONTAINER_SIDECAR
                                                                       : CONTAINER_MAIN};
    }
    return pod_effective_sum(&pod, counts);
}

TEST(pod_effective_sum__kinds__kubernetes_rule)
{
    static const struct {
        const char *name, *letters;
        int64_t counts[6];
        int64_t expected;
    } cases[] = {
        {"no container", "", {0}, 0},
        {"containers are added", "ccc", {1, 2, 3}, 6},
        {"init containers are not", "iic", {2, 3, 1}, 3},
        {"containers ask for more", "ic", {2, 5}, 5},
        {"an init container asks for more", "icc", {5, 2, 2}, 5},
        {"sidecars run beside containers", "sc", {2, 2}, 4},
        {"a sidecar before an init container", "sic", {1, 3, 1}, 4},
        {"a sidecar after an init container", "isc", {3, 1, 1}, 3},
        {"sidecars before and after", "sisc", {1, 3, 2, 2}, 5},
        {"an init container between sidecars", "sisc", {1, 5, 2, 1}, 6},
        {"sidecars add up while init containers run", "ssic", {1, 1, 2, 1}, 4},
        {"saturates", "cc", {INT64_MAX, 1}, INT64_MAX},
        {"saturates before an init container", "sic", {INT64_MAX, 7, 0}, INT64_MAX},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t sum = sum_of(cases[i].letters, cases[i].counts);
        if (sum != cases[i].expected)
            fail_msg("%s: %lld, expected %lld", cases[i].name, (long long)sum, (long long)cases[i].expected);
    }
}

TEST(pod_asks_gpu__containers__all_but_ephemeral)
{
    static const struct {
        const char *name, *spec;
        bool expected;
    } cases[] = {
        {"no container", JSON({"containers":[{"name":"c"}]}), false},
        {"a container", "{\"containers\":[{\"name\":\"b\"}," ONE "{\"limits\":{\"nvidia.com/gpu\":\"1\"}}}]}", true},
        {"an init container",
         "{\"initContainers\":[" ONE "{\"limits\":{\"nvidia.com/gpu\":\"1\"}}}],\"containers\":[]}", true},
        {"an ephemeral container",
         "{\"ephemeralContainers\":[" ONE "{\"limits\":{\"nvidia.com/gpu\":\"1\"}}}],\"containers\":[]}", false},
        {"a device class",
         "{\"containers\":[" ONE "{\"limits\":{\"deviceclass.resource.kubernetes.io/gpu.nvidia.com\":\"1\"}}}]}",
         false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[1024];
        struct err err;
        AUTO(pod) pod = {0};
        (void)snprintf(text, sizeof(text), "{\"spec\":%s}", cases[i].spec);
        AUTO(cjson) object = parse(cases[i].name, text);
        check_success(cases[i].name, pod_init(&pod, object, NULL, &err), &err);
        if (pod_asks_gpu(&pod) != cases[i].expected)
            fail_msg("%s: expected %s", cases[i].name, cases[i].expected ? "true" : "false");
    }
}

TEST(pod_container__names__the_first_of_that_name)
{
    static const char text[] = JSON({"spec":{"initContainers":[{"name":"m"}],
                                      "containers":[{"name":"z"},{"name":"a"},{"name":"m"},{"name":"m"}]}});
    struct err err;
    AUTO(pod) pod = {0};
    AUTO(cjson) object = parse("pod", text);
    check_success("pod", pod_init(&pod, object, NULL, &err), &err);
    check_text("first of all", pod_container(&pod, "a")->pointer, "/spec/containers/1");
    check_text("last of all", pod_container(&pod, "z")->pointer, "/spec/containers/0");
    check_text("one of three", pod_container(&pod, "m")->pointer, "/spec/initContainers/0");
    assert_null(pod_container(&pod, ""));
    assert_null(pod_container(&pod, "n"));
    assert_null(pod_container(&pod, "zz"));
}

/* Resources of each kind; plain resources and network devices are no asks. */
TEST(asks_collect__kinds__by_the_names_of_the_policy_set)
{
    static const char *const kinds[] = {
        [ASK_GPU] = "gpu", [ASK_DEVICE_CLASS] = "class", [ASK_UNOFFERED] = "unoffered", [ASK_FOREIGN] = "foreign"};
    static const char text[] =
        JSON({"name":"c",
              "resources":{"limits":{"cpu":"1","amd.com/gpu":"1",
                "deviceclass.resource.kubernetes.io/gpu.nvidia.com":"1","example.com/gpu":"2",
                "nvidia.com/GRID_T4-1Q":"1","nvidia.com/cx7":"1","nvidia.com/gpus":"1","nvidia.com/gpu":"1"}}});
    struct err err;
    struct gpu_names names = {0};
    check_success("gpus", resource_patterns_add(&names.gpus, "example.com/gpu", &err), &err);
    check_success("gpus", resource_patterns_add(&names.gpus, "nvidia.com/GRID_*", &err), &err);
    check_success("others", resource_patterns_add(&names.others, "nvidia.com/cx7", &err), &err);
    AUTO(cjson) object = parse("container", text);
    AUTO(asks) asks = {0};
    AUTO(buf) shown;
    buf_init(&shown, SHOW);
    check_success("container", asks_collect(object, &names, &asks, &err), &err);
    for (size_t i = 0; i < asks.count; i++)
        buf_addf(&shown, "%s %s\n", kinds[asks.items[i].kind], asks.items[i].resource);
    check_text("asks", buf_text(&shown),
               "foreign amd.com/gpu\n"
               "class " DRA "\n"
               "gpu example.com/gpu\n"
               "gpu nvidia.com/GRID_T4-1Q\n"
               "gpu " GPU "\n"
               "unoffered nvidia.com/gpus\n");
    gpu_names_fini(&names);
}

/* The reader replaces a NUL in a name by U+FFFD. A patch could not remove such a name, so it is no ask. */
TEST(asks_find__replaced_names__are_no_ask)
{
    static const char replaced[] = MIG "\xEF\xBF\xBD";
    char shown[SHOW];
    describe_ask("replaced", "{\"limits\":{\"" MIG "\xEF\xBF\xBD\":\"1\"}}", replaced, shown);
    check_text("replaced", shown, "nothing");
    describe_ask("beside it", "{\"limits\":{\"" MIG "\xEF\xBF\xBD\":\"1\",\"nvidia.com/mig-1g.5gb\":\"1\"}}", MIG,
                 shown);
    check_text("beside it", shown, "1 of " MIG);
}
