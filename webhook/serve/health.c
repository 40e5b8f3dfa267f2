/* Answers probes and serves pages. Knows each check only by its name and function, and each page by its path and
 * function. */
#include "serve/health.h"

#include "base/clock.h"
#include "base/units.h"
#include "serve/acceptor.h"
#include "serve/connections.h"
#include "serve/http.h"
#include "serve/keeper.h"

#include <stdatomic.h>
#include <string.h>

enum {
    BACKLOG = 1024,
    CONNECTIONS = 1024, /* enough that each connection lives until it is answered, even if many others follow it */
    WHOLE_MS = 5000,    /* limit of a connection, from accept() to the end of its answer */
    LOOK_MS = 500,
    PAGE_MAX = 16 * MIB,
    NOTE_MAX = 4 * ERR_TEXT_SIZE,
};

struct health {
    struct health_options options;
    struct MHD_Daemon *daemon;
    struct acceptor *acceptor;
    struct keeper *keeper;
    struct connections connections;
    atomic_bool draining;
};

static bool add_check(struct buf *page, const struct health_check *check, bool verbose)
{
    AUTO(buf) note;
    buf_init(&note, NOTE_MAX);
    bool ready = check->check(check->context, &note);
    if (ready && !verbose)
        return true;
    const char *text = buf_text(&note);
    buf_addf(page, "[%c]%s %s%s%s\n", ready ? '+' : '-', check->name, ready ? "ok" : "failed", *text ? ": " : "", text);
    return ready;
}

static unsigned add_readiness(struct health *health, bool verbose, struct buf *page)
{
    bool ready = !atomic_load(&health->draining);
    if (!ready)
        buf_add_string(page, "[-]draining failed: shutting down\n");
    for (const struct health_check *check = health->options.checks; check && check->name; check++)
        ready = add_check(page, check, verbose) && ready;
    if (ready && !verbose)
        buf_add_string(page, "ok\n");
    else
        buf_addf(page, "readyz check %s\n", ready ? "passed" : "failed");
    return ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
}

static unsigned add_liveness(const struct health *health, struct buf *page)
{
    AUTO(buf) note;
    buf_init(&note, NOTE_MAX);
    bool alive = !health->options.alive || health->options.alive(health->options.alive_context, &note);
    buf_addf(page, "%s%s\n", alive ? "ok" : "failed: ", alive ? "" : buf_text(&note));
    return alive ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
}

static unsigned add_page(const struct health_page *page, struct buf *out)
{
    struct err err = {0};
    int result = page->write(page->context, out, &err);
    if (result == 0)
        result = buf_check(out, &err);
    if (result == 0)
        return MHD_HTTP_OK;
    buf_reset(out);
    buf_addf(out, "%s\n", err.text);
    return err_http_status(err.code);
}

static const struct health_page *find_page(const struct health *health, const char *path)
{
    for (const struct health_page *page = health->options.pages; page && page->path; page++) {
        if (strcmp(page->path, path) == 0)
            return page;
    }
    return NULL;
}

static unsigned add_not_found(const struct health *health, struct buf *out)
{
    buf_add_string(out, "no such path (known paths: /livez, /readyz");
    for (const struct health_page *page = health->options.pages; page && page->path; page++)
        buf_addf(out, ", %s", page->path);
    buf_add_string(out, ")\n");
    return MHD_HTTP_NOT_FOUND;
}

/* True for "?verbose" without a value, which MHD_lookup_connection_value() cannot distinguish from an absent one. */
static bool is_verbose(struct MHD_Connection *connection)
{
    static const char name[] = "verbose";
    const char *value = NULL;
    size_t size = 0;
    return MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, name, sizeof(name) - 1, &value, &size) ==
           MHD_YES;
}

static void make_answer(struct health *health, struct MHD_Connection *connection, const char *path,
                        struct http_answer *answer)
{
    const struct health_page *page = find_page(health, path);
    if (strcmp(path, "/livez") == 0) {
        answer->status = add_liveness(health, answer->body);
    } else if (strcmp(path, "/readyz") == 0) {
        answer->status = add_readiness(health, is_verbose(connection), answer->body);
    } else if (page) {
        answer->status = add_page(page, answer->body);
        answer->type = answer->status == MHD_HTTP_OK ? page->type : HTTP_TEXT;
    } else {
        answer->status = add_not_found(health, answer->body);
    }
}

static enum MHD_Result send_page(struct health *health, struct MHD_Connection *connection, const char *path,
                                 const char *method)
{
    AUTO(buf) body;
    buf_init(&body, PAGE_MAX);
    struct http_answer answer = {.status = MHD_HTTP_OK, .type = HTTP_TEXT, .body = &body, .close = true};
    if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0) {
        make_answer(health, connection, path, &answer);
    } else {
        answer.status = MHD_HTTP_METHOD_NOT_ALLOWED;
        answer.allow = "GET, HEAD";
        buf_add_string(&body, "method is not allowed; use GET\n");
    }
    return http_send(connection, &answer);
}

/* Answers in the last call only: on an earlier answer libmicrohttpd 0.9.75 closes the connection before it has read the
 * body, and the client sees a reset. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *length, void **request_context)
{
    (void)version;
    (void)data;
    if (!*request_context) {
        *request_context = context; /* any mark that is not NULL */
        return MHD_YES;
    }
    if (*length == 0)
        return send_page(context, connection, url, method);
    *length = 0; /* an unexpected body */
    return MHD_YES;
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct health *health = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        *socket_context = connections_take_up(&health->connections, fd, clock_monotonic_ns());
    } else if (*socket_context) {
        connections_remove(&health->connections, *socket_context);
        *socket_context = NULL;
    }
}

static int health_housekeeping(void *context, int64_t now_ns)
{
    struct health *health = context;
    connections_enforce(&health->connections, now_ns);
    return LOOK_MS;
}

static void init_connections(struct health *health)
{
    struct connection_limits limits = {.open = connections_affordable(CONNECTIONS, DESCRIPTORS_OF_PROBES)};
    for (enum phase phase = 0; phase < PHASES; phase++)
        limits.phases[phase] = (struct phase_limit){LIMIT_FROM_ACCEPT, WHOLE_MS * NS_PER_MS};
    connections_init(&health->connections, &limits);
}

static int start_daemon(struct health *health, struct err *err)
{
    health->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        on_request, health, MHD_OPTION_EXTERNAL_LOGGER, http_log, NULL, MHD_OPTION_CONNECTION_LIMIT,
        2 * (CONNECTIONS + connections_slack(CONNECTIONS)), MHD_OPTION_NOTIFY_CONNECTION, on_connection, health,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (!health->daemon)
        return err_set(err, ERR_INTERNAL, "%s: libmicrohttpd cannot start (threads or memory?)",
                       health->options.listen);
    return 0;
}

int health_start(const struct health_options *options, struct health **ret_health, struct err *err)
{
    struct health *made = calloc(1, sizeof(*made));
    if (!made)
        return err_nomem(err);

    made->options = *options;
    init_connections(made);

    AUTO(health) health = made;
    if (start_daemon(health, err) < 0 ||
        keeper_start("the keeper thread", -1, health_housekeeping, health, &health->keeper, err) < 0 ||
        acceptor_start(options->listen, BACKLOG, &health->connections, health->daemon, &health->acceptor, err) < 0)
        return -1;
    *ret_health = TAKE(health);
    return 0;
}

void health_free(struct health *health)
{
    if (!health)
        return;
    acceptor_free(health->acceptor);
    keeper_free(health->keeper);
    if (health->daemon)
        MHD_stop_daemon(health->daemon);
    connections_fini(&health->connections);
    free(health);
}

unsigned health_port(const struct health *health)
{
    return acceptor_port(health->acceptor);
}

void health_set_draining(struct health *health)
{
    atomic_store(&health->draining, true);
}
