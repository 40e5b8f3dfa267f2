/* Computes delays. Does not use a clock. */
#include "kube/backoff.h"

#include <stddef.h>
#include <sys/random.h>

enum { FIRST_MS = 250, MOST_MS = 30000 };

uint32_t backoff_random(void *context)
{
    (void)context;
    uint32_t number = 0;
    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
        return UINT32_MAX; /* the delay is then the whole step */
    return number;
}

void backoff_init(struct backoff *backoff, const struct backoff_options *options)
{
    backoff->options = *options;
    if (!backoff->options.first_ms)
        backoff->options.first_ms = FIRST_MS;
    if (!backoff->options.most_ms)
        backoff->options.most_ms = MOST_MS;
    if (!backoff->options.random)
        backoff->options.random = backoff_random;
    backoff_reset(backoff);
}

unsigned backoff_next(struct backoff *backoff)
{
    unsigned step = backoff->step_ms;
    unsigned half = step / 2;
    uint64_t number = backoff->options.random(backoff->options.context);
    backoff->step_ms = step > backoff->options.most_ms / 2 ? backoff->options.most_ms : step * 2;
    return half + (unsigned)((number * (step - half + 1)) >> 32);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->step_ms = backoff->options.first_ms;
}
