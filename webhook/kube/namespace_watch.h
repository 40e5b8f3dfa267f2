/* Keeps a store as the API server has it: one thread, which lists and watches namespaces, and begins again.
 *
 * Where the server has watch-lists (sendInitialEvents, beta and on since Kubernetes 1.32) one stream tells what exists
 * and then what happens; else a list in pages comes before the watch. A stream that ends is resumed where it ended; a
 * server that no longer knows that place (410 Gone) is asked for everything again, while what was known serves on. */
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
    NOTICE_LOST,     /* the server cannot be followed; `text` says why. Tried again, without further notices */
    NOTICE_RESTORED, /* it can again */
};

/* 0 takes the default. */
struct namespace_watch_options {
    struct backoff_options backoff;
    size_t line_max;     /* bytes of one event: 4 MiB; etcd holds no object over 1.5 */
    size_t page_max;     /* bytes of one page of a list: 64 MiB */
    unsigned page_size;  /* namespaces of one page: 500 */
    unsigned silence_ms; /* a watch-list that says nothing for so long before its bookmark is no watch-list: 30000 */
    unsigned life_s;     /* a stream is asked to end after so long, and at most twice so long: 300 */
    void (*notice)(void *context, enum namespace_notice notice, const char *text); /* called by the watch's thread */
    void (*heard)(void *context, size_t count); /* a line or page came; so many are known. May be NULL, as the other */
    void *context;
};

struct namespace_watch_facts {
    bool synced;    /* since the start: everything was known once */
    bool following; /* a stream is open, or the last one ended well */
    size_t count;
    int64_t last_event_ns; /* CLOCK_MONOTONIC of the last line that came, bookmarks too; 0: none */
    uint64_t events, syncs, failures;
    char fault[ERR_TEXT_SIZE]; /* the last failure, also after it is over; "" for none */
};

struct namespace_watch;

/* `client` and `store` must outlive it. Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK int namespace_watch_new(const struct namespace_watch_options *options, struct client *client,
                                   struct namespace_store *store, struct namespace_watch **ret_watch, struct err *err);
/* Once. Errors: ERR_IO. */
MUST_CHECK int namespace_watch_start(struct namespace_watch *watch, struct err *err);
/* Ends the thread at once. */
void namespace_watch_free(struct namespace_watch *watch);

struct namespace_watch_facts namespace_watch_facts(struct namespace_watch *watch);

DEFINE_AUTO(namespace_watch, struct namespace_watch *, namespace_watch_free);

#endif
