/* A fake API server on loopback that plays a script of steps or calls a function for each request: HTTP/1.1, plain or
 * over TLS, a thread per connection.
 *
 * In a script, a GET request uses up the first unused step whose `expect` is part of its target. A GET request without
 * such a step is recorded as a fault and gets no answer; a request of another method closes the connection. Aborts if
 * the server cannot be set up. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct fake_call; /* one request being answered */

enum fake_end {
    FAKE_WHOLE, /* the answer is complete, the connection stays open */
    FAKE_HELD,  /* the answer stays incomplete: fake_api_push() adds to it */
    FAKE_CUT,   /* the connection is closed within the answer */
    FAKE_MUTE,  /* nothing is answered, the connection stays open */
};

struct fake_step {
    const char *expect;  /* part of the target */
    const char *bearer;  /* the token that the request must have: otherwise the answer is 401; NULL for any or none */
    unsigned status;     /* 0 means 200 */
    const char *headers; /* further headers, each with its CRLF; or NULL */
    const char *body;    /* NULL for none */
    void (*write)(struct fake_call *call); /* replaces `body`: writes it by fake_write(); or NULL */
    enum fake_end end;
    bool gated;  /* answered only after fake_api_open() */
    bool always; /* never used up */
};

/* PEM texts of the server; a NULL pointer to this struct means plain HTTP. */
struct fake_tls {
    const char *cert, *key;
};

/* A fake_answer_fn answers all requests in place of steps: it gets a fake_request and sets a fake_reply. */
struct fake_request {
    const char *method, *target, *body;
};

struct fake_reply {
    unsigned status; /* 0 to close the connection instead */
    char *body;      /* malloc'ed; NULL for none */
    char headers[128];
};

/* Called by several threads at once. */
typedef void fake_answer_fn(void *context, const struct fake_request *request, struct fake_reply *ret_reply);

struct fake_api;

/* Starts a server that plays the steps. Steps and their texts must outlive it. */
struct fake_api *fake_api_new(const struct fake_step *steps, size_t count, const struct fake_tls *tls);
/* Starts a server that calls the function for each request. */
struct fake_api *fake_api_new_answering(fake_answer_fn *answer, void *context, const struct fake_tls *tls);
void fake_api_free(struct fake_api *api);

/* Returns "http://127.0.0.1:PORT", or https with TLS. */
const char *fake_api_server(const struct fake_api *api);

/* The first adds text to all answers that are held, the second closes their connections. For plain connections only. */
void fake_api_push(struct fake_api *api, const char *text);
void fake_api_drop(struct fake_api *api);
/* Lets gated steps continue. */
void fake_api_open(struct fake_api *api);

/* The first returns how many requests had `part` in their target, the second how many connections are held now. */
size_t fake_api_count(struct fake_api *api, const char *part);
size_t fake_api_held(struct fake_api *api);

/* Returns "no step for TARGET" for the first request without a step, or "" if there was none. */
const char *fake_api_fault(struct fake_api *api);

/* For use in fake_step.write. A `length` of 0 writes nothing. */
void fake_write(struct fake_call *call, const char *bytes, size_t length);
const char *fake_target(const struct fake_call *call);

DEFINE_AUTO(fake_api, struct fake_api *, fake_api_free);
