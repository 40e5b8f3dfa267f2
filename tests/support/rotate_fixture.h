/* What tests of certs/rotate share: a policy, stores, and clients that verify them. The tests set the clock. */
#pragma once

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

void make_first(time_t at, struct cert_store *ret_store);
struct cert_store_facts facts_of(const struct cert_store *store);
struct rotation_view view_of(const struct cert_store *store, const struct cert_store_facts *facts, time_t at);

/* True if clients with that bundle accept the leaf of the store at that time. */
bool is_accepted(const struct cert_store *store, const char *bundle, time_t at);
char *bundle_of(const struct cert_store *store);
size_t bundle_size(const struct cert_store *store);
