/* The options of `serve` and `certs` that say where a cluster keeps our certificates and how long they are valid. */
#ifndef GPUSLICE_CMD_CERTIFICATES_H
#define GPUSLICE_CMD_CERTIFICATES_H

#include "cmd/options.h"
#include "service/certificate_options.h"

/* For a struct certificate_options. A command may include both. */
extern const struct option_table certificates_table, lifetimes_table;

#endif
