/* The caBundles of a MutatingWebhookConfiguration or ValidatingWebhookConfiguration (admissionregistration.k8s.io/v1).
 * Reads only the caBundles and what identifies their entries, and writes only the caBundles; the rest belongs to
 * whoever deployed the configuration. */
#pragma once

#include "kube/object.h"

enum webhook_config_kind { WEBHOOK_MUTATING, WEBHOOK_VALIDATING };

struct webhook_config_ref {
    enum webhook_config_kind kind;
    const char *name; /* a valid name: it becomes part of a path */
};

/* One webhook of a configuration. */
struct webhook_entry {
    size_t index; /* among all webhooks of the configuration */
    const char *name;
    char *bundle;  /* decoded; "" if there is none or it cannot be decoded */
    bool outdated; /* the caller sets it for entries whose caBundle webhook_config_patch() must write */
};

struct webhook_config {
    struct webhook_config_ref ref;
    const struct object_ref *service; /* entries that call another Service are left out, unless this one's name is "" */
    json_t *object;                   /* entry names point into it; NULL: it does not exist or could not be read */
    struct webhook_entry *entries;
    size_t entry_count;
};

/* Frees what was read, and keeps `ref` and `service`. */
void webhook_config_fini(struct webhook_config *config);

/* Returns "MutatingWebhookConfiguration" or "ValidatingWebhookConfiguration". */
const char *webhook_config_kind_name(enum webhook_config_kind kind);

/* Reads the configuration that `ref` names. After a failure, and if it does not exist, `object` is NULL. Errors: see
 * object.h. */
MUST_CHECK int webhook_config_read(struct object_caller *caller, struct webhook_config *config, struct err *err);

/* Writes `bundle` as the caBundle of the outdated entries and replaces `config` by the new configuration. If the
 * configuration has changed since it was read, sets *ret_conflict and writes nothing: the JSON patch tests the revision
 * and the names of the entries. Errors: see object.h. */
MUST_CHECK int webhook_config_patch(struct object_caller *caller, struct webhook_config *config, const char *bundle,
                                    bool *ret_conflict, struct err *err);
