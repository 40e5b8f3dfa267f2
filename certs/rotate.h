/* Decides when the certificates of a store are replaced, and by what: a state machine that uses neither a clock nor
 * storage.
 *
 *   nothing ─BEGIN→ CA and leaf ─LEAF→ another leaf of the same CA, as often as needed
 *                      │ PREPARE: a next CA, which clients learn to trust alongside the old one
 *                      │ PROMOTE: once all trust the next CA, a leaf of it; the old CA's key is discarded
 *                      └ PRUNE: once its last leaf has expired, the old CA is no longer trusted
 *
 * Each step is one write of the whole store, so that a crash or a lost race leaves the store either as before the step
 * or as after it. Writers compare and swap; the loser reads the store and decides again. Renewal is due at two thirds
 * of the lifetime plus up to a twentieth (policy.jitter_permille), so that replicas do not all begin in the same
 * second. */
#pragma once

#include "certs/store.h"

#include <stdint.h>

struct rotation_policy {
    const char *const *hosts; /* DNS names and IP addresses of the leaf; at least one */
    size_t host_count;
    int64_t ca_lifetime, cert_lifetime; /* seconds; a leaf expires with its CA at the latest */
    unsigned jitter_permille;           /* 0 to 1000 */
};

enum rotation_step {
    ROTATION_NONE,
    ROTATION_BEGIN,   /* a CA and a leaf; other CAs stay trusted if they are still valid */
    ROTATION_KEEP,    /* the CA of `served`, which the store lacks, joins the previous ones */
    ROTATION_LEAF,    /* another leaf of the same CA */
    ROTATION_PREPARE, /* the next CA */
    ROTATION_PROMOTE, /* the next CA becomes the CA, with a leaf */
    ROTATION_PRUNE,   /* previous CAs are removed from the bundle */
    ROTATION_STEPS
};

struct rotation_view {
    const struct cert_store *stored;      /* not empty, and checked by cert_store_check() */
    const struct cert_store_facts *facts; /* what cert_store_check() found in it */
    const struct cert_store *served;      /* what this replica serves, already checked; NULL: nothing is served yet */
    bool next_is_trusted;                 /* every client trusts the next CA and has had time to learn of it */
    time_t now;                           /* by the clients' clock if that is known, otherwise by ours */
};

/* Returns a description of the step, for the log and for people. */
const char *rotation_step_text(enum rotation_step step);

/* Returns the step that is due now. If the leaf's hosts cannot be read, the leaf counts as lacking those of
 * the policy. */
enum rotation_step rotation_due(const struct rotation_view *view, const struct rotation_policy *policy);

/* Returns the step to take for `wanted`, which is ROTATION_LEAF or ROTATION_PREPARE, due or not. This is `wanted`
 * itself, with two exceptions: if the CA has expired, it is the step that replaces the CA; if a next CA is already
 * being rolled out, ROTATION_PREPARE becomes ROTATION_NONE. */
enum rotation_step rotation_forced(const struct rotation_view *view, const struct rotation_policy *policy,
                                   enum rotation_step wanted);

/* Returns when a leaf or a CA is due for renewal because of its age. */
time_t rotation_due_at(const struct cert_facts *facts, const struct rotation_policy *policy);

/* Returns the lifetime, in seconds, with which a certificate was issued. */
int64_t rotation_lifetime(const struct cert_facts *facts);

/* Sets *ret_store to the store after the step, which may be any but NONE, due or not. Errors: ERR_INVALID (an invalid
 * host; PROMOTE without a next CA), ERR_LIMIT (previous CAs over 1 MiB), ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int rotation_make(const struct rotation_view *view, const struct rotation_policy *policy,
                             enum rotation_step step, struct cert_store *ret_store, struct err *err);

/* Sets *ret_store to the first store, for when nothing is stored. If `served` is not NULL and has not expired, this is
 * the served store with a next CA: the keys of a deleted store must be replaced, but the served certificate must
 * continue to work. Otherwise it is a new CA and a leaf, and the CAs in `trusted` (the clients' bundles as PEM, or
 * NULL; invalid ones are ignored) stay trusted for the lifetime of a leaf, for replicas that still serve certificates
 * signed by them. Errors: as above. */
MUST_CHECK int rotation_begin(const struct cert_store *served, const char *trusted,
                              const struct rotation_policy *policy, time_t now, struct cert_store *ret_store,
                              struct err *err);
