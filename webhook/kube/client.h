/* Requests to an API server, over libcurl: a whole answer, or a stream of one (a watch). Thread-safe. A review waits
 * for GETs at most; what writes is off its way.
 *
 * Connections are kept and used again. Redirects are not followed, so that credentials go to nobody else. What is read
 * from files (tokens, certificates, authorities) is read again for each request; after a 401 once more, and if it has
 * changed by then, the request is repeated with it. */
#ifndef GPUSLICE_KUBE_CLIENT_H
#define GPUSLICE_KUBE_CLIENT_H

#include "base/buf.h"
#include "kube/access.h"

#include <stdint.h>
#include <time.h>

enum { CLIENT_MESSAGE_SIZE = 512 };

struct client;

struct client_request {
    const char *path;              /* with its query: "/api/v1/namespaces?limit=500" */
    const char *accept;            /* media type */
    const char *method;            /* NULL: GET */
    const char *type, *body;       /* Content-Type and text of what is sent; NULL: nothing is. The text is not copied */
    int64_t deadline_ns;           /* CLOCK_MONOTONIC; 0: none. `data` may set another while the answer comes */
    int cancel_fd;                 /* as soon as it can be read, the request ends; -1: none */
    void (*opened)(void *context); /* the headers of a 200 are there; may be NULL */
    /* Pieces of the body of a 200 or 201 as they come. -1 ends the request. */
    int (*data)(void *context, const char *bytes, size_t length, struct err *err);
    void *context;
};

struct client_answer {
    unsigned status;                   /* of HTTP */
    unsigned retry_after_s;            /* as the server asks; 0: it did not */
    time_t date;                       /* the server's clock; 0: it did not say */
    char message[CLIENT_MESSAGE_SIZE]; /* of a Status object; "" for a 200 or 201 */
};

/* Copies nothing of `access`, which must outlive it. Errors: ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int client_new(const struct access *access, struct client **ret_client, struct err *err);
/* Nobody may be within client_get() any more. */
void client_free(struct client *client);

/* 0 for every answer that came to its end, whatever its status. Errors: ERR_UNAVAILABLE (not reachable, cut off,
 * cancelled, not done by the deadline, another certificate), those of `data`, those of credentials_get(), ERR_NOMEM. */
MUST_CHECK int client_get(struct client *client, struct client_request *request, struct client_answer *ret_answer,
                          struct err *err);

/* The same with the body of a 200 or 201 in `out`, behind what it holds. `request->data` is not used. ERR_LIMIT if it
 * does not fit. */
MUST_CHECK int client_fetch(struct client *client, struct client_request *request, struct buf *out,
                            struct client_answer *ret_answer, struct err *err);

/* For an answer that is no 200 or 201: ERR_NOT_FOUND for a 404, else ERR_UNAVAILABLE, with status and message. `rights`
 * is what a 403 lacks: "get, list and watch of namespaces". */
int client_refusal(const struct client_answer *answer, const char *rights, struct err *err);

DEFINE_AUTO(client, struct client *, client_free);

#endif
