/* How `gpuslice serve` ends: after signals, and when it cannot start. */
#include "base/clock.h"
#include "base/file.h"
#include "base/units.h"
#include "certs/issue.h"
#include "tests/support/check.h"
#include "tests/support/load.h"
#include "tests/support/temp_dir.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 6, WARM_UP = 100, DELAY_MS = 1000, REFUSAL_WAIT_MS = 10000, DAY = 86400, TEXT_MAX = 64 << 20 };

static const char review[] = WEBHOOK_REVIEW("ml-team", "");

static size_t occurrences(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

struct probe {
    const struct webhook *webhook;
    struct http_reply reply;
};

static bool is_not_ready(void *context)
{
    struct probe *probe = context;
    struct err err;
    return webhook_get(probe->webhook, "/readyz", &probe->reply, &err) == 0 && probe->reply.status == 503;
}

/* Sends the signal. /readyz must fail while new connections are still served. Then the clients stop, and the program
 * must end. */
static int end_under_load(struct webhook *webhook, int number, struct load *load, int *ret_status, struct err *err)
{
    struct probe probe = {.webhook = webhook};
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    if (load_await(load, WARM_UP, err) < 0)
        return -1;
    int64_t began = clock_monotonic_ns();
    http_reply_init(&probe.reply);
    (void)kill(webhook->program.pid, number);
    bool failed = eventually(is_not_ready, &probe, DELAY_MS);
    const char *body = buf_text(&probe.reply.body);
    int result = 0;
    if (!failed)
        result = err_set(err, ERR_IO, "/readyz does not fail immediately");
    else if (strcmp(body, "[-]draining failed: shutting down\nreadyz check failed\n") != 0)
        result = err_set(err, ERR_IO, "/readyz fails with another body: %.200s", body);
    http_reply_fini(&probe.reply);
    if (result < 0)
        return -1;

    if (webhook_ask(webhook, review, &reply, err) < 0)
        return err_wrap(err, "a new connection during --drain-delay");
    load_request_stop(load);
    if (webhook_end(webhook, 0, ret_status, err) < 0)
        return -1;
    int64_t took_ms = (clock_monotonic_ns() - began) / NS_PER_MS;
    if (took_ms < DELAY_MS)
        return err_set(err, ERR_IO, "serve ended after %lld ms, before --drain-delay was over", (long long)took_ms);
    return 0;
}

static void end_by(struct webhook *webhook, int number)
{
    struct err err = {0};
    struct err loss = {0};
    unsigned answered = 0;
    int status = -1;
    AUTO(string) answer = NULL;
    AUTO(buf) log;
    buf_init(&log, TEXT_MAX);
    check_success("expected", webhook_expected(webhook, WEBHOOK_POLICIES("t4-third"), review, &answer, &err), &err);
    check_success("start", webhook_start(webhook, (const char *[]){"--drain-delay", "1", NULL}, &err), &err);
    const struct load_options options = {
        .clients = CLIENTS, .review = review, .answers = {answer}, .until_closed = true};
    struct load *load = load_start(webhook, &options);
    int result = end_under_load(webhook, number, load, &status, &err);
    int lost = load_stop(load, &answered, &loss);
    check_success("end", result, &err);
    check_success("load", lost, &loss);
    assert_int_equal(status, 0);
    check_success("log", webhook_log(webhook, &log, &err), &err);
    /* Each answer has its line: those to the clients, and the one to end_under_load(). */
    assert_int_equal(occurrences(buf_text(&log), JSON("message":"decision")), answered + 1);
    assert_non_null(strstr(buf_text(&log), "\"level\":\"info\",\"message\":\"draining\",\"delaySeconds\":1}\n"));
    assert_non_null(strstr(buf_text(&log), "\"level\":\"info\",\"message\":\"ended\"}\n"));
}

TEST_WITH(sigterm__under_load__no_request_lost, webhook_setup, webhook_teardown)
{
    end_by(*state, SIGTERM);
}

TEST_WITH(sigint__under_load__no_request_lost, webhook_setup, webhook_teardown)
{
    end_by(*state, SIGINT);
}

static bool refuses_connections(void *context)
{
    const struct webhook *webhook = context;
    struct err err;
    AUTO(https_client) client = NULL;
    return webhook_connect(webhook, NULL, NULL, &client, &err) < 0;
}

/* If half of a request has been sent when the signal arrives, the request is answered once the rest is sent. */
TEST_WITH(sigterm__half_a_request__answered, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    struct err err;
    int status = -1;
    AUTO(https_client) client = NULL;
    AUTO(http_reply) reply;
    AUTO(buf) text;
    http_reply_init(&reply);
    buf_init(&text, TEXT_MAX);
    buf_addf(&text,
             "POST /mutate HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
             strlen(review));
    check_success("start", webhook_start(webhook, NULL, &err), &err);
    check_success("connect", webhook_connect(webhook, NULL, NULL, &client, &err), &err);
    check_success("one before", webhook_post(client, review, &reply, &err), &err);
    check_success("head", https_send(client, text.data, text.length, &err), &err);
    check_success("half", https_send(client, review, sizeof(review) / 2, &err), &err);
    (void)kill(webhook->program.pid, SIGTERM);
    /* When serve closes the listener, it has already begun to close connections after their next answer. */
    assert_true(eventually(refuses_connections, webhook, REFUSAL_WAIT_MS));
    check_success("rest",
                  https_send(client, review + sizeof(review) / 2, sizeof(review) - 1 - sizeof(review) / 2, &err), &err);
    check_success("answer", https_receive(client, &reply, &err), &err);
    assert_int_equal(reply.status, 200);
    assert_true(reply.closes);
    check_success("end", webhook_end(webhook, 0, &status, &err), &err);
    assert_int_equal(status, 0);
}

/* A client that never finishes its request delays the end by no more than --drain-timeout. */
TEST_WITH(sigterm__request_never_finished__cut_off_in_time, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    struct err err;
    int status = -1;
    static const char head[] =
        "POST /mutate HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    AUTO(https_client) client = NULL;
    check_success("start", webhook_start(webhook, (const char *[]){"--drain-timeout", "1", NULL}, &err), &err);
    check_success("connect", webhook_connect(webhook, NULL, NULL, &client, &err), &err);
    check_success("head", https_send(client, head, sizeof(head) - 1, &err), &err);
    check_success("end", webhook_end(webhook, SIGTERM, &status, &err), &err);
    check_success("log", webhook_await_log(webhook, JSON("level":"error","message":"ended"), &err), &err);
    check_success("log", webhook_await_log(webhook, "did not finish within 1000 ms and were cut off: 1\"", &err), &err);
    assert_int_equal(status, 2);
}

/* Runs serve to its end, for starts that fail. "@/" at the beginning of an argument stands for the webhook's folder. */
static void run(const struct webhook *webhook, const char *const more[], struct program_output *ret_output)
{
    enum { ARGUMENTS = 32 };
    struct err err;
    AUTO(string) policies = temp_path(webhook->folder, "policies");
    const char *argv[ARGUMENTS] = {webhook_binary(), "serve",       "--policies",      policies,
                                   "--listen",       "127.0.0.1:0", "--health-listen", "127.0.0.1:0"};
    char *paths[ARGUMENTS] = {NULL};
    for (size_t i = 0, at = 8; more[i]; i++, at++) {
        paths[i] = more[i][0] == '@' ? temp_path(webhook->folder, more[i] + 2) : NULL;
        argv[at] = paths[i] ? paths[i] : more[i];
    }
    int result = program_run(argv, WEBHOOK_WAIT_MS, ret_output, &err);
    for (size_t i = 0; i < ARGUMENTS; i++)
        free(paths[i]);
    check_success("run", result, &err);
}

/* Expects status 2 and a single line of level error, whose fault is `fault` with the folder in place of "@". */
static void expect_refusal(const struct webhook *webhook, const char *name, const char *const more[], const char *fault)
{
    AUTO(program_output) output = {0};
    AUTO(buf) wanted;
    const char *at = strchr(fault, '@');
    buf_init(&wanted, TEXT_MAX);
    buf_addf(&wanted, "\"level\":\"error\",\"message\":\"ended\",\"fault\":\"%.*s%s%s\"}\n",
             (int)(at ? at - fault : (long)strlen(fault)), fault, at ? webhook->folder : "", at ? at + 1 : "");
    run(webhook, more, &output);
    const char *errors = buf_text(&output.errors);
    if (output.status != 2 || output.out.length > 0)
        fail_msg("%s: ended with %d: %s", name, output.status, errors);
    if (!strstr(errors, buf_text(&wanted)) || occurrences(errors, JSON("level":"error")) != 1)
        fail_msg("%s: got\n%s\nexpected\n%s", name, errors, buf_text(&wanted));
}

TEST_WITH(start__with_unusable_files_or_options__one_line_and_status_2, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    AUTO(cert_pem) ca = {0};
    AUTO(cert_pem) one = {0};
    AUTO(cert_pem) other = {0};
    struct err err;
    const char *const hosts[] = {"localhost"};
    const struct cert_request request = {.name = "one.test", .hosts = hosts, .host_count = 1, .lifetime = DAY};
    struct cert_request ca_request = request;
    ca_request.lifetime = 2 * DAY; /* so that the leaves, which are issued later, do not outlive it */
    check_success("issue", cert_issue_ca(&ca_request, &ca, &err), &err);
    check_success("issue", cert_issue_leaf(&ca, &request, &one, &err), &err);
    check_success("issue", cert_issue_leaf(&ca, &request, &other, &err), &err);
    temp_write(webhook->folder, "tls.crt", one.cert);
    temp_write(webhook->folder, "tls.key", one.key);
    temp_write(webhook->folder, "other.key", other.key);
    temp_write(webhook->folder, "empty.yaml", "");
    temp_mkdir(webhook->folder, "no-policies");
#define NAMESPACES "--namespaces", "@/namespaces.yaml"
    const struct {
        const char *name;
        const char *const more[10]; /* ended by NULL */
        const char *fault;
    } cases[] = {
        {"no such folder", {NAMESPACES, "--policies", "@/nowhere"}, "@/nowhere: No such file or directory"},
        {"a folder without policies",
         {NAMESPACES, "--policies", "@/no-policies"},
         "@/no-policies: there is no SlicePool, SliceClass or SlicePolicy in any .yaml or .yml file"},
        {"no such namespaces file", {"--namespaces", "@/nowhere.yaml"}, "@/nowhere.yaml: No such file or directory"},
        {"no namespaces", {"--namespaces", "@/empty.yaml"}, "@/empty.yaml: contains no Namespace"},
        {"no such certificate",
         {NAMESPACES, "--tls-cert", "@/nowhere.crt", "--tls-key", "@/tls.key"},
         "@/nowhere.crt: No such file or directory"},
        {"the key of another certificate",
         {NAMESPACES, "--tls-cert", "@/tls.crt", "--tls-key", "@/other.key"},
         "certificate CN=one.test: the private key belongs to another certificate"},
        {"no address",
         {NAMESPACES, "--listen", "localhost"},
         "\\\"localhost\\\" is not HOST:PORT; expected e.g. 127.0.0.1:8443, [::1]:8443 or :8443"},
        {"nowhere to write the CA",
         {NAMESPACES, "--ca-out", "@/nowhere/ca.crt"},
         "@/nowhere/ca.crt: No such file or directory"},
        {"nowhere to write the ready file",
         {NAMESPACES, "--ready-file", "@/nowhere/ready"},
         "@/nowhere/ready: No such file or directory"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_refusal(webhook, cases[i].name, cases[i].more, cases[i].fault);
}

static int occupy_port(unsigned *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr *any = (struct sockaddr *)(void *)&address;
    assert_int_equal(bind(fd, any, length), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, any, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

TEST_WITH(start__port_in_use__one_line_and_status_2, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    static const char *const options[] = {"--listen", "--health-listen"};
    char address[32];
    char fault[96];
    unsigned port = 0;
    int fd = occupy_port(&port);
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", port);
    (void)snprintf(fault, sizeof(fault), "%s: Address already in use", address);
    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        expect_refusal(webhook, options[i], (const char *[]){NAMESPACES, options[i], address, NULL}, fault);
    (void)close(fd);
}

/* Usage errors are reported before anything is loaded, as plain text and not as a log line. */
TEST_WITH(start__usage_error__plain_text_and_status_2, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    const struct {
        const char *name;
        const char *const more[10]; /* ended by NULL */
        const char *text;
    } cases[] = {
        {"two sources of namespaces",
         {NAMESPACES, "--kubeconfig", "a"},
         "--namespaces and --kubeconfig are mutually exclusive"},
        {"a certificate without key",
         {NAMESPACES, "--tls-cert", "a"},
         "--tls-cert and --tls-key must be given together"},
        {"a key without certificate",
         {NAMESPACES, "--tls-key", "a"},
         "--tls-cert and --tls-key must be given together"},
        {"a CA alongside a certificate",
         {NAMESPACES, "--tls-cert", "a", "--tls-key", "b", "--ca-out", "c"},
         "--ca-out and --tls-host are for generated certificates and exclude --tls-cert"},
        {"a delay that is not a number",
         {NAMESPACES, "--drain-delay", "5s"},
         "--drain-delay 5s: must be a whole number from 0 to 3600"},
        {"an unknown level",
         {NAMESPACES, "--log-level", "loud"},
         "--log-level loud: must be debug, info, warn or error"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        char first[256];
        run(webhook, cases[i].more, &output);
        const char *errors = buf_text(&output.errors);
        (void)snprintf(first, sizeof(first), "%s serve: %s\n", "gpuslice", cases[i].text);
        if (output.status != 2 || output.out.length > 0 || strncmp(errors, first, strlen(first)) != 0)
            fail_msg("%s: ended with %d: %s", cases[i].name, output.status, errors);
    }
}

TEST_WITH(start__broken_policies__all_problems_and_status_2, webhook_setup, webhook_teardown)
{
    struct webhook *webhook = *state;
    AUTO(program_output) output = {0};
    AUTO(buf) policies;
    buf_init(&policies, TEXT_MAX);
    for (unsigned i = 0; i < 40; i++)
        buf_addf(&policies,
                 "---\napiVersion: gpuslice.dev/v1alpha1\nkind: SlicePool\nmetadata: {name: pool-%u}\n"
                 "spec: {gpu: t5, sharing: {whole: {}}}\n",
                 i);
    temp_write(webhook->folder, "policies/policy.yaml", buf_text(&policies));
    run(webhook, (const char *[]){NAMESPACES, NULL}, &output);
    const char *errors = buf_text(&output.errors);
    assert_int_equal(output.status, 2);
    for (unsigned i = 0; i < 40; i++) {
        char line[512];
        (void)snprintf(line, sizeof(line),
                       "\"level\":\"error\",\"message\":\"problem\",\"file\":\"%s/policies/policy.yaml\",\"line\":%u,"
                       "\"column\":13,\"text\":\"spec.gpu: there is no GPU \\\"t5\\\" in the table; did you mean "
                       "\\\"t4\\\"? `gpuslice gpu list` shows all\"}\n",
                       webhook->folder, 5 * i + 5);
        if (!strstr(errors, line))
            fail_msg("problem %u is not reported: %s\n%s", i, line, errors);
    }
    assert_int_equal(occurrences(errors, "\n"), 41);
    assert_non_null(strstr(errors, "\"message\":\"ended\",\"fault\":\"40 problems, the first: "));
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}
