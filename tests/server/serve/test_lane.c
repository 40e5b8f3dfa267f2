/* serve/: large reviews are decided one at a time, a body that finds no room gets 503, and server_works() is false when
 * a thread hangs. */
#include "base/clock.h"
#include "tests/support/server_fixture.h"
#include "tests/support/test.h"

#include <stdint.h>

#include <stdatomic.h>
#include <time.h>

enum { LARGE_BODY = (1 << 20) + 1, LARGE_COUNT = 3, LIVENESS_MS = 15000, NAP_NS = 20000000 };

static void must(int result, const char *what, const struct err *err)
{
    if (result < 0)
        fail_msg("%s: %s", what, err->text);
}

/* Like fixture_answer(), but a body that begins with 'L' waits for fixture_release(), and a crowded request is answered
 * immediately. */
static int answer(void *context, const struct server_request *request, struct buf *ret_answer, struct err *err)
{
    if (request->post.body[0] == 'L' && !request->post.crowded)
        fixture_wait_for_release(context);
    if (request->post.crowded)
        buf_add_string(ret_answer, "crowded");
    else
        return fixture_answer(context, request, ret_answer, err);
    return 0;
}

static void post_of_size(struct https_client *client, size_t size)
{
    AUTO(string) body = malloc(size + 1);
    struct err err;
    assert_non_null(body);
    memset(body, 'L', size);
    body[size] = '\0';
    must(https_post(client, "/mutate", body, &err), "large", &err);
}

static void post_large(struct https_client *client)
{
    post_of_size(client, LARGE_BODY);
}

static void post_small(struct https_client *client, const char *text)
{
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err;
    must(https_post(client, "/mutate", "{}", &err), "small", &err);
    must(https_receive(client, &reply, &err), "small", &err);
    if (reply.status != 200 || !strstr(buf_text(&reply.body), text))
        fail_msg("small: %u %s", reply.status, buf_text(&reply.body));
}

static void nap(void)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    (void)nanosleep(&nap, NULL);
}

static void await_waiting(const struct fixture *fixture, unsigned count)
{
    for (int i = 0; i < 500 && atomic_load(&fixture->waiting) < count; i++)
        nap();
    assert_int_equal(atomic_load(&fixture->waiting), count);
}

TEST(large__one_is_decided__others_wait_two_seconds_and_small_ones_do_not)
{
    struct server_options options = {.answer = answer, .threads = 2};
    AUTO(fixture) fixture = fixture_new(&options);
    struct https_client *large[LARGE_COUNT];
    AUTO(https_client) small = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err;
    for (size_t i = 0; i < LARGE_COUNT; i++) {
        large[i] = fixture_connect(fixture);
        post_large(large[i]);
        await_waiting(fixture, 1);
    }
    for (size_t i = 0; i < 100; i++)
        post_small(small, JSON("length":2));
    for (size_t i = 1; i < LARGE_COUNT; i++) {
        must(https_receive(large[i], &reply, &err), "crowded", &err);
        assert_int_equal(reply.status, 200);
        assert_string_equal(buf_text(&reply.body), "crowded");
    }
    assert_int_equal(atomic_load(&fixture->waiting), 1);
    fixture_release(fixture);
    must(https_receive(large[0], &reply, &err), "the first", &err);
    assert_string_equal(buf_text(&reply.body), JSON({"path":"/mutate","length":1048577,"timeout":0}));
    post_large(large[1]); /* its connection can be used again */
    must(https_receive(large[1], &reply, &err), "again", &err);
    assert_string_equal(buf_text(&reply.body), JSON({"path":"/mutate","length":1048577,"timeout":0}));
    for (size_t i = 0; i < LARGE_COUNT; i++)
        https_close(large[i]);
}

static void await_in_flight(const struct fixture *fixture, unsigned count)
{
    for (int i = 0; i < 500 && server_counts(fixture->server).requests_in_flight < count; i++)
        nap();
    assert_int_equal(server_counts(fixture->server).requests_in_flight, count);
}

static void *release_later(void *context)
{
    for (int i = 0; i < 10; i++)
        nap();
    fixture_release(context);
    return NULL;
}

/* libmicrohttpd panics if a connection is suspended when it stops. */
TEST(stop__while_large_reviews_wait__ends)
{
    struct server_options options = {.answer = answer, .threads = 2};
    AUTO(fixture) fixture = fixture_new(&options);
    struct https_client *large[LARGE_COUNT];
    pthread_t releaser;
    for (size_t i = 0; i < LARGE_COUNT; i++) {
        large[i] = fixture_connect(fixture);
        post_large(large[i]);
    }
    await_waiting(fixture, 1);
    await_in_flight(fixture, LARGE_COUNT);
    assert_int_equal(pthread_create(&releaser, NULL, release_later, fixture), 0);
    server_stop(fixture->server); /* waits for the first; the others are still in the lane */
    (void)pthread_join(releaser, NULL);
    for (size_t i = 0; i < LARGE_COUNT; i++)
        https_close(large[i]);
}

/* A body that is being decided holds most of the bytes for large bodies, so no connection can pay for another. */
TEST(room__none_for_a_second__503)
{
    struct server_options options = {.answer = answer, .threads = 2, .bytes_max = 4 << 20};
    AUTO(fixture) fixture = fixture_new(&options);
    AUTO(https_client) first = fixture_connect(fixture);
    AUTO(https_client) second = fixture_connect(fixture);
    AUTO(https_client) small = fixture_connect(fixture);
    AUTO(http_reply) reply;
    char retry_after[8] = "";
    struct err err;
    http_reply_init(&reply);
    post_of_size(first, 3 << 20);
    await_waiting(fixture, 1);
    post_of_size(second, 1 << 20);
    post_small(small, JSON("length":2)); /* an eighth of the bytes is for small bodies */
    must(https_receive(second, &reply, &err), "no room", &err);
    assert_int_equal(reply.status, 503);
    assert_string_equal(buf_text(&reply.body), "other requests hold too many bytes at the moment; try again\n");
    assert_true(http_reply_header(&reply, "Retry-After", retry_after, sizeof(retry_after)));
    assert_string_equal(retry_after, "1");
    fixture_release(fixture);
    must(https_receive(first, &reply, &err), "the first", &err);
    assert_int_equal(reply.status, 200);
    post_of_size(second, 1 << 20); /* its connection can be used again */
    must(https_receive(second, &reply, &err), "again", &err);
    assert_int_equal(reply.status, 200);
}

/* Waits until server_works() is false. Returns how many milliseconds that took. */
static int64_t await_stuck(struct fixture *fixture, struct buf *ret_note)
{
    int64_t began_ns = clock_monotonic_ns();
    while (server_works(fixture->server, ret_note)) {
        nap();
        if (clock_monotonic_ns() - began_ns > 2 * (int64_t)LIVENESS_MS * FIXTURE_MS_NS)
            fail_msg("server_works() is still true");
    }
    return (clock_monotonic_ns() - began_ns) / FIXTURE_MS_NS;
}

TEST(server_works__a_thread_hangs__false_within_fifteen_seconds)
{
    static const struct {
        const char *name, *note;
        bool large;
    } cases[] = {
        {"a thread of the pool", "of 2 has not answered for 1", false},
        {"the lane", "the thread of large reviews has not answered for 1", true},
    };
    struct server_options options = {.answer = answer, .threads = 2};
    struct fixture *fixtures[ARRAY_SIZE(cases)];
    struct https_client *clients[ARRAY_SIZE(cases)];
    struct err err;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) note;
        buf_init(&note, ERR_TEXT_SIZE);
        fixtures[i] = fixture_new(&options);
        clients[i] = fixture_connect(fixtures[i]);
        assert_true(server_works(fixtures[i]->server, &note));
        if (cases[i].large)
            post_large(clients[i]);
        else
            must(https_post(clients[i], "/mutate", "wait", &err), "wait", &err);
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) note;
        buf_init(&note, ERR_TEXT_SIZE);
        int64_t took_ms = await_stuck(fixtures[i], &note);
        if (took_ms > LIVENESS_MS || !strstr(buf_text(&note), cases[i].note))
            fail_msg("%s: after %lld ms: %s", cases[i].name, (long long)took_ms, buf_text(&note));
        https_close(clients[i]);
        fixture_free(fixtures[i]);
    }
}
