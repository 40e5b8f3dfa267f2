/* Reports when files may have changed: one thread, inotify, and a periodic check in case inotify misses something.
 * Each item is a path: a directory with everything below it, or a file. Links on the way are followed, and each
 * directory on the way is watched for a replacement of the next component. So the watch notices plain edits, atomic
 * renames, nested directories, the ..data link swap of a ConfigMap or Secret, git-sync's link swap, and directories
 * that are removed, created again or do not exist yet. If a link in a watched directory leads to a file elsewhere, only
 * the periodic check notices changes of that file.
 *
 *   const struct watch_item items[] = {{"policies", reload_policies, app}, {"/certs/tls.crt", reload_tls, app}};
 *   watch_new(items, 2, &options, &watch, err);   from here on nothing is missed
 *   ... load for the first time ...
 *   watch_start(watch, err);                      from here on changed() is called, by the watch's thread
 *
 * Calls come when nothing has happened for `quiet_ms`, at the latest `delay_max_ms` after the first event, and may come
 * without a real change: compare the loaded content with the one in use. If inotify is unavailable (too many instances
 * or watches on the node), the periodic check runs every two seconds instead and a warning is logged. */
#pragma once

#include "base/err.h"

struct watch;

struct watch_item {
    const char *path;
    void (*changed)(void *context); /* must not free the watch */
    void *context;
};

/* 0 means the default. */
struct watch_options {
    unsigned quiet_ms;     /* 100 */
    unsigned delay_max_ms; /* 1000 */
    unsigned recheck_ms;   /* 60000 */
};

/* Copies the items. A path that does not exist is not an error. Errors: ERR_INVALID (a path is too long), ERR_NOMEM. */
MUST_CHECK int watch_new(const struct watch_item *items, size_t count, const struct watch_options *options,
                         struct watch **ret_watch, struct err *err);
/* Call it once. Errors: ERR_NOMEM, ERR_IO (no thread, no descriptor). */
MUST_CHECK int watch_start(struct watch *watch, struct err *err);
/* Waits for a call in progress. */
void watch_free(struct watch *watch);

DEFINE_AUTO(watch, struct watch *, watch_free);
