/* The state machine. Does not depend on Secrets, webhook configurations or a clock. */
#include "certs/rotate.h"

#include "base/buf.h"
#include "base/units.h"
#include "certs/issue.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum {
    LIFETIME_PARTS = 3, /* renewed when one of this many parts of the lifetime is left */
    JITTER_PARTS = 20,  /* later by at most one of this many parts */
    MARGIN_PARTS = 10,
    MARGIN_MOST_S = 300, /* clocks differ: a replica may consider the last leaf valid for this much longer */
    PREVIOUS_MAX_BYTES = MIB,
};

static const char name[] = "gpuslice";

const char *rotation_step_text(enum rotation_step step)
{
    static const char *const texts[ROTATION_STEPS] = {
        [ROTATION_NONE] = "nothing is due",
        [ROTATION_BEGIN] = "a new CA and a certificate signed by it",
        [ROTATION_KEEP] = "the CA of the certificate that this replica serves stays trusted",
        [ROTATION_LEAF] = "a new certificate signed by the same CA",
        [ROTATION_PREPARE] = "a next CA, to be trusted alongside the old one",
        [ROTATION_PROMOTE] = "the next CA takes over, with a certificate signed by it",
        [ROTATION_PRUNE] = "the previous CA is no longer trusted",
    };
    return texts[step];
}

/* -- When -- */

int64_t rotation_lifetime(const struct cert_facts *facts)
{
    int64_t whole = facts->not_after - facts->not_before;
    return whole > CERT_SKEW_SECONDS ? whole - CERT_SKEW_SECONDS : whole;
}

time_t rotation_due_at(const struct cert_facts *facts, const struct rotation_policy *policy)
{
    int64_t lifetime = rotation_lifetime(facts);
    int64_t jitter = lifetime / JITTER_PARTS * policy->jitter_permille / 1000;
    return facts->not_after - (lifetime / LIFETIME_PARTS - jitter);
}

static time_t margin_of(const struct rotation_policy *policy)
{
    int64_t margin = policy->cert_lifetime / MARGIN_PARTS + 1;
    return margin < MARGIN_MOST_S ? margin : MARGIN_MOST_S;
}

/* Returns when a leaf issued by `ca` now expires. */
static time_t leaf_end(const struct cert_facts *ca, const struct rotation_policy *policy, time_t now)
{
    time_t end = now + policy->cert_lifetime;
    return end < ca->not_after ? end : ca->not_after;
}

/* -- Names -- */

static bool same_host(const char *a, const char *b)
{
    unsigned char left[sizeof(struct in6_addr)];
    unsigned char right[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET6, a, left) == 1 && inet_pton(AF_INET6, b, right) == 1)
        return memcmp(left, right, sizeof(left)) == 0;
    return strcasecmp(a, b) == 0;
}

static bool has_host(const char *const hosts[], size_t count, const char *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (same_host(hosts[i], wanted))
            return true;
    }
    return false;
}

static const char *const *items_of(const struct strlist *list)
{
    return (const char *const *)list->items;
}

static bool covers_hosts(const struct cert_store *store, const struct rotation_policy *policy)
{
    struct err err;
    AUTO(strlist) hosts = {0};
    if (cert_hosts(store->texts[STORE_CERT], "leaf", &hosts, &err) < 0)
        return false;
    for (size_t i = 0; i < policy->host_count; i++) {
        if (!has_host(items_of(&hosts), hosts.count, policy->hosts[i]))
            return false;
    }
    return true;
}

/* Collects the hosts of the policy. If the leaf lacks one of them, adds the leaf's hosts too: replicas of an older
 * version may still need those, and would replace a leaf without them in turn. */
static int collect_hosts(const struct cert_store *store, const struct rotation_policy *policy, struct strlist *hosts,
                         struct err *err)
{
    AUTO(strlist) old = {0};
    for (size_t i = 0; i < policy->host_count; i++) {
        if (strlist_add(hosts, policy->hosts[i], err) < 0)
            return -1;
    }

    if (covers_hosts(store, policy))
        return 0;
    if (cert_hosts(store->texts[STORE_CERT], "leaf", &old, err) < 0)
        return -1;

    for (size_t i = 0; i < old.count; i++) {
        if (!has_host(items_of(hosts), hosts->count, old.items[i]) && strlist_add(hosts, old.items[i], err) < 0)
            return -1;
    }

    return 0;
}

/* -- What is due -- */

static bool leaf_is_due(const struct rotation_view *view, const struct rotation_policy *policy)
{
    if (!covers_hosts(view->stored, policy))
        return true;
    /* Near the CA's expiry, another leaf would not be valid for longer than this one. */
    return view->now >= rotation_due_at(&view->facts->leaf, policy) &&
           leaf_end(&view->facts->ca, policy, view->now) > view->facts->leaf.not_after;
}

static bool ends_after(const char *pem, time_t now)
{
    struct err err;
    struct cert_facts *list = NULL;
    size_t count = 0;
    if (!pem || cert_facts_list(pem, "certificate", &list, &count, &err) < 0)
        return false;
    bool ends = list[0].not_after > now;
    free(list);
    return ends;
}

static bool must_keep(const struct rotation_view *view)
{
    struct err err;
    AUTO(string) bundle = NULL;
    if (!view->served || strcmp(view->served->texts[STORE_CA], view->stored->texts[STORE_CA]) == 0 ||
        !ends_after(view->served->texts[STORE_CERT], view->now) || cert_store_bundle(view->stored, &bundle, &err) < 0)
        return false;
    return !cert_bundle_has(bundle, view->served->texts[STORE_CA]);
}

static bool next_is_valid(const struct rotation_view *view)
{
    return view->facts->has_next && view->facts->next.not_after > view->now;
}

enum rotation_step rotation_due(const struct rotation_view *view, const struct rotation_policy *policy)
{
    const struct cert_store_facts *facts = view->facts;
    if (facts->ca.not_after <= view->now) /* no client accepts its leaves, so there is nothing to wait for */
        return next_is_valid(view) ? ROTATION_PROMOTE : ROTATION_BEGIN;
    if (must_keep(view))
        return ROTATION_KEEP;

    if (next_is_valid(view) && view->next_is_trusted)
        return ROTATION_PROMOTE;
    if (leaf_is_due(view, policy))
        return ROTATION_LEAF;
    if (!next_is_valid(view) && (facts->has_next || view->now >= rotation_due_at(&facts->ca, policy)))
        return ROTATION_PREPARE;
    if (facts->previous_leaf_end && view->now >= facts->previous_leaf_end + margin_of(policy))
        return ROTATION_PRUNE;
    return ROTATION_NONE;
}

enum rotation_step rotation_forced(const struct rotation_view *view, const struct rotation_policy *policy,
                                   enum rotation_step wanted)
{
    if (view->facts->ca.not_after <= view->now)
        return rotation_due(view, policy);
    return wanted == ROTATION_PREPARE && next_is_valid(view) ? ROTATION_NONE : wanted;
}

/* -- What happens to the store -- */

static int set_end(struct cert_store *store, enum cert_store_key key, time_t end, struct err *err)
{
    char text[CERT_TIME_SIZE];
    cert_time_text(end, text);
    return cert_store_set(store, key, end ? text : NULL, err);
}

static int issue_ca(const struct rotation_policy *policy, time_t now, struct cert_store *store,
                    enum cert_store_key cert_key, enum cert_store_key key_key, struct err *err)
{
    AUTO(cert_pem) ca = {0};
    const struct cert_request request = {.name = name, .lifetime = policy->ca_lifetime, .now = now};
    if (cert_issue_ca(&request, &ca, err) < 0 || cert_store_set(store, cert_key, ca.cert, err) < 0)
        return -1;
    return cert_store_set(store, key_key, ca.key, err);
}

/* Issues a leaf signed by the store's CA that expires at `end`. The recorded expiry of the CA's last leaf, `known_end`
 * so far, never becomes earlier. */
static int issue_leaf(struct cert_store *store, const struct strlist *hosts, time_t now, time_t end, time_t known_end,
                      struct err *err)
{
    AUTO(cert_pem) leaf = {0};
    const struct cert_pem ca = {.cert = store->texts[STORE_CA], .key = store->texts[STORE_CA_KEY]};
    const struct cert_request request = {
        .name = name, .hosts = items_of(hosts), .host_count = hosts->count, .lifetime = end - now, .now = now};
    if (cert_issue_leaf(&ca, &request, &leaf, err) < 0 || cert_store_set(store, STORE_CERT, leaf.cert, err) < 0 ||
        cert_store_set(store, STORE_KEY, leaf.key, err) < 0)
        return -1;
    return set_end(store, STORE_LEAF_END, end > known_end ? end : known_end, err);
}

/* Appends to `out` each certificate of `pem` that is a CA, has not expired and is not in `out` yet. */
static int add_valid_cas(struct buf *out, const char *pem, time_t now, struct err *err)
{
    static const char end_mark[] = "-----END CERTIFICATE-----";
    for (const char *begin = pem, *end; begin && (end = strstr(begin, end_mark)); begin = end) {
        struct cert_facts *list = NULL;
        struct err fault;
        size_t count = 0;
        end += sizeof(end_mark) - 1;
        AUTO(string) one = strndup(begin, (size_t)(end - begin));
        if (!one)
            return err_nomem(err);
        bool good = cert_facts_list(one, "CA", &list, &count, &fault) == 0 && list[0].is_ca &&
                    list[0].not_after > now && !cert_bundle_has(buf_text(out), one);
        free(list);
        if (good)
            buf_addf(out, "%s\n", one + strspn(one, "\r\n"));
    }

    return buf_check(out, err);
}

/* Puts the CAs in `pem` before the previous CAs and removes those that have expired. The recorded expiry of the last
 * leaf of all of these becomes the later of `known_end` and `end`. */
static int add_previous(struct cert_store *store, const char *pem, time_t known_end, time_t end, time_t now,
                        struct err *err)
{
    AUTO(buf) previous;
    buf_init(&previous, PREVIOUS_MAX_BYTES);
    if (add_valid_cas(&previous, pem, now, err) < 0 ||
        add_valid_cas(&previous, store->texts[STORE_PREVIOUS], now, err) < 0)
        return -1;
    if (previous.length == 0)
        end = known_end = 0;
    if (cert_store_set(store, STORE_PREVIOUS, previous.length ? buf_text(&previous) : NULL, err) < 0)
        return -1;
    return set_end(store, STORE_PREVIOUS_LEAF_END, end > known_end ? end : known_end, err);
}

/* Makes the next CA the current one. */
static int promote(const struct rotation_view *view, const struct rotation_policy *policy, struct cert_store *store,
                   struct err *err)
{
    const struct cert_store_facts *facts = view->facts;
    AUTO(strlist) hosts = {0};
    if (!facts->has_next)
        return err_set(err, ERR_INVALID, "there is no next CA yet");
    if (add_previous(store, view->stored->texts[STORE_CA], facts->previous_leaf_end, facts->leaf_end, view->now, err) <
            0 ||
        collect_hosts(view->stored, policy, &hosts, err) < 0 ||
        cert_store_set(store, STORE_CA, view->stored->texts[STORE_NEXT], err) < 0 ||
        cert_store_set(store, STORE_CA_KEY, view->stored->texts[STORE_NEXT_KEY], err) < 0 ||
        cert_store_set(store, STORE_NEXT, NULL, err) < 0 || cert_store_set(store, STORE_NEXT_KEY, NULL, err) < 0)
        return -1;
    return issue_leaf(store, &hosts, view->now, leaf_end(&facts->next, policy, view->now), 0, err);
}

static int renew_leaf(const struct rotation_view *view, const struct rotation_policy *policy, struct cert_store *store,
                      struct err *err)
{
    AUTO(strlist) hosts = {0};
    if (collect_hosts(view->stored, policy, &hosts, err) < 0)
        return -1;
    return issue_leaf(store, &hosts, view->now, leaf_end(&view->facts->ca, policy, view->now), view->facts->leaf_end,
                      err);
}

static int keep_served(const struct rotation_view *view, struct cert_store *store, struct err *err)
{
    struct cert_facts *leaf = NULL;
    size_t count = 0;
    if (cert_facts_list(view->served->texts[STORE_CERT], "leaf", &leaf, &count, err) < 0)
        return -1;
    time_t end = leaf[0].not_after;
    free(leaf);
    return add_previous(store, view->served->texts[STORE_CA], view->facts->previous_leaf_end, end, view->now, err);
}

static int prune(struct cert_store *store, struct err *err)
{
    return cert_store_set(store, STORE_PREVIOUS, NULL, err) < 0 ? -1 : set_end(store, STORE_PREVIOUS_LEAF_END, 0, err);
}

static int create_first_store(const struct rotation_policy *policy, const char *trusted, time_t now,
                              struct cert_store *store, struct err *err)
{
    AUTO(strlist) hosts = {0};
    time_t end = now + (policy->cert_lifetime < policy->ca_lifetime ? policy->cert_lifetime : policy->ca_lifetime);
    for (size_t i = 0; i < policy->host_count; i++) {
        if (strlist_add(&hosts, policy->hosts[i], err) < 0)
            return -1;
    }
    if (issue_ca(policy, now, store, STORE_CA, STORE_CA_KEY, err) < 0 ||
        issue_leaf(store, &hosts, now, end, 0, err) < 0)
        return -1;
    return add_previous(store, trusted, 0, now + policy->cert_lifetime, now, err);
}

int rotation_begin(const struct cert_store *served, const char *trusted, const struct rotation_policy *policy,
                   time_t now, struct cert_store *ret_store, struct err *err)
{
    AUTO(cert_store) store = {0};
    bool serves = served && ends_after(served->texts[STORE_CA], now) && ends_after(served->texts[STORE_CERT], now);
    int result = serves ? cert_store_copy(served, &store, err) : create_first_store(policy, trusted, now, &store, err);
    if (result == 0 && serves)
        result = issue_ca(policy, now, &store, STORE_NEXT, STORE_NEXT_KEY, err);
    if (result < 0)
        return -1;
    *ret_store = TAKE(store);
    return 0;
}

static int apply_rotation_step(const struct rotation_view *view, const struct rotation_policy *policy,
                               enum rotation_step step, struct cert_store *store, struct err *err)
{
    switch (step) {
    case ROTATION_KEEP:
        return keep_served(view, store, err);
    case ROTATION_LEAF:
        return renew_leaf(view, policy, store, err);
    case ROTATION_PREPARE:
        return issue_ca(policy, view->now, store, STORE_NEXT, STORE_NEXT_KEY, err);
    case ROTATION_PROMOTE:
        return promote(view, policy, store, err);
    case ROTATION_PRUNE:
        return prune(store, err);
    case ROTATION_NONE:
    case ROTATION_BEGIN:
    case ROTATION_STEPS:
        break;
    }

    return err_set(err, ERR_INTERNAL, "no step of a rotation: %d", (int)step);
}

int rotation_make(const struct rotation_view *view, const struct rotation_policy *policy, enum rotation_step step,
                  struct cert_store *ret_store, struct err *err)
{
    if (step == ROTATION_BEGIN)
        return rotation_begin(NULL, view->stored->texts[STORE_PREVIOUS], policy, view->now, ret_store, err);
    AUTO(cert_store) store = {0};
    if (cert_store_copy(view->stored, &store, err) < 0 || apply_rotation_step(view, policy, step, &store, err) < 0)
        return -1;
    *ret_store = TAKE(store);
    return 0;
}
