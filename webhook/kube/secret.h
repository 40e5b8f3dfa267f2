/* Reads and writes texts of a Secret by key. Other keys, labels and annotations are preserved. */
#pragma once

#include "kube/object.h"

/* Sets *ret_secret to the Secret, or to NULL if it does not exist. Errors: see object.h. */
MUST_CHECK int secret_read(struct object_caller *caller, const struct object_ref *ref, json_t **ret_secret,
                           struct err *err);

/* Sets *ret_text to the text of a key, which the caller wipes and frees, or to NULL if it is absent or empty. `secret`
 * may be NULL. Errors: ERR_INVALID (invalid base64, or a NUL byte in the text), ERR_LIMIT (over 1 MiB), ERR_NOMEM. */
MUST_CHECK int secret_text(const json_t *secret, const char *key, char **ret_text, struct err *err);

struct secret_texts {
    const char *const *keys;
    char *const *texts; /* NULL or "" removes the key */
    size_t count;
};

/* Sets the texts in a copy of `secret` and writes the copy, unless the Secret has changed since it was read. If
 * `secret` is NULL, creates one of type kubernetes.io/tls. Sets *ret_secret to the new Secret, or to NULL after a
 * conflict. Errors: see object.h. */
MUST_CHECK int secret_write(struct object_caller *caller, const struct object_ref *ref, const json_t *secret,
                            const struct secret_texts *texts, json_t **ret_secret, struct err *err);
