/* Checks that the threads of libmicrohttpd's pool still work: each is sent a question, and answers by taking it over.
 *
 * A question is a connection of our own, one end of a socket pair whose other end is closed immediately; a working
 * thread takes it over within one round of its loop, sees the end of the stream and releases it. This needs no
 * internals of libmicrohttpd except how it assigns connections to threads, and it finds a thread that hangs on one of
 * its locks as well as one that hangs in an answer. Private to serve/. */
#pragma once

#include "base/buf.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    PULSE_INTERVAL_MS = 3000, /* between questions to a thread that answers */
    PULSE_PATIENCE_MS = 10000 /* a thread that neither answers a question nor handles a request for longer hangs */
};

struct pulse;

/* Errors: ERR_NOMEM. */
MUST_CHECK int pulse_new(unsigned threads, int64_t now_ns, struct pulse **ret_pulse, struct err *err);
void pulse_free(struct pulse *pulse);

/* Asks each thread that has no open question and was last asked at least PULSE_INTERVAL_MS ago. Only one thread may
 * call this. */
void pulse_ask(struct pulse *pulse, struct MHD_Daemon *daemon, int64_t now_ns);

/* Call it when a thread takes over a connection. Returns true if it is a question, and records that it is answered. */
bool pulse_take_up(struct pulse *pulse, struct MHD_Connection *connection);

/* Records that the thread of this descriptor works: it handles a complete request. */
void pulse_works(struct pulse *pulse, int fd, int64_t now_ns);

/* False if, for PULSE_PATIENCE_MS, a thread has neither answered its question nor handled a request, or pulse_ask() was
 * not called. The note says which of these. */
bool pulse_check(struct pulse *pulse, int64_t now_ns, struct buf *ret_note);
