/* The state of `serve`: the engine with its policies and namespaces, and the TLS credentials, each reloaded when its
 * files change. If a load fails, the last good state stays in use and the failure appears in the log and in
 * /readyz?verbose. */
#ifndef GPUSLICE_SERVICE_SERVICE_H
#define GPUSLICE_SERVICE_SERVICE_H

#include "serve/health.h"
#include "serve/server.h"
#include "service/certificate_options.h"

enum { SERVICE_TLS_HOSTS_MAX = 32, SERVICE_CLIENT_NAMES_MAX = 32 };

struct service_options {
    const char *policies;   /* directory */
    const char *namespaces; /* file; NULL: namespaces are followed in a cluster */
    const char *kubeconfig; /* of the cluster; NULL: the one that the program runs in */
    /* The source of the pair: files, or a Secret of the cluster. If neither is given, a pair is issued for `hosts`. */
    const char *tls_cert;
    const char *tls_key;
    const struct certificate_options *certificates; /* NULL: no Secret */
    const char *ca_out;                             /* file for the issued CA's certificate, or NULL */
    /* The names in the issued pair or in the Secret's: those of --tls-host and of the Service, then NULL. */
    const char *hosts[SERVICE_TLS_HOSTS_MAX + SERVICE_HOSTS + 1];
    size_t host_count;
    const char *client_ca;                                  /* file; NULL: client certificates are not requested */
    const char *client_names[SERVICE_CLIENT_NAMES_MAX + 1]; /* NULL-terminated; if empty, any name is accepted */
};

struct service;

/* Loads nothing yet. `options` must outlive the service. Errors: ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int service_new(const struct service_options *options, struct service **ret_service, struct err *err);
/* Loads everything for the first time. A failure is final. Errors: those of the loaders. */
MUST_CHECK int service_load(struct service *service, struct err *err);
void service_free(struct service *service);

/* Reloads what may have changed (struct watch_item). May be called by several threads. */
void service_reload_policies(void *service);
void service_reload_namespaces(void *service);
void service_reload_certificates(
    void *service); /* for a Secret it wakes the thread; for an issued pair it does nothing */
void service_reload_clients(void *service);
void service_reload_all(struct service *service);

/* Returns the TLS credentials for struct server_options. Handshakes fail until there is a certificate. */
struct tls *service_tls(struct service *service);

/* For struct server_options, with the service as context: return the paths that are answered, NULL-terminated, and
 * answer a request. */
const char *const *service_paths(const struct service *service);
int service_answer(void *service, const struct server_request *request, struct buf *ret_answer, struct err *err);

/* For struct server_options: counts the request for /metrics. */
void service_observe(void *service, const struct server_outcome *outcome);

/* Sets the server whose connections /metrics counts. Call it before the health listener starts; the server must outlive
 * the listener. */
void service_set_server(struct service *service, struct server *server);

/* Returns the page /metrics, terminated by a NULL path; valid as long as the service. */
const struct health_page *service_pages(struct service *service);

/* Returns the checks of /readyz, terminated by a NULL name; valid as long as the service. */
const struct health_check *service_checks(struct service *service);

DEFINE_AUTO(service, struct service *, service_free);

#endif
