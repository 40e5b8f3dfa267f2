/* kube/cluster_namespaces: which namespaces come from the store, and which are looked up live. */
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

struct fixture {
    struct fake_api *api;
    struct cluster_namespaces *cluster;
    struct namespace_source source;
    unsigned wanted;
};

static void fixture_start(struct fixture *fixture, const struct fake_step *steps, size_t count,
                          const struct cluster_namespaces_options *given)
{
    struct err err;
    struct cluster_namespaces_options options = given ? *given : (struct cluster_namespaces_options){0};
    AUTO(access) access = {0};
    (void)signal(SIGPIPE, SIG_IGN);
    options.watch.backoff.first_ms = 2;
    options.watch.backoff.most_ms = 20;
    fixture->api = fake_api_new(steps, count, NULL);
    access_to(fixture->api, &access);
    kube_must(cluster_namespaces_new(&options, &access, &fixture->cluster, &err), &err);
    fixture->source = cluster_namespaces_source(fixture->cluster);
    kube_must(cluster_namespaces_start(fixture->cluster, &err), &err);
}

static void fixture_fini(struct fixture *fixture)
{
    cluster_namespaces_free(fixture->cluster);
    fake_api_free(fixture->api);
}
DEFINE_AUTO_FINI(fixture, struct fixture, fixture_fini);

static bool fixture_is_synced(void *context)
{
    struct fixture *fixture = context;
    return cluster_namespaces_facts(fixture->cluster).synced;
}

static bool fixture_waits(void *context)
{
    struct fixture *fixture = context;
    return cluster_namespaces_lookups(fixture->cluster).waiting >= fixture->wanted;
}

static bool fixture_knows(void *context)
{
    struct fixture *fixture = context;
    return cluster_namespaces_facts(fixture->cluster).count >= fixture->wanted;
}

static bool fixture_is_held(void *context)
{
    const struct fixture *fixture = context;
    return fake_api_held(fixture->api) > 0;
}

static bool fixture_is_lost(void *context)
{
    struct fixture *fixture = context;
    return cluster_namespaces_facts(fixture->cluster).failures > 0;
}

static void await(struct fixture *fixture, bool (*condition)(void *context), unsigned wanted)
{
    fixture->wanted = wanted;
    if (!eventually(condition, fixture, WAIT_MS))
        fail_msg("not in time; %s; %s", cluster_namespaces_facts(fixture->cluster).fault, fake_api_fault(fixture->api));
}

static int find(const struct fixture *fixture, const char *name, int64_t deadline_ns, struct namespace_ref *ret_ref,
                struct err *err)
{
    return fixture->source.find(fixture->source.context, name, deadline_ns, ret_ref, err);
}

static void expect_class(const struct fixture *fixture, const char *name, const char *expected)
{
    AUTO(namespace_ref) ref = {0};
    struct err err;
    kube_must(find(fixture, name, 0, &ref, &err), &err);
    assert_string_equal(ref.info->name, name);
    const char *class = keyvalues_get(&ref.info->annotations, "gpuslice.dev/class");
    assert_string_equal(class ? class : "none", expected);
}

/* Expects the error 'namespace "<name>" is not known: <server>: <expected>'; without with_server, "<server>: " is
 * missing. */
static void expect_unknown(const struct fixture *fixture, const char *name, int64_t deadline_ns, bool with_server,
                           const char *expected)
{
    AUTO(namespace_ref) ref = {0};
    AUTO(string) text = NULL;
    struct err err;
    assert_int_equal(find(fixture, name, deadline_ns, &ref, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_true(asprintf(&text, "namespace \"%s\" is not known: %s%s%s", name,
                         with_server ? fake_api_server(fixture->api) : "", with_server ? ": " : "", expected) > 0);
    assert_string_equal(err.text, text);
}

static int64_t in_ms(int64_t milliseconds)
{
    return clock_monotonic_ns() + milliseconds * MS_NS;
}

TEST(known__namespace__is_answered_without_a_request)
{
    const struct fake_step steps[] = {SYNC};
    AUTO(fixture) fixture = {0};
    AUTO(namespace_ref) ref = {0};
    struct err err;
    fixture_start(&fixture, steps, ARRAY_SIZE(steps), NULL);
    await(&fixture, fixture_is_synced, 0);
    kube_must(find(&fixture, "ml", 0, &ref, &err), &err);
    assert_string_equal(keyvalues_get(&ref.info->labels, "team"), "ml");
    assert_int_equal(cluster_namespaces_lookups(fixture.cluster).requests, 0);
}

struct caller {
    pthread_t thread;
    const struct fixture *fixture;
    char class[64];
};

static void *call(void *context)
{
    struct caller *caller = context;
    AUTO(namespace_ref) ref = {0};
    struct err err;
    if (find(caller->fixture, "new", in_ms(WAIT_MS), &ref, &err) < 0)
        (void)snprintf(caller->class, sizeof(caller->class), "%.60s", err.text);
    else
        (void)snprintf(caller->class, sizeof(caller->class), "%s",
                       keyvalues_get(&ref.info->annotations, "gpuslice.dev/class"));
    return NULL;
}

TEST(unknown__namespace_of_many_reviews__is_looked_up_once)
{
    static struct caller callers[CALLERS];
    const struct fake_step steps[] = {SYNC,
                                      {.expect = "/namespaces/new", .body = OBJECT("new", "half"), .gated = true}};
    const struct cluster_namespaces_options options = {.lookup = {.longest_ms = WAIT_MS}};
    AUTO(fixture) fixture = {0};
    fixture_start(&fixture, steps, ARRAY_SIZE(steps), &options);
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){.fixture = &fixture};
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
    }
    await(&fixture, fixture_waits, CALLERS);
    fake_api_open(fixture.api);
    for (size_t i = 0; i < CALLERS; i++) {
        assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
        assert_string_equal(callers[i].class, "half");
    }
    assert_int_equal(fake_api_count(fixture.api, "/namespaces/new"), 1);
    assert_int_equal(cluster_namespaces_lookups(fixture.cluster).requests, 1);
    assert_int_equal(cluster_namespaces_lookups(fixture.cluster).waiting, 0);
}

/* Starts with the namespaces of the list, and then lets the watch add the namespace new, whose class is third. */
static void start_and_add(struct fixture *fixture, const struct fake_step steps[], size_t count,
                          const struct cluster_namespaces_options *options)
{
    fixture_start(fixture, steps, count, options);
    await(fixture, fixture_is_synced, 0);
    await(fixture, fixture_is_held, 0);
    fake_api_push(fixture->api, EVENT("ADDED", "new", "19", "", JSON("gpuslice.dev/class":"third")));
    await(fixture, fixture_knows, 2);
}

/* The creator of a new namespace may still be adding labels and annotations, which the store does not have yet. */
TEST(recent__namespace__is_looked_up)
{
    const struct fake_step steps[] = {
        SYNC,
        {.expect = "/namespaces/new", .body = OBJECT("new", "half")},
        {.expect = "/namespaces/new", .status = 404, .body = "{}"},
    };
    const struct cluster_namespaces_options options = {.recent_ms = 3600000};
    AUTO(fixture) fixture = {0};
    start_and_add(&fixture, steps, ARRAY_SIZE(steps), &options);
    expect_class(&fixture, "new", "half");
    expect_class(&fixture, "new", "third"); /* the store's entry is better than none */
    assert_int_equal(fake_api_count(fixture.api, "/namespaces/new"), 2);
}

TEST(namespace__no_longer_recent__is_not_looked_up)
{
    const struct fake_step steps[] = {SYNC};
    const struct cluster_namespaces_options options = {.recent_ms = 1};
    const struct timespec nap = {.tv_nsec = 5 * MS_NS};
    AUTO(fixture) fixture = {0};
    start_and_add(&fixture, steps, ARRAY_SIZE(steps), &options);
    (void)nanosleep(&nap, NULL); /* until the namespace is no longer recent */
    expect_class(&fixture, "new", "third");
    assert_string_equal(fake_api_fault(fixture.api), "");
}

TEST(deadline__of_a_review__leaves_the_margin)
{
    const struct fake_step steps[] = {SYNC, {.expect = "/namespaces/new", .end = FAKE_MUTE, .always = true}};
    const struct cluster_namespaces_options options = {.lookup = {.margin_ms = 700}};
    AUTO(fixture) fixture = {0};
    fixture_start(&fixture, steps, ARRAY_SIZE(steps), &options);
    int64_t began_ns = clock_monotonic_ns();
    int64_t deadline_ns = began_ns + (int64_t)1000 * MS_NS;
    expect_unknown(&fixture, "new", deadline_ns, true, "no answer in time");
    int64_t ended_ns = clock_monotonic_ns();
    assert_true(ended_ns - began_ns >= (int64_t)300 * MS_NS && ended_ns < deadline_ns);
    expect_unknown(&fixture, "late", in_ms(700), false, "too little of the review's timeout is left");
}

TEST(longest_wait__without_a_deadline__applies)
{
    const struct fake_step steps[] = {SYNC, {.expect = "/namespaces/new", .end = FAKE_MUTE}};
    const struct cluster_namespaces_options options = {.lookup = {.longest_ms = 100}};
    AUTO(fixture) fixture = {0};
    fixture_start(&fixture, steps, ARRAY_SIZE(steps), &options);
    expect_unknown(&fixture, "new", 0, true, "no answer in time");
    assert_string_equal(fake_api_fault(fixture.api), "");
}

static void *call_hastily(void *context)
{
    const struct fixture *fixture = context;
    AUTO(namespace_ref) ref = {0};
    struct err err;
    (void)(find(fixture, "new", in_ms(300), &ref, &err) < 0);
    return NULL;
}

/* The first caller has little time, the second has much: the second must not fail when the first does. */
TEST(joined__request_that_ran_out_of_time__is_repeated)
{
    pthread_t hasty;
    struct caller patient;
    const struct fake_step steps[] = {
        SYNC,
        {.expect = "/namespaces/new", .end = FAKE_MUTE},
        {.expect = "/namespaces/new", .body = OBJECT("new", "half")},
    };
    const struct cluster_namespaces_options options = {.lookup = {.longest_ms = WAIT_MS}};
    AUTO(fixture) fixture = {0};
    fixture_start(&fixture, steps, ARRAY_SIZE(steps), &options);
    patient = (struct caller){.fixture = &fixture};
    assert_int_equal(pthread_create(&hasty, NULL, call_hastily, &fixture), 0);
    await(&fixture, fixture_waits, 1);
    assert_int_equal(pthread_create(&patient.thread, NULL, call, &patient), 0);
    assert_int_equal(pthread_join(hasty, NULL), 0);
    assert_int_equal(pthread_join(patient.thread, NULL), 0);
    assert_string_equal(patient.class, "half");
    assert_int_equal(fake_api_count(fixture.api, "/namespaces/new"), 2);
}

TEST(answers__without_a_namespace__leave_it_unknown)
{
    const struct fake_step steps[] = {
        SYNC,
        {.expect = "/namespaces/gone", .status = 404, .body = JSON({"reason":"NotFound","message":"no such"})},
        {.expect = "/namespaces/moved", .status = 302, .headers = "Location: http://127.0.0.1:1/\r\n"},
        {.expect = "/namespaces/garbled", .body = "{}"},
        {.expect = "/namespaces/new", .body = OBJECT("new", "half")},
    };
    const struct cluster_namespaces_options options = {.lookup = {.breaker_ms = 1}};
    AUTO(fixture) fixture = {0};
    fixture_start(&fixture, steps, ARRAY_SIZE(steps), &options);
    expect_unknown(&fixture, "gone", 0, false, "HTTP 404 NotFound: no such");
    expect_class(&fixture, "new", "half"); /* a 404 is no failure of the server */
    expect_unknown(&fixture, "garbled", 0, false, "metadata is missing");
    expect_unknown(&fixture, "moved", 0, false, "HTTP 302; redirects are not followed");
    expect_unknown(&fixture, "Up/../per", 0, false,
                   "\"Up/../per\" is not a namespace: the name must consist of lower-case letters, digits and '-'");
    assert_string_equal(fake_api_fault(fixture.api), "");
}

/* After a failure, lookups of all names fail immediately, for breaker_ms. */
TEST(failure__of_the_server__opens_the_breaker)
{
    const struct fake_step steps[] = {
        SYNC,
        {.expect = "/namespaces/new", .status = 500, .body = "{}"},
        {.expect = "/namespaces/new", .body = OBJECT("new", "half")},
    };
    const struct cluster_namespaces_options options = {.lookup = {.breaker_ms = 200}};
    const struct timespec nap = {.tv_nsec = 250 * MS_NS};
    AUTO(fixture) fixture = {0};
    fixture_start(&fixture, steps, ARRAY_SIZE(steps), &options);
    expect_unknown(&fixture, "new", 0, false, "HTTP 500");
    expect_unknown(&fixture, "other", 0, false, "HTTP 500");
    (void)nanosleep(&nap, NULL); /* until the breaker closes */
    expect_class(&fixture, "new", "half");
    assert_int_equal(fake_api_count(fixture.api, "/namespaces/"), 2);
}

TEST(server__unreachable__known_namespaces_stay_in_use)
{
    const struct fake_step steps[] = {SYNC};
    AUTO(fixture) fixture = {0};
    AUTO(namespace_ref) ref = {0};
    AUTO(buf) note;
    struct err err;
    char server[64];
    buf_init(&note, 4096);
    fixture_start(&fixture, steps, ARRAY_SIZE(steps), NULL);
    await(&fixture, fixture_is_synced, 0);
    (void)snprintf(server, sizeof(server), "%s", fake_api_server(fixture.api));
    fake_api_free(TAKE(fixture.api));
    kube_must(find(&fixture, "ml", 0, &ref, &err), &err);
    assert_int_equal(find(&fixture, "new", in_ms(5000), &ref, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_int_equal(err_http_status(err.code), 500);
    assert_true(eventually(fixture_is_lost, &fixture, WAIT_MS));
    assert_true(cluster_namespaces_check(fixture.cluster, &note)); /* reviews can still be answered */
    AUTO(string) beginning = NULL;
    assert_true(asprintf(&beginning, "1 from %s, last event ", server) > 0);
    assert_memory_equal(buf_text(&note), beginning, strlen(beginning));
    assert_non_null(strstr(buf_text(&note), " s ago; not followed now: "));
}

TEST(check__before_the_first_sync__fails)
{
    const struct fake_step steps[] = {{.expect = INITIAL, .status = 500, .body = "{}", .always = true}};
    AUTO(fixture) fixture = {0};
    AUTO(buf) note;
    AUTO(string) text = NULL;
    buf_init(&note, 4096);
    fixture_start(&fixture, steps, ARRAY_SIZE(steps), NULL);
    await(&fixture, fixture_is_lost, 0);
    assert_false(cluster_namespaces_check(fixture.cluster, &note));
    assert_true(asprintf(&text, "not all are known yet, 0 from %s (a test); not followed now: HTTP 500",
                         fake_api_server(fixture.api)) > 0);
    assert_string_equal(buf_text(&note), text);
}
