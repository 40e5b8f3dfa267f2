/* The state of `serve`: loads files and replaces snapshots. Sockets belong to serve/, decisions to admission/. */
#include "service/service.h"

#include "admission/engine.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "certs/issue.h"
#include "certs/load.h"
#include "service/certificates.h"
#include "service/cluster.h"
#include "service/credentials.h"
#include "service/metrics.h"

#include <stdio.h>
#include <string.h>

enum { SERVICE_NOTE_SIZE = ERR_TEXT_SIZE, SERVICE_CERT_DAYS = 365, CLIENT_CA_MAX = MIB };

enum loaded_id { POLICIES, NAMESPACES, CERTIFICATE, CLIENTS, LOADED_IDS };

typedef int load_fn(struct service *service, struct err *err);
static load_fn load_policies, load_namespaces, load_certificate, load_clients;

/* In the order in which /readyz lists them. */
static const struct {
    const char *name;
    load_fn *load; /* loads it for the first time, and again */
} loads[LOADED_IDS] = {
    [POLICIES] = {"policies", load_policies},
    [NAMESPACES] = {"namespaces", load_namespaces},
    [CERTIFICATE] = {"certificate", load_certificate},
    [CLIENTS] = {"client-ca", load_clients},
};

/* What /readyz reports about one of these loads. */
struct loaded_thing {
    struct service *service;
    enum loaded_id id;
    char good[SERVICE_NOTE_SIZE];  /* what is now in use; "" if nothing has been loaded */
    char fault[SERVICE_NOTE_SIZE]; /* why the last load failed; "" if it succeeded */
    time_t not_after;              /* 0: does not expire */
};

struct service {
    const struct service_options *options;
    struct gpu_table *gpus;
    struct engine *engine;
    struct cluster_namespaces *cluster; /* NULL: namespaces come from a file */
    struct service_credentials *credentials;
    struct service_certificates *certificates; /* NULL: the pair comes from files, or is issued */
    pthread_mutex_t reload_mutex;              /* held while something is reloaded */
    pthread_mutex_t mutex;                     /* guards the things: loads write them, the health listener reads them */
    struct loaded_thing things[LOADED_IDS];
    size_t thing_count; /* without CLIENTS if client certificates are not requested */
    struct health_check checks[LOADED_IDS + 1];
    struct service_metrics *metrics;
    struct health_page pages[2];
    const char *paths[ROUTES + 1]; /* in the order of the table of routes */
};

/* Records the outcome of a load and logs a failure as an error: the old state stays in use, so nothing else would show
 * it. At the start there is no old state, and the failure ends the program, which prints the reason itself. */
static void note_load(struct service *service, enum loaded_id id, int result, const char *good, const struct err *err)
{
    struct loaded_thing *thing = &service->things[id];
    const char *name = loads[id].name;
    service_metrics_load(service->metrics, name, result == 0, time(NULL));
    (void)pthread_mutex_lock(&service->mutex);
    bool news = result < 0 || thing->fault[0] || strcmp(thing->good, good) != 0;
    if (result == 0)
        text_copy(thing->good, sizeof(thing->good), good);
    text_copy(thing->fault, sizeof(thing->fault), result < 0 ? err->text : "");

    char serving[SERVICE_NOTE_SIZE];
    memcpy(serving, thing->good, sizeof(serving));
    (void)pthread_mutex_unlock(&service->mutex);
    if (result < 0 && serving[0])
        LOG(LOG_ERROR, "load failed; the last good state stays in use", LOG_STR("what", name),
            LOG_STR("fault", err->text), LOG_STR("serving", serving));
    else if (result == 0 && news)
        LOG(LOG_INFO, "loaded", LOG_STR("what", name), LOG_STR("serving", serving));
}

static bool check_thing(void *context, struct buf *ret_note)
{
    struct loaded_thing *thing = context;
    AUTO(lock) held = lock_take(&thing->service->mutex);
    bool ended = thing->not_after && thing->not_after < time(NULL);
    buf_add_string(ret_note, ended ? "expired: " : "");
    buf_add_string(ret_note, thing->good);
    if (thing->fault[0])
        buf_addf(ret_note, "; the last load failed and changed nothing: %s", thing->fault);
    return thing->good[0] && !ended;
}

static int load_policies(struct service *service, struct err *err)
{
    AUTO(policy_set) set = NULL;
    AUTO(problems) problems = {0};
    char good[SERVICE_NOTE_SIZE] = "";
    int result = policy_set_load(service->options->policies, service->gpus, &set, &problems, err);
    service_log_problems(LOG_ERROR, &problems);
    if (result == 0) {
        service_log_problems(LOG_WARN, &set->warnings);
        engine_set_policies(service->engine, set);
        service_metrics_set_policies(service->metrics, set);
        text_printf(good, sizeof(good), "revision %s%s%s, %zu policies, %zu classes, %zu pools", set->revision,
                    set->commit[0] ? ", commit " : "", set->commit, set->policy_count, set->class_count,
                    set->pool_count);
    }

    note_load(service, POLICIES, result, good, err);
    return result;
}

/* Replaces a check by that of an object that reports its own state. */
static void replace_check(struct service *service, enum loaded_id id, health_check_fn *check, void *context)
{
    service->checks[id].check = check;
    service->checks[id].context = context;
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
    replace_check(service, NAMESPACES, cluster_namespaces_check, service->cluster);
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
    service_log_problems(LOG_ERROR, &problems);

    /* `kubectl get namespaces -o yaml >FILE` empties the file first: using that would fail every review. */
    if (result == 0 && namespaces->count == 0)
        result = err_set(err, ERR_INVALID, "%s: contains no Namespace", service->options->namespaces);

    if (result == 0) {
        engine_set_namespaces(service->engine, namespaces);
        service_metrics_set_namespaces(service->metrics, namespaces->count);
        text_printf(good, sizeof(good), "%zu from %.400s", namespaces->count, service->options->namespaces);
    }

    note_load(service, NAMESPACES, result, good, err);
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

/* Follows the Secret's certificates. The first call starts a thread, which does the rest; later calls wake it. */
static int follow_certificates(struct service *service, struct err *err)
{
    if (service->certificates) {
        service_certificates_wake(service->certificates);
        return 0;
    }

    if (service_certificates_start(service->options, service->credentials, service->metrics, &service->certificates,
                                   err) < 0)
        return -1;
    replace_check(service, CERTIFICATE, service_certificates_check, service->certificates);
    return 0;
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
    note_load(service, CLIENTS, result, good, err);
    return result;
}

static int load_certificate(struct service *service, struct err *err)
{
    const struct service_options *options = service->options;
    AUTO(cert_pem) pair = {0};
    struct cert_facts facts;
    char good[SERVICE_NOTE_SIZE] = "";
    if (options->certificates)
        return follow_certificates(service, err);
    if (!options->tls_cert && service->things[CERTIFICATE].good[0])
        return 0; /* an issued pair is kept */

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
        service->things[CERTIFICATE].not_after = facts.not_after;
        (void)pthread_mutex_unlock(&service->mutex);
        service_metrics_set_certificate(service->metrics, facts.not_after);
    }

    note_load(service, CERTIFICATE, result, good, err);
    return result;
}

/* Loads one thing again. The mutex keeps the watch's thread and the one that waits for signals from overtaking each
 * other. The load itself records and logs failures. */
static void reload(void *context)
{
    const struct loaded_thing *thing = context;
    struct err err;
    AUTO(lock) held = lock_take(&thing->service->reload_mutex);
    (void)loads[thing->id].load(thing->service, &err);
}

void service_reload(struct service *service)
{
    for (size_t i = 0; i < service->thing_count; i++)
        reload(&service->things[i]);
}

size_t service_files(struct service *service, struct watch_item ret_items[SERVICE_FILES_MAX])
{
    const struct service_options *options = service->options;
    const struct watch_item files[SERVICE_FILES_MAX] = {
        {options->policies, reload, &service->things[POLICIES]},
        {options->namespaces, reload, &service->things[NAMESPACES]},
        {options->tls_cert, reload, &service->things[CERTIFICATE]},
        {options->tls_key, reload, &service->things[CERTIFICATE]}, /* it may be replaced later than its certificate */
        {options->client_ca, reload, &service->things[CLIENTS]},
    };
    size_t count = 0;
    for (size_t i = 0; i < SERVICE_FILES_MAX; i++) {
        if (files[i].path)
            ret_items[count++] = files[i];
    }
    return count;
}

static void service_prepare(struct service *service, const struct service_options *options)
{
    service->options = options;
    route_paths(service->paths);
    service->pages[0] = service_metrics_page(service->metrics);
    service->thing_count = options->client_ca ? LOADED_IDS : CLIENTS;
    for (size_t i = 0; i < service->thing_count; i++) {
        service->things[i] = (struct loaded_thing){.service = service, .id = (enum loaded_id)i};
        service->checks[i] =
            (struct health_check){.name = loads[i].name, .check = check_thing, .context = &service->things[i]};
    }
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

    engine_set_verbose_advice(service->engine, options->advises_verbosely);
    *ret_service = TAKE(service);
    return 0;
}

int service_load(struct service *service, struct err *err)
{
    if (load_policies(service, err) < 0 || load_namespaces(service, err) < 0)
        return -1;
    if (service->options->client_ca && load_clients(service, err) < 0)
        return -1;
    return load_certificate(service, err);
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

/* The sentence and the user are logged only of denials: they tell an operator who met which rule. */
static void log_answer(const struct server_request *request, const struct answer_facts *facts)
{
    int64_t microseconds = (clock_monotonic_ns() - request->started_ns) / 1000;
    const bool denies = facts->denial[0] != '\0';
    LOG(LOG_INFO, "decision", LOG_STR("path", routes[request->path].path), LOG_STR("uid", facts->uid),
        LOG_STR("namespace", facts->namespace_name), LOG_STR("pod", facts->subject),
        LOG_STR("decision", facts->decision), LOG_STR("reason", facts->reason), LOG_STR("class", facts->class_name),
        LOG_STR("policy", facts->policy), LOG_STR("revision", facts->revision), LOG_BOOL("dryRun", facts->dry_run),
        LOG_INT("microseconds", microseconds), LOG_STR("denial", denies ? facts->denial : NULL),
        LOG_STR("user", denies ? facts->user : NULL));
}

static int answer(void *service, const struct server_request *request, struct buf *ret_answer, struct err *err)
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
        LOG(LOG_WARN, "review not answered", LOG_STR("path", route->path), LOG_STR("uid", facts.uid),
            LOG_STR("namespace", facts.namespace_name), LOG_STR("fault", err->text));

    return result;
}

static void observe(void *service, const struct server_outcome *outcome)
{
    const struct service *self = service;
    service_metrics_request(self->metrics, outcome);
}

void service_connect_server(struct service *service, struct server_options *options)
{
    options->paths = service->paths;
    options->answer = answer;
    options->observe = observe;
    options->context = service;
    options->tls = service_credentials_tls(service->credentials);
}

void service_connect_health(struct service *service, struct server *server, struct health_options *options)
{
    service_metrics_set_server(service->metrics, server);
    options->checks = service->checks;
    options->pages = service->pages;
}
