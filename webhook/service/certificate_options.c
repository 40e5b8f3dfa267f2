/* Fills in the options of cluster_certificates. */
#include "service/certificate_options.h"

#include <string.h>

void certificate_options_apply(const struct certificate_options *options, struct cluster_certificates_options *ret)
{
    ret->secret = (struct secret_ref){options->secret_namespace, options->secret_name};
    if (options->service_name[0])
        ret->service = (struct secret_ref){options->service_namespace, options->service_name};
    memcpy(ret->configs, options->configs, sizeof(ret->configs));
    ret->config_count = options->config_count;
    ret->policy.ca_lifetime = options->ca_lifetime;
    ret->policy.cert_lifetime = options->cert_lifetime;
}
