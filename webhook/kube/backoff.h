/* Computes how long to wait before trying again: the delay doubles each time up to a maximum, with jitter, so that
 * replicas that lost their connection to the same API server do not all reconnect at the same moment. */
#pragma once

#include <stdint.h>

/* A member that is 0 has its default, which its comment names. */
struct backoff_options {
    unsigned first_ms;                 /* 250 */
    unsigned most_ms;                  /* 30000 */
    uint32_t (*random)(void *context); /* returns 32 random bits; NULL: backoff_random() */
    void *context;
};

struct backoff {
    struct backoff_options options;
    unsigned step_ms;
};

/* Returns 32 random bits of the system, or UINT32_MAX if getrandom() fails. Ignores `context`. */
uint32_t backoff_random(void *context);

void backoff_init(struct backoff *backoff, const struct backoff_options *options);

/* Returns a delay in milliseconds, between half the step and the whole step. Then doubles the step, up to most_ms. */
unsigned backoff_next(struct backoff *backoff);

/* Resets to the first step after a success. */
void backoff_reset(struct backoff *backoff);
