/* The state behind `serve`: loads files and replaces snapshots. Sockets belong to serve/, decisions to admission/. */
#include "service/service.h"

#include "admission/engine.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "certs/issue.h"
#include "certs/load.h"
#include "service/certificates.h"
#include "service/credentials.h"
#include "service/metrics.h"
#include "service/namespaces.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SERVICE_NOTE_SIZE = ERR_TEXT_SIZE, SERVICE_CERT_DAYS = 365, CLIENT_CA_MAX = MIB };

/* What /readyz reports about one thing that is loaded from files. */
struct loaded_thing {
    const char *name;
    pthread_mutex_t *mutex;
    char good[SERVICE_NOTE_SIZE];  /* what is now in use */
    char fault[SERVICE_NOTE_SIZE]; /* why the last load failed; "" if it succeeded */
    time_t not_after;              /* 0: does not expire */
    struct service_metrics *metrics;
};

struct service {
    const struct service_options *options;
    struct gpu_table *gpus;
    struct engine *engine;
    struct cluster_namespaces *cluster; /* NULL: namespaces come from a file */
    struct service_credentials *credentials;
    struct service_certificates *certificates; /* NULL: they come from files, or are issued */
    pthread_mutex_t reload_mutex;              /* held while something is reloaded */
    pthread_mutex_t mutex; /* guards the four things below: loads write them, the health listener reads them */
    struct loaded_thing policies, namespaces, certificate, clients;
    struct health_check checks[5];
    struct service_metrics *metrics;
    struct health_page pages[2];
    const char *paths[ROUTES + 1]; /* in the order of the table of routes */
};

/* Records the outcome of a load and logs a failure as an error: the old state stays in use, so nothing else would show
 * it. At the start there is no old state, and the failure ends the program, which prints the reason itself. */
static void thing_note(struct loaded_thing *thing, int result, const char *good, const struct err *err)
{
    service_metrics_load(thing->metrics, thing->name, result == 0, time(NULL));
    (void)pthread_mutex_lock(thing->mutex);
    bool news = result < 0 || thing->fault[0] || strcmp(thing->good, good) != 0;
    if (result == 0)
        text_copy(thing->good, sizeof(thing->good), good);
    text_copy(thing->fault, sizeof(thing->fault), result < 0 ? err->text : "");

    char serving[SERVICE_NOTE_SIZE];
    memcpy(serving, thing->good, sizeof(serving));
    (void)pthread_mutex_unlock(thing->mutex);
    if (result < 0 && serving[0])
        LOG(LOG_ERROR, "load failed; the last good state stays in use", LOG_STR("what", thing->name),
            LOG_STR("fault", err->text), LOG_STR("serving", serving));
    else if (result == 0 && news)
        LOG(LOG_INFO, "loaded", LOG_STR("what", thing->name), LOG_STR("serving", serving));
}

static bool thing_check(void *context, struct buf *ret_note)
{
    struct loaded_thing *thing = context;
    (void)pthread_mutex_lock(thing->mutex);
    bool ended = thing->not_after && thing->not_after < time(NULL);
    buf_add_string(ret_note, ended ? "expired: " : "");
    buf_add_string(ret_note, thing->good);
    if (thing->fault[0])
        buf_addf(ret_note, "; the last load failed and changed nothing: %s", thing->fault);
    bool ready = thing->good[0] && !ended;
    (void)pthread_mutex_unlock(thing->mutex);
    return ready;
}

static int load_policies(struct service *service, struct err *err)
{
    AUTO(policy_set) set = NULL;
    AUTO(problems) problems = {0};
    char good[SERVICE_NOTE_SIZE] = "";
    int result = policy_set_load(service->options->policies, service->gpus, &set, &problems, err);
    service_log_problems(&problems);
    if (result == 0) {
        engine_set_policies(service->engine, set);
        service_metrics_set_policies(service->metrics, set);
        text_printf(good, sizeof(good), "revision %s%s%s, %zu policies, %zu classes, %zu pools", set->revision,
                    set->commit[0] ? ", commit " : "", set->commit, set->policy_count, set->class_count,
                    set->pool_count);
    }

    thing_note(&service->policies, result, good, err);
    return result;
}

/* Replaces the check of something that reports its own state. */
static void replace_check(struct service *service, const struct loaded_thing *thing, health_check_fn *check,
                          void *context)
{
    for (struct health_check *each = service->checks; each->name; each++) {
        if (each->context == thing)
            *each = (struct health_check){each->name, check, context};
    }
}

/* Follows the cluster's namespaces from the first call on; later calls do nothing, because changes arrive by
 * themselves. */
static int follow_cluster(struct service *service, struct err *err)
{
    if (service->cluster)
        return 0;
    if (service_namespaces_new(service->options->kubeconfig, service->metrics, &service->cluster, err) < 0)
        return -1;
    engine_set_source(service->engine, cluster_namespaces_source(service->cluster));
    replace_check(service, &service->namespaces, cluster_namespaces_check, service->cluster);
    return cluster_namespaces_start(service->cluster, err);
}

static int load_namespaces(struct service *service, struct err *err)
{
    if (!service->options->namespaces)
        return follow_cluster(service, err);

    AUTO(namespaces) namespaces = NULL;
    AUTO(problems) problems = {0};
    char good[SERVICE_NOTE_SIZE] = "";
    int result = namespaces_load(service->options->namespaces, &namespaces, &problems, err);
    service_log_problems(&problems);

    /* `kubectl get namespaces -o yaml >FILE` empties the file first: using that would fail every review. */
    if (result == 0 && namespaces->count == 0)
        result = err_set(err, ERR_INVALID, "%s: contains no Namespace", service->options->namespaces);

    if (result == 0) {
        engine_set_namespaces(service->engine, namespaces);
        service_metrics_set_namespaces(service->metrics, namespaces->count);
        text_printf(good, sizeof(good), "%zu from %.400s", namespaces->count, service->options->namespaces);
    }

    thing_note(&service->namespaces, result, good, err);
    return result;
}

/* Issues a CA and a leaf of our own; the CA's key is discarded immediately. */
static int issue_pair(const struct service_options *options, struct cert_pem *ret_pair, struct err *err)
{
    AUTO(cert_pem) issued = {0};
    const time_t now = time(NULL);
    const struct cert_request ca = {.name = "gpuslice", .lifetime = SERVICE_CERT_DAYS * S_PER_DAY, .now = now};
    const struct cert_request leaf = {.name = "gpuslice",
                                      .hosts = options->hosts,
                                      .host_count = options->host_count,
                                      .lifetime = SERVICE_CERT_DAYS * S_PER_DAY,
                                      .now = now};
    if (cert_issue_ca(&ca, &issued, err) < 0 || cert_issue_leaf(&issued, &leaf, ret_pair, err) < 0)
        return -1;

    if (!options->ca_out)
        return 0;
    return file_write(options->ca_out, ret_pair->ca, strlen(ret_pair->ca), 0644, err);
}

/* Follows the Secret's certificates. Call it once; its thread does the rest. */
static int follow_certificates(struct service *service, struct err *err)
{
    const struct service_certificates_options options = {.certificates = service->options->certificates,
                                                         .kubeconfig = service->options->kubeconfig,
                                                         .hosts = service->options->hosts,
                                                         .host_count = service->options->host_count,
                                                         .credentials = service->credentials,
                                                         .metrics = service->metrics};
    if (service_certificates_new(&options, &service->certificates, err) < 0)
        return -1;
    replace_check(service, &service->certificate, service_certificates_check, service->certificates);
    return service_certificates_start(service->certificates, err);
}

static int load_clients(struct service *service, struct err *err)
{
    const char *path = service->options->client_ca;
    AUTO(buf) pem;
    struct cert_facts *list = NULL;
    size_t count = 0;
    char good[SERVICE_NOTE_SIZE] = "";
    buf_init(&pem, CLIENT_CA_MAX);

    int result = file_read(path, &pem, err);
    if (result == 0)
        result = cert_facts_list(buf_text(&pem), path, &list, &count, err);
    if (result == 0)
        result = service_credentials_set_clients(service->credentials, buf_text(&pem), err);
    if (result == 0)
        text_printf(good, sizeof(good), "%.200s, sha256 %.16s%s, from %.400s", list[0].subject, list[0].fingerprint,
                    count > 1 ? " and more" : "", path);

    free(list);
    thing_note(&service->clients, result, good, err);
    return result;
}

static int load_certificate(struct service *service, struct err *err)
{
    const struct service_options *options = service->options;
    AUTO(cert_pem) pair = {0};
    struct cert_facts facts;
    char good[SERVICE_NOTE_SIZE] = "";
    int result = options->tls_cert ? cert_load(options->tls_cert, options->tls_key, NULL, &pair, err)
                                   : issue_pair(options, &pair, err);
    if (result == 0)
        result = cert_check(&pair, NULL, 0, &facts, err);
    if (result == 0)
        result = service_credentials_set_pair(service->credentials, pair.cert, pair.key, err);
    if (result == 0) {
        char end[CERT_TIME_SIZE];
        cert_time_text(facts.not_after, end);
        text_printf(good, sizeof(good), "%.200s until %s, sha256 %.16s", facts.subject, end, facts.fingerprint);
        (void)pthread_mutex_lock(&service->mutex);
        service->certificate.not_after = facts.not_after;
        (void)pthread_mutex_unlock(&service->mutex);
        service_metrics_set_certificate(service->metrics, facts.not_after);
    }

    thing_note(&service->certificate, result, good, err);
    return result;
}

/* Runs one load at a time: the watch's thread and the one that waits for signals must not overtake each other. The load
 * itself records and logs failures. */
static void reload(struct service *service, int (*load)(struct service *, struct err *))
{
    struct err err;
    (void)pthread_mutex_lock(&service->reload_mutex);
    (void)load(service, &err);
    (void)pthread_mutex_unlock(&service->reload_mutex);
}

void service_reload_policies(void *service)
{
    reload(service, load_policies);
}

void service_reload_namespaces(void *service)
{
    reload(service, load_namespaces);
}

void service_reload_certificates(void *service)
{
    const struct service *self = service;
    if (self->options->tls_cert)
        reload(service, load_certificate);
    if (self->certificates)
        service_certificates_look(self->certificates);
}

void service_reload_clients(void *service)
{
    const struct service *self = service;
    if (self->options->client_ca)
        reload(service, load_clients);
}

void service_reload_all(struct service *service)
{
    service_reload_policies(service);
    service_reload_namespaces(service);
    service_reload_certificates(service);
    service_reload_clients(service);
}

static void service_prepare(struct service *service, const struct service_options *options)
{
    service->options = options;
    route_paths(service->paths);
    service->policies = (struct loaded_thing){.name = "policies", .mutex = &service->mutex};
    service->namespaces = (struct loaded_thing){.name = "namespaces", .mutex = &service->mutex};
    service->certificate = (struct loaded_thing){.name = "certificate", .mutex = &service->mutex};
    service->clients = (struct loaded_thing){.name = "client-ca", .mutex = &service->mutex};

    struct loaded_thing *things[] = {&service->policies, &service->namespaces, &service->certificate,
                                     &service->clients};
    service->pages[0] = service_metrics_page(service->metrics);
    for (size_t i = 0; i < ARRAY_SIZE(things); i++)
        things[i]->metrics = service->metrics;

    for (size_t i = 0; i < ARRAY_SIZE(things) - (options->client_ca ? 0 : 1); i++)
        service->checks[i] = (struct health_check){.name = things[i]->name, .check = thing_check, .context = things[i]};
}

int service_new(const struct service_options *options, struct service **ret_service, struct err *err)
{
    struct service *allocated = calloc(1, sizeof(*allocated));
    if (!allocated)
        return err_nomem(err);

    /* Neither can fail with default attributes (glibc); their memory is part of the struct. */
    (void)pthread_mutex_init(&allocated->reload_mutex, NULL);
    (void)pthread_mutex_init(&allocated->mutex, NULL);
    AUTO(service) service = allocated;
    if (service_metrics_new(&service->metrics, err) < 0)
        return -1;

    service_prepare(service, options);
    if (service_credentials_new(options->client_names[0] ? options->client_names : NULL, &service->credentials, err) <
        0)
        return -1;
    if (gpu_table_load(&service->gpus, err) < 0 || engine_new(&service->engine, err) < 0)
        return -1;

    *ret_service = TAKE(service);
    return 0;
}

int service_load(struct service *service, struct err *err)
{
    if (load_policies(service, err) < 0 || load_namespaces(service, err) < 0)
        return -1;
    if (service->options->client_ca && load_clients(service, err) < 0)
        return -1;
    return service->options->certificates ? follow_certificates(service, err) : load_certificate(service, err);
}

void service_free(struct service *service)
{
    if (!service)
        return;
    engine_free(service->engine);
    cluster_namespaces_free(service->cluster);
    service_certificates_free(service->certificates);
    service_credentials_free(service->credentials);
    gpu_table_free(service->gpus);
    service_metrics_free(service->metrics);
    (void)pthread_mutex_destroy(&service->mutex);
    (void)pthread_mutex_destroy(&service->reload_mutex);
    free(service);
}

struct tls *service_tls(struct service *service)
{
    return service_credentials_tls(service->credentials);
}

const struct health_check *service_checks(struct service *service)
{
    return service->checks;
}

const struct health_page *service_pages(struct service *service)
{
    return service->pages;
}

void service_set_server(struct service *service, struct server *server)
{
    service_metrics_set_server(service->metrics, server);
}

void service_observe(void *service, const struct server_outcome *outcome)
{
    const struct service *self = service;
    service_metrics_request(self->metrics, outcome);
}

const char *const *service_paths(const struct service *service)
{
    return service->paths;
}

static void log_answer(const struct server_request *request, const struct answer_facts *facts)
{
    int64_t microseconds = (clock_monotonic_ns() - request->started_ns) / 1000;
    LOG(LOG_INFO, "decision", LOG_STR("path", routes[request->path].path), LOG_STR("namespace", facts->namespace_name),
        LOG_STR("pod", facts->subject), LOG_STR("decision", facts->decision), LOG_STR("reason", facts->reason),
        LOG_STR("class", facts->class_name), LOG_STR("policy", facts->policy), LOG_STR("revision", facts->revision),
        LOG_BOOL("dryRun", facts->dry_run), LOG_INT("microseconds", microseconds));
}

int service_answer(void *service, const struct server_request *request, struct buf *ret_answer, struct err *err)
{
    struct service *self = service;
    const struct route *route = &routes[request->path];
    struct answer_facts facts;
    int result = engine_answer(self->engine, route, &request->post, ret_answer, &facts, err);
    if (result == 0)
        service_metrics_review(self->metrics, route->path, &facts);
    else
        service_metrics_review_failed(self->metrics, route->path, err);

    if (result == 0)
        log_answer(request, &facts);
    else
        LOG(LOG_WARN, "review not answered", LOG_STR("path", route->path), LOG_STR("namespace", facts.namespace_name),
            LOG_STR("fault", err->text));

    return result;
}
