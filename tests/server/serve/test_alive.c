/* serve/: /livez is about the threads that answer reviews, not about the one that answers probes. */
#include "serve/health.h"
#include "tests/support/check.h"
#include "tests/support/server_fixture.h"
#include "tests/support/temp_dir.h"

enum { THREADS = 2, AT_ONCE_MS = 2000, NOTICED_MS = 15000, LARGER = SERVER_LARGE + 1 };

struct scene {
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
    struct scene *scene = context;
    return server_works(scene->fixture->server, ret_note);
}

static void scene_start(struct scene *scene)
{
    struct err err = {0};
    const struct server_options options = {.threads = THREADS, .answer = hang};
    const struct health_options health_options = {.listen = "127.0.0.1:0", .alive = ask_server, .alive_context = scene};
    http_reply_init(&scene->reply);
    scene->fixture = fixture_new(&options);
    fixture_must(health_start(&health_options, &scene->health, &err), "health", &err);
}

static void scene_fini(struct scene *scene)
{
    if (scene->fixture)
        fixture_release(scene->fixture);
    https_close(scene->client);
    health_free(scene->health);
    fixture_free(scene->fixture);
    http_reply_fini(&scene->reply);
}
DEFINE_AUTO_FINI(scene, struct scene, scene_fini);

static bool livez_is_wanted(void *context)
{
    struct scene *scene = context;
    struct err err = {0};
    AUTO(https_client) client = NULL;
    const struct https_options options = {.port = health_port(scene->health), .plain = true};
    fixture_must(https_connect(&options, &client, &err), "connect", &err);
    fixture_must(https_get(client, "/livez", &err), "send", &err);
    fixture_must(https_receive(client, &scene->reply, &err), "receive", &err);
    return scene->reply.status == scene->wanted;
}

static void await_livez(struct scene *scene, const char *when, unsigned status, int timeout_ms)
{
    scene->wanted = status;
    if (!eventually(livez_is_wanted, scene, timeout_ms))
        fail_msg("%s: /livez says %u %s", when, scene->reply.status, buf_text(&scene->reply.body));
    print_message("%s: /livez says %u %s", when, scene->reply.status, buf_text(&scene->reply.body));
}

/* A review of so many bytes, which is not answered before fixture_release(). */
static void stop_thread(struct scene *scene, size_t length)
{
    struct err err = {0};
    AUTO(string) body = malloc(length + 1);
    if (!body)
        abort();
    memset(body, ' ', length);
    body[length] = '\0';
    scene->client = fixture_connect(scene->fixture);
    fixture_must(https_post(scene->client, "/mutate", body, &err), "post", &err);
}

TEST(livez__a_thread_hangs__fails_until_it_goes_on)
{
    struct err err = {0};
    AUTO(scene) usual = {0};
    AUTO(scene) large = {0};
    struct scene *scenes[] = {&usual, &large};
    static const size_t sizes[] = {1, LARGER};
    static const char *const names[] = {"a thread of the pool", "the thread of large reviews"};
    for (size_t i = 0; i < ARRAY_SIZE(scenes); i++) {
        scene_start(scenes[i]);
        await_livez(scenes[i], names[i], 200, AT_ONCE_MS);
        stop_thread(scenes[i], sizes[i]);
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
