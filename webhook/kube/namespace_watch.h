/* Keeps a store in sync with the API server: one thread that lists and watches namespaces and starts over when needed.
 *
 * If the server supports watch-lists (sendInitialEvents, beta and on since Kubernetes 1.32), one stream reports what
 * exists and then what happens; otherwise a list in pages precedes the watch. A stream that ends is resumed where it
 * ended; if the server no longer knows that position (410 Gone), everything is requested again while the known
 * namespaces stay in use. */
#ifndef GPUSLICE_KUBE_NAMESPACE_WATCH_H
#define GPUSLICE_KUBE_NAMESPACE_WATCH_H

#include "kube/backoff.h"
#include "kube/client.h"
#include "kube/namespace_store.h"

#define NAMESPACES_PATH       "/api/v1/namespaces"
#define NAMESPACES_RIGHTS     "get, list and watch of namespaces"
#define NAMESPACES_ACCEPT(as) "application/json;as=" as ";g=meta.k8s.io;v=v1,application/json"

enum namespace_notice {
    NOTICE_SYNCED,   /* everything that exists is known; `text` says how many, and how long it took */
    NOTICE_LOST,     /* the server cannot be followed; `text` says why. Further attempts cause no further notices */
    NOTICE_RESTORED, /* the server can be followed again */
};

/* 0 means the default. */
struct namespace_watch_options {
    struct backoff_options backoff;
    size_t line_max;     /* bytes of one event: 4 MiB; etcd stores no object over 1.5 MiB */
    size_t page_max;     /* bytes of one page of a list: 64 MiB */
    unsigned page_size;  /* namespaces of one page: 500 */
    unsigned silence_ms; /* a watch-list that is silent for this long before its bookmark is not supported: 30000 */
    unsigned life_s;     /* requested duration of a stream; it lasts at most twice as long: 300 */
    void (*notice)(void *context, enum namespace_notice notice, const char *text); /* called by the watch's thread */
    void (*heard)(void *context, size_t count); /* a line or page arrived; the store has `count`. Both may be NULL */
    void *context;
};

struct namespace_watch_facts {
    bool synced;    /* everything was known at some time since the start */
    bool following; /* a stream is open, or the last one ended well */
    size_t count;
    int64_t last_event_ns; /* CLOCK_MONOTONIC of the last line or page, bookmarks included; 0: none */
    uint64_t events, syncs, failures;
    char fault[ERR_TEXT_SIZE]; /* the last failure, even after recovery; "" for none */
};

struct namespace_watch;

/* `client` and `store` must outlive it. Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK int namespace_watch_new(const struct namespace_watch_options *options, struct client *client,
                                   struct namespace_store *store, struct namespace_watch **ret_watch, struct err *err);
/* Call it once. Errors: ERR_IO. */
MUST_CHECK int namespace_watch_start(struct namespace_watch *watch, struct err *err);
/* Ends the thread immediately. */
void namespace_watch_free(struct namespace_watch *watch);

struct namespace_watch_facts namespace_watch_facts(struct namespace_watch *watch);

DEFINE_AUTO(namespace_watch, struct namespace_watch *, namespace_watch_free);

#endif
