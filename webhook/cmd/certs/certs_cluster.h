/* `gpuslice certs show` and `gpuslice certs rotate`, and what they share. */
#pragma once

#include "cmd/options.h"
#include "service/cluster_certificates.h"

/* argv[0] is "gpuslice certs show" or "gpuslice certs rotate". Both return the exit status. */
int certs_show(int argc, char **argv);
int certs_rotate(int argc, char **argv);

/* The options that both have: the Secret, the webhook configurations and the cluster. */
struct cluster_options {
    struct cluster_certificates_options certificates;
    const char *kubeconfig; /* NULL: $KUBECONFIG, or the cluster that the program runs in */
};
extern const struct option_table cluster_table;

/* Prepares requests to the cluster that the options name. *ret_access must outlive *ret_certificates. Returns 0, or -1
 * after printing the errors on stderr. */
MUST_CHECK int certs_connect(const struct cluster_options *options, struct access *ret_access,
                             struct cluster_certificates **ret_certificates);
