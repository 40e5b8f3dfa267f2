/* The watching thread: collects events, waits until they stop, and reports the change. Does not depend on what is
 * loaded from the files. */
#include "serve/watch.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "serve/keeper.h"
#include "serve/survey.h"

#include <assert.h>
#include <stdalign.h>
#include <unistd.h>

enum { DEFAULT_QUIET_MS = 100, DEFAULT_DELAY_MS = 1000, DEFAULT_RECHECK_MS = 60000, BLIND_RECHECK_MS = 2000 };
enum { EVENTS_SIZE = 16384 };

struct item {
    void (*changed)(void *context);
    void *context;
    int64_t first_ns, last_ns; /* of the events not yet reported; 0: none */
};

struct watch {
    struct watch_options options;
    struct item *items;
    struct strlist paths; /* one per item */
    int inotify_fd;       /* -1: unavailable */
    struct survey *survey;
    int64_t surveyed_ns;
    struct keeper *keeper; /* NULL: not started */
    bool warned;           /* that files cannot be watched */
};

static unsigned or_default(unsigned given, unsigned otherwise)
{
    return given ? given : otherwise;
}

static int copy_items(struct watch *watch, const struct watch_item *items, size_t count, struct err *err)
{
    watch->items = calloc(count + 1, sizeof(*watch->items));
    if (!watch->items)
        return err_nomem(err);
    for (size_t i = 0; i < count; i++) {
        watch->items[i] = (struct item){.changed = items[i].changed, .context = items[i].context};
        if (strlist_add(&watch->paths, items[i].path, err) < 0)
            return -1;
    }
    return 0;
}

static void mark_item_changed(struct item *item, int64_t now)
{
    if (item->first_ns == 0)
        item->first_ns = now;
    item->last_ns = now;
}

static bool is_due(const struct watch *watch, const struct item *item, int64_t now)
{
    return item->first_ns != 0 && (now - item->last_ns >= watch->options.quiet_ms * NS_PER_MS ||
                                   now - item->first_ns >= watch->options.delay_max_ms * NS_PER_MS);
}

static void mark_concerned(struct watch *watch, const struct inotify_event *event, const struct survey *next,
                           int64_t now)
{
    for (size_t i = 0; i < watch->paths.count; i++) {
        struct item *item = &watch->items[i];
        bool concerned =
            (watch->survey && survey_concerns(watch->survey, event, i)) || (next && survey_concerns(next, event, i));
        if (concerned && !is_due(watch, item, now)) /* an item that is due is about to be reported */
            mark_item_changed(item, now);
    }
}

/* Takes all waiting events. `next` is the survey that is about to replace the current one, or NULL. */
static void collect_inotify_events(struct watch *watch, const struct survey *next, int64_t now)
{
    alignas(struct inotify_event) char buffer[EVENTS_SIZE];
    if (watch->inotify_fd < 0)
        return;

    for (;;) {
        ssize_t length = read(watch->inotify_fd, buffer, sizeof(buffer));
        if (length <= 0)
            return;
        for (ssize_t at = 0; at < length;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)(buffer + at);
            mark_concerned(watch, event, next, now);
            at += (ssize_t)(sizeof(*event) + event->len);
        }
    }
}

static void warn_if_blind(struct watch *watch)
{
    if (watch->survey->blind && !watch->warned)
        LOG(LOG_WARN,
            "files cannot be watched (fs.inotify.max_user_instances or max_user_watches?); checking them every 2 s",
            LOG_END);
    watch->warned = watch->survey->blind;
}

static void mark_differences(struct watch *watch, const struct survey *next, int64_t now)
{
    for (size_t i = 0; i < watch->paths.count; i++) {
        if (watch->survey->fingerprints[i] != next->fingerprints[i] && watch->items[i].first_ns == 0)
            mark_item_changed(&watch->items[i], now);
    }
}

/* Surveys everything again, and marks the items that have changed without an event. */
static int look_again(struct watch *watch, int64_t now, struct err *err)
{
    struct survey *next = NULL;
    watch->surveyed_ns = now;
    if (survey_new(watch->inotify_fd, &watch->paths, &next, err) < 0)
        return -1;

    collect_inotify_events(watch, next, now); /* after the new watches are in place: no gap */
    if (watch->survey) {
        mark_differences(watch, next, now);
        survey_retire(watch->survey, next);
        survey_free(watch->survey);
    }

    watch->survey = next;
    warn_if_blind(watch);
    return 0;
}

int watch_new(const struct watch_item *items, size_t count, const struct watch_options *options,
              struct watch **ret_watch, struct err *err)
{
    AUTO(watch) watch = calloc(1, sizeof(*watch));
    if (!watch)
        return err_nomem(err);

    watch->options = (struct watch_options){
        .quiet_ms = or_default(options->quiet_ms, DEFAULT_QUIET_MS),
        .delay_max_ms = or_default(options->delay_max_ms, DEFAULT_DELAY_MS),
        .recheck_ms = or_default(options->recheck_ms, DEFAULT_RECHECK_MS),
    };
    watch->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (copy_items(watch, items, count, err) < 0 || look_again(watch, clock_monotonic_ns(), err) < 0)
        return -1;

    *ret_watch = TAKE(watch);
    return 0;
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    keeper_free(watch->keeper);
    if (watch->inotify_fd >= 0)
        (void)close(watch->inotify_fd);
    survey_free(watch->survey);
    strlist_fini(&watch->paths);
    free(watch->items);
    free(watch);
}

static bool any_due(const struct watch *watch, int64_t now)
{
    for (size_t i = 0; i < watch->paths.count; i++) {
        if (is_due(watch, &watch->items[i], now))
            return true;
    }
    return false;
}

/* Installs new watches before it calls changed(), so that a change during the call causes an event. */
static void report_due_changes(struct watch *watch, int64_t now)
{
    struct err err;
    if (look_again(watch, now, &err) < 0) {
        LOG(LOG_WARN, "checking for changed files failed; trying again", LOG_STR("error", err.text));
        for (size_t i = 0; i < watch->paths.count; i++) {
            if (watch->items[i].first_ns != 0)
                watch->items[i].first_ns = watch->items[i].last_ns = now;
        }
        return;
    }

    for (size_t i = 0; i < watch->paths.count; i++) {
        struct item *item = &watch->items[i];
        if (!is_due(watch, item, now))
            continue;
        item->first_ns = item->last_ns = 0;
        item->changed(item->context);
    }
}

static int64_t next_recheck(const struct watch *watch)
{
    int64_t every = watch->options.recheck_ms;
    if (watch->survey->blind)
        every = clock_earlier(every, BLIND_RECHECK_MS);
    return watch->surveyed_ns + every * NS_PER_MS;
}

static int milliseconds_to_wait(const struct watch *watch, int64_t now)
{
    int64_t when = next_recheck(watch);
    for (size_t i = 0; i < watch->paths.count; i++) {
        const struct item *item = &watch->items[i];
        if (item->first_ns == 0)
            continue;
        when = clock_earlier(when, item->last_ns + watch->options.quiet_ms * NS_PER_MS);
        when = clock_earlier(when, item->first_ns + watch->options.delay_max_ms * NS_PER_MS);
    }
    return when <= now ? 0 : (int)((when - now) / NS_PER_MS) + 1;
}

static int file_watch_task(void *context, int64_t now_ns)
{
    struct watch *watch = context;
    struct err err;
    collect_inotify_events(watch, NULL, now_ns);
    if (now_ns >= next_recheck(watch) && look_again(watch, now_ns, &err) < 0)
        LOG(LOG_WARN, "checking for changed files failed; trying again", LOG_STR("error", err.text));
    if (any_due(watch, now_ns))
        report_due_changes(watch, now_ns);
    return milliseconds_to_wait(watch, clock_monotonic_ns());
}

int watch_start(struct watch *watch, struct err *err)
{
    assert(!watch->keeper);
    return keeper_start("the watching thread", watch->inotify_fd, file_watch_task, watch, &watch->keeper, err);
}
