/* Edit: adds the tolerations of the class's pools, and its own.
 * Adds nothing if an existing toleration covers the wanted one. Otherwise the first toleration that the wanted one
 * covers is replaced in place, and other such tolerations are removed: if one toleration covers another, later updates
 * of the pod fail ("existing toleration can not be modified", kubernetes#70502). */
#include "admission/edits/edits.h"
#include "pod/placement.h"

#include <string.h>

/* True if both have a key, and these differ: then neither covers the other. Most tolerations of a pod are told apart by
 * this, without reading their other members. */
static bool keys_differ(const cJSON *item, const struct toleration *wanted)
{
    const char *key = cjson_text(item, "key");
    return key && *key && wanted->key && *wanted->key && strcmp(key, wanted->key) != 0;
}

static bool tolerations_cover(const cJSON *list, const struct toleration *wanted)
{
    const cJSON *own;
    cJSON_ArrayForEach(own, list) {
        if (keys_differ(own, wanted))
            continue;
        struct toleration toleration = toleration_read(own);
        if (toleration_covers(&toleration, wanted))
            return true;
    }
    return false;
}

/* Selects the tolerations that `by` covers, except `kept`. */
struct covered {
    const struct toleration *by;
    const cJSON *kept;
};

static bool toleration_is_covered(const cJSON *item, const void *context)
{
    const struct covered *covered = context;
    if (item == covered->kept || keys_differ(item, covered->by))
        return false;
    struct toleration own = toleration_read(item);
    return toleration_covers(covered->by, &own);
}

/* Replaces the first toleration that `wanted` covers and removes the others that it covers. Sets *ret_placed to
 * whether there was one. */
static int tolerations_absorb(const struct edit *edit, const struct toleration *wanted, bool *ret_placed,
                              struct err *err)
{
    struct covered covered = {.by = wanted};
    struct place place = pod_place(edit->in->pod);
    const cJSON *list = cjson_find(edit->in->pod->object, PATH(TOLERATIONS));
    const cJSON *own = list ? list->child : NULL;
    size_t index = 0;
    for (; own && !toleration_is_covered(own, &covered); own = own->next)
        index++;

    *ret_placed = own != NULL;
    if (!own)
        return 0;
    if (patch_replace_item(&edit->out->changes.patch, place, PATH(TOLERATIONS), index, toleration_to_json(wanted),
                           err) < 0)
        return -1;

    covered.kept = cJSON_GetArrayItem(list, (int)index);
    return patch_remove_matching(&edit->out->changes.patch, place, PATH(TOLERATIONS), toleration_is_covered, &covered,
                                 err);
}

/* Records as the origin the pool whose taint the toleration is for, or else the class. */
static void tolerations_because(const struct edit *edit, const struct toleration *wanted)
{
    const struct slice_class *slice_class = edit->found->slice_class;
    for (size_t i = 0; i < slice_class->pool_count; i++) {
        const struct pool *pool = slice_class->pools[i];
        bool by_pool = taints_have(&pool->taints, wanted->key, wanted->effect);
        if (by_pool || taints_have(&pool->nodes.taints, wanted->key, wanted->effect)) {
            changes_because(&edit->out->changes, origin_pool(pool, by_pool ? "taints" : "nodes.taints"));
            return;
        }
    }
    changes_because(&edit->out->changes, origin_class(slice_class, "placement.tolerations"));
}

static int tolerations_add_one(const struct edit *edit, const struct toleration *wanted, struct err *err)
{
    if (tolerations_cover(cjson_find(edit->in->pod->object, PATH(TOLERATIONS)), wanted))
        return 0;
    tolerations_because(edit, wanted);
    bool placed;
    if (tolerations_absorb(edit, wanted, &placed, err) < 0)
        return -1;
    if (placed)
        return 0;
    return patch_append(&edit->out->changes.patch, pod_place(edit->in->pod), PATH(TOLERATIONS),
                        toleration_to_json(wanted), err);
}

int edit_tolerations(const struct edit *edit, struct err *err)
{
    const struct tolerations *wanted = &edit->found->slice_class->tolerations;
    for (size_t i = 0; i < wanted->count; i++) {
        if (tolerations_add_one(edit, &wanted->items[i], err) < 0)
            return -1;
    }
    return 0;
}
