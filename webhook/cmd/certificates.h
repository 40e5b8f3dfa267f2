/* The options of `serve` and `certs` that say where a cluster keeps our certificates and how long they are valid. */
#ifndef GPUSLICE_CMD_CERTIFICATES_H
#define GPUSLICE_CMD_CERTIFICATES_H

#include "cmd/options.h"
#include "service/cluster_certificates.h"

/* For a struct cluster_certificates_options: where the Secret and the configurations are, and lifetimes. A command may
 * include both. */
extern const struct option_table certificates_table, lifetimes_table;

#endif
