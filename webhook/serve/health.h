/* The plain listener for probes and metrics. It has no TLS, so that probes need no certificate.
 *
 *   GET /livez            200 "ok" while the server's threads respond, else 503 "failed: " and the thread that does not
 *   GET /readyz           200 "ok", or 503 with one line for each check that fails and "readyz check failed"
 *   GET /readyz?verbose   the same status with one line for each check:
 *                           [+]policies ok: revision 5f0c2a9be1d4, 7 files
 *                           [-]certificate failed: expired at 2026-11-23T12:52:12Z
 *                           readyz check failed
 *   and further pages, e.g. /metrics.
 *
 * Every client can connect, but the kubelet must always get an answer. So a connection serves one request and lasts at
 * most five seconds, and if there are too many, the oldest is closed in favour of the new one. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

struct health;

/* Returns true if ready. In either case it may write a note, one line without a newline, that says why it is not ready
 * or what is worth knowing (for example a failed reload while the last good state stays in use). Must be quick; called
 * by the listener's thread. */
typedef bool health_check_fn(void *context, struct buf *ret_note);

struct health_check {
    const char *name; /* NULL ends the list */
    health_check_fn *check;
    void *context;
};

/* Writes a page. On -1 the response has the status err_http_status(err->code) and the error's text. */
typedef int health_page_fn(void *context, struct buf *out, struct err *err);

struct health_page {
    const char *path; /* NULL ends the list */
    const char *type; /* Content-Type */
    health_page_fn *write;
    void *context;
};

struct health_options {
    const char *listen;     /* HOST:PORT; see serve/listen.h */
    health_check_fn *alive; /* for /livez; NULL: the process is alive if it answers */
    void *alive_context;
    const struct health_check *checks; /* NULL: none; both lists and all contexts must outlive the listener */
    const struct health_page *pages;   /* NULL: none */
};

/* Errors: ERR_INVALID (address), ERR_IO (in use ...), ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int health_start(const struct health_options *options, struct health **ret_health, struct err *err);
void health_free(struct health *health);

unsigned health_port(const struct health *health);

/* From now on /readyz answers 503 with "[-]draining failed: shutting down" as its first line, whatever the checks
 * report. */
void health_set_draining(struct health *health);

DEFINE_AUTO(health, struct health *, health_free);
