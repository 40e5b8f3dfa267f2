/* Many connections that one thread holds open, like an attacker who wants to use up a server's connections.
 *
 * Each member connects, completes a TLS handshake if `tls` is set, sends `opening`, then `padding` spaces as fast as
 * the server takes them, and then holds: it is silent, or sends `drip` bit by bit. It reads and discards what the
 * server sends, or, if it is `deaf`, reads nothing after the handshake. Each swarm connects from another loopback
 * address, so that connections of one swarm in TIME_WAIT do not take ports from the next. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct swarm_options {
    unsigned port; /* on 127.0.0.1 */
    unsigned members;
    bool tls;            /* completes a handshake first; the certificate is not checked */
    const char *opening; /* NULL for none; like `drip`, must outlive the swarm */
    size_t padding;      /* number of spaces for each member */
    const char *drip;    /* sent again and again; NULL for silence; may hold any byte */
    size_t drip_length;  /* bytes of `drip` */
    size_t drip_size;    /* bytes that are sent at a time */
    int drip_ms;         /* milliseconds between two sends */
    bool deaf;           /* a member reads nothing after the handshake and has a small receive buffer */
    bool reopen;         /* a member that the server closes connects again immediately */
};

struct swarm_counts {
    unsigned connected; /* connections (with TLS, handshakes) that were completed, including those closed since */
    unsigned holding;   /* members that are open and have sent `opening` and `padding` */
    unsigned closed;    /* connections that the server closed or refused */
    uint64_t sent;      /* bytes of `opening` and `padding`, before TLS */
    int64_t longest_ms; /* the longest time from a connect() until the server closed that connection */
};

struct swarm;

/* Copies the options. Aborts if a thread or memory is not available. */
struct swarm *swarm_start(const struct swarm_options *options);
struct swarm_counts swarm_counts(struct swarm *swarm);

/* Each waits until its condition is true. Returns false if it is not within `timeout_ms`. */
bool swarm_await_connected(struct swarm *swarm, int timeout_ms); /* connected + closed >= members */
bool swarm_await_held(struct swarm *swarm, int timeout_ms);      /* holding + closed >= members */
bool swarm_await_closed(struct swarm *swarm, int timeout_ms);    /* closed >= members */
bool swarm_await_still(struct swarm *swarm, int timeout_ms); /* `connected`, `closed` and `sent` constant for 0.3 s */

/* Closes all open connections, without a TLS close_notify, and frees the swarm. Accepts NULL. */
void swarm_stop(struct swarm *swarm);

/* Raises the limit of open files as far as allowed. Returns true if `wanted` files can be open. */
bool swarm_has_descriptors(unsigned wanted);
