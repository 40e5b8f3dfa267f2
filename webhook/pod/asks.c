/* Collects the quantities that a container requests, as Kubernetes counts them. Does not depend on policies. */
#include "pod/asks.h"

#include "base/text.h"
#include "core/quantity.h"
#include "json/find.h"

#include <stdio.h>
#include <string.h>

const char *const resource_lists[2] = {"limits", "requests"};

/* A resource's limit and request; either may be missing. */
struct entry {
    const char *resource;
    enum ask_kind kind;
    const cJSON *limit, *request;
};

/* Sets *ret_quantity to the quantity in `value` and returns NULL, or returns why it is not a whole number from 0. Sets
 * `text`, and clears *plain if the quantity is not a plain number. */
static const char *quantity_fault(const cJSON *value, char text[ASK_TEXT_SIZE], bool *plain, int64_t *ret_quantity)
{
    struct quantity quantity = {0};
    struct err err;

    if (cJSON_IsNumber(value))
        (void)snprintf(text, ASK_TEXT_SIZE, "%.17g", value->valuedouble);
    else
        text_copy(text, ASK_TEXT_SIZE, value->valuestring);

    if (quantity_parse(cJSON_IsNumber(value) ? text : value->valuestring, &quantity, &err) < 0)
        return "is not a quantity";
    if (!quantity.exact)
        return "is not a whole number";
    if (quantity.value < 0)
        return "is negative";

    *plain = *plain && (cJSON_IsNumber(value) || !value->valuestring[strspn(value->valuestring, "0123456789")]);
    *ret_quantity = quantity.value;
    return NULL;
}

static struct ask ask_of(const struct entry *entry)
{
    struct ask ask = {.kind = entry->kind, .plain = true, .in_limits = entry->limit, .in_requests = entry->request};
    int64_t limit = 0;
    int64_t request = 0;

    if (entry->limit)
        ask.fault = quantity_fault(entry->limit, ask.limit, &ask.plain, &limit);
    const char *fault = entry->request ? quantity_fault(entry->request, ask.request, &ask.plain, &request) : NULL;
    ask.fault = ask.fault ? ask.fault : fault;
    ask.differs = !ask.fault && entry->limit && entry->request && limit != request;
    if (ask.differs)
        ask.fault = "differ";
    if (!ask.fault)
        ask.quantity = entry->limit ? limit : request;

    return ask;
}

/* U+FFFD may replace a NUL in the pod, and then no patch could name the key. The API server does not accept such a
 * name and rejects the pod after our answer. */
static bool is_legible(const char *resource)
{
    return strstr(resource, "\xEF\xBF\xBD") == NULL;
}

static enum ask_kind ask_kind_of(const struct gpu_names *names, const char *resource)
{
    static const enum ask_kind kinds[] = {
        [RESOURCE_PLAIN] = ASK_NONE,      [RESOURCE_GPU] = ASK_GPU,
        [RESOURCE_NETWORK] = ASK_NONE,    [RESOURCE_DEVICE_CLASS] = ASK_DEVICE_CLASS,
        [RESOURCE_FOREIGN] = ASK_FOREIGN, [RESOURCE_UNOFFERED] = ASK_UNOFFERED,
    };
    return kinds[gpu_names_kind(names, resource)];
}

static void entries_add(struct entry entries[], size_t *count, const cJSON *list, bool limits,
                        const struct gpu_names *names)
{
    const cJSON *value;
    cJSON_ArrayForEach(value, list) {
        enum ask_kind kind = cJSON_IsNull(value) ? ASK_NONE : ask_kind_of(names, value->string);
        if (kind != ASK_NONE && is_legible(value->string))
            entries[(*count)++] = (struct entry){.resource = value->string,
                                                 .kind = kind,
                                                 .limit = limits ? value : NULL,
                                                 .request = limits ? NULL : value};
    }
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->resource, ((const struct entry *)b)->resource);
}

/* Joins the limit and the request of each resource. If a list has a key twice, the one that qsort() puts first counts.
 */
static size_t entries_merge(struct entry entries[], size_t count)
{
    size_t merged = 0;
    for (size_t i = 0; i < count; i++) {
        struct entry *last = merged > 0 ? &entries[merged - 1] : NULL;
        if (last && strcmp(last->resource, entries[i].resource) == 0) {
            last->limit = last->limit ? last->limit : entries[i].limit;
            last->request = last->request ? last->request : entries[i].request;
        } else {
            entries[merged++] = entries[i];
        }
    }
    return merged;
}

static int asks_fill(struct entry entries[], size_t count, struct asks *ret_asks, struct err *err)
{
    AUTO(asks) asks = {.items = calloc(count + 1, sizeof(*asks.items))};
    if (!asks.items)
        return err_nomem(err);

    for (size_t i = 0; i < count; i++) {
        struct ask ask = ask_of(&entries[i]);
        if (!ask.fault && ask.quantity == 0)
            continue;
        ask.resource = strdup(entries[i].resource);
        if (!ask.resource)
            return err_nomem(err);
        asks.items[asks.count++] = ask;
    }

    *ret_asks = TAKE(asks);
    return 0;
}

int asks_collect(const cJSON *container, const struct gpu_names *names, struct asks *ret_asks, struct err *err)
{
    const cJSON *limits = cjson_find(container, PATH("resources", "limits"));
    const cJSON *requests = cjson_find(container, PATH("resources", "requests"));
    size_t most = (size_t)cJSON_GetArraySize(limits) + (size_t)cJSON_GetArraySize(requests);
    struct entry *entries = calloc(most + 1, sizeof(*entries));
    if (!entries)
        return err_nomem(err);

    size_t count = 0;
    entries_add(entries, &count, limits, true, names);
    entries_add(entries, &count, requests, false, names);
    qsort(entries, count, sizeof(*entries), compare_entries);

    int result = asks_fill(entries, entries_merge(entries, count), ret_asks, err);

    free(entries);
    return result;
}

void asks_fini(struct asks *asks)
{
    for (size_t i = 0; i < asks->count; i++)
        free(asks->items[i].resource);
    free(asks->items);
    *asks = (struct asks){0};
}

static int compare_resource(const void *resource, const void *ask)
{
    return strcmp(resource, ((const struct ask *)ask)->resource);
}

const struct ask *asks_find(const struct asks *asks, const char *resource)
{
    return asks->count ? bsearch(resource, asks->items, asks->count, sizeof(*asks->items), compare_resource) : NULL;
}

const struct ask *asks_next(const struct asks *asks, enum ask_kind kind, const struct ask *previous)
{
    for (size_t i = previous ? (size_t)(previous - asks->items) + 1 : 0; i < asks->count; i++) {
        if (asks->items[i].kind == kind)
            return &asks->items[i];
    }
    return NULL;
}
