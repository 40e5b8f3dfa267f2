/* Private to watch.c: one pass over the watched paths. Installs inotify watches for everything that their resolution
 * depends on, and fingerprints the files. A survey never changes: after a change of the files a new one is created, and
 * then the old one is freed. */
#pragma once

#include "base/strlist.h"

#include <stdint.h>
#include <sys/inotify.h>

/* Events in the directory of watch `wd` that concern a path: those of one name, or of any name that is loaded. */
struct survey_place {
    int wd;
    size_t path; /* its index */
    char *name;  /* NULL: any */
};

struct survey {
    int fd;     /* of inotify, not owned; -1: none */
    bool blind; /* not everything could be watched: check again soon */
    struct survey_place *places;
    size_t place_count;
    uint64_t *fingerprints; /* one per path: changes when names, links, sizes or times below it change */
};

/* `fd` is of inotify; -1: none. Unreadable directories are skipped. Errors: ERR_INVALID (a path is too long),
 * ERR_NOMEM. */
MUST_CHECK int survey_new(int fd, const struct strlist *paths, struct survey **ret_survey, struct err *err);
void survey_free(struct survey *survey);

/* Removes the watches that `old` has and `now` does not have. */
void survey_retire(const struct survey *old, const struct survey *now);

/* True if the event concerns path number `path`. Lost events concern all paths. */
bool survey_concerns(const struct survey *survey, const struct inotify_event *event, size_t path);

DEFINE_AUTO(survey, struct survey *, survey_free);
