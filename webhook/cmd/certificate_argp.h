/* The options that say where a cluster keeps our certificates, and how long they live, for `serve` and `certs`: put
 * command_certificates_argp or command_lifetimes_argp, or both, into the children, and one struct certificate_options
 * into child_inputs for each in ARGP_KEY_INIT. */
#ifndef GPUSLICE_CMD_CERTIFICATE_ARGP_H
#define GPUSLICE_CMD_CERTIFICATE_ARGP_H

#include "service/certificate_options.h"

#include <argp.h>

extern const struct argp command_certificates_argp;
extern const struct argp command_lifetimes_argp;

#endif
