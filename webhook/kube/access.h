/* What it takes to reach an API server: where it is, whom to trust, and how to say who we are.
 *
 * Comes from a kubeconfig (kubeconfig.h) or from the pod's service account (incluster.h), and never changes; what
 * stands in files is read again for each request, because tokens and certificates are replaced in place. */
#ifndef GPUSLICE_KUBE_ACCESS_H
#define GPUSLICE_KUBE_ACCESS_H

#include "base/strlist.h"

/* `text` if it is set, else what is in `file` by then; both NULL: there is none. */
struct access_secret {
    char *text;
    char *file;
};

/* A program that prints credentials (client-go's exec plugins): k8s.io/client-go/pkg/apis/clientauthentication. */
struct access_exec {
    char *command; /* with a slash: a path; else looked up in PATH. NULL: there is none */
    struct strlist arguments;
    struct strlist environment; /* NAME=value, added to ours */
    char *api_version;
    char *install_hint; /* or NULL */
    bool provide_cluster_info;
};

struct access {
    char *origin;            /* "context admin of kube.yaml"; for people */
    char *server;            /* https://10.0.0.1:443, perhaps with a path; no slash at its end */
    char *tls_server_name;   /* the name that its certificate must have; NULL: the server's host */
    char *proxy;             /* NULL: what the environment says */
    bool insecure;           /* its certificate is not checked */
    struct access_secret ca; /* none: the system's authorities */
    struct access_secret cert, key;
    struct access_secret token;
    struct access_exec exec;
};

void access_fini(struct access *access);

/* NULL if the server's address can be used with these credentials, else what is wrong with it, for people. */
const char *access_fault(const struct access *access);

DEFINE_AUTO_FINI(access, struct access, access_fini);

#endif
