/* A server with certificates of its own and a made-up answer function, on a loopback port that the kernel chose.
 *
 * The answer echoes: {"path":P,"length":N,"timeout":MS}. A body that begins with "fail " is answered with an error
 * (code ERR_INVALID, the rest as text), "large" with 5 MB, "wait" only after fixture_release(). A header alone, because
 * what is in tests/support/ is linked into every test, also into those that have no server. */
#ifndef GPUSLICE_TESTS_SUPPORT_SERVER_FIXTURE_H
#define GPUSLICE_TESTS_SUPPORT_SERVER_FIXTURE_H

#include "admission/routes.h"
#include "certs/issue.h"
#include "serve/server.h"
#include "tests/support/https_client.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { FIXTURE_STATUS_MAX = 600 };

struct fixture {
    struct cert_pem ca, pair;
    struct tls *tls;
    struct server *server;
    const char *paths[ROUTES + 1];
    atomic_uint answered;                     /* calls of the answer function that returned */
    atomic_uint waiting;                      /* that wait for fixture_release() */
    atomic_uint outcomes[FIXTURE_STATUS_MAX]; /* observed, by status */
    pthread_mutex_t mutex;
    pthread_cond_t released_changed;
    bool released;
};

enum { FIXTURE_DAY = 86400, FIXTURE_LARGE = 5000000, FIXTURE_MS_NS = 1000000 };

static inline void fixture_must(int result, const char *what, const struct err *err)
{
    if (result == 0)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, err->text);
    abort();
}

static inline void fixture_wait_for_release(struct fixture *fixture)
{
    (void)atomic_fetch_add(&fixture->waiting, 1);
    (void)pthread_mutex_lock(&fixture->mutex);
    while (!fixture->released)
        (void)pthread_cond_wait(&fixture->released_changed, &fixture->mutex);
    (void)pthread_mutex_unlock(&fixture->mutex);
    (void)atomic_fetch_sub(&fixture->waiting, 1);
}

static inline void fixture_release(struct fixture *fixture)
{
    (void)pthread_mutex_lock(&fixture->mutex);
    fixture->released = true;
    (void)pthread_cond_broadcast(&fixture->released_changed);
    (void)pthread_mutex_unlock(&fixture->mutex);
}

static inline void fixture_add_large(struct buf *out)
{
    static const char piece[] = "0123456789";
    for (size_t i = 0; i < FIXTURE_LARGE / (sizeof(piece) - 1); i++)
        buf_add(out, piece, sizeof(piece) - 1);
}

static inline int fixture_answer(void *context, const struct server_request *request, struct buf *ret_answer,
                                 struct err *err)
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

static inline void fixture_observe(void *context, const struct server_outcome *outcome)
{
    struct fixture *fixture = context;
    if (outcome->status < FIXTURE_STATUS_MAX)
        (void)atomic_fetch_add(&fixture->outcomes[outcome->status], 1);
}

/* Another leaf of the fixture's authority, for `host` (NULL: "gpuslice.test") and the loopback addresses. */
static inline struct cert_pem fixture_issue(const struct fixture *fixture, const char *host, enum cert_usage usage)
{
    const char *hosts[] = {host ? host : "gpuslice.test", "127.0.0.1", "::1"};
    struct cert_request request = {
        .name = hosts[0], .hosts = hosts, .host_count = ARRAY_SIZE(hosts), .lifetime = FIXTURE_DAY, .usage = usage};
    struct cert_pem pair = {0};
    struct err err;
    fixture_must(cert_issue_leaf(&fixture->ca, &request, &pair, &err), "issuing a leaf", &err);
    return pair;
}

static inline void fixture_raise_socket_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Defaults but for what `given` sets; listen, paths (those of the table of routes), answer, observe, context and tls
 * are the fixture's unless set. `given` may be NULL. Aborts on failure; the socket limit is raised as far as allowed.
 */
static inline struct fixture *fixture_new(const struct server_options *given)
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
    struct cert_request authority = {.name = "test", .lifetime = 10 * FIXTURE_DAY};
    fixture_must(cert_issue_ca(&authority, &fixture->ca, &err), "issuing an authority", &err);
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

static inline void fixture_free(struct fixture *fixture)
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

static inline struct https_options fixture_client_options(const struct fixture *fixture)
{
    return (struct https_options){
        .port = server_port(fixture->server), .ca_pem = fixture->ca.cert, .name = "gpuslice.test", .timeout_ms = 60000};
}

/* A connected client that trusts the fixture's authority. Aborts on failure. */
static inline struct https_client *fixture_connect(const struct fixture *fixture)
{
    struct https_options options = fixture_client_options(fixture);
    struct https_client *client = NULL;
    struct err err;
    fixture_must(https_connect(&options, &client, &err), "connecting", &err);
    return client;
}

DEFINE_AUTO(fixture, struct fixture *, fixture_free);

#endif
