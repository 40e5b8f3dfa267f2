/* Tells when files may have changed: one thread, inotify, and a re-check in case that inotify missed something.
 *
 * What is watched is a path: a directory with all below it, or a file. Links on the way are followed, and each place
 * where one could be replaced is watched too. So it sees plain edits, atomic renames, nested directories, a ConfigMap's
 * or Secret's ..data link swap, git-sync's link swap, and directories removed and made again (or not there yet).
 * What a link to a file elsewhere points to is looked at by the re-check only.
 *
 *   const struct watch_item items[] = {{"policies", reload_policies, app}, {"/certs/tls.crt", reload_tls, app}};
 *   watch_new(items, 2, &options, &watch, err);   from here on nothing is missed
 *   ... load for the first time ...
 *   watch_start(watch, err);                      from here on changed() is called, by the watch's thread
 *
 * Calls come when it has been quiet for `quiet_ms`, at the latest `delay_max_ms` after the first event, and may come
 * without a real change: compare what was loaded with what is served. Where inotify is not to be had (too many
 * instances or watches on the node) the re-check runs every two seconds instead, and a warning is logged. */
#ifndef GPUSLICE_SERVE_WATCH_H
#define GPUSLICE_SERVE_WATCH_H

#include "base/err.h"

struct watch;

struct watch_item {
    const char *path;
    void (*changed)(void *context); /* must not free the watch */
    void *context;
};

/* 0 takes the default. */
struct watch_options {
    unsigned quiet_ms;     /* 100 */
    unsigned delay_max_ms; /* 1000 */
    unsigned recheck_ms;   /* 60000 */
};

/* Copies the items. A path that does not exist is no error. Errors: ERR_NOMEM, ERR_IO. */
MUST_CHECK int watch_new(const struct watch_item *items, size_t count, const struct watch_options *options,
                         struct watch **ret_watch, struct err *err);
/* Once. Errors: ERR_IO (no thread to be had). */
MUST_CHECK int watch_start(struct watch *watch, struct err *err);
/* Waits for a call that is under way. */
void watch_free(struct watch *watch);

DEFINE_AUTO(watch, struct watch *, watch_free);

#endif
