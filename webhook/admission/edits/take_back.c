/* The inverse of the edits. Removes only what is exactly what they write: an author can write a record, so everything
 * else may be another admission's. */
#include "admission/edits/take_back.h"

#include "core/names.h"
#include "nvidia/names.h"
#include "pod/placement.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { PATH_KEYS_MAX = 8 };

struct taking {
    struct changes *changes;
    const struct pod *pod;
    const struct record *record;
    const struct slice_class *slice_class; /* the record's; NULL if it no longer exists */
    const struct policy_set *set;
    struct strlist pools; /* if the class no longer exists: the values of gpuslice.dev/pool that it required */
    const char *instead;
    bool exists; /* the pod exists: see take_back_from_object() */
};

static bool has_one_member(const cJSON *object)
{
    size_t count = 0;
    const cJSON *member;
    cJSON_ArrayForEach(member, object) {
        count += !cJSON_IsNull(member);
    }
    return count == 1;
}

/* Removes the member at the path, and the objects around it that have no other, but none of the first `kept` keys. */
static int remove_up(struct patch *patch, struct place place, const char *const path[], size_t kept, struct err *err)
{
    const char *keys[PATH_KEYS_MAX] = {NULL};
    const cJSON *parents[PATH_KEYS_MAX] = {place.object};
    size_t depth = 0;
    for (; path[depth]; depth++) {
        assert(depth + 1 < PATH_KEYS_MAX);
        keys[depth] = path[depth];
        parents[depth + 1] = cjson_member(parents[depth], path[depth]);
        if (!parents[depth + 1])
            return 0;
    }

    while (depth - 1 > kept && has_one_member(parents[depth - 1]))
        depth--;
    keys[depth] = NULL;
    return patch_remove(patch, place, keys, err);
}

/* Like remove_up(), if the member is an empty object or array. */
static int remove_if_empty(struct patch *patch, struct place place, const char *const path[], size_t kept,
                           struct err *err)
{
    const cJSON *member = cjson_find(place.object, path);
    return member && !member->child ? remove_up(patch, place, path, kept, err) : 0;
}

/* Resources. */

/* Returns the ask that is the container's slice, or NULL. If the class no longer exists, any GPU resource may be. */
static const struct ask *slice_of(const struct taking *taking, const struct container *container)
{
    const struct ask *ask = taking->slice_class ? asks_find(&container->asks, taking->slice_class->resource)
                                                : asks_next(&container->asks, ASK_GPU, NULL);
    return ask && !ask->fault && container->asks.count <= RECORD_ASKS_MAX ? ask : NULL;
}

/* Returns how much of a resource the container asked for before; 0 for none. */
static int64_t asked_before(const struct taking *taking, const struct record_entry *entry, const struct ask *slice,
                            const char *resource)
{
    if (!entry->was)
        return strcmp(resource, taking->instead) == 0 ? slice->quantity : 0;
    const cJSON *value = cjson_member(entry->was, resource);
    return value ? (int64_t)value->valuedouble : 0;
}

static int put_back(const struct taking *taking, const struct container *container, const char *resource,
                    int64_t quantity, struct err *err)
{
    const struct ask *ask = asks_find(&container->asks, resource);
    bool right = ask && !ask->fault && ask->quantity == quantity;
    char text[32];

    (void)snprintf(text, sizeof(text), "%lld", (long long)quantity);
    for (size_t i = 0; i < ARRAY_SIZE(resource_lists); i++) {
        const char *const *path = PATH("resources", resource_lists[i], resource);
        if (right && cjson_find(container->object, path))
            continue;
        if (patch_set(&taking->changes->patch, container_place(container), path, cJSON_CreateString(text), err) < 0)
            return -1;
    }
    return 0;
}

/* Removes the GPU resources for which the container did not ask before, also what a LimitRange has added since. */
static int remove_asks(const struct taking *taking, const struct container *container, const struct record_entry *entry,
                       const struct ask *slice, struct err *err)
{
    struct patch *patch = &taking->changes->patch;
    const struct ask *ask = NULL;
    while ((ask = asks_next(&container->asks, ASK_GPU, ask)) != NULL) {
        for (size_t i = 0; i < ARRAY_SIZE(resource_lists) && asked_before(taking, entry, slice, ask->resource) == 0;
             i++) {
            if (patch_remove(patch, container_place(container), PATH("resources", resource_lists[i], ask->resource),
                             err) < 0)
                return -1;
        }
    }
    return 0;
}

static int take_resources(const struct taking *taking, const struct container *container,
                          const struct record_entry *entry, struct err *err)
{
    struct patch *patch = &taking->changes->patch;
    const struct ask *slice = slice_of(taking, container);
    if (!slice)
        return 0;
    if (remove_asks(taking, container, entry, slice, err) < 0)
        return -1;

    const cJSON *value;
    cJSON_ArrayForEach(value, entry->was) {
        if (put_back(taking, container, value->string, (int64_t)value->valuedouble, err) < 0)
            return -1;
    }
    if (!entry->was && put_back(taking, container, taking->instead, slice->quantity, err) < 0)
        return -1;

    for (size_t i = 0; i < ARRAY_SIZE(resource_lists); i++) {
        if (remove_if_empty(patch, container_place(container), PATH("resources", resource_lists[i]), 1, err) < 0)
            return -1;
    }
    return 0;
}

/* Variables. */

static bool variable_is_of_class(const cJSON *item, const void *context)
{
    const struct slice_class *slice_class = context;
    const char *value = cjson_text(item, "value");
    for (size_t i = 0; i < slice_class->env.count; i++) {
        if (strcmp(cjson_text(item, "name"), slice_class->env.items[i].name) == 0 &&
            strcmp(value ? value : "", slice_class->env.items[i].value) == 0)
            return !cjson_find(item, PATH("valueFrom"));
    }
    return false;
}

static bool variable_is_of_guard(const cJSON *item, const void *context)
{
    const char *value = cjson_text(item, "value");
    (void)context;
    return strcmp(cjson_text(item, "name"), VISIBLE_DEVICES) == 0 && value && strcmp(value, VISIBLE_DEVICES_NONE) == 0;
}

static int take_variables(struct patch *patch, const struct container *container, patch_match_fn *match,
                          const void *context, struct err *err)
{
    struct place place = container_place(container);
    size_t before = patch->count;
    if (patch_remove_matching(patch, place, PATH("env"), match, context, err) < 0)
        return -1;
    return patch->count > before ? remove_if_empty(patch, place, PATH("env"), 0, err) : 0;
}

int take_back_guard(struct changes *changes, const struct container *container, struct err *err)
{
    return take_variables(&changes->patch, container, variable_is_of_guard, NULL, err);
}

static int take_containers(const struct taking *taking, struct err *err)
{
    POD_FOREACH_CONTAINER(taking->pod, container) {
        const struct record_entry *entry = record_find(taking->record, container->name);
        if (entry && take_resources(taking, container, entry, err) < 0)
            return -1;
        if (entry && taking->slice_class &&
            take_variables(&taking->changes->patch, container, variable_is_of_class, taking->slice_class, err) < 0)
            return -1;
        if (taking->exists && take_back_guard(taking->changes, container, err) < 0)
            return -1;
    }
    return 0;
}

/* Placement. */

/* What is looked for in one term. */
struct ours {
    const struct slice_class *slice_class;
    const cJSON *only; /* if the class no longer exists: the expression */
};

/* Returns the term's last In on gpuslice.dev/pool, or NULL: edits append. */
static const cJSON *last_of_pool(const cJSON *term)
{
    const cJSON *found = NULL;
    const cJSON *expression;
    cJSON_ArrayForEach(expression, cjson_find(term, PATH("matchExpressions"))) {
        if (strcmp(cjson_text(expression, "key"), LABEL_POOL) == 0 &&
            requirement_op_parse(cjson_text(expression, "operator")) == OP_IN)
            found = expression;
    }
    return found;
}

static struct ours ours_of(const struct taking *taking, const cJSON *term)
{
    return (struct ours){taking->slice_class, taking->slice_class ? NULL : last_of_pool(term)};
}

static bool expression_is_ours(const cJSON *item, const void *context)
{
    const struct ours *ours = context;
    if (!ours->slice_class)
        return item == ours->only;
    const struct requirements *list = &ours->slice_class->requirements;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].op == OP_IN && expression_equals(item, &list->items[i]))
            return true;
    }
    return false;
}

/* True if the term would be empty without our expressions. An empty term matches no node, so it has to go. */
static bool term_is_ours(const cJSON *item, const void *context)
{
    const struct taking *taking = context;
    const struct ours ours = ours_of(taking, item);
    const cJSON *list = cjson_find(item, PATH("matchExpressions"));
    if (cJSON_GetArraySize(list) == 0 || cJSON_GetArraySize(cjson_find(item, PATH("matchFields"))) > 0)
        return false;
    const cJSON *expression;
    cJSON_ArrayForEach(expression, list) {
        if (!expression_is_ours(expression, &ours))
            return false;
    }
    return true;
}

static int take_expressions(const struct taking *taking, struct err *err)
{
    struct patch *patch = &taking->changes->patch;
    struct term term = {0};
    while (pod_next_term(taking->pod, &term)) {
        const struct ours ours = ours_of(taking, term.object);
        size_t before = patch->count;
        if (patch_remove_matching(patch, term_place(&term), PATH("matchExpressions"), expression_is_ours, &ours, err) <
            0)
            return -1;
        if (patch->count > before && remove_if_empty(patch, term_place(&term), PATH("matchExpressions"), 0, err) < 0)
            return -1;
    }
    return 0;
}

static int take_affinity(const struct taking *taking, struct err *err)
{
    const struct place place = pod_place(taking->pod);
    struct term term = {0};
    size_t ours = 0;
    size_t others = 0;
    while (pod_next_term(taking->pod, &term)) {
        bool is_ours = term_is_ours(term.object, taking);
        ours += is_ours;
        others += !is_ours && !term_is_empty(&term);
    }

    /* Empty terms alone would match no node, whatever class comes next. */
    if (ours > 0 && others == 0)
        return remove_up(&taking->changes->patch, place, PATH(REQUIRED_AFFINITY), 1, err);
    if (patch_remove_matching(&taking->changes->patch, place, PATH(REQUIRED_TERMS), term_is_ours, taking, err) < 0)
        return -1;
    return take_expressions(taking, err);
}

/* Collects the pools of a class that no longer exists, before the expressions that name them are taken back. */
static int name_pools(struct taking *taking, struct err *err)
{
    struct term term = {0};
    while (!taking->slice_class && pod_next_term(taking->pod, &term)) {
        const cJSON *value;
        cJSON_ArrayForEach(value, cjson_find(last_of_pool(term.object), PATH("values"))) {
            const char *name = cJSON_GetStringValue(value);
            if (name && !strlist_has(&taking->pools, name) && strlist_add(&taking->pools, name, err) < 0)
                return -1;
        }
    }
    return 0;
}

static bool same_toleration(const struct toleration *a, const struct toleration *b)
{
    return toleration_covers(a, b) && toleration_covers(b, a);
}

static bool is_for_taint(const struct toleration *own, const struct taints *taints)
{
    for (size_t i = 0; i < taints->count; i++) {
        const struct toleration wanted = {
            .key = taints->items[i].key, .op = "Exists", .effect = taints->items[i].effect};
        if (same_toleration(own, &wanted))
            return true;
    }
    return false;
}

/* True if a class that no longer exists added the toleration. That of gpuslice.dev/pool is always ours. Others are
 * those of the pools that the pod still requires, as far as these exist. */
static bool is_of_lost_class(const struct taking *taking, const struct toleration *own)
{
    if (own->key && strcmp(own->key, LABEL_POOL) == 0 && own->op && strcmp(own->op, "Exists") == 0)
        return true;
    for (size_t i = 0; i < taking->set->pool_count; i++) {
        const struct pool *pool = &taking->set->pools[i];
        const char *value = keyvalues_get(&pool->labels, LABEL_POOL);
        if (value && strlist_has(&taking->pools, value) &&
            (is_for_taint(own, &pool->taints) || is_for_taint(own, &pool->nodes.taints)))
            return true;
    }
    return false;
}

static bool toleration_is_ours(const cJSON *item, const void *context)
{
    const struct taking *taking = context;
    const struct toleration own = toleration_read(item);
    if (!taking->slice_class)
        return is_of_lost_class(taking, &own);

    const struct tolerations *list = &taking->slice_class->tolerations;
    for (size_t i = 0; i < list->count; i++) {
        if (same_toleration(&own, &list->items[i]))
            return true;
    }
    return false;
}

static int take_tolerations(const struct taking *taking, struct err *err)
{
    struct patch *patch = &taking->changes->patch;
    size_t before = patch->count;
    if (patch_remove_matching(patch, pod_place(taking->pod), PATH(TOLERATIONS), toleration_is_ours, taking, err) < 0)
        return -1;
    return patch->count > before ? remove_if_empty(patch, pod_place(taking->pod), PATH(TOLERATIONS), 1, err) : 0;
}

static int take_runtime_class(const struct taking *taking, struct err *err)
{
    const char *own = cJSON_GetStringValue(cjson_find(taking->pod->object, PATH("spec", "runtimeClassName")));
    const char *ours = taking->slice_class ? taking->slice_class->runtime_class : NULL;
    if (!own || !ours || strcmp(own, ours) != 0)
        return 0;
    return patch_remove(&taking->changes->patch, pod_place(taking->pod), PATH("spec", "runtimeClassName"), err);
}

static int take_metadata(const struct taking *taking, struct err *err)
{
    struct patch *patch = &taking->changes->patch;
    const struct place place = pod_place(taking->pod);
    const char *label = pod_label(taking->pod, LABEL_CLASS);
    bool ours = label && strcmp(label, taking->record->class_name) == 0;
    if (remove_up(patch, place, PATH("metadata", "annotations", ANNOTATION_APPLIED), 1, err) < 0)
        return -1;
    if (!ours || (pod_controller(taking->pod) && !taking->exists))
        return 0;
    return remove_up(patch, place, PATH("metadata", "labels", LABEL_CLASS), 1, err);
}

static int take_all(struct taking *taking, struct err *err)
{
    static int (*const parts[])(const struct taking *, struct err *) = {
        take_containers, take_affinity, take_tolerations, take_runtime_class, take_metadata,
    };
    changes_because(taking->changes, origin_record(taking->record->class_name, taking->slice_class));
    int result = name_pools(taking, err);
    for (size_t i = 0; i < ARRAY_SIZE(parts) && result == 0; i++)
        result = parts[i](taking, err);
    strlist_fini(&taking->pools);
    return result;
}

int take_back(struct changes *changes, const struct pod *pod, const struct record *record, const struct policy_set *set,
              const char *instead, struct err *err)
{
    struct taking taking = {.changes = changes,
                            .pod = pod,
                            .record = record,
                            .slice_class = policy_set_class(set, record->class_name),
                            .set = set,
                            .instead = instead};
    return take_all(&taking, err);
}

int take_back_from_object(struct changes *changes, cJSON *object, const struct policy_set *set, struct err *err)
{
    const char *text = cJSON_GetStringValue(cjson_find(object, PATH("metadata", "annotations", ANNOTATION_APPLIED)));
    AUTO(record) record = {0};
    AUTO(pod) pod = {0};
    if (!text)
        return 0;
    if (record_parse(text, &set->settings.gpu_names, &record, err) < 0 ||
        pod_init(&pod, object, &set->settings.gpu_names, err) < 0)
        return -1;
    if (!record.json)
        return 0;

    struct taking taking = {.changes = changes,
                            .pod = &pod,
                            .record = &record,
                            .slice_class = policy_set_class(set, record.class_name),
                            .set = set,
                            .instead = GPU_RESOURCE_WHOLE,
                            .exists = true};
    return take_all(&taking, err);
}
