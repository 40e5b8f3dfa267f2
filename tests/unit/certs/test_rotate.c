/* certs/rotate: which step is due when, and what each step stores. */
#include "tests/support/rotate_fixture.h"

static enum rotation_step due(const struct cert_store *store, time_t at, bool trusted)
{
    struct cert_store_facts facts = facts_of(store);
    struct rotation_view view = view_of(store, &facts, at);
    view.next_is_trusted = trusted;
    return rotation_due(&view, &policy);
}

/* Replaces the store by the result of the step. */
static void step(struct cert_store *store, enum rotation_step which, time_t at)
{
    struct err err = {0};
    struct cert_store_facts facts = facts_of(store);
    struct rotation_view view = view_of(store, &facts, at);
    struct cert_store after = {0};
    check_success(rotation_step_text(which), rotation_make(&view, &policy, which, &after, &err), &err);
    cert_store_fini(store);
    *store = after;
}

/* -- Single steps -- */

TEST(begin__nothing_stored__makes_ca_and_leaf)
{
    AUTO(cert_store) store = {0};
    assert_true(cert_store_is_empty(&store));
    make_first(now, &store);
    struct cert_store_facts facts = facts_of(&store);
    AUTO(string) bundle = bundle_of(&store);
    assert_true(is_accepted(&store, bundle, now));
    assert_string_equal(bundle, store.texts[STORE_CA]);
    assert_int_equal(facts.ca.not_after, now + CA_DAYS * (time_t)DAY);
    assert_int_equal(facts.leaf.not_after, now + CERT_DAYS * (time_t)DAY);
    assert_int_equal(facts.leaf_end, facts.leaf.not_after);
    assert_false(facts.has_next);
    assert_int_equal(facts.previous_leaf_end, 0);
    assert_int_equal(due(&store, now, false), ROTATION_NONE);
}

TEST(begin__cas_in_the_bundle__stay_trusted)
{
    AUTO(cert_store) other = {0};
    AUTO(cert_store) ended = {0};
    AUTO(cert_store) store = {0};
    AUTO(string) trusted = NULL;
    struct err err = {0};
    make_first(now - DAY, &other);
    make_first(now - 2 * CA_DAYS * (time_t)DAY, &ended);
    /* Text that is not PEM, a CA twice, a CA that has ended, and a leaf. */
    assert_true(asprintf(&trusted, "\n# none\n%s%s%s%s", other.texts[STORE_CA], other.texts[STORE_CA],
                         ended.texts[STORE_CA], other.texts[STORE_CERT]) > 0);
    check_success("begin", rotation_begin(NULL, trusted, &policy, now, &store, &err), &err);
    assert_int_equal(bundle_size(&store), 2);
    assert_true(cert_bundle_same(store.texts[STORE_PREVIOUS], other.texts[STORE_CA]));
    assert_int_equal(facts_of(&store).previous_leaf_end, now + CERT_DAYS * (time_t)DAY);
}

TEST(begin__served_certificate__is_kept_beside_a_next_ca)
{
    AUTO(cert_store) served = {0};
    AUTO(cert_store) store = {0};
    struct err err = {0};
    make_first(now, &served);
    check_success("begin", rotation_begin(&served, NULL, &policy, now + DAY, &store, &err), &err);
    assert_string_equal(store.texts[STORE_CERT], served.texts[STORE_CERT]);
    assert_true(facts_of(&store).has_next);
    cert_store_fini(&store); /* a served certificate that has ended is not kept */
    check_success("begin", rotation_begin(&served, NULL, &policy, now + 91 * DAY, &store, &err), &err);
    assert_false(facts_of(&store).has_next);
    assert_string_not_equal(store.texts[STORE_CA], served.texts[STORE_CA]);
}

TEST(due__by_time__is_the_right_step)
{
    enum { CA_DUE = CA_DAYS / 3 * 2, LEAF_DUE = CERT_DAYS / 3 * 2 };
    static const struct {
        const char *name;
        time_t leaf_made, after; /* days */
        time_t seconds;
        enum rotation_step expected;
    } cases[] = {
        {"fresh", 0, 0, 0, ROTATION_NONE},
        {"a clock far behind", 0, -400, 0, ROTATION_NONE},
        {"just before two thirds of the leaf", 0, LEAF_DUE, -1, ROTATION_NONE},
        {"two thirds of the leaf", 0, LEAF_DUE, 0, ROTATION_LEAF},
        {"leaf ended", 0, CERT_DAYS, 1, ROTATION_LEAF},
        {"just before two thirds of the CA", CA_DUE - 1, CA_DUE, -1, ROTATION_NONE},
        {"two thirds of the CA", CA_DUE - 1, CA_DUE, 0, ROTATION_PREPARE},
        {"leaf before CA", CA_DUE - LEAF_DUE, CA_DUE, 0, ROTATION_LEAF},
        {"a leaf that ends with its CA is not renewed", CA_DAYS - 10, CA_DAYS - 1, 0, ROTATION_PREPARE},
        {"all ended", 0, CA_DAYS, 0, ROTATION_BEGIN},
        {"all ended long ago", 0, 10 * CA_DAYS, 0, ROTATION_BEGIN},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(cert_store) store = {0};
        make_first(now, &store);
        if (cases[i].leaf_made > 0)
            step(&store, ROTATION_LEAF, now + cases[i].leaf_made * DAY);
        enum rotation_step found = due(&store, now + cases[i].after * DAY + cases[i].seconds, false);
        if (found != cases[i].expected)
            fail_msg("%s: %s, expected %s", cases[i].name, rotation_step_text(found),
                     rotation_step_text(cases[i].expected));
    }
}

TEST(due__most_jitter__is_a_twentieth_of_the_lifetime_later)
{
    AUTO(cert_store) store = {0};
    make_first(now, &store);
    struct cert_store_facts facts = facts_of(&store);
    struct rotation_policy late = policy;
    late.jitter_permille = 1000;
    time_t plain = rotation_due_at(&facts.leaf, &policy);
    assert_int_equal(plain, now + CERT_DAYS / 3 * 2 * (time_t)DAY);
    assert_int_equal(rotation_due_at(&facts.leaf, &late), plain + CERT_DAYS * (time_t)DAY / 20);
    assert_int_equal(rotation_due_at(&facts.ca, &late) - rotation_due_at(&facts.ca, &policy),
                     CA_DAYS * (time_t)DAY / 20);
}

TEST(rotate_ca__step_by_step__each_step_stores_its_result)
{
    const time_t begun = now + 700 * (time_t)DAY;
    AUTO(cert_store) store = {0};
    make_first(now, &store);
    step(&store, ROTATION_LEAF, begun);
    AUTO(string) old_ca = strdup(store.texts[STORE_CA]);
    AUTO(string) old_leaf = strdup(store.texts[STORE_CERT]);
    time_t old_end = facts_of(&store).leaf_end;

    assert_int_equal(due(&store, begun, false), ROTATION_PREPARE);
    step(&store, ROTATION_PREPARE, begun);
    assert_string_equal(store.texts[STORE_CERT], old_leaf); /* still served */
    assert_int_equal(bundle_size(&store), 2);
    assert_int_equal(due(&store, begun, false), ROTATION_NONE);            /* the next CA is not trusted yet */
    assert_int_equal(due(&store, begun + 61 * DAY, false), ROTATION_LEAF); /* the current CA still renews leaves */

    assert_int_equal(due(&store, begun, true), ROTATION_PROMOTE);
    AUTO(string) next = strdup(store.texts[STORE_NEXT]);
    AUTO(string) bundle = bundle_of(&store);
    step(&store, ROTATION_PROMOTE, begun + DAY);
    assert_string_equal(store.texts[STORE_CA], next);
    assert_true(is_accepted(&store, next, begun + DAY));
    assert_string_equal(store.texts[STORE_PREVIOUS], old_ca);
    assert_null(store.texts[STORE_NEXT]);
    assert_null(store.texts[STORE_NEXT_KEY]);
    AUTO(string) bundle_after = bundle_of(&store);
    assert_true(cert_bundle_same(bundle, bundle_after));
    struct cert_store_facts facts = facts_of(&store);
    assert_int_equal(facts.previous_leaf_end, old_end);

    assert_int_equal(due(&store, begun + 2 * DAY, false), ROTATION_NONE);
    step(&store, ROTATION_LEAF, begun + 60 * DAY);
    assert_int_equal(due(&store, old_end, false), ROTATION_NONE); /* clocks may differ by 5 minutes */
    assert_int_equal(due(&store, old_end + 300, false), ROTATION_PRUNE);
    step(&store, ROTATION_PRUNE, old_end + 300);
    assert_int_equal(bundle_size(&store), 1);
    assert_int_equal(facts_of(&store).previous_leaf_end, 0);
}

/* After the lifetime is shortened, the old CA must stay trusted until an older, longer leaf has ended. */
TEST(leaf_end__shorter_leaf_after_a_longer_one__is_that_of_the_longer)
{
    AUTO(cert_store) store = {0};
    AUTO(cert_store) after = {0};
    struct err err = {0};
    make_first(now, &store);
    struct rotation_policy shorter = policy;
    shorter.cert_lifetime = DAY;
    struct cert_store_facts facts = facts_of(&store);
    struct rotation_view view = view_of(&store, &facts, now + DAY);
    check_success("leaf", rotation_make(&view, &shorter, ROTATION_LEAF, &after, &err), &err);
    facts = facts_of(&after);
    assert_int_equal(facts.leaf.not_after, now + 2 * DAY);
    assert_int_equal(facts.leaf_end, now + CERT_DAYS * (time_t)DAY);
}

TEST(next_ca__that_ended_unused__is_made_again)
{
    AUTO(cert_store) store = {0};
    AUTO(cert_store) after = {0};
    struct err err = {0};
    make_first(now, &store);
    struct rotation_policy shorter = policy;
    shorter.ca_lifetime = 10 * DAY;
    struct cert_store_facts facts = facts_of(&store);
    struct rotation_view view = view_of(&store, &facts, now);
    check_success("prepare", rotation_make(&view, &shorter, ROTATION_PREPARE, &after, &err), &err);
    assert_int_equal(due(&after, now + 9 * DAY, false), ROTATION_NONE);
    assert_int_equal(due(&after, now + 10 * DAY, true), ROTATION_PREPARE);
}

TEST(all_ended__with_a_next_ca__it_is_promoted_untrusted)
{
    const time_t end = now + CA_DAYS * (time_t)DAY;
    AUTO(cert_store) store = {0};
    make_first(now, &store);
    step(&store, ROTATION_PREPARE, end - 10 * DAY);
    assert_int_equal(due(&store, end, false), ROTATION_PROMOTE);
    step(&store, ROTATION_PROMOTE, end);
    assert_int_equal(bundle_size(&store), 1); /* the old CA has ended */
}

TEST(served_ca__that_is_stored_nowhere__is_kept_trusted)
{
    AUTO(cert_store) served = {0};
    AUTO(cert_store) stored = {0};
    AUTO(cert_store) after = {0};
    struct err err = {0};
    make_first(now, &served);
    make_first(now, &stored);
    struct cert_store_facts facts = facts_of(&stored);
    struct rotation_view view = view_of(&stored, &facts, now + DAY);
    view.served = &served;
    assert_int_equal(rotation_due(&view, &policy), ROTATION_KEEP);
    check_success("keep", rotation_make(&view, &policy, ROTATION_KEEP, &after, &err), &err);
    facts = facts_of(&after);
    view.stored = &after;
    assert_int_equal(rotation_due(&view, &policy), ROTATION_NONE);
    AUTO(string) bundle = bundle_of(&after);
    assert_true(is_accepted(&served, bundle, now + DAY));
    assert_string_equal(after.texts[STORE_CERT], stored.texts[STORE_CERT]);
    assert_int_equal(facts.previous_leaf_end, now + CERT_DAYS * (time_t)DAY);
    view.now = now + CERT_DAYS * (time_t)DAY; /* a leaf that has ended needs no trust */
    view.stored = &stored;
    assert_int_not_equal(rotation_due(&view, &policy), ROTATION_KEEP);
}

/* Replicas of two versions that want different names get one certificate with the names of both. */
TEST(hosts__missing_from_the_leaf__are_added)
{
    static const char *const more[] = {"GPUSLICE.gpuslice-system.svc", "2001:DB8:0::1"};
    static const char *const unlike[] = {"other.svc"};
    AUTO(cert_store) store = {0};
    AUTO(cert_store) after = {0};
    AUTO(cert_store) last = {0};
    AUTO(strlist) names = {0};
    struct err err = {0};
    make_first(now, &store);
    struct cert_store_facts facts = facts_of(&store);
    struct rotation_view view = view_of(&store, &facts, now);
    struct rotation_policy wider = policy;
    wider.hosts = more;
    assert_int_equal(rotation_due(&view, &wider), ROTATION_LEAF);
    check_success("leaf", rotation_make(&view, &wider, ROTATION_LEAF, &after, &err), &err);
    check_success("hosts", cert_hosts(after.texts[STORE_CERT], "leaf", &names, &err), &err);
    assert_int_equal(names.count, 3);
    assert_true(strlist_has(&names, "2001:db8::1"));
    assert_true(strlist_has(&names, "127.0.0.1"));
    facts = facts_of(&after);
    view.stored = &after;
    assert_int_equal(rotation_due(&view, &wider), ROTATION_NONE);
    assert_int_equal(rotation_due(&view, &policy), ROTATION_NONE);
    view.now = now + 60 * DAY; /* when a leaf is due, the new one has only the names of the policy */
    check_success("leaf", rotation_make(&view, &policy, ROTATION_LEAF, &last, &err), &err);
    strlist_fini(&names);
    names = (struct strlist){0};
    check_success("hosts", cert_hosts(last.texts[STORE_CERT], "leaf", &names, &err), &err);
    assert_int_equal(names.count, 2);
    wider.hosts = unlike;
    wider.host_count = 1;
    assert_int_equal(rotation_due(&view, &wider), ROTATION_LEAF);
}

TEST(make__impossible_step_or_host__is_refused)
{
    static const char *const bad[] = {"not a host"};
    AUTO(cert_store) store = {0};
    AUTO(cert_store) after = {0};
    struct err err = {0};
    make_first(now, &store);
    struct cert_store_facts facts = facts_of(&store);
    struct rotation_view view = view_of(&store, &facts, now);
    check_failure("promote", rotation_make(&view, &policy, ROTATION_PROMOTE, &after, &err), &err, ERR_INVALID,
                  "there is no next CA yet");
    struct rotation_policy wrong = policy;
    wrong.hosts = bad;
    wrong.host_count = 1;
    check_failure("host", rotation_begin(NULL, NULL, &wrong, now, &after, &err), &err, ERR_INVALID,
                  "\"not a host\" is neither a DNS name nor an IP address; expected e.g. svc.ns.svc");
    assert_true(cert_store_is_empty(&after));
    check_failure("none", rotation_make(&view, &policy, ROTATION_NONE, &after, &err), &err, ERR_INTERNAL,
                  "no step of a rotation: 0");
}

/* -- Broken and foreign stores -- */

TEST(check__inconsistent_store__says_what_is_wrong)
{
    AUTO(cert_store) good = {0};
    AUTO(cert_store) other = {0};
    make_first(now, &good);
    make_first(now, &other);
    const struct {
        const char *name;
        enum cert_store_key key;
        const char *text, *fault;
    } cases[] = {
        {"another program's", STORE_CA_KEY, NULL,
         "it holds certificates that are not gpuslice's own (there is no ca.key); it is left unchanged: name another "
         "one, or delete it if nothing else uses it"},
        {"no CA", STORE_CA, "", "ca.crt is missing"},
        {"no leaf", STORE_CERT, NULL, "tls.crt is missing"},
        {"key of another", STORE_KEY, other.texts[STORE_KEY], "tls.key is not the key of tls.crt"},
        {"CA key of another", STORE_CA_KEY, other.texts[STORE_CA_KEY], "ca.key is not the key of ca.crt"},
        {"no PEM", STORE_CERT, "hello",
         "tls.crt: no certificate found; expected a block \"-----BEGIN CERTIFICATE-----\""},
        {"no key", STORE_KEY, "hello",
         "tls.key: no private key found; expected a block \"-----BEGIN PRIVATE KEY-----\""},
        {"half a next", STORE_NEXT, other.texts[STORE_CA], "one of ca-next.crt and ca-next.key is missing"},
        {"previous is not PEM", STORE_PREVIOUS, "x",
         "ca-previous.crt: no certificate found; expected a block \"-----BEGIN CERTIFICATE-----\""},
        {"leaf end is not a time", STORE_LEAF_END, "tomorrow",
         "ca.leaf-end: \"tomorrow\" is not a time; expected e.g. 2026-11-23T12:52:12Z"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(cert_store) store = {0};
        struct cert_store_facts facts;
        struct err err = {0};
        check_success("copy", cert_store_copy(&good, &store, &err), &err);
        check_success("set", cert_store_set(&store, cases[i].key, cases[i].text, &err), &err);
        check_failure(cases[i].name, cert_store_check(&store, &facts, &err), &err, ERR_INVALID, cases[i].fault);
    }
}

TEST(check__leaf_of_another_ca__is_refused)
{
    AUTO(cert_store) store = {0};
    AUTO(cert_store) other = {0};
    struct cert_store_facts facts;
    struct err err = {0};
    make_first(now, &store);
    make_first(now, &other);
    check_success("set", cert_store_set(&store, STORE_CERT, other.texts[STORE_CERT], &err), &err);
    check_success("set", cert_store_set(&store, STORE_KEY, other.texts[STORE_KEY], &err), &err);
    check_failure("leaf", cert_store_check(&store, &facts, &err), &err, ERR_INVALID, "tls.crt is not signed by ca.crt");
    check_success("set", cert_store_set(&store, STORE_CA, other.texts[STORE_CERT], &err), &err);
    check_success("set", cert_store_set(&store, STORE_CA_KEY, other.texts[STORE_KEY], &err), &err);
    check_failure("leaf as CA", cert_store_check(&store, &facts, &err), &err, ERR_INVALID,
                  "ca.crt is not a CA certificate");
}

TEST(check__missing_times__are_the_ends_of_the_cas)
{
    AUTO(cert_store) store = {0};
    struct err err = {0};
    make_first(now, &store);
    step(&store, ROTATION_PREPARE, now + DAY);
    step(&store, ROTATION_PROMOTE, now + 2 * DAY);
    check_success("set", cert_store_set(&store, STORE_LEAF_END, NULL, &err), &err);
    check_success("set", cert_store_set(&store, STORE_PREVIOUS_LEAF_END, NULL, &err), &err);
    struct cert_store_facts facts = facts_of(&store);
    assert_int_equal(facts.leaf_end, now + (CA_DAYS + 1) * (time_t)DAY);
    assert_int_equal(facts.previous_leaf_end, now + CA_DAYS * (time_t)DAY);
}
