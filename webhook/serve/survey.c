/* Walks the watched paths. Does not depend on threads, time, or the purpose of the files. */
#include "serve/survey.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/vec.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLACES_MAX = 20000, DEPTH_MAX = 32, LINKS_MAX = 40 };

static const uint32_t events = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_MODIFY |
                               IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

void survey_free(struct survey *survey)
{
    if (!survey)
        return;
    for (size_t i = 0; i < survey->place_count; i++)
        free(survey->places[i].name);
    free(survey->places);
    free(survey->fingerprints);
    free(survey);
}

static uint64_t hash_text(const char *text)
{
    return hash_bytes(HASH_START, text, strlen(text));
}

static uint64_t hash_stat(uint64_t seed, const struct stat *info)
{
    const int64_t fields[] = {(int64_t)info->st_dev, (int64_t)info->st_ino, info->st_mode,
                              info->st_size,         info->st_mtim.tv_sec,  info->st_mtim.tv_nsec,
                              info->st_ctim.tv_sec,  info->st_ctim.tv_nsec};
    return hash_bytes(seed, fields, sizeof(fields));
}

static int add_place(struct survey *survey, size_t path, const char *directory, const char *name, struct err *err)
{
    if (survey->fd < 0)
        return 0;
    if (survey->place_count == PLACES_MAX) {
        survey->blind = true;
        return 0;
    }

    int wd = inotify_add_watch(survey->fd, directory, events);
    if (wd < 0) {
        /* If the directory is missing, a watch above it reports its creation; one without read permission hardly ever
         * changes. */
        survey->blind = survey->blind || (errno != ENOENT && errno != EACCES && errno != ENOTDIR);
        return 0;
    }

    char *copy = name ? strdup(name) : NULL;
    if ((name && !copy) || !GROW(survey->places, survey->place_count)) {
        free(copy);
        return err_nomem(err);
    }

    survey->places[survey->place_count++] = (struct survey_place){.wd = wd, .path = path, .name = copy};
    return 0;
}

static int survey_tree(struct survey *survey, size_t path, const char *directory, unsigned depth, struct err *err);

static int survey_entry(struct survey *survey, size_t path, const char *directory, const char *name, unsigned depth,
                        struct err *err)
{
    AUTO(string) child = text_asprintf("%s/%s", directory, name);
    struct stat link;
    struct stat target;
    if (!child)
        return err_nomem(err);
    if (lstat(child, &link) < 0)
        return 0; /* it is gone, and an event reports that */

    if (S_ISDIR(link.st_mode))
        return survey_tree(survey, path, child, depth + 1, err);

    uint64_t entry = hash_stat(hash_text(child), &link);
    if (S_ISLNK(link.st_mode) && stat(child, &target) == 0)
        entry = hash_stat(entry, &target);
    survey->fingerprints[path] += entry; /* a sum, because the order of readdir() may change */
    return 0;
}

/* The watch is installed before reading, so that a change in between causes an event. Like the loader, this skips
 * hidden entries and does not enter links to directories. Recursion is bounded by DEPTH_MAX. */
static int survey_tree(struct survey *survey, size_t path, const char *directory, unsigned depth, struct err *err)
{
    if (depth > DEPTH_MAX)
        return 0;
    if (add_place(survey, path, directory, NULL, err) < 0)
        return -1;

    survey->fingerprints[path] += hash_text(directory);
    AUTO(dir) dir = opendir(directory);
    if (!dir)
        return 0;

    const struct dirent *entry = NULL;
    while ((entry = readdir(dir)) != NULL) { /* POSIX allows it: each DIR is used by one thread */
        if (entry->d_name[0] != '.' && survey_entry(survey, path, directory, entry->d_name, depth, err) < 0)
            return -1;
    }

    return 0;
}

/* A path being resolved: `directory` is free of links, `rest` is still to be resolved. */
struct walk {
    char directory[PATH_MAX];
    char rest[PATH_MAX];
    unsigned links;
};

/* Moves the first component of `rest` to *ret_name. False if there is none or it is too long. */
static bool next_component(struct walk *walk, char ret_name[NAME_MAX + 1])
{
    const char *start = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(start, "/");
    if (length == 0 || length > NAME_MAX)
        return false;
    memcpy(ret_name, start, length);
    ret_name[length] = '\0';
    memmove(walk->rest, start + length, strlen(start + length) + 1);
    return true;
}

/* Enters a subdirectory. False if the path becomes too long. */
static bool walk_enter_directory(struct walk *walk, const char *name)
{
    size_t used = strlen(walk->directory);
    const char *slash = used > 0 && walk->directory[used - 1] == '/' ? "" : "/";
    int more = snprintf(walk->directory + used, sizeof(walk->directory) - used, "%s%s", slash, name);
    return more > 0 && (size_t)more < sizeof(walk->directory) - used;
}

/* Puts the link's target before `rest`. False if there are too many links or the path becomes too long. */
static bool walk_follow_link(struct walk *walk, const char *target)
{
    char rest[PATH_MAX];
    int length = snprintf(rest, sizeof(rest), "%s%s", target, walk->rest);
    if (++walk->links > LINKS_MAX || length < 0 || (size_t)length >= sizeof(rest))
        return false;
    memcpy(walk->rest, rest, sizeof(rest));
    if (target[0] == '/')
        memcpy(walk->directory, "/", 2);
    return true;
}

enum step { STEP_ON, STEP_END };

/* Handles one component: watches its name in its directory, because it may be replaced there; then enters the directory
 * or follows the link of that name. */
static int take_step(struct survey *survey, size_t path, struct walk *walk, const char *name, enum step *ret_step,
                     struct err *err)
{
    char target[PATH_MAX];
    size_t above = strlen(walk->directory);
    *ret_step = STEP_END;
    if (strcmp(name, "..") != 0 && add_place(survey, path, walk->directory, name, err) < 0)
        return -1;

    if (!walk_enter_directory(walk, name))
        return 0;

    ssize_t length = readlink(walk->directory, target, sizeof(target) - 1);
    if (length < 0) { /* not a link, or it does not exist */
        *ret_step = access(walk->directory, F_OK) == 0 ? STEP_ON : STEP_END;
        return 0;
    }

    target[length] = '\0';
    survey->fingerprints[path] += hash_bytes(hash_text(walk->directory), target, (size_t)length);
    walk->directory[above] = '\0';
    if (walk_follow_link(walk, target))
        *ret_step = STEP_ON;
    return 0;
}

static int survey_path(struct survey *survey, size_t path, const char *text, struct err *err)
{
    struct walk walk = {0};
    (void)snprintf(walk.directory, sizeof(walk.directory), "%s", text[0] == '/' ? "/" : ".");
    if (snprintf(walk.rest, sizeof(walk.rest), "%s", text) >= (int)sizeof(walk.rest))
        return err_set(err, ERR_INVALID, "%.64s...: the path is too long", text);

    char name[NAME_MAX + 1];
    enum step step = STEP_ON;
    while (step == STEP_ON && next_component(&walk, name)) {
        if (strcmp(name, ".") != 0 && take_step(survey, path, &walk, name, &step, err) < 0)
            return -1;
    }

    struct stat info;
    if (step == STEP_END || stat(walk.directory, &info) < 0)
        return 0;
    if (S_ISDIR(info.st_mode))
        return survey_tree(survey, path, walk.directory, 0, err);

    survey->fingerprints[path] += hash_stat(hash_text(walk.directory), &info);
    return 0;
}

int survey_new(int fd, const struct strlist *paths, struct survey **ret_survey, struct err *err)
{
    AUTO(survey) survey = calloc(1, sizeof(*survey));
    if (!survey)
        return err_nomem(err);

    survey->fd = fd;
    survey->blind = fd < 0;
    survey->fingerprints = calloc(paths->count + 1, sizeof(*survey->fingerprints));
    if (!survey->fingerprints)
        return err_nomem(err);

    for (size_t i = 0; i < paths->count; i++) {
        if (survey_path(survey, i, paths->items[i], err) < 0)
            return -1;
    }

    *ret_survey = TAKE(survey);
    return 0;
}

static bool survey_watches(const struct survey *survey, int wd)
{
    for (size_t i = 0; i < survey->place_count; i++) {
        if (survey->places[i].wd == wd)
            return true;
    }
    return false;
}

void survey_retire(const struct survey *old, const struct survey *now)
{
    for (size_t i = 0; i < old->place_count; i++) {
        if (!survey_watches(now, old->places[i].wd))
            (void)inotify_rm_watch(old->fd, old->places[i].wd); /* fails if the directory is gone */
    }
}

/* Hidden files of editors are not loaded; the ..data link of a mounted ConfigMap or Secret represents all of its
 * files. */
static bool is_loaded(const char *name)
{
    return name[0] != '.' || strcmp(name, "..data") == 0;
}

bool survey_concerns(const struct survey *survey, const struct inotify_event *event, size_t path)
{
    if (event->mask & IN_Q_OVERFLOW)
        return true;
    const char *name = event->len > 0 ? event->name : NULL;
    for (size_t i = 0; i < survey->place_count; i++) {
        const struct survey_place *place = &survey->places[i];
        if (place->wd != event->wd || place->path != path)
            continue;
        if (!name || (place->name ? strcmp(place->name, name) == 0 : is_loaded(name)))
            return true;
    }
    return false;
}
