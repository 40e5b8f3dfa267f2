/* `gpuslice serve --kubeconfig` with a fake API server: it follows the namespaces and answers reviews by them. */
#include "tests/support/kube_fixture.h"

#include "tests/support/https_client.h"
#include "tests/support/program.h"

#include <unistd.h>

#define REVIEW_FILE "tests/golden/real-timeslice-pod/review.json" /* of namespace ml-team */

enum { PROGRAM_MS = 30000, PATH_SIZE = 512 };

struct fixture {
    char *folder;
    struct fake_api *api;
    struct program program;
    unsigned port, health_port;
    char *ca;
    const char *wanted; /* part of the answer of /readyz?verbose */
};

static void fixture_fini(struct fixture *fixture)
{
    struct err err;
    int status = 0;
    if (fixture->program.pid > 0 && program_stop(&fixture->program, PROGRAM_MS, &status, &err) < 0)
        print_message("%s\n", err.text);
    fake_api_free(fixture->api);
    temp_dir_free(fixture->folder);
    free(fixture->ca);
}
DEFINE_AUTO_FINI(fixture, struct fixture, fixture_fini);

static char *text_of(const char *folder, const char *name)
{
    AUTO(string) path = temp_path(folder, name);
    AUTO(buf) text;
    struct err err;
    buf_init(&text, 1 << 20);
    if (file_read(path, &text, &err) < 0 || text.length == 0)
        return NULL;
    return buf_take(&text);
}

static bool is_up(void *context)
{
    const struct fixture *fixture = context;
    AUTO(string) ready = text_of(fixture->folder, "ready");
    return ready || program_has_ended(&fixture->program);
}

static void serve(struct fixture *fixture, const char *const more[2])
{
    struct err err;
    const char *binary = getenv("GPUSLICE_BIN");
    AUTO(string) log = temp_path(fixture->folder, "log");
    AUTO(string) ready = temp_path(fixture->folder, "ready");
    AUTO(string) ca = temp_path(fixture->folder, "ca");
    const char *const argv[] = {binary ? binary : "build/gcc/gpuslice",
                                "serve",
                                "--policies",
                                "policies",
                                "--listen",
                                "127.0.0.1:0",
                                "--health-listen",
                                "127.0.0.1:0",
                                "--drain-delay",
                                "0",
                                "--threads",
                                "2",
                                "--ca-out",
                                ca,
                                "--ready-file",
                                ready,
                                more[0],
                                more[1],
                                NULL};
    kube_must(program_start(argv, log, &fixture->program, &err), &err);
    assert_true(eventually(is_up, fixture, PROGRAM_MS));
}

static void fixture_start(struct fixture *fixture, const struct fake_step *steps, size_t count)
{
    AUTO(string) config = NULL;
    fixture->folder = temp_dir_new();
    fixture->api = fake_api_new(steps, count, NULL);
    AUTO(string) path = temp_path(fixture->folder, "kube.yaml");
    assert_true(
        asprintf(&config,
                 "current-context: a\ncontexts: [{name: a, context: {cluster: b, user: c}}]\n"
                 "clusters: [{name: b, cluster: {server: '%s'}}]\nusers: [{name: c, user: {token: hush-hush}}]\n",
                 fake_api_server(fixture->api)) > 0);
    temp_write(fixture->folder, "kube.yaml", config);
    serve(fixture, (const char *const[2]){"--kubeconfig", path});
    AUTO(string) ready = text_of(fixture->folder, "ready");
    if (!ready) {
        AUTO(string) log = text_of(fixture->folder, "log");
        fail_msg("serve did not start: %s", log ? log : "");
    }
    assert_int_equal(sscanf(ready, "https://127.0.0.1:%u\nhttp://127.0.0.1:%u", &fixture->port, &fixture->health_port),
                     2);
    fixture->ca = text_of(fixture->folder, "ca");
}

static void ask(const struct fixture *fixture, const char *target, const char *body, struct http_reply *reply)
{
    struct err err;
    AUTO(https_client) client = NULL;
    const struct https_options options = {.port = body ? fixture->port : fixture->health_port,
                                          .plain = !body,
                                          .ca_pem = body ? fixture->ca : NULL,
                                          .timeout_ms = PROGRAM_MS};
    kube_must(https_connect(&options, &client, &err), &err);
    kube_must(body ? https_post(client, target, body, &err) : https_get(client, target, &err), &err);
    kube_must(https_receive(client, reply, &err), &err);
}

static bool readyz_has_wanted(void *context)
{
    const struct fixture *fixture = context;
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    ask(fixture, "/readyz?verbose", NULL, &reply);
    return strstr(buf_text(&reply.body), fixture->wanted);
}

static void await_health(struct fixture *fixture, const char *wanted)
{
    fixture->wanted = wanted;
    if (!eventually(readyz_has_wanted, fixture, WAIT_MS)) {
        AUTO(http_reply) reply;
        http_reply_init(&reply);
        ask(fixture, "/readyz?verbose", NULL, &reply);
        fail_msg("/readyz?verbose never has \"%s\": %s; script: %s", wanted, buf_text(&reply.body),
                 fake_api_fault(fixture->api));
    }
}

/* Returns the review of REVIEW_FILE with the namespace `name`. The caller frees it. */
static char *review_of(const char *name)
{
    static const char from[] = "\"ml-team\"";
    AUTO(buf) text;
    AUTO(buf) changed;
    struct err err;
    buf_init(&text, 1 << 20);
    buf_init(&changed, 1 << 20);
    kube_must(file_read(REVIEW_FILE, &text, &err), &err);
    const char *rest = buf_text(&text);
    for (const char *at; (at = strstr(rest, from)); rest = at + sizeof(from) - 1) {
        buf_add(&changed, rest, (size_t)(at - rest));
        buf_addf(&changed, "\"%s\"", name);
    }
    buf_add_string(&changed, rest);
    return buf_take(&changed);
}

static void expect_status(const struct fixture *fixture, const char *name, unsigned status, const char *part)
{
    AUTO(string) review = review_of(name);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    ask(fixture, "/mutate?timeout=5s", review, &reply);
    if (reply.status != status || !strstr(buf_text(&reply.body), part))
        fail_msg("%s: %u %s, expected %u %s", name, reply.status, buf_text(&reply.body), status, part);
}

TEST(reviews__namespaces_of_a_cluster__are_answered_by_them)
{
    AUTO(string) existing = lines_of("tests/kube/namespaces-watchlist.jsonl", 0, 6);
    const struct fake_step steps[] = {
        {.expect = INITIAL, .bearer = "hush-hush", .body = existing, .end = FAKE_HELD, .gated = true},
        {.expect = "/namespaces/gone",
         .bearer = "hush-hush",
         .status = 404,
         .body = JSON({"message":"no such namespace"})},
        {.expect = "/namespaces/fresh",
         .bearer = "hush-hush",
         .body = JSON({"metadata":{"name":"fresh","resourceVersion":"400","labels":{"gpuslice.dev/inject":"enabled"},
                        "annotations":{"gpuslice.dev/class":"no-such-class"}}})},
    };
    AUTO(fixture) fixture = {0};
    fixture_start(&fixture, steps, ARRAY_SIZE(steps));
    await_health(&fixture, "[-]namespaces failed: not all are known yet, 0 from http://127.0.0.1:");
    expect_status(&fixture, "fresh", 200, "no-such-class"); /* looked up live before all namespaces are known */
    expect_status(&fixture, "gone", 500, "namespace \"gone\" is not known: HTTP 404 no such namespace");
    fake_api_open(fixture.api);
    await_health(&fixture, "[+]namespaces ok: 5 from http://127.0.0.1:");
    expect_status(&fixture, "ml-team", 200, JSON("patchType":"JSONPatch"));
    assert_string_equal(fake_api_fault(fixture.api), "");
    fake_api_free(TAKE(fixture.api));
    await_health(&fixture, "; not followed now: http://127.0.0.1:");
    expect_status(&fixture, "ml-team", 200, JSON("patchType":"JSONPatch"));
    expect_status(&fixture, "other", 500, "namespace \"other\" is not known: http://127.0.0.1:");
    AUTO(string) log = text_of(fixture.folder, "log");
    assert_non_null(strstr(log, JSON("message":"following namespaces")));
    assert_non_null(strstr(log, JSON("message":"namespaces are no longer followed; those already known stay in use")));
    assert_null(strstr(log, "hush-hush")); /* the token */
}

TEST(options__without_a_usable_source__end_the_program)
{
    static const struct {
        const char *more[2], *log;
    } cases[] = {
        {{"--kubeconfig", "/nonexistent"}, "/nonexistent: No such file or directory"},
        {{"--drain-timeout", "1"}, "neither --namespaces nor --kubeconfig is given, and: not in a pod"},
        {{"--namespaces=a", "--kubeconfig=b"}, "--namespaces and --kubeconfig are mutually exclusive"},
    };
    assert_int_equal(unsetenv("KUBERNETES_SERVICE_HOST"), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(fixture) fixture = {.folder = temp_dir_new()};
        struct err err;
        int status = 0;
        serve(&fixture, cases[i].more);
        kube_must(program_stop(&fixture.program, PROGRAM_MS, &status, &err), &err);
        fixture.program.pid = 0;
        AUTO(string) log = text_of(fixture.folder, "log");
        if (!log || !strstr(log, cases[i].log))
            fail_msg("expected %s, the log is %s", cases[i].log, log ? log : "empty");
        assert_int_equal(status, 2);
    }
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}
