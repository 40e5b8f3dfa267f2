/* The life of a connection and the path of a request: libmicrohttpd's callbacks around struct connection, struct
 * request and the answer function.
 *
 * Does not depend on pods or policies. It relies on two facts about libmicrohttpd 0.9.75 and 1.0.1: an answer must be
 * given in the last handler call, because an earlier one closes the connection; and a connection must be suspended
 * before another thread may resume it, because a resumption that comes first is lost. */
#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"
#include "serve/http.h"
#include "serve/server_state.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>

enum {
    ANSWER_USUAL = 4096,    /* bytes allocated at first */
    ROOM_PATIENCE_MS = 500, /* for how long in total a large body spares active connections */
    ROOM_WAIT_MS = 1000,    /* how long a body waits for room before 503 */
    LANE_WAIT_MS = 2000,    /* how long a large review waits for its turn */
    LANE_MARGIN_MS = 300,   /* how much of ?timeout= must then be left for a short answer */
};

#define NO_ROOM "other requests hold too many bytes at the moment; try again"

/* The context that libmicrohttpd keeps for a request. */
struct exchange {
    struct request request;
    struct server *server;
    struct connection *connection;
    struct MHD_Connection *mhd;
    int64_t no_room_ns;       /* when its body began to wait for room; 0: it is not waiting */
    int64_t first_no_room_ns; /* when its body first began to wait; 0: never */
    struct lane_job job;
    struct buf answer;
    struct err err; /* code ERR_NONE: there is an answer */
};

/* -- Connections -- */

/* GnuTLS reads through this, so that the server notices the first byte of a request, which starts its time limit.
 * An idle connection has only the limit idle_timeout_s, which libmicrohttpd enforces. */
struct transport {
    struct server *server;
    struct connection *connection;
    struct tls_generation *generation; /* NULL: no credentials; its handshake fails */
    bool encrypted;                    /* the handshake is over */
    bool between_requests;             /* no byte of the next request has arrived */
    bool had_request;
    struct MHD_Connection *waiting; /* to be resumed; valid in PHASE_WAITING */
};

static void begin_request(struct transport *transport)
{
    if (!transport->between_requests)
        return;
    transport->between_requests = false;
    (void)connections_enter(&transport->server->connections, transport->connection, PHASE_HEADERS,
                            clock_monotonic_ns());
}

static void end_request(struct transport *transport)
{
    transport->between_requests = true;
    (void)connections_enter(&transport->server->connections, transport->connection, PHASE_IDLE, clock_monotonic_ns());
}

static ssize_t transport_pull(gnutls_transport_ptr_t pointer, void *data, size_t size)
{
    struct transport *transport = pointer;
    ssize_t length = recv(transport->connection->fd, data, size, 0);
    if (length > 0)
        begin_request(transport);
    return length;
}

static int transport_wait(gnutls_transport_ptr_t pointer, unsigned timeout_ms)
{
    const struct transport *transport = pointer;
    struct pollfd fd = {.fd = transport->connection->fd, .events = POLLIN};
    return poll(&fd, 1, timeout_ms == GNUTLS_INDEFINITE_TIMEOUT ? -1 : (int)timeout_ms);
}

/* Called after each Finished message. The client's is its last handshake message in TLS 1.2 and 1.3. */
static int transport_finished(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                              const gnutls_datum_t *message)
{
    (void)type;
    (void)when;
    (void)message;
    gnutls_transport_ptr_t receive;
    gnutls_transport_ptr_t transmit;
    gnutls_transport_get_ptr2(session, &receive, &transmit);
    struct transport *transport = receive;
    if (incoming && !transport->encrypted) {
        transport->encrypted = true;
        end_request(transport);
    }
    return 0;
}

static void transport_attach(struct transport *transport, gnutls_session_t session)
{
    gnutls_transport_ptr_t receive;
    gnutls_transport_ptr_t transmit;
    transport->generation = tls_attach(transport->server->options.tls, session);
    gnutls_transport_get_ptr2(session, &receive, &transmit);
    gnutls_transport_set_ptr2(session, transport, transmit);
    gnutls_transport_set_pull_function(session, transport_pull);
    gnutls_transport_set_pull_timeout_function(session, transport_wait);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST, transport_finished);
}

/* Called before the first byte of TLS. A connection cannot be refused here, so one that cannot be served is shut down
 * and libmicrohttpd sees its end. Without a generation the handshake fails by itself; see no_certificate() in
 * server.c. */
static void connection_begins(struct server *server, struct MHD_Connection *mhd, void **context)
{
    if (pulse_take_up(server->pulse, mhd))
        return;

    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    struct connection *connection = connections_take_up(&server->connections, fd, clock_monotonic_ns());
    struct transport *transport = connection ? calloc(1, sizeof(*transport)) : NULL;
    if (!connection || !transport || !info) {
        (void)shutdown(fd, SHUT_RDWR);
        free(transport);
        if (connection)
            connections_remove(&server->connections, connection);
        return;
    }

    *transport = (struct transport){.server = server, .connection = connection};
    transport_attach(transport, info->tls_session);
    connection->owned = transport;
    *context = connection;
    (void)atomic_fetch_add(&server->counts.connections, 1);
    (void)atomic_fetch_add(&server->counts.open_connections, 1);
}

static void connection_ends(struct server *server, void **context)
{
    struct connection *connection = *context;
    if (!connection)
        return;
    struct transport *transport = connection->owned;
    if (!transport->had_request) {
        LOG(LOG_DEBUG, "connection ended without a request", LOG_END);
        (void)atomic_fetch_add(&server->counts.unused_connections, 1);
    }

    tls_generation_unref(transport->generation);
    connections_remove(&server->connections, connection);
    free(transport);
    *context = NULL;
    (void)atomic_fetch_sub(&server->counts.open_connections, 1);
}

void exchange_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                         enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_begins(context, mhd, socket_context);
    else
        connection_ends(context, socket_context);
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* -- The request comes in -- */

/* Called when the request line has arrived. From now on the request counts as in flight. */
void *exchange_begins(void *context, const char *uri, struct MHD_Connection *mhd)
{
    struct server *server = context;
    struct connection *connection = connection_of(mhd);
    struct exchange *exchange = connection ? calloc(1, sizeof(*exchange)) : NULL;
    if (!exchange)
        return NULL;

    exchange->server = server;
    exchange->connection = connection;
    exchange->mhd = mhd;
    request_init(&exchange->request, &server->rules, uri, clock_monotonic_ns());
    buf_init(&exchange->answer, SERVER_ANSWER_MAX);

    struct transport *transport = connection->owned;
    transport->had_request = true;
    begin_request(transport); /* its first bytes may have arrived together with the previous request */
    (void)atomic_fetch_add(&server->counts.requests, 1);
    (void)atomic_fetch_add(&server->counts.requests_in_flight, 1);
    return exchange;
}

void exchange_ends(void *context, struct MHD_Connection *mhd, void **request_context,
                   enum MHD_RequestTerminationCode code)
{
    (void)mhd;
    struct server *server = context;
    struct exchange *exchange = *request_context;
    *request_context = NULL;
    if (!exchange)
        return;

    const struct request *request = &exchange->request;
    int64_t now_ns = clock_monotonic_ns();
    struct server_outcome outcome = {
        .path = request->path ? *request->path : NULL,
        .status = code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? request->status : 0,
        .duration_ns = now_ns - request->started_ns,
        .body_length = request->received,
    };

    if (server->options.observe)
        server->options.observe(server->options.context, &outcome);
    if (outcome.status == MHD_HTTP_OK)
        connections_know(&server->connections, exchange->connection);
    connections_hold_only(&server->connections, exchange->connection, 0);
    end_request(exchange->connection->owned);
    buf_fini(&exchange->request.body);
    buf_fini(&exchange->answer);
    free(exchange);
    (void)atomic_fetch_sub(&server->counts.requests_in_flight, 1);
}

static void resume(struct connection *connection)
{
    struct transport *transport = connection->owned;
    MHD_resume_connection(transport->waiting);
}

size_t exchange_wake_waiting(struct server *server)
{
    return connections_wake_waiting(&server->connections, resume);
}

/* Called when other connections cannot pay for this body at the moment, for example because all bodies are being
 * decided. libmicrohttpd offers the same bytes again after the connection is resumed. */
static enum MHD_Result wait_for_room(struct exchange *exchange, int64_t now_ns)
{
    struct server *server = exchange->server;
    struct transport *transport = exchange->connection->owned;
    if (atomic_load(&server->stopping))
        return MHD_NO;

    exchange->no_room_ns = exchange->no_room_ns ? exchange->no_room_ns : now_ns;
    exchange->first_no_room_ns = exchange->first_no_room_ns ? exchange->first_no_room_ns : now_ns;
    transport->waiting = exchange->mhd;
    MHD_suspend_connection(exchange->mhd);
    if (!connections_enter(&server->connections, exchange->connection, PHASE_WAITING, now_ns))
        MHD_resume_connection(exchange->mhd); /* it has been shut down: let libmicrohttpd see its end */
    if (atomic_load(&server->stopping))
        (void)exchange_wake_waiting(server);
    return MHD_YES;
}

static int64_t ms_since(int64_t then_ns, int64_t now_ns)
{
    return then_ns ? (now_ns - then_ns) / NS_PER_MS : 0;
}

/* Takes a part of the body and sets *length to 0. If the part must wait for room, leaves *length unchanged. */
static enum MHD_Result take_body(struct exchange *exchange, const char *data, size_t *length)
{
    struct server *server = exchange->server;
    struct request *request = &exchange->request;
    int64_t now_ns = clock_monotonic_ns();
    if (request->status == 0) {
        int64_t waited_ms = ms_since(exchange->no_room_ns, now_ns);
        bool patient = ms_since(exchange->first_no_room_ns, now_ns) < ROOM_PATIENCE_MS;
        enum room room = connections_hold(&server->connections, exchange->connection, *length, patient, now_ns);
        if (room == ROOM_CLOSED)
            return MHD_NO;
        if (room == ROOM_NONE && waited_ms < ROOM_WAIT_MS)
            return wait_for_room(exchange, now_ns);
        if (room == ROOM_NONE)
            request_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, NO_ROOM);
        exchange->no_room_ns = 0;
    }

    bool go_on = request_add(request, data, *length);
    *length = 0;
    if (request->status != 0) /* its body is no longer kept */
        connections_hold_only(&server->connections, exchange->connection, 0);
    return go_on ? MHD_YES : MHD_NO;
}

/* -- The answer goes out -- */

static enum MHD_Result send_out(struct exchange *exchange, struct http_answer *answer)
{
    struct connections *connections = &exchange->server->connections;
    answer->status = exchange->request.status;
    answer->close = exchange->request.close || atomic_load(&exchange->server->closing);
    if (!connections_enter(connections, exchange->connection, PHASE_SENDING, clock_monotonic_ns()))
        return MHD_NO;
    return http_send(exchange->mhd, answer);
}

static enum MHD_Result send_refusal(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    LOG(LOG_DEBUG, "request refused", LOG_INT("status", request->status), LOG_STR("text", request->text));
    AUTO(buf) line;
    buf_init(&line, ERR_TEXT_SIZE);
    buf_addf(&line, "%s\n", request->text);
    struct http_answer answer = {
        .type = HTTP_TEXT,
        .body = &line,
        .allow = request->status == MHD_HTTP_METHOD_NOT_ALLOWED ? "POST" : NULL,
        .retry_after = request->status == MHD_HTTP_SERVICE_UNAVAILABLE ? "1" : NULL,
    };
    return send_out(exchange, &answer);
}

/* Calls the answer function and then frees the body. Runs on a pool thread or the lane's. */
static void make_answer(struct exchange *exchange, bool crowded)
{
    struct request *request = &exchange->request;
    const struct server_options *options = &exchange->server->options;
    const struct server_request view = {.path = (size_t)(request->path - options->paths),
                                        .started_ns = request->started_ns,
                                        .post = {.body = buf_text(&request->body),
                                                 .length = request->body.length,
                                                 .deadline_ns = request->deadline_ns,
                                                 .crowded = crowded}};
    buf_reserve(&exchange->answer, ANSWER_USUAL);

    int result = options->answer(options->context, &view, &exchange->answer, &exchange->err);
    if (result == 0)
        result = buf_check(&exchange->answer, &exchange->err);
    if (result < 0 && exchange->err.code == ERR_NONE)
        (void)err_set(&exchange->err, ERR_INTERNAL, "no answer, and no reason given");
    if (result == 0)
        exchange->err.code = ERR_NONE;
    buf_fini(&request->body);
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
    size_t length = exchange->answer.length;
    if (exchange->err.code != ERR_NONE) {
        request_refuse(&exchange->request, err_http_status(exchange->err.code), "%s", exchange->err.text);
        return send_refusal(exchange);
    }

    if (!connections_hold_answer(&exchange->server->connections, exchange->connection, length)) {
        LOG(LOG_WARN, "answer not sent: other requests hold too many bytes", LOG_STR("path", *exchange->request.path),
            LOG_INT("bytes", (int64_t)length));
        buf_fini(&exchange->answer);
        request_refuse(&exchange->request, MHD_HTTP_SERVICE_UNAVAILABLE, NO_ROOM);
        return send_refusal(exchange);
    }

    exchange->request.status = MHD_HTTP_OK;
    struct http_answer answer = {.type = HTTP_JSON, .body = &exchange->answer};
    return send_out(exchange, &answer);
}

static struct exchange *exchange_of(struct lane_job *job)
{
    return (struct exchange *)(void *)((char *)job - offsetof(struct exchange, job));
}

static void lane_work(struct lane_job *job)
{
    make_answer(exchange_of(job), false);
}

static void lane_over(struct lane_job *job)
{
    MHD_resume_connection(exchange_of(job)->mhd);
}

/* libmicrohttpd calls exchange_continues() again after the connection is resumed. */
static enum MHD_Result wait_for_turn(struct exchange *exchange, int64_t now_ns)
{
    int64_t until_ns = now_ns + LANE_WAIT_MS * NS_PER_MS;
    int64_t deadline_ns = exchange->request.deadline_ns;
    if (deadline_ns)
        until_ns = clock_earlier(until_ns, deadline_ns - LANE_MARGIN_MS * NS_PER_MS);
    exchange->job = (struct lane_job){.until_ns = until_ns, .work = lane_work, .over = lane_over};
    MHD_suspend_connection(exchange->mhd);
    lane_put(exchange->server->lane, &exchange->job);
    return MHD_YES;
}

/* Called when the request is complete, and again when its job in the lane is over. */
static enum MHD_Result exchange_finish_request(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    int64_t now_ns = clock_monotonic_ns();
    pulse_works(exchange->server->pulse, exchange->connection->fd, now_ns);
    if (exchange->job.outcome == LANE_DONE)
        return send_answer(exchange);

    if (!connections_enter(&exchange->server->connections, exchange->connection, PHASE_DECIDING, now_ns))
        return MHD_NO;

    if (request->status == 0 && request->deadline_ns && now_ns > request->deadline_ns)
        request_refuse(request, MHD_HTTP_GATEWAY_TIMEOUT, "the request was complete only after its own timeout");
    if (request->status != 0)
        return send_refusal(exchange);
    if (request->body.length > SERVER_LARGE && exchange->job.outcome == LANE_NOT_THERE)
        return wait_for_turn(exchange, now_ns);

    make_answer(exchange, exchange->job.outcome == LANE_TOO_LATE);
    return send_answer(exchange);
}

/* Called with the headers, then with each part of the body, then with no data: only that last call may answer. */
enum MHD_Result exchange_continues(void *context, struct MHD_Connection *mhd, const char *url, const char *method,
                                   const char *version, const char *data, size_t *length, void **request_context)
{
    (void)context;
    (void)url;
    (void)version;

    struct exchange *exchange = *request_context;
    if (!exchange)
        return MHD_NO; /* out of memory at the request line */

    if (!exchange->request.checked) {
        request_check(&exchange->request, mhd, method);
        bool open =
            connections_enter(&exchange->server->connections, exchange->connection, PHASE_BODY, clock_monotonic_ns());
        return open ? MHD_YES : MHD_NO;
    }

    return *length > 0 ? take_body(exchange, data, length) : exchange_finish_request(exchange);
}
