/* One HTTP request while it arrives: what is wrong with it, its body, its deadlines.
 *
 * Rules (SPEC section 6): known path or 404, POST or 405, one length header or 400, JSON or 415, a readable ?timeout=
 * or 400, a body within the limit or 413 (from Content-Length, where it is given). What is wrong is only noted: the
 * rest of the body is read and thrown away and the answer is given at the end, because libmicrohttpd closes the
 * connection on an answer before that, and the client would see a reset in place of the status. Knows libmicrohttpd's
 * headers and arguments, not its daemon. */
#ifndef GPUSLICE_SERVE_REQUEST_H
#define GPUSLICE_SERVE_REQUEST_H

#include "base/buf.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

struct request_rules {
    const char *const *paths; /* NULL-terminated */
    size_t body_max;          /* bytes; more is 413, more than four times as much closes the connection */
};

struct request {
    const struct request_rules *rules;
    int64_t started_ns;       /* CLOCK_MONOTONIC at the request line */
    int64_t deadline_ns;      /* from ?timeout=; 0: none */
    const char *const *path;  /* in rules->paths, NULL: unknown */
    bool checked;             /* request_check() was called */
    bool close;               /* the connection must not be used again */
    unsigned status;          /* 0 while nothing is wrong */
    char text[ERR_TEXT_SIZE]; /* why, one line without its newline */
    size_t received;          /* bytes of body, kept or not */
    struct buf body;
};

/* The request line is there. `uri` is its target as it was sent: paths are compared before anything is decoded, so that
 * each has one spelling. `rules` must outlive the request. */
void request_init(struct request *request, const struct request_rules *rules, const char *uri, int64_t now_ns);
void request_fini(struct request *request);

/* The headers are complete. */
void request_check(struct request *request, struct MHD_Connection *connection, const char *method);

/* A part of the body. False: give up on the connection. */
MUST_CHECK bool request_add(struct request *request, const char *data, size_t length);

/* Notes the status and its text; only the first counts. */
void request_refuse(struct request *request, unsigned status, const char *format, ...) PRINTF(3, 4);

#endif
