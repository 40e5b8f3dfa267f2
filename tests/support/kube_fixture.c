#include "tests/support/kube_fixture.h"

void kube_must(int result, const struct err *err)
{
    if (result < 0)
        fail_msg("%s", err->text);
}

static void kube_note(void *context, enum namespace_notice notice, const char *text)
{
    static const char *const names[] = {
        [NOTICE_SYNCED] = "synced", [NOTICE_LOST] = "lost: ", [NOTICE_RESTORED] = "restored"};
    struct seen *seen = context;
    (void)pthread_mutex_lock(&seen->mutex);
    size_t used = strlen(seen->notices);
    (void)snprintf(seen->notices + used, sizeof(seen->notices) - used, "%s%s;", names[notice],
                   notice == NOTICE_LOST ? text : "");
    (void)pthread_mutex_unlock(&seen->mutex);
}

void access_to(const struct fake_api *api, struct access *ret_access)
{
    *ret_access = (struct access){.server = strdup(fake_api_server(api)), .origin = strdup("a test")};
    assert_true(ret_access->server && ret_access->origin);
}

void kube_start(struct kube_fixture *fixture, const struct fake_step *steps, size_t count,
                const struct namespace_watch_options *given)
{
    struct err err;
    struct namespace_watch_options options = given ? *given : (struct namespace_watch_options){0};
    (void)signal(SIGPIPE, SIG_IGN);
    (void)pthread_mutex_init(&fixture->seen.mutex, NULL);
    fixture->api = fake_api_new(steps, count, NULL);
    if (!fixture->access.server)
        fixture->access.server = strdup(fake_api_server(fixture->api));
    options.backoff.first_ms = options.backoff.first_ms ? options.backoff.first_ms : 2;
    options.backoff.most_ms = options.backoff.most_ms ? options.backoff.most_ms : 20;
    options.notice = kube_note;
    options.context = &fixture->seen;
    kube_must(client_new(&fixture->access, &fixture->client, &err), &err);
    kube_must(namespace_store_new(&fixture->store, &err), &err);
    kube_must(namespace_watch_new(&options, fixture->client, fixture->store, &fixture->watch, &err), &err);
    kube_must(namespace_watch_start(fixture->watch, &err), &err);
}

void kube_fini(struct kube_fixture *fixture)
{
    namespace_watch_free(fixture->watch);
    namespace_store_free(fixture->store);
    client_free(fixture->client);
    access_fini(&fixture->access);
    fake_api_free(fixture->api);
}

bool kube_has_events(void *context)
{
    struct kube_fixture *fixture = context;
    return namespace_watch_facts(fixture->watch).events >= fixture->wanted;
}

bool kube_has_stored(void *context)
{
    struct kube_fixture *fixture = context;
    return namespace_store_count(fixture->store) >= fixture->wanted;
}

bool kube_has_syncs(void *context)
{
    struct kube_fixture *fixture = context;
    return namespace_watch_facts(fixture->watch).syncs >= fixture->wanted;
}

bool kube_has_requests(void *context)
{
    struct kube_fixture *fixture = context;
    return fake_api_count(fixture->api, fixture->wanted_text) >= fixture->wanted;
}

bool kube_has_failures(void *context)
{
    struct kube_fixture *fixture = context;
    return namespace_watch_facts(fixture->watch).failures >= fixture->wanted;
}

bool kube_holds(void *context)
{
    struct kube_fixture *fixture = context;
    return fake_api_held(fixture->api) >= fixture->wanted;
}

void kube_await(struct kube_fixture *fixture, bool (*condition)(void *context), size_t wanted, const char *text)
{
    fixture->wanted = wanted;
    fixture->wanted_text = text;
    if (!eventually(condition, fixture, WAIT_MS))
        fail_msg("%s %zu %s: not in time; the last fault of the watch is \"%s\", that of the script is \"%s\"",
                 condition == kube_has_events     ? "events"
                 : condition == kube_has_syncs    ? "syncs"
                 : condition == kube_has_requests ? "requests"
                                                  : "namespaces, failures or answers held",
                 wanted, text ? text : "", namespace_watch_facts(fixture->watch).fault, fake_api_fault(fixture->api));
}

void kube_played(struct kube_fixture *fixture)
{
    assert_string_equal(fake_api_fault(fixture->api), "");
}

void kube_expect(struct kube_fixture *fixture, const char *name, const char *expected)
{
    AUTO(namespace_entry) entry = namespace_store_find(fixture->store, name);
    AUTO(buf) text;
    buf_init(&text, 4096);
    if (entry) {
        const struct keyvalues *maps[] = {&entry->info.labels, &entry->info.annotations};
        buf_addf(&text, "%s %llu", entry->info.name, (unsigned long long)entry->revision);
        for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
            for (size_t j = 0; j < maps[i]->count; j++)
                buf_addf(&text, "%s%s=%s", j ? "," : " ", maps[i]->items[j].key, maps[i]->items[j].value);
        }
    }
    if (strcmp(entry ? buf_text(&text) : "-", expected) != 0)
        fail_msg("%s: is \"%s\", expected \"%s\"", name, entry ? buf_text(&text) : "-", expected);
}

char *lines_of(const char *path, size_t first, size_t count)
{
    AUTO(buf) text;
    struct err err;
    buf_init(&text, 1 << 20);
    kube_must(file_read(path, &text, &err), &err);
    const char *begin = buf_text(&text);
    for (size_t i = 0; i < first && *begin; i++)
        begin += strcspn(begin, "\n") + 1;
    const char *end = begin;
    for (size_t i = 0; i < count && *end; i++)
        end += strcspn(end, "\n") + (end[strcspn(end, "\n")] == '\n');
    return strndup(begin, (size_t)(end - begin));
}
