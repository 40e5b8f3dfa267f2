/* Remedies in denials: whoever does what a denial says is admitted. The test reads the sentences as people do, changes
 * the pod or its namespace accordingly, and asks again. */
#include "tests/support/check.h"
#include "tests/support/remedy_fixture.h"

#include <stdlib.h>

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
    JSON("gpuslice.dev/memory":"90Gi"),
    JSON("gpuslice.dev/class":"t4-third","gpuslice.dev/memory":"6Gi"),
};

static const char *const placements[] = {
    "",
    JSON(,"nodeSelector":{"gpuslice.dev/pool":"h100-mixed"}),
    JSON(,"nodeSelector":{"gpuslice.dev/pool":"l4-whole"}),
};

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

static bool follow_memory(struct attempt *attempt, const char *message)
{
    if (!strstr(message, "leave out the annotation gpuslice.dev/memory"))
        return false;
    cJSON *metadata = cJSON_GetObjectItem(attempt->pod, "metadata");
    cJSON_DeleteItemFromObjectCaseSensitive(cJSON_GetObjectItem(metadata, "annotations"), "gpuslice.dev/memory");
    return true;
}

static bool follow_less_memory(struct attempt *attempt, const char *message)
{
    char most[64];
    if (!sentence_find(message, "; ask for at most ", " [policy", most) || strchr(most, ' '))
        return false;
    annotate(attempt, "gpuslice.dev/memory", most);
    return true;
}

static bool follow_placement(struct attempt *attempt, const char *message)
{
    if (!strstr(message, "remove that placement from the pod"))
        return false;
    cJSON_DeleteItemFromObject(cJSON_GetObjectItem(attempt->pod, "spec"), "nodeSelector");
    return true;
}

static follow_fn *const ways[] = {follow_pod_class, follow_ns_class, follow_ask,        follow_most,
                                  follow_quantity,  follow_alone,    follow_named,      follow_removal,
                                  follow_placement, follow_memory,   follow_less_memory};

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
            remedy_ask_engine(fixture, &next, after);
            AUTO(cjson_text) pod = cJSON_PrintUnformatted(attempt->pod);
            /* A placement that contradicts the class is a fault of its own, which only naming a class can mend too. So
             * is the request of a pod that was denied for the memory that it names. */
            bool second = strstr(after, "(conflict: deny)") ||
                          (strstr(message, "of GPU memory") && !strstr(after, "of GPU memory"));
            bool unlike = strstr(after, "resource claims") || strstr(after, "no slice pool offers");
            if (after[0] && !unlike && (i < CLASS_WAYS || !second))
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
           strstr(message, "by the annotation gpuslice.dev/class; allowed");
}

TEST(remedy__each_denial__is_admitted_after_what_it_says)
{
    AUTO(engine_fixture) fixture = remedy_fixture_make();
    size_t denied = 0;
    for (size_t i = 0;
         i < REMEDY_POLICIES * ARRAY_SIZE(requests) * ARRAY_SIZE(annotations) * ARRAY_SIZE(placements) * 4; i++) {
        size_t rest = i;
        size_t count = 1 + rest % 4;
        rest /= 4;
        const char *placement = placements[rest % ARRAY_SIZE(placements)];
        rest /= ARRAY_SIZE(placements);
        const char *annotation = annotations[rest % ARRAY_SIZE(annotations)];
        rest /= ARRAY_SIZE(annotations);
        const char *request = requests[rest % ARRAY_SIZE(requests)];
        struct attempt attempt = {.policy = remedy_policies[rest / ARRAY_SIZE(requests)],
                                  .pod = remedy_pod(request, count, annotation, placement)};
        char message[SENTENCE];
        remedy_ask_engine(&fixture, &attempt, message);
        denied += message[0] != '\0';
        if (message[0] && follow_all(&fixture, &attempt, message) == 0 && !is_plain(message))
            fail_msg("no remedy in: %s", message);
        cJSON_Delete(attempt.pod);
    }
    assert_true(denied > 3000);
}
