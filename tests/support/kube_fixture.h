/* A fake API server with a script, and a client, store and watch of it. Parts of the script that were not asked for,
 * and requests that it has no step for, are the tests' to check. */
#ifndef GPUSLICE_TESTS_KUBE_FIXTURE_H
#define GPUSLICE_TESTS_KUBE_FIXTURE_H

#include "base/clock.h"
#include "base/file.h"
#include "kube/cluster_namespaces.h"
#include "tests/support/fake_api.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WAIT_MS = 20000, MS_NS = 1000000 };

#define WATCH_LIST "watch=true&allowWatchBookmarks=true"
#define INITIAL    "sendInitialEvents=true&resourceVersionMatch=NotOlderThan"

/* One line of a watch. */
#define EVENT(type, name, revision, labels, annotations)                                                   \
    "{\"type\":\"" type "\",\"object\":{\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"name\":\"" name \
    "\",\"resourceVersion\":\"" revision "\",\"labels\":{" labels "},\"annotations\":{" annotations "}}}}\n"
#define ADDED(name, revision)    EVENT("ADDED", name, revision, "", "")
#define DELETED(name, revision)  EVENT("DELETED", name, revision, "", "")
#define BOOKMARK(revision)       EVENT("BOOKMARK", "", revision, "", "")
#define END_OF_INITIAL(revision) EVENT("BOOKMARK", "", revision, "", JSON("k8s.io/initial-events-end":"true"))
#define EXPIRED                                                                         \
    JSON({"type":"ERROR", \
          "object":{"kind":"Status","status":"Failure","reason":"Expired","code":410, \
           "message":"too old resource version: 375 (2001)"}}) \
    "\n"

struct seen {
    pthread_mutex_t mutex;
    char notices[2048]; /* "synced;lost: text;" */
};

struct rig {
    struct fake_api *api;
    struct access access;
    struct client *client;
    struct namespace_store *store;
    struct namespace_watch *watch;
    struct seen seen;
    size_t wanted; /* by the conditions below */
    const char *wanted_text;
};

static inline void rig_must(int result, const struct err *err)
{
    if (result < 0)
        fail_msg("%s", err->text);
}

static inline void rig_note(void *context, enum namespace_notice notice, const char *text)
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

static inline void access_to(const struct fake_api *api, struct access *ret_access)
{
    *ret_access = (struct access){.server = strdup(fake_api_server(api)), .origin = strdup("a test")};
    assert_true(ret_access->server && ret_access->origin);
}

/* Delays are short unless `given` says otherwise. */
static inline void rig_start(struct rig *rig, const struct fake_step *steps, size_t count,
                             const struct namespace_watch_options *given)
{
    struct err err;
    struct namespace_watch_options options = given ? *given : (struct namespace_watch_options){0};
    (void)signal(SIGPIPE, SIG_IGN);
    (void)pthread_mutex_init(&rig->seen.mutex, NULL);
    rig->api = fake_api_new(steps, count, NULL);
    if (!rig->access.server)
        rig->access.server = strdup(fake_api_server(rig->api));
    options.backoff.first_ms = options.backoff.first_ms ? options.backoff.first_ms : 2;
    options.backoff.most_ms = options.backoff.most_ms ? options.backoff.most_ms : 20;
    options.notice = rig_note;
    options.context = &rig->seen;
    rig_must(client_new(&rig->access, &rig->client, &err), &err);
    rig_must(namespace_store_new(&rig->store, &err), &err);
    rig_must(namespace_watch_new(&options, rig->client, rig->store, &rig->watch, &err), &err);
    rig_must(namespace_watch_start(rig->watch, &err), &err);
}

static inline void rig_fini(struct rig *rig)
{
    namespace_watch_free(rig->watch);
    namespace_store_free(rig->store);
    client_free(rig->client);
    access_fini(&rig->access);
    fake_api_free(rig->api);
}
DEFINE_AUTO_FINI(rig, struct rig, rig_fini);

/* -- Conditions for eventually() -- */

static inline bool rig_has_events(void *context)
{
    struct rig *rig = context;
    return namespace_watch_facts(rig->watch).events >= rig->wanted;
}

static inline bool rig_has_stored(void *context)
{
    struct rig *rig = context;
    return namespace_store_count(rig->store) >= rig->wanted;
}

static inline bool rig_has_syncs(void *context)
{
    struct rig *rig = context;
    return namespace_watch_facts(rig->watch).syncs >= rig->wanted;
}

static inline bool rig_has_requests(void *context)
{
    struct rig *rig = context;
    return fake_api_count(rig->api, rig->wanted_text) >= rig->wanted;
}

static inline bool rig_has_failures(void *context)
{
    struct rig *rig = context;
    return namespace_watch_facts(rig->watch).failures >= rig->wanted;
}

static inline bool rig_holds(void *context)
{
    struct rig *rig = context;
    return fake_api_held(rig->api) >= rig->wanted;
}

static inline void rig_await(struct rig *rig, bool (*condition)(void *context), size_t wanted, const char *text)
{
    rig->wanted = wanted;
    rig->wanted_text = text;
    if (!eventually(condition, rig, WAIT_MS))
        fail_msg("%s %zu %s: not in time; the last fault is \"%s\", and of the script \"%s\"",
                 condition == rig_has_events     ? "events"
                 : condition == rig_has_syncs    ? "syncs"
                 : condition == rig_has_requests ? "requests"
                                                 : "failures or answers held",
                 wanted, text ? text : "", namespace_watch_facts(rig->watch).fault, fake_api_fault(rig->api));
}

/* Every request had a step. */
static inline void rig_played(struct rig *rig)
{
    assert_string_equal(fake_api_fault(rig->api), "");
}

/* "name revision key=value,... key=value,...", or "-" where it is not known. */
static inline void rig_expect(struct rig *rig, const char *name, const char *expected)
{
    AUTO(namespace_entry) entry = namespace_store_find(rig->store, name);
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

/* Lines [first, first + count) of a file; the caller frees them. */
static inline char *lines_of(const char *path, size_t first, size_t count)
{
    AUTO(buf) text;
    struct err err;
    buf_init(&text, 1 << 20);
    rig_must(file_read(path, &text, &err), &err);
    const char *begin = buf_text(&text);
    for (size_t i = 0; i < first && *begin; i++)
        begin += strcspn(begin, "\n") + 1;
    const char *end = begin;
    for (size_t i = 0; i < count && *end; i++)
        end += strcspn(end, "\n") + (end[strcspn(end, "\n")] == '\n');
    return strndup(begin, (size_t)(end - begin));
}

#endif
