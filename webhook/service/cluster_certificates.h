/* The certificates of a cluster: certs/ decides, kube/ reads and writes. There is no thread; the caller runs one cycle
 * at a time.
 *
 * A cycle reads the webhook configurations, then the Secret. It takes the steps that are due and writes the Secret,
 * unless another process has changed it since it was read. Then it patches the caBundles that differ, on the same
 * condition. Configurations are read before the Secret so that the bundle of a newer Secret is never overwritten: the
 * patch fails if its configuration has changed since. After a conflict, the cycle begins again, a few times; then it
 * leaves the rest to the next cycle.
 *
 * "Now" is the API server's clock (its Date header): the API server is the one that verifies the certificates. */
#pragma once

#include "certs/rotate.h"
#include "kube/secret.h"
#include "kube/webhook_config.h"

enum { CERTIFICATE_CONFIGS_MAX = 16 };

enum write_result { WRITE_SUCCESS, WRITE_CONFLICT, WRITE_FAILURE, WRITE_RESULTS };

/* The objects that the pointers point to must outlive the certificates. */
struct cluster_certificates_options {
    struct object_ref secret;
    struct webhook_config_ref configs[CERTIFICATE_CONFIGS_MAX];
    size_t config_count;
    struct object_ref service; /* entries that call another Service are not ours; with the name "", all are */
    struct rotation_policy policy;
    unsigned settle_ms; /* after this time, every API server counts as having seen a patch */
    int cancel_fd;      /* requests in progress end when it becomes readable; -1: none */
    /* Called for the log and metrics; both may be NULL. */
    void (*rotated)(void *context, enum rotation_step step, enum write_result result);
    void (*patched)(void *context, const struct webhook_config_ref *config, enum write_result result);
    void *context;
};

struct cluster_certificates;

/* `access` must outlive the certificates; the options are copied. Errors: those of client_new(). */
MUST_CHECK int cluster_certificates_new(const struct cluster_certificates_options *options, const struct access *access,
                                        struct cluster_certificates **ret_certificates, struct err *err);
void cluster_certificates_free(struct cluster_certificates *certificates);

/* The state after a cycle. */
struct certificates_state {
    struct cert_store store; /* empty only after cluster_certificates_read(), if nothing is stored */
    struct cert_store_facts facts;
    time_t now;                /* of the API server, or ours if its answer had no Date */
    bool ca_in_place;          /* every entry of ours trusts the store's CA, in every configuration */
    bool ca_settled;           /* and has done so for settle_ms */
    char fault[ERR_TEXT_SIZE]; /* the first fault of a configuration; after a read, the store's if it has one; or "" */
};

void certificates_state_fini(struct certificates_state *state);

/* Runs one cycle. `served` is the store whose certificate the caller serves, or NULL. Errors: ERR_INVALID (the content
 * of the Secret is not ours or is inconsistent), ERR_INTERNAL, those of object.h. */
MUST_CHECK int cluster_certificates_cycle(struct cluster_certificates *certificates, const struct cert_store *served,
                                          struct certificates_state *ret_state, struct err *err);

/* Reads without writing, for `certs show`. The store is empty if nothing is stored; its facts are set only if it is
 * consistent. Errors: as for a cycle. */
MUST_CHECK int cluster_certificates_read(struct cluster_certificates *certificates,
                                         struct certificates_state *ret_state, struct err *err);

/* Takes `step`, ROTATION_LEAF or ROTATION_PREPARE, for `certs rotate`, even if it is not due. Sets *ret_step to the
 * step that was taken (see rotation_forced()); ROTATION_NONE means that a next CA is already being rolled out. Hosts
 * and lifetimes that the policy lacks are those of the current certificates. Errors: as for a cycle, and ERR_NOT_FOUND
 * if nothing is stored. */
MUST_CHECK int cluster_certificates_force(struct cluster_certificates *certificates, enum rotation_step step,
                                          enum rotation_step *ret_step, struct certificates_state *ret_state,
                                          struct err *err);

/* Returns a configuration as it was last read, with our entries only; NULL after the last one. */
const struct webhook_config *cluster_certificates_config(const struct cluster_certificates *certificates, size_t index);

DEFINE_AUTO(cluster_certificates, struct cluster_certificates *, cluster_certificates_free);
DEFINE_AUTO_FINI(certificates_state, struct certificates_state, certificates_state_fini);
