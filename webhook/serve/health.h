/* The plain listener for probes and metrics: one thread, no TLS, so that probes need no certificate.
 *
 *   GET /livez            200 "ok" as long as the server's threads answer, else 503 and which does not
 *   GET /readyz           200 "ok", or 503 with one line for each check that fails
 *   GET /readyz?verbose   the same status with one line for each check:
 *                           [+]policies ok: revision 5f0c2a9be1d4, 7 files
 *                           [-]certificate failed: expired at 2026-11-23T12:52:12Z
 *                           readyz check failed
 *   and further pages, e.g. /metrics.
 *
 * Anybody can connect, and kubelet must always get an answer: a connection is good for one request and five seconds in
 * all, and when there are too many, the one that is there for longest is closed for the one that comes. */
#ifndef GPUSLICE_SERVE_HEALTH_H
#define GPUSLICE_SERVE_HEALTH_H

#include "base/buf.h"

#include <stdbool.h>

struct health;

/* True when ready. The note, one line without newline, may be given either way: why not, or what is worth knowing
 * (a reload that failed while the last good state serves on). Must be quick; called by the listener's thread. */
typedef bool health_check_fn(void *context, struct buf *ret_note);

struct health_check {
    const char *name; /* NULL ends the list */
    health_check_fn *check;
    void *context;
};

/* Writes a page. On -1 the answer is err_http_status() and the text. */
typedef int health_page_fn(void *context, struct buf *out, struct err *err);

struct health_page {
    const char *path; /* NULL ends the list */
    const char *type; /* Content-Type */
    health_page_fn *write;
    void *context;
};

struct health_options {
    const char *listen;     /* HOST:PORT; see serve/listen.h */
    health_check_fn *alive; /* of /livez; NULL: whoever answers is alive */
    void *alive_context;
    const struct health_check *checks; /* NULL: none; lists and contexts must outlive the listener */
    const struct health_page *pages;   /* NULL: none */
};

/* Errors: ERR_INVALID (address), ERR_IO (in use ...), ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int health_start(const struct health_options *options, struct health **ret_health, struct err *err);
void health_free(struct health *health);

unsigned health_port(const struct health *health);

/* From now on /readyz says 503 "[-]draining failed: shutting down", whatever the checks say. */
void health_set_draining(struct health *health);

DEFINE_AUTO(health, struct health *, health_free);

#endif
