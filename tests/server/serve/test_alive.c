/* serve/: /livez reports on the threads that answer reviews, not on the one that answers probes. */
#include "serve/health.h"
#include "tests/support/check.h"
#include "tests/support/server_fixture.h"
#include "tests/support/temp_dir.h"

enum { THREADS = 2, AT_ONCE_MS = 2000, NOTICED_MS = 15000, LARGER = SERVER_LARGE + 1 };

struct alive_fixture {
    struct fixture *fixture;
    struct health *health;
    struct https_client *client;
    struct http_reply reply; /* the last one of /livez */
    unsigned wanted;
};

static int hang(void *context, const struct server_request *request, struct buf *ret_answer, struct err *err)
{
    (void)request;
    (void)err;
    fixture_wait_for_release(context);
    buf_add_string(ret_answer, "{}");
    return 0;
}

static bool ask_server(void *context, struct buf *ret_note)
{
    struct alive_fixture *alive = context;
    return server_works(alive->fixture->server, ret_note);
}

static void alive_fixture_start(struct alive_fixture *alive)
{
    struct err err = {0};
    const struct server_options options = {.threads = THREADS, .answer = hang};
    const struct health_options health_options = {.listen = "127.0.0.1:0", .alive = ask_server, .alive_context = alive};
    http_reply_init(&alive->reply);
    alive->fixture = fixture_new(&options);
    fixture_must(health_start(&health_options, &alive->health, &err), "health", &err);
}

static void alive_fixture_fini(struct alive_fixture *alive)
{
    if (alive->fixture)
        fixture_release(alive->fixture);
    https_close(alive->client);
    health_free(alive->health);
    fixture_free(alive->fixture);
    http_reply_fini(&alive->reply);
}
DEFINE_AUTO_FINI(alive_fixture, struct alive_fixture, alive_fixture_fini);

static bool livez_is_wanted(void *context)
{
    struct alive_fixture *alive = context;
    struct err err = {0};
    AUTO(https_client) client = NULL;
    const struct https_options options = {.port = health_port(alive->health), .plain = true};
    fixture_must(https_connect(&options, &client, &err), "connect", &err);
    fixture_must(https_get(client, "/livez", &err), "send", &err);
    fixture_must(https_receive(client, &alive->reply, &err), "receive", &err);
    return alive->reply.status == alive->wanted;
}

static void await_livez(struct alive_fixture *alive, const char *when, unsigned status, int timeout_ms)
{
    alive->wanted = status;
    if (!eventually(livez_is_wanted, alive, timeout_ms))
        fail_msg("%s: /livez answers %u %s", when, alive->reply.status, buf_text(&alive->reply.body));
    print_message("%s: /livez answers %u %s", when, alive->reply.status, buf_text(&alive->reply.body));
}

/* Sends a review of `length` bytes, whose thread hangs until fixture_release(). */
static void hang_thread(struct alive_fixture *alive, size_t length)
{
    struct err err = {0};
    AUTO(string) body = malloc(length + 1);
    if (!body)
        abort();
    memset(body, ' ', length);
    body[length] = '\0';
    alive->client = fixture_connect(alive->fixture);
    fixture_must(https_post(alive->client, "/mutate", body, &err), "post", &err);
}

TEST(livez__a_thread_hangs__fails_until_it_continues)
{
    struct err err = {0};
    AUTO(alive_fixture) usual = {0};
    AUTO(alive_fixture) large = {0};
    struct alive_fixture *scenes[] = {&usual, &large};
    static const size_t sizes[] = {1, LARGER};
    static const char *const names[] = {"a thread of the pool", "the thread of large reviews"};
    for (size_t i = 0; i < ARRAY_SIZE(scenes); i++) {
        alive_fixture_start(scenes[i]);
        await_livez(scenes[i], names[i], 200, AT_ONCE_MS);
        hang_thread(scenes[i], sizes[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(scenes); i++)
        await_livez(scenes[i], names[i], 503, NOTICED_MS);
    for (size_t i = 0; i < ARRAY_SIZE(scenes); i++) {
        AUTO(http_reply) reply;
        http_reply_init(&reply);
        fixture_release(scenes[i]->fixture);
        check_success(names[i], https_receive(scenes[i]->client, &reply, &err), &err);
        assert_int_equal(reply.status, 200);
        await_livez(scenes[i], names[i], 200, NOTICED_MS);
    }
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}
