/* Many connections held at once by one thread, as a stranger would who wants a server to have no room for others.
 *
 * Each member connects, completes a TLS handshake where that is wanted, sends `opening`, then `padding` spaces as fast
 * as the server takes them, and then holds: it is silent, or sends `drip` bit by bit. What the server sends is read and
 * thrown away, or never read. A swarm connects from a loopback address of its own, so that the ports that one leaves in
 * TIME_WAIT are no matter to the next. Knows nothing of the server but its port. */
#ifndef GPUSLICE_TESTS_SUPPORT_SWARM_H
#define GPUSLICE_TESTS_SUPPORT_SWARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct swarm_options {
    unsigned port; /* on 127.0.0.1 */
    unsigned members;
    bool tls;            /* completes a handshake first; the certificate is not looked at */
    const char *opening; /* NULL: nothing; must outlive the swarm, as `drip` */
    size_t padding;      /* bytes for each member */
    const char *drip;    /* sent again and again, NULL: silence; may hold any byte */
    size_t drip_length;  /* of all of it */
    size_t drip_size;    /* bytes at a time */
    int drip_ms;         /* the time between two times */
    bool deaf;           /* after the handshake it reads nothing, and its receive buffer is small */
    bool reopen;         /* a member that the server closes connects again at once */
};

struct swarm_counts {
    unsigned connected; /* connections that were made, handshakes too, those that were closed since included */
    unsigned holding;   /* members that have sent all and are open */
    unsigned closed;    /* ends that the server made, refused connections too */
    uint64_t sent;      /* bytes, before TLS */
    int64_t longest_ms; /* the longest time from a connect() to the end that the server made */
};

struct swarm;

/* Options are copied. Aborts where a thread or memory is not to be had. */
struct swarm *swarm_start(const struct swarm_options *options);
struct swarm_counts swarm_counts(struct swarm *swarm);

/* Wait for at most `timeout_ms`; false when the time is over: until every member is connected, holds or is closed, is
 * closed, and until nothing was sent, opened or closed for 0.3 s. */
bool swarm_await_connected(struct swarm *swarm, int timeout_ms);
bool swarm_await_held(struct swarm *swarm, int timeout_ms);
bool swarm_await_closed(struct swarm *swarm, int timeout_ms);
bool swarm_await_still(struct swarm *swarm, int timeout_ms);

/* Closes all that is open, without a farewell, and frees. NULL is fine. */
void swarm_stop(struct swarm *swarm);

/* Raises the limit of open files as far as allowed, and says whether so many can be open. */
bool swarm_has_descriptors(unsigned wanted);

#endif
