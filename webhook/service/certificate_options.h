/* Options that say where a cluster keeps our certificates and how long they are valid. */
#ifndef GPUSLICE_SERVICE_CERTIFICATE_OPTIONS_H
#define GPUSLICE_SERVICE_CERTIFICATE_OPTIONS_H

#include "service/cluster_certificates.h"

enum { SERVICE_HOSTS = 3, SERVICE_HOST_SIZE = 320 };

struct certificate_options {
    char secret_namespace[OBJECT_NAME_SIZE], secret_name[OBJECT_NAME_SIZE]; /* "": no --cert-secret */
    char service_namespace[OBJECT_NAME_SIZE], service_name[OBJECT_NAME_SIZE];
    char service_hosts[SERVICE_HOSTS][SERVICE_HOST_SIZE]; /* its DNS names; "": no --service */
    struct webhook_config_ref configs[CERTIFICATE_CONFIGS_MAX];
    size_t config_count;
    int64_t ca_lifetime, cert_lifetime; /* seconds; 0: not given */
};

/* Fills in the Secret, the Service, the configurations and the lifetimes (0 if not given). */
void certificate_options_apply(const struct certificate_options *options, struct cluster_certificates_options *ret);

#endif
