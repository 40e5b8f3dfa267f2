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

/* One of its webhooks. */
struct webhook_entry {
    size_t index; /* among all webhooks of the configuration */
    const char *name;
    char *bundle;  /* decoded; "" if there is none or it cannot be decoded */
    bool outdated; /* set by the caller: webhook_config_patch() writes its bundle */
};

struct webhook_config {
    struct webhook_config_ref ref;
    const struct object_ref *service; /* entries that call another Service are left out; if its name is "", none are */
    json_t *object;                   /* names point into it; NULL: it does not exist or could not be read */
    struct webhook_entry *entries;
    size_t entry_count;
};

/* Frees what was read. */
void webhook_config_fini(struct webhook_config *config);

/* Returns "MutatingWebhookConfiguration" or "ValidatingWebhookConfiguration". */
const char *webhook_config_kind_name(enum webhook_config_kind kind);

/* Reads the configuration that `ref` names; on failure it has no object. Errors: see object.h. */
MUST_CHECK int webhook_config_read(struct object_caller *caller, struct webhook_config *config, struct err *err);

/* Writes `bundle` as the caBundle of the outdated entries, unless the configuration has changed since it was read: a
 * JSON patch tests the revision and the names of the entries. Without a conflict, `config` is then the new
 * configuration. */
MUST_CHECK int webhook_config_patch(struct object_caller *caller, struct webhook_config *config, const char *bundle,
                                    bool *ret_conflict, struct err *err);

#endif
