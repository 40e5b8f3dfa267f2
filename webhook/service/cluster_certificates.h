/* The certificates of a cluster: certs/ decides, kube/ reads and writes. Runs one cycle at a time and has no thread of
 * its own.
 *
 * A cycle reads the webhook configurations, then the Secret; takes the steps that are due and writes the Secret, unless
 * another process has changed it in the meantime; then patches the caBundles that differ, with the same condition. The
 * order matters: a configuration that has not changed since it was read cannot hold a bundle of a newer Secret, which
 * must not be overwritten with an older one. After a conflict everything is read again, a few times, and then by the
 * next cycle.
 *
 * "Now" is the API server's clock (its Date header): the API server is the one that verifies the certificates. */
#ifndef GPUSLICE_SERVICE_CLUSTER_CERTIFICATES_H
#define GPUSLICE_SERVICE_CLUSTER_CERTIFICATES_H

#include "certs/rotate.h"
#include "kube/secret.h"
#include "kube/webhook_config.h"

enum { CERTIFICATE_CONFIGS_MAX = 16 };

enum write_result { WRITE_SUCCESS, WRITE_CONFLICT, WRITE_FAILURE, WRITE_RESULTS };

/* What pointers point to must outlive the certificates. */
struct cluster_certificates_options {
    struct object_ref secret;
    struct webhook_config_ref configs[CERTIFICATE_CONFIGS_MAX];
    size_t config_count;
    struct object_ref service; /* entries that call another Service are not ours; if its name is "", all are */
    struct rotation_policy policy;
    unsigned settle_ms; /* the time after which every API server has certainly seen a patch */
    int cancel_fd;      /* requests in progress end when it becomes readable; -1: none */
    /* Called for the log and metrics; both may be NULL. */
    void (*rotated)(void *context, enum rotation_step step, enum write_result result);
    void (*patched)(void *context, const struct webhook_config_ref *config, enum write_result result);
    void *context;
};

struct cluster_certificates;

/* `access` must outlive it; the options are copied. Errors: those of client_new(). */
MUST_CHECK int cluster_certificates_new(const struct cluster_certificates_options *options, const struct access *access,
                                        struct cluster_certificates **ret_certificates, struct err *err);
void cluster_certificates_free(struct cluster_certificates *certificates);

/* The state after a cycle. */
struct certificates_state {
    struct cert_store store; /* empty if the Secret could not be read or created */
    struct cert_store_facts facts;
    time_t now;                /* of the API server */
    bool ca_in_place;          /* every entry of every configuration trusts the store's CA */
    bool ca_settled;           /* and they have done so for settle_ms */
    char fault[ERR_TEXT_SIZE]; /* the first problem of a configuration, or of the store when only read; "" for none */
};

void certificates_state_fini(struct certificates_state *state);

/* Runs one cycle. `served` is what the caller serves, or NULL. Errors: ERR_INVALID (the content of the Secret is not
 * ours or is inconsistent), ERR_UNAVAILABLE, ERR_NOT_FOUND (the namespace), ERR_NOMEM. */
MUST_CHECK int cluster_certificates_cycle(struct cluster_certificates *certificates, const struct cert_store *served,
                                          struct certificates_state *ret_state, struct err *err);

/* Only reads, for `certs show`. The store is empty if there is none; its facts are set only if it is consistent. */
MUST_CHECK int cluster_certificates_read(struct cluster_certificates *certificates,
                                         struct certificates_state *ret_state, struct err *err);

/* Takes a step for `certs rotate`, whether it is due or not: ROTATION_LEAF or ROTATION_PREPARE. *ret_step is the step
 * that was taken: an expired CA is always replaced; ROTATION_NONE means that a next CA is already being rolled out.
 * Hosts and lifetimes that are 0 in the policy are taken from the current certificates. Errors: as for a cycle;
 * ERR_NOT_FOUND if nothing is stored. */
MUST_CHECK int cluster_certificates_force(struct cluster_certificates *certificates, enum rotation_step step,
                                          enum rotation_step *ret_step, struct certificates_state *ret_state,
                                          struct err *err);

/* Returns a configuration as it was last read, with the entries of ours, or NULL if there are no more. */
const struct webhook_config *cluster_certificates_config(const struct cluster_certificates *certificates, size_t index);

DEFINE_AUTO(cluster_certificates, struct cluster_certificates *, cluster_certificates_free);
DEFINE_AUTO_FINI(certificates_state, struct certificates_state, certificates_state_fini);

#endif
