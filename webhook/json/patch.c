/* Builds RFC 6902 patches while changing the tree. Does not depend on pods or policies. */
#include "json/patch.h"

#include "base/units.h"
#include "json/find.h"
#include "json/pointer.h"

#include <assert.h>
#include <limits.h>

enum { PATCH_POINTER_MAX = 64 * KIB };

void patch_init(struct patch *patch, size_t maximum)
{
    *patch = (struct patch){0};
    buf_init(&patch->text, maximum);
}

void patch_fini(struct patch *patch)
{
    buf_fini(&patch->text);
    patch->count = 0;
}

/* Also marks the patch, so that patch_print() fails even if a caller overlooked this. */
static int patch_nomem(struct patch *patch, struct err *err)
{
    patch->text.failure = ERR_NOMEM;
    return err_nomem(err);
}

/* How far a path leads into the current tree. */
struct target {
    cJSON *object;    /* the last existing object on the way, which contains what is to be set */
    cJSON *member;    /* its member under the next key, which may be a JSON null; NULL if there is none */
    size_t depth;     /* index in the path of that next key */
    struct buf found; /* pointer to `member` */
};

static void target_fini(struct target *target)
{
    buf_fini(&target->found);
}
DEFINE_AUTO_FINI(target, struct target, target_fini);

/* Finds the deepest existing object on the path. On return either path[depth + 1] is NULL, or the next member is
 * missing or null. */
static int target_find(struct target *target, struct place place, const char *const path[], struct err *err)
{
    assert(cJSON_IsObject(place.object) && path[0]);
    buf_init(&target->found, PATCH_POINTER_MAX);
    buf_add_string(&target->found, place.pointer);
    target->object = place.object;

    for (target->depth = 0;; target->depth++) {
        pointer_add_key(&target->found, path[target->depth]);
        target->member = cjson_member(target->object, path[target->depth]);
        bool last = !path[target->depth + 1];
        if (last || !target->member || cJSON_IsNull(target->member))
            return buf_check(&target->found, err);
        if (!cJSON_IsObject(target->member))
            return err_set(err, ERR_INVALID, "%s is not an object", buf_text(&target->found));
        target->object = target->member;
    }
}

/* Writes one operation; `value` is NULL if it has none. Prints the value now, because the tree may change later. */
static int patch_write(struct patch *patch, const char *op, const struct buf *pointer, const cJSON *value,
                       struct err *err)
{
    AUTO(cjson_text) printed = value ? cJSON_PrintUnformatted(value) : NULL;
    if (value && !printed)
        return patch_nomem(patch, err);
    if (buf_check(pointer, err) < 0)
        return -1;

    size_t before = patch->text.length;
    buf_add_string(&patch->text, patch->count ? ",{\"op\":\"" : "{\"op\":\"");
    buf_add_string(&patch->text, op);
    buf_add_string(&patch->text, "\",\"path\":");
    buf_add_json_string(&patch->text, buf_text(pointer));
    if (printed) {
        buf_add_string(&patch->text, ",\"value\":");
        buf_add_string(&patch->text, printed);
    }

    buf_add_char(&patch->text, '}');
    if (buf_check(&patch->text, err) < 0) {
        patch->text.length = before; /* the failure stays, for patch_print() */
        return err_wrap(err, "patch");
    }

    patch->count++;
    return 0;
}

/* Gives `value` its key before anything is written, so that adding it to the tree cannot fail later. Only
 * cJSON_AddItemToObject() reports a failed copy of the key (the replacing functions of 1.7.15 do not). */
static bool name_value(cJSON *value, const char *key)
{
    cJSON holder = {.type = cJSON_Object};
    if (!cJSON_AddItemToObject(&holder, key, value))
        return false;
    (void)cJSON_DetachItemViaPointer(&holder, value);
    return true;
}

/* Returns {"b":{"c":value}} for the keys b, c, or NULL if out of memory. Takes ownership of `value`. */
static cJSON *wrap_value(const char *const keys[], cJSON *value)
{
    AUTO(cjson) wrapped = value;
    size_t count = 0;
    while (keys[count])
        count++;
    while (count-- > 0) {
        AUTO(cjson) object = cJSON_CreateObject();
        if (!object || !cJSON_AddItemToObject(object, keys[count], wrapped))
            return NULL;
        wrapped = TAKE(object);
    }
    return TAKE(wrapped);
}

/* Sets the target to the value, inside the parents that are missing. Takes ownership of `value`. */
static int target_set(struct patch *patch, const struct target *target, const char *const path[], cJSON *value,
                      struct err *err)
{
    bool missing = !target->member || cJSON_IsNull(target->member);
    AUTO(cjson) whole = path[target->depth + 1] ? wrap_value(path + target->depth + 1, value) : value;
    if (!whole || !name_value(whole, path[target->depth]))
        return patch_nomem(patch, err);
    if (patch_write(patch, missing ? "add" : "replace", &target->found, whole, err) < 0)
        return -1;
    if (target->member)
        (void)cJSON_ReplaceItemViaPointer(target->object, target->member, TAKE(whole));
    else
        (void)cJSON_AddItemToArray(target->object, TAKE(whole)); /* it has its key already */
    return 0;
}

int patch_set(struct patch *patch, struct place place, const char *const path[], cJSON *value, struct err *err)
{
    AUTO(cjson) owned = value;
    AUTO(target) target = {0};
    if (!owned)
        return patch_nomem(patch, err);
    if (target_find(&target, place, path, err) < 0)
        return -1;
    return target_set(patch, &target, path, TAKE(owned), err);
}

int patch_remove(struct patch *patch, struct place place, const char *const path[], struct err *err)
{
    AUTO(target) target = {0};
    if (target_find(&target, place, path, err) < 0)
        return -1;
    if (!target.member || path[target.depth + 1])
        return 0;
    if (patch_write(patch, "remove", &target.found, NULL, err) < 0)
        return -1;
    cJSON_Delete(cJSON_DetachItemViaPointer(target.object, target.member));
    return 0;
}

/* Sets the target to an array that contains only `value`. Takes ownership of `value`. */
static int target_set_array(struct patch *patch, const struct target *target, const char *const path[], cJSON *value,
                            struct err *err)
{
    AUTO(cjson) owned = value;
    AUTO(cjson) array = cJSON_CreateArray();
    if (!array || !cJSON_AddItemToArray(array, owned))
        return patch_nomem(patch, err);
    (void)TAKE(owned);
    return target_set(patch, target, path, TAKE(array), err);
}

int patch_append(struct patch *patch, struct place place, const char *const path[], cJSON *value, struct err *err)
{
    AUTO(cjson) owned = value;
    AUTO(target) target = {0};
    if (!owned)
        return patch_nomem(patch, err);
    if (target_find(&target, place, path, err) < 0)
        return -1;

    if (!target.member || cJSON_IsNull(target.member))
        return target_set_array(patch, &target, path, TAKE(owned), err);
    if (!cJSON_IsArray(target.member))
        return err_set(err, ERR_INVALID, "%s is not an array", buf_text(&target.found));

    buf_add_string(&target.found, "/-");
    if (patch_write(patch, "add", &target.found, owned, err) < 0)
        return -1;

    (void)cJSON_AddItemToArray(target.member, TAKE(owned));
    return 0;
}

int patch_replace_item(struct patch *patch, struct place place, const char *const path[], size_t index, cJSON *value,
                       struct err *err)
{
    AUTO(cjson) owned = value;
    AUTO(target) target = {0};
    if (!owned)
        return patch_nomem(patch, err);
    if (target_find(&target, place, path, err) < 0)
        return -1;

    bool array = !path[target.depth + 1] && cJSON_IsArray(target.member);
    cJSON *item = array && index <= INT_MAX ? cJSON_GetArrayItem(target.member, (int)index) : NULL;
    if (!item)
        return err_set(err, ERR_INTERNAL, "%s has no element %zu", buf_text(&target.found), index);

    pointer_add_index(&target.found, index);
    if (patch_write(patch, "replace", &target.found, owned, err) < 0)
        return -1;
    (void)cJSON_ReplaceItemViaPointer(target.member, item, TAKE(owned));
    return 0;
}

static int array_remove(struct patch *patch, const struct target *target, size_t index, cJSON *item, struct err *err)
{
    AUTO(buf) pointer;
    buf_init(&pointer, PATCH_POINTER_MAX);
    buf_add_string(&pointer, buf_text(&target->found));
    pointer_add_index(&pointer, index);
    if (patch_write(patch, "remove", &pointer, NULL, err) < 0)
        return -1;
    cJSON_Delete(cJSON_DetachItemViaPointer(target->member, item));
    return 0;
}

int patch_remove_matching(struct patch *patch, struct place place, const char *const path[], patch_match_fn *match,
                          const void *context, struct err *err)
{
    AUTO(target) target = {0};
    if (target_find(&target, place, path, err) < 0)
        return -1;
    if (path[target.depth + 1] || !cJSON_IsArray(target.member))
        return 0;

    size_t count = 0;
    cJSON *last = NULL;
    for (cJSON *item = target.member->child; item; item = item->next) {
        last = item;
        count++;
    }

    for (; count > 0; count--) {
        cJSON *item = last;
        last = item->prev;
        if (match(item, context) && array_remove(patch, &target, count - 1, item, err) < 0)
            return -1;
    }

    return 0;
}

int patch_print(const struct patch *patch, struct buf *out, struct err *err)
{
    if (buf_check(&patch->text, err) < 0)
        return err_wrap(err, "patch");
    buf_add_char(out, '[');
    buf_add(out, patch->text.data, patch->text.length);
    buf_add_char(out, ']');
    return buf_check(out, err);
}
