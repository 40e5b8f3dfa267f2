/* A fake API server that plays steps, and a client, a store and a watch of it. kube_played() fails the test if a
 * request had no step. Nothing checks that all steps were used. */
#pragma once

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

struct kube_fixture {
    struct fake_api *api;
    struct access access;
    struct client *client;
    struct namespace_store *store;
    struct namespace_watch *watch;
    struct seen seen;
    size_t wanted; /* for the conditions below, set by kube_await() */
    const char *wanted_text;
};

void kube_must(int result, const struct err *err);
void access_to(const struct fake_api *api, struct access *ret_access);

/* Starts server, client, store and watch. `given` may be NULL; delays that it does not set are short. */
void kube_start(struct kube_fixture *fixture, const struct fake_step *steps, size_t count,
                const struct namespace_watch_options *given);
void kube_fini(struct kube_fixture *fixture);
DEFINE_AUTO_FINI(kube_fixture, struct kube_fixture, kube_fini);

/* -- Conditions for kube_await(): at least `wanted` events, namespaces, syncs, requests, failures, held answers -- */

bool kube_has_events(void *context);
bool kube_has_stored(void *context);
bool kube_has_syncs(void *context);
bool kube_has_requests(void *context);
bool kube_has_failures(void *context);
bool kube_holds(void *context);
/* Fails the test if the condition does not become true in time. `text` is the part of the target for
 * kube_has_requests(). */
void kube_await(struct kube_fixture *fixture, bool (*condition)(void *context), size_t wanted, const char *text);

/* Fails the test unless every request had a step. */
void kube_played(struct kube_fixture *fixture);

/* Compares a stored namespace with "name revision label=value,... annotation=value,...", or with "-" for none. */
void kube_expect(struct kube_fixture *fixture, const char *name, const char *expected);

/* Returns the lines [first, first + count) of a file, counted from 0; free() them. */
char *lines_of(const char *path, size_t first, size_t count);
