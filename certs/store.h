/* What replicas share so that they serve one certificate: an authority, the leaf that it signed, and what a rotation
 * needs. Texts only, so that it can be kept anywhere (a Secret's `data`, see kube/secret.h).
 *
 *   tls.crt, tls.key         the leaf that is served
 *   ca.crt, ca.key           the authority that signed it, and signs the next
 *   ca-next.crt, ca-next.key the authority that comes after it; only until every client trusts it
 *   ca-previous.crt          authorities that came before, newest first: still trusted, their keys are gone
 *   ca.leaf-end              when the last leaf of ca.crt ends, RFC 3339
 *   ca-previous.leaf-end     when the last leaf of any of ca-previous.crt ends */
#ifndef GPUSLICE_CERTS_STORE_H
#define GPUSLICE_CERTS_STORE_H

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
    char *texts[STORE_KEYS]; /* NULL where there is none */
};

/* What cert_store_check() found. */
struct cert_store_facts {
    struct cert_facts leaf, ca, next;
    bool has_next;
    time_t leaf_end;          /* the authority's own end where it is not told */
    time_t previous_leaf_end; /* 0: there is no previous one */
};

/* Wipes the keys. The struct can be used again. */
void cert_store_fini(struct cert_store *store);

/* Copies `text` (NULL: removes it) into the place of `key`. Errors: ERR_NOMEM. */
MUST_CHECK int cert_store_set(struct cert_store *store, enum cert_store_key key, const char *text, struct err *err);
MUST_CHECK int cert_store_copy(const struct cert_store *from, struct cert_store *ret_store, struct err *err);

/* Nothing is in it: it is to be filled. */
bool cert_store_is_empty(const struct cert_store *store);

/* Is it whole, and does it fit together: each key is its certificate's, the leaf is the authority's? Dates are not
 * looked at. ERR_INVALID says what does not and what to do, ERR_NOMEM. */
MUST_CHECK int cert_store_check(const struct cert_store *store, struct cert_store_facts *ret_facts, struct err *err);

/* What clients must trust, a caBundle: the authority, the next and the previous ones. free() it. Errors: ERR_NOMEM. */
MUST_CHECK int cert_store_bundle(const struct cert_store *store, char **ret_bundle, struct err *err);

DEFINE_AUTO_FINI(cert_store, struct cert_store, cert_store_fini);

#endif
