/* Quantities that containers ask. Knows how Kubernetes counts; no policy. */
#include "pod/asks.h"

#include "core/quantity.h"
#include "gpu/resource.h"

#include <stdio.h>
#include <string.h>

static const cJSON *quantity_of(const struct container *container, const char *list, const char *resource)
{
    return json_find(container->object, PATH("resources", list, resource));
}

/* The whole number that `value` is, or why it is none. `text` is for messages, so it may be cut. */
static const char *quantity_fault(const cJSON *value, char text[ASK_TEXT_SIZE], int64_t *ret_quantity)
{
    struct quantity quantity = {0};
    struct err err;
    if (cJSON_IsNumber(value))
        (void)snprintf(text, ASK_TEXT_SIZE, "%.17g", value->valuedouble);
    else
        (void)snprintf(text, ASK_TEXT_SIZE, "%s", value->valuestring);
    if (quantity_parse(cJSON_IsNumber(value) ? text : value->valuestring, &quantity, &err) < 0)
        return "is not a quantity";
    if (!quantity.exact)
        return "is not a whole number";
    if (quantity.value < 0)
        return "is negative";
    *ret_quantity = quantity.value;
    return NULL;
}

static void ask_of_pair(const cJSON *limit, const cJSON *request, struct ask *ask)
{
    int64_t requested = 0;
    char text[ASK_TEXT_SIZE];
    ask->fault = quantity_fault(limit ? limit : request, ask->text, &ask->quantity);
    if (ask->fault || !limit || !request)
        return;
    ask->fault = quantity_fault(request, text, &requested);
    if (ask->fault)
        memcpy(ask->text, text, sizeof(text));
    else if (requested != ask->quantity)
        ask->fault = "is a limit that differs from its request";
    if (ask->fault)
        ask->quantity = 0;
}

bool container_asks_for(const struct container *container, const char *resource, struct ask *ret_ask)
{
    const cJSON *limit = quantity_of(container, "limits", resource);
    const cJSON *request = quantity_of(container, "requests", resource);
    if (!limit && !request)
        return false;
    struct ask ask = {.resource = limit ? limit->string : request->string};
    ask_of_pair(limit, request, &ask);
    if (!ask.fault && ask.quantity == 0)
        return false;
    *ret_ask = ask;
    return true;
}

static bool resource_is_of_kind(const char *name, enum ask_kind kind)
{
    return kind == ASK_GPU ? gpu_resource_is(name)
                           : strncmp(name, DRA_RESOURCE_PREFIX, strlen(DRA_RESOURCE_PREFIX)) == 0;
}

bool container_next_ask(const struct container *container, enum ask_kind kind, size_t *cursor, struct ask *ret_ask)
{
    static const char *const lists[] = {"limits", "requests"};
    size_t position = 0;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        const cJSON *entry;
        cJSON_ArrayForEach(entry, json_find(container->object, PATH("resources", lists[i]))) {
            if (position++ < *cursor || cJSON_IsNull(entry) || !resource_is_of_kind(entry->string, kind))
                continue;
            bool seen = i == 1 && quantity_of(container, "limits", entry->string);
            if (seen || !container_asks_for(container, entry->string, ret_ask))
                continue;
            *cursor = position;
            return true;
        }
    }
    return false;
}

bool container_asks_gpu(const struct container *container)
{
    struct ask ask;
    size_t cursor = 0;
    return container_next_ask(container, ASK_GPU, &cursor, &ask);
}

bool pod_asks_gpu(const struct pod *pod)
{
    POD_FOREACH_CONTAINER(pod, container) {
        if (container_asks_gpu(container))
            return true;
    }
    return false;
}

bool container_uses_claims(const struct container *container)
{
    if (cJSON_GetArraySize(json_find(container->object, PATH("resources", "claims"))) > 0)
        return true;
    struct ask ask;
    size_t cursor = 0;
    return container_next_ask(container, ASK_DEVICE_CLASS, &cursor, &ask);
}

bool pod_uses_claims(const struct pod *pod)
{
    if (cJSON_GetArraySize(json_find(pod->object, PATH("spec", "resourceClaims"))) > 0)
        return true;
    POD_FOREACH_CONTAINER(pod, container) {
        if (container_uses_claims(container))
            return true;
    }
    return false;
}

static int64_t add_saturating(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

int64_t pod_effective_sum(const struct pod *pod, const int64_t counts[])
{
    int64_t running = 0; /* sidecars so far, then containers too */
    int64_t peak = 0;
    for (size_t i = 0; i < pod->count; i++) {
        int64_t with_this = add_saturating(running, counts[i]);
        if (pod->containers[i].kind != CONTAINER_INIT)
            running = with_this;
        peak = with_this > peak ? with_this : peak;
    }
    return peak;
}
