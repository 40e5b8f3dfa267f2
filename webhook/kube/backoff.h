/* How long to wait before trying again: doubled each time up to a maximum, and jittered, so that replicas which lost
 * the same API server do not come back to it in step. */
#ifndef GPUSLICE_KUBE_BACKOFF_H
#define GPUSLICE_KUBE_BACKOFF_H

#include <stdint.h>

/* 0 takes the default. */
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

/* Milliseconds: between half the step and the whole step, which is then doubled. */
unsigned backoff_next(struct backoff *backoff);

/* All is well: begin anew at the first step. */
void backoff_reset(struct backoff *backoff);

#endif
