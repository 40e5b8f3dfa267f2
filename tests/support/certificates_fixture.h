/* service/cluster_certificates with a fake API server, whose clock the tests set. */
#pragma once

#include "tests/support/cluster_fixture.h"

#include "service/cluster_certificates.h"

enum { DAY = 86400, WAIT_MS = 30000 };

static const char *const hosts[] = {"gpuslice.gs.svc"};

struct certificates_fixture {
    struct fake_cluster *cluster;
    struct access access;
    struct cluster_certificates *certificates, *second;
    unsigned rotated[ROTATION_STEPS][WRITE_RESULTS];
    unsigned patched[WRITE_RESULTS];
    struct certificates_state first, found; /* after the first cycle, and after a later one */
};

void certificates_fini(struct certificates_fixture *fixture);
DEFINE_AUTO_FINI(certificates_fixture, struct certificates_fixture, certificates_fini);
void certificates_must(int result, const struct err *err);
struct cluster_certificates *make_certificates(struct certificates_fixture *fixture, unsigned settle_ms,
                                               bool with_policy, bool counted);

/* Starts a cluster that has the webhook configurations but no Secret, and makes `certificates` for it. */
struct certificates_fixture *certificates_start(struct certificates_fixture *fixture);
/* Like certificates_start(), and runs the first cycle. */
void certificates_start_first(struct certificates_fixture *fixture);

void certificates_cycle(struct certificates_fixture *fixture, const struct cert_store *served,
                        struct certificates_state *ret_state);
void expect_refusal(struct certificates_fixture *fixture, enum err_code code, const char *part);
void expect_bundles(struct certificates_fixture *fixture, size_t count);
