/* What a client needs to reach an API server: the server's address, the CA to trust, and our credentials.
 *
 * An access comes from a kubeconfig (kubeconfig.h) or from the pod's service account (incluster.h) and never changes.
 * Its files are read again for each request, because tokens and certificates are replaced in place. */
#pragma once

#include "base/strlist.h"

/* The secret is `text` if that is not NULL, otherwise the current content of `file`. If both are NULL, there is no
 * secret. */
struct access_secret {
    char *text;
    char *file;
};

/* A program that prints credentials (client-go's exec plugins): k8s.io/client-go/pkg/apis/clientauthentication. */
struct access_exec {
    char *command; /* a path if it has a slash, otherwise looked up in PATH; NULL: none */
    struct strlist arguments;
    struct strlist environment; /* NAME=value, added to our environment */
    char *api_version;
    char *install_hint; /* reported if the command is not found; or NULL */
    bool provide_cluster_info;
};

struct access {
    char *origin;            /* "context admin of kube.yaml"; for people */
    char *server;            /* https://10.0.0.1:443, possibly with a path; no trailing slash */
    char *tls_server_name;   /* the name that the server's certificate must have; NULL: the host in `server` */
    char *proxy;             /* NULL: the proxy that the environment names */
    bool insecure;           /* the server's certificate is not verified */
    struct access_secret ca; /* if there is none, the system's CAs are trusted */
    struct access_secret cert, key;
    struct access_secret token;
    struct access_exec exec;
};

void access_fini(struct access *access);

/* Returns NULL if the server's address can be used with these credentials. Otherwise returns what is wrong, worded to
 * follow the address in a sentence. */
const char *access_fault(const struct access *access);

DEFINE_AUTO_FINI(access, struct access, access_fini);
