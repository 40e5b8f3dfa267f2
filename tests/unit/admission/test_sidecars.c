/* Which containers get slices where the policy or a LimitRange speaks of all of them. */
#include "admission/decide.h"
#include "json/patch.h"
#include "tests/support/check.h"
#include "tests/support/engine_fixture.h"

#define POLICY(name, fields)                                      \
    "---\n" API "kind: SlicePolicy\nmetadata: {name: " name "}\n" \
    "spec: {namespaces: {names: [" name                           \
    "]}, classes: {allowed: [t4-third, a100-1g5gb], default: a100-1g5gb}, priority: 9, " fields "}\n"
#define POLICIES                                                                                              \
    GUIDE_POLICY POLICY("all", "inject: always, target: all") POLICY("two", "inject: always, target: [a, b]") \
        POLICY("guarded", "visibleDevices: guard") POLICY("own", "sidecars: [helper]")
#define SPACE(name)               "---\n" NAMESPACE(name, "enabled")
#define NAMESPACES                GUIDE_NAMESPACES SPACE("all") SPACE("two") SPACE("guarded") SPACE("own")
#define BY(list)                  ",\"resources\":{\"limits\":{" list "},\"requests\":{" list "}}"
#define GPU                       "\"nvidia.com/gpu\":\"1\""
#define C(name, resources)        "{\"name\":\"" name "\"" resources "}"
#define RANGED(text)              "\"annotations\":{\"kubernetes.io/limit-ranger\":\"LimitRanger plugin set: " text "\"}"
#define ADDED(name)               "nvidia.com/gpu request for container " name "; nvidia.com/gpu limit for container " name
#define POD(metadata, containers) "{\"metadata\":{" metadata "},\"spec\":{\"containers\":[" containers "]}}"

enum { LINES_MAX = 4096 };

/* Adds "injected: a nvidia.com/gpu=1, b -": what each container asks for after the decision. */
static void decide_lines(const struct engine_fixture *fixture, const char *name, const char *ns, cJSON *object,
                         struct buf *out)
{
    struct err err;
    AUTO(pod) pod = {0};
    AUTO(decision) decision = {0};
    struct review review = {.namespace_name = ns};
    check_success(name, pod_init(&pod, object, NULL, &err), &err);
    const struct decision_input input = {fixture->loaded.set, namespaces_find(fixture->namespaces, ns), &review, &pod};
    check_success(name, decide(&routes[ROUTE_MUTATE], &input, &decision, &err), &err);
    buf_addf(out, "%s", reason_name(decision.out.reason));
    if (decision.out.message[0])
        buf_addf(out, ": %s", decision.out.message);
    buf_add_char(out, '\n');

    for (size_t i = 0; i < pod.count; i++) {
        buf_addf(out, "%s:", pod.containers[i].name);
        const cJSON *entry;
        cJSON_ArrayForEach(entry, cjson_find(pod.containers[i].object, PATH("resources", "limits"))) {
            buf_addf(out, " %s=%s", entry->string, entry->valuestring);
            assert_non_null(cjson_find(pod.containers[i].object, PATH("resources", "requests", entry->string)));
        }
        if (container_env(&pod.containers[i], "NVIDIA_VISIBLE_DEVICES"))
            buf_add_string(out, " void");
        buf_add_char(out, '\n');
    }
}

TEST(sidecars__pods__only_their_own_requests_count)
{
    static const struct {
        const char *name, *ns, *pod, *expected;
        bool twice; /* the second round changes nothing */
    } rows[] = {
        {"the default of a LimitRange", "ml",
         POD(RANGED(ADDED("istio-proxy")), C("main", BY(GPU)) "," C("istio-proxy", BY(GPU))),
         "injected\nmain: nvidia.com/mig-1g.5gb=1\nistio-proxy:\n", true},
        {"other resources stay", "ml",
         POD(RANGED("cpu, " ADDED("linkerd-proxy")),
             C("main", BY(GPU)) "," C("linkerd-proxy", BY("\"cpu\":\"1\"," GPU))),
         "injected\nmain: nvidia.com/mig-1g.5gb=1\nlinkerd-proxy: cpu=1\n", true},
        {"default of both: main asks, too", "ml",
         POD(RANGED(ADDED("main") "; " ADDED("wait")), C("main", BY(GPU)) "," C("wait", BY(GPU))),
         "injected\nmain: nvidia.com/mig-1g.5gb=1\nwait:\n", true},
        {"a class whose resource is nvidia.com/gpu", "ml",
         "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"t4-third\",\"kubernetes.io/limit-ranger\":"
         "\"LimitRanger plugin set: " ADDED("datadog-agent") "\"}},\"spec\":{\"containers\":[" C("main", BY(GPU)) "," C(
             "datadog-agent", BY(GPU)) "]}}",
         "injected\nmain: nvidia.com/gpu=1\ndatadog-agent:\n", true},
        {"init containers", "ml",
         "{\"metadata\":{" RANGED("nvidia.com/gpu request for init container istio-init") "},\"spec\":{\"initContainers\":[" C(
             "istio-init", BY(GPU)) "],\"containers\":[" C("main", BY(GPU)) "]}}",
         "injected\nistio-init:\nmain: nvidia.com/mig-1g.5gb=1\n", true},
        {"the policy's own sidecars", "own",
         POD(RANGED(ADDED("helper") "; " ADDED("istio-proxy")),
             C("main", BY(GPU)) "," C("helper", BY(GPU)) "," C("istio-proxy", BY(GPU))),
         "injected\nmain: nvidia.com/mig-1g.5gb=1\nhelper:\nistio-proxy: nvidia.com/mig-1g.5gb=1\n", true},
        {"the guard hides the GPUs", "guarded",
         POD(RANGED(ADDED("istio-proxy")), C("main", BY(GPU)) "," C("istio-proxy", BY(GPU))),
         "injected\nmain: nvidia.com/mig-1g.5gb=1\nistio-proxy: void\n", true},
        {"the pod chose, and only the sidecar has a default", "ml",
         "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"a100-1g5gb\",\"kubernetes.io/limit-ranger\":"
         "\"LimitRanger plugin set: " ADDED("istio-proxy") "\"}},\"spec\":{\"containers\":[" C("main", "") "," C(
             "istio-proxy", BY(GPU)) "]}}",
         "injected\nmain: nvidia.com/mig-1g.5gb=1\nistio-proxy:\n", true},
        {"nothing else wants a slice", "ml",
         POD(RANGED(ADDED("istio-proxy")), C("main", "") "," C("istio-proxy", BY(GPU))),
         "injected\nmain:\nistio-proxy: nvidia.com/mig-1g.5gb=1\n", true},
        {"a sidecar that asks by itself", "ml", POD("", C("main", BY(GPU)) "," C("istio-proxy", BY(GPU))),
         "injected\nmain: nvidia.com/mig-1g.5gb=1\nistio-proxy: nvidia.com/mig-1g.5gb=1\n", true},
        {"a default for another container", "ml",
         POD(RANGED(ADDED("other")), C("main", BY(GPU)) "," C("istio-proxy", BY(GPU))),
         "injected\nmain: nvidia.com/mig-1g.5gb=1\nistio-proxy: nvidia.com/mig-1g.5gb=1\n", true},
        {"a default of another resource", "ml",
         POD(RANGED("cpu request for container istio-proxy"), C("main", BY(GPU)) "," C("istio-proxy", BY(GPU))),
         "injected\nmain: nvidia.com/mig-1g.5gb=1\nistio-proxy: nvidia.com/mig-1g.5gb=1\n", true},

        {"target: all leaves sidecars out", "all", POD("", C("a", "") "," C("istio-proxy", "") "," C("b", "")),
         "injected\na: nvidia.com/mig-1g.5gb=1\nistio-proxy:\nb: nvidia.com/mig-1g.5gb=1\n", true},
        {"target: all, sidecars only", "all", POD("", C("istio-proxy", "")), "no_gpu_request\nistio-proxy:\n", false},
        {"target: all, a new name among the sidecars", "all", POD("", C("gke-gcsfuse-sidecar", "") "," C("a", "")),
         "injected\ngke-gcsfuse-sidecar:\na: nvidia.com/mig-1g.5gb=1\n", true},
        {"a sidecar first", "ml",
         POD("\"annotations\":{\"gpuslice.dev/class\":\"a100-1g5gb\"}", C("gke-gcsfuse-sidecar", "") "," C("a", "")),
         "injected\ngke-gcsfuse-sidecar:\na: nvidia.com/mig-1g.5gb=1\n", true},
        {"both are there", "two", POD("", C("a", "") "," C("b", "") "," C("c", "")),
         "injected\na: nvidia.com/mig-1g.5gb=1\nb: nvidia.com/mig-1g.5gb=1\nc:\n", true},
        {"one is missing", "two", POD("", C("a", "")),
         "target_missing: the policy's target, all of the containers a, b, names container \"b\", which the pod does not have; "
         "name one of its containers by the annotation gpuslice.dev/containers [policy two]\n"
         "a:\n",
         false},
        {"one is missing, the pod names another", "two",
         POD("\"annotations\":{\"gpuslice.dev/containers\":\"c\"}", C("c", "")),
         "injected\nc: nvidia.com/mig-1g.5gb=1\n", true},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(POLICIES, NAMESPACES);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        AUTO(cjson) object = cJSON_Parse(rows[i].pod);
        AUTO(buf) lines;
        assert_non_null(object);
        buf_init(&lines, LINES_MAX);
        decide_lines(&fixture, rows[i].name, rows[i].ns, object, &lines);
        check_text(rows[i].name, buf_text(&lines), rows[i].expected);
        buf_reset(&lines);
        if (rows[i].twice) {
            decide_lines(&fixture, rows[i].name, rows[i].ns, object, &lines);
            check_text(rows[i].name, strchr(buf_text(&lines), '\n'), strchr(rows[i].expected, '\n'));
            assert_true(strncmp(buf_text(&lines), "already_conforms", 16) == 0 || strcmp(rows[i].ns, "guarded") == 0);
        }
    }
}
