/* cmd/cluster_certificates beside a fake API server, whose clock the tests set: what is written, and what is not. */
#include "cluster_fixture.h"

#include "base/clock.h"
#include "cmd/cluster_certificates.h"
#include "tests/support/temp_dir.h"

#include <pthread.h>
#include <signal.h>

enum { DAY = 86400, WAIT_MS = 30000 };

static const char *const hosts[] = {"gpuslice.gs.svc"};

struct rig {
    struct fake_cluster *cluster;
    struct access access;
    struct cluster_certificates *certificates, *second;
    unsigned rotated[ROTATION_STEPS][WRITE_RESULTS];
    unsigned patched[WRITE_RESULTS];
};

static void rig_fini(struct rig *rig)
{
    cluster_certificates_free(rig->certificates);
    cluster_certificates_free(rig->second);
    access_fini(&rig->access);
    fake_cluster_free(rig->cluster);
}
DEFINE_AUTO_FINI(rig, struct rig, rig_fini);

static void must(int result, const struct err *err)
{
    if (result < 0)
        fail_msg("%s", err->text);
}

static void note_rotated(void *context, enum rotation_step step, enum write_result result)
{
    struct rig *rig = context;
    rig->rotated[step][result]++;
}

static void note_patched(void *context, const struct webhook_config_ref *config, enum write_result result)
{
    struct rig *rig = context;
    assert_non_null(config->name);
    rig->patched[result]++;
}

static struct cluster_certificates *make_certificates(struct rig *rig, unsigned settle_ms, bool with_policy,
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
static struct rig *rig_start(struct rig *rig)
{
    rig->cluster = fake_cluster_new();
    cluster_fill(rig->cluster);
    rig->access = (struct access){.server = strdup(fake_cluster_server(rig->cluster)), .origin = strdup("a test")};
    rig->certificates = make_certificates(rig, 0, true, true);
    return rig;
}

static void cycle(struct rig *rig, const struct cert_store *served, struct certificates_state *ret_state)
{
    struct err err;
    certificates_state_fini(ret_state);
    *ret_state = (struct certificates_state){0};
    must(cluster_certificates_cycle(rig->certificates, served, ret_state, &err), &err);
}

static void expect_refusal(struct rig *rig, enum err_code code, const char *part)
{
    struct err err;
    AUTO(certificates_state) state = {0};
    assert_int_equal(cluster_certificates_cycle(rig->certificates, NULL, &state, &err), -1);
    if (err.code != code || !strstr(err.text, part))
        fail_msg("code %d, expected %d: %s; expected in it: %s", (int)err.code, (int)code, err.text, part);
}

static void expect_bundles(struct rig *rig, size_t count)
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

/* -- The first -- */

static void first_cycle__nothing_there__makes_the_secret_and_patches_bundles_only(void **state)
{
    (void)state;
    AUTO(rig) rig = {0};
    AUTO(certificates_state) found = {0};
    AUTO(certificates_state) again = {0};
    rig_start(&rig);
    cycle(&rig, NULL, &found);
    assert_string_equal(found.fault, "");
    assert_true(found.ca_in_place && found.ca_settled);
    assert_int_equal(fake_cluster_done(rig.cluster, "POST", SECRETS_PATH), 1);
    expect_bundles(&rig, 1);
    AUTO(json) secret = fake_cluster_get(rig.cluster, SECRET_PATH);
    assert_string_equal(json_string_value(json_object_get(secret, "type")), "kubernetes.io/tls");

    /* All but caBundle and revision is what it was. */
    AUTO(json) config = fake_cluster_get(rig.cluster, MUTATING_PATH);
    AUTO(json) before = json_loads(MUTATING, 0, NULL);
    assert_int_equal(json_object_del(json_object_get(config, "metadata"), "resourceVersion"), 0);
    for (size_t i = ENTRY_A; i <= ENTRY_URL; i++)
        (void)json_object_del(json_object_get(json_array_get(json_object_get(config, "webhooks"), i), "clientConfig"),
                              "caBundle");
    assert_true(json_equal(config, before));

    for (size_t i = 0; i < 5; i++) /* no loop */
        cycle(&rig, &found.store, &again);
    assert_int_equal(fake_cluster_requests(rig.cluster, "PATCH", ""), 2);
    assert_int_equal(fake_cluster_requests(rig.cluster, "PUT", ""), 0);
    assert_int_equal(rig.rotated[ROTATION_BEGIN][WRITE_SUCCESS], 1);
    assert_int_equal(rig.patched[WRITE_SUCCESS], 2);
}

static void empty_secret__of_the_chart__is_filled_by_update(void **state)
{
    (void)state;
    static const char *const empty[] = {
        "{\"kind\":\"Secret\",\"type\":\"Opaque\",\"metadata\":{\"name\":\"certs\",\"labels\":{\"app\":\"x\"}}}",
        "{\"kind\":\"Secret\",\"type\":\"Opaque\",\"metadata\":{\"name\":\"certs\",\"labels\":{\"app\":\"x\"}},"
        "\"data\":{\"tls.crt\":\"\",\"else\":\"eA==\"}}"};
    for (size_t i = 0; i < ARRAY_SIZE(empty); i++) {
        AUTO(rig) rig = {0};
        AUTO(certificates_state) found = {0};
        rig_start(&rig);
        fake_cluster_put(rig.cluster, SECRET_PATH, empty[i]);
        fake_cluster_order(rig.cluster, "POST", "", 403); /* nobody may create */
        cycle(&rig, NULL, &found);
        AUTO(json) secret = fake_cluster_get(rig.cluster, SECRET_PATH);
        const json_t *labels = json_object_get(json_object_get(secret, "metadata"), "labels");
        AUTO(string) other = stored_text(rig.cluster, "else");
        assert_string_equal(json_string_value(json_object_get(secret, "type")), "Opaque");
        assert_string_equal(json_string_value(json_object_get(labels, "app")), "x");
        assert_string_equal(other, i ? "x" : "");
        expect_bundles(&rig, 1);
    }
}

struct racer {
    struct cluster_certificates *certificates;
    struct certificates_state state;
    struct err err;
    int result;
};

static void *run_racer(void *context)
{
    struct racer *racer = context;
    racer->result = cluster_certificates_cycle(racer->certificates, NULL, &racer->state, &racer->err);
    return NULL;
}

static void two_replicas__at_once__end_with_one_authority(void **state)
{
    (void)state;
    for (size_t round = 0; round < 8; round++) {
        AUTO(rig) rig = {0};
        rig_start(&rig);
        rig.second = make_certificates(&rig, 0, true, false);
        struct racer racers[] = {{.certificates = rig.certificates}, {.certificates = rig.second}};
        pthread_t threads[2];
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, run_racer, &racers[i]), 0);
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        for (size_t i = 0; i < 2; i++)
            must(racers[i].result, &racers[i].err);
        assert_string_equal(racers[0].state.store.texts[STORE_CERT], racers[1].state.store.texts[STORE_CERT]);
        assert_int_equal(fake_cluster_done(rig.cluster, "POST", SECRETS_PATH), 1);
        AUTO(string) bundle = bundle_at(rig.cluster, MUTATING_PATH, ENTRY_A);
        assert_true(cert_bundle_same(bundle, racers[0].state.store.texts[STORE_CA]));
        certificates_state_fini(&racers[0].state);
        certificates_state_fini(&racers[1].state);
    }
}

static void bundles_that_are_trusted_already__stay_for_those_who_serve_by_them(void **state)
{
    (void)state;
    AUTO(rig) rig = {0};
    AUTO(certificates_state) found = {0};
    AUTO(certificates_state) again = {0};
    rig_start(&rig);
    cycle(&rig, NULL, &found);
    fake_cluster_put(rig.cluster, SECRET_PATH, NULL); /* lost, and this replica knows nothing */
    cycle(&rig, NULL, &again);
    expect_bundles(&rig, 2);
    AUTO(string) bundle = bundle_at(rig.cluster, MUTATING_PATH, ENTRY_A);
    assert_true(cert_bundle_has(bundle, found.store.texts[STORE_CA]));
    assert_true(cert_bundle_has(bundle, again.store.texts[STORE_CA]));
    assert_string_not_equal(again.store.texts[STORE_CA], found.store.texts[STORE_CA]);
}

static void lost_secret__while_it_serves__serves_on_beside_a_new_authority(void **state)
{
    (void)state;
    AUTO(rig) rig = {0};
    AUTO(certificates_state) served = {0};
    AUTO(certificates_state) found = {0};
    rig_start(&rig);
    cycle(&rig, NULL, &served);
    fake_cluster_put(rig.cluster, SECRET_PATH, NULL);
    cycle(&rig, &served.store, &found);
    assert_string_equal(found.store.texts[STORE_CERT], served.store.texts[STORE_CERT]);
    expect_bundles(&rig, 2);
    cycle(&rig, &served.store, &found);
    assert_string_not_equal(found.store.texts[STORE_CA], served.store.texts[STORE_CA]);
    expect_bundles(&rig, 2);
}

/* -- Time -- */

static void leaf__two_thirds_by_the_servers_clock__is_renewed(void **state)
{
    (void)state;
    AUTO(rig) rig = {0};
    AUTO(certificates_state) first = {0};
    AUTO(certificates_state) found = {0};
    rig_start(&rig);
    cycle(&rig, NULL, &first);
    fake_cluster_shift_clock(rig.cluster, 59 * DAY);
    cycle(&rig, &first.store, &found);
    assert_string_equal(found.store.texts[STORE_CERT], first.store.texts[STORE_CERT]);
    fake_cluster_shift_clock(rig.cluster, 61 * DAY);
    cycle(&rig, &first.store, &found);
    assert_string_not_equal(found.store.texts[STORE_CERT], first.store.texts[STORE_CERT]);
    assert_string_equal(found.store.texts[STORE_CA], first.store.texts[STORE_CA]);
    assert_int_equal(rig.rotated[ROTATION_LEAF][WRITE_SUCCESS], 1);
    assert_int_equal(fake_cluster_done(rig.cluster, "PATCH", ""), 2); /* the first ones */
    fake_cluster_shift_clock(rig.cluster, -61 * DAY);                 /* a clock that went back does nothing */
    cycle(&rig, &found.store, &first);
    assert_string_equal(found.store.texts[STORE_CERT], first.store.texts[STORE_CERT]);
}

static void authority__due__waits_until_all_trust_the_next_long_enough(void **state)
{
    (void)state;
    AUTO(rig) rig = {0};
    AUTO(certificates_state) first = {0};
    AUTO(certificates_state) found = {0};
    rig_start(&rig);
    cycle(&rig, NULL, &first);
    cluster_certificates_free(rig.certificates);
    rig.certificates = make_certificates(&rig, 300, true, true);
    fake_cluster_order(rig.cluster, "PATCH", "validating", 403);
    fake_cluster_shift_clock(rig.cluster, 601 * (int64_t)DAY);
    cycle(&rig, &first.store, &found);
    assert_true(found.facts.has_next);
    assert_non_null(strstr(found.fault,
                           "ValidatingWebhookConfiguration advise: HTTP 403 Ordered: the test wants it so; "
                           "it takes get and patch of that webhook configuration"));
    for (size_t i = 0; i < 3; i++) { /* one configuration lacks it: the old leaf is served on */
        cycle(&rig, &first.store, &found);
        assert_string_equal(found.store.texts[STORE_CA], first.store.texts[STORE_CA]);
    }
    fake_cluster_order(rig.cluster, NULL, NULL, 0);
    cycle(&rig, &first.store, &found);
    int64_t patched_ns = clock_monotonic_ns();
    expect_bundles(&rig, 2);
    assert_true(found.facts.has_next); /* trusted by all, not for long enough */
    while (found.facts.has_next && clock_monotonic_ns() - patched_ns < (int64_t)WAIT_MS * 1000000)
        cycle(&rig, &first.store, &found);
    assert_true(clock_monotonic_ns() - patched_ns >= 250 * (int64_t)1000000);
    assert_string_not_equal(found.store.texts[STORE_CA], first.store.texts[STORE_CA]);
    assert_true(found.ca_settled);
    expect_bundles(&rig, 2);
    AUTO(string) key = stored_text(rig.cluster, "ca-next.key");
    assert_string_equal(key, "");
    fake_cluster_shift_clock(rig.cluster, 692 * (int64_t)DAY); /* the last leaf of the old one ended on day 691 */
    cycle(&rig, &found.store, &first);
    expect_bundles(&rig, 1);
    assert_int_equal(rig.rotated[ROTATION_PRUNE][WRITE_SUCCESS], 1);
}

/* -- Conflicts and refusals -- */

static void write__somebody_else_is_faster__is_read_and_decided_again(void **state)
{
    (void)state;
    AUTO(rig) rig = {0};
    AUTO(certificates_state) first = {0};
    AUTO(certificates_state) found = {0};
    rig_start(&rig);
    fake_cluster_race(rig.cluster, MUTATING_PATH, 2);
    cycle(&rig, NULL, &first);
    assert_int_equal(rig.patched[WRITE_CONFLICT], 2);
    assert_string_equal(first.fault, "");
    expect_bundles(&rig, 1);
    fake_cluster_shift_clock(rig.cluster, 61 * DAY);
    fake_cluster_race(rig.cluster, SECRET_PATH, 2);
    cycle(&rig, &first.store, &found);
    assert_int_equal(rig.rotated[ROTATION_LEAF][WRITE_CONFLICT], 2);
    assert_int_equal(rig.rotated[ROTATION_LEAF][WRITE_SUCCESS], 1);
    fake_cluster_race(rig.cluster, MUTATING_PATH, 1000); /* for ever: it is said, and goes on with the next look */
    fake_cluster_put(rig.cluster, MUTATING_PATH, MUTATING);
    cycle(&rig, &found.store, &first);
    assert_false(first.ca_in_place);
    assert_non_null(strstr(first.fault, "MutatingWebhookConfiguration inject: Invalid: the server rejected"));
}

static void bundle__overwritten_by_somebody__is_put_back_once(void **state)
{
    (void)state;
    AUTO(rig) rig = {0};
    AUTO(certificates_state) first = {0};
    AUTO(certificates_state) found = {0};
    rig_start(&rig);
    cycle(&rig, NULL, &first);
    fake_cluster_put(rig.cluster, MUTATING_PATH, MUTATING);
    cycle(&rig, &first.store, &found);
    cycle(&rig, &first.store, &found);
    assert_int_equal(fake_cluster_done(rig.cluster, "PATCH", MUTATING_PATH), 2);
    assert_int_equal(fake_cluster_done(rig.cluster, "PATCH", ADVISE_PATH), 1);
    expect_bundles(&rig, 1);
}

static void configuration__that_does_not_exist__is_waited_for(void **state)
{
    (void)state;
    AUTO(rig) rig = {0};
    AUTO(certificates_state) found = {0};
    rig_start(&rig);
    fake_cluster_put(rig.cluster, ADVISE_PATH, NULL);
    cycle(&rig, NULL, &found);
    assert_string_equal(found.fault, "ValidatingWebhookConfiguration advise: there is none of that name");
    assert_false(found.ca_in_place);
    assert_non_null(found.store.texts[STORE_CERT]);
    fake_cluster_put(rig.cluster, ADVISE_PATH, ADVISE);
    cycle(&rig, NULL, &found);
    assert_true(found.ca_in_place);
    expect_bundles(&rig, 1);
}

/* Replicas may serve by what it trusts: a first authority that does not know it would take that away. */
static void configuration__that_cannot_be_read__no_first_authority(void **state)
{
    (void)state;
    AUTO(rig) rig = {0};
    AUTO(certificates_state) found = {0};
    rig_start(&rig);
    fake_cluster_order(rig.cluster, "GET", "mutating", 500);
    expect_refusal(&rig, ERR_UNAVAILABLE,
                   "Secret gs/certs: is empty, and filled once it is known what is trusted now: "
                   "MutatingWebhookConfiguration inject: HTTP 500 Ordered");
    assert_int_equal(fake_cluster_requests(rig.cluster, "POST", ""), 0);
    fake_cluster_order(rig.cluster, NULL, NULL, 0);
    cycle(&rig, NULL, &found);
    assert_true(found.ca_in_place);
}

/* Else it would count as trusted everywhere, and fail unseen. */
static void configuration__without_an_entry_of_ours__is_a_fault(void **state)
{
    (void)state;
    static const struct {
        const char *object, *fault;
    } cases[] = {
        {"{\"webhooks\":[" ENTRY("a", SERVICE("gs", "other")) "," ENTRY("b", SERVICE("elsewhere", "gpuslice")) "]}",
         "ValidatingWebhookConfiguration advise: none of its 2 webhooks calls the Service gs/gpuslice"},
        {"{\"webhooks\":[]}",
         "ValidatingWebhookConfiguration advise: none of its 0 webhooks calls the Service gs/gpuslice"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(rig) rig = {0};
        AUTO(certificates_state) found = {0};
        rig_start(&rig);
        fake_cluster_put(rig.cluster, ADVISE_PATH, cases[i].object);
        cycle(&rig, NULL, &found);
        assert_string_equal(found.fault, cases[i].fault);
        assert_false(found.ca_in_place);
        assert_int_equal(fake_cluster_requests(rig.cluster, "PATCH", ADVISE_PATH), 0);
    }
}

static void secret__that_is_refused__is_an_error_that_says_what_it_takes(void **state)
{
    (void)state;
    static const struct {
        const char *method, *text;
        unsigned status;
    } cases[] = {
        {"GET",
         "Secret gs/certs: HTTP 403 Ordered: the test wants it so; it takes get and update of that Secret (and "
         "create of secrets, where it does not exist)",
         403},
        {"POST", "Secret gs/certs: HTTP 403 Ordered", 403},
        {"GET", "Secret gs/certs: HTTP 500 Ordered", 500},
        {"GET", "Secret gs/certs: HTTP 401 Ordered: the test wants it so; the token or certificate is not accepted",
         401},
        {"GET", "Secret gs/certs: http://127.0.0.1:", 0},
    };
    AUTO(rig) rig = {0};
    rig_start(&rig);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        fake_cluster_order(rig.cluster, cases[i].method, "/secrets", cases[i].status);
        expect_refusal(&rig, ERR_UNAVAILABLE, cases[i].text);
    }
    assert_int_equal(fake_cluster_requests(rig.cluster, "PATCH", ""), 0);
    fake_cluster_order(rig.cluster, "POST", "/secrets", 404); /* the namespace does not exist */
    expect_refusal(&rig, ERR_NOT_FOUND, "Secret gs/certs: HTTP 404 ");
}

static void secret__that_is_not_ours_or_broken__is_left_as_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *data, *text;
    } cases[] = {
        {"{\"tls.crt\":\"eA==\",\"tls.key\":\"eA==\",\"ca.crt\":\"eA==\"}",
         "Secret gs/certs: it holds certificates that are not gpuslice's own (there is no ca.key); it is left as it "
         "is"},
        {"{\"tls.crt\":\"eA==\",\"tls.key\":\"eA==\",\"ca.crt\":\"eA==\",\"ca.key\":\"eA==\"}",
         "Secret gs/certs: ca.crt: no certificate found; expected a block \"-----BEGIN CERTIFICATE-----\"; it is left "
         "as it is. Delete the Secret: all is made anew"},
        {"{\"tls.crt\":\"%%%%\"}", "Secret gs/certs: tls.crt: not base64"},
        {"{\"tls.crt\":\"AA==\"}", "Secret gs/certs: tls.crt: has a NUL byte in it"},
    };
    AUTO(rig) rig = {0};
    rig_start(&rig);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(string) secret = NULL;
        assert_true(asprintf(&secret, "{\"kind\":\"Secret\",\"data\":%s}", cases[i].data) > 0);
        fake_cluster_put(rig.cluster, SECRET_PATH, secret);
        expect_refusal(&rig, ERR_INVALID, cases[i].text);
    }
    assert_int_equal(fake_cluster_requests(rig.cluster, "PUT", ""), 0);
    assert_int_equal(fake_cluster_requests(rig.cluster, "PATCH", ""), 0);
}

/* -- By hand -- */

static void force__leaf_and_authority__keep_names_and_lives_of_what_is_there(void **state)
{
    (void)state;
    AUTO(rig) rig = {0};
    AUTO(certificates_state) first = {0};
    AUTO(certificates_state) found = {0};
    struct err err;
    enum rotation_step made = ROTATION_NONE;
    rig_start(&rig);
    rig.second = make_certificates(&rig, 0, false, false);
    assert_int_equal(cluster_certificates_force(rig.second, ROTATION_LEAF, &made, &found, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.text, "Secret gs/certs: there is nothing in it to rotate; `serve --cert-secret` fills it");
    cycle(&rig, NULL, &first);
    fake_cluster_race(rig.cluster, SECRET_PATH, 1);
    must(cluster_certificates_force(rig.second, ROTATION_LEAF, &made, &found, &err), &err);
    assert_int_equal(made, ROTATION_LEAF);
    assert_string_not_equal(found.store.texts[STORE_CERT], first.store.texts[STORE_CERT]);
    assert_in_range(found.facts.leaf.not_after - first.facts.leaf.not_after, 0, 600);
    certificates_state_fini(&found);
    found = (struct certificates_state){0};
    must(cluster_certificates_force(rig.second, ROTATION_PREPARE, &made, &found, &err), &err);
    assert_int_equal(made, ROTATION_PREPARE);
    assert_in_range(found.facts.next.not_after - first.facts.ca.not_after, 0, 600);
    certificates_state_fini(&found);
    found = (struct certificates_state){0};
    must(cluster_certificates_force(rig.second, ROTATION_PREPARE, &made, &found, &err), &err);
    assert_int_equal(made, ROTATION_NONE); /* one is on its way */
    certificates_state_fini(&found);
    found = (struct certificates_state){0};
    fake_cluster_race(rig.cluster, SECRET_PATH, 1000);
    assert_int_equal(cluster_certificates_force(rig.second, ROTATION_LEAF, &made, &found, &err), -1);
    assert_string_equal(err.text,
                        "Secret gs/certs: somebody else writes it all the time: Conflict: the object has been "
                        "modified");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_cycle__nothing_there__makes_the_secret_and_patches_bundles_only),
        cmocka_unit_test(empty_secret__of_the_chart__is_filled_by_update),
        cmocka_unit_test(two_replicas__at_once__end_with_one_authority),
        cmocka_unit_test(bundles_that_are_trusted_already__stay_for_those_who_serve_by_them),
        cmocka_unit_test(lost_secret__while_it_serves__serves_on_beside_a_new_authority),
        cmocka_unit_test(leaf__two_thirds_by_the_servers_clock__is_renewed),
        cmocka_unit_test(authority__due__waits_until_all_trust_the_next_long_enough),
        cmocka_unit_test(write__somebody_else_is_faster__is_read_and_decided_again),
        cmocka_unit_test(bundle__overwritten_by_somebody__is_put_back_once),
        cmocka_unit_test(configuration__that_does_not_exist__is_waited_for),
        cmocka_unit_test(configuration__that_cannot_be_read__no_first_authority),
        cmocka_unit_test(configuration__without_an_entry_of_ours__is_a_fault),
        cmocka_unit_test(secret__that_is_refused__is_an_error_that_says_what_it_takes),
        cmocka_unit_test(secret__that_is_not_ours_or_broken__is_left_as_it_is),
        cmocka_unit_test(force__leaf_and_authority__keep_names_and_lives_of_what_is_there),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
