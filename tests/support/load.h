/* Clients of a running webhook that post one review again and again, each on a thread, until they are stopped. A client
 * that cannot connect, or whose request gets no answer or an unexpected one, records a loss and ends. */
#pragma once

#include "tests/support/webhook.h"

enum { LOAD_CLIENTS_MAX = 16, LOAD_ANSWERS = 2 };

struct load_options {
    unsigned clients;
    const char *review;
    const char *answers[LOAD_ANSWERS]; /* the bodies that are expected */
    const char *ca;                    /* as in webhook_connect() */
    bool always_connect;               /* a new connection for each request */
    bool until_closed; /* when stopped, a client keeps its connection until an answer closes it, as keep-alive clients
                          of a Service do when an endpoint goes away */
};

struct load;

/* Options and webhook must outlive it. Aborts if threads cannot be created. */
struct load *load_start(const struct webhook *webhook, const struct load_options *options);

/* Returns the number of answers so far that were answers[index]. */
unsigned load_answered(struct load *load, unsigned index);
/* Waits for `more` further expected answers. Errors: ERR_IO if they do not come or a request is lost. */
MUST_CHECK int load_await(struct load *load, unsigned more, struct err *err);
/* Waits for one more answers[index]. */
MUST_CHECK int load_await_answer(struct load *load, unsigned index, struct err *err);

/* Tells the clients to stop; does not wait. */
void load_request_stop(struct load *load);
/* Stops the clients, waits for them, and frees `load`. Errors: ERR_IO with the first loss if there was any. */
MUST_CHECK int load_stop(struct load *load, unsigned *ret_answered, struct err *err);
