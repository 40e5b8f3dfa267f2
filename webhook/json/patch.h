/* Builds an RFC 6902 patch while changing the document that it is for.
 *
 * Each call changes the cJSON tree and writes the operation that makes the same change. Every call sees all earlier
 * edits, so no operation can miss a parent or erase what an earlier one created; an operation also creates the parents
 * that are missing or null. Afterwards the tree is the object that the API server will have; tests apply the text to
 * the original with json/apply.h and compare.
 *
 * `place` is an object of the tree and its RFC 6901 pointer ("" for the whole document). `path` leads down from it
 * through objects by key; it is terminated by NULL and has at least one key:
 *
 *     patch_set(&patch, pod_place(pod), PATH("metadata", "labels", LABEL_CLASS), cJSON_CreateString(name), err)
 *
 * In every function, a parent that is neither an object nor null is ERR_INVALID with its pointer. */
#pragma once

#include "base/buf.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

struct place {
    cJSON *object;
    const char *pointer;
};

struct patch {
    struct buf text; /* private: operations so far, comma-separated */
    size_t count;    /* operations */
};

/* Sets up an empty patch of at most `maximum` bytes of text. */
void patch_init(struct patch *patch, size_t maximum);
void patch_fini(struct patch *patch);

/* Sets the member with op "add", or "replace" if it has a non-null value. Always takes ownership of `value`; a NULL
 * `value` is ERR_NOMEM, so a failed cJSON_Create needs no check of its own. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int patch_set(struct patch *patch, struct place place, const char *const path[], cJSON *value,
                         struct err *err);

/* Removes the member, if it exists. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int patch_remove(struct patch *patch, struct place place, const char *const path[], struct err *err);

/* Appends to the array at `path` (op "add" with "/-"), or creates the array if it is missing or null. Takes ownership
 * like patch_set(). Errors: ERR_INVALID if the member is not an array, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int patch_append(struct patch *patch, struct place place, const char *const path[], cJSON *value,
                            struct err *err);

/* Replaces element `index` of the array at `path`. Takes ownership like patch_set(). Errors: ERR_INTERNAL if there is
 * no such element, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int patch_replace_item(struct patch *patch, struct place place, const char *const path[], size_t index,
                                  cJSON *value, struct err *err);

/* Removes the elements that match, last first, so that the indexes of earlier ones stay valid. Does nothing if there is
 * no array. Errors: ERR_LIMIT, ERR_NOMEM. */
typedef bool patch_match_fn(const cJSON *item, const void *context);
MUST_CHECK int patch_remove_matching(struct patch *patch, struct place place, const char *const path[],
                                     patch_match_fn *match, const void *context, struct err *err);

/* Adds the whole patch, a JSON array, to `out`. Errors: ERR_LIMIT and ERR_NOMEM, also those of earlier calls. */
MUST_CHECK int patch_print(const struct patch *patch, struct buf *out, struct err *err);

DEFINE_AUTO_FINI(patch, struct patch, patch_fini);
DEFINE_AUTO(cjson, cJSON *, cJSON_Delete);
DEFINE_AUTO(cjson_text, char *, cJSON_free); /* what cJSON_Print() returns */
