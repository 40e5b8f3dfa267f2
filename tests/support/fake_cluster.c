#include "tests/support/fake_cluster.h"
#include "tests/support/test.h"

#include "json/apply.h"
#include "json/unconst.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { CALLS_MAX = 1 << 16, PART_SIZE = 256 };

struct call_record {
    char method[8];
    char target[PART_SIZE];
    unsigned status;
};

struct fake_cluster {
    struct fake_api *api;
    pthread_mutex_t mutex; /* guards all members below */
    json_t *objects;       /* by path */
    unsigned revision;
    bool ordered;
    char order_method[8], order_part[PART_SIZE];
    unsigned order_status;
    char race_part[PART_SIZE];
    unsigned races;
    int64_t clock_shift_s;
    struct call_record calls[CALLS_MAX];
    size_t call_count;
};

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "fake cluster: %s\n", what);
    abort();
}

/* -- With the mutex held -- */

static void stamp(struct fake_cluster *cluster, json_t *object)
{
    char text[16];
    json_t *metadata = json_object_get(object, "metadata");
    (void)snprintf(text, sizeof(text), "%u", ++cluster->revision);
    if (!metadata) {
        metadata = json_object();
        must(json_object_set_new(object, "metadata", metadata) == 0, "out of memory");
    }
    must(json_object_set_new(metadata, "resourceVersion", json_string(text)) == 0, "out of memory");
}

static const char *revision_of(const json_t *object)
{
    const char *text = json_string_value(json_object_get(json_object_get(object, "metadata"), "resourceVersion"));
    return text ? text : "";
}

static void refuse(struct fake_reply *reply, unsigned status, const char *reason, const char *message)
{
    reply->status = status;
    must(asprintf(&reply->body, JSON({"kind":"Status","apiVersion":"v1","reason":"%s","message":"%s"}), reason,
                  message) > 0,
         "out of memory");
}

static void reply_object(struct fake_reply *reply, unsigned status, const json_t *object)
{
    reply->status = status;
    reply->body = json_dumps(object, JSON_COMPACT);
    must(reply->body, "out of memory");
}

/* Stores the object, whose reference it takes over, with a new resource version, and replies with it. */
static void keep(struct fake_cluster *cluster, const char *path, json_t *object, unsigned status,
                 struct fake_reply *reply)
{
    stamp(cluster, object);
    reply_object(reply, status, object);
    must(json_object_set_new(cluster->objects, path, object) == 0, "out of memory");
}

static void post(struct fake_cluster *cluster, const char *target, json_t *body, struct fake_reply *reply)
{
    char path[2 * PART_SIZE];
    const char *name = json_string_value(json_object_get(json_object_get(body, "metadata"), "name"));
    (void)snprintf(path, sizeof(path), "%s/%s", target, name ? name : "");
    if (json_object_get(cluster->objects, path))
        refuse(reply, 409, "AlreadyExists", "it already exists");
    else
        keep(cluster, path, json_incref(body), 201, reply);
}

static void put(struct fake_cluster *cluster, const char *path, json_t *body, struct fake_reply *reply)
{
    const json_t *old = json_object_get(cluster->objects, path);
    if (!old)
        refuse(reply, 404, "NotFound", "it was not found");
    else if (strcmp(revision_of(old), revision_of(body)) != 0)
        refuse(reply, 409, "Conflict", "the object has been modified");
    else
        keep(cluster, path, json_incref(body), 200, reply);
}

static void patch(struct fake_cluster *cluster, const char *path, const json_t *operations, struct fake_reply *reply)
{
    struct err err;
    json_t *old = json_object_get(cluster->objects, path);
    json_t *changed = json_incref(old);
    if (!old) {
        refuse(reply, 404, "NotFound", "it was not found");
    } else if (patch_apply(&changed, operations, &err) < 0) {
        json_decref(changed);
        refuse(reply, 422, "Invalid", "the server rejected our request due to an error in our request");
    } else {
        keep(cluster, path, changed, 200, reply);
    }
}

static void race(struct fake_cluster *cluster, const struct fake_request *request)
{
    if (cluster->races == 0 || strcmp(request->method, "GET") == 0 || !strstr(request->target, cluster->race_part))
        return;
    json_t *object = json_object_get(cluster->objects, request->target);
    cluster->races--;
    if (object)
        stamp(cluster, object);
}

static bool is_ordered(const struct fake_cluster *cluster, const struct fake_request *request)
{
    return cluster->ordered && strstr(request->target, cluster->order_part) &&
           (!cluster->order_method[0] || strcmp(cluster->order_method, request->method) == 0);
}

static void serve(struct fake_cluster *cluster, const struct fake_request *request, struct fake_reply *reply)
{
    AUTO(json) body = *request->body ? json_loads(request->body, 0, NULL) : NULL;
    race(cluster, request);
    const json_t *object = json_object_get(cluster->objects, request->target);
    if (is_ordered(cluster, request))
        refuse(reply, cluster->order_status, "Ordered", "the test wants it so");
    else if (strcmp(request->method, "GET") == 0 && object)
        reply_object(reply, 200, object);
    else if (strcmp(request->method, "GET") == 0)
        refuse(reply, 404, "NotFound", "it was not found");
    else if (!body)
        refuse(reply, 400, "BadRequest", "no JSON");
    else if (strcmp(request->method, "POST") == 0)
        post(cluster, request->target, body, reply);
    else if (strcmp(request->method, "PUT") == 0)
        put(cluster, request->target, body, reply);
    else
        patch(cluster, request->target, body, reply);
}

static void record(struct fake_cluster *cluster, const struct fake_request *request, unsigned status)
{
    must(cluster->call_count < CALLS_MAX, "too many requests");
    struct call_record *call = &cluster->calls[cluster->call_count++];
    (void)snprintf(call->method, sizeof(call->method), "%s", request->method);
    (void)snprintf(call->target, sizeof(call->target), "%s", request->target);
    call->status = status;
}

static void answer(void *context, const struct fake_request *request, struct fake_reply *ret_reply)
{
    struct fake_cluster *cluster = context;
    struct tm parts;
    (void)pthread_mutex_lock(&cluster->mutex);
    serve(cluster, request, ret_reply);
    record(cluster, request, ret_reply->status);
    time_t now = time(NULL) + cluster->clock_shift_s;
    (void)pthread_mutex_unlock(&cluster->mutex);
    (void)gmtime_r(&now, &parts);
    (void)strftime(ret_reply->headers, sizeof(ret_reply->headers), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
}

/* -- For the test -- */

struct fake_cluster *fake_cluster_new(void)
{
    struct fake_cluster *cluster = calloc(1, sizeof(*cluster));
    must(cluster, "out of memory");
    (void)pthread_mutex_init(&cluster->mutex, NULL);
    cluster->objects = json_object();
    must(cluster->objects, "out of memory");
    cluster->api = fake_api_new_answering(answer, cluster, NULL);
    return cluster;
}

void fake_cluster_free(struct fake_cluster *cluster)
{
    if (!cluster)
        return;
    fake_api_free(cluster->api);
    json_decref(cluster->objects);
    (void)pthread_mutex_destroy(&cluster->mutex);
    free(cluster);
}

const char *fake_cluster_server(const struct fake_cluster *cluster)
{
    return fake_api_server(cluster->api);
}

char *fake_cluster_kubeconfig(const struct fake_cluster *cluster)
{
    char *text = NULL;
    must(asprintf(&text,
                  "current-context: a\ncontexts: [{name: a, context: {cluster: b, user: c}}]\n"
                  "clusters: [{name: b, cluster: {server: '%s'}}]\nusers: [{name: c, user: {token: hush-hush}}]\n",
                  fake_cluster_server(cluster)) > 0,
         "out of memory");
    return text;
}

void fake_cluster_put(struct fake_cluster *cluster, const char *path, const char *object)
{
    (void)pthread_mutex_lock(&cluster->mutex);
    json_t *parsed = object ? json_loads(object, 0, NULL) : NULL;
    must(!object || parsed, "no JSON");
    if (parsed) {
        stamp(cluster, parsed);
        must(json_object_set_new(cluster->objects, path, parsed) == 0, "out of memory");
    } else {
        (void)json_object_del(cluster->objects, path);
    }
    (void)pthread_mutex_unlock(&cluster->mutex);
}

json_t *fake_cluster_get(struct fake_cluster *cluster, const char *path)
{
    (void)pthread_mutex_lock(&cluster->mutex);
    const json_t *object = json_object_get(cluster->objects, path);
    json_t *copy = object ? json_deep_copy(object) : NULL;
    (void)pthread_mutex_unlock(&cluster->mutex);
    return copy;
}

void fake_cluster_order(struct fake_cluster *cluster, const char *method, const char *part, unsigned status)
{
    (void)pthread_mutex_lock(&cluster->mutex);
    cluster->ordered = part;
    (void)snprintf(cluster->order_method, sizeof(cluster->order_method), "%s", method ? method : "");
    (void)snprintf(cluster->order_part, sizeof(cluster->order_part), "%s", part ? part : "");
    cluster->order_status = status;
    (void)pthread_mutex_unlock(&cluster->mutex);
}

void fake_cluster_race(struct fake_cluster *cluster, const char *part, unsigned times)
{
    (void)pthread_mutex_lock(&cluster->mutex);
    (void)snprintf(cluster->race_part, sizeof(cluster->race_part), "%s", part);
    cluster->races = times;
    (void)pthread_mutex_unlock(&cluster->mutex);
}

void fake_cluster_shift_clock(struct fake_cluster *cluster, int64_t seconds)
{
    (void)pthread_mutex_lock(&cluster->mutex);
    cluster->clock_shift_s = seconds;
    (void)pthread_mutex_unlock(&cluster->mutex);
}

static unsigned count(struct fake_cluster *cluster, const char *method, const char *part, bool only_done)
{
    unsigned found = 0;
    (void)pthread_mutex_lock(&cluster->mutex);
    for (size_t i = 0; i < cluster->call_count; i++) {
        const struct call_record *call = &cluster->calls[i];
        bool done = call->status == 200 || call->status == 201;
        found += (!method || strcmp(call->method, method) == 0) && strstr(call->target, part) && (done || !only_done);
    }
    (void)pthread_mutex_unlock(&cluster->mutex);
    return found;
}

unsigned fake_cluster_requests(struct fake_cluster *cluster, const char *method, const char *part)
{
    return count(cluster, method, part, false);
}

unsigned fake_cluster_done(struct fake_cluster *cluster, const char *method, const char *part)
{
    return count(cluster, method, part, true);
}
