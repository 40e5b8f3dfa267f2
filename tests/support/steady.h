/* A well-behaved client: like an API server, it posts one review every few milliseconds over one connection. It
 * measures how long each answer takes. */
#pragma once

#include "tests/support/webhook.h"

struct steady_result {
    unsigned answers;
    double p99_ms, max_ms;
};

struct steady;

/* Connects before it returns. The webhook and the review must outlive it. Errors: those of https_connect(). */
MUST_CHECK int steady_start(const struct webhook *webhook, const char *review, int period_ms,
                            struct steady **ret_steady, struct err *err);

/* Stops and frees the client. Errors: ERR_IO if the connection was closed, or an answer was not 200 or took over
 * ten seconds. */
MUST_CHECK int steady_stop(struct steady *steady, struct steady_result *ret_result, struct err *err);
