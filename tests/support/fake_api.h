/* A fake API server on loopback that plays a script: HTTP/1.1, plain or over TLS, a thread per connection.
 *
 * A request takes the first step that is not used up and whose `expect` its target contains; one for which there is
 * none is a fault, and gets no answer. Aborts when it cannot be set up. */
#ifndef GPUSLICE_TESTS_SUPPORT_FAKE_API_H
#define GPUSLICE_TESTS_SUPPORT_FAKE_API_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct fake_call; /* one request being answered */

enum fake_end {
    FAKE_WHOLE, /* the answer is complete, the connection stays */
    FAKE_HELD,  /* the answer stays open: fake_api_push() adds to it */
    FAKE_CUT,   /* the connection is closed within the answer */
    FAKE_MUTE,  /* nothing is answered, the connection stays open */
};

struct fake_step {
    const char *expect;                    /* part of the target */
    const char *bearer;                    /* the token that must come with it, else it is answered 401; NULL: any */
    unsigned status;                       /* 0: 200 */
    const char *headers;                   /* more of them, each with its CRLF; or NULL */
    const char *body;                      /* NULL: none */
    void (*write)(struct fake_call *call); /* writes the body instead, by fake_write() */
    enum fake_end end;
    bool gated;  /* answered only after fake_api_open() */
    bool always; /* never used up */
};

/* PEM texts of the server; NULL: plain. */
struct fake_tls {
    const char *cert, *key;
};

/* Instead of steps: a function that answers whatever comes, by any method. */
struct fake_request {
    const char *method, *target, *body;
};

struct fake_reply {
    unsigned status; /* 0: the connection is cut */
    char *body;      /* malloc'ed; NULL: none */
    char headers[128];
};

/* Called by several threads at once. */
typedef void fake_answer_fn(void *context, const struct fake_request *request, struct fake_reply *ret_reply);

struct fake_api;

/* Steps and their texts must outlive it. */
struct fake_api *fake_api_new(const struct fake_step *steps, size_t count, const struct fake_tls *tls);
/* The function instead of steps. */
struct fake_api *fake_api_new_answering(fake_answer_fn *answer, void *context, const struct fake_tls *tls);
void fake_api_free(struct fake_api *api);

/* "http://127.0.0.1:40001", or https. */
const char *fake_api_server(const struct fake_api *api);

/* To all answers that are held: adds text; or cuts them. Plain connections only. */
void fake_api_push(struct fake_api *api, const char *text);
void fake_api_drop(struct fake_api *api);
/* Lets gated steps go on. */
void fake_api_open(struct fake_api *api);

/* How many requests had `part` in their target, and how many answers are held now. */
size_t fake_api_count(struct fake_api *api, const char *part);
size_t fake_api_held(struct fake_api *api);

/* The first request that found no step; "" if there was none. */
const char *fake_api_fault(struct fake_api *api);

/* Within fake_step.write. `length` 0 writes nothing. */
void fake_write(struct fake_call *call, const char *bytes, size_t length);
const char *fake_target(const struct fake_call *call);

DEFINE_AUTO(fake_api, struct fake_api *, fake_api_free);

#endif
