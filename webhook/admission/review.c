/* Reading AdmissionReviews. Knows the envelope; nothing of what is in the object. */
#include "admission/review.h"

#include "pod/pod.h"
#include "json/scan.h"

#include <string.h>

static int review_check_header(const cJSON *root, struct err *err)
{
    const char *version = json_text(root, "apiVersion");
    const char *kind = json_text(root, "kind");
    if (!version || strcmp(version, "admission.k8s.io/v1") != 0)
        return err_set(err, ERR_INVALID, "apiVersion is \"%.100s\", must be \"admission.k8s.io/v1\"",
                       version ? version : "");
    if (!kind || strcmp(kind, "AdmissionReview") != 0)
        return err_set(err, ERR_INVALID, "kind is \"%.100s\", must be \"AdmissionReview\"", kind ? kind : "");
    return 0;
}

/* A string member of the request, "" where it is absent or null. */
static int review_text(const cJSON *object, const char *key, const char **ret_text, struct err *err)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    if (value && !cJSON_IsNull(value) && !cJSON_IsString(value))
        return err_set(err, ERR_INVALID, "request.%s must be a string", key);
    *ret_text = cJSON_IsString(value) ? value->valuestring : "";
    return 0;
}

static int review_object(cJSON *request, const char *key, cJSON **ret_object, struct err *err)
{
    cJSON *value = cJSON_GetObjectItemCaseSensitive(request, key);
    if (value && !cJSON_IsNull(value) && !cJSON_IsObject(value))
        return err_set(err, ERR_INVALID, "request.%s must be an object", key);
    *ret_object = cJSON_IsObject(value) ? value : NULL;
    return 0;
}

static bool review_has_group(const cJSON *request, const char *wanted)
{
    const cJSON *group;
    cJSON_ArrayForEach(group, json_find(request, PATH("userInfo", "groups"))) {
        if (cJSON_IsString(group) && strcmp(group->valuestring, wanted) == 0)
            return true;
    }
    return false;
}

static int review_read(struct review *review, cJSON *request, struct err *err)
{
    const cJSON *kind = cJSON_GetObjectItemCaseSensitive(request, "kind");
    if (review_text(request, "uid", &review->uid, err) < 0 ||
        review_text(request, "namespace", &review->namespace_name, err) < 0 ||
        review_text(request, "operation", &review->operation, err) < 0 ||
        review_text(request, "subResource", &review->subresource, err) < 0 ||
        review_text(kind, "group", &review->group, err) < 0 || review_text(kind, "kind", &review->kind, err) < 0 ||
        review_object(request, "object", &review->object, err) < 0 ||
        review_object(request, "oldObject", &review->old_object, err) < 0)
        return -1;
    if (!*review->uid)
        return err_set(err, ERR_INVALID, "request.uid is empty: the answer could not be told from another's");
    review->dry_run = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(request, "dryRun"));
    review->made_by_node = review_has_group(request, "system:nodes");
    return 0;
}

/* Parses the text with "null" in place of a piece that is a value. */
static int review_parse_without(const char *body, size_t length, struct json_span unread, cJSON **ret_root,
                                struct err *err)
{
    AUTO(buf) text;
    buf_init(&text, length + sizeof("null"));
    if (unread.end > 0) {
        buf_reserve(&text, length);
        buf_add(&text, body, unread.begin);
        buf_add_string(&text, "null");
        buf_add(&text, body + unread.end, length - unread.end);
        if (buf_check(&text, err) < 0)
            return -1;
        body = text.data;
        length = text.length;
    }
    *ret_root = cJSON_ParseWithLength(body, length);
    return *ret_root ? 0 : err_nomem(err); /* the text is sound: only memory can be missing */
}

int review_parse(struct review *ret_review, const char *body, size_t length, struct err *err)
{
    struct json_span unread; /* half of a usual review; nobody here looks at it, and no patch touches it */
    if (json_scan_member(body, length, "managedFields", &unread, err) < 0)
        return -1;
    AUTO(cjson) root = NULL;
    if (review_parse_without(body, length, unread, &root, err) < 0)
        return -1;
    if (!cJSON_IsObject(root))
        return err_set(err, ERR_INVALID, "the body must be an AdmissionReview object");
    if (review_check_header(root, err) < 0)
        return -1;
    cJSON *request = cJSON_GetObjectItemCaseSensitive(root, "request");
    if (!cJSON_IsObject(request))
        return err_set(err, ERR_INVALID, "the AdmissionReview has no request");
    struct review review = {0};
    if (review_read(&review, request, err) < 0)
        return -1;
    review.root = TAKE(root);
    *ret_review = review;
    return 0;
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
