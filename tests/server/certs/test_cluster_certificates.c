/* service/cluster_certificates: the first store, and renewal over time. */
#include "tests/support/certificates_fixture.h"
#include "tests/support/test.h"

#include "base/clock.h"

#include <pthread.h>
#include <signal.h>

/* -- The first store -- */

TEST(first_cycle__nothing_stored__creates_the_secret_and_patches_only_bundles)
{
    AUTO(certificates_fixture) fixture = {0};
    certificates_start_first(&fixture);
    assert_string_equal(fixture.first.fault, "");
    assert_true(fixture.first.ca_in_place && fixture.first.ca_settled);
    assert_int_equal(fake_cluster_done(fixture.cluster, "POST", SECRETS_PATH), 1);
    expect_bundles(&fixture, 1);
    AUTO(json) secret = fake_cluster_get(fixture.cluster, SECRET_PATH);
    assert_string_equal(json_string_value(json_object_get(secret, "type")), "kubernetes.io/tls");

    /* Apart from caBundles and the revision, nothing has changed. */
    AUTO(json) config = fake_cluster_get(fixture.cluster, MUTATING_PATH);
    AUTO(json) before = json_loads(MUTATING, 0, NULL);
    assert_int_equal(json_object_del(json_object_get(config, "metadata"), "resourceVersion"), 0);
    for (size_t i = ENTRY_A; i <= ENTRY_URL; i++)
        (void)json_object_del(json_object_get(json_array_get(json_object_get(config, "webhooks"), i), "clientConfig"),
                              "caBundle");
    assert_true(json_equal(config, before));

    for (size_t i = 0; i < 5; i++) /* further cycles write nothing */
        certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
    assert_int_equal(fake_cluster_requests(fixture.cluster, "PATCH", ""), 2);
    assert_int_equal(fake_cluster_requests(fixture.cluster, "PUT", ""), 0);
    assert_int_equal(fixture.rotated[ROTATION_BEGIN][WRITE_SUCCESS], 1);
    assert_int_equal(fixture.patched[WRITE_SUCCESS], 2);
}

TEST(empty_secret__of_the_chart__is_filled_by_update)
{
    static const char *const empty[] = {
        JSON({"kind":"Secret","type":"Opaque","metadata":{"name":"certs","labels":{"app":"x"}}}),
        JSON({"kind":"Secret","type":"Opaque","metadata":{"name":"certs","labels":{"app":"x"}},
              "data":{"tls.crt":"","else":"eA=="}})};
    for (size_t i = 0; i < ARRAY_SIZE(empty); i++) {
        AUTO(certificates_fixture) fixture = {0};
        certificates_start(&fixture);
        fake_cluster_put(fixture.cluster, SECRET_PATH, empty[i]);
        fake_cluster_order(fixture.cluster, "POST", "", 403); /* creating is forbidden */
        certificates_cycle(&fixture, NULL, &fixture.found);
        AUTO(json) secret = fake_cluster_get(fixture.cluster, SECRET_PATH);
        const json_t *labels = json_object_get(json_object_get(secret, "metadata"), "labels");
        AUTO(string) other = stored_text(fixture.cluster, "else");
        assert_string_equal(json_string_value(json_object_get(secret, "type")), "Opaque");
        assert_string_equal(json_string_value(json_object_get(labels, "app")), "x");
        assert_string_equal(other, i ? "x" : "");
        expect_bundles(&fixture, 1);
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

TEST(two_replicas__at_the_same_time__agree_on_one_ca)
{
    for (size_t round = 0; round < 8; round++) {
        AUTO(certificates_fixture) fixture = {0};
        certificates_start(&fixture);
        fixture.second = make_certificates(&fixture, 0, true, false);
        struct racer racers[] = {{.certificates = fixture.certificates}, {.certificates = fixture.second}};
        pthread_t threads[2];
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, run_racer, &racers[i]), 0);
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        for (size_t i = 0; i < 2; i++)
            certificates_must(racers[i].result, &racers[i].err);
        assert_string_equal(racers[0].state.store.texts[STORE_CERT], racers[1].state.store.texts[STORE_CERT]);
        assert_int_equal(fake_cluster_done(fixture.cluster, "POST", SECRETS_PATH), 1);
        AUTO(string) bundle = bundle_at(fixture.cluster, MUTATING_PATH, ENTRY_A);
        assert_true(cert_bundle_same(bundle, racers[0].state.store.texts[STORE_CA]));
        certificates_state_fini(&racers[0].state);
        certificates_state_fini(&racers[1].state);
    }
}

TEST(bundles__at_the_first_store__keep_the_cas_that_they_had)
{
    AUTO(certificates_fixture) fixture = {0};
    certificates_start_first(&fixture);
    fake_cluster_put(fixture.cluster, SECRET_PATH, NULL); /* lost, and this replica serves nothing yet */
    certificates_cycle(&fixture, NULL, &fixture.found);
    expect_bundles(&fixture, 2);
    AUTO(string) bundle = bundle_at(fixture.cluster, MUTATING_PATH, ENTRY_A);
    assert_true(cert_bundle_has(bundle, fixture.first.store.texts[STORE_CA]));
    assert_true(cert_bundle_has(bundle, fixture.found.store.texts[STORE_CA]));
    assert_string_not_equal(fixture.found.store.texts[STORE_CA], fixture.first.store.texts[STORE_CA]);
}

TEST(lost_secret__while_a_leaf_is_served__is_restored_with_a_next_ca)
{
    AUTO(certificates_fixture) fixture = {0};
    certificates_start_first(&fixture);
    fake_cluster_put(fixture.cluster, SECRET_PATH, NULL);
    certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
    assert_string_equal(fixture.found.store.texts[STORE_CERT], fixture.first.store.texts[STORE_CERT]);
    expect_bundles(&fixture, 2);
    certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
    assert_string_not_equal(fixture.found.store.texts[STORE_CA], fixture.first.store.texts[STORE_CA]);
    expect_bundles(&fixture, 2);
}

/* -- Time -- */

TEST(leaf__at_two_thirds_by_the_servers_clock__is_renewed)
{
    AUTO(certificates_fixture) fixture = {0};
    certificates_start_first(&fixture);
    fake_cluster_shift_clock(fixture.cluster, 59 * DAY);
    certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
    assert_string_equal(fixture.found.store.texts[STORE_CERT], fixture.first.store.texts[STORE_CERT]);
    fake_cluster_shift_clock(fixture.cluster, 61 * DAY);
    certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
    assert_string_not_equal(fixture.found.store.texts[STORE_CERT], fixture.first.store.texts[STORE_CERT]);
    assert_string_equal(fixture.found.store.texts[STORE_CA], fixture.first.store.texts[STORE_CA]);
    assert_int_equal(fixture.rotated[ROTATION_LEAF][WRITE_SUCCESS], 1);
    assert_int_equal(fake_cluster_done(fixture.cluster, "PATCH", ""), 2); /* those of the first cycle */
    fake_cluster_shift_clock(fixture.cluster, -61 * DAY);                 /* a clock that goes back causes no step */
    certificates_cycle(&fixture, &fixture.found.store, &fixture.first);
    assert_string_equal(fixture.found.store.texts[STORE_CERT], fixture.first.store.texts[STORE_CERT]);
}

TEST(ca__due__is_replaced_once_all_have_trusted_the_next_long_enough)
{
    AUTO(certificates_fixture) fixture = {0};
    certificates_start_first(&fixture);
    cluster_certificates_free(fixture.certificates);
    fixture.certificates = make_certificates(&fixture, 300, true, true);
    fake_cluster_order(fixture.cluster, "PATCH", "validating", 403);
    fake_cluster_shift_clock(fixture.cluster, 601 * (int64_t)DAY);
    certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
    assert_true(fixture.found.facts.has_next);
    assert_non_null(strstr(fixture.found.fault,
                           "ValidatingWebhookConfiguration advise: HTTP 403 Ordered: the test wants it so; "
                           "required rights: get and patch of that webhook configuration"));
    for (size_t i = 0; i < 3; i++) { /* one configuration does not trust the next CA: the old CA stays */
        certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
        assert_string_equal(fixture.found.store.texts[STORE_CA], fixture.first.store.texts[STORE_CA]);
    }
    fake_cluster_order(fixture.cluster, NULL, NULL, 0);
    certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
    int64_t patched_ns = clock_monotonic_ns();
    expect_bundles(&fixture, 2);
    assert_true(fixture.found.facts.has_next); /* trusted by all, but not for long enough yet */
    while (fixture.found.facts.has_next && clock_monotonic_ns() - patched_ns < (int64_t)WAIT_MS * 1000000)
        certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
    assert_true(clock_monotonic_ns() - patched_ns >= 250 * (int64_t)1000000);
    assert_string_not_equal(fixture.found.store.texts[STORE_CA], fixture.first.store.texts[STORE_CA]);
    assert_true(fixture.found.ca_settled);
    expect_bundles(&fixture, 2);
    AUTO(string) key = stored_text(fixture.cluster, "ca-next.key");
    assert_string_equal(key, "");
    fake_cluster_shift_clock(fixture.cluster, 692 * (int64_t)DAY); /* the last leaf of the old CA expired on day 691 */
    certificates_cycle(&fixture, &fixture.found.store, &fixture.first);
    expect_bundles(&fixture, 1);
    assert_int_equal(fixture.rotated[ROTATION_PRUNE][WRITE_SUCCESS], 1);
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}
