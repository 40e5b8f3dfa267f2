/* JSON objects on top of the client. Does not depend on their kinds. */
#include "kube/object.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "json/unconst.h"

#include <string.h>

enum { OBJECT_MAX = 8 * MIB, TIMEOUT_MS = 10000 };

/* The buffer is secret because the text may contain keys. */
static int call_api(struct object_caller *caller, struct client_request *request, struct client_answer *ret_answer,
                    json_t **ret_object, struct err *err)
{
    AUTO(buf) text;
    struct client_answer answer = {0};
    unsigned timeout_ms = caller->timeout_ms ? caller->timeout_ms : TIMEOUT_MS;
    buf_init_secret(&text, OBJECT_MAX);
    request->accept = "application/json";
    request->cancel_fd = caller->cancel_fd;
    request->deadline_ns = clock_monotonic_ns() + timeout_ms * NS_PER_MS;

    int result = client_fetch(caller->client, request, &text, &answer, err);
    bool good = answer.status == 200 || answer.status == 201;
    if (result == 0 && good)
        result = client_parse(&text, ret_object, err);
    if (result < 0)
        return -1;

    caller->date = answer.date;
    if (!good)
        text_copy(caller->message, sizeof(caller->message), answer.message);
    *ret_answer = answer;
    return 0;
}

int object_read(struct object_caller *caller, const char *path, const char *rights, json_t **ret_object,
                struct err *err)
{
    struct client_answer answer;
    AUTO(json) object = NULL;
    struct client_request request = {.path = path};
    if (call_api(caller, &request, &answer, &object, err) < 0)
        return -1;
    if (answer.status != 200 && answer.status != 404)
        return client_refusal(&answer, rights, err);
    *ret_object = TAKE(object);
    return 0;
}

/* True for 409 (the object was changed or created since it was read), for 404 unless the object is being created (it
 * was deleted), and for 422 of a JSON patch, whose `test` failed (k8s.io/apiserver, endpoints/handlers/patch.go). */
static bool is_conflict(const struct object_write *write, unsigned status)
{
    if (status == 409)
        return true;
    bool creates = strcmp(write->method, "POST") == 0;
    return !creates && (status == 404 || (status == 422 && strcmp(write->method, "PATCH") == 0));
}

int object_write(struct object_caller *caller, const struct object_write *write, json_t **ret_object, struct err *err)
{
    struct client_answer answer;
    AUTO(json) object = NULL;
    AUTO(secret_string) body = json_dumps(write->body, JSON_COMPACT);
    if (!body)
        return err_nomem(err);

    struct client_request request = {.path = write->path, .method = write->method, .type = write->type, .body = body};
    if (call_api(caller, &request, &answer, &object, err) < 0)
        return -1;
    if (!object && !is_conflict(write, answer.status))
        return client_refusal(&answer, write->rights, err);

    *ret_object = TAKE(object);
    return 0;
}

const char *object_revision(const json_t *object)
{
    return json_text(json_object_get(object, "metadata"), "resourceVersion");
}
