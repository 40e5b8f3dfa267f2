/* One Secret, as texts under keys. Its other members, labels and annotations are preserved. */
#ifndef GPUSLICE_KUBE_SECRET_H
#define GPUSLICE_KUBE_SECRET_H

#include "kube/object.h"

/* Sets *ret_secret to NULL if the Secret does not exist. Errors: see object.h. */
MUST_CHECK int secret_read(struct object_caller *caller, const struct object_ref *ref, json_t **ret_secret,
                           struct err *err);

/* Sets *ret_text to the text of a key, which the caller frees (and wipes), or to NULL if there is none. `secret` may be
 * NULL. Errors: ERR_INVALID (invalid base64, or a NUL in it), ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int secret_text(const json_t *secret, const char *key, char **ret_text, struct err *err);

struct secret_texts {
    const char *const *keys;
    char *const *texts; /* NULL or "" removes the key */
    size_t count;
};

/* Sets the texts in a copy of `secret` and writes it, unless the Secret has changed in the meantime; if `secret` is
 * NULL, creates one of type kubernetes.io/tls. Sets *ret_secret to the new Secret, or to NULL after a
 * conflict. */
MUST_CHECK int secret_write(struct object_caller *caller, const struct object_ref *ref, const json_t *secret,
                            const struct secret_texts *texts, json_t **ret_secret, struct err *err);

#endif
