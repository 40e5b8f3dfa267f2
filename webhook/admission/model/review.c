/* Reads and makes the envelope of AdmissionReviews. Does not interpret the object in it. */
#include "admission/model/review.h"

#include "core/kind.h"
#include "json/scan.h"
#include "json/unconst.h"
#include "pod/pod.h"

#include <string.h>

enum {
    ENVELOPE_DEPTH = 2,   /* nesting depth of the members of request */
    ENVELOPE_ROOM = 64,   /* bytes: enough for null and the closing brackets */
    ENVELOPE_TAIL = 2048, /* bytes: more than API servers write after the object */
};

static int review_check_header(const cJSON *root, struct err *err)
{
    const char *version = cjson_text(root, "apiVersion");
    const char *kind = cjson_text(root, "kind");
    if (!version || strcmp(version, ADMISSION_V1) != 0)
        return err_set(err, ERR_INVALID, "apiVersion is \"%.100s\", must be \"" ADMISSION_V1 "\"",
                       version ? version : "");
    if (!kind || strcmp(kind, "AdmissionReview") != 0)
        return err_set(err, ERR_INVALID, "kind is \"%.100s\", must be \"AdmissionReview\"", kind ? kind : "");
    return 0;
}

/* Reads a string member; an absent one or null is "". `path` is the path below the request, and ends with the key. */
static int review_text(const cJSON *object, const char *path, const char **ret_text, struct err *err)
{
    const char *dot = strrchr(path, '.');
    const cJSON *value = cjson_member(object, dot ? dot + 1 : path);
    if (value && !cJSON_IsNull(value) && !cJSON_IsString(value))
        return err_set(err, ERR_INVALID, "request.%s must be a string", path);
    *ret_text = cJSON_IsString(value) ? value->valuestring : "";
    return 0;
}

static int review_object(cJSON *request, const char *key, cJSON **ret_object, struct err *err)
{
    cJSON *value = cjson_member(request, key);
    if (value && !cJSON_IsNull(value) && !cJSON_IsObject(value))
        return err_set(err, ERR_INVALID, "request.%s must be an object", key);
    *ret_object = cJSON_IsObject(value) ? value : NULL;
    return 0;
}

static bool review_has_group(const cJSON *request, const char *wanted)
{
    const cJSON *group;
    cJSON_ArrayForEach(group, cjson_find(request, PATH("userInfo", "groups"))) {
        if (cJSON_IsString(group) && strcmp(group->valuestring, wanted) == 0)
            return true;
    }
    return false;
}

static int review_read(struct review *review, cJSON *request, struct err *err)
{
    const cJSON *kind = cjson_member(request, "kind");
    if (review_text(request, "uid", &review->uid, err) < 0 || review_text(request, "name", &review->name, err) < 0 ||
        review_text(request, "namespace", &review->namespace_name, err) < 0 ||
        review_text(request, "operation", &review->operation, err) < 0 ||
        review_text(request, "subResource", &review->subresource, err) < 0 ||
        review_text(kind, "kind.group", &review->group, err) < 0 ||
        review_text(kind, "kind.kind", &review->kind, err) < 0 ||
        review_object(request, "object", &review->object, err) < 0 ||
        review_object(request, "oldObject", &review->old_object, err) < 0)
        return -1;
    if (!*review->uid)
        return err_set(err, ERR_INVALID, "request.uid is empty: the response could not be matched to its request");

    review->dry_run = cJSON_IsTrue(cjson_member(request, "dryRun"));
    review->made_by_node = review_has_group(request, "system:nodes");
    const char *user = cJSON_GetStringValue(cjson_find(request, PATH("userInfo", "username")));
    review->user = user ? user : "";
    return 0;
}

/* Reads the tree of a review. Takes ownership of *root only on success. */
static int review_read_root(struct review *ret_review, cJSON **root, struct err *err)
{
    struct review review = {0};
    if (!cJSON_IsObject(*root))
        return err_set(err, ERR_INVALID, "the body must be an AdmissionReview object");
    if (review_check_header(*root, err) < 0)
        return -1;
    cJSON *request = cjson_member(*root, "request");
    if (!cJSON_IsObject(request))
        return err_set(err, ERR_INVALID, "the AdmissionReview has no request");
    if (review_read(&review, request, err) < 0)
        return -1;

    review.root = *root;
    *root = NULL;
    *ret_review = review;
    return 0;
}

/* Parses and reads the review, skipping members named in `left_out` at any depth. */
static int review_parse_without(struct review *ret_review, const char *body, size_t length,
                                const char *const left_out[], struct err *err)
{
    AUTO(buf) lean;
    buf_init(&lean, length);
    if (cjson_lean(body, length, left_out, &lean, err) < 0)
        return -1;

    AUTO(cjson) root = cJSON_ParseWithLength(lean.length ? lean.data : body, lean.length ? lean.length : length);
    if (!root) /* the text is valid JSON, so this can only be lack of memory */
        return err_nomem(err);
    return review_read_root(ret_review, &root, err);
}

int review_parse(struct review *ret_review, const char *body, size_t length, struct err *err)
{
    /* managedFields make up half of a typical review; nothing here reads them, and no patch changes them. */
    static const char *const unread[] = {"managedFields", NULL};
    return review_parse_without(ret_review, body, length, unread, err);
}

/* True if the members before the object are enough to decide without the object. */
static bool envelope_is_whole(const struct review *review)
{
    const cJSON *request = cjson_member(review->root, "request");
    if (!*review->operation || !*review->kind)
        return false;
    return !review_is_pod_create(review) ||
           (*review->namespace_name && cJSON_IsObject(cjson_member(request, "userInfo")));
}

/* dryRun follows the object. No decision depends on it, so searching the last bytes is good enough. */
static bool envelope_is_dry_run(const char *body, size_t length)
{
    static const char member[] = "\"dryRun\":true";
    size_t tail = length < ENVELOPE_TAIL ? length : ENVELOPE_TAIL;
    return memmem(body + length - tail, tail, member, sizeof(member) - 1) != NULL;
}

/* Reads the part before request.object. Errors: ERR_INVALID also if that part is not sufficient. */
static int review_parse_head(struct review *ret_review, const char *body, size_t length, struct err *err)
{
    AUTO(review) review = {0};
    AUTO(buf) head;
    buf_init(&head, length + ENVELOPE_ROOM);
    if (cjson_head(body, length, "object", ENVELOPE_DEPTH, &head, err) < 0)
        return -1;
    if (head.length == 0)
        return err_set(err, ERR_INVALID, "the review has no object");

    AUTO(cjson) root = cJSON_ParseWithLength(head.data, head.length);
    if (!root)
        return err_nomem(err);
    if (review_read_root(&review, &root, err) < 0)
        return -1;
    if (!envelope_is_whole(&review))
        return err_set(err, ERR_INVALID, "members that the decision needs are missing before the review's object");
    review.dry_run = envelope_is_dry_run(body, length);
    *ret_review = TAKE(review);
    return 0;
}

int review_parse_envelope(struct review *ret_review, const char *body, size_t length, struct err *err)
{
    static const char *const unread[] = {"managedFields", "object", "oldObject", NULL};
    if (review_parse_head(ret_review, body, length, err) == 0)
        return 0;
    if (err->code != ERR_INVALID)
        return -1;
    /* The review is invalid, or its members are in an order in which no API server sends them. */
    return review_parse_without(ret_review, body, length, unread, err);
}

void review_fini(struct review *review)
{
    cJSON_Delete(review->root);
    *review = (struct review){0};
}

bool review_is_pod_create(const struct review *review)
{
    return strcmp(review->operation, "CREATE") == 0 && strcmp(review->kind, "Pod") == 0 && !*review->group &&
           !*review->subresource;
}

char *review_print(const json_t *review)
{
    return json_dumps(review, JSON_COMPACT | JSON_REAL_PRECISION(17));
}

char *review_print_create(json_t *pod, const char *namespace_name)
{
    AUTO(json)
    review = json_pack("{s:s, s:s, s:{s:s, s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:s, s:s, s:O, s:b}}", //
                       "apiVersion", ADMISSION_V1, "kind", "AdmissionReview", "request",                //
                       "uid", "00000000-0000-0000-0000-000000000000",                                   //
                       "kind", "group", "", "version", "v1", "kind", "Pod",                             //
                       "resource", "group", "", "version", "v1", "resource", "pods",                    //
                       "namespace", namespace_name, "operation", "CREATE", "object", pod, "dryRun", 0);
    return review_print(review);
}
