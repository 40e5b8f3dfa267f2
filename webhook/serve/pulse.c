/* Checks the pool's threads. Relies on one internal of libmicrohttpd: MHD_add_connection() gives descriptor D to thread
 * D modulo the size of the pool (0.9.75 to 1.0.1). */
#include "serve/pulse.h"

#include "base/units.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct pulse {
    unsigned threads;
    atomic_int_fast64_t last_ask_ns; /* when pulse_ask() was last called */
    struct beat {
        atomic_int_fast64_t asked_ns;  /* when the open question was sent; 0: none is open */
        atomic_int_fast64_t worked_ns; /* when it last handled a request */
        int64_t next_ns;               /* when to ask again; used by pulse_ask() only */
    } beats[];
};

/* The address of a question: an address family that no client's address has, and the number of the thread. */
struct question {
    sa_family_t family;
    unsigned thread;
};

int pulse_new(unsigned threads, int64_t now_ns, struct pulse **ret_pulse, struct err *err)
{
    struct pulse *pulse = calloc(1, sizeof(*pulse) + threads * sizeof(pulse->beats[0]));
    if (!pulse)
        return err_nomem(err);
    pulse->threads = threads;
    atomic_init(&pulse->last_ask_ns, now_ns);
    *ret_pulse = pulse;
    return 0;
}

void pulse_free(struct pulse *pulse)
{
    free(pulse);
}

/* Returns a duplicate of the descriptor with a number that is assigned to the thread, or -1 if none is available. */
static int number_for(int fd, unsigned thread, unsigned threads)
{
    for (int least = fd;;) {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, least);
        if (copy < 0 || (unsigned)copy % threads == thread)
            return copy;
        (void)close(copy);
        least = copy + 1;
    }
}

/* True if the question was sent. If descriptors have run out, the thread is asked the next time. */
static bool pulse_ask_thread(const struct pulse *pulse, struct MHD_Daemon *daemon, unsigned thread)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return false;

    int fd = number_for(ends[0], thread, pulse->threads);
    (void)close(ends[0]);
    (void)close(ends[1]);
    if (fd < 0)
        return false;

    union {
        struct question question;
        struct sockaddr_un address;
        struct sockaddr any;
    } from = {.question = {.family = AF_UNIX, .thread = thread}};
    return MHD_add_connection(daemon, fd, &from.any, sizeof(from.address)) == MHD_YES; /* closes fd on failure */
}

void pulse_ask(struct pulse *pulse, struct MHD_Daemon *daemon, int64_t now_ns)
{
    atomic_store(&pulse->last_ask_ns, now_ns);
    for (unsigned thread = 0; thread < pulse->threads; thread++) {
        struct beat *beat = &pulse->beats[thread];
        if (atomic_load(&beat->asked_ns) != 0 || now_ns < beat->next_ns)
            continue;
        atomic_store(&beat->asked_ns, now_ns);
        beat->next_ns = now_ns + PULSE_INTERVAL_MS * NS_PER_MS;
        if (!pulse_ask_thread(pulse, daemon, thread))
            atomic_store(&beat->asked_ns, 0);
    }
}

bool pulse_take_up(struct pulse *pulse, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (!info || !info->client_addr || info->client_addr->sa_family != AF_UNIX)
        return false;
    struct question question;
    memcpy(&question, info->client_addr, sizeof(question));
    atomic_store(&pulse->beats[question.thread].asked_ns, 0);
    return true;
}

void pulse_works(struct pulse *pulse, int fd, int64_t now_ns)
{
    atomic_store(&pulse->beats[(unsigned)fd % pulse->threads].worked_ns, now_ns);
}

bool pulse_check(struct pulse *pulse, int64_t now_ns, struct buf *ret_note)
{
    int64_t patience_ns = PULSE_PATIENCE_MS * NS_PER_MS;
    int64_t unasked_ns = now_ns - atomic_load(&pulse->last_ask_ns);
    if (unasked_ns > patience_ns) {
        buf_addf(ret_note, "threads were last asked %lld s ago", (long long)(unasked_ns / NS_PER_S));
        return false;
    }

    for (unsigned thread = 0; thread < pulse->threads; thread++) {
        int64_t asked_ns = atomic_load(&pulse->beats[thread].asked_ns);
        int64_t worked_ns = atomic_load(&pulse->beats[thread].worked_ns);
        int64_t silent_ns = now_ns - (worked_ns > asked_ns ? worked_ns : asked_ns);
        if (asked_ns == 0 || silent_ns <= patience_ns)
            continue;
        buf_addf(ret_note, "thread %u of %u has not answered for %lld s", thread + 1, pulse->threads,
                 (long long)(silent_ns / NS_PER_S));
        return false;
    }

    return true;
}
