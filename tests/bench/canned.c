/* The upper bound that `make bench` compares serve with: libmicrohttpd alone, with serve's TLS settings and thread
 * pool. It discards each body and sends the same 1 KB of JSON every time.
 *
 *   canned [THREADS]    prints its port on 127.0.0.1 as one line, and serves until SIGTERM or SIGINT
 *
 * Of the program it uses only certs/, which issues its certificate, and TLS_PRIORITIES. */
#include "certs/issue.h"
#include "serve/tls.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ANSWER_BYTES = 1024, THREADS_MIN = 2, CONNECTIONS = 4096, IDLE_S = 120, MEMORY = 64 << 10, DAY = 86400 };

struct canned {
    struct cert_pem ca, pair;
    char answer[ANSWER_BYTES + 1];
    struct MHD_Response *response;
};

static int make_certificate(struct canned *canned, struct err *err)
{
    static const char *const hosts[] = {"localhost", "127.0.0.1"};
    struct cert_request ca = {.name = "canned", .lifetime = 2 * DAY};
    struct cert_request leaf = {.name = "canned", .hosts = hosts, .host_count = ARRAY_SIZE(hosts), .lifetime = DAY};
    if (cert_issue_ca(&ca, &canned->ca, err) < 0)
        return -1;
    return cert_issue_leaf(&canned->ca, &leaf, &canned->pair, err);
}

/* {"response":"xxx..."} of exactly ANSWER_BYTES. */
static int make_response(struct canned *canned, struct err *err)
{
    static const char head[] = "{\"response\":\"";
    static const char tail[] = "\"}";
    memset(canned->answer, 'x', ANSWER_BYTES);
    memcpy(canned->answer, head, sizeof(head) - 1);
    memcpy(canned->answer + ANSWER_BYTES - (sizeof(tail) - 1), tail, sizeof(tail));
    canned->response = MHD_create_response_from_buffer(ANSWER_BYTES, canned->answer, MHD_RESPMEM_PERSISTENT);
    if (!canned->response ||
        MHD_add_response_header(canned->response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json") != MHD_YES)
        return err_nomem(err);
    return 0;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *data, size_t *length, void **request_context)
{
    (void)url;
    (void)method;
    (void)version;
    (void)data;
    struct canned *canned = context;
    if (!*request_context) {
        *request_context = canned; /* any mark that is not NULL */
        return MHD_YES;
    }
    if (*length == 0)
        return MHD_queue_response(connection, MHD_HTTP_OK, canned->response);
    *length = 0;
    return MHD_YES;
}

static struct MHD_Daemon *start(struct canned *canned, unsigned threads)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_USE_ITC, 0, NULL, NULL, on_request, canned,
                            MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_THREAD_POOL_SIZE, threads,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
                            MHD_OPTION_HTTPS_PRIORITIES, TLS_PRIORITIES, MHD_OPTION_HTTPS_MEM_KEY, canned->pair.key,
                            MHD_OPTION_HTTPS_MEM_CERT, canned->pair.cert, MHD_OPTION_END);
}

static void serve_until_signal(struct MHD_Daemon *daemon, const sigset_t *signals)
{
    int signal_number = 0;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    (void)printf("%u\n", info ? (unsigned)info->port : 0);
    (void)fflush(stdout);
    (void)sigwait(signals, &signal_number);
}

static unsigned thread_count(int argc, char **argv)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : cpus > 0 ? (unsigned long)cpus : 0;
    return wanted < THREADS_MIN ? THREADS_MIN : (unsigned)wanted;
}

static void raise_socket_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    struct canned canned = {0};
    struct err err = {0};
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL); /* threads inherit the mask, so it is set before they start */
    (void)signal(SIGPIPE, SIG_IGN);
    raise_socket_limit();
    int result = make_certificate(&canned, &err);
    if (result == 0)
        result = make_response(&canned, &err);
    struct MHD_Daemon *daemon = result == 0 ? start(&canned, thread_count(argc, argv)) : NULL;
    if (daemon)
        serve_until_signal(daemon, &signals);
    else
        (void)fprintf(stderr, "canned: %s\n", result < 0 ? err.text : "libmicrohttpd cannot start");
    if (daemon)
        MHD_stop_daemon(daemon);
    if (canned.response)
        MHD_destroy_response(canned.response);
    cert_pem_fini(&canned.pair);
    cert_pem_fini(&canned.ca);
    return daemon ? 0 : 2;
}
