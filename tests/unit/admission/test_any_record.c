/* Unchecked records, on pods of any shape, in a fixed sequence of pseudo-random pods. */
#include "tests/support/rounds_fixture.h"

#define EXPRESSION(key, op, values) "{\"key\":\"" key "\",\"operator\":\"" op "\",\"values\":[" values "]}"
#define IN(key, values)             EXPRESSION(key, "In", values)
#define POOL_IN(values)             IN("gpuslice.dev/pool", values)
#define TERM(expressions)           "{\"matchExpressions\":[" expressions "]}"
#define AFFINITY(terms)                                                                                                  \
    ",\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[" terms \
    "]}}}"

/* Whatever a record says, the patch applies (rounds_mutate() checks that), and a further round is quiet and has the
 * same reason. */
static const char *const any_metadata[] = {
    "",
    "\"labels\":{\"gpuslice.dev/class\":\"t4-third\"},",
    "\"labels\":{\"gpuslice.dev/class\":\"a100-1g5gb\",\"app\":\"x\"},",
    "\"labels\":{\"gpuslice.dev/class\":\"t4-third\"},\"ownerReferences\":[{\"kind\":\"Job\",\"name\":\"j\",\"controller\":true}],",
    "\"labels\":{\"app\":\"x\"},\"ownerReferences\":[{\"kind\":\"Job\",\"name\":\"j\",\"controller\":true}],",
};
static const char *const any_classes[] = {"t4-third", "t4-third-too", "a100-1g5gb", "a100-2g10gb", "gpu-whole",
                                          "t4-any",   "l4-quarter",   "gone",       "none"};
/* Most of these parse, if the class does. */
static const char *const any_containers[] = {
    "[\\\"a\\\"]",
    "[\\\"b\\\",\\\"a\\\"]",
    "[\\\"a\\\"],\\\"was\\\":{\\\"a\\\":{}}",
    "[\\\"b\\\"],\\\"was\\\":{\\\"b\\\":{}}",
    "[\\\"a\\\"],\\\"was\\\":{\\\"a\\\":{\\\"nvidia.com/gpu\\\":1}}",
    "[\\\"a\\\"],\\\"was\\\":{\\\"a\\\":{\\\"nvidia.com/mig-1g.5gb\\\":2,\\\"nvidia.com/gpu\\\":1}}",
    "[\\\"b\\\",\\\"a\\\"],\\\"was\\\":{\\\"a\\\":{\\\"nvidia.com/gpu\\\":3},\\\"b\\\":{}}",
    "[\\\"z\\\",\\\"a\\\"],\\\"was\\\":{\\\"a\\\":{\\\"nvidia.com/gpu\\\":1},\\\"z\\\":{}}",
    "[\\\"a\\\"],\\\"was\\\":{\\\"b\\\":{}}",
    "[]",
};
static const char *const any_annotations[] = {"",
                                              "",
                                              ",\"gpuslice.dev/class\":\"gpu-whole\"",
                                              ",\"gpuslice.dev/class\":\"none\"",
                                              ",\"gpuslice.dev/memory\":\"4Gi\"",
                                              ",\"gpuslice.dev/containers\":\"b\""};
static const char *const any_resources[] = {
    "{}",
    "{}",
    JSON({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"1"}}),
    JSON({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"1"}}),
    JSON({"limits":{"nvidia.com/gpu":1}}),
    JSON({"requests":{"nvidia.com/mig-1g.5gb":"1"}}),
    JSON({"limits":{"nvidia.com/mig-1g.5gb":"2","nvidia.com/gpu":"1"}}),
    JSON({"limits":{"nvidia.com/mig-2g.10gb":"1"},"requests":null}),
    JSON({"limits":{"nvidia.com/gpu.shared":"1"},"requests":{"nvidia.com/gpu.shared":"1","cpu":1}}),
    JSON({"limits":{"nvidia.com/gpu":"0.5"}}),
};
static const char *const any_env[] = {"",
                                      "",
                                      "",
                                      ",\"env\":[{\"name\":\"NVIDIA_VISIBLE_DEVICES\",\"value\":\"void\"}]",
                                      ",\"env\":[{\"name\":\"MPS\",\"value\":\"25\"},{\"name\":\"X\"}]",
                                      ",\"env\":[{\"name\":\"MPS\",\"value\":\"9\"}]"};
static const char *const any_placement[] = {
    "",
    "",
    "",
    ",\"affinity\":null",
    AFFINITY(TERM(POOL_IN("\"thirds\""))),
    AFFINITY(TERM(POOL_IN("\"sevenths\""))),
    AFFINITY(TERM(POOL_IN("\"wholes\",\"thirds\""))),
    AFFINITY(TERM(POOL_IN("\"thirds\"") "," POOL_IN("\"thirds\",\"wholes\""))),
    AFFINITY(TERM(POOL_IN("\"sevenths\"")) "," TERM(IN("zone", "\"b\",\"a\"") "," POOL_IN("\"sevenths\"")) ",{}"),
    AFFINITY(TERM(POOL_IN("\"quarters\"") "," IN("zone", "\"a\",\"b\"")) "," TERM(IN("zone", "\"a\",\"b\""))),
    AFFINITY("{}"),
    AFFINITY(TERM(EXPRESSION("gpuslice.dev/pool", "NotIn", "\"thirds\""))),
    AFFINITY("{\"matchExpressions\":[" POOL_IN("\"thirds\"") "],\"matchFields\":[" IN("metadata.name", "\"n\"") "]}"),
};
static const char *const any_more[] = {
    "",
    ",\"tolerations\":[{\"key\":\"gpuslice.dev/pool\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}]",
    ",\"tolerations\":[{\"operator\":\"Exists\"}],\"runtimeClassName\":\"nvidia\"",
    ",\"tolerations\":[{\"key\":\"gpuslice.dev/pool\",\"value\":\"thirds\",\"effect\":\"NoSchedule\"}],\"runtimeClassName\":\"kata\"",
    ",\"nodeSelector\":{\"gpuslice.dev/pool\":\"thirds\"}",
};
static const char *const any_namespaces[] = {"thirds", "thirds-too", "mig",    "small-mig", "wholes",
                                             "shared", "two-pools",  "always", "keep",      "guard",
                                             "fixed",  "only",       "warn",   "none"};

/* A linear congruential generator: the same pods in each run. */
static size_t any_of(uint64_t *seed, size_t count)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(*seed >> 33) % count;
}

#define ANY(list) (list)[any_of(seed, ARRAY_SIZE(list))]

static char *any_container(uint64_t *seed, const char *name)
{
    char *text = NULL;
    assert_true(asprintf(&text, "{\"name\":\"%s\",\"resources\":%s%s}", name, ANY(any_resources), ANY(any_env)) > 0);
    return text;
}

static char *any_pod(uint64_t *seed)
{
    char *text = NULL;
    AUTO(string) a = any_container(seed, "a");
    AUTO(string) b = any_container(seed, "b");
    const char *metadata = ANY(any_metadata);
    const char *class_name = ANY(any_classes);
    const char *containers = ANY(any_containers);
    const char *annotations = ANY(any_annotations);
    const char *placement = ANY(any_placement);
    assert_true(
        asprintf(
            &text,
            "{\"metadata\":{%s\"name\":\"p\",\"annotations\":{\"gpuslice.dev/applied\":\"{\\\"class\\\":\\\"%s\\\","
            "\\\"policy\\\":\\\"p\\\",\\\"revision\\\":\\\"0123456789ab\\\",\\\"containers\\\":%s}\"%s}},"
            "\"spec\":{\"containers\":[%s,%s]%s%s}}",
            metadata, class_name, containers, annotations, a, b, placement, ANY(any_more)) > 0);
    return text;
}

TEST(take_back__any_record_on_any_pod__further_rounds_are_quiet)
{
    enum { PODS = 6000 };
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    uint64_t numbers = 1;
    uint64_t *seed = &numbers;
    size_t injected = 0;
    for (size_t i = 0; i < PODS; i++) {
        const char *ns = ANY(any_namespaces);
        AUTO(string) pod = any_pod(seed);
        AUTO(rounds_result) first = rounds_mutate(&fixture, ns, pod);
        AUTO(rounds_result) second = rounds_mutate(&fixture, ns, first.pod);
        if (second.operations > 0 || strcmp(first.reason, second.reason) != 0) {
            bool settled = strcmp(first.reason, "injected") == 0 && strcmp(second.reason, "already_conforms") == 0;
            if (second.operations > 0 || !settled)
                fail_msg("%s\nin %s: %s, then %s [%s] %s\n%s", pod, ns, first.reason, second.reason, second.message,
                         second.patch, first.pod);
        }
        injected += strcmp(first.decision, "injected") == 0;
    }
    assert_in_range(injected, PODS / 10, PODS);
}
