#include "tests/support/abuse.h"

char *abuse_review(size_t size)
{
    static const char head[] =
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":"
        "\"3e2f7a10\",\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"namespace\":"
        "\"ml-team\",\"operation\":\"CREATE\",\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\","
        "\"metadata\":{\"name\":\"a\",\"annotations\":{\"example.com/note\":\"";
    static const char tail[] = "\"}},\"spec\":{\"containers\":[{\"name\":\"cuda\",\"resources\":{\"limits\":"
                               "{\"nvidia.com/gpu\":\"1\"}}}]}}}}";
    char *review = malloc(size + 1);
    if (!review)
        abort();
    memset(review, 'x', size);
    memcpy(review, head, sizeof(head) - 1);
    memcpy(review + size - (sizeof(tail) - 1), tail, sizeof(tail));
    return review;
}

int abuse_setup(void **state)
{
    struct abuse *abuse = calloc(1, sizeof(*abuse));
    if (!abuse)
        abort();
    abuse->webhook = webhook_new();
    abuse->review = abuse_review(ABUSE_REVIEW_SIZE);
    *state = abuse;
    return 0;
}

struct swarm *abuse_swarm(struct abuse *abuse, const struct swarm_options *options)
{
    if (abuse->swarm_count == ABUSE_SWARMS)
        abort();
    struct swarm *swarm = swarm_start(options);
    abuse->swarms[abuse->swarm_count++] = swarm;
    return swarm;
}

void abuse_swarms_end(struct abuse *abuse)
{
    while (abuse->swarm_count > 0)
        swarm_stop(abuse->swarms[--abuse->swarm_count]);
}

/* If the server ended by itself, prints the end of its log. */
static void abuse_print_end(const struct abuse *abuse)
{
    enum { SHOWN = 4000 };
    AUTO(buf) log;
    struct err err = {0};
    buf_init(&log, ABUSE_MEMORY_MAX);
    if (abuse->webhook->program.pid <= 0 || !program_has_ended(&abuse->webhook->program) ||
        webhook_log(abuse->webhook, &log, &err) < 0)
        return;
    print_message("the server ended by itself; the end of its log:\n%s\n",
                  buf_text(&log) + (log.length > SHOWN ? log.length - SHOWN : 0));
}

int abuse_teardown(void **state)
{
    struct abuse *abuse = *state;
    struct err ignored = {0};
    struct steady_result unread = {0};
    abuse_print_end(abuse);
    abuse_swarms_end(abuse);
    webhook_free(abuse->webhook);
    if (abuse->steady)
        (void)(steady_stop(abuse->steady, &unread, &ignored) < 0);
    free(abuse->review);
    free(abuse);
    return 0;
}

size_t abuse_memory(const struct webhook *webhook, const char *name)
{
    char path[64];
    char line[128];
    size_t kilobytes = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)webhook->program.pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, name, strlen(name)) == 0)
            kilobytes = strtoul(line + strlen(name) + 1, NULL, 10);
    }
    if (file)
        (void)fclose(file);
    return kilobytes << 10;
}

int64_t abuse_patience(int64_t ms)
{
    double load = 0;
    return getloadavg(&load, 1) == 1 && load > 2.0 * (double)sysconf(_SC_NPROCESSORS_ONLN) ? ms * ABUSE_BUSY : ms;
}

int64_t abuse_ask(const char *when, const struct abuse *abuse, struct https_client *client)
{
    struct err err = {0};
    AUTO(http_reply) reply;
    AUTO(https_client) own = NULL;
    const struct https_options options = {.port = abuse->webhook->port,
                                          .ca_pem = abuse->webhook->ca,
                                          .name = "localhost",
                                          .timeout_ms = ABUSE_GIVE_UP_MS};
    http_reply_init(&reply);
    int64_t began_ns = clock_monotonic_ns();
    int result = client ? 0 : https_connect(&options, &own, &err);
    if (result == 0)
        result = webhook_post(client ? client : own, abuse->review, &reply, &err);
    int64_t took_ms = (clock_monotonic_ns() - began_ns) / ABUSE_MS_NS;
    if (result < 0)
        fail_msg("%s: no answer after %lld ms: %s", when, (long long)took_ms, err.text);
    if (reply.status != 200)
        fail_msg("%s: %u %.200s", when, reply.status, buf_text(&reply.body));
    if (!SANITIZED && took_ms > abuse_patience(ABUSE_ANSWER_MS))
        fail_msg("%s: the answer took %lld ms, more than %d", when, (long long)took_ms, (int)ABUSE_ANSWER_MS);
    return took_ms;
}

void abuse_ask_times(const char *when, const struct abuse *abuse, struct https_client *client, unsigned times)
{
    int64_t worst_ms = 0;
    for (unsigned i = 0; i < times; i++) {
        char which[128];
        (void)snprintf(which, sizeof(which), "%s, request %u of %u", when, i + 1, times);
        int64_t took_ms = abuse_ask(which, abuse, client);
        worst_ms = took_ms > worst_ms ? took_ms : worst_ms;
    }
    print_message("%s: %u answers, the slowest after %lld ms\n", when, times, (long long)worst_ms);
}

void abuse_start(struct abuse *abuse, const char *const more[])
{
    struct err err = {0};
    check_success("start", webhook_start(abuse->webhook, more, &err), &err);
    (void)abuse_ask("the first request", abuse, NULL);
}

void abuse_steady(struct abuse *abuse)
{
    struct err err = {0};
    check_success("a kept connection",
                  steady_start(abuse->webhook, abuse->review, ABUSE_PERIOD_MS, &abuse->steady, &err), &err);
}

double abuse_steady_end_at_any_pace(const char *when, struct abuse *abuse)
{
    struct err err = {0};
    struct steady_result result = {0};
    int status = steady_stop(TAKE(abuse->steady), &result, &err);
    if (status < 0)
        fail_msg("%s: the kept connection: %s", when, err.text);
    print_message("%s: a kept connection had %u answers, p99 %.1f ms, the slowest %.1f ms\n", when, result.answers,
                  result.p99_ms, result.max_ms);
    return result.p99_ms;
}

void abuse_steady_end(const char *when, struct abuse *abuse)
{
    double p99_ms = abuse_steady_end_at_any_pace(when, abuse);
    if (!SANITIZED && p99_ms > (double)abuse_patience(ABUSE_P99_MS))
        fail_msg("%s: p99 is %.1f ms, more than %d", when, p99_ms, (int)ABUSE_P99_MS);
}

void abuse_end(struct abuse *abuse)
{
    struct err err = {0};
    int status = -1;
    size_t most = abuse_memory(abuse->webhook, "VmHWM");
    check_success("SIGTERM", webhook_end(abuse->webhook, SIGTERM, &status, &err), &err);
    assert_int_equal(status, 0);
    print_message("%zu MiB of memory at the most\n", most >> 20);
    if (!SANITIZED && most > ABUSE_MEMORY_MAX)
        fail_msg("it had %zu MiB in memory, more than %d", most >> 20, ABUSE_MEMORY_MAX >> 20);
}

void abuse_needs_descriptors(unsigned wanted)
{
    if (swarm_has_descriptors(wanted))
        return;
    print_message("SKIPPED: needs %u open files, and the hard limit is lower (ulimit -Hn)\n", wanted);
    skip();
}
