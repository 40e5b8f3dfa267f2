/* cmd/cluster_certificates beside a fake API server, whose clock the tests set. */
#ifndef GPUSLICE_TESTS_CERTIFICATES_RIG_H
#define GPUSLICE_TESTS_CERTIFICATES_RIG_H

#include "tests/support/cluster_fixture.h"

#include "service/cluster_certificates.h"

enum { DAY = 86400, WAIT_MS = 30000 };

static const char *const hosts[] = {"gpuslice.gs.svc"};

struct rig {
    struct fake_cluster *cluster;
    struct access access;
    struct cluster_certificates *certificates, *second;
    unsigned rotated[ROTATION_STEPS][WRITE_RESULTS];
    unsigned patched[WRITE_RESULTS];
};

static inline void rig_fini(struct rig *rig)
{
    cluster_certificates_free(rig->certificates);
    cluster_certificates_free(rig->second);
    access_fini(&rig->access);
    fake_cluster_free(rig->cluster);
}
DEFINE_AUTO_FINI(rig, struct rig, rig_fini);

static inline void must(int result, const struct err *err)
{
    if (result < 0)
        fail_msg("%s", err->text);
}

static inline void note_rotated(void *context, enum rotation_step step, enum write_result result)
{
    struct rig *rig = context;
    rig->rotated[step][result]++;
}

static inline void note_patched(void *context, const struct webhook_config_ref *config, enum write_result result)
{
    struct rig *rig = context;
    assert_non_null(config->name);
    rig->patched[result]++;
}

static inline struct cluster_certificates *make_certificates(struct rig *rig, unsigned settle_ms, bool with_policy,
                                                             bool counted)
{
    struct err err;
    struct cluster_certificates *made = NULL;
    struct cluster_certificates_options options = {
        .secret = {"gs", "certs"},
        .configs = {{WEBHOOK_MUTATING, "inject"}, {WEBHOOK_VALIDATING, "advise"}},
        .config_count = 2,
        .service = {"gs", "gpuslice"},
        .settle_ms = settle_ms,
        .cancel_fd = -1,
        .rotated = counted ? note_rotated : NULL,
        .patched = counted ? note_patched : NULL,
        .context = rig,
    };
    if (with_policy)
        options.policy = (struct rotation_policy){
            .hosts = hosts, .host_count = 1, .ca_lifetime = 900 * DAY, .cert_lifetime = 90 * DAY};
    must(cluster_certificates_new(&options, &rig->access, &made, &err), &err);
    return made;
}

/* With its webhook configurations, without a Secret. */
static inline struct rig *rig_start(struct rig *rig)
{
    rig->cluster = fake_cluster_new();
    cluster_fill(rig->cluster);
    rig->access = (struct access){.server = strdup(fake_cluster_server(rig->cluster)), .origin = strdup("a test")};
    rig->certificates = make_certificates(rig, 0, true, true);
    return rig;
}

static inline void cycle(struct rig *rig, const struct cert_store *served, struct certificates_state *ret_state)
{
    struct err err;
    certificates_state_fini(ret_state);
    *ret_state = (struct certificates_state){0};
    must(cluster_certificates_cycle(rig->certificates, served, ret_state, &err), &err);
}

static inline void expect_refusal(struct rig *rig, enum err_code code, const char *part)
{
    struct err err;
    AUTO(certificates_state) state = {0};
    assert_int_equal(cluster_certificates_cycle(rig->certificates, NULL, &state, &err), -1);
    if (err.code != code || !strstr(err.text, part))
        fail_msg("code %d, expected %d: %s; expected in it: %s", (int)err.code, (int)code, err.text, part);
}

static inline void expect_bundles(struct rig *rig, size_t count)
{
    AUTO(string) a = bundle_at(rig->cluster, MUTATING_PATH, ENTRY_A);
    AUTO(string) b = bundle_at(rig->cluster, MUTATING_PATH, ENTRY_B);
    AUTO(string) url = bundle_at(rig->cluster, MUTATING_PATH, ENTRY_URL);
    AUTO(string) other = bundle_at(rig->cluster, MUTATING_PATH, ENTRY_OTHER);
    AUTO(string) advise = bundle_at(rig->cluster, ADVISE_PATH, 0);
    assert_int_equal(certs_in(a), count);
    assert_string_equal(a, b);
    assert_string_equal(a, url);
    assert_string_equal(a, advise);
    assert_string_equal(other, "foreign");
}

#endif
