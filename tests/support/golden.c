/* Reads answers with jansson, because the engine writes them with cJSON. */
#include "tests/support/golden.h"

#include "base/file.h"
#include "base/linediff.h"
#include "json/apply.h"
#include "json/decode.h"
#include "pod/shape.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { GOLDEN_FILE_MAX = 16 * 1024 * 1024, ANSWER_FLAGS = JSON_INDENT(2), WARNINGS_MOST = 10, WARNING_LONGEST = 120 };

DEFINE_AUTO(cjson_tree, cJSON *, cJSON_Delete);

static int is_case(const struct dirent *entry)
{
    return entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
           strncmp(entry->d_name, "common", strlen("common")) != 0;
}

int golden_list(const char *folder, struct strlist *ret_names, struct err *err)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_case, alphasort);
    if (count < 0)
        return err_errno(err, "%s", folder);
    int result = 0;
    for (int i = 0; i < count; i++) {
        if (result == 0)
            result = strlist_add(ret_names, entries[i]->d_name, err);
        free(entries[i]);
    }
    free(entries);
    return result;
}

void golden_fini(struct golden *golden)
{
    free(golden->policy);
    free(golden->namespaces);
    free(golden->review_path);
    free(golden->expected_path);
    buf_fini(&golden->review);
    buf_fini(&golden->expected);
}

/* Sets *ret_path to the path of the case's own file, with links resolved, so that cases that link to one file share a
 * server. If the case has no such file, sets *ret_path to the path of the file in common/. */
static int find_file(const char *folder, const char *name, const char *file, char **ret_path, struct err *err)
{
    AUTO(string) own = NULL;
    if (asprintf(&own, "%s/%s/%s", folder, name, file) < 0) {
        own = NULL;
        return err_nomem(err);
    }
    *ret_path = realpath(own, NULL);
    if (*ret_path)
        return 0;
    if (asprintf(ret_path, "%s/common/%s", folder, file) < 0) {
        *ret_path = NULL;
        return err_nomem(err);
    }
    return 0;
}

static int find_expected(const char *folder, const char *name, struct golden *golden, struct err *err)
{
    char *failure = NULL;
    if (asprintf(&failure, "%s/%s/response.txt", folder, name) < 0)
        return err_nomem(err);
    golden->expected_path = failure;
    golden->fails = access(failure, R_OK) == 0;
    if (golden->fails)
        return 0;
    free(failure);
    if (asprintf(&golden->expected_path, "%s/%s/response.json", folder, name) >= 0)
        return 0;
    golden->expected_path = NULL;
    return err_nomem(err);
}

int golden_load(const char *folder, const char *name, struct golden *ret_golden, struct err *err)
{
    AUTO(golden) golden = {0};
    buf_init(&golden.review, GOLDEN_FILE_MAX);
    buf_init(&golden.expected, GOLDEN_FILE_MAX);
    if (find_file(folder, name, "policy.yaml", &golden.policy, err) < 0 ||
        find_file(folder, name, "namespaces.yaml", &golden.namespaces, err) < 0 ||
        find_expected(folder, name, &golden, err) < 0)
        return -1;
    if (asprintf(&golden.review_path, "%s/%s/review.json", folder, name) < 0)
        return err_nomem(err);
    if (file_read(golden.review_path, &golden.review, err) < 0)
        return -1;
    if (access(golden.expected_path, R_OK) == 0 && file_read(golden.expected_path, &golden.expected, err) < 0)
        return -1;
    *ret_golden = golden;
    golden = (struct golden){0};
    return 0;
}

static int read_json(const char *what, const char *text, size_t length, json_t **ret_value, struct err *err)
{
    json_error_t error;
    json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!value)
        return err_set(err, ERR_INVALID, "%s is no JSON: line %d: %s", what, error.line, error.text);
    *ret_value = value;
    return 0;
}

static int read_answer(const char *text, json_t **ret_answer, json_t **ret_response, struct err *err)
{
    AUTO(json) answer = NULL;
    if (read_json("the answer", text, strlen(text), &answer, err) < 0)
        return -1;
    json_t *response = json_object_get(answer, "response");
    if (!json_is_object(response))
        return err_set(err, ERR_INVALID, "the answer has no response: %.200s", text);
    *ret_answer = TAKE(answer);
    *ret_response = response;
    return 0;
}

/* Sets *ret_operations to the operations of the patch, or to NULL if there is none. */
static int read_patch(const json_t *response, json_t **ret_operations, struct err *err)
{
    const char *coded = json_string_value(json_object_get(response, "patch"));
    *ret_operations = NULL;
    if (!coded)
        return 0;
    size_t length = strlen(coded);
    AUTO(string) text = malloc(length + 1);
    if (!text)
        return err_nomem(err);
    int decoded = EVP_DecodeBlock((unsigned char *)text, (const unsigned char *)coded, (int)length);
    if (decoded < 0)
        return err_set(err, ERR_INVALID, "the patch is no base64: %.100s", coded);
    size_t padding = length - strcspn(coded, "=");
    return read_json("the patch", text, (size_t)decoded - padding, ret_operations, err);
}

int golden_readable(const char *answer, struct buf *out, struct err *err)
{
    AUTO(json) whole = NULL;
    AUTO(json) operations = NULL;
    json_t *response;
    if (read_answer(answer, &whole, &response, err) < 0 || read_patch(response, &operations, err) < 0)
        return -1;
    if (operations && json_object_set(response, "patch", operations) < 0) /* the key keeps its place */
        return err_nomem(err);
    AUTO(string) text = json_dumps(whole, ANSWER_FLAGS);
    if (!text)
        return err_nomem(err);
    buf_addf(out, "%s\n", text);
    return buf_check(out, err);
}

int golden_compare(const char *expected, const char *found, struct err *err)
{
    if (strcmp(expected, found) == 0)
        return 0;
    AUTO(linediff) diff = {0};
    AUTO(buf) text;
    struct linediff_hunk hunk = {0};
    buf_init(&text, GOLDEN_FILE_MAX);
    if (linediff_make(expected, found, &diff, err) < 0)
        return -1;
    while (linediff_next_hunk(&diff, &hunk))
        linediff_print_hunk(&diff, &hunk, "", &linediff_plain, &text);
    return err_set(err, ERR_INVALID, "not as expected (-), but (+)\n%s", buf_text(&text));
}

static const char *request_uid(const json_t *review)
{
    const char *uid = json_string_value(json_object_get(json_object_get(review, "request"), "uid"));
    return uid ? uid : "";
}

static int check_warnings(const json_t *warnings, struct err *err)
{
    if (json_array_size(warnings) > WARNINGS_MOST)
        return err_set(err, ERR_INVALID, "%zu warnings", json_array_size(warnings));
    for (size_t i = 0; i < json_array_size(warnings); i++) {
        const char *text = json_string_value(json_array_get(warnings, i));
        if (!text || strlen(text) > WARNING_LONGEST || strchr(text, '\n'))
            return err_set(err, ERR_INVALID, "a warning is too long or no line: %s", text ? text : "null");
    }
    return 0;
}

static int check_patch(const json_t *response, struct err *err)
{
    AUTO(json) operations = NULL;
    const json_t *type = json_object_get(response, "patchType");
    if (read_patch(response, &operations, err) < 0)
        return -1;
    if (!operations)
        return type ? err_set(err, ERR_INVALID, "patchType without patch") : 0;
    if (!type || strcmp(json_string_value(type), "JSONPatch") != 0)
        return err_set(err, ERR_INVALID, "patch without patchType JSONPatch");
    if (json_array_size(operations) == 0)
        return err_set(err, ERR_INVALID, "an empty patch");
    return json_is_true(json_object_get(response, "allowed")) ? 0 : err_set(err, ERR_INVALID, "a denial with a patch");
}

static int check_status(const json_t *response, struct err *err)
{
    const json_t *status = json_object_get(response, "status");
    if (json_is_true(json_object_get(response, "allowed")))
        return status ? err_set(err, ERR_INVALID, "allowed, with a status") : 0;
    const char *message = json_string_value(json_object_get(status, "message"));
    if (json_integer_value(json_object_get(status, "code")) != 403 || !message || !*message)
        return err_set(err, ERR_INVALID, "a denial without code 403 and message");
    return 0;
}

int golden_check_rules(const struct golden *golden, const char *text, struct err *err)
{
    AUTO(json) review = NULL;
    AUTO(json) answer = NULL;
    json_t *response;
    const char *key;
    json_t *value;
    if (read_json("the review", golden->review.data, golden->review.length, &review, err) < 0 ||
        read_answer(text, &answer, &response, err) < 0)
        return -1;
    if (strcmp(request_uid(review), json_string_value(json_object_get(response, "uid"))) != 0)
        return err_set(err, ERR_INVALID, "the uid is not the request's");
    json_object_foreach(json_object_get(response, "auditAnnotations"), key, value) {
        if (strchr(key, '/') || !json_is_string(value))
            return err_set(err, ERR_INVALID, "audit annotation %s", key);
    }
    if (check_patch(response, err) < 0 || check_status(response, err) < 0)
        return -1;
    return check_warnings(json_object_get(response, "warnings"), err);
}

/* Fails if the object no longer has the shape of a pod. */
static int check_shape(const json_t *object, struct err *err)
{
    AUTO(string) text = json_dumps(object, JSON_COMPACT);
    AUTO(cjson_tree) tree = text ? cJSON_Parse(text) : NULL;
    if (!tree)
        return err_nomem(err);
    return pod_shape_check(tree, err);
}

int golden_second_round(const struct golden *golden, const char *text, struct buf *out, struct err *err)
{
    AUTO(json) review = NULL;
    AUTO(json) answer = NULL;
    AUTO(json) operations = NULL;
    json_t *response;
    if (read_answer(text, &answer, &response, err) < 0 || read_patch(response, &operations, err) < 0)
        return -1;
    if (!operations)
        return 0;
    if (read_json("the review", golden->review.data, golden->review.length, &review, err) < 0)
        return -1;
    json_t *request = json_object_get(review, "request");
    AUTO(json) object = json_incref(json_object_get(request, "object"));
    if (patch_apply(&object, operations, err) < 0)
        return err_wrap(err, "the patch does not apply");
    if (check_shape(object, err) < 0)
        return err_wrap(err, "the patched object");
    if (json_object_set(request, "object", object) < 0)
        return err_nomem(err);
    AUTO(string) second = json_dumps(review, JSON_COMPACT);
    if (!second)
        return err_nomem(err);
    buf_add_string(out, second);
    return buf_check(out, err);
}

int golden_check_second(const char *first_text, const char *second_text, struct err *err)
{
    AUTO(json) first = NULL;
    AUTO(json) second = NULL;
    AUTO(json) operations = NULL;
    json_t *response_1;
    json_t *response_2;
    if (read_answer(first_text, &first, &response_1, err) < 0 ||
        read_answer(second_text, &second, &response_2, err) < 0 || read_patch(response_2, &operations, err) < 0)
        return -1;
    if (operations) {
        AUTO(string) shown = json_dumps(operations, JSON_COMPACT);
        return err_set(err, ERR_INVALID, "the second round changes the pod again: %.800s", shown ? shown : "");
    }

    /* The first answer has no revision if the pod came with a record of another one, which the second has no longer. */
    json_t *audit_1 = json_object_get(response_1, "auditAnnotations");
    json_t *audit_2 = json_object_get(response_2, "auditAnnotations");
    if (!json_object_get(audit_1, "revision"))
        (void)json_object_del(audit_2, "revision");
    if (!json_equal(audit_1, audit_2))
        return err_set(err, ERR_INVALID, "the second round has other audit annotations: %.800s", second_text);
    return 0;
}
