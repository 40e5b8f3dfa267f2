#include "tests/support/rotate_fixture.h"

void make_first(time_t at, struct cert_store *ret_store)
{
    struct err err = {0};
    check_success("begin", rotation_begin(NULL, NULL, &policy, at, ret_store, &err), &err);
}

struct cert_store_facts facts_of(const struct cert_store *store)
{
    struct cert_store_facts facts = {0};
    struct err err = {0};
    check_success("check", cert_store_check(store, &facts, &err), &err);
    return facts;
}

struct rotation_view view_of(const struct cert_store *store, const struct cert_store_facts *facts, time_t at)
{
    return (struct rotation_view){.stored = store, .facts = facts, .now = at};
}

bool is_accepted(const struct cert_store *store, const char *bundle, time_t at)
{
    struct err err = {0};
    struct cert_facts facts;
    char *texts[] = {store->texts[STORE_CERT], store->texts[STORE_KEY]};
    AUTO(string) trusted = strdup(bundle);
    const struct cert_pem pair = {.cert = texts[0], .key = texts[1], .ca = trusted};
    return cert_check(&pair, hosts[0], at, &facts, &err) == 0;
}

char *bundle_of(const struct cert_store *store)
{
    char *bundle = NULL;
    struct err err = {0};
    check_success("bundle", cert_store_bundle(store, &bundle, &err), &err);
    return bundle;
}

size_t bundle_size(const struct cert_store *store)
{
    AUTO(string) bundle = bundle_of(store);
    struct cert_facts *list = NULL;
    size_t count = 0;
    struct err err = {0};
    check_success("bundle", cert_facts_list(bundle, "bundle", &list, &count, &err), &err);
    free(list);
    return count;
}
