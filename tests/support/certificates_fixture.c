#include "tests/support/certificates_fixture.h"

void certificates_fini(struct certificates_fixture *fixture)
{
    cluster_certificates_free(fixture->certificates);
    cluster_certificates_free(fixture->second);
    certificates_state_fini(&fixture->first);
    certificates_state_fini(&fixture->found);
    access_fini(&fixture->access);
    fake_cluster_free(fixture->cluster);
}

void certificates_must(int result, const struct err *err)
{
    if (result < 0)
        fail_msg("%s", err->text);
}

static void note_rotated(void *context, enum rotation_step step, enum write_result result)
{
    struct certificates_fixture *fixture = context;
    fixture->rotated[step][result]++;
}

static void note_patched(void *context, const struct webhook_config_ref *config, enum write_result result)
{
    struct certificates_fixture *fixture = context;
    assert_non_null(config->name);
    fixture->patched[result]++;
}

struct cluster_certificates *make_certificates(struct certificates_fixture *fixture, unsigned settle_ms,
                                               bool with_policy, bool counted)
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
        .context = fixture,
    };
    if (with_policy)
        options.policy = (struct rotation_policy){
            .hosts = hosts, .host_count = 1, .ca_lifetime = 900 * DAY, .cert_lifetime = 90 * DAY};
    certificates_must(cluster_certificates_new(&options, &fixture->access, &made, &err), &err);
    return made;
}

struct certificates_fixture *certificates_start(struct certificates_fixture *fixture)
{
    fixture->cluster = fake_cluster_new();
    cluster_fill(fixture->cluster);
    fixture->access =
        (struct access){.server = strdup(fake_cluster_server(fixture->cluster)), .origin = strdup("a test")};
    fixture->certificates = make_certificates(fixture, 0, true, true);
    return fixture;
}

void certificates_cycle(struct certificates_fixture *fixture, const struct cert_store *served,
                        struct certificates_state *ret_state)
{
    struct err err;
    certificates_state_fini(ret_state);
    *ret_state = (struct certificates_state){0};
    certificates_must(cluster_certificates_cycle(fixture->certificates, served, ret_state, &err), &err);
}

void certificates_start_first(struct certificates_fixture *fixture)
{
    (void)certificates_start(fixture);
    certificates_cycle(fixture, NULL, &fixture->first);
}

void expect_refusal(struct certificates_fixture *fixture, enum err_code code, const char *part)
{
    struct err err;
    AUTO(certificates_state) state = {0};
    assert_int_equal(cluster_certificates_cycle(fixture->certificates, NULL, &state, &err), -1);
    if (err.code != code || !strstr(err.text, part))
        fail_msg("code %d, expected %d: %s; expected in it: %s", (int)err.code, (int)code, err.text, part);
}

void expect_bundles(struct certificates_fixture *fixture, size_t count)
{
    AUTO(string) a = bundle_at(fixture->cluster, MUTATING_PATH, ENTRY_A);
    AUTO(string) b = bundle_at(fixture->cluster, MUTATING_PATH, ENTRY_B);
    AUTO(string) url = bundle_at(fixture->cluster, MUTATING_PATH, ENTRY_URL);
    AUTO(string) other = bundle_at(fixture->cluster, MUTATING_PATH, ENTRY_OTHER);
    AUTO(string) advise = bundle_at(fixture->cluster, ADVISE_PATH, 0);
    assert_int_equal(certs_in(a), count);
    assert_string_equal(a, b);
    assert_string_equal(a, url);
    assert_string_equal(a, advise);
    assert_string_equal(other, "foreign");
}
