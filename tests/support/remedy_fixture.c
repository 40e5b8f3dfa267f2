#include "tests/support/remedy_fixture.h"

#include "tests/support/check.h"

#define CLASSES "classes: {allowed: [\"*\", none], default: t4-third}"
#define FIXED   "classes: {allowed: [\"*\"], default: t4-third, podChoice: false}"

#define CLASS_OBJECTS                                                                                   \
    POOL("t4-thirds", "gpu: t4, sharing: {timeSlicing: {replicas: 3}}")                                 \
    POOL("a10g-halves", "gpu: a10g, sharing: {timeSlicing: {replicas: 2, rename: true}}")               \
    POOL("l4-whole", "gpu: l4, sharing: {whole: {}}")                                                   \
    POOL("a100-sevenths", "gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}")                      \
    POOL("h100-mixed", "gpu: h100-80gb, sharing: {mig: {layout: {1g.10gb: 4, 3g.40gb: 1}}}")            \
    CLASS("t4-third", "pools: [t4-thirds], limits: {perPod: 3}")                                        \
    CLASS("a10g-half", "pools: [a10g-halves]")                                                          \
    CLASS("gpu-whole", "pools: [l4-whole], limits: {perContainer: 4, perPod: 4}")                       \
    CLASS("a100-1g5gb", "pools: [a100-sevenths], limits: {perContainer: 2, perPod: 3}")                 \
    CLASS("h100-1g10gb", "pools: [h100-mixed], profile: 1g.10gb, limits: {perContainer: 1, perPod: 2}") \
    CLASS("h100-3g40gb", "pools: [h100-mixed], profile: 3g.40gb, pod: {env: [{name: NCCL_DEBUG, value: WARN}]}")

#define POLICY_OBJECTS                                                                              \
    POLICY("choosing", CLASSES)                                                                     \
    POLICY("fixed", FIXED)                                                                          \
    POLICY("mig", "classes: {allowed: [\"*\"], default: a100-1g5gb}")                               \
    POLICY("whole-deny", CLASSES ", wholeGPU: deny")                                                \
    POLICY("whole-deny-fixed", FIXED ", wholeGPU: deny")                                            \
    POLICY("whole-deny-mig", "classes: {allowed: [\"*\"], default: a100-1g5gb}, wholeGPU: deny")    \
    POLICY("whole-keep", "classes: {allowed: [\"a*\", \"t*\"], default: t4-third}, wholeGPU: keep") \
    POLICY("converting", CLASSES ", otherSlice: convert")                                           \
    POLICY("no-default", "classes: {allowed: [\"*\"]}")                                             \
    POLICY("no-default-fixed", "classes: {allowed: [\"*\"], podChoice: false}")                     \
    POLICY("always", CLASSES ", inject: always, target: all")                                       \
    POLICY("strict", CLASSES ", claims: deny, otherAccelerators: deny")                             \
    POLICY("only-t4", "classes: {default: t4-third}")

const char *const remedy_policies[REMEDY_POLICIES] = {
    "choosing",       "fixed",      "mig",        "whole-deny", "whole-deny-fixed",
    "whole-deny-mig", "whole-keep", "converting", "no-default", "no-default-fixed",
    "always",         "strict",     "only-t4",
};

static const char *const class_names[] = {"",           "t4-third",    "a10g-half",  "gpu-whole",
                                          "a100-1g5gb", "h100-1g10gb", "h100-3g40gb"};

void remedy_ask_engine(struct engine_fixture *fixture, const struct attempt *attempt, char message[SENTENCE])
{
    char ns[128];
    AUTO(buf) out;
    AUTO(cjson_text) pod = cJSON_PrintUnformatted(attempt->pod);
    (void)snprintf(ns, sizeof(ns), "%s-ns%s", attempt->policy, attempt->class_name);
    AUTO(string) review = review_text_of(KIND_POD, ns, pod, "");
    struct answer_facts facts;
    struct err err;
    const struct post post = {.body = review, .length = strlen(review)};
    buf_init(&out, 1 << 20);
    check_success(pod, engine_answer(fixture->engine, &routes[ROUTE_MUTATE], &post, &out, &facts, &err), &err);
    AUTO(cjson) answer = cJSON_Parse(buf_text(&out));
    const cJSON *status = cJSON_GetObjectItem(cJSON_GetObjectItem(answer, "response"), "status");
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(status, "message"));
    (void)snprintf(message, SENTENCE, "%s", text ? text : "");
}

struct engine_fixture remedy_fixture_make(void)
{
    static char yaml[64 * 1024];
    static char objects[16 * 1024];
    size_t used = 0;
    for (size_t i = 0; i < ARRAY_SIZE(remedy_policies); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(class_names); j++) {
            used += (size_t)snprintf(yaml + used, sizeof(yaml) - used,
                                     "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s-ns%s, "
                                     "labels: {gpuslice.dev/inject: required, p: %s}, annotations: {",
                                     remedy_policies[i], class_names[j], remedy_policies[i]);
            used += (size_t)snprintf(yaml + used, sizeof(yaml) - used,
                                     class_names[j][0] ? "gpuslice.dev/class: %s}}\n" : "%s}}\n", class_names[j]);
        }
    }
    (void)snprintf(objects, sizeof(objects), "%s%s", CLASS_OBJECTS, POLICY_OBJECTS);
    return engine_fixture_make(objects, yaml);
}

cJSON *remedy_pod(const char *request, size_t count, const char *annotation, const char *placement)
{
    char text[4096];
    size_t used = (size_t)snprintf(text, sizeof(text),
                                   "{\"metadata\":{\"annotations\":{%s}},\"spec\":{\"containers\":[", annotation);
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s{\"name\":\"c%zu\",\"resources\":%s}",
                                 i ? "," : "", i, request);
    (void)snprintf(text + used, sizeof(text) - used, "]%s}}", placement);
    cJSON *pod = cJSON_Parse(text);
    assert_non_null(pod);
    return pod;
}
