/* How long to wait before trying again: doubles each time up to a maximum, with jitter, so that replicas that lost the
 * same API server do not return to it at the same moment. */
#ifndef GPUSLICE_KUBE_BACKOFF_H
#define GPUSLICE_KUBE_BACKOFF_H

#include <stdint.h>

/* 0 means the default. */
struct backoff_options {
    unsigned first_ms;                 /* 250 */
    unsigned most_ms;                  /* 30000 */
    uint32_t (*random)(void *context); /* all 32 bits; NULL: the system's */
    void *context;
};

struct backoff {
    struct backoff_options options;
    unsigned step_ms;
};

void backoff_init(struct backoff *backoff, const struct backoff_options *options);

/* Returns milliseconds, between half the step and the whole step, and then doubles the step. */
unsigned backoff_next(struct backoff *backoff);

/* Resets to the first step after a success. */
void backoff_reset(struct backoff *backoff);

#endif
