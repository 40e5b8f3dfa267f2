/* `gpuslice certs show` and `gpuslice certs rotate`, which may use a cluster. */
#ifndef GPUSLICE_CMD_CERTS_CERTS_CLUSTER_H
#define GPUSLICE_CMD_CERTS_CERTS_CLUSTER_H

#include "service/certificate_options.h"

int certs_show(int argc, char **argv);
int certs_rotate(int argc, char **argv);

/* Prepares requests to the cluster that the options name; $KUBECONFIG is used if `kubeconfig` is NULL. *ret_access must
 * outlive *ret_certificates. Returns 0, or -1 after printing the error. */
MUST_CHECK int certs_connect(const struct certificate_options *options, const char *kubeconfig,
                             struct access *ret_access, struct cluster_certificates **ret_certificates);

#endif
