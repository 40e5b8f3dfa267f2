/* `gpuslice serve` while it runs: its health pages, its answers and its log. test_reload.c tests changes of its files,
 * test_end.c tests how it ends. */
#include "tests/support/check.h"
#include "tests/support/temp_dir.h"
#include "tests/support/webhook.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { CONNECTIONS = 1000, TEXT_MAX = 64 << 20, LARGE = 3 << 20, TOO_LARGE = (20 << 20) + 1 };

#define SECRET "hunter2-do-not-log-me"

static const char review[] = WEBHOOK_REVIEW("ml-team", "");

/* Reads the revision of the policies in use, 12 hexadecimal digits, from a decision. */
static void read_revision(const struct webhook *webhook, char ret_revision[13])
{
    struct err err;
    AUTO(string) answer = NULL;
    check_success("expected", webhook_expected(webhook, WEBHOOK_POLICIES("t4-third"), review, &answer, &err), &err);
    const char *at = strstr(answer, "\"revision\":\"");
    assert_non_null(at);
    assert_int_equal(sscanf(at, JSON("revision":"%12[0-9a-f]"), ret_revision), 1);
    assert_int_equal(strlen(ret_revision), 12);
}

TEST_WITH(health__pages__statuses_and_texts, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    webhook_must_start(webhook, NULL);
    static const struct {
        const char *target;
        unsigned status;
        const char *text;
    } cases[] = {
        {"/livez", 200, "ok\n"},
        {"/readyz", 200, "ok\n"},
        {"/mutate", 404, "no such path (known paths: /livez, /readyz, /metrics)\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err;
        AUTO(http_reply) reply;
        http_reply_init(&reply);
        check_success(cases[i].target, webhook_get(webhook, cases[i].target, &reply, &err), &err);
        check_text(cases[i].target, buf_text(&reply.body), cases[i].text);
        assert_int_equal(reply.status, cases[i].status);
    }
    webhook_must_end(webhook);
}

TEST_WITH(readyz__verbose__a_line_for_each_thing, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    struct err err;
    char revision[13];
    char expected[1024];
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    webhook_must_start(webhook, NULL);
    read_revision(webhook, revision);
    check_success("readyz", webhook_get(webhook, "/readyz?verbose", &reply, &err), &err);
    assert_int_equal(reply.status, 200);
    const char *until = strstr(buf_text(&reply.body), " until ");
    const char *digits = strstr(buf_text(&reply.body), ", sha256 ");
    assert_true(until && digits);
    (void)snprintf(expected, sizeof(expected),
                   "[+]policies ok: revision %s, 1 policies, 2 classes, 2 pools\n"
                   "[+]namespaces ok: 1 from %s/namespaces.yaml\n"
                   "[+]certificate ok: CN=gpuslice until %.20s, sha256 %.16s\n"
                   "readyz check passed\n",
                   revision, webhook->folder, until + strlen(" until "), digits + strlen(", sha256 "));
    check_text("readyz", buf_text(&reply.body), expected);
    webhook_must_end(webhook);
}

TEST_WITH(certificate__issued_by_serve__verified_for_its_hosts_only, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    struct err err;
    struct stat info;
    static const char *const others[] = {"gpuslice.test", "127.0.0.2"};
    AUTO(string) ca = temp_path(webhook->folder, "ca.crt");
    mode_t before = umask(077);
    webhook_must_start(webhook, NULL);
    (void)umask(before);
    assert_int_equal(stat(ca, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0644);
    AUTO(https_client) client = NULL;
    check_success("localhost", webhook_connect(webhook, NULL, "localhost", &client, &err), &err);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        AUTO(https_client) none = NULL;
        check_failure(others[i], webhook_connect(webhook, NULL, others[i], &none, &err), &err, ERR_IO,
                      "TLS handshake: certificate verify failed");
    }
    webhook_must_end(webhook);
}

/* Expects one decision in the log, whose line equals `expected` from "level" up to the microseconds. */
static void expect_line(const struct webhook *webhook, const char *expected)
{
    struct err err;
    AUTO(buf) log;
    buf_init(&log, TEXT_MAX);
    check_success("log", webhook_log(webhook, &log, &err), &err);
    const char *line = strstr(buf_text(&log), JSON("level":"info","message":"decision"));
    long long microseconds = -1;
    if (!line || strncmp(line, expected, strlen(expected)) != 0)
        fail_msg("got\n%s\nexpected\n%s", buf_text(&log), expected);
    assert_int_equal(sscanf(line + strlen(expected), "%lld}\n", &microseconds), 1);
    assert_in_range(microseconds, 0, WEBHOOK_WAIT_MS * 1000);
    assert_null(strstr(line + strlen(expected), JSON("message":"decision"))); /* one line for each review */
}

/* Expects that each line of the log is an object that begins with time, level and message. */
static void expect_json_lines(const struct webhook *webhook)
{
    struct err err;
    AUTO(buf) log;
    buf_init(&log, TEXT_MAX);
    check_success("log", webhook_log(webhook, &log, &err), &err);
    for (const char *line = buf_text(&log); *line; line = strchr(line, '\n') + 1) {
        static const char *const keys[] = {"time", "level", "message"};
        assert_non_null(strchr(line, '\n'));
        cJSON *object = cJSON_ParseWithLength(line, strcspn(line, "\n"));
        const cJSON *member = object ? object->child : NULL;
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++, member = member ? member->next : NULL) {
            if (!member || strcmp(member->string, keys[i]) != 0 || !cJSON_IsString(member))
                fail_msg("not a log line: %.*s", (int)strcspn(line, "\n"), line);
        }
        cJSON_Delete(object);
    }
}

TEST_WITH(log__decision__has_the_documented_fields, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    struct err err;
    char revision[13];
    char expected[512];
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    webhook_must_start(webhook, NULL);
    read_revision(webhook, revision);
    check_success("post", webhook_ask(webhook, review, &reply, &err), &err);
    assert_int_equal(reply.status, 200);
    (void)snprintf(
        expected, sizeof(expected),
        "\"level\":\"info\",\"message\":\"decision\",\"path\":\"/mutate\",\"uid\":\"3e2f7a10\","
        "\"namespace\":\"ml-team\",\"pod\":\"ReplicaSet/vllm-6db5b5d75c\",\"decision\":\"injected\",\"reason\":\"injected\","
        "\"class\":\"t4-third\",\"policy\":\"everyone\",\"revision\":\"%s\",\"dryRun\":false,"
        "\"microseconds\":",
        revision);
    expect_line(webhook, expected);
    webhook_must_end(webhook);
    expect_json_lines(webhook);
}

/* The member `key` of the last decision in the log, or "absent"; free() it. */
static char *last_logged(const struct webhook *webhook, const char *key)
{
    struct err err;
    AUTO(buf) log;
    buf_init(&log, TEXT_MAX);
    check_success("log", webhook_log(webhook, &log, &err), &err);
    const char *last = NULL;
    for (const char *line = buf_text(&log); *line; line = strchr(line, '\n') + 1) {
        if (strstr(line, JSON("message":"decision")))
            last = line;
    }
    assert_non_null(last);
    cJSON *object = cJSON_ParseWithLength(last, strcspn(last, "\n"));
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    char *copy = strdup(text ? text : "absent");
    cJSON_Delete(object);
    return copy;
}

#define USER_130                                                                                           \
    "u-3456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-" \
    "123456789-123456789-123456789"

/* Sentence, user and uid are logged of what is denied, and of what modes warn and shadow would deny. */
TEST_WITH(log__denial__has_sentence_user_and_uid, webhook_setup, webhook_teardown)
{
#define REVIEW_OF(ns, user, quantity)                                                                                  \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"9c1d-" ns "\","       \
    "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"namespace\":\"" ns "\",\"operation\":\"CREATE\"," \
    "\"userInfo\":" user ",\"object\":{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"c\","       \
    "\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"" quantity "\"}}}]}}}}"
#define SENTENCE(policy)                                                                                        \
    "container \"c\" asks for nvidia.com/gpu: \"2\", but slice class \"t4-third\" gives 1 to a container (two " \
    "shares of a GPU are not twice a share); ask for at most 1 in each container [policy " policy "]"
    static const struct {
        const char *review, *decision, *uid, *denial, *user;
    } cases[] = {
        {REVIEW_OF("ml-team", JSON({"username":"ada"}), "2"), "denied", "9c1d-ml-team", SENTENCE("everyone"), "ada"},
        {REVIEW_OF("shadowed", JSON({"username":"system:serviceaccount:kube-system:job-controller"}), "2"),
         "would_deny", "9c1d-shadowed", SENTENCE("shadowed"), "system:serviceaccount:kube-system:job-controller"},
        {REVIEW_OF("warned", JSON({}), "2"), "would_deny", "9c1d-warned", SENTENCE("warned"), ""},
        {REVIEW_OF("ml-team", JSON({"username":7}), "2"), "denied", "9c1d-ml-team", SENTENCE("everyone"), ""},
        {REVIEW_OF("ml-team", "{\"username\":\"" USER_130 USER_130 "\"}", "2"), "denied", "9c1d-ml-team",
         SENTENCE("everyone"),
         USER_130 "u-3456789-123456789-123456789-123456789-123456789-123456789-"
                  "123456789-123456789-123456789-123456789-123456789-123456789-123456"},
        {REVIEW_OF("ml-team", JSON({"username":"ada"}), "1"), "injected", "9c1d-ml-team", "absent", "absent"},
    };
    struct webhook *webhook = *state;
#define MODE(mode, name)                                                                      \
    "---\napiVersion: gpuslice.dev/v1alpha1\nkind: SlicePolicy\nmetadata: {name: " name "}\n" \
    "spec: {priority: 5, mode: " mode ", namespaces: {names: [" name "]}, classes: {default: t4-third}}\n"
    temp_write(webhook->folder, "policies/more.yaml", MODE("warn", "warned") MODE("shadow", "shadowed"));
    temp_write(webhook->folder, "namespaces.yaml",
               WEBHOOK_NAMESPACE("ml-team") WEBHOOK_NAMESPACE("warned") WEBHOOK_NAMESPACE("shadowed"));
    webhook_must_start(webhook, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err;
        AUTO(http_reply) reply;
        http_reply_init(&reply);
        check_success("post", webhook_ask(webhook, cases[i].review, &reply, &err), &err);
        AUTO(string) decision = last_logged(webhook, "decision");
        AUTO(string) uid = last_logged(webhook, "uid");
        AUTO(string) denial = last_logged(webhook, "denial");
        AUTO(string) user = last_logged(webhook, "user");
        check_text("decision", decision, cases[i].decision);
        check_text("uid", uid, cases[i].uid);
        check_text("denial", denial, cases[i].denial);
        check_text("user", user, cases[i].user);
    }
    webhook_must_end(webhook);
    expect_json_lines(webhook);
}

/* Values of environment variables must never be logged, whatever the outcome, even with --log-level debug. */
TEST_WITH(log__secret_in_a_review__is_not_logged, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    static const struct {
        const char *review;
        unsigned status;
    } cases[] = {
        {WEBHOOK_REVIEW("ml-team", ",\"env\":[{\"name\":\"TOKEN\",\"value\":\"" SECRET "\"}]"), 200},
        {WEBHOOK_REVIEW("ml-team", ",\"env\":[{\"name\":\"NVIDIA_VISIBLE_DEVICES\",\"value\":\"" SECRET "\"}]"), 200},
        {WEBHOOK_REVIEW("ml-team", ",\"env\":[{\"name\":\"TOKEN\",\"value\":{\"" SECRET "\":1}}]"), 400},
        {WEBHOOK_REVIEW("ml-team", ",\"env\":{\"" SECRET "\":\"" SECRET "\"}"), 400},
        {WEBHOOK_REVIEW("ml-team", ",\"env\":[\"" SECRET "\"]"), 400},
        {WEBHOOK_REVIEW("nowhere", ",\"env\":[{\"name\":\"TOKEN\",\"value\":\"" SECRET "\"}]"), 500},
        {"{\"env\":\"" SECRET "\" oops}", 400},
        {"\"" SECRET "\"", 400},
    };
    webhook_must_start(webhook, (const char *[]){"--log-level", "debug", NULL});
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err;
        AUTO(http_reply) reply;
        http_reply_init(&reply);
        check_success("post", webhook_ask(webhook, cases[i].review, &reply, &err), &err);
        if (reply.status != cases[i].status)
            fail_msg("case %zu: %u %s", i, reply.status, buf_text(&reply.body));
    }
    webhook_must_end(webhook);
    struct err err;
    AUTO(buf) log;
    buf_init(&log, TEXT_MAX);
    check_success("log", webhook_log(webhook, &log, &err), &err);
    assert_non_null(strstr(buf_text(&log), JSON("message":"decision")));
    assert_non_null(strstr(buf_text(&log), JSON("message":"review not answered")));
    if (strstr(buf_text(&log), SECRET))
        fail_msg("the secret is in the log: %s", buf_text(&log));
    expect_json_lines(webhook);
}

TEST_WITH(request__refused__status_and_sentence, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    static const struct {
        const char *name, *line, *type, *body;
        unsigned status;
        const char *text;
    } cases[] = {
        {"no JSON", "POST /mutate", "application/json", "{\"a\":", 400, "byte 5: the text ends, must be a value\n"},
        {"bytes after the JSON", "POST /mutate", "application/json", "{} x", 400,
         "byte 3: 'x', must be the end of the text\n"},
        {"an empty body", "POST /mutate", "application/json", "", 400, "byte 0: the text ends, must be a value\n"},
        {"another version", "POST /mutate", "application/json", JSON({"apiVersion":"admission.k8s.io/v1beta1"}), 400,
         "apiVersion is \"admission.k8s.io/v1beta1\", must be \"admission.k8s.io/v1\"\n"},
        {"a pod of the wrong shape", "POST /mutate", "application/json; charset=utf-8",
         WEBHOOK_REVIEW("ml-team", "," JSON("env":{})), 400, "the pod's spec.containers[0].env must be an array\n"},
        {"an unknown namespace", "POST /mutate", "application/json", WEBHOOK_REVIEW("nowhere", ""), 500,
         "namespace \"nowhere\" is not known\n"},
        {"another path", "POST /validate", "application/json", "{}", 404,
         "no such path: /validate (known paths: /mutate, /advise)\n"},
        {"another method", "PUT /mutate", "application/json", "{}", 405, "method PUT is not allowed; use POST\n"},
        {"another type", "POST /mutate", "application/yaml", "{}", 415,
         "Content-Type application/yaml is not supported; send application/json\n"},
        {"a timeout that is not a duration", "POST /mutate?timeout=soon", "application/json", "{}", 400,
         "query parameter timeout: \"soon\" is not a duration; expected e.g. 5s or 500ms\n"},
    };
    struct err err;
    AUTO(https_client) client = NULL;
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    webhook_must_start(webhook, NULL);
    check_success("connect", webhook_connect(webhook, NULL, NULL, &client, &err), &err);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) text;
        buf_init(&text, TEXT_MAX);
        buf_addf(&text, "%s HTTP/1.1\r\nHost: test\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", cases[i].line,
                 cases[i].type, strlen(cases[i].body), cases[i].body);
        check_success(cases[i].name, https_send(client, text.data, text.length, &err), &err);
        check_success(cases[i].name, https_receive(client, &reply, &err), &err);
        check_text(cases[i].name, buf_text(&reply.body), cases[i].text);
        assert_int_equal(reply.status, cases[i].status);
        assert_false(reply.closes);
    }
    webhook_must_end(webhook);
}

/* Returns a review with a variable whose value has `size` bytes. free() it. */
static char *large_review(size_t size)
{
    static const char before[] = ",\"env\":[{\"name\":\"A\",\"value\":\"";
    AUTO(string) filling = malloc(size + 1);
    char *text = NULL;
    assert_non_null(filling);
    memset(filling, 'x', size);
    filling[size] = '\0';
    const char *all = WEBHOOK_REVIEW("ml-team", "@");
    const char *at = strchr(all, '@');
    if (asprintf(&text, "%.*s%s%s\"}]%s", (int)(at - all), all, before, filling, at + 1) < 0)
        fail_msg("out of memory");
    return text;
}

TEST_WITH(request__large__answered_up_to_20_mib, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    struct err err;
    AUTO(string) answer = NULL;
    AUTO(string) large = large_review(LARGE);
    AUTO(string) too_large = large_review(TOO_LARGE);
    AUTO(https_client) client = NULL;
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    webhook_must_start(webhook, NULL);
    check_success("expected", webhook_expected(webhook, WEBHOOK_POLICIES("t4-third"), large, &answer, &err), &err);
    check_success("connect", webhook_connect(webhook, NULL, NULL, &client, &err), &err);
    check_success("3 MiB", webhook_post(client, large, &reply, &err), &err);
    check_text("3 MiB", buf_text(&reply.body), answer);
    check_success("20 MiB", webhook_post(client, too_large, &reply, &err), &err);
    check_text("20 MiB", buf_text(&reply.body), "the body is larger than 20971520 bytes\n");
    assert_int_equal(reply.status, 413);
    webhook_must_end(webhook);
}

static int ask_all(struct https_client *const clients[], size_t count, const char *answer, struct err *err)
{
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    for (size_t i = 0; i < count; i++) {
        if (https_post(clients[i], "/mutate", review, err) < 0)
            return err_wrap(err, "sending over connection %zu", i);
    }
    for (size_t i = 0; i < count; i++) {
        if (https_receive(clients[i], &reply, err) < 0)
            return err_wrap(err, "receiving over connection %zu", i);
        if (reply.status != 200 || strcmp(buf_text(&reply.body), answer) != 0)
            return err_set(err, ERR_INVALID, "connection %zu: %u %.500s", i, reply.status, buf_text(&reply.body));
    }
    return 0;
}

TEST_WITH(connections__a_thousand_at_once__all_answered, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    struct err err = {0};
    struct https_client **clients = calloc(CONNECTIONS, sizeof(struct https_client *));
    size_t count = 0;
    int result = 0;
    AUTO(string) answer = NULL;
    assert_non_null(clients);
    webhook_must_start(webhook, NULL);
    check_success("expected", webhook_expected(webhook, WEBHOOK_POLICIES("t4-third"), review, &answer, &err), &err);
    while (result == 0 && count < CONNECTIONS) {
        result = webhook_connect(webhook, NULL, NULL, &clients[count], &err);
        count += result == 0;
    }
    if (result == 0)
        result = ask_all(clients, count, answer, &err);
    for (size_t i = 0; i < count; i++)
        https_close(clients[i]);
    free(clients);
    check_success("connections", result, &err);
    webhook_must_end(webhook);
}

BEFORE_TESTS()
{
    struct rlimit files;
    (void)signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
}
