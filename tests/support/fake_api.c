#include "fake_api.h"

#include "base/strlist.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 512,
    REQUEST_MAX = 1 << 18,
    TARGET_MAX = 16384,
    METHOD_MAX = 16,
    STEPS_MAX = 64,
    FAULT_SIZE = 512,
};

struct connection {
    struct fake_api *api;
    pthread_t thread;
    int fd;
    bool held;
    SSL *ssl; /* NULL for plain HTTP */
};

struct fake_api {
    const struct fake_step *steps;
    size_t step_count;
    fake_answer_fn *answer; /* NULL if steps are played */
    void *context;
    SSL_CTX *tls;
    int listener;
    char server[64];
    pthread_t thread;

    pthread_mutex_t mutex; /* guards all members below */
    pthread_cond_t changed;
    struct connection connections[CONNECTIONS_MAX];
    size_t connection_count; /* never goes down: threads are joined at the end */
    bool used[STEPS_MAX];
    bool open, stopping;
    struct strlist targets;
    char fault[FAULT_SIZE];
};

struct fake_call {
    struct connection *connection;
    const char *target;
    bool failed;
};

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "fake API server: %s\n", what);
    abort();
}

/* -- Bytes -- */

static bool send_all(struct connection *connection, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = connection->ssl ? SSL_write(connection->ssl, bytes, (int)length)
                                       : send(connection->fd, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static ssize_t receive(struct connection *connection, char *bytes, size_t length)
{
    return connection->ssl ? SSL_read(connection->ssl, bytes, (int)length) : recv(connection->fd, bytes, length, 0);
}

static bool send_chunk(struct connection *connection, const char *bytes, size_t length)
{
    char head[32];
    int head_length = snprintf(head, sizeof(head), "%zx\r\n", length);
    return send_all(connection, head, (size_t)head_length) && send_all(connection, bytes, length) &&
           send_all(connection, "\r\n", 2);
}

void fake_write(struct fake_call *call, const char *bytes, size_t length)
{
    if (length > 0 && !call->failed)
        call->failed = !send_chunk(call->connection, bytes, length);
}

const char *fake_target(const struct fake_call *call)
{
    return call->target;
}

/* -- Answers -- */

/* Returns when the client or the test closes the connection. */
static void hold(struct connection *connection)
{
    char byte;
    struct fake_api *api = connection->api;
    (void)pthread_mutex_lock(&api->mutex);
    connection->held = true;
    (void)pthread_mutex_unlock(&api->mutex);
    while (receive(connection, &byte, 1) > 0) {
    }
    (void)pthread_mutex_lock(&api->mutex);
    connection->held = false;
    (void)pthread_mutex_unlock(&api->mutex);
}

static bool refuse(struct connection *connection)
{
    static const char body[] = "{\"kind\":\"Status\",\"reason\":\"Unauthorized\",\"message\":\"Unauthorized\"}";
    char text[256];
    int length = snprintf(text, sizeof(text), "HTTP/1.1 401 Unauthorized\r\nContent-Length: %zu\r\n\r\n%s",
                          sizeof(body) - 1, body);
    return send_all(connection, text, (size_t)length);
}

/* Returns false if the connection must be closed. */
static bool play(struct connection *connection, const struct fake_step *step, const char *target)
{
    char head[512];
    struct fake_call call = {.connection = connection, .target = target};
    if (step->end == FAKE_MUTE) {
        hold(connection);
        return false;
    }
    unsigned status = step->status ? step->status : 200;
    int length = snprintf(head, sizeof(head),
                          "HTTP/1.1 %u Fake\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n%s\r\n",
                          status, step->headers ? step->headers : "");
    if (!send_all(connection, head, (size_t)length))
        return false;
    if (step->write)
        step->write(&call);
    else if (step->body)
        fake_write(&call, step->body, strlen(step->body));
    if (step->end == FAKE_HELD && !call.failed)
        hold(connection);
    return step->end == FAKE_WHOLE && !call.failed && send_all(connection, "0\r\n\r\n", 5);
}

/* -- Requests -- */

static void note_target(struct fake_api *api, const char *target)
{
    struct err err;
    (void)pthread_mutex_lock(&api->mutex);
    must(strlist_add(&api->targets, target, &err) == 0, "out of memory");
    (void)pthread_mutex_unlock(&api->mutex);
}

/* Returns NULL if there is no step for the target. If the step is gated, waits for fake_api_open(). */
static const struct fake_step *take_step(struct fake_api *api, const char *target)
{
    const struct fake_step *found = NULL;
    note_target(api, target);
    (void)pthread_mutex_lock(&api->mutex);
    for (size_t i = 0; i < api->step_count && !found; i++) {
        if (api->used[i] || !strstr(target, api->steps[i].expect))
            continue;
        found = &api->steps[i];
        api->used[i] = !found->always;
    }
    if (!found && !api->fault[0])
        (void)snprintf(api->fault, sizeof(api->fault), "no step for %.400s", target);
    while (found && found->gated && !api->open && !api->stopping)
        (void)pthread_cond_wait(&api->changed, &api->mutex);
    (void)pthread_mutex_unlock(&api->mutex);
    return found;
}

static bool has_token(const char *request, const char *token)
{
    char wanted[256];
    (void)snprintf(wanted, sizeof(wanted), "\r\nAuthorization: Bearer %s\r\n", token);
    return strstr(request, wanted);
}

/* Returns the beginning of the body, or NULL until the whole body has arrived. */
static const char *find_body(const char *request, size_t length)
{
    static const char name[] = "\r\nContent-Length:";
    const char *end = strstr(request, "\r\n\r\n");
    const char *header = strcasestr(request, name);
    size_t wanted = end && header && header < end ? strtoul(header + sizeof(name) - 1, NULL, 10) : 0;
    return end && length - (size_t)(end + 4 - request) >= wanted ? end + 4 : NULL;
}

static bool read_request(struct connection *connection, char request[REQUEST_MAX])
{
    size_t length = 0;
    request[0] = '\0';
    while (!find_body(request, length)) {
        ssize_t got = length + 1 < REQUEST_MAX ? receive(connection, request + length, REQUEST_MAX - 1 - length) : 0;
        if (got <= 0)
            return false;
        length += (size_t)got;
        request[length] = '\0';
    }
    return true;
}

static bool answer_by_function(struct connection *connection, const struct fake_request *request)
{
    struct fake_reply reply = {0};
    char head[512];
    note_target(connection->api, request->target);
    connection->api->answer(connection->api->context, request, &reply);
    AUTO(string) body = reply.body;
    size_t body_length = body ? strlen(body) : 0;
    int length = snprintf(head, sizeof(head),
                          "HTTP/1.1 %u Fake\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
                          reply.status, body_length, reply.headers);
    return reply.status && send_all(connection, head, (size_t)length) &&
           send_all(connection, body ? body : "", body_length);
}

static bool answer(struct connection *connection)
{
    char request[REQUEST_MAX];
    char target[TARGET_MAX];
    char method[METHOD_MAX];
    if (!read_request(connection, request) || sscanf(request, "%15s %16000s", method, target) != 2)
        return false;
    const struct fake_request whole = {method, target, strstr(request, "\r\n\r\n") + 4};
    if (connection->api->answer)
        return answer_by_function(connection, &whole);
    if (strcmp(method, "GET") != 0)
        return false;
    const struct fake_step *step = take_step(connection->api, target);
    if (!step) {
        hold(connection);
        return false;
    }
    if (step->bearer && !has_token(request, step->bearer))
        return refuse(connection);
    return play(connection, step, target);
}

static void *serve(void *context)
{
    struct connection *connection = context;
    bool good = !connection->ssl || SSL_accept(connection->ssl) == 1;
    while (good)
        good = answer(connection);
    if (connection->ssl)
        (void)SSL_shutdown(connection->ssl);
    ERR_clear_error();
    (void)pthread_mutex_lock(&connection->api->mutex);
    (void)shutdown(connection->fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&connection->api->mutex);
    return NULL;
}

static void *accept_all(void *context)
{
    struct fake_api *api = context;
    for (;;) {
        const int on = 1;
        int fd = accept4(api->listener, NULL, NULL, SOCK_CLOEXEC);
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        (void)pthread_mutex_lock(&api->mutex);
        bool stopping = api->stopping || fd < 0;
        if (!stopping) {
            must(api->connection_count < CONNECTIONS_MAX, "too many connections");
            struct connection *connection = &api->connections[api->connection_count++];
            *connection = (struct connection){.api = api, .fd = fd, .ssl = api->tls ? SSL_new(api->tls) : NULL};
            must(!connection->ssl || SSL_set_fd(connection->ssl, fd) == 1, "SSL_set_fd");
            must(pthread_create(&connection->thread, NULL, serve, connection) == 0, "no thread");
        } else if (fd >= 0) {
            (void)close(fd);
        }
        (void)pthread_mutex_unlock(&api->mutex);
        if (stopping)
            return NULL;
    }
}

/* -- Set-up -- */

static SSL_CTX *make_tls(const struct fake_tls *tls)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    BIO *cert_bio = BIO_new_mem_buf(tls->cert, -1);
    BIO *key_bio = BIO_new_mem_buf(tls->key, -1);
    X509 *cert = PEM_read_bio_X509(cert_bio, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
    must(context && cert && key && SSL_CTX_use_certificate(context, cert) == 1 &&
             SSL_CTX_use_PrivateKey(context, key) == 1,
         "certificate");
    X509_free(cert);
    EVP_PKEY_free(key);
    (void)BIO_free(cert_bio);
    (void)BIO_free(key_bio);
    return context;
}

static void listen_on_loopback(struct fake_api *api)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
    } address = {.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address.v4);
    api->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(api->listener >= 0 && bind(api->listener, &address.any, size) == 0 && listen(api->listener, 128) == 0 &&
             getsockname(api->listener, &address.any, &size) == 0,
         "no port to listen on");
    (void)snprintf(api->server, sizeof(api->server), "http%s://127.0.0.1:%u", api->tls ? "s" : "",
                   ntohs(address.v4.sin_port));
}

static struct fake_api *start(struct fake_api *api, const struct fake_tls *tls)
{
    api->tls = tls ? make_tls(tls) : NULL;
    (void)pthread_mutex_init(&api->mutex, NULL);
    (void)pthread_cond_init(&api->changed, NULL);
    listen_on_loopback(api);
    must(pthread_create(&api->thread, NULL, accept_all, api) == 0, "no thread");
    return api;
}

struct fake_api *fake_api_new(const struct fake_step *steps, size_t count, const struct fake_tls *tls)
{
    struct fake_api *api = calloc(1, sizeof(*api));
    must(api && count <= STEPS_MAX, "too many steps");
    api->steps = steps;
    api->step_count = count;
    return start(api, tls);
}

struct fake_api *fake_api_new_answering(fake_answer_fn *answer_function, void *context, const struct fake_tls *tls)
{
    struct fake_api *api = calloc(1, sizeof(*api));
    must(api, "out of memory");
    api->answer = answer_function;
    api->context = context;
    return start(api, tls);
}

static void stop(struct fake_api *api)
{
    (void)pthread_mutex_lock(&api->mutex);
    api->stopping = true;
    (void)pthread_cond_broadcast(&api->changed);
    (void)shutdown(api->listener, SHUT_RDWR);
    for (size_t i = 0; i < api->connection_count; i++)
        (void)shutdown(api->connections[i].fd, SHUT_RDWR);
    (void)pthread_mutex_unlock(&api->mutex);
    (void)pthread_join(api->thread, NULL);
}

void fake_api_free(struct fake_api *api)
{
    if (!api)
        return;
    stop(api);
    for (size_t i = 0; i < api->connection_count; i++) {
        struct connection *connection = &api->connections[i];
        (void)pthread_join(connection->thread, NULL);
        SSL_free(connection->ssl);
        (void)close(connection->fd);
    }
    (void)close(api->listener);
    SSL_CTX_free(api->tls);
    strlist_fini(&api->targets);
    (void)pthread_cond_destroy(&api->changed);
    (void)pthread_mutex_destroy(&api->mutex);
    free(api);
}

/* -- For the test -- */

const char *fake_api_server(const struct fake_api *api)
{
    return api->server;
}

void fake_api_push(struct fake_api *api, const char *text)
{
    (void)pthread_mutex_lock(&api->mutex);
    for (size_t i = 0; i < api->connection_count; i++) {
        if (api->connections[i].held)
            (void)send_chunk(&api->connections[i], text, strlen(text));
    }
    (void)pthread_mutex_unlock(&api->mutex);
}

void fake_api_drop(struct fake_api *api)
{
    (void)pthread_mutex_lock(&api->mutex);
    for (size_t i = 0; i < api->connection_count; i++) {
        if (api->connections[i].held)
            (void)shutdown(api->connections[i].fd, SHUT_RDWR);
    }
    (void)pthread_mutex_unlock(&api->mutex);
}

void fake_api_open(struct fake_api *api)
{
    (void)pthread_mutex_lock(&api->mutex);
    api->open = true;
    (void)pthread_cond_broadcast(&api->changed);
    (void)pthread_mutex_unlock(&api->mutex);
}

size_t fake_api_count(struct fake_api *api, const char *part)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&api->mutex);
    for (size_t i = 0; i < api->targets.count; i++)
        count += strstr(api->targets.items[i], part) ? 1 : 0;
    (void)pthread_mutex_unlock(&api->mutex);
    return count;
}

size_t fake_api_held(struct fake_api *api)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&api->mutex);
    for (size_t i = 0; i < api->connection_count; i++)
        count += api->connections[i].held ? 1 : 0;
    (void)pthread_mutex_unlock(&api->mutex);
    return count;
}

const char *fake_api_fault(struct fake_api *api)
{
    (void)pthread_mutex_lock(&api->mutex); /* the text never changes once it is set */
    const char *fault = api->fault;
    (void)pthread_mutex_unlock(&api->mutex);
    return fault;
}
