#include "tests/support/rounds_fixture.h"

#include "core/names.h"
#include "json/apply.h"

enum { ROUNDS_PATCH_MAX = 4 << 20 };

#define POOL(name, spec)  "---\n" API "kind: SlicePool\nmetadata: {name: " name "}\nspec: {" spec "}\n"
#define CLASS(name, spec) "---\n" API "kind: SliceClass\nmetadata: {name: " name "}\nspec: {" spec "}\n"
#define POLICY(name, classes, rules)                                                               \
    "---\n" API "kind: SlicePolicy\nmetadata: {name: " name "}\nspec: {namespaces: {names: [" name \
    "]}, classes: {" classes "}" rules "}\n"
#define BY_NAME(name, class_name) POLICY(name, "allowed: ['*', none], default: " class_name, "")
#define MIG(name, rules)          POLICY(name, "allowed: ['*', none], default: a100-1g5gb", rules)
#define NS(name) \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " name ", labels: {gpuslice.dev/inject: enabled}}\n"

static const char nodes[] = POOL("thirds",
                                 "gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {taints: [{key: team, value: "
                                 "ml, effect: NoSchedule}, {key: team, effect: NoExecute}]}")
    POOL("sevenths", "gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 3, 2g.10gb: 2}}}")
        POOL("wholes", "gpu: l4, sharing: {whole: {}}") POOL("quarters",
                                                             "gpu: l4, sharing: {mps: {replicas: 4, rename: true}}")
            CLASS("t4-third", "pools: [thirds]") CLASS("t4-third-too", "pools: [thirds]")
                CLASS("a100-1g5gb", "pools: [sevenths], profile: 1g.5gb, limits: {perContainer: 2}")
                    CLASS("a100-2g10gb", "pools: [sevenths], profile: 2g.10gb, limits: {perPod: 2}")
                        CLASS("gpu-whole", "pools: [wholes], limits: {perContainer: 4}")
                            CLASS("t4-any", "pools: [thirds, wholes]") CLASS(
                                "l4-quarter",
                                "pools: [quarters], pod: {runtimeClassName: nvidia, env: [{name: MPS, value: '25'}]}, "
                                "placement: {requirements: [{key: zone, operator: In, values: [a, b]}]}");

static const char policies[] = BY_NAME("thirds", "t4-third") BY_NAME("thirds-too", "t4-third-too")
    BY_NAME("mig", "a100-1g5gb") BY_NAME("small-mig", "a100-2g10gb") BY_NAME("wholes", "gpu-whole")
        BY_NAME("shared", "l4-quarter") BY_NAME("two-pools", "t4-any") MIG("always", ", inject: always")
            MIG("keep", ", wholeGPU: keep") MIG("whole-deny", ", wholeGPU: deny") MIG("warn", ", mode: warn")
                MIG("shadow", ", mode: shadow") MIG("guard", ", visibleDevices: guard")
                    POLICY("fixed", "allowed: ['*'], default: a100-1g5gb, podChoice: false", "")
                        POLICY("only", "allowed: [a100-1g5gb], default: a100-1g5gb", "")
                            POLICY("none", "allowed: ['*', none], default: none", "")
                                POLICY("warn-third", "allowed: ['*'], default: t4-third", ", mode: warn");

static const char rounds_namespaces[] = NS("thirds") NS("thirds-too") NS("mig") NS("small-mig") NS("wholes")
    NS("shared") NS("two-pools") NS("always") NS("keep") NS("whole-deny") NS("warn") NS("shadow") NS("guard")
        NS("fixed") NS("only") NS("none") NS("warn-third");

struct rounds_fixture rounds_fixture_make(void)
{
    AUTO(string) text = NULL;
    assert_true(asprintf(&text, "%s%s", nodes, policies) > 0);
    struct rounds_fixture fixture = {.loaded = load_text(text), .namespaces = namespaces_text(rounds_namespaces)};
    (void)expect_set(&fixture.loaded);
    return fixture;
}

void rounds_fixture_fini(struct rounds_fixture *fixture)
{
    namespaces_unref(fixture->namespaces);
    policy_fixture_fini(&fixture->loaded);
}

static json_t *json_of(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    if (!json)
        fail_msg("%s in %s", error.text, text);
    return json;
}

void check_same_json(const char *name, const char *got, const char *expected)
{
    AUTO(json) a = json_of(got);
    AUTO(json) b = json_of(expected);
    if (!json_equal(a, b))
        fail_msg("%s: got\n%s\nexpected\n%s", name, got, expected);
}

static void check_patch(const struct rounds_result *result, const char *pod)
{
    struct err err;
    AUTO(json) document = json_of(pod);
    AUTO(json) operations = json_of(result->patch);
    check_success(result->patch, patch_apply(&document, operations, &err), &err);
    AUTO(string) patched = json_dumps(document, JSON_COMPACT);
    check_same_json("the patch gives the pod", patched, result->pod);
}

static char *was_of(const cJSON *pod)
{
    const char *text = cJSON_GetStringValue(cjson_find(pod, PATH("metadata", "annotations", ANNOTATION_APPLIED)));
    AUTO(cjson) record = text ? cJSON_Parse(text) : NULL;
    const cJSON *was = cjson_find(record, PATH("was"));
    AUTO(cjson_text) printed = was ? cJSON_PrintUnformatted(was) : NULL;
    return strdup(printed ? printed : "");
}

struct rounds_result rounds_mutate(const struct rounds_fixture *fixture, const char *ns, const char *text)
{
    struct err err;
    AUTO(review) review = {0};
    AUTO(pod) pod = {0};
    AUTO(decision) decision = {0};
    AUTO(buf) patch;
    AUTO(string) body = review_text_of(KIND_POD, ns, text, "");
    const struct policy_set *set = fixture->loaded.set;
    buf_init(&patch, ROUNDS_PATCH_MAX);
    check_success(text, review_parse(&review, body, strlen(body), &err), &err);
    check_success(text, pod_init(&pod, review.object, &set->settings.gpu_names, &err), &err);
    const struct decision_input input = {set, namespaces_find(fixture->namespaces, ns), &review, &pod};
    check_success(text, decide(&routes[ROUTE_MUTATE], &input, &decision, &err), &err);

    struct rounds_result result = {.decision = outcome_name(decision.out.outcome),
                                   .reason = reason_name(decision.out.reason),
                                   .operations = decision.out.changes.patch.count,
                                   .warnings = decision.out.warnings};
    check_success("patch", patch_print(&decision.out.changes.patch, &patch, &err), &err);
    AUTO(cjson_text) printed = cJSON_PrintUnformatted(review.object);
    result.patch = strdup(result.operations ? buf_text(&patch) : "[]");
    result.pod = strdup(result.operations ? printed : text);
    result.was = was_of(review.object);
    memcpy(result.message, decision.out.message, sizeof(result.message));
    if (decision.found.slice_class)
        (void)snprintf(result.class_name, sizeof(result.class_name), "%s", decision.found.slice_class->name);
    check_patch(&result, text);
    return result;
}

void rounds_result_fini(struct rounds_result *result)
{
    free(result->pod);
    free(result->patch);
    free(result->was);
    *result = (struct rounds_result){0};
}

void expect_quiet(const char *name, const struct rounds_fixture *fixture, const char *ns, const char *pod)
{
    AUTO(rounds_result) again = rounds_mutate(fixture, ns, pod);
    if (again.operations > 0)
        fail_msg("%s in %s: a further round does %s", name, ns, again.patch);
}

char *text_replaced(const char *text, const char *part, const char *by)
{
    const char *found = strstr(text, part);
    char *result = NULL;
    if (!found)
        fail_msg("%s is not in %s", part, text);
    assert_true(asprintf(&result, "%.*s%s%s", (int)(found - text), text, by, found + strlen(part)) > 0);
    return result;
}
