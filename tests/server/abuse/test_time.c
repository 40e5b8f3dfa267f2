/* `gpuslice serve` while strangers are slow on purpose: each of their connections is closed in time, however regularly
 * bytes arrive. All kinds are tried at the same time, because each takes ten or thirty seconds. */
#include "tests/support/abuse.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>

enum {
    MEMBERS = 4,        /* of each kind */
    HEADERS_MS = 10000, /* limit for the headers, and for a handshake */
    ARRIVAL_MS = 30000, /* limit for the whole request */
    SLACK_MS = SANITIZED ? 10000 : 2000,
    DRIP_MS = 1000,
    NEVER_MS = 1000000,
    HELLO_MAX = 2048,
    HELLO_PIECE = 16, /* so few bytes at a time that a handshake does not end in time */
};

#define HEAD "POST /mutate?timeout=30s HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"

static const char line[] = "X-More: a\r\n";
static const char first[] = HEAD "Content-Length: 2\r\n\r\n{}";
static const char target[] = "POST /mutate?timeout=30s&more=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static const char space[] = " ";
static const char chunk[] = "1\r\n \r\n";

/* Writes the first bytes that a TLS client sends. Returns their number. */
static size_t make_hello(char hello[HELLO_MAX])
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = context ? SSL_new(context) : NULL;
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    if (!ssl || !in || !out)
        abort();
    SSL_set_bio(ssl, in, out);
    (void)SSL_connect(ssl);
    int length = BIO_read(out, hello, HELLO_MAX);
    SSL_free(ssl);
    SSL_CTX_free(context);
    return length > 0 ? (size_t)length : 0;
}

struct slow_kind {
    const char *name;
    bool tls;
    const char *opening;
    const char *drip;
    size_t drip_length, drip_size;
    int drip_ms;
    int end_ms; /* the server must have closed its connections after this time and SLACK_MS */
};

static struct swarm *start_slow(struct abuse *abuse, const struct slow_kind *kind)
{
    const struct swarm_options options = {.port = abuse->webhook->port,
                                          .members = MEMBERS,
                                          .tls = kind->tls,
                                          .opening = kind->opening,
                                          .drip = kind->drip,
                                          .drip_length = kind->drip_length,
                                          .drip_size = kind->drip_size,
                                          .drip_ms = kind->drip_ms};
    return abuse_swarm(abuse, &options);
}

ABUSE_TEST(slow_clients__whatever_they_drip__are_closed_in_time)
{
    struct abuse *abuse = *state;
    char hello[HELLO_MAX];
    size_t hello_length = make_hello(hello);
    const struct slow_kind kinds[] = {
        {"silence before the handshake", false, NULL, NULL, 0, 0, 0, HEADERS_MS},
        {"a part of a handshake, then silence", false, NULL, hello, hello_length, HELLO_PIECE, NEVER_MS, HEADERS_MS},
        {"a handshake that drips", false, NULL, hello, hello_length, HELLO_PIECE, DRIP_MS, HEADERS_MS},
        {"headers, then silence", true, HEAD, NULL, 0, 0, 0, HEADERS_MS},
        {"a header line each second", true, HEAD, line, sizeof(line) - 1, sizeof(line) - 1, DRIP_MS, HEADERS_MS},
        {"a header that drips", true, HEAD, line, sizeof(line) - 1, 1, DRIP_MS, HEADERS_MS},
        {"a request line that drips", true, NULL, target, sizeof(target) - 1, 1, DRIP_MS, HEADERS_MS},
        {"a second request line that drips", true, first, target, sizeof(target) - 1, 1, DRIP_MS, HEADERS_MS},
        {"a body that stops", true, HEAD "Content-Length: 1000\r\n\r\n{", NULL, 0, 0, 0, ARRIVAL_MS},
        {"a body that drips", true, HEAD "Content-Length: 1000\r\n\r\n", space, 1, 1, DRIP_MS, ARRIVAL_MS},
        {"chunks that drip", true, HEAD "Transfer-Encoding: chunked\r\n\r\n", chunk, sizeof(chunk) - 1,
         sizeof(chunk) - 1, DRIP_MS, ARRIVAL_MS},
    };
    struct swarm *swarms[ARRAY_SIZE(kinds)];
    struct err err = {0};
    AUTO(https_client) kept = NULL;
    unsigned faults = 0;
    abuse_start(abuse, NULL);
    check_success("connect", webhook_connect(abuse->webhook, NULL, NULL, &kept, &err), &err);
    (void)abuse_ask("a connection to be kept", abuse, kept);
    abuse_steady(abuse);
    int64_t began_ns = clock_monotonic_ns();
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        swarms[i] = start_slow(abuse, &kinds[i]);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        int64_t left_ms = kinds[i].end_ms + SLACK_MS - (clock_monotonic_ns() - began_ns) / ABUSE_MS_NS;
        bool closed = swarm_await_closed(swarms[i], left_ms > 0 ? (int)left_ms : 0);
        struct swarm_counts counts = swarm_counts(swarms[i]);
        print_message("%s: %u of %u closed, after %lld ms\n", kinds[i].name, counts.closed, (unsigned)MEMBERS,
                      (long long)counts.longest_ms);
        faults += closed && counts.longest_ms <= kinds[i].end_ms + SLACK_MS ? 0 : 1;
    }
    (void)abuse_ask("a connection that was kept and not used", abuse, kept);
    https_close(TAKE(kept));
    abuse_steady_end("beside slow clients", abuse);
    if (faults > 0)
        fail_msg("%u of %zu kinds of slow clients are not closed in time", faults, ARRAY_SIZE(kinds));
    abuse_end(abuse);
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}
