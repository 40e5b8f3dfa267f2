/* The states of the watch. Does not depend on the meaning of labels or the readers of the store. */
#include "kube/namespace_watch.h"

#include "base/clock.h"
#include "base/lock.h"
#include "base/text.h"
#include "base/units.h"
#include "kube/lines.h"
#include "kube/namespace_event.h"

#include <assert.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 4 * MIB,
    PAGE_MAX_BYTES = 64 * MIB,
    PAGE_SIZE = 500,
    SILENCE_MS = 30000,
    LIFE_S = 300,
    LIFE_GRACE_S = 30, /* for the server to end a stream itself */
    PAGE_DEADLINE_S = 60,
    RETRY_AFTER_MAX_S = 60,
    REVISION_TEXT_SIZE = 128,
    PATH_MAX_BYTES = 8192,
};

struct namespace_watch {
    struct namespace_watch_options options;
    struct client *client;
    struct namespace_store *store;
    pthread_t thread;
    bool started;
    int stop_fd; /* an eventfd, readable when the thread must end */

    /* Used by the thread only. */
    struct backoff backoff;
    struct buf line;                   /* the incomplete last line of the stream */
    struct client_request request;     /* in progress */
    char revision[REVISION_TEXT_SIZE]; /* where the next stream begins; "": it begins with a sync */
    bool initial;                      /* a sync is in progress: what exists is being reported */
    bool no_watch_list;                /* the server does not support watch-lists */
    bool gone;                         /* the server no longer knows the revision */
    bool progress;                     /* something arrived since the attempt began */
    unsigned retry_after_s;
    int64_t sync_began_ns;

    pthread_mutex_t mutex; /* guards the facts: the watch's thread writes them, any thread reads them */
    struct namespace_watch_facts facts;
};

/* -- Facts and notices -- */

static void call_notice(const struct namespace_watch *watch, enum namespace_notice what, const char *text)
{
    if (watch->options.notice)
        watch->options.notice(watch->options.context, what, text);
}

static void note_following(struct namespace_watch *watch)
{
    (void)pthread_mutex_lock(&watch->mutex);
    bool news = !watch->facts.following && watch->facts.failures > 0;
    watch->facts.following = true;
    (void)pthread_mutex_unlock(&watch->mutex);
    if (news)
        call_notice(watch, NOTICE_RESTORED, "");
}

static void note_failure(struct namespace_watch *watch, const struct err *err)
{
    (void)pthread_mutex_lock(&watch->mutex);
    bool news = watch->facts.following || watch->facts.failures == 0;
    watch->facts.following = false;
    watch->facts.failures++;
    text_copy(watch->facts.fault, sizeof(watch->facts.fault), err->text);
    (void)pthread_mutex_unlock(&watch->mutex);
    if (news)
        call_notice(watch, NOTICE_LOST, err->text);
}

static void note_event(struct namespace_watch *watch)
{
    (void)pthread_mutex_lock(&watch->mutex);
    watch->facts.last_event_ns = clock_monotonic_ns();
    watch->facts.events++;
    (void)pthread_mutex_unlock(&watch->mutex);
    watch->progress = true;
    if (watch->options.heard)
        watch->options.heard(watch->options.context, namespace_store_count(watch->store));
}

static void begin_sync(struct namespace_watch *watch)
{
    watch->initial = true;
    watch->sync_began_ns = clock_monotonic_ns();
    namespace_store_begin_sync(watch->store);
}

static void end_sync(struct namespace_watch *watch, const char *revision)
{
    char text[64];
    (void)namespace_store_end_sync(watch->store);
    (void)snprintf(watch->revision, sizeof(watch->revision), "%s", revision);
    watch->initial = false;
    watch->progress = true;

    (void)pthread_mutex_lock(&watch->mutex);
    watch->facts.synced = true;
    watch->facts.syncs++;
    (void)pthread_mutex_unlock(&watch->mutex);

    (void)snprintf(text, sizeof(text), "%zu namespaces in %" PRId64 " ms", namespace_store_count(watch->store),
                   (clock_monotonic_ns() - watch->sync_began_ns) / NS_PER_MS);
    note_following(watch);
    call_notice(watch, NOTICE_SYNCED, text);
}

/* -- Objects -- */

static int put_namespace(struct namespace_watch *watch, const json_t *metadata, bool is_added, struct err *err)
{
    const char *name = json_string_value(json_object_get(metadata, "name"));
    struct namespace_entry *entry = NULL;
    if (name && namespace_store_keep(watch->store, name, namespace_entry_revision_of(metadata)))
        return 0;
    if (namespace_entry_new(metadata, &entry, err) < 0)
        return -1;
    entry->added_ns = is_added ? clock_monotonic_ns() : 0;
    namespace_store_put(watch->store, entry);
    return 0;
}

/* -- The stream -- */

static int fail_event(struct namespace_watch *watch, const struct namespace_event *event, struct err *err)
{
    watch->gone = event->code == 410;
    return err_set(err, ERR_UNAVAILABLE, "the watch ended: %u %.300s", event->code, event->message);
}

static void take_bookmark(struct namespace_watch *watch, const struct namespace_event *event)
{
    if (!watch->initial) {
        (void)snprintf(watch->revision, sizeof(watch->revision), "%s", event->revision);
    } else if (event->ends_initial) {
        end_sync(watch, event->revision);
        watch->request.deadline_ns =
            clock_monotonic_ns() + (2 * (int64_t)watch->options.life_s + LIFE_GRACE_S) * NS_PER_S;
    }
}

static int take_event(struct namespace_watch *watch, const struct namespace_event *event, struct err *err)
{
    int result = 0;
    switch (event->type) {
    case EVENT_ADDED:
    case EVENT_MODIFIED:
        result = put_namespace(watch, event->metadata, event->type == EVENT_ADDED && !watch->initial, err);
        break;
    case EVENT_DELETED:
        namespace_store_remove(watch->store, event->name);
        break;
    case EVENT_BOOKMARK:
        take_bookmark(watch, event);
        return 0;
    case EVENT_ERROR:
    case EVENT_OTHER:
        return 0;
    }

    if (result == 0 && !watch->initial)
        (void)snprintf(watch->revision, sizeof(watch->revision), "%s", event->revision);
    return result;
}

static int take_line(void *context, const char *line, size_t length, struct err *err)
{
    struct namespace_watch *watch = context;
    AUTO(json) document = NULL;
    struct namespace_event event;
    if (namespace_event_parse(line, length, &document, &event, err) < 0)
        return err_wrap(err, "a line of the watch");
    if (watch->initial)
        watch->request.deadline_ns = clock_monotonic_ns() + watch->options.silence_ms * NS_PER_MS;
    if (event.type == EVENT_ERROR)
        return fail_event(watch, &event, err);
    if (take_event(watch, &event, err) < 0)
        return -1;
    note_event(watch);
    return 0;
}

static int take_bytes(void *context, const char *bytes, size_t length, struct err *err)
{
    struct namespace_watch *watch = context;
    return lines_feed(&watch->line, bytes, length, take_line, watch, err);
}

static void stream_opened(void *context)
{
    const struct namespace_watch *watch = context;
    if (!watch->initial)
        note_following(context);
}

/* Returns a random lifetime of a stream, between life_s and twice that, so that replicas that started together do not
 * reconnect together. */
static unsigned life_of(const struct namespace_watch *watch)
{
    const struct backoff_options *options = &watch->backoff.options;
    uint64_t number = options->random(options->context);
    return watch->options.life_s + (unsigned)((number * watch->options.life_s) >> 32);
}

static void add_escaped(struct buf *path, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
        if (strchr(plain, *byte))
            buf_add_char(path, (char)*byte);
        else
            buf_addf(path, "%%%02X", (unsigned)*byte);
    }
}

static void stream_path(const struct namespace_watch *watch, unsigned life_s, struct buf *path)
{
    buf_addf(path, NAMESPACES_PATH "?watch=true&allowWatchBookmarks=true&timeoutSeconds=%u", life_s);
    if (watch->initial) {
        buf_add_string(path, "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
    } else {
        buf_add_string(path, "&resourceVersion=");
        add_escaped(path, watch->revision);
    }
}

/* True for a server before 1.27, which rejects the unknown parameters, and for one that has watch-lists disabled. */
static bool refuses_watch_list(const struct client_answer *answer)
{
    return answer->status == 400 || answer->status == 422;
}

static int check_answer(struct namespace_watch *watch, const struct client_answer *answer, struct err *err)
{
    watch->retry_after_s = answer->retry_after_s;
    watch->gone = answer->status == 410;
    return answer->status == 200 ? 0 : client_refusal(answer, NAMESPACES_RIGHTS, err);
}

/* Handles a watch-list that ended before its bookmark. Returns 0 if the server does not support watch-lists,
 * so that the next attempt lists instead. */
static int end_initial_stream(struct namespace_watch *watch, int result, const struct client_answer *answer,
                              struct err *err)
{
    bool silent = result < 0 && clock_monotonic_ns() >= watch->request.deadline_ns;
    if (silent || (result == 0 && (refuses_watch_list(answer) || answer->status == 200))) {
        watch->no_watch_list = true;
        watch->progress = true;
        return 0;
    }
    return result < 0 ? -1 : check_answer(watch, answer, err);
}

static int stream(struct namespace_watch *watch, struct err *err)
{
    AUTO(buf) path;
    struct client_answer answer = {0};
    unsigned life_s = life_of(watch);
    int64_t patience_ns = watch->initial ? watch->options.silence_ms * NS_PER_MS : (life_s + LIFE_GRACE_S) * NS_PER_S;
    buf_init(&path, PATH_MAX_BYTES);
    stream_path(watch, life_s, &path);
    if (buf_check(&path, err) < 0)
        return -1;

    buf_reset(&watch->line);
    watch->request = (struct client_request){.path = buf_text(&path),
                                             .accept = NAMESPACES_ACCEPT("PartialObjectMetadata"),
                                             .deadline_ns = clock_monotonic_ns() + patience_ns,
                                             .cancel_fd = watch->stop_fd,
                                             .opened = stream_opened,
                                             .data = take_bytes,
                                             .context = watch};
    int result = client_send(watch->client, &watch->request, &answer, err);
    if (watch->initial)
        return end_initial_stream(watch, result, &answer, err);

    if (result < 0 || check_answer(watch, &answer, err) < 0)
        return -1;
    return lines_end(&watch->line, err);
}

/* -- The list -- */

static int fetch_page(struct namespace_watch *watch, const char *next, struct buf *text, struct err *err)
{
    AUTO(buf) path;
    struct client_answer answer = {0};
    buf_init(&path, PATH_MAX_BYTES);
    buf_addf(&path, NAMESPACES_PATH "?limit=%u", watch->options.page_size);
    if (next) {
        buf_add_string(&path, "&continue=");
        add_escaped(&path, next);
    }

    if (buf_check(&path, err) < 0)
        return -1;

    struct client_request request = {.path = buf_text(&path),
                                     .accept = NAMESPACES_ACCEPT("PartialObjectMetadataList"),
                                     .deadline_ns = clock_monotonic_ns() + PAGE_DEADLINE_S * NS_PER_S,
                                     .cancel_fd = watch->stop_fd};
    if (client_fetch(watch->client, &request, text, &answer, err) < 0)
        return -1;
    return check_answer(watch, &answer, err);
}

static int put_page(struct namespace_watch *watch, const struct namespace_page *page, struct err *err)
{
    for (size_t i = 0; i < json_array_size(page->items); i++) {
        if (put_namespace(watch, json_object_get(json_array_get(page->items, i), "metadata"), false, err) < 0)
            return err_wrap(err, "item %zu of a list", i);
    }
    return 0;
}

static int list_namespaces(struct namespace_watch *watch, struct err *err)
{
    AUTO(string) next = NULL;
    do {
        AUTO(buf) text;
        AUTO(json) document = NULL;
        struct namespace_page page;
        buf_init(&text, watch->options.page_max);
        if (fetch_page(watch, next, &text, err) < 0 ||
            namespace_page_parse(buf_text(&text), text.length, &document, &page, err) < 0 ||
            put_page(watch, &page, err) < 0)
            return err_wrap(err, "listing namespaces");

        free(next);
        next = strdup(page.next);
        if (!next)
            return err_nomem(err);
        note_event(watch);
        if (!*next)
            end_sync(watch, page.revision);
    } while (*next);

    return 0;
}

/* -- The thread -- */

static int list_and_watch(struct namespace_watch *watch, struct err *err)
{
    watch->gone = false;
    watch->retry_after_s = 0;
    watch->initial = false;
    if (!*watch->revision) {
        begin_sync(watch);
        if (watch->no_watch_list && list_namespaces(watch, err) < 0)
            return -1;
    }
    return stream(watch, err);
}

/* Waits. Returns false as soon as the thread must end. */
static bool pause_for(const struct namespace_watch *watch, unsigned milliseconds)
{
    struct pollfd stop = {.fd = watch->stop_fd, .events = POLLIN};
    return poll(&stop, 1, (int)milliseconds) == 0;
}

static unsigned delay_of(struct namespace_watch *watch)
{
    unsigned delay = backoff_next(&watch->backoff);
    unsigned requested = watch->retry_after_s < RETRY_AFTER_MAX_S ? watch->retry_after_s : RETRY_AFTER_MAX_S;
    return delay > requested * 1000 ? delay : requested * 1000;
}

static void *namespace_watch_thread(void *context)
{
    struct namespace_watch *watch = context;
    unsigned delay = 0;
    while (pause_for(watch, delay)) {
        struct err err;
        bool resumes = *watch->revision;
        watch->progress = false;
        int result = list_and_watch(watch, &err);
        if (watch->progress)
            backoff_reset(&watch->backoff);
        if (watch->gone)
            watch->revision[0] = '\0';
        delay = result == 0 && watch->progress ? 0 : delay_of(watch);
        /* Neither an expired revision nor the end of the program is a failure. */
        if (result < 0 && !(watch->gone && resumes) && pause_for(watch, 0))
            note_failure(watch, &err);
    }

    return NULL;
}

static void set_defaults(struct namespace_watch_options *options)
{
    options->line_max = options->line_max ? options->line_max : LINE_MAX_BYTES;
    options->page_max = options->page_max ? options->page_max : PAGE_MAX_BYTES;
    options->page_size = options->page_size ? options->page_size : PAGE_SIZE;
    options->silence_ms = options->silence_ms ? options->silence_ms : SILENCE_MS;
    options->life_s = options->life_s ? options->life_s : LIFE_S;
}

int namespace_watch_new(const struct namespace_watch_options *options, struct client *client,
                        struct namespace_store *store, struct namespace_watch **ret_watch, struct err *err)
{
    struct namespace_watch *watch = calloc(1, sizeof(*watch));
    if (!watch)
        return err_nomem(err);
    watch->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (watch->stop_fd < 0) {
        free(watch);
        return err_errno(err, "eventfd");
    }

    (void)pthread_mutex_init(&watch->mutex, NULL); /* cannot fail with default attributes */
    watch->options = *options;
    set_defaults(&watch->options);
    backoff_init(&watch->backoff, &options->backoff);
    buf_init(&watch->line, watch->options.line_max);
    watch->client = client;
    watch->store = store;
    *ret_watch = watch;
    return 0;
}

int namespace_watch_start(struct namespace_watch *watch, struct err *err)
{
    assert(!watch->started);
    if (pthread_create(&watch->thread, NULL, namespace_watch_thread, watch) != 0)
        return err_set(err, ERR_IO, "no thread for the watch of namespaces");
    watch->started = true;
    return 0;
}

void namespace_watch_free(struct namespace_watch *watch)
{
    if (!watch)
        return;
    if (watch->started && eventfd_write(watch->stop_fd, 1) == 0)
        (void)pthread_join(watch->thread, NULL);
    (void)close(watch->stop_fd);
    buf_fini(&watch->line);
    (void)pthread_mutex_destroy(&watch->mutex);
    free(watch);
}

struct namespace_watch_facts namespace_watch_facts(struct namespace_watch *watch)
{
    AUTO(lock) held = lock_take(&watch->mutex);
    struct namespace_watch_facts facts = watch->facts;
    facts.count = namespace_store_count(watch->store);
    return facts;
}
