/* Fills in the options of cluster_certificates. */
#include "service/certificate_options.h"

#include <string.h>

void certificate_options_apply(const struct certificate_options *options, struct cluster_certificates_options *ret)
{
    memcpy(ret->secret.namespace_name, options->secret_namespace, OBJECT_NAME_SIZE);
    memcpy(ret->secret.name, options->secret_name, OBJECT_NAME_SIZE);
    memcpy(ret->service.namespace_name, options->service_namespace, OBJECT_NAME_SIZE);
    memcpy(ret->service.name, options->service_name, OBJECT_NAME_SIZE);
    memcpy(ret->configs, options->configs, sizeof(ret->configs));
    ret->config_count = options->config_count;
    ret->policy.ca_lifetime = options->ca_lifetime;
    ret->policy.cert_lifetime = options->cert_lifetime;
}
