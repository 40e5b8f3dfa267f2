/* The options of `serve` and `certs` that say where a cluster keeps our certificates and how long they are valid. */
#pragma once

#include "cmd/options.h"
#include "service/cluster_certificates.h"

/* Rows for a struct cluster_certificates_options: the Secret, the Service and the webhook configurations in the first
 * table, lifetimes in the second. */
extern const struct option_table certificates_table, lifetimes_table;
