/* Live requests for single namespaces. Does not depend on the watch and its store. */
#include "kube/live_lookup.h"

#include "base/clock.h"
#include "base/lock.h"
#include "base/units.h"
#include "kube/namespace_watch.h"

#include <stdio.h>
#include <string.h>

enum {
    MARGIN_MS = 100,
    LONGEST_MS = 2000,
    BREAKER_MS = 1000,
    NAMES_MAX = 16,
    OBJECT_MAX = 4 * MIB,
    NAME_SIZE = 64,
};

/* One request, and the callers that wait for its end. The first of these callers sends it, within its own deadline. */
struct flight {
    struct flight *next; /* in the list of flights in progress */
    char name[NAME_SIZE];
    unsigned holders;
    int64_t began_ns;
    bool done;
    bool late; /* it failed at the first caller's deadline; callers with time left try again */
    struct namespace_entry *entry;
    struct err err; /* set if there is no entry */
};

struct live_lookup {
    struct live_lookup_options options;
    struct client *client;
    pthread_mutex_t mutex; /* guards everything below */
    pthread_cond_t landed; /* signalled when a flight is done */
    struct flight *flights;
    unsigned flight_count;
    uint64_t requests;
    int64_t breaker_until_ns;
    struct err breaker_err;
};

static void set_defaults(struct live_lookup_options *options)
{
    options->margin_ms = options->margin_ms ? options->margin_ms : MARGIN_MS;
    options->longest_ms = options->longest_ms ? options->longest_ms : LONGEST_MS;
    options->breaker_ms = options->breaker_ms ? options->breaker_ms : BREAKER_MS;
    options->names_max = options->names_max ? options->names_max : NAMES_MAX;
}

int live_lookup_new(const struct live_lookup_options *options, struct client *client, struct live_lookup **ret_lookup,
                    struct err *err)
{
    struct live_lookup *lookup = calloc(1, sizeof(*lookup));
    if (!lookup)
        return err_nomem(err);

    lookup->options = *options;
    lookup->client = client;
    set_defaults(&lookup->options);
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic); /* none of these can fail in glibc */
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&lookup->landed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&lookup->mutex, NULL);
    *ret_lookup = lookup;
    return 0;
}

void live_lookup_free(struct live_lookup *lookup)
{
    if (!lookup)
        return;
    (void)pthread_cond_destroy(&lookup->landed);
    (void)pthread_mutex_destroy(&lookup->mutex);
    free(lookup);
}

/* -- The request -- */

static int read_entry(const struct buf *text, struct namespace_entry **ret_entry, struct err *err)
{
    AUTO(json) object = NULL;
    if (client_parse(text, &object, err) < 0)
        return -1;
    return namespace_entry_new(json_object_get(object, "metadata"), ret_entry, err);
}

static int request(struct live_lookup *lookup, const char *name, int64_t deadline_ns,
                   struct namespace_entry **ret_entry, struct err *err)
{
    char path[sizeof(NAMESPACES_PATH) + NAME_SIZE + 1];
    AUTO(buf) text;
    struct client_answer answer = {0};
    buf_init(&text, OBJECT_MAX);
    (void)snprintf(path, sizeof(path), NAMESPACES_PATH "/%s", name);
    struct client_request get = {.path = path,
                                 .accept = NAMESPACES_ACCEPT("PartialObjectMetadata"),
                                 .deadline_ns = deadline_ns,
                                 .cancel_fd = -1};
    if (client_fetch(lookup->client, &get, &text, &answer, err) < 0)
        return -1;
    return answer.status == 200 ? read_entry(&text, ret_entry, err) : client_refusal(&answer, NAMESPACES_RIGHTS, err);
}

static void report_result(const struct live_lookup *lookup, int result, const struct err *err)
{
    enum live_lookup_result kind = result == 0 ? LIVE_FOUND : err->code == ERR_NOT_FOUND ? LIVE_NOT_FOUND : LIVE_FAILED;
    if (lookup->options.observe)
        lookup->options.observe(lookup->options.context, kind);
}

/* -- Flights; these functions are called with the mutex held, which run_flight() releases during the request -- */

static struct flight *find_flight(const struct live_lookup *lookup, const char *name)
{
    struct flight *flight = lookup->flights;
    while (flight && strcmp(flight->name, name) != 0)
        flight = flight->next;
    return flight;
}

static int start_flight(struct live_lookup *lookup, const char *name, struct flight **ret_flight, struct err *err)
{
    if (clock_monotonic_ns() < lookup->breaker_until_ns) {
        *err = lookup->breaker_err;
        return -1;
    }
    if (lookup->flight_count >= lookup->options.names_max)
        return err_set(err, ERR_UNAVAILABLE, "%u other namespaces are already being looked up", lookup->flight_count);

    struct flight *flight = calloc(1, sizeof(*flight));
    if (!flight)
        return err_nomem(err);

    (void)snprintf(flight->name, sizeof(flight->name), "%s", name);
    flight->holders = 1;
    flight->began_ns = clock_monotonic_ns();
    flight->next = lookup->flights;
    lookup->flights = flight;
    lookup->flight_count++;
    lookup->requests++;
    *ret_flight = flight;
    return 0;
}

static void leave_flight(struct flight *flight)
{
    if (--flight->holders > 0)
        return;
    namespace_entry_unref(flight->entry);
    free(flight);
}

static void unlink_flight(struct live_lookup *lookup, struct flight *flight)
{
    struct flight **link = &lookup->flights;
    while (*link != flight)
        link = &(*link)->next;
    *link = flight->next;
    lookup->flight_count--;
}

static void end_flight(struct live_lookup *lookup, struct flight *flight, int result, int64_t deadline_ns)
{
    int64_t now_ns = clock_monotonic_ns();
    flight->done = true;
    flight->late = result < 0 && now_ns >= deadline_ns;
    /* A caller with less time than breaker_ms can fail because of its deadline, not because of the server. */
    int64_t breaker_ns = lookup->options.breaker_ms * NS_PER_MS;
    bool server_failed = !flight->late || now_ns - flight->began_ns >= breaker_ns;
    if (result < 0 && flight->err.code == ERR_UNAVAILABLE && server_failed) {
        lookup->breaker_err = flight->err;
        lookup->breaker_until_ns = now_ns + breaker_ns;
    }
    unlink_flight(lookup, flight);
    (void)pthread_cond_broadcast(&lookup->landed);
}

static void run_flight(struct live_lookup *lookup, struct flight *flight, int64_t deadline_ns)
{
    (void)pthread_mutex_unlock(&lookup->mutex);
    int result = request(lookup, flight->name, deadline_ns, &flight->entry, &flight->err);
    report_result(lookup, result, &flight->err);
    (void)pthread_mutex_lock(&lookup->mutex);
    end_flight(lookup, flight, result, deadline_ns);
}

/* Returns false at the deadline. */
static bool wait_for_flight(struct live_lookup *lookup, const struct flight *flight, int64_t deadline_ns)
{
    const struct timespec until = clock_timespec(deadline_ns);
    while (!flight->done) {
        if (pthread_cond_timedwait(&lookup->landed, &lookup->mutex, &until) != 0)
            return flight->done;
    }
    return true;
}

static int result_of(const struct flight *flight, struct namespace_entry **ret_entry, struct err *err)
{
    if (!flight->entry) {
        *err = flight->err;
        return -1;
    }
    *ret_entry = namespace_entry_ref(flight->entry);
    return 0;
}

/* Waits for the flight of another caller. Returns 1 if that caller ran out of time and this one has some left: try
 * again. */
static int join_flight(struct live_lookup *lookup, struct flight *flight, int64_t deadline_ns,
                       struct namespace_entry **ret_entry, struct err *err)
{
    flight->holders++;
    int result;
    if (!wait_for_flight(lookup, flight, deadline_ns))
        result = err_set(err, ERR_UNAVAILABLE, "no answer in time");
    else if (flight->late && clock_monotonic_ns() < deadline_ns)
        result = 1;
    else
        result = result_of(flight, ret_entry, err);
    leave_flight(flight);
    return result;
}

static int lookup_namespace(struct live_lookup *lookup, const char *name, int64_t deadline_ns,
                            struct namespace_entry **ret_entry, struct err *err)
{
    struct flight *flight;
    while ((flight = find_flight(lookup, name))) {
        int result = join_flight(lookup, flight, deadline_ns, ret_entry, err);
        if (result <= 0)
            return result;
    }
    if (start_flight(lookup, name, &flight, err) < 0)
        return -1;
    run_flight(lookup, flight, deadline_ns);
    int result = result_of(flight, ret_entry, err);
    leave_flight(flight);
    return result;
}

int live_lookup_get(struct live_lookup *lookup, const char *name, int64_t deadline_ns,
                    struct namespace_entry **ret_entry, struct err *err)
{
    const struct live_lookup_options *options = &lookup->options;
    const char *fault = name_dns_label_fault(name);
    int64_t now_ns = clock_monotonic_ns();
    int64_t latest_ns = now_ns + options->longest_ms * NS_PER_MS;
    int64_t own_ns = deadline_ns ? deadline_ns - options->margin_ms * NS_PER_MS : latest_ns;
    if (fault)
        return err_set(err, ERR_INVALID, "\"%.100s\" is not a namespace: the name %s", name, fault);

    if (own_ns <= now_ns)
        return err_set(err, ERR_UNAVAILABLE, "too little of the review's timeout is left");

    AUTO(lock) held = lock_take(&lookup->mutex);
    return lookup_namespace(lookup, name, clock_earlier(own_ns, latest_ns), ret_entry, err);
}

struct live_lookup_facts live_lookup_facts(struct live_lookup *lookup)
{
    AUTO(lock) held = lock_take(&lookup->mutex);
    struct live_lookup_facts facts = {.requests = lookup->requests};
    for (const struct flight *flight = lookup->flights; flight; flight = flight->next)
        facts.waiting += flight->holders;
    return facts;
}
