/* `gpuslice certs show` and `gpuslice certs rotate`: the parts of `certs` that may ask a cluster. */
#ifndef GPUSLICE_CMD_CERTS_CERTS_CLUSTER_H
#define GPUSLICE_CMD_CERTS_CERTS_CLUSTER_H

#include "service/certificate_options.h"

int certs_show(int argc, char **argv);
int certs_rotate(int argc, char **argv);

/* Where the options lead. `access` must outlive *ret_certificates. What is wrong is printed; 0, or -1 after it was. */
MUST_CHECK int certs_connect(const struct certificate_options *options, const char *kubeconfig,
                             struct access *ret_access, struct cluster_certificates **ret_certificates);

#endif
