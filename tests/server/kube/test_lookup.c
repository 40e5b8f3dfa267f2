/* kube/cluster_namespaces: what is answered from the store, and what is asked for live. */
#include "tests/support/kube_fixture.h"

#define SYNC                                                                                             \
    {                                                                                                    \
        .expect = INITIAL, .body = EVENT("ADDED", "ml", "7", JSON("team":"ml"), "") END_OF_INITIAL("9"), \
        .end = FAKE_HELD                                                                                 \
    }
#define OBJECT(name, class)           \
    "{\"metadata\":{\"name\":\"" name \
    "\",\"resourceVersion\":\"20\",\"annotations\":{\"gpuslice.dev/class\":\"" class "\"}}}"

enum { CALLERS = 100 };

struct town {
    struct fake_api *api;
    struct cluster_namespaces *cluster;
    struct namespace_source source;
    unsigned wanted;
};

static void town_open(struct town *town, const struct fake_step *steps, size_t count,
                      const struct cluster_namespaces_options *given)
{
    struct err err;
    struct cluster_namespaces_options options = given ? *given : (struct cluster_namespaces_options){0};
    AUTO(access) access = {0};
    (void)signal(SIGPIPE, SIG_IGN);
    options.watch.backoff.first_ms = 2;
    options.watch.backoff.most_ms = 20;
    town->api = fake_api_new(steps, count, NULL);
    access_to(town->api, &access);
    kube_must(cluster_namespaces_new(&options, &access, &town->cluster, &err), &err);
    town->source = cluster_namespaces_source(town->cluster);
    kube_must(cluster_namespaces_start(town->cluster, &err), &err);
}

static void town_fini(struct town *town)
{
    cluster_namespaces_free(town->cluster);
    fake_api_free(town->api);
}
DEFINE_AUTO_FINI(town, struct town, town_fini);

static bool town_is_synced(void *context)
{
    struct town *town = context;
    return cluster_namespaces_facts(town->cluster).synced;
}

static bool town_waits(void *context)
{
    struct town *town = context;
    return cluster_namespaces_lookups(town->cluster).waiting >= town->wanted;
}

static bool town_knows(void *context)
{
    struct town *town = context;
    return cluster_namespaces_facts(town->cluster).count >= town->wanted;
}

static bool town_is_held(void *context)
{
    const struct town *town = context;
    return fake_api_held(town->api) > 0;
}

static bool town_is_lost(void *context)
{
    struct town *town = context;
    return cluster_namespaces_facts(town->cluster).failures > 0;
}

static void await(struct town *town, bool (*condition)(void *context), unsigned wanted)
{
    town->wanted = wanted;
    if (!eventually(condition, town, WAIT_MS))
        fail_msg("not in time; %s; %s", cluster_namespaces_facts(town->cluster).fault, fake_api_fault(town->api));
}

static int find(const struct town *town, const char *name, int64_t deadline_ns, struct namespace_ref *ret_ref,
                struct err *err)
{
    return town->source.find(town->source.context, name, deadline_ns, ret_ref, err);
}

static void expect_class(const struct town *town, const char *name, const char *expected)
{
    AUTO(namespace_ref) ref = {0};
    struct err err;
    kube_must(find(town, name, 0, &ref, &err), &err);
    assert_string_equal(ref.info->name, name);
    const char *class = keyvalues_get(&ref.info->annotations, "gpuslice.dev/class");
    assert_string_equal(class ? class : "none", expected);
}

/* `expected` is what follows "namespace "<name>" is not known: <server>: ", or less of it. */
static void expect_unknown(const struct town *town, const char *name, int64_t deadline_ns, bool with_server,
                           const char *expected)
{
    AUTO(namespace_ref) ref = {0};
    AUTO(string) text = NULL;
    struct err err;
    assert_int_equal(find(town, name, deadline_ns, &ref, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_true(asprintf(&text, "namespace \"%s\" is not known: %s%s%s", name,
                         with_server ? fake_api_server(town->api) : "", with_server ? ": " : "", expected) > 0);
    assert_string_equal(err.text, text);
}

static int64_t in_ms(int64_t milliseconds)
{
    return clock_monotonic_ns() + milliseconds * MS_NS;
}

TEST(known__namespace__is_answered_without_a_request)
{
    const struct fake_step steps[] = {SYNC};
    AUTO(town) town = {0};
    AUTO(namespace_ref) ref = {0};
    struct err err;
    town_open(&town, steps, ARRAY_SIZE(steps), NULL);
    await(&town, town_is_synced, 0);
    kube_must(find(&town, "ml", 0, &ref, &err), &err);
    assert_string_equal(keyvalues_get(&ref.info->labels, "team"), "ml");
    assert_int_equal(cluster_namespaces_lookups(town.cluster).requests, 0);
}

struct caller {
    pthread_t thread;
    const struct town *town;
    char class[64];
};

static void *call(void *context)
{
    struct caller *caller = context;
    AUTO(namespace_ref) ref = {0};
    struct err err;
    if (find(caller->town, "new", in_ms(WAIT_MS), &ref, &err) < 0)
        (void)snprintf(caller->class, sizeof(caller->class), "%.60s", err.text);
    else
        (void)snprintf(caller->class, sizeof(caller->class), "%s",
                       keyvalues_get(&ref.info->annotations, "gpuslice.dev/class"));
    return NULL;
}

TEST(unknown__namespace_of_many_reviews__is_asked_for_once)
{
    static struct caller callers[CALLERS];
    const struct fake_step steps[] = {SYNC,
                                      {.expect = "/namespaces/new", .body = OBJECT("new", "half"), .gated = true}};
    const struct cluster_namespaces_options options = {.lookup = {.longest_ms = WAIT_MS}};
    AUTO(town) town = {0};
    town_open(&town, steps, ARRAY_SIZE(steps), &options);
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){.town = &town};
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
    }
    await(&town, town_waits, CALLERS);
    fake_api_open(town.api);
    for (size_t i = 0; i < CALLERS; i++) {
        assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
        assert_string_equal(callers[i].class, "half");
    }
    assert_int_equal(fake_api_count(town.api, "/namespaces/new"), 1);
    assert_int_equal(cluster_namespaces_lookups(town.cluster).requests, 1);
    assert_int_equal(cluster_namespaces_lookups(town.cluster).waiting, 0);
}

/* Its labels and annotations may just be being written: the store's are a moment old. */
TEST(recent__namespace__is_looked_up)
{
    const struct fake_step steps[] = {
        SYNC,
        {.expect = "/namespaces/new", .body = OBJECT("new", "half")},
        {.expect = "/namespaces/new", .status = 404, .body = "{}"},
    };
    const struct cluster_namespaces_options options = {.recent_ms = 3600000};
    AUTO(town) town = {0};
    town_open(&town, steps, ARRAY_SIZE(steps), &options);
    await(&town, town_is_synced, 0);
    await(&town, town_is_held, 0);
    fake_api_push(town.api, EVENT("ADDED", "new", "19", "", JSON("gpuslice.dev/class":"third")));
    await(&town, town_knows, 2);
    expect_class(&town, "new", "half");
    expect_class(&town, "new", "third"); /* what the store has is better than nothing */
    assert_int_equal(fake_api_count(town.api, "/namespaces/new"), 2);
}

TEST(grown_up__namespace__is_not_asked_for)
{
    const struct fake_step steps[] = {SYNC};
    const struct cluster_namespaces_options options = {.recent_ms = 1};
    const struct timespec nap = {.tv_nsec = 5 * MS_NS};
    AUTO(town) town = {0};
    town_open(&town, steps, ARRAY_SIZE(steps), &options);
    await(&town, town_is_synced, 0);
    await(&town, town_is_held, 0);
    fake_api_push(town.api, EVENT("ADDED", "new", "19", "", JSON("gpuslice.dev/class":"third")));
    await(&town, town_knows, 2);
    (void)nanosleep(&nap, NULL); /* it is its age that is tested */
    expect_class(&town, "new", "third");
    assert_string_equal(fake_api_fault(town.api), "");
}

TEST(deadline__of_a_review__is_kept_with_its_margin)
{
    const struct fake_step steps[] = {SYNC, {.expect = "/namespaces/new", .end = FAKE_MUTE, .always = true}};
    const struct cluster_namespaces_options options = {.lookup = {.margin_ms = 700}};
    AUTO(town) town = {0};
    town_open(&town, steps, ARRAY_SIZE(steps), &options);
    int64_t began_ns = clock_monotonic_ns();
    int64_t deadline_ns = began_ns + (int64_t)1000 * MS_NS;
    expect_unknown(&town, "new", deadline_ns, true, "no answer in time");
    int64_t ended_ns = clock_monotonic_ns();
    assert_true(ended_ns - began_ns >= (int64_t)300 * MS_NS && ended_ns < deadline_ns);
    expect_unknown(&town, "late", in_ms(700), false, "the review's timeout is over");
}

TEST(longest__wait__holds_without_a_deadline)
{
    const struct fake_step steps[] = {SYNC, {.expect = "/namespaces/new", .end = FAKE_MUTE}};
    const struct cluster_namespaces_options options = {.lookup = {.longest_ms = 100}};
    AUTO(town) town = {0};
    town_open(&town, steps, ARRAY_SIZE(steps), &options);
    expect_unknown(&town, "new", 0, true, "no answer in time");
    assert_string_equal(fake_api_fault(town.api), "");
}

static void *call_hastily(void *context)
{
    const struct town *town = context;
    AUTO(namespace_ref) ref = {0};
    struct err err;
    (void)(find(town, "new", in_ms(300), &ref, &err) < 0);
    return NULL;
}

/* The first has little time, the second has much: it must not share the first's fate. */
TEST(joined__request_that_ran_out_of_time__is_made_again)
{
    pthread_t hasty;
    struct caller patient;
    const struct fake_step steps[] = {
        SYNC,
        {.expect = "/namespaces/new", .end = FAKE_MUTE},
        {.expect = "/namespaces/new", .body = OBJECT("new", "half")},
    };
    const struct cluster_namespaces_options options = {.lookup = {.longest_ms = WAIT_MS}};
    AUTO(town) town = {0};
    town_open(&town, steps, ARRAY_SIZE(steps), &options);
    patient = (struct caller){.town = &town};
    assert_int_equal(pthread_create(&hasty, NULL, call_hastily, &town), 0);
    await(&town, town_waits, 1);
    assert_int_equal(pthread_create(&patient.thread, NULL, call, &patient), 0);
    assert_int_equal(pthread_join(hasty, NULL), 0);
    assert_int_equal(pthread_join(patient.thread, NULL), 0);
    assert_string_equal(patient.class, "half");
    assert_int_equal(fake_api_count(town.api, "/namespaces/new"), 2);
}

TEST(answers__that_tell_nothing__are_no_answers)
{
    const struct fake_step steps[] = {
        SYNC,
        {.expect = "/namespaces/gone", .status = 404, .body = JSON({"reason":"NotFound","message":"no such"})},
        {.expect = "/namespaces/moved", .status = 302, .headers = "Location: http://127.0.0.1:1/\r\n"},
        {.expect = "/namespaces/garbled", .body = "{}"},
        {.expect = "/namespaces/new", .body = OBJECT("new", "half")},
    };
    const struct cluster_namespaces_options options = {.lookup = {.breaker_ms = 1}};
    AUTO(town) town = {0};
    town_open(&town, steps, ARRAY_SIZE(steps), &options);
    expect_unknown(&town, "gone", 0, false, "HTTP 404 NotFound: no such");
    expect_class(&town, "new", "half"); /* a 404 is no failure of the server */
    expect_unknown(&town, "garbled", 0, false, "metadata is missing");
    expect_unknown(&town, "moved", 0, false, "HTTP 302; redirects are not followed");
    expect_unknown(&town, "Up/../per", 0, false,
                   "\"Up/../per\" is not a namespace: the name must consist of lower-case letters, digits and '-'");
    assert_string_equal(fake_api_fault(town.api), "");
}

/* After a failure the next ones fail at once, for a while. */
TEST(failure__of_the_server__holds_the_next_back)
{
    const struct fake_step steps[] = {
        SYNC,
        {.expect = "/namespaces/new", .status = 500, .body = "{}"},
        {.expect = "/namespaces/new", .body = OBJECT("new", "half")},
    };
    const struct cluster_namespaces_options options = {.lookup = {.breaker_ms = 200}};
    const struct timespec nap = {.tv_nsec = 250 * MS_NS};
    AUTO(town) town = {0};
    town_open(&town, steps, ARRAY_SIZE(steps), &options);
    expect_unknown(&town, "new", 0, false, "HTTP 500");
    expect_unknown(&town, "other", 0, false, "HTTP 500");
    (void)nanosleep(&nap, NULL); /* it is the time that is tested */
    expect_class(&town, "new", "half");
    assert_int_equal(fake_api_count(town.api, "/namespaces/"), 2);
}

TEST(server__that_is_gone__leaves_what_was_known)
{
    const struct fake_step steps[] = {SYNC};
    AUTO(town) town = {0};
    AUTO(namespace_ref) ref = {0};
    AUTO(buf) note;
    struct err err;
    char server[64];
    buf_init(&note, 4096);
    town_open(&town, steps, ARRAY_SIZE(steps), NULL);
    await(&town, town_is_synced, 0);
    (void)snprintf(server, sizeof(server), "%s", fake_api_server(town.api));
    fake_api_free(TAKE(town.api));
    kube_must(find(&town, "ml", 0, &ref, &err), &err);
    assert_int_equal(find(&town, "new", in_ms(5000), &ref, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_int_equal(err_http_status(err.code), 500);
    assert_true(eventually(town_is_lost, &town, WAIT_MS));
    assert_true(cluster_namespaces_check(town.cluster, &note)); /* it can still answer */
    AUTO(string) begin = NULL;
    assert_true(asprintf(&begin, "1 from %s, last event ", server) > 0);
    assert_memory_equal(buf_text(&note), begin, strlen(begin));
    assert_non_null(strstr(buf_text(&note), " s ago; not followed now: "));
}

TEST(check__before_all_is_known__fails)
{
    const struct fake_step steps[] = {{.expect = INITIAL, .status = 500, .body = "{}", .always = true}};
    AUTO(town) town = {0};
    AUTO(buf) note;
    AUTO(string) text = NULL;
    buf_init(&note, 4096);
    town_open(&town, steps, ARRAY_SIZE(steps), NULL);
    await(&town, town_is_lost, 0);
    assert_false(cluster_namespaces_check(town.cluster, &note));
    assert_true(asprintf(&text, "not all are known yet, 0 from %s (a test); not followed now: HTTP 500",
                         fake_api_server(town.api)) > 0);
    assert_string_equal(buf_text(&note), text);
}
