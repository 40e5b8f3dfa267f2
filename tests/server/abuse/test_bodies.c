/* `gpuslice serve` while strangers hold incomplete bodies or unread answers: memory is limited, other clients are
 * answered, and the memory is returned when the strangers are gone. Also, which sizes of reviews are accepted. */
#include "tests/support/abuse.h"

#include <unistd.h>

enum {
    HELD_BODY = 7 << 20,
    HELD_MANY = SANITIZED ? 60 : 500,
    HELD_FEW = SANITIZED ? 30 : 120,
    HELD_ANSWERS = SANITIZED ? 10 : 80,
    ANSWER_TERMS = 12000, /* terms of node affinity; the patch adds to each */
    SPARE = 200,          /* descriptors that a test needs in addition to its swarm's */
    IDLE_MS = 300,
    NEW_CLIENTS = 100,
    BODIES_MAX = 200 << 20, /* bytes of memory */
    MEMORY_LEFT = 24 << 20,
    QUIET_MS = 15000,
    LARGE_REVIEW = 12 << 20,
    TOO_LARGE = 21 << 20,
    CHUNK = 1 << 20,
};

/* VmHWM is the peak since the server was started. */
static void check_most_memory(const char *when, const struct abuse *abuse, size_t before, size_t maximum)
{
    size_t most = abuse_memory(abuse->webhook, "VmHWM");
    print_message("%s: %zu MiB at most, %zu MiB before\n", when, most >> 20, before >> 20);
    if (!SANITIZED && most > maximum)
        fail_msg("%s: the server used %zu MiB of memory, more than %zu", when, most >> 20, maximum >> 20);
}

struct return_of_memory {
    const struct abuse *abuse;
    size_t before;
};

static bool is_returned(void *context)
{
    const struct return_of_memory *wait = context;
    return abuse_memory(wait->abuse->webhook, "VmRSS") <= wait->before + MEMORY_LEFT;
}

static void check_memory_returns(const char *when, const struct abuse *abuse, size_t before)
{
    struct return_of_memory wait = {abuse, before};
    bool returned = SANITIZED || eventually(is_returned, &wait, QUIET_MS); /* sanitizers return no memory */
    size_t now = abuse_memory(abuse->webhook, "VmRSS");
    print_message("%s, after the end: %zu MiB, %zu MiB before\n", when, now >> 20, before >> 20);
    if (!returned)
        fail_msg("%s: after the end the server keeps %zu MiB, %zu before", when, now >> 20, before >> 20);
}

/* Returns the CPU time that the server has used, in ticks (/proc/PID/stat). */
static unsigned long cpu_ticks(const struct abuse *abuse)
{
    char path[64];
    unsigned long user = 0;
    unsigned long kernel = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)abuse->webhook->program.pid);
    FILE *file = fopen(path, "re");
    if (!file || fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
        fail_msg("%s cannot be read", path);
    (void)fclose(file);
    return user + kernel;
}

struct idleness {
    const struct abuse *abuse;
    unsigned long ticks;
    int64_t since_ns;
};

static bool is_idle(void *context)
{
    struct idleness *idleness = context;
    int64_t now_ns = clock_monotonic_ns();
    unsigned long ticks = cpu_ticks(idleness->abuse);
    if (ticks != idleness->ticks)
        idleness->since_ns = now_ns;
    idleness->ticks = ticks;
    return now_ns - idleness->since_ns >= (int64_t)IDLE_MS * ABUSE_MS_NS;
}

/* Waits until the swarm sends no more and, if there are no steady clients, until the server is idle. */
static void await_rest(const char *when, const struct abuse *abuse, struct swarm *swarm)
{
    struct idleness idleness = {.abuse = abuse, .since_ns = clock_monotonic_ns()};
    if (!swarm_await_connected(swarm, ABUSE_WAIT_MS) || !swarm_await_still(swarm, ABUSE_WAIT_MS))
        fail_msg("%s: the swarm does not come to rest", when);
    if (!abuse->steady && !eventually(is_idle, &idleness, ABUSE_WAIT_MS))
        fail_msg("%s: the server does not become idle", when);
    struct swarm_counts counts = swarm_counts(swarm);
    print_message("%s: %llu MiB sent, %u hold, %u closed\n", when, (unsigned long long)counts.sent >> 20,
                  counts.holding, counts.closed);
}

/* Starts the swarm and sends requests, on new connections and on one that is kept. Then checks the memory, and that it
 * is returned when the swarm is gone. */
static void endure(const char *when, struct abuse *abuse, const struct swarm_options *options, size_t maximum)
{
    struct err err = {0};
    AUTO(https_client) kept = NULL;
    size_t before = abuse_memory(abuse->webhook, "VmRSS");
    await_rest(when, abuse, abuse_swarm(abuse, options));
    abuse_ask_times(when, abuse, NULL, NEW_CLIENTS);
    check_success(when, webhook_connect(abuse->webhook, NULL, NULL, &kept, &err), &err);
    abuse_ask_times(when, abuse, kept, NEW_CLIENTS);
    check_most_memory(when, abuse, before, maximum);
    if (abuse->steady)
        abuse_steady_end(when, abuse);
    abuse_swarms_end(abuse);
    check_memory_returns(when, abuse, before);
}

static void hold_bodies(struct abuse *abuse, unsigned members, const char *when)
{
    char opening[256];
    (void)snprintf(opening, sizeof(opening),
                   "POST /mutate?timeout=30s HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
                   "Content-Length: %d\r\n\r\n",
                   HELD_BODY);
    abuse_needs_descriptors(members + SPARE);
    abuse_start(abuse, NULL);
    const struct swarm_options options = {
        .port = abuse->webhook->port, .members = members, .tls = true, .opening = opening, .padding = HELD_BODY - 1};
    abuse_steady(abuse);
    endure(when, abuse, &options, BODIES_MAX);
    abuse_end(abuse);
}

ABUSE_TEST(bodies_are_held__memory_has_a_limit__new_clients_are_answered)
{
    hold_bodies(*state, HELD_FEW, "a few held bodies");
}

ABUSE_TEST(many_bodies_are_held__memory_has_a_limit__new_clients_are_answered)
{
    hold_bodies(*state, HELD_MANY, "many held bodies");
}

/* Returns a request whose answer is five times its size. Deciding it takes a while, and other requests have to wait;
 * this test does not check that. */
static char *make_demanding_request(void)
{
    AUTO(buf) pod;
    AUTO(buf) request;
    buf_init(&pod, HELD_BODY);
    buf_init(&request, HELD_BODY);
    buf_add_string(&pod,
                   "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"1\","
                   "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},\"namespace\":\"ml-team\","
                   "\"operation\":\"CREATE\",\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":"
                   "\"a\"},\"spec\":{\"containers\":[{\"name\":\"cuda\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":"
                   "\"1\"}}}],\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":"
                   "{\"nodeSelectorTerms\":[");
    for (unsigned i = 0; i < ANSWER_TERMS; i++)
        buf_addf(&pod, "%s{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"}]}", i ? "," : "");
    buf_add_string(&pod, "]}}}}}}}");
    buf_addf(&request,
             "POST /mutate?timeout=30s HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             pod.length, buf_text(&pod));
    char *text = buf_take(&request);
    if (!text)
        abort();
    return text;
}

ABUSE_TEST(answers_are_not_read__memory_has_a_limit__new_clients_are_answered)
{
    struct abuse *abuse = *state;
    static char *demanding; /* read by the swarm until the teardown */
    abuse_needs_descriptors(HELD_ANSWERS + SPARE);
    abuse_start(abuse, NULL);
    demanding = make_demanding_request();
    const struct swarm_options options = {
        .port = abuse->webhook->port, .members = HELD_ANSWERS, .tls = true, .opening = demanding, .deaf = true};
    /* The maximum includes answers that are being made. */
    endure("answers that nobody reads", abuse, &options, ABUSE_MEMORY_MAX);
    abuse_end(abuse);
    free(demanding);
}

/* Sends a review with this body. A server that refuses the body may close the connection early, so it is no failure if
 * the rest cannot be sent; the caller checks the answer. */
static void send_body(struct https_client *client, const char *body, bool chunked)
{
    struct err ignored = {0};
    char head[256];
    size_t length = strlen(body);
    size_t step = chunked ? CHUNK : length;
    int size = snprintf(head, sizeof(head),
                        "POST /mutate?timeout=30s HTTP/1.1\r\nHost: test\r\nContent-Type: "
                        "application/json\r\n");
    int more = chunked ? snprintf(head + size, sizeof(head) - (size_t)size, "Transfer-Encoding: chunked\r\n\r\n")
                       : snprintf(head + size, sizeof(head) - (size_t)size, "Content-Length: %zu\r\n\r\n", length);
    int result = https_send(client, head, (size_t)(size + more), &ignored);
    for (size_t at = 0; result == 0 && at < length; at += step) {
        size_t piece = length - at < step ? length - at : step;
        size = snprintf(head, sizeof(head), "%zx\r\n", piece);
        if (chunked)
            result = https_send(client, head, (size_t)size, &ignored);
        if (result == 0)
            result = https_send(client, body + at, piece, &ignored);
        if (result == 0 && chunked)
            result = https_send(client, "\r\n", 2, &ignored);
    }
    if (result == 0 && chunked)
        (void)(https_send(client, "0\r\n\r\n", 5, &ignored) < 0);
}

ABUSE_TEST(review_of_size__is_answered_or_refused)
{
    struct abuse *abuse = *state;
    static const struct {
        const char *name;
        size_t size;
        bool chunked;
        unsigned status;
    } cases[] = {
        {"12 MiB", LARGE_REVIEW, false, 200}, {"12 MiB in chunks", LARGE_REVIEW, true, 200},
        {"21 MiB", TOO_LARGE, false, 413},    {"21 MiB in chunks", TOO_LARGE, true, 413},
        {"70 MiB", 70 << 20, false, 413},     {"70 MiB in chunks", 70 << 20, true, 413},
    };
    abuse_start(abuse, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        AUTO(http_reply) reply;
        AUTO(https_client) client = NULL;
        AUTO(string) body = abuse_review(cases[i].size);
        http_reply_init(&reply);
        check_success(cases[i].name, webhook_connect(abuse->webhook, NULL, NULL, &client, &err), &err);
        send_body(client, body, cases[i].chunked);
        if (https_receive(client, &reply, &err) < 0)
            fail_msg("%s: %s", cases[i].name, err.text);
        if (reply.status != cases[i].status)
            fail_msg("%s: %u %.200s", cases[i].name, reply.status, buf_text(&reply.body));
    }
    check_most_memory("large reviews", abuse, 0, BODIES_MAX);
    abuse_end(abuse);
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}
