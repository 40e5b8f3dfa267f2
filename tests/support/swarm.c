/* One thread serves all members of a swarm with epoll. */
#include "tests/support/swarm.h"

#include "base/clock.h"
#include "base/err.h"
#include "tests/support/temp_dir.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MS_NS = 1000000, TICK_MS = 5, EVENTS = 256, PIECE = 16384, STILL_MS = 300, SMALL_BUFFER = 4096 };

enum stage { STAGE_NONE, STAGE_CONNECTING, STAGE_SHAKING, STAGE_SENDING, STAGE_HOLDING };

struct member {
    int fd;
    SSL *ssl;
    enum stage stage;
    size_t sent; /* bytes of opening and padding */
    size_t drip_at;
    int64_t opened_ns, drip_due_ns;
};

struct swarm {
    struct swarm_options options;
    struct sockaddr_in source;
    size_t opening_length;
    SSL_CTX *context;
    struct member *members;
    int epoll_fd;
    pthread_t thread;
    atomic_bool stop;
    atomic_uint connected, holding, closed;
    atomic_ullong sent;
    atomic_llong longest_ns;
    char spaces[PIECE];
};

static void must(bool good, const char *what)
{
    if (good)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, strerrordesc_np(errno));
    abort();
}

/* Closes the connection without counting it. */
static void release(struct member *member)
{
    SSL_free(member->ssl);
    if (member->fd >= 0)
        (void)close(member->fd);
    *member = (struct member){.fd = -1};
}

static void open_member(struct swarm *swarm, struct member *member);

static void end(struct swarm *swarm, struct member *member)
{
    int64_t lasted_ns = clock_monotonic_ns() - member->opened_ns;
    if (member->stage == STAGE_HOLDING)
        (void)atomic_fetch_sub(&swarm->holding, 1);
    if (lasted_ns > atomic_load(&swarm->longest_ns))
        atomic_store(&swarm->longest_ns, lasted_ns);
    release(member);
    (void)atomic_fetch_add(&swarm->closed, 1);
    if (swarm->options.reopen)
        open_member(swarm, member);
}

static void listen_for(struct swarm *swarm, struct member *member, bool to_write, int operation)
{
    bool reads = !swarm->options.deaf || member->stage < STAGE_SENDING;
    struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = member};
    event.events |= (reads ? (unsigned)EPOLLIN : 0U) | (to_write ? (unsigned)EPOLLOUT : 0U);
    must(epoll_ctl(swarm->epoll_fd, operation, member->fd, &event) == 0, "epoll_ctl");
}

static void open_member(struct swarm *swarm, struct member *member)
{
    struct sockaddr_in target = {.sin_family = AF_INET, .sin_port = htons((uint16_t)swarm->options.port)};
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    int size = SMALL_BUFFER;
    *member = (struct member){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                              .stage = STAGE_CONNECTING,
                              .opened_ns = clock_monotonic_ns()};
    must(member->fd >= 0, "socket");
    (void)setsockopt(member->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (swarm->options.deaf)
        (void)setsockopt(member->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    must(bind(member->fd, (const struct sockaddr *)&swarm->source, sizeof(swarm->source)) == 0, "bind");
    if (connect(member->fd, (const struct sockaddr *)&target, sizeof(target)) == 0 || errno == EINPROGRESS) {
        listen_for(swarm, member, true, EPOLL_CTL_ADD);
    } else { /* the server no longer listens */
        release(member);
        (void)atomic_fetch_add(&swarm->closed, 1);
    }
}

/* Returns how many bytes were sent, 0 if none can be sent now, -1 if the connection is closed. */
static ssize_t put(struct member *member, const char *data, size_t length)
{
    if (!member->ssl) {
        ssize_t result = send(member->fd, data, length, MSG_NOSIGNAL);
        return result < 0 && errno == EAGAIN ? 0 : result;
    }
    size_t written = 0;
    ERR_clear_error();
    if (SSL_write_ex(member->ssl, data, length, &written) == 1)
        return (ssize_t)written;
    int why = SSL_get_error(member->ssl, 0);
    return why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ ? 0 : -1;
}

/* Discards what has arrived. Returns false if the connection is closed. */
static bool swallow(struct member *member)
{
    char piece[PIECE];
    if (!member->ssl) {
        ssize_t result = recv(member->fd, piece, sizeof(piece), 0);
        return result > 0 || (result < 0 && errno == EAGAIN);
    }
    size_t got = 0;
    ERR_clear_error();
    if (SSL_read_ex(member->ssl, piece, sizeof(piece), &got) == 1)
        return true;
    int why = SSL_get_error(member->ssl, 0);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static bool shake(struct swarm *swarm, struct member *member)
{
    if (!member->ssl) {
        member->ssl = SSL_new(swarm->context);
        must(member->ssl && SSL_set_fd(member->ssl, member->fd) == 1, "SSL_new");
    }
    ERR_clear_error();
    int result = SSL_connect(member->ssl);
    int why = SSL_get_error(member->ssl, result);
    if (result == 1)
        (void)atomic_fetch_add(&swarm->connected, 1);
    if (result == 1)
        member->stage = STAGE_SENDING;
    else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        return false;
    listen_for(swarm, member, result == 1 || why == SSL_ERROR_WANT_WRITE, EPOLL_CTL_MOD);
    return true;
}

/* Sends only one piece, so that the members take turns. Returns false if the connection is closed. */
static bool send_piece(struct swarm *swarm, struct member *member)
{
    size_t total = swarm->opening_length + swarm->options.padding;
    bool opens = member->sent < swarm->opening_length;
    size_t left = (opens ? swarm->opening_length : total) - member->sent;
    ssize_t went = 0;
    if (left > 0)
        went = put(member, opens ? swarm->options.opening + member->sent : swarm->spaces, left < PIECE ? left : PIECE);
    if (went < 0)
        return false;
    member->sent += (size_t)went;
    (void)atomic_fetch_add(&swarm->sent, (unsigned long long)went);
    if (member->sent < total)
        return true;
    member->stage = STAGE_HOLDING;
    (void)atomic_fetch_add(&swarm->holding, 1);
    listen_for(swarm, member, false, EPOLL_CTL_MOD);
    return true;
}

static bool connected(struct swarm *swarm, struct member *member)
{
    int fault = 0;
    socklen_t length = sizeof(fault);
    if (getsockopt(member->fd, SOL_SOCKET, SO_ERROR, &fault, &length) < 0 || fault != 0)
        return false;
    member->stage = swarm->options.tls ? STAGE_SHAKING : STAGE_SENDING;
    if (!swarm->options.tls)
        (void)atomic_fetch_add(&swarm->connected, 1);
    return true;
}

static bool advance(struct swarm *swarm, struct member *member, unsigned events)
{
    if (member->stage == STAGE_CONNECTING)
        return connected(swarm, member);
    if (member->stage == STAGE_SHAKING)
        return shake(swarm, member);
    if (swarm->options.deaf && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
        return false;
    if (!swarm->options.deaf && (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) && !swallow(member))
        return false;
    return !(events & EPOLLOUT) || member->stage != STAGE_SENDING || send_piece(swarm, member);
}

static bool drip(const struct swarm *swarm, struct member *member, int64_t now_ns)
{
    const struct swarm_options *options = &swarm->options;
    if (member->stage != STAGE_HOLDING || now_ns < member->drip_due_ns)
        return true;
    size_t left = options->drip_length - member->drip_at;
    ssize_t went = put(member, options->drip + member->drip_at, left < options->drip_size ? left : options->drip_size);
    member->drip_due_ns = now_ns + (int64_t)options->drip_ms * MS_NS;
    if (went > 0)
        member->drip_at = (member->drip_at + (size_t)went) % options->drip_length;
    return went >= 0;
}

static void *swarm_main(void *context)
{
    struct swarm *swarm = context;
    struct epoll_event events[EVENTS];
    int64_t tick_due_ns = 0;
    for (unsigned i = 0; i < swarm->options.members; i++)
        open_member(swarm, &swarm->members[i]);
    while (!atomic_load(&swarm->stop)) {
        int count = epoll_wait(swarm->epoll_fd, events, EVENTS, TICK_MS);
        for (int i = 0; i < count; i++) {
            struct member *member = events[i].data.ptr;
            if (!advance(swarm, member, events[i].events))
                end(swarm, member);
        }
        int64_t now_ns = clock_monotonic_ns();
        for (unsigned i = 0; swarm->options.drip && now_ns >= tick_due_ns && i < swarm->options.members; i++) {
            if (!drip(swarm, &swarm->members[i], now_ns))
                end(swarm, &swarm->members[i]);
        }
        if (now_ns >= tick_due_ns)
            tick_due_ns = now_ns + (int64_t)TICK_MS * MS_NS;
    }
    return NULL;
}

struct swarm *swarm_start(const struct swarm_options *options)
{
    static atomic_uint started;
    struct swarm *swarm = calloc(1, sizeof(*swarm));
    must(swarm != NULL, "swarm");
    swarm->options = *options;
    swarm->opening_length = options->opening ? strlen(options->opening) : 0;
    swarm->members = calloc(options->members, sizeof(*swarm->members));
    swarm->context = SSL_CTX_new(TLS_client_method());
    swarm->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    must(swarm->members && swarm->context && swarm->epoll_fd >= 0, "swarm");
    (void)SSL_CTX_set_mode(swarm->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                               SSL_MODE_RELEASE_BUFFERS);
    memset(swarm->spaces, ' ', sizeof(swarm->spaces));
    swarm->source = (struct sockaddr_in){.sin_family = AF_INET};
    swarm->source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + atomic_fetch_add(&started, 1));
    for (unsigned i = 0; i < options->members; i++)
        swarm->members[i].fd = -1;
    must(pthread_create(&swarm->thread, NULL, swarm_main, swarm) == 0, "thread");
    return swarm;
}

struct swarm_counts swarm_counts(struct swarm *swarm)
{
    return (struct swarm_counts){
        .connected = atomic_load(&swarm->connected),
        .holding = atomic_load(&swarm->holding),
        .closed = atomic_load(&swarm->closed),
        .sent = atomic_load(&swarm->sent),
        .longest_ms = atomic_load(&swarm->longest_ns) / MS_NS,
    };
}

static bool all_connected(void *context)
{
    struct swarm *swarm = context;
    struct swarm_counts counts = swarm_counts(swarm);
    return counts.connected + counts.closed >= swarm->options.members;
}

bool swarm_await_connected(struct swarm *swarm, int timeout_ms)
{
    return eventually(all_connected, swarm, timeout_ms);
}

static bool all_held(void *context)
{
    struct swarm *swarm = context;
    struct swarm_counts counts = swarm_counts(swarm);
    return counts.holding + counts.closed >= swarm->options.members;
}

bool swarm_await_held(struct swarm *swarm, int timeout_ms)
{
    return eventually(all_held, swarm, timeout_ms);
}

static bool all_closed(void *context)
{
    struct swarm *swarm = context;
    return swarm_counts(swarm).closed >= swarm->options.members;
}

bool swarm_await_closed(struct swarm *swarm, int timeout_ms)
{
    return eventually(all_closed, swarm, timeout_ms);
}

struct stillness {
    struct swarm *swarm;
    struct swarm_counts last;
    int64_t since_ns;
};

static bool is_still(void *context)
{
    struct stillness *stillness = context;
    struct swarm_counts now = swarm_counts(stillness->swarm);
    const struct swarm_counts *last = &stillness->last;
    int64_t now_ns = clock_monotonic_ns();
    if (now.sent != last->sent || now.connected != last->connected || now.closed != last->closed)
        stillness->since_ns = now_ns;
    stillness->last = now;
    return now_ns - stillness->since_ns >= (int64_t)STILL_MS * MS_NS;
}

bool swarm_await_still(struct swarm *swarm, int timeout_ms)
{
    struct stillness stillness = {.swarm = swarm, .since_ns = clock_monotonic_ns()};
    return eventually(is_still, &stillness, timeout_ms);
}

void swarm_stop(struct swarm *swarm)
{
    if (!swarm)
        return;
    atomic_store(&swarm->stop, true);
    (void)pthread_join(swarm->thread, NULL);
    for (unsigned i = 0; i < swarm->options.members; i++)
        release(&swarm->members[i]);
    (void)close(swarm->epoll_fd);
    SSL_CTX_free(swarm->context);
    free(swarm->members);
    free(swarm);
}

bool swarm_has_descriptors(unsigned wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return false;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max >= wanted;
}
