/* Keeps a store in sync with the API server: one thread that lists and watches namespaces and starts over when needed.
 *
 * If the server supports watch-lists (sendInitialEvents; on by default in Kubernetes 1.32 and since 1.34), one stream
 * reports what exists and then what changes; otherwise a list in pages precedes the watch. A stream that ends is
 * resumed where it ended; if the server no longer knows that position (410 Gone), everything is requested again while
 * the known namespaces stay in use. */
#pragma once

#include "kube/backoff.h"
#include "kube/client.h"
#include "kube/namespace_store.h"

#define NAMESPACES_PATH       "/api/v1/namespaces"
#define NAMESPACES_RIGHTS     "get, list and watch of namespaces"
#define NAMESPACES_ACCEPT(as) "application/json;as=" as ";g=meta.k8s.io;v=v1,application/json"

enum namespace_notice {
    NOTICE_SYNCED,   /* all namespaces are known; `text` says how many there are and how long the sync took */
    NOTICE_LOST,     /* the server cannot be followed; `text` says why. Further failures cause no notice */
    NOTICE_RESTORED, /* the server can be followed again */
};

/* A number that is 0 has its default, which its comment names. */
struct namespace_watch_options {
    struct backoff_options backoff;
    size_t line_max;     /* bytes of one event: 4 MiB; by default, etcd stores no object over 1.5 MiB */
    size_t page_max;     /* bytes of one page of a list: 64 MiB */
    unsigned page_size;  /* namespaces of one page: 500 */
    unsigned silence_ms; /* a watch-list that is silent this long before its bookmark counts as unsupported: 30000 */
    unsigned life_s;     /* the server is asked to end a stream after one to two times this: 300 */
    /* The watch's thread calls these functions; both may be NULL. */
    void (*notice)(void *context, enum namespace_notice notice, const char *text);
    void (*heard)(void *context, size_t count); /* after each line or page; the store has `count` entries */
    void *context;
};

struct namespace_watch_facts {
    bool synced;    /* all namespaces were known at some time since the start */
    bool following; /* a stream is open, or the last one ended without a failure */
    size_t count;
    int64_t last_event_ns; /* CLOCK_MONOTONIC of the last line or page, bookmarks included; 0: none */
    uint64_t events, syncs, failures;
    char fault[ERR_TEXT_SIZE]; /* the last failure, even after recovery; "" for none */
};

struct namespace_watch;

/* `client` and `store` must outlive the watch. Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK int namespace_watch_new(const struct namespace_watch_options *options, struct client *client,
                                   struct namespace_store *store, struct namespace_watch **ret_watch, struct err *err);
/* Starts the thread. Call it once. Errors: ERR_IO. */
MUST_CHECK int namespace_watch_start(struct namespace_watch *watch, struct err *err);
/* Ends the thread and its request immediately. */
void namespace_watch_free(struct namespace_watch *watch);

struct namespace_watch_facts namespace_watch_facts(struct namespace_watch *watch);

DEFINE_AUTO(namespace_watch, struct namespace_watch *, namespace_watch_free);
