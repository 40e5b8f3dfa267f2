/* The golden cases: each review goes to `gpuslice mutate -o review` and, over TLS, to a running `gpuslice serve`. Both
 * answers must be the same bytes and equal the expected answer of the case; their patch must apply and be idempotent.
 *
 *   build/gcc/tests/server/service/test_golden [part of a case's name]
 *   GOLDEN_UPDATE=1 ... writes the answers into the cases as expected ones; review the diff */
#include "base/file.h"
#include "tests/support/golden.h"
#include "tests/support/https_client.h"
#include "tests/support/program.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GOLDEN_FOLDER "tests/golden"

enum { SERVERS_MAX = 32, PROGRAM_MS = 30000, STOP_MS = 15000, TEXT_MAX = 16 * 1024 * 1024, PATH_SIZE = 512 };

/* One `gpuslice serve`, with the files that it was started with. */
struct fixture {
    char policy[PATH_SIZE], namespaces[PATH_SIZE];
    char log[PATH_SIZE], ready[PATH_SIZE], ca[PATH_SIZE];
    struct program program;
    struct https_client *client; /* kept open from case to case */
};

struct suite {
    const char *binary;
    const char *folder; /* temporary */
    bool update;
    struct fixture fixture[SERVERS_MAX];
    size_t live_count;
};

static bool is_ready_or_has_ended(void *context)
{
    const struct fixture *fixture = context;
    return access(fixture->ready, R_OK) == 0 || program_has_ended(&fixture->program);
}

static int live_await(struct fixture *fixture, struct err *err)
{
    if (eventually(is_ready_or_has_ended, fixture, PROGRAM_MS) && access(fixture->ready, R_OK) == 0)
        return 0;
    AUTO(buf) log;
    buf_init(&log, TEXT_MAX);
    struct err unread;
    (void)(file_read(fixture->log, &log, &unread) < 0);
    return err_set(err, ERR_IO, "the server did not start; its log: %.800s", buf_text(&log));
}

static int live_connect(struct fixture *fixture, struct err *err)
{
    AUTO(buf) ready;
    AUTO(buf) ca;
    unsigned port = 0;
    buf_init(&ready, PATH_SIZE);
    buf_init(&ca, TEXT_MAX);
    if (file_read(fixture->ready, &ready, err) < 0 || file_read(fixture->ca, &ca, err) < 0)
        return -1;
    if (sscanf(buf_text(&ready), "https://127.0.0.1:%u", &port) != 1)
        return err_set(err, ERR_INVALID, "the ready file contains %s", buf_text(&ready));
    const struct https_options options = {
        .port = port, .ca_pem = buf_text(&ca), .name = "localhost", .timeout_ms = PROGRAM_MS};
    return https_connect(&options, &fixture->client, err);
}

static int live_start(const struct suite *suite, const struct golden *golden, struct fixture *fixture, struct err *err)
{
    size_t number = suite->live_count;
    (void)snprintf(fixture->policy, PATH_SIZE, "%s", golden->policy);
    (void)snprintf(fixture->namespaces, PATH_SIZE, "%s", golden->namespaces);
    (void)snprintf(fixture->log, PATH_SIZE, "%s/log-%zu", suite->folder, number);
    (void)snprintf(fixture->ready, PATH_SIZE, "%s/ready-%zu", suite->folder, number);
    (void)snprintf(fixture->ca, PATH_SIZE, "%s/ca-%zu", suite->folder, number);
    const char *const argv[] = {suite->binary,
                                "serve",
                                "--policies",
                                fixture->policy,
                                "--namespaces",
                                fixture->namespaces,
                                "--listen",
                                "127.0.0.1:0",
                                "--health-listen",
                                "127.0.0.1:0",
                                "--ca-out",
                                fixture->ca,
                                "--ready-file",
                                fixture->ready,
                                "--drain-delay",
                                "0",
                                "--drain-timeout",
                                "5",
                                "--threads",
                                "2",
                                NULL};
    return program_start(argv, fixture->log, &fixture->program, err);
}

/* Sets *ret_live to the server with the case's policies and namespaces, and starts it for the first such case. */
static int suite_live(struct suite *suite, const struct golden *golden, struct fixture **ret_live, struct err *err)
{
    for (size_t i = 0; i < suite->live_count; i++) {
        struct fixture *fixture = &suite->fixture[i];
        if (strcmp(fixture->policy, golden->policy) == 0 && strcmp(fixture->namespaces, golden->namespaces) == 0) {
            *ret_live = fixture;
            return fixture->client ? 0 : err_set(err, ERR_IO, "its server did not start");
        }
    }
    if (suite->live_count == SERVERS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d pairs of policies and namespaces", SERVERS_MAX);
    struct fixture *fixture = &suite->fixture[suite->live_count];
    if (live_start(suite, golden, fixture, err) < 0)
        return -1;
    suite->live_count++;
    *ret_live = fixture;
    if (live_await(fixture, err) < 0)
        return -1;
    return live_connect(fixture, err);
}

static int post(struct fixture *fixture, const char *review, struct http_reply *reply, struct err *err)
{
    if (https_post(fixture->client, "/mutate?timeout=30s", review, err) < 0)
        return -1;
    return https_receive(fixture->client, reply, err);
}

static int run_mutate(const struct suite *suite, const struct golden *golden, struct program_output *ret_output,
                      struct err *err)
{
    const char *const argv[] = {
        suite->binary,       "mutate", "-o", "review", "--policies", golden->policy, "--namespaces", golden->namespaces,
        golden->review_path, NULL};
    return program_run(argv, PROGRAM_MS, ret_output, err);
}

/* Prints "400 text", as in response.txt. */
static void print_failure(const struct http_reply *reply, struct buf *out)
{
    buf_addf(out, "%u %s", reply->status, buf_text(&reply->body));
}

static int compare_or_update(const struct suite *suite, const struct golden *golden, const struct buf *found,
                             struct err *err)
{
    if (suite->update)
        return file_write(golden->expected_path, found->data, found->length, 0644, err);
    return golden_compare(buf_text(&golden->expected), buf_text(found), err);
}

/* Expects that mutate reports the same error, with three exceptions: mutate reads a body that does not begin like JSON
 * as YAML, it reads bytes after the review as the next document of the file, and it ignores objects that are not
 * reviews. */
static int check_failing_mutate(const struct program_output *output, const struct buf *found, struct err *err)
{
    const char *text = strchr(buf_text(found), ' ') + 1;
    AUTO(string) line = strndup(text, strcspn(text, "\n"));
    if (!line)
        return err_nomem(err);
    bool no_object =
        strncmp(line, "the body ", strlen("the body ")) == 0 || strncmp(line, "byte 0:", strlen("byte 0:")) == 0;
    bool ignored = output->status == 0 && output->out.length == 0;
    bool next_document =
        strstr(line, "must be the end of the text") && output->status == 2 && output->errors.length > 0;
    if (no_object || ignored || next_document)
        return 0;
    if (output->status != 2 || output->out.length > 0 || !strstr(buf_text(&output->errors), line))
        return err_set(err, ERR_INVALID, "mutate ends with %d and prints %.300s, not %s", output->status,
                       buf_text(&output->errors), line);
    return 0;
}

static int run_failing(const struct suite *suite, const struct golden *golden, struct fixture *fixture, struct err *err)
{
    AUTO(http_reply) reply;
    AUTO(program_output) output = {0};
    AUTO(buf) found;
    http_reply_init(&reply);
    buf_init(&found, TEXT_MAX);
    if (post(fixture, buf_text(&golden->review), &reply, err) < 0 || run_mutate(suite, golden, &output, err) < 0)
        return -1;
    print_failure(&reply, &found);
    if (compare_or_update(suite, golden, &found, err) < 0)
        return -1;
    return check_failing_mutate(&output, &found, err);
}

/* Expects that mutate prints the answer and a line feed, and ends with 1 for a denial, otherwise with 0. */
static int check_mutate(const struct program_output *output, const char *answer, struct err *err)
{
    bool denied = strstr(answer, JSON("allowed":false)) != NULL;
    AUTO(buf) expected;
    buf_init(&expected, TEXT_MAX);
    buf_addf(&expected, "%s\n", answer);
    if (output->status != (denied ? 1 : 0))
        return err_set(err, ERR_INVALID, "mutate ends with %d: %.500s", output->status, buf_text(&output->errors));
    if (golden_compare(buf_text(&expected), buf_text(&output->out), err) < 0)
        return err_wrap(err, "mutate prints another answer (+) than serve sends (-)");
    return 0;
}

static int run_second(const struct golden *golden, struct fixture *fixture, const char *answer, struct err *err)
{
    AUTO(buf) review;
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    buf_init(&review, TEXT_MAX);
    if (golden_second_round(golden, answer, &review, err) < 0)
        return -1;
    if (review.length == 0)
        return 0;
    if (post(fixture, buf_text(&review), &reply, err) < 0)
        return -1;
    if (reply.status != 200)
        return err_set(err, ERR_INVALID, "the second round: %u %s", reply.status, buf_text(&reply.body));
    return golden_check_second(answer, buf_text(&reply.body), err);
}

static int run_answered(const struct suite *suite, const struct golden *golden, struct fixture *fixture,
                        struct err *err)
{
    AUTO(http_reply) reply;
    AUTO(program_output) output = {0};
    AUTO(buf) found;
    http_reply_init(&reply);
    buf_init(&found, TEXT_MAX);
    if (post(fixture, buf_text(&golden->review), &reply, err) < 0)
        return -1;
    const char *answer = buf_text(&reply.body);
    if (reply.status != 200)
        return err_set(err, ERR_INVALID, "%u %s", reply.status, answer);
    if (golden_readable(answer, &found, err) < 0 || compare_or_update(suite, golden, &found, err) < 0 ||
        golden_check_rules(golden, answer, err) < 0 || run_second(golden, fixture, answer, err) < 0 ||
        run_mutate(suite, golden, &output, err) < 0)
        return -1;
    return check_mutate(&output, answer, err);
}

static int run_case(struct suite *suite, const char *name, struct err *err)
{
    AUTO(golden) golden = {0};
    struct fixture *fixture = NULL;
    if (golden_load(GOLDEN_FOLDER, name, &golden, err) < 0 || suite_live(suite, &golden, &fixture, err) < 0)
        return -1;
    return (golden.fails ? run_failing : run_answered)(suite, &golden, fixture, err);
}

/* Stops the servers, which must end with status 0. */
static int suite_stop(struct suite *suite, struct err *err)
{
    int result = 0;
    for (size_t i = 0; i < suite->live_count; i++) {
        struct fixture *fixture = &suite->fixture[i];
        int status = -1;
        https_close(fixture->client);
        if (program_stop(&fixture->program, STOP_MS, &status, err) < 0)
            result = err_wrap(err, "%s", fixture->policy);
        else if (status != 0)
            result = err_set(err, ERR_IO, "the server of %s ended with %d", fixture->policy, status);
    }
    return result;
}

static void report(const char *name, int result, const struct err *err, unsigned *passed, unsigned *failed)
{
    if (result == 0) {
        ++*passed;
        return;
    }
    ++*failed;
    printf("FAIL %s: %s\n", name, err->text);
}

int main(int argc, char **argv)
{
    const char *binary = getenv("GPUSLICE_BIN");
    const char *only = argc > 1 ? argv[1] : "";
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(strlist) names = {0};
    unsigned passed = 0;
    unsigned failed = 0;
    struct err err = {0};
    struct suite suite = {.binary = binary && *binary ? binary : "build/gcc/gpuslice",
                          .folder = folder,
                          .update = getenv("GOLDEN_UPDATE") != NULL};
    if (golden_list(GOLDEN_FOLDER, &names, &err) < 0) {
        printf("FAIL %s\n0 passed, 1 failed\n", err.text);
        return 1;
    }
    for (size_t i = 0; i < names.count; i++) {
        if (strstr(names.items[i], only))
            report(names.items[i], run_case(&suite, names.items[i], &err), &err, &passed, &failed);
    }
    report("the servers' end", suite_stop(&suite, &err), &err, &passed, &failed);
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
