/* The caBundles of a MutatingWebhookConfiguration or ValidatingWebhookConfiguration (admissionregistration.k8s.io/v1).
 * Reads only these and what identifies the entries, and writes only these; the rest belongs to those who deployed
 * it. */
#ifndef GPUSLICE_KUBE_WEBHOOK_CONFIG_H
#define GPUSLICE_KUBE_WEBHOOK_CONFIG_H

#include "kube/object.h"

enum webhook_config_kind { WEBHOOK_MUTATING, WEBHOOK_VALIDATING };

struct webhook_config_ref {
    enum webhook_config_kind kind;
    const char *name; /* a valid name: it becomes part of a path */
};

struct webhook_entry {
    const char *name;
    const char *service_namespace, *service_name; /* of clientConfig.service; "" for a URL */
    char *bundle;                                 /* decoded; "" if there is none or it cannot be decoded */
};

struct webhook_config {
    json_t *object; /* names point into it; NULL: it does not exist */
    struct webhook_entry *entries;
    size_t entry_count;
};

void webhook_config_fini(struct webhook_config *config);

/* Returns "MutatingWebhookConfiguration" or "ValidatingWebhookConfiguration". */
const char *webhook_config_kind_name(enum webhook_config_kind kind);

/* If it does not exist, *ret_config has no object; that is not an error. Errors: see object.h. */
MUST_CHECK int webhook_config_read(struct object_caller *caller, const struct webhook_config_ref *ref,
                                   struct webhook_config *ret_config, struct err *err);

/* Writes `bundle` as the caBundle of the entries whose element of `wanted` is true, unless the configuration has
 * changed since it was read: a JSON patch tests the revision and the names of the entries. If the outcome is
 * OBJECT_DONE, `config` is the new configuration. */
MUST_CHECK int webhook_config_patch(struct object_caller *caller, const struct webhook_config_ref *ref,
                                    struct webhook_config *config, const bool wanted[], const char *bundle,
                                    enum object_outcome *ret_outcome, struct err *err);

DEFINE_AUTO_FINI(webhook_config, struct webhook_config, webhook_config_fini);

#endif
