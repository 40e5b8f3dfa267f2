/* The state of `serve`: the engine with its policies and namespaces, and the TLS credentials, each reloaded when its
 * files change. If a load fails, the last good state stays in use and the failure appears in the log and in
 * /readyz?verbose. */
#pragma once

#include "serve/health.h"
#include "serve/server.h"
#include "serve/watch.h"
#include "service/cluster_certificates.h"

enum { SERVICE_TLS_HOSTS_MAX = 32, SERVICE_HOSTS = 3, SERVICE_CLIENT_NAMES_MAX = 32, SERVICE_FILES_MAX = 5 };

struct service_options {
    const char *policies;   /* directory */
    const char *namespaces; /* file; NULL: namespaces are followed in a cluster */
    const char *kubeconfig; /* of the cluster; NULL: the one that the program runs in */
    /* The source of the pair: files, or a Secret of the cluster. If neither is given, a pair is issued for `hosts`. */
    const char *tls_cert;
    const char *tls_key;
    const struct cluster_certificates_options *certificates; /* the Secret and its configurations; NULL: no Secret */
    const char *ca_out;                                      /* file for the issued CA's certificate, or NULL */
    /* The hosts of the pair that is issued or kept in the Secret: those of --tls-host and of the Service, then NULL. */
    const char *hosts[SERVICE_TLS_HOSTS_MAX + SERVICE_HOSTS + 1];
    size_t host_count;
    const char *client_ca;                                  /* file; NULL: client certificates are not requested */
    bool advises_verbosely;                                 /* advice also for what simply gets its default slice */
    const char *client_names[SERVICE_CLIENT_NAMES_MAX + 1]; /* NULL-terminated; if empty, any name is accepted */
};

struct service;

/* Loads nothing yet. `options` must outlive the service. Errors: ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int service_new(const struct service_options *options, struct service **ret_service, struct err *err);
/* Loads everything for the first time. After a failure, only service_free() may be called. Errors: those of the
 * loaders. */
MUST_CHECK int service_load(struct service *service, struct err *err);
void service_free(struct service *service);

/* Loads everything again. May be called while files are reloaded. */
void service_reload(struct service *service);

/* Sets the files whose changes reload what was loaded from them, and returns their number. */
size_t service_files(struct service *service, struct watch_item ret_items[SERVICE_FILES_MAX]);

/* Sets the paths, the functions that answer and observe requests, and the TLS credentials. Handshakes fail until there
 * is a certificate. These options are valid as long as the service. */
void service_connect_server(struct service *service, struct server_options *options);

/* Sets the checks of /readyz and the page /metrics, which counts the connections of `server`. The server must outlive
 * the health listener. */
void service_connect_health(struct service *service, struct server *server, struct health_options *options);

DEFINE_AUTO(service, struct service *, service_free);
