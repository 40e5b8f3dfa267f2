#include "tests/support/server_fixture.h"

void fixture_must(int result, const char *what, const struct err *err)
{
    if (result == 0)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, err->text);
    abort();
}

void fixture_wait_for_release(struct fixture *fixture)
{
    (void)atomic_fetch_add(&fixture->waiting, 1);
    (void)pthread_mutex_lock(&fixture->mutex);
    while (!fixture->released)
        (void)pthread_cond_wait(&fixture->released_changed, &fixture->mutex);
    (void)pthread_mutex_unlock(&fixture->mutex);
    (void)atomic_fetch_sub(&fixture->waiting, 1);
}

void fixture_release(struct fixture *fixture)
{
    (void)pthread_mutex_lock(&fixture->mutex);
    fixture->released = true;
    (void)pthread_cond_broadcast(&fixture->released_changed);
    (void)pthread_mutex_unlock(&fixture->mutex);
}

static void fixture_add_large(struct buf *out)
{
    static const char piece[] = "0123456789";
    for (size_t i = 0; i < FIXTURE_LARGE / (sizeof(piece) - 1); i++)
        buf_add(out, piece, sizeof(piece) - 1);
}

int fixture_answer(void *context, const struct server_request *request, struct buf *ret_answer, struct err *err)
{
    struct fixture *fixture = context;
    int result = 0;
    const char *body = request->post.body;
    int64_t deadline_ns = request->post.deadline_ns;
    int64_t timeout = deadline_ns ? (deadline_ns - request->started_ns) / FIXTURE_MS_NS : 0;
    if (strncmp(body, "fail ", 5) == 0)
        result = err_set(err, ERR_INVALID, "%s", body + 5);
    else if (strcmp(body, "large") == 0)
        fixture_add_large(ret_answer);
    else if (strcmp(body, "wait") == 0)
        fixture_wait_for_release(fixture);
    if (result == 0 && ret_answer->length == 0)
        buf_addf(ret_answer, "{\"path\":\"%s\",\"length\":%zu,\"timeout\":%lld}", routes[request->path].path,
                 request->post.length, (long long)timeout);
    (void)atomic_fetch_add(&fixture->answered, 1);
    return result;
}

static void fixture_observe(void *context, const struct server_outcome *outcome)
{
    struct fixture *fixture = context;
    if (outcome->status < FIXTURE_STATUS_MAX)
        (void)atomic_fetch_add(&fixture->outcomes[outcome->status], 1);
}

struct cert_pem fixture_issue(const struct fixture *fixture, const char *host, enum cert_usage usage)
{
    const char *hosts[] = {host ? host : "gpuslice.test", "127.0.0.1", "::1"};
    struct cert_request request = {
        .name = hosts[0], .hosts = hosts, .host_count = ARRAY_SIZE(hosts), .lifetime = FIXTURE_DAY, .usage = usage};
    struct cert_pem pair = {0};
    struct err err;
    fixture_must(cert_issue_leaf(&fixture->ca, &request, &pair, &err), "issuing a leaf", &err);
    return pair;
}

static void fixture_raise_socket_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

struct fixture *fixture_new(const struct server_options *given)
{
    struct err err;
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    if (!fixture)
        abort();
    route_paths(fixture->paths);
    fixture_raise_socket_limit();
    (void)signal(SIGPIPE, SIG_IGN);
    (void)pthread_mutex_init(&fixture->mutex, NULL);
    (void)pthread_cond_init(&fixture->released_changed, NULL);
    struct cert_request ca = {.name = "test", .lifetime = 10 * FIXTURE_DAY};
    fixture_must(cert_issue_ca(&ca, &fixture->ca, &err), "issuing a CA", &err);
    fixture->pair = fixture_issue(fixture, NULL, CERT_SERVER);
    struct tls_material material = {.cert_pem = fixture->pair.cert, .key_pem = fixture->pair.key};
    fixture_must(tls_new(&material, &fixture->tls, &err), "TLS", &err);
    struct server_options options = given ? *given : (struct server_options){0};
    options.listen = options.listen ? options.listen : "127.0.0.1:0";
    options.paths = options.paths ? options.paths : fixture->paths;
    options.answer = options.answer ? options.answer : fixture_answer;
    options.observe = fixture_observe;
    options.context = fixture;
    options.tls = fixture->tls;
    fixture_must(server_start(&options, &fixture->server, &err), "starting the server", &err);
    return fixture;
}

void fixture_free(struct fixture *fixture)
{
    if (!fixture)
        return;
    fixture_release(fixture);
    server_free(fixture->server);
    tls_free(fixture->tls);
    cert_pem_fini(&fixture->pair);
    cert_pem_fini(&fixture->ca);
    (void)pthread_cond_destroy(&fixture->released_changed);
    (void)pthread_mutex_destroy(&fixture->mutex);
    free(fixture);
}

struct https_options fixture_client_options(const struct fixture *fixture)
{
    return (struct https_options){
        .port = server_port(fixture->server), .ca_pem = fixture->ca.cert, .name = "gpuslice.test", .timeout_ms = 60000};
}

struct https_client *fixture_connect(const struct fixture *fixture)
{
    struct https_options options = fixture_client_options(fixture);
    struct https_client *client = NULL;
    struct err err;
    fixture_must(https_connect(&options, &client, &err), "connecting", &err);
    return client;
}
