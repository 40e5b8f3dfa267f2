/* Remedies in denials: whoever does what a denial says is admitted. The tests read the sentences as people do, change
 * the pod or its namespace accordingly, and ask again. */
#include "core/quantity.h"
#include "tests/support/check.h"
#include "tests/support/engine_fixture.h"

#include <stdlib.h>

#define POOL(name, spec)  API "kind: SlicePool\nmetadata: {name: " name "}\nspec: {" spec "}\n---\n"
#define CLASS(name, spec) API "kind: SliceClass\nmetadata: {name: " name "}\nspec: {" spec "}\n---\n"
#define POLICY(name, spec)                                \
    API "kind: SlicePolicy\nmetadata: {name: " name "}\n" \
        "spec: {namespaces: {selector: {matchLabels: {p: " name "}}}, " spec "}\n---\n"
#define CLASSES  "classes: {allowed: [\"*\", none], default: t4-third}"
#define FIXED    "classes: {allowed: [\"*\"], default: t4-third, podChoice: false}"
#define SENTENCE 2048

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

static const char *const policy_names[] = {
    "choosing",       "fixed",      "mig",        "whole-deny", "whole-deny-fixed",
    "whole-deny-mig", "whole-keep", "converting", "no-default", "no-default-fixed",
    "always",         "strict",     "only-t4",
};

static const char *const class_names[] = {"",           "t4-third",    "a10g-half",  "gpu-whole",
                                          "a100-1g5gb", "h100-1g10gb", "h100-3g40gb"};

static const char *const requests[] = {
    JSON({"limits":{"cpu":"1"}}),
    JSON({"limits":{"nvidia.com/gpu":"1"}}),
    JSON({"limits":{"nvidia.com/gpu":"2"}}),
    JSON({"limits":{"nvidia.com/gpu":5}}),
    JSON({"limits":{"nvidia.com/gpu":"0.5"}}),
    JSON({"requests":{"nvidia.com/gpu":"500m"}}),
    JSON({"limits":{"nvidia.com/gpu":"two"}}),
    JSON({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"2"}}),
    JSON({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"0.5"}}),
    JSON({"limits":{"nvidia.com/mig-1g.5gb":"1"}}),
    JSON({"limits":{"nvidia.com/mig-1g.5gb":"2"}}),
    JSON({"limits":{"nvidia.com/mig-1g.10gb":"1"}}),
    JSON({"limits":{"nvidia.com/mig-3g.40gb":"1"}}),
    JSON({"limits":{"nvidia.com/mig-1g.12gb":"2"}}),
    JSON({"limits":{"nvidia.com/gpu.shared":"1"}}),
    JSON({"limits":{"nvidia.com/gpu":"1","nvidia.com/mig-1g.5gb":"1"}}),
    JSON({"limits":{"deviceclass.resource.kubernetes.io/x":"1"}}),
    JSON({"limits":{"nvidia.com/gpumem":"5000"}}),
    JSON({"claims":[{"name":"g"}]}),
};

static const char *const annotations[] = {
    "",
    JSON("gpuslice.dev/class":"a100-1g5gb"),
    JSON("gpuslice.dev/class":"gpu-whole"),
    JSON("gpuslice.dev/class":"none"),
    JSON("gpuslice.dev/memory":"6Gi"),
    JSON("gpuslice.dev/memory":"20Gi"),
};

static const char *const placements[] = {
    "",
    JSON(,"nodeSelector":{"gpuslice.dev/pool":"h100-mixed"}),
    JSON(,"nodeSelector":{"gpuslice.dev/pool":"l4-whole"}),
};

/* A pod, and its namespace: that of a policy, or one of these that names a class. */
struct attempt {
    const char *policy;
    char class_name[64]; /* "": the namespace names none */
    cJSON *pod;
};

/* Sets `message` to the sentence of the denial, or to "" if the pod is admitted. */
static void ask_engine(struct engine_fixture *fixture, const struct attempt *attempt, char message[SENTENCE])
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

static struct engine_fixture fixture_make(void)
{
    static char yaml[64 * 1024];
    static char objects[16 * 1024];
    size_t used = 0;
    for (size_t i = 0; i < ARRAY_SIZE(policy_names); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(class_names); j++) {
            used += (size_t)snprintf(yaml + used, sizeof(yaml) - used,
                                     "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s-ns%s, "
                                     "labels: {gpuslice.dev/inject: required, p: %s}, annotations: {",
                                     policy_names[i], class_names[j], policy_names[i]);
            used += (size_t)snprintf(yaml + used, sizeof(yaml) - used,
                                     class_names[j][0] ? "gpuslice.dev/class: %s}}\n" : "%s}}\n", class_names[j]);
        }
    }
    (void)snprintf(objects, sizeof(objects), "%s%s", CLASS_OBJECTS, POLICY_OBJECTS);
    return engine_fixture_make(objects, yaml);
}

static cJSON *pod_make(const char *request, size_t count, const char *annotation, const char *placement)
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

/* Copies what the sentence has between the first `before` and the next `after`. Returns false if it does not have
 * them. */
static bool sentence_find(const char *message, const char *before, const char *after, char ret_text[64])
{
    const char *start = strstr(message, before);
    const char *end = start ? strstr(start + strlen(before), after) : NULL;
    if (!end || (size_t)(end - start) - strlen(before) >= 64)
        return false;
    start += strlen(before);
    (void)snprintf(ret_text, 64, "%.*s", (int)(end - start), start);
    return true;
}

static cJSON *resources_of(const struct attempt *attempt, int index)
{
    cJSON *spec = cJSON_GetObjectItem(attempt->pod, "spec");
    return cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(spec, "containers"), index), "resources");
}

static int container_count(const struct attempt *attempt)
{
    return cJSON_GetArraySize(cJSON_GetObjectItem(cJSON_GetObjectItem(attempt->pod, "spec"), "containers"));
}

static void annotate(struct attempt *attempt, const char *key, const char *value)
{
    cJSON *list = cJSON_GetObjectItem(cJSON_GetObjectItem(attempt->pod, "metadata"), "annotations");
    cJSON_DeleteItemFromObjectCaseSensitive(list, key);
    assert_non_null(cJSON_AddStringToObject(list, key, value));
}

/* Lets the first `count` containers ask for that quantity of the resource alone, and the others for nothing. */
static void set_requests(struct attempt *attempt, const char *resource, const char *quantity, int count)
{
    for (int i = 0; i < container_count(attempt); i++) {
        cJSON *resources = resources_of(attempt, i);
        cJSON_DeleteItemFromObject(resources, "limits");
        cJSON_DeleteItemFromObject(resources, "requests");
        cJSON_DeleteItemFromObject(resources, "claims");
        if (i < count)
            assert_non_null(cJSON_AddStringToObject(cJSON_AddObjectToObject(resources, "limits"), resource, quantity));
    }
}

static const char *requested(const struct attempt *attempt)
{
    const cJSON *limits = cJSON_GetObjectItem(resources_of(attempt, 0), "limits");
    const cJSON *list = limits ? limits : cJSON_GetObjectItem(resources_of(attempt, 0), "requests");
    return list->child->string;
}

/* Each does what one form of remedy says, and returns false if the sentence does not have that form. */
typedef bool follow_fn(struct attempt *attempt, const char *message);

static bool follow_pod_class(struct attempt *attempt, const char *message)
{
    char name[64];
    if (!sentence_find(message, "; set the pod's annotation gpuslice.dev/class to \"", "\"", name))
        return false;
    annotate(attempt, "gpuslice.dev/class", name);
    return true;
}

static bool follow_ns_class(struct attempt *attempt, const char *message)
{
    return sentence_find(message, " can set its annotation gpuslice.dev/class to \"", "\"", attempt->class_name);
}

static bool follow_ask(struct attempt *attempt, const char *message)
{
    char resource[64];
    char quantity[64];
    char text[64];
    const char *start = strstr(message, "ask for nvidia.com/");
    if (!start || !sentence_find(start, "ask for ", ": \"", resource) || strchr(resource, ' ') ||
        !sentence_find(start, ": \"", "\"", quantity))
        return false;
    int count = container_count(attempt);
    if (sentence_find(start, "\" in ", " container", text) && strcmp(text, "each") != 0)
        count = strcmp(text, "one") == 0 ? 1 : atoi(text);
    set_requests(attempt, resource, quantity, count);
    if (sentence_find(start, " and set the pod's annotation gpuslice.dev/class to \"", "\"", text))
        annotate(attempt, "gpuslice.dev/class", text);
    return true;
}

static bool follow_most(struct attempt *attempt, const char *message)
{
    char each[64] = "";
    char pod[64] = "";
    char name[320];
    if (!sentence_find(message, "ask for at most ", " in each container", each) &&
        !sentence_find(message, "ask for at most ", " in the pod", pod))
        return false;
    (void)sentence_find(message, " in each container and ", " in the pod", pod);
    (void)snprintf(name, sizeof(name), "%s", requested(attempt));

    int one = each[0] ? atoi(each) : 1;
    int count = container_count(attempt);
    if (pod[0] && count * one > atoi(pod)) {
        one = 1;
        count = atoi(pod) < count ? atoi(pod) : count;
    }
    (void)snprintf(each, sizeof(each), "%d", one);
    set_requests(attempt, name, each, count);
    return true;
}

static bool follow_quantity(struct attempt *attempt, const char *message)
{
    char quantity[64];
    char most[64];
    char name[320];
    if (!sentence_find(message, ": ask for \"", "\"", quantity))
        return false;
    int count = container_count(attempt);
    if (sentence_find(message, "and for at most ", " in the pod", most))
        count = atoi(most) < count ? atoi(most) : count;
    (void)snprintf(name, sizeof(name), "%s", requested(attempt));
    set_requests(attempt, name, quantity, count);
    return true;
}

static bool follow_alone(struct attempt *attempt, const char *message)
{
    char name[64];
    if (!sentence_find(message, "; ask for ", " alone", name))
        return false;
    set_requests(attempt, name, "1", container_count(attempt));
    return true;
}

static bool follow_named(struct attempt *attempt, const char *message)
{
    char most[64];
    if (!sentence_find(message, "; name at most ", " of its containers", most))
        return false;
    annotate(attempt, "gpuslice.dev/containers",
             strcmp(most, "1") == 0   ? "c0"
             : strcmp(most, "2") == 0 ? "c0,c1"
                                      : "c2,c0,c1");
    return true;
}

static bool follow_removal(struct attempt *attempt, const char *message)
{
    if ((!strstr(message, "; remove them") && !strstr(message, "; remove it from limits")) ||
        strstr(message, ", and ask for")) /* follow_ask() does both */
        return false;
    for (int i = 0; i < container_count(attempt); i++) {
        cJSON *resources = resources_of(attempt, i);
        cJSON *limits = cJSON_GetObjectItem(resources, "limits");
        cJSON_DeleteItemFromObject(resources, "claims");
        cJSON_DeleteItemFromObject(limits, "deviceclass.resource.kubernetes.io/x");
        cJSON_DeleteItemFromObject(limits, "nvidia.com/gpumem");
    }
    return true;
}

static bool follow_placement(struct attempt *attempt, const char *message)
{
    if (!strstr(message, "remove that placement from the pod"))
        return false;
    cJSON_DeleteItemFromObject(cJSON_GetObjectItem(attempt->pod, "spec"), "nodeSelector");
    return true;
}

static follow_fn *const ways[] = {follow_pod_class, follow_ns_class, follow_ask,     follow_most,     follow_quantity,
                                  follow_alone,     follow_named,    follow_removal, follow_placement};

enum { CLASS_WAYS = 2 }; /* so many of them name a class */

static size_t follow_all(struct engine_fixture *fixture, const struct attempt *attempt, const char *message)
{
    size_t followed = 0;
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        char after[SENTENCE];
        struct attempt next = *attempt;
        next.pod = cJSON_Duplicate(attempt->pod, true);
        if (ways[i](&next, message)) {
            followed++;
            ask_engine(fixture, &next, after);
            AUTO(cjson_text) pod = cJSON_PrintUnformatted(attempt->pod);
            /* A placement that contradicts the class is a fault of its own, which only naming a class can mend too. */
            if (after[0] && (i < CLASS_WAYS || !strstr(after, "(conflict: deny)")))
                fail_msg("way %zu of policy %s does not hold\n  pod: %s\n  denied: %s\n  then: %s", i, attempt->policy,
                         pod, message, after);
        }
        cJSON_Delete(next.pod);
    }
    return followed;
}

/* Denials that can offer nothing that gpuslice has looked for. */
static bool is_plain(const char *message)
{
    return strstr(message, "no GPU request passes here") || strstr(message, "which is not allowed here") ||
           strstr(message, "the largest slice") || strstr(message, "by the annotation gpuslice.dev/class; allowed");
}

TEST(remedy__each_denial__is_admitted_after_what_it_says)
{
    AUTO(engine_fixture) fixture = fixture_make();
    size_t denied = 0;
    for (size_t i = 0;
         i < ARRAY_SIZE(policy_names) * ARRAY_SIZE(requests) * ARRAY_SIZE(annotations) * ARRAY_SIZE(placements) * 4;
         i++) {
        size_t rest = i;
        size_t count = 1 + rest % 4;
        rest /= 4;
        const char *placement = placements[rest % ARRAY_SIZE(placements)];
        rest /= ARRAY_SIZE(placements);
        const char *annotation = annotations[rest % ARRAY_SIZE(annotations)];
        rest /= ARRAY_SIZE(annotations);
        const char *request = requests[rest % ARRAY_SIZE(requests)];
        struct attempt attempt = {.policy = policy_names[rest / ARRAY_SIZE(requests)],
                                  .pod = pod_make(request, count, annotation, placement)};
        char message[SENTENCE];
        ask_engine(&fixture, &attempt, message);
        denied += message[0] != '\0';
        if (message[0] && follow_all(&fixture, &attempt, message) == 0 && !is_plain(message))
            fail_msg("no remedy in: %s", message);
        cJSON_Delete(attempt.pod);
    }
    assert_true(denied > 3000);
}

/* The sentence about a pod of one container, `request`, in the namespace of a policy. */
static void check_sentence(struct engine_fixture *fixture, const char *policy, const char *request,
                           const char *annotation, const char *expected)
{
    char message[SENTENCE];
    struct attempt attempt = {.policy = policy, .pod = pod_make(request, 1, annotation, "")};
    ask_engine(fixture, &attempt, message);
    cJSON_Delete(attempt.pod);
    check_text(request, message, expected);
}

TEST(remedy__sentences__exact)
{
#define GPU(quantity)   "container \"c0\" asks for nvidia.com/gpu: " quantity
#define WHOLE_NUMBERS   "GPUs are counted in whole numbers, the same in limits and requests: "
#define ANNOTATE(class) "set the pod's annotation gpuslice.dev/class to \"" class "\" "
#define THIRD           "a third of a T4 with 5Gi"
#define AS_IT_IS        ", which takes the pod as it is"
#define NOT_ITS_OWN     "which is not the resource of its slice class (otherSlice: deny); "
#define ASK_THIRD       "ask for nvidia.com/gpu: \"1\", which is " THIRD " (slice class \"t4-third\")"
    static const struct {
        const char *policy, *request, *annotation, *expected;
    } cases[] = {
        {"choosing", JSON({"limits":{"nvidia.com/mig-1g.10gb":"1"}}), "",
         "container \"c0\" asks for nvidia.com/mig-1g.10gb, " NOT_ITS_OWN ANNOTATE(
             "h100-1g10gb") "(a 1g.10gb slice of an H100 with 9984Mi)" AS_IT_IS ", or " ASK_THIRD " [policy choosing]"},
        {"fixed", JSON({"limits":{"nvidia.com/mig-1g.10gb":"1"}}), "",
         "container \"c0\" asks for nvidia.com/mig-1g.10gb, " NOT_ITS_OWN ASK_THIRD
         ", or the owner of namespace \"fixed-ns\" can set its annotation gpuslice.dev/class to \"h100-1g10gb\" "
         "(a 1g.10gb slice of an H100 with 9984Mi)" AS_IT_IS " [policy fixed]"},
        {"choosing", JSON({"limits":{"nvidia.com/mig-1g.12gb":"2"}}), "",
         "container \"c0\" asks for nvidia.com/mig-1g.12gb, " NOT_ITS_OWN ASK_THIRD " [policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/mig-1g.5gb":"3"}}), "",
         "container \"c0\" asks for nvidia.com/mig-1g.5gb, " NOT_ITS_OWN ASK_THIRD " [policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu.shared":"1"}}), "",
         "container \"c0\" asks for nvidia.com/gpu.shared, " NOT_ITS_OWN ANNOTATE(
             "a10g-half") "(half of an A10G with 11514Mi)" AS_IT_IS ", or " ASK_THIRD " [policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"4"}}), "",
         GPU("\"4\", but slice class \"t4-third\" gives 1 to a container (two shares of a GPU are not twice a share); ")
             ANNOTATE("gpu-whole") "(a whole L4 with 23034Mi)" AS_IT_IS ", or ask for at most 1 in each container "
                                   "[policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"5"}}), "",
         GPU("\"5\", but slice class \"t4-third\" gives 1 to a container (two shares of a GPU are not twice a share); "
             "ask for at most 1 in each container [policy choosing]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"3"}}), JSON("gpuslice.dev/memory":"40Gi"),
         "the pod asks for 40Gi of GPU memory, but the largest slice allowed here is h100-3g40gb with 40448Mi [policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"2"}}), JSON("gpuslice.dev/memory":"6Gi"),
         GPU("\"2\", but slice class \"a10g-half\" gives 1 to a container (two shares of a GPU are not twice a share); ")
             ANNOTATE("gpu-whole") "(a whole L4 with 23034Mi)" AS_IT_IS ", or ask for at most 1 in each container "
                                   "[policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"0.5"}}), "",
         GPU("\"0.5\", which is not a whole number; " WHOLE_NUMBERS "ask for \"1\", which already is " THIRD
             " (slice class \"t4-third\") [policy choosing]")},
        {"choosing", JSON({"requests":{"nvidia.com/gpu":"500m"}}), "",
         GPU("\"500m\" (in requests only), which is not a whole number; " WHOLE_NUMBERS
             "ask for \"1\", which already is " THIRD " (slice class \"t4-third\") [policy choosing]")},
        {"mig", JSON({"limits":{"nvidia.com/gpu":0.25}}), "",
         GPU("\"0.25\", which is not a whole number; " WHOLE_NUMBERS
             "ask for \"1\", which already is a 1g.5gb slice of an A100 with 4864Mi (slice class \"a100-1g5gb\") "
             "[policy mig]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"0.5"}}), JSON("gpuslice.dev/class":"gpu-whole"),
         GPU("\"0.5\", which is not a whole number; " WHOLE_NUMBERS
             "ask for \"1\", which is a whole L4 with 23034Mi (slice class \"gpu-whole\") [policy choosing]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"2"}}), "",
         GPU("limit \"1\", request \"2\", which differ; " WHOLE_NUMBERS "ask for \"1\" [policy choosing]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"4"},"requests":{"nvidia.com/gpu":"2"}}),
         JSON("gpuslice.dev/class":"gpu-whole"),
         GPU("limit \"4\", request \"2\", which differ; " WHOLE_NUMBERS "ask for \"4\" [policy choosing]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"0"},"requests":{"nvidia.com/gpu":"1"}}), "",
         GPU("limit \"0\", request \"1\", which differ; " WHOLE_NUMBERS "ask for \"1\" [policy choosing]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"0.5"}}), "",
         GPU("limit \"1\", request \"0.5\", one of which is not a whole number; " WHOLE_NUMBERS
             "ask for \"1\", which already is " THIRD " (slice class \"t4-third\") [policy choosing]")},
        {"whole-deny", JSON({"limits":{"nvidia.com/gpu":"1"}}), "",
         "container \"c0\" asks for nvidia.com/gpu, which is a whole GPU unless the pod names a slice class (wholeGPU: "
         "deny); " ANNOTATE("t4-third") "(" THIRD ")" AS_IT_IS " [policy whole-deny]"},
        {"whole-deny-fixed", JSON({"limits":{"nvidia.com/gpu":"1"}}), "",
         "container \"c0\" asks for nvidia.com/gpu, which is a whole GPU unless the pod names a slice class (wholeGPU: "
         "deny); no GPU request passes here, because pods may not choose a class (podChoice: false) "
         "[policy whole-deny-fixed]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"1","nvidia.com/mig-1g.5gb":"1"}}), "",
         "container \"c0\" asks for both nvidia.com/gpu and nvidia.com/mig-1g.5gb, and would hold two devices; ask for "
         "nvidia.com/gpu alone [policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"9","nvidia.com/mig-1g.5gb":"1"}}), "",
         "container \"c0\" asks for both nvidia.com/gpu and nvidia.com/mig-1g.5gb, and would hold two devices; " ASK_THIRD
         " [policy choosing]"},
        {"no-default-fixed", JSON({"limits":{"nvidia.com/mig-3g.40gb":"1"}}), "",
         "the pod asks for a GPU, but no slice class applies to it; the owner of namespace \"no-default-fixed-ns\" can set "
         "its annotation gpuslice.dev/class to \"h100-3g40gb\" (a 3g.40gb slice of an H100 with 40448Mi)" AS_IT_IS
         "; allowed here: a100-1g5gb (4864Mi), a10g-half (11514Mi), gpu-whole (23034Mi), h100-1g10gb (9984Mi), "
         "h100-3g40gb (40448Mi), t4-third (5Gi) [policy no-default-fixed]"},
        {"strict", JSON({"limits":{"nvidia.com/gpumem":"5000"}}), "",
         "container \"c0\" asks for nvidia.com/gpumem, which no slice pool offers (otherAccelerators: deny); remove it from "
         "limits and requests, and ask for nvidia.com/gpu: \"1\" in one container, which is " THIRD
         " (slice class \"t4-third\") [policy strict]"},
    };
    AUTO(engine_fixture) fixture = fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_sentence(&fixture, cases[i].policy, cases[i].request, cases[i].annotation, cases[i].expected);
}

static void check_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

/* Names are cut before the remedy is, and the longest legal names of classes, namespaces and policies are whole. */
TEST(remedy__longest_names__are_not_lost)
{
#define LONG(letter) letter "-3456789-123456789-123456789-123456789-123456789-123456789-123"
#define CONTACT      "ask the people of the platform team, who read their channel, or write to the address in the wiki"
    static const char objects[] =
        POOL(LONG("p"), "gpu: rtx-pro-6000-blackwell-96gb, sharing: {mig: {layout: {1g.24gb+me: 1}}}")
            POOL(LONG("q"), "gpu: rtx-pro-6000-blackwell-96gb, sharing: {mig: {layout: {1g.24gb: 4}}}")
                CLASS(LONG("c"), "pools: [" LONG("p") "]") CLASS(LONG("d"), "pools: [" LONG("q") "]") API
        "kind: SlicePolicy\nmetadata: {name: " LONG("y") "}\nspec: {contact: \"" CONTACT "\", "
                                                         "classes: {allowed: [\"*\"], default: " LONG(
                                                             "c") ", podChoice: false}}\n";
    AUTO(engine_fixture) fixture = engine_fixture_make(objects, NAMESPACE(LONG("n"), "required"));
    static const char *const starts[] = {
        "{\"spec\":{\"containers\":[{\"name\":\"" LONG("x") LONG("x") LONG("x") LONG("x") LONG("x") "\",\"resources\":",
        "{\"spec\":{\"nodeSelector\":{\"gpuslice.dev/pool\":\"" LONG("q") "\"},\"containers\":[{\"name\":\"" LONG(
            "x") "\",\"resources\":",
        "{\"spec\":{\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":["
        "{\"matchExpressions\":[{\"key\":\"gpuslice.dev/pool\",\"operator\":\"In\",\"values\":[\"" LONG("q") "\",\"" LONG("r") "\",\"" LONG(
            "s") "\",\"" LONG("t") "\",\"" LONG("u") "\",\"" LONG("v") "\"]}]}]}}},\"containers\":[{\"name\":\"" LONG("x") "\",\"resources\":",
    };
    static const char *const ends[] = {
        JSON({"limits":{"nvidia.com/mig-1g.24gb":1}}}]}}),
        JSON({"limits":{"nvidia.com/gpu":1}}}]}}),
        JSON({"limits":{"nvidia.com/gpu":1}}}]}}),
    };
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        char pod[4096];
        AUTO(buf) out;
        struct answer_facts facts;
        struct err err;
        (void)snprintf(pod, sizeof(pod), "%s%s", starts[i], ends[i]);
        AUTO(string) review = review_text_of(KIND_POD, LONG("n"), pod, "");
        const struct post post = {.body = review, .length = strlen(review)};
        buf_init(&out, 1 << 20);
        check_success("long", engine_answer(fixture.engine, &routes[ROUTE_MUTATE], &post, &out, &facts, &err), &err);
        check_has(buf_text(&out),
                  "the owner of namespace \\\"" LONG("n") "\\\" can set its annotation gpuslice.dev/class to \\\"" LONG(
                      "d") "\\\" (a 1g.24gb slice of an RTX PRO 6000 Blackwell with ");
        check_has(buf_text(&out), "), which takes the pod as it is [policy " LONG("y") ", contact: " CONTACT "]");
    }
}
