/* Whether the threads of libmicrohttpd's pool still work: each is asked, and answers by taking up what it is sent.
 *
 * A question is a connection of our own, one end of a socket pair whose other end is closed at once; a thread that
 * works takes it up within a round of its loop, sees its end, and gives it back. Nothing inside libmicrohttpd is
 * needed, and a thread that hangs on one of its locks is found as well as one that hangs in an answer. Private to
 * serve/. */
#ifndef GPUSLICE_SERVE_PULSE_H
#define GPUSLICE_SERVE_PULSE_H

#include "base/buf.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    PULSE_INTERVAL_MS = 3000, /* between questions to a thread that answers */
    PULSE_PATIENCE_MS = 10000 /* a question that is open for longer: the thread does not work */
};

struct pulse;

/* Errors: ERR_NOMEM. */
MUST_CHECK int pulse_new(unsigned threads, int64_t now_ns, struct pulse **ret_pulse, struct err *err);
void pulse_free(struct pulse *pulse);

/* Asks each thread whose last answer is old enough. One thread calls this. */
void pulse_ask(struct pulse *pulse, struct MHD_Daemon *daemon, int64_t now_ns);

/* True if a connection that a thread takes up is a question, which is answered by that. */
bool pulse_take_up(struct pulse *pulse, struct MHD_Connection *connection);

/* The thread that has this descriptor has answered a request. */
void pulse_works(struct pulse *pulse, int fd, int64_t now_ns);

/* False when a question is open for too long and the thread has answered no request either, or when none was asked for
 * long; the note says which thread. */
bool pulse_check(struct pulse *pulse, int64_t now_ns, struct buf *ret_note);

DEFINE_AUTO(pulse, struct pulse *, pulse_free);

#endif
