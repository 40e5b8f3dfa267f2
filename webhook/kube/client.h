/* Sends requests to an API server with libcurl, and returns the response as a whole or as a stream (a watch).
 * Thread-safe. Reviews wait for GETs only, never for writes.
 *
 * Connections are reused. Redirects are not followed, so that no other server gets the credentials. Files (tokens,
 * certificates, CAs) are read again for each request and once more after a 401; if the credentials have changed in
 * between, the request is repeated. */
#pragma once

#include "base/buf.h"
#include "kube/access.h"

#include <jansson.h>
#include <stdint.h>
#include <time.h>

enum { CLIENT_MESSAGE_SIZE = 512 };

struct client;

struct client_request {
    const char *path;              /* with its query: "/api/v1/namespaces?limit=500" */
    const char *accept;            /* media type */
    const char *method;            /* NULL: GET */
    const char *type, *body;       /* Content-Type and text of the request; NULL: none. The text is not copied */
    int64_t deadline_ns;           /* CLOCK_MONOTONIC; 0: none. `data` may change it while the response arrives */
    int cancel_fd;                 /* the request ends when this descriptor becomes readable; -1: none */
    void (*opened)(void *context); /* called when the headers of a 200 have arrived; may be NULL */
    /* Called with pieces of the body of a 200 or 201 as they arrive. A result of -1 ends the request. */
    int (*data)(void *context, const char *bytes, size_t length, struct err *err);
    void *context;
};

struct client_answer {
    unsigned status;                   /* HTTP status code */
    unsigned retry_after_s;            /* as requested by the server; 0: not given */
    time_t date;                       /* the server's clock; 0: not given */
    char message[CLIENT_MESSAGE_SIZE]; /* reason and message of a Status object; "" for a 200 or 201 */
};

/* Copies nothing of `access`, which must outlive the client. Errors: those of curl_library_load(), ERR_INVALID (the
 * server's URL), ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int client_new(const struct access *access, struct client **ret_client, struct err *err);
/* Call it when no thread uses the client any more. */
void client_free(struct client *client);

/* Sends the request. Returns 0 for every complete response, whatever its status. Errors: ERR_UNAVAILABLE (unreachable,
 * cut off, cancelled, deadline exceeded, wrong certificate), those of `data`, those of credentials_get(), ERR_NOMEM,
 * ERR_INTERNAL. */
MUST_CHECK int client_send(struct client *client, struct client_request *request, struct client_answer *ret_answer,
                           struct err *err);

/* Sends the request and appends the body of a 200 or 201 to `out`. Overwrites `data` and `context` of the request.
 * Errors: those of client_send(), and ERR_LIMIT if the body does not fit into `out`. */
MUST_CHECK int client_fetch(struct client *client, struct client_request *request, struct buf *out,
                            struct client_answer *ret_answer, struct err *err);

/* Parses the body of a response. Errors: ERR_UNAVAILABLE (it is not JSON), ERR_NOMEM. */
MUST_CHECK int client_parse(const struct buf *body, json_t **ret_value, struct err *err);

/* Sets the error for a response other than 200 or 201: ERR_NOT_FOUND for a 404, otherwise ERR_UNAVAILABLE, with status
 * and message; returns -1. `rights` names the rights that the request requires, which the error for a 403 contains:
 * "get, list and watch of namespaces". */
int client_refusal(const struct client_answer *answer, const char *rights, struct err *err);

DEFINE_AUTO(client, struct client *, client_free);
