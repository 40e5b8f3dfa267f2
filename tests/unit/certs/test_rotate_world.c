/* certs/rotate with slow and restarted replicas: none ever serves a certificate that clients do not trust. */
#include "tests/support/rotate_fixture.h"

/* -- A world: one store, one bundle that clients trust, and replicas that look at them periodically -- */

enum { REPLICAS = 3, TICK_HOURS = 24, WORLD_CA_DAYS = 45, WORLD_CERT_DAYS = 12, WORLD_DAYS = 100 };

static const struct rotation_policy fixture_policy = {.hosts = hosts,
                                                      .host_count = ARRAY_SIZE(hosts),
                                                      .ca_lifetime = WORLD_CA_DAYS * (int64_t)DAY,
                                                      .cert_lifetime = WORLD_CERT_DAYS * (int64_t)DAY};

struct replica {
    const char *name;
    unsigned period; /* ticks between two looks */
    unsigned crash;  /* ticks between two restarts, which lose `served`; 0 for none */
    unsigned halts;  /* every second look stops after this many writes; 0 for none */
    bool changed;    /* its leaf or the bundle has changed since the last check */
    struct cert_store served;
    time_t leaf_end; /* of `served` */
};

struct fixture {
    struct cert_store stored;
    struct cert_store_facts facts; /* of `stored`, kept because finding them is slow */
    char *bundle, *bundle_before;  /* what API servers trust; some still have the one before */
    struct replica replicas[REPLICAS];
    unsigned rotations[ROTATION_STEPS];
};

static void fixture_store(struct fixture *fixture, struct cert_store *store, enum rotation_step which)
{
    cert_store_fini(&fixture->stored);
    fixture->stored = *store;
    fixture->facts = facts_of(store);
    *store = (struct cert_store){0};
    fixture->rotations[which]++;
}

static void fixture_patch(struct fixture *fixture)
{
    AUTO(string) wanted = bundle_of(&fixture->stored);
    if (strcmp(fixture->bundle, wanted) == 0 || cert_bundle_same(fixture->bundle, wanted))
        return;
    free(fixture->bundle_before);
    fixture->bundle_before = fixture->bundle;
    fixture->bundle = strdup(wanted);
    for (size_t i = 0; i < REPLICAS; i++)
        fixture->replicas[i].changed = true; /* the new bundle must accept all of them */
}

/* Does what cluster_certificates and service_certificates do, without a network. Ends after `halt` writes unless that
 * is 0. */
static void look(struct fixture *fixture, struct replica *replica, time_t at, unsigned halt)
{
    struct err err = {0};
    unsigned writes = 0;
    bool serves = replica->served.texts[STORE_CERT];
    if (cert_store_is_empty(&fixture->stored)) {
        AUTO(cert_store) first = {0};
        check_success(
            "begin",
            rotation_begin(serves ? &replica->served : NULL, fixture->bundle, &fixture_policy, at, &first, &err), &err);
        fixture_store(fixture, &first, ROTATION_BEGIN);
        writes++;
    }
    for (;;) {
        bool trusted = fixture->facts.has_next && cert_bundle_has(fixture->bundle, fixture->stored.texts[STORE_NEXT]) &&
                       cert_bundle_has(fixture->bundle_before, fixture->stored.texts[STORE_NEXT]);
        struct rotation_view view = view_of(&fixture->stored, &fixture->facts, at);
        view.served = serves ? &replica->served : NULL;
        view.next_is_trusted = trusted;
        enum rotation_step which = rotation_due(&view, &fixture_policy);
        if (which == ROTATION_NONE)
            break;
        if (halt && writes >= halt)
            return;
        AUTO(cert_store) after = {0};
        check_success("step", rotation_make(&view, &fixture_policy, which, &after, &err), &err);
        fixture_store(fixture, &after, which);
        if (++writes > ROTATION_STEPS)
            fail_msg("%s writes on and on, now: %s", replica->name, rotation_step_text(which));
    }
    if (halt && writes >= halt)
        return;
    fixture_patch(fixture);
    bool same_ca = serves && strcmp(replica->served.texts[STORE_CA], fixture->stored.texts[STORE_CA]) == 0;
    if (serves && !same_ca && !cert_bundle_has(fixture->bundle_before, fixture->stored.texts[STORE_CA]))
        return;
    if (!serves || strcmp(replica->served.texts[STORE_CERT], fixture->stored.texts[STORE_CERT]) != 0)
        replica->changed = true;
    replica->leaf_end = fixture->facts.leaf.not_after;
    cert_store_fini(&replica->served);
    check_success("copy", cert_store_copy(&fixture->stored, &replica->served, &err), &err);
}

/* Each served leaf must be accepted by API servers with the latest bundle and by those that still have the one before;
 * the very first bundle has none before it. An accepted leaf stays accepted until it ends, because no leaf outlives its
 * CA. So a leaf is verified only after a change, but its end is always checked. */
static void fixture_check(struct fixture *fixture, time_t at)
{
    bool settled = at == now || strcmp(fixture->bundle, fixture->bundle_before) == 0;
    for (size_t i = 0; i < REPLICAS; i++) {
        struct replica *replica = &fixture->replicas[i];
        bool changed = replica->changed;
        replica->changed = false;
        if (!replica->served.texts[STORE_CERT])
            continue;
        if (replica->leaf_end < at ||
            (changed && (!is_accepted(&replica->served, fixture->bundle, at) ||
                         (!settled && !is_accepted(&replica->served, fixture->bundle_before, at)))))
            fail_msg("%s is not trusted %ld days after the start", replica->name, (long)((at - now) / DAY));
    }
}

/* Before the next tick all API servers have the latest bundle. */
static void fixture_settle(struct fixture *fixture)
{
    free(fixture->bundle_before);
    fixture->bundle_before = strdup(fixture->bundle);
}

static void fixture_fini(struct fixture *fixture)
{
    cert_store_fini(&fixture->stored);
    free(fixture->bundle);
    free(fixture->bundle_before);
    for (size_t i = 0; i < REPLICAS; i++)
        cert_store_fini(&fixture->replicas[i].served);
}
DEFINE_AUTO_FINI(fixture, struct fixture, fixture_fini);

static void fixture_run(struct fixture *fixture, unsigned lose_every)
{
    for (unsigned tick = 0; tick < WORLD_DAYS * 24 / TICK_HOURS; tick++) {
        time_t at = now + (time_t)tick * TICK_HOURS * 3600;
        if (lose_every && tick % lose_every == lose_every - 1)
            cert_store_fini(&fixture->stored); /* the Secret is deleted */
        for (unsigned i = 0; i < REPLICAS; i++) {
            struct replica *replica = &fixture->replicas[i];
            if (replica->crash && tick % replica->crash == 0)
                cert_store_fini(&replica->served);
            if (tick % replica->period == 0)
                look(fixture, replica, at, replica->halts && tick / replica->period % 2 ? replica->halts : 0);
            fixture_check(fixture, at);
        }
        fixture_settle(fixture);
    }
}

static struct fixture fixture_of(const struct replica replicas[REPLICAS])
{
    struct fixture fixture = {.bundle = strdup("none yet\n"), .bundle_before = strdup("none yet\n")};
    memcpy(fixture.replicas, replicas, sizeof(fixture.replicas));
    return fixture;
}

TEST(world__hundred_days__no_replica_serves_what_is_not_trusted)
{
    static const struct {
        const char *name;
        struct replica replicas[REPLICAS];
        unsigned lose_every;
    } cases[] = {
        {"some are slow", {{.name = "a", .period = 1}, {.name = "b", .period = 2}, {.name = "c", .period = 3}}, 0},
        {"restarts",
         {{.name = "a", .period = 1, .crash = 7},
          {.name = "b", .period = 2, .crash = 11},
          {.name = "c", .period = 1, .crash = 1}},
         0},
        {"each look may end after any write",
         {{.name = "a", .period = 1, .halts = 1},
          {.name = "b", .period = 3, .halts = 1},
          {.name = "c", .period = 3, .halts = 2}},
         0},
        {"the Secret is lost",
         {{.name = "a", .period = 1}, {.name = "b", .period = 2}, {.name = "c", .period = 3, .crash = 13}},
         31},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].name);
        AUTO(fixture) fixture = fixture_of(cases[i].replicas);
        fixture_run(&fixture, cases[i].lose_every);
        assert_true(fixture.rotations[ROTATION_PROMOTE] >= 3);
        assert_true(fixture.rotations[ROTATION_LEAF] >= 8);
        if (!cases[i].lose_every) {
            assert_int_equal(fixture.rotations[ROTATION_BEGIN], 1);
            assert_true(fixture.rotations[ROTATION_PRUNE] >= 2);
        }
        assert_in_range(bundle_size(&fixture.stored), 1, 3);
    }
}
