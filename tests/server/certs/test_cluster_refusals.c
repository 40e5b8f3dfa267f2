/* service/cluster_certificates: conflicts with other writers, missing and refused objects, and `certs rotate`. */
#include "tests/support/certificates_fixture.h"
#include "tests/support/test.h"

#include <signal.h>

/* -- Conflicts and refusals -- */

TEST(write__another_process_is_faster__is_decided_again)
{
    AUTO(certificates_fixture) fixture = {0};
    certificates_start(&fixture);
    fake_cluster_race(fixture.cluster, MUTATING_PATH, 2);
    certificates_cycle(&fixture, NULL, &fixture.first);
    assert_int_equal(fixture.patched[WRITE_CONFLICT], 2);
    assert_string_equal(fixture.first.fault, "");
    expect_bundles(&fixture, 1);
    fake_cluster_shift_clock(fixture.cluster, 61 * DAY);
    fake_cluster_race(fixture.cluster, SECRET_PATH, 2);
    certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
    assert_int_equal(fixture.rotated[ROTATION_LEAF][WRITE_CONFLICT], 2);
    assert_int_equal(fixture.rotated[ROTATION_LEAF][WRITE_SUCCESS], 1);
    fake_cluster_race(fixture.cluster, MUTATING_PATH, 1000); /* more often than a cycle tries: it reports this */
    fake_cluster_put(fixture.cluster, MUTATING_PATH, MUTATING);
    certificates_cycle(&fixture, &fixture.found.store, &fixture.first);
    assert_false(fixture.first.ca_in_place);
    assert_non_null(strstr(fixture.first.fault, "MutatingWebhookConfiguration inject: Invalid: the server rejected"));
}

TEST(bundle__overwritten_by_another_process__is_restored_once)
{
    AUTO(certificates_fixture) fixture = {0};
    certificates_start_first(&fixture);
    fake_cluster_put(fixture.cluster, MUTATING_PATH, MUTATING);
    certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
    certificates_cycle(&fixture, &fixture.first.store, &fixture.found);
    assert_int_equal(fake_cluster_done(fixture.cluster, "PATCH", MUTATING_PATH), 2);
    assert_int_equal(fake_cluster_done(fixture.cluster, "PATCH", ADVISE_PATH), 1);
    expect_bundles(&fixture, 1);
}

TEST(configuration__that_does_not_exist__is_waited_for)
{
    AUTO(certificates_fixture) fixture = {0};
    certificates_start(&fixture);
    fake_cluster_put(fixture.cluster, ADVISE_PATH, NULL);
    certificates_cycle(&fixture, NULL, &fixture.found);
    assert_string_equal(fixture.found.fault, "ValidatingWebhookConfiguration advise: it does not exist");
    assert_false(fixture.found.ca_in_place);
    assert_non_null(fixture.found.store.texts[STORE_CERT]);
    fake_cluster_put(fixture.cluster, ADVISE_PATH, ADVISE);
    certificates_cycle(&fixture, NULL, &fixture.found);
    assert_true(fixture.found.ca_in_place);
    expect_bundles(&fixture, 1);
}

/* Replicas may serve certificates of CAs that the configuration trusts; a first store without these CAs would make the
 * API server distrust them. */
TEST(configuration__that_cannot_be_read__no_first_store)
{
    AUTO(certificates_fixture) fixture = {0};
    certificates_start(&fixture);
    fake_cluster_order(fixture.cluster, "GET", "mutating", 500);
    expect_refusal(
        &fixture, ERR_UNAVAILABLE,
        "Secret gs/certs: it has no certificates yet; they are created once the CAs that are trusted now can be "
        "read: "
        "MutatingWebhookConfiguration inject: HTTP 500 Ordered");
    assert_int_equal(fake_cluster_requests(fixture.cluster, "POST", ""), 0);
    fake_cluster_order(fixture.cluster, NULL, NULL, 0);
    certificates_cycle(&fixture, NULL, &fixture.found);
    assert_true(fixture.found.ca_in_place);
}

/* If this were no fault, the CA would count as trusted everywhere, and calls would fail unnoticed. */
TEST(configuration__without_an_entry_of_ours__is_a_fault)
{
    static const struct {
        const char *object, *fault;
    } cases[] = {
        {"{\"webhooks\":[" ENTRY("a", SERVICE("gs", "other")) "," ENTRY("b", SERVICE("elsewhere", "gpuslice")) "]}",
         "ValidatingWebhookConfiguration advise: none of its 2 webhooks calls the Service gs/gpuslice"},
        {JSON({"webhooks":[]}),
         "ValidatingWebhookConfiguration advise: none of its 0 webhooks calls the Service gs/gpuslice"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(certificates_fixture) fixture = {0};
        certificates_start(&fixture);
        fake_cluster_put(fixture.cluster, ADVISE_PATH, cases[i].object);
        certificates_cycle(&fixture, NULL, &fixture.found);
        assert_string_equal(fixture.found.fault, cases[i].fault);
        assert_false(fixture.found.ca_in_place);
        assert_int_equal(fake_cluster_requests(fixture.cluster, "PATCH", ADVISE_PATH), 0);
    }
}

TEST(secret__that_is_refused__is_an_error_with_the_reason)
{
    static const struct {
        const char *method, *text;
        unsigned status;
    } cases[] = {
        {"GET",
         "Secret gs/certs: HTTP 403 Ordered: the test wants it so; required rights: get and update of that Secret (and "
         "create of secrets, if it does not exist)",
         403},
        {"POST", "Secret gs/certs: HTTP 403 Ordered", 403},
        {"GET", "Secret gs/certs: HTTP 500 Ordered", 500},
        {"GET", "Secret gs/certs: HTTP 401 Ordered: the test wants it so; the token or certificate is not accepted",
         401},
        {"GET", "Secret gs/certs: http://127.0.0.1:", 0},
    };
    AUTO(certificates_fixture) fixture = {0};
    certificates_start(&fixture);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        fake_cluster_order(fixture.cluster, cases[i].method, "/secrets", cases[i].status);
        expect_refusal(&fixture, ERR_UNAVAILABLE, cases[i].text);
    }
    assert_int_equal(fake_cluster_requests(fixture.cluster, "PATCH", ""), 0);
    fake_cluster_order(fixture.cluster, "POST", "/secrets", 404); /* the namespace does not exist */
    expect_refusal(&fixture, ERR_NOT_FOUND, "Secret gs/certs: HTTP 404 ");
}

TEST(secret__that_is_not_ours_or_broken__is_left_unchanged)
{
    static const struct {
        const char *data, *text;
    } cases[] = {
        {JSON({"tls.crt":"eA==","tls.key":"eA==","ca.crt":"eA=="}),
         "Secret gs/certs: it holds certificates that are not gpuslice's own (there is no ca.key); it is left "
         "unchanged"},
        {JSON({"tls.crt":"eA==","tls.key":"eA==","ca.crt":"eA==","ca.key":"eA=="}),
         "Secret gs/certs: ca.crt: no certificate found; expected a block \"-----BEGIN CERTIFICATE-----\"; it is left "
         "unchanged. Delete the Secret: everything is created again"},
        {JSON({"tls.crt":"%%%%"}), "Secret gs/certs: tls.crt: not base64"},
        {JSON({"tls.crt":"AA=="}), "Secret gs/certs: tls.crt: has a NUL byte in it"},
    };
    AUTO(certificates_fixture) fixture = {0};
    certificates_start(&fixture);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(string) secret = NULL;
        assert_true(asprintf(&secret, "{\"kind\":\"Secret\",\"data\":%s}", cases[i].data) > 0);
        fake_cluster_put(fixture.cluster, SECRET_PATH, secret);
        expect_refusal(&fixture, ERR_INVALID, cases[i].text);
    }
    assert_int_equal(fake_cluster_requests(fixture.cluster, "PUT", ""), 0);
    assert_int_equal(fake_cluster_requests(fixture.cluster, "PATCH", ""), 0);
}

/* Each key of the Secret fits into its own limit, but the CAs together exceed that of a bundle. */
TEST(bundle__over_its_limit__is_an_error_that_names_the_secret)
{
    enum { PREVIOUS_BYTES = (1 << 20) - 200 };
    AUTO(certificates_fixture) fixture = {0};
    AUTO(buf) previous;
    certificates_start_first(&fixture);
    const char *ca = fixture.first.store.texts[STORE_CA];
    buf_init(&previous, PREVIOUS_BYTES);
    while (previous.length < PREVIOUS_BYTES - strlen(ca))
        buf_add_char(&previous, '\n');
    buf_add_string(&previous, ca);
    AUTO(json) secret = fake_cluster_get(fixture.cluster, SECRET_PATH);
    assert_int_equal(
        json_object_set_new(json_object_get(secret, "data"), "ca-previous.crt", base64_string(buf_text(&previous))), 0);
    AUTO(string) text = json_dumps(secret, JSON_COMPACT);
    fake_cluster_put(fixture.cluster, SECRET_PATH, text);
    expect_refusal(&fixture, ERR_LIMIT, "Secret gs/certs: ");
    assert_int_equal(fake_cluster_requests(fixture.cluster, "PATCH", ""), 2); /* those of the first cycle */
}

/* -- `certs rotate` -- */

TEST(force__leaf_and_ca__keep_hosts_and_lifetimes)
{
    AUTO(certificates_fixture) fixture = {0};
    struct err err;
    enum rotation_step made = ROTATION_NONE;
    certificates_start(&fixture);
    fixture.second = make_certificates(&fixture, 0, false, false);
    assert_int_equal(cluster_certificates_force(fixture.second, ROTATION_LEAF, &made, &fixture.found, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.text, "Secret gs/certs: there is nothing in it to rotate; `serve --cert-secret` fills it");
    certificates_cycle(&fixture, NULL, &fixture.first);
    fake_cluster_race(fixture.cluster, SECRET_PATH, 1);
    certificates_must(cluster_certificates_force(fixture.second, ROTATION_LEAF, &made, &fixture.found, &err), &err);
    assert_int_equal(made, ROTATION_LEAF);
    assert_string_not_equal(fixture.found.store.texts[STORE_CERT], fixture.first.store.texts[STORE_CERT]);
    assert_in_range(fixture.found.facts.leaf.not_after - fixture.first.facts.leaf.not_after, 0, 600);
    certificates_state_fini(&fixture.found);
    fixture.found = (struct certificates_state){0};
    certificates_must(cluster_certificates_force(fixture.second, ROTATION_PREPARE, &made, &fixture.found, &err), &err);
    assert_int_equal(made, ROTATION_PREPARE);
    assert_in_range(fixture.found.facts.next.not_after - fixture.first.facts.ca.not_after, 0, 600);
    certificates_state_fini(&fixture.found);
    fixture.found = (struct certificates_state){0};
    certificates_must(cluster_certificates_force(fixture.second, ROTATION_PREPARE, &made, &fixture.found, &err), &err);
    assert_int_equal(made, ROTATION_NONE); /* a next CA is already being rolled out */
    certificates_state_fini(&fixture.found);
    fixture.found = (struct certificates_state){0};
    fake_cluster_race(fixture.cluster, SECRET_PATH, 1000);
    assert_int_equal(cluster_certificates_force(fixture.second, ROTATION_LEAF, &made, &fixture.found, &err), -1);
    assert_string_equal(err.text, "Secret gs/certs: another process keeps writing it: Conflict: the object has been "
                                  "modified");
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}
