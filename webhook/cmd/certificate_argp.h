/* The options of `serve` and `certs` that say where a cluster keeps our certificates and how long they are valid. Put
 * command_certificates_argp or command_lifetimes_argp, or both, into the children of the command's argp, and point
 * child_inputs of each to the same struct certificate_options in ARGP_KEY_INIT. */
#ifndef GPUSLICE_CMD_CERTIFICATE_ARGP_H
#define GPUSLICE_CMD_CERTIFICATE_ARGP_H

#include "service/certificate_options.h"

#include <argp.h>

extern const struct argp command_certificates_argp;
extern const struct argp command_lifetimes_argp;

#endif
