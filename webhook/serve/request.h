/* One HTTP request while it arrives: its fault, body and deadline.
 *
 * Rules (docs/serving.md): a known path or 404, well-formed header names and at most one length header or 400, POST or
 * 405, uncompressed JSON or 415, a valid ?timeout= or 400, a body within the limit or 413 (judged by Content-Length if
 * there is one). The first fault is only recorded: the rest of the body is read and discarded and the answer is sent at
 * the end, because libmicrohttpd closes the connection on an earlier answer and the client would see a reset instead of
 * the status. Reads headers and arguments through libmicrohttpd, but does not depend on its daemon. */
#pragma once

#include "base/buf.h"

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

struct request_rules {
    const char *const *paths; /* NULL-terminated */
    size_t body_max;          /* bytes; a larger body gets 413, one over four times this size closes the connection */
};

struct request {
    const struct request_rules *rules;
    int64_t started_ns;       /* CLOCK_MONOTONIC at the request line */
    int64_t deadline_ns;      /* from ?timeout=; 0: none */
    const char *const *path;  /* in rules->paths; NULL: unknown */
    bool checked;             /* request_check() was called */
    bool close;               /* the connection must not be used again */
    unsigned status;          /* of the refusal; 0 if there is no fault */
    char text[ERR_TEXT_SIZE]; /* the reason, one line without a newline */
    size_t received;          /* bytes of body, kept or not */
    struct buf body;
};

/* Called with the request line. `uri` is the target as sent: paths are compared before decoding, so that each has only
 * one spelling. `rules` must outlive the request; the caller must call buf_fini() for request->body. */
void request_init(struct request *request, const struct request_rules *rules, const char *uri, int64_t now_ns);

/* Called when the headers are complete. */
void request_check(struct request *request, struct MHD_Connection *connection, const char *method);

/* Takes a part of the body. Returns false if the connection must be closed. */
MUST_CHECK bool request_add(struct request *request, const char *data, size_t length);

/* Records the status and text of a refusal, and frees the body. Only the first call has an effect. */
void request_refuse(struct request *request, unsigned status, const char *format, ...) PRINTF(3, 4);
