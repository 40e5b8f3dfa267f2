/* The certificates of a cluster: certs/ decides, kube/ reads and writes. One cycle at a time; no thread of its own.
 *
 * A cycle reads the webhook configurations, then the Secret; makes what is due and writes it, if nobody else wrote
 * meanwhile; then patches the caBundles that differ, if nobody else did. In this order, because then a configuration
 * that did not change since it was read has no bundle of a newer Secret, which an older one must not overwrite. What is
 * written by somebody else meanwhile is read again, a few times, and then by the next cycle.
 *
 * "Now" is the API server's clock (its Date header): it is the one that judges the certificates. */
#ifndef GPUSLICE_SERVICE_CLUSTER_CERTIFICATES_H
#define GPUSLICE_SERVICE_CLUSTER_CERTIFICATES_H

#include "certs/rotate.h"
#include "kube/secret.h"
#include "kube/webhook_config.h"

enum { CERTIFICATE_CONFIGS_MAX = 16 };

enum write_result { WRITE_SUCCESS, WRITE_CONFLICT, WRITE_FAILURE, WRITE_RESULTS };

/* Pointers must outlive the certificates. */
struct cluster_certificates_options {
    struct secret_ref secret;
    struct webhook_config_ref configs[CERTIFICATE_CONFIGS_MAX];
    size_t config_count;
    struct secret_ref service; /* entries that name another Service are somebody else's; name NULL: all are ours */
    struct rotation_policy policy;
    unsigned settle_ms; /* how long after a patch every API server has surely heard of it */
    int cancel_fd;      /* ends requests that are under way; -1: none */
    /* What happened, for log and metrics; both may be NULL. */
    void (*rotated)(void *context, enum rotation_step step, enum write_result result);
    void (*patched)(void *context, const struct webhook_config_ref *config, enum write_result result);
    void *context;
};

struct cluster_certificates;

/* `access` must outlive it; the options are copied. Errors: ERR_NOMEM, ERR_INTERNAL, ERR_INVALID. */
MUST_CHECK int cluster_certificates_new(const struct cluster_certificates_options *options, const struct access *access,
                                        struct cluster_certificates **ret_certificates, struct err *err);
void cluster_certificates_free(struct cluster_certificates *certificates);

/* How things are after a cycle. */
struct certificates_state {
    struct cert_store store; /* empty where the Secret could not be read or made */
    struct cert_store_facts facts;
    time_t now;                /* of the API server */
    bool ca_in_place;          /* every entry of every configuration trusts the store's authority */
    bool ca_settled;           /* and has done so for settle_ms */
    char fault[ERR_TEXT_SIZE]; /* a configuration that cannot be read or patched; "" for none */
};

void certificates_state_fini(struct certificates_state *state);

/* One cycle. `served` is what the caller serves, or NULL. Errors: ERR_INVALID (what is in the Secret is not ours, or
 * broken), ERR_UNAVAILABLE, ERR_NOT_FOUND (the namespace), ERR_NOMEM. */
MUST_CHECK int cluster_certificates_cycle(struct cluster_certificates *certificates, const struct cert_store *served,
                                          struct certificates_state *ret_state, struct err *err);

/* Reads only, for `certs show`: the store is empty where there is none, and whatever is in it; facts are only there
 * where there is no fault. */
MUST_CHECK int cluster_certificates_look(struct cluster_certificates *certificates,
                                         struct certificates_state *ret_state, struct err *err);

/* Makes a step, due or not, for `certs rotate`: ROTATION_LEAF or ROTATION_PREPARE. *ret_step is what was made: an
 * authority that has ended is begun anew whatever was asked for; ROTATION_NONE: a next authority is on its way already.
 * Hosts and lifetimes that the policy leaves 0 are those of what is there. Errors: as for a cycle; ERR_NOT_FOUND where
 * there is nothing stored. */
MUST_CHECK int cluster_certificates_force(struct cluster_certificates *certificates, enum rotation_step step,
                                          enum rotation_step *ret_step, struct certificates_state *ret_state,
                                          struct err *err);

/* What one entry of a configuration trusts, for `certs show`; entries of others are left out. Stops when `visit` says
 * false. */
struct certificates_entry {
    const struct webhook_config_ref *config;
    const char *name; /* NULL: there is no such configuration */
    const char *bundle;
};
void cluster_certificates_visit(const struct cluster_certificates *certificates,
                                bool (*visit)(void *context, const struct certificates_entry *entry), void *context);

DEFINE_AUTO(cluster_certificates, struct cluster_certificates *, cluster_certificates_free);
DEFINE_AUTO_FINI(certificates_state, struct certificates_state, certificates_state_fini);

#endif
