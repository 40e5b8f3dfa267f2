/* What tests of certs/rotate share: a policy, stores, and clients that look at them. The clock is the tests'. */
#ifndef GPUSLICE_TESTS_SUPPORT_ROTATE_FIXTURE_H
#define GPUSLICE_TESTS_SUPPORT_ROTATE_FIXTURE_H

#include "certs/load.h"
#include "certs/rotate.h"
#include "tests/support/check.h"

enum { DAY = 86400, CA_DAYS = 900, CERT_DAYS = 90 };
/* 2026-11-23T12:52:12Z */
static const time_t now = 1795438332;

static const char *const hosts[] = {"gpuslice.gpuslice-system.svc", "127.0.0.1"};
static const struct rotation_policy policy = {.hosts = hosts,
                                              .host_count = ARRAY_SIZE(hosts),
                                              .ca_lifetime = CA_DAYS * (int64_t)DAY,
                                              .cert_lifetime = CERT_DAYS * (int64_t)DAY};

static inline void make_first(time_t at, struct cert_store *ret_store)
{
    struct err err = {0};
    check_success("begin", rotation_begin(NULL, NULL, &policy, at, ret_store, &err), &err);
}

static inline struct cert_store_facts facts_of(const struct cert_store *store)
{
    struct cert_store_facts facts = {0};
    struct err err = {0};
    check_success("check", cert_store_check(store, &facts, &err), &err);
    return facts;
}

static inline struct rotation_view view_of(const struct cert_store *store, const struct cert_store_facts *facts,
                                           time_t at)
{
    return (struct rotation_view){.stored = store, .facts = facts, .now = at};
}

/* The leaf as clients with that bundle see it. */
static inline bool is_accepted(const struct cert_store *store, const char *bundle, time_t at)
{
    struct err err = {0};
    struct cert_facts facts;
    char *texts[] = {store->texts[STORE_CERT], store->texts[STORE_KEY]};
    AUTO(string) trusted = strdup(bundle);
    const struct cert_pem pair = {.cert = texts[0], .key = texts[1], .ca = trusted};
    return cert_check(&pair, hosts[0], at, &facts, &err) == 0;
}

static inline char *bundle_of(const struct cert_store *store)
{
    char *bundle = NULL;
    struct err err = {0};
    check_success("bundle", cert_store_bundle(store, &bundle, &err), &err);
    return bundle;
}

static inline size_t bundle_size(const struct cert_store *store)
{
    AUTO(string) bundle = bundle_of(store);
    struct cert_facts *list = NULL;
    size_t count = 0;
    struct err err = {0};
    check_success("bundle", cert_facts_list(bundle, "bundle", &list, &count, &err), &err);
    free(list);
    return count;
}

#endif
