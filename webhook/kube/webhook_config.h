/* The caBundles of a MutatingWebhookConfiguration or ValidatingWebhookConfiguration (admissionregistration.k8s.io/v1).
 * Nothing else of it is read but what tells entries apart, and nothing else is written: whoever deployed it owns the
 * rest. */
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
    char *bundle;                                 /* decoded; "" where there is none, or what is there is no text */
};

struct webhook_config {
    json_t *object; /* names point into it; NULL: there is none */
    struct webhook_entry *entries;
    size_t entry_count;
};

void webhook_config_fini(struct webhook_config *config);

/* "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration". */
const char *webhook_config_kind_name(enum webhook_config_kind kind);

/* An absent one is no error: *ret_config has no object then. */
MUST_CHECK int webhook_config_read(struct object_caller *caller, const struct webhook_config_ref *ref,
                                   struct webhook_config *ret_config, struct err *err);

/* Writes `bundle` as the caBundle of the entries that `wanted` says yes to, unless anything of the configuration
 * changed since it was read: a JSON patch that tests the revision and the entries' names. Where the outcome is
 * OBJECT_DONE, `config` is what it is now. */
MUST_CHECK int webhook_config_patch(struct object_caller *caller, const struct webhook_config_ref *ref,
                                    struct webhook_config *config, const bool wanted[], const char *bundle,
                                    enum object_outcome *ret_outcome, struct err *err);

DEFINE_AUTO_FINI(webhook_config, struct webhook_config, webhook_config_fini);

#endif
