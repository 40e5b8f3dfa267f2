/* When a store's certificates are replaced, and by what: a state machine without a clock and without a place.
 *
 *   nothing ─BEGIN→ authority and leaf ─LEAF→ another leaf of the same authority, as often as it takes
 *                      │ PREPARE: a next authority, which clients learn to trust beside the old one
 *                      │ PROMOTE: once all trust it, a leaf of it; the old authority's key is gone
 *                      └ PRUNE: once the last leaf of the old authority has ended, it is trusted no more
 *
 * Each step is one write of the whole store, so a crash or a lost race leaves the store before it or after it. Who
 * writes compares and swaps; who loses reads again and asks again. Renewal is due at two thirds of a life, later by a
 * twentieth at most (policy.jitter_permille), so that replicas do not all begin in one second. */
#ifndef GPUSLICE_CERTS_ROTATE_H
#define GPUSLICE_CERTS_ROTATE_H

#include "certs/store.h"

#include <stdint.h>

struct rotation_policy {
    const char *const *hosts; /* DNS names and IP addresses of the leaf; one at least */
    size_t host_count;
    int64_t ca_lifetime, cert_lifetime; /* seconds; a leaf's ends with its authority's at the latest */
    unsigned jitter_permille;           /* 0 to 1000 */
};

enum rotation_step {
    ROTATION_NONE,
    ROTATION_BEGIN,   /* an authority and a leaf; nothing that was there is kept but trust */
    ROTATION_KEEP,    /* the authority of `served` joins the previous ones: it is served still, and nobody else knows */
    ROTATION_LEAF,    /* another leaf of the same authority */
    ROTATION_PREPARE, /* the next authority */
    ROTATION_PROMOTE, /* it becomes the authority, with a leaf */
    ROTATION_PRUNE,   /* previous authorities leave the bundle */
    ROTATION_STEPS
};

struct rotation_view {
    const struct cert_store *stored;      /* not empty, and checked: */
    const struct cert_store_facts *facts; /* what cert_store_check() said of it */
    const struct cert_store *served;      /* what this replica serves, checked once; NULL: nothing yet */
    bool next_is_trusted;                 /* by every client, long enough for all to have heard of it */
    time_t now;                           /* of the clients, if it is known */
};

/* "the authority is due", for the log and for people. */
const char *rotation_step_text(enum rotation_step step);

/* What is to be done now. A host that cannot be looked at counts as missing from the leaf. */
enum rotation_step rotation_due(const struct rotation_view *view, const struct rotation_policy *policy);

/* When that will be due: the first of all steps that time brings. For people; other conditions may hold one back. */
time_t rotation_leaf_due(const struct cert_store_facts *facts, const struct rotation_policy *policy);
time_t rotation_ca_due(const struct cert_store_facts *facts, const struct rotation_policy *policy);

/* The store after the step (any but NONE, whether it is due or not). Errors: ERR_INVALID (a host that is none; PROMOTE
 * without a next authority), ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int rotation_make(const struct rotation_view *view, const struct rotation_policy *policy,
                             enum rotation_step step, struct cert_store *ret_store, struct err *err);

/* The first store, where nothing is stored. With `served`: what it was, and a next authority beside it, because all
 * that was stored is to be replaced and nothing that is served may break. Else an authority and a leaf; the authorities
 * in `trusted` (a PEM text of clients' bundles, NULL or rubbish: none) stay trusted for as long as a leaf lives, for
 * those who serve by them still. Errors: as above. */
MUST_CHECK int rotation_begin(const struct cert_store *served, const char *trusted,
                              const struct rotation_policy *policy, time_t now, struct cert_store *ret_store,
                              struct err *err);

#endif
