/* The state that replicas share so that all of them serve the same certificate: a CA, the leaf that it signed, and the
 * data that rotation needs. All values are text, so that they can be stored anywhere, for example in the `data` of a
 * Secret (kube/secret.h).
 *
 *   tls.crt, tls.key         the leaf that is served
 *   ca.crt, ca.key           the CA that signed this leaf and will sign the next
 *   ca-next.crt, ca-next.key the next CA; present only until every client trusts it
 *   ca-previous.crt          previous CAs, newest first; still trusted, but their keys have been discarded
 *   ca.leaf-end              when the last leaf of ca.crt expires, RFC 3339
 *   ca-previous.leaf-end     when the last leaf of any of ca-previous.crt expires */
#pragma once

#include "certs/facts.h"

enum cert_store_key {
    STORE_CERT,
    STORE_KEY,
    STORE_CA,
    STORE_CA_KEY,
    STORE_NEXT,
    STORE_NEXT_KEY,
    STORE_PREVIOUS,
    STORE_LEAF_END,
    STORE_PREVIOUS_LEAF_END,
    STORE_KEYS
};

extern const char *const cert_store_names[STORE_KEYS];

struct cert_store {
    char *texts[STORE_KEYS]; /* NULL if there is none */
};

/* What cert_store_check() finds. */
struct cert_store_facts {
    struct cert_facts leaf, ca, next;
    bool has_next;
    time_t leaf_end;          /* when the last leaf of `ca` expires; if that is not recorded, when `ca` expires */
    time_t previous_leaf_end; /* the same for the previous CAs; 0: there are none */
};

/* Wipes and frees the texts. The struct can be reused. */
void cert_store_fini(struct cert_store *store);

/* Sets `key` to a copy of `text`; NULL removes it. Errors: ERR_NOMEM. */
MUST_CHECK int cert_store_set(struct cert_store *store, enum cert_store_key key, const char *text, struct err *err);
/* Sets *ret_store to a copy of `from`. Errors: ERR_NOMEM. */
MUST_CHECK int cert_store_copy(const struct cert_store *from, struct cert_store *ret_store, struct err *err);

/* True if all texts are NULL or "", as before the first rotation. */
bool cert_store_is_empty(const struct cert_store *store);

/* Checks that the store is complete and consistent: each key belongs to its certificate, and the CA has signed the
 * leaf. Does not check dates. Errors: ERR_INVALID (the text says what is wrong), ERR_LIMIT, ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int cert_store_check(const struct cert_store *store, struct cert_store_facts *ret_facts, struct err *err);

/* Sets *ret_bundle to what clients must trust, as a caBundle: the CA, the next and the previous ones. The caller frees
 * it. Errors: ERR_LIMIT (over 1 MiB), ERR_NOMEM. */
MUST_CHECK int cert_store_bundle(const struct cert_store *store, char **ret_bundle, struct err *err);

DEFINE_AUTO_FINI(cert_store, struct cert_store, cert_store_fini);
