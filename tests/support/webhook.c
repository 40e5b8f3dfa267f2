#include "tests/support/webhook.h"

#include "base/file.h"
#include "tests/support/check.h"
#include "tests/support/temp_dir.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 64, TEXT_MAX = 64 << 20 };

const char *webhook_binary(void)
{
    const char *binary = getenv("GPUSLICE_BIN");
    return binary && *binary ? binary : "build/gcc/gpuslice";
}

struct webhook *webhook_new(void)
{
    struct webhook *webhook = calloc(1, sizeof(*webhook));
    if (!webhook)
        abort();
    webhook->folder = temp_dir_new();
    temp_mkdir(webhook->folder, "policies");
    temp_write(webhook->folder, "policies/policy.yaml", WEBHOOK_POLICIES("t4-third"));
    temp_write(webhook->folder, "namespaces.yaml", WEBHOOK_NAMESPACE("ml-team"));
    return webhook;
}

void webhook_free(struct webhook *webhook)
{
    struct err ignored;
    int status;
    if (!webhook)
        return;
    if (webhook->program.pid > 0) {
        (void)kill(webhook->program.pid, SIGKILL);
        (void)(program_stop(&webhook->program, WEBHOOK_WAIT_MS, &status, &ignored) < 0);
    }
    temp_dir_free(webhook->folder);
    free(webhook->ca);
    free(webhook);
}

static int read_text(const struct webhook *webhook, const char *name, struct buf *out, struct err *err)
{
    AUTO(string) path = temp_path(webhook->folder, name);
    buf_reset(out);
    return file_read(path, out, err);
}

int webhook_log(const struct webhook *webhook, struct buf *out, struct err *err)
{
    return read_text(webhook, "log", out, err);
}

static bool is_up_or_gone(void *context)
{
    const struct webhook *webhook = context;
    AUTO(string) ready = temp_path(webhook->folder, "ready");
    return access(ready, R_OK) == 0 || program_has_ended(&webhook->program);
}

static int read_ports(struct webhook *webhook, struct err *err)
{
    AUTO(buf) ready;
    AUTO(buf) log;
    struct err unread;
    buf_init(&ready, TEXT_MAX);
    buf_init(&log, TEXT_MAX);
    if (!eventually(is_up_or_gone, webhook, WEBHOOK_WAIT_MS) || read_text(webhook, "ready", &ready, err) < 0) {
        (void)(webhook_log(webhook, &log, &unread) < 0);
        return err_set(err, ERR_IO, "the server did not come up; its log: %.800s", buf_text(&log));
    }
    int length = 0;
    if (sscanf(buf_text(&ready), "https://127.0.0.1:%u\nhttp://127.0.0.1:%u\n%n", &webhook->port, &webhook->health_port,
               &length) != 2 ||
        (size_t)length != ready.length)
        return err_set(err, ERR_INVALID, "the ready file says: %s", buf_text(&ready));
    return 0;
}

static bool has_argument(const char *const arguments[], const char *wanted)
{
    for (size_t i = 0; arguments && arguments[i]; i++) {
        if (strcmp(arguments[i], wanted) == 0)
            return true;
    }
    return false;
}

int webhook_start(struct webhook *webhook, const char *const more[], struct err *err)
{
    AUTO(string) policies = temp_path(webhook->folder, "policies");
    AUTO(string) namespaces = temp_path(webhook->folder, "namespaces.yaml");
    AUTO(string) ready = temp_path(webhook->folder, "ready");
    AUTO(string) log = temp_path(webhook->folder, "log");
    AUTO(string) ca = temp_path(webhook->folder, "ca.crt");
    const char *const common[] = {webhook_binary(),  "serve",       "--policies",   policies,
                                  "--namespaces",    namespaces,    "--listen",     "127.0.0.1:0",
                                  "--health-listen", "127.0.0.1:0", "--ready-file", ready,
                                  "--drain-delay",   "0",           "--threads",    "2"};
    const char *argv[ARGUMENTS_MAX] = {0};
    char script[64];
    bool has_certificate = has_argument(more, "--tls-cert") || has_argument(more, "--cert-secret");
    size_t count = 0;
    if (webhook->descriptors) {
        (void)snprintf(script, sizeof(script), "ulimit -n %u && exec \"$0\" \"$@\"", webhook->descriptors);
        const char *const limited[] = {"/bin/sh", "-c", script};
        memcpy(argv, limited, sizeof(limited));
        count = ARRAY_SIZE(limited);
    }
    memcpy(argv + count, common, sizeof(common));
    count += ARRAY_SIZE(common);
    if (!has_certificate) {
        argv[count++] = "--ca-out";
        argv[count++] = ca;
    }
    for (size_t i = 0; more && more[i] && count + 1 < ARRAY_SIZE(argv); i++)
        argv[count++] = more[i];
    if (program_start(argv, log, &webhook->program, err) < 0 || read_ports(webhook, err) < 0)
        return -1;
    AUTO(buf) pem;
    buf_init(&pem, TEXT_MAX);
    if (has_certificate)
        return 0;
    if (file_read(ca, &pem, err) < 0)
        return -1;
    webhook->ca = buf_take(&pem);
    return webhook->ca ? 0 : err_nomem(err);
}

static bool has_ended(void *context)
{
    return program_has_ended(context);
}

int webhook_end(struct webhook *webhook, int signal, int *ret_status, struct err *err)
{
    (void)kill(webhook->program.pid, signal);
    if (!eventually(has_ended, &webhook->program, WEBHOOK_WAIT_MS))
        return err_set(err, ERR_IO, "it does not end after signal %d", signal);
    return program_stop(&webhook->program, WEBHOOK_WAIT_MS, ret_status, err);
}

int webhook_connect(const struct webhook *webhook, const char *ca, const char *name, struct https_client **ret_client,
                    struct err *err)
{
    const struct https_options options = {.port = webhook->port,
                                          .ca_pem = ca ? ca : webhook->ca,
                                          .name = name ? name : "localhost",
                                          .timeout_ms = WEBHOOK_WAIT_MS};
    return https_connect(&options, ret_client, err);
}

int webhook_post(struct https_client *client, const char *review, struct http_reply *reply, struct err *err)
{
    if (https_post(client, "/mutate?timeout=30s", review, err) < 0)
        return -1;
    return https_receive(client, reply, err);
}

int webhook_ask(const struct webhook *webhook, const char *review, struct http_reply *reply, struct err *err)
{
    AUTO(https_client) client = NULL;
    if (webhook_connect(webhook, NULL, NULL, &client, err) < 0)
        return -1;
    return webhook_post(client, review, reply, err);
}

int webhook_get(const struct webhook *webhook, const char *target, struct http_reply *reply, struct err *err)
{
    const struct https_options options = {.port = webhook->health_port, .plain = true, .timeout_ms = WEBHOOK_WAIT_MS};
    AUTO(https_client) client = NULL;
    if (https_connect(&options, &client, err) < 0 || https_get(client, target, err) < 0)
        return -1;
    return https_receive(client, reply, err);
}

int webhook_expected(const struct webhook *webhook, const char *policies, const char *review, char **ret_answer,
                     struct err *err)
{
    temp_write(webhook->folder, "expected-policy.yaml", policies);
    temp_write(webhook->folder, "expected-review.json", review);
    AUTO(string) policy = temp_path(webhook->folder, "expected-policy.yaml");
    AUTO(string) file = temp_path(webhook->folder, "expected-review.json");
    AUTO(string) namespaces = temp_path(webhook->folder, "namespaces.yaml");
    AUTO(program_output) output = {0};
    const char *const argv[] = {webhook_binary(), "mutate",       "-o",       "review", "--policies",
                                policy,           "--namespaces", namespaces, file,     NULL};
    if (program_run(argv, WEBHOOK_WAIT_MS, &output, err) < 0)
        return -1;
    if (output.status != 0)
        return err_set(err, ERR_IO, "mutate ends with %d: %.800s", output.status, buf_text(&output.errors));
    output.out.data[output.out.length - 1] = '\0'; /* the line feed */
    *ret_answer = buf_take(&output.out);
    return *ret_answer ? 0 : err_nomem(err);
}

/* A text that is polled until it contains `text`. */
struct await {
    const struct webhook *webhook;
    const char *review; /* NULL polls the log, "" polls /readyz, a review polls the answer to it */
    const char *text;
    struct buf found;
};

static bool has_text(void *context)
{
    struct await *await = context;
    AUTO(http_reply) reply;
    struct err err;
    http_reply_init(&reply);
    int result;
    if (!await->review)
        result = webhook_log(await->webhook, &await->found, &err);
    else if (!*await->review)
        result = webhook_get(await->webhook, "/readyz?verbose", &reply, &err);
    else
        result = webhook_ask(await->webhook, await->review, &reply, &err);
    if (await->review) {
        buf_reset(&await->found);
        buf_add_string(&await->found, result == 0 ? buf_text(&reply.body) : err.text);
    }
    return result == 0 && strstr(buf_text(&await->found), await->text) != NULL;
}

static int wait_for(const struct webhook *webhook, const char *review, const char *text, struct err *err)
{
    struct await await = {.webhook = webhook, .review = review, .text = text};
    buf_init(&await.found, TEXT_MAX);
    bool found = eventually(has_text, &await, WEBHOOK_WAIT_MS);
    if (!found)
        (void)err_set(err, ERR_IO, "not there in time: %.300s; but: %.600s", text, buf_text(&await.found));
    buf_fini(&await.found);
    return found ? 0 : -1;
}

int webhook_await_log(const struct webhook *webhook, const char *text, struct err *err)
{
    return wait_for(webhook, NULL, text, err);
}

int webhook_await_readyz(const struct webhook *webhook, const char *text, struct err *err)
{
    return wait_for(webhook, "", text, err);
}

int webhook_await_answer(const struct webhook *webhook, const char *review, const char *text, struct err *err)
{
    return wait_for(webhook, review, text, err);
}

int webhook_setup(void **state)
{
    *state = webhook_new();
    return 0;
}

int webhook_teardown(void **state)
{
    webhook_free(*state);
    return 0;
}

void webhook_must_start(struct webhook *webhook, const char *const more[])
{
    struct err err;
    check_success("start", webhook_start(webhook, more, &err), &err);
}

void webhook_must_end(struct webhook *webhook)
{
    struct err err;
    int status = -1;
    check_success("end", webhook_end(webhook, SIGTERM, &status, &err), &err);
    assert_int_equal(status, 0);
}
