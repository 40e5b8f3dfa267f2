/* Private to watch.c: one look at the watched paths. Installs inotify watches for all that their meaning depends on,
 * and sums up what is there. A survey never changes; after a change a new one is made, and then the old one is freed.
 */
#ifndef GPUSLICE_SERVE_SURVEY_H
#define GPUSLICE_SERVE_SURVEY_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/inotify.h>

/* Events of directory `wd` that concern a path: those of one name in it, or of any name that is loaded. */
struct survey_place {
    int wd;
    size_t path;
    char *name; /* NULL: any */
};

struct survey {
    int fd;     /* of inotify, not owned; -1: there is none */
    bool blind; /* not all could be watched: look again soon */
    struct survey_place *places;
    size_t place_count;
    uint64_t *fingerprints; /* one a path: changes when names, links, sizes or times below it change */
    size_t path_count;
};

/* Errors: ERR_NOMEM. Directories that cannot be read are left out. */
MUST_CHECK int survey_new(int fd, char *const paths[], size_t count, struct survey **ret_survey, struct err *err);
void survey_free(struct survey *survey);

/* Removes the watches of `old` that `now` has not. */
void survey_retire(const struct survey *old, const struct survey *now);

/* Does the event concern path number `path`? Lost events concern all. */
bool survey_concerns(const struct survey *survey, const struct inotify_event *event, size_t path);

DEFINE_AUTO(survey, struct survey *, survey_free);

#endif
