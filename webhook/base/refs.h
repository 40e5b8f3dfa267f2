/* An atomic reference count for immutable snapshots that threads share. */
#pragma once

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>

struct refs {
    atomic_uint count;
};

static inline void refs_init(struct refs *refs)
{
    atomic_init(&refs->count, 1);
}

static inline void refs_up(struct refs *refs)
{
    unsigned before = atomic_fetch_add_explicit(&refs->count, 1, memory_order_relaxed);
    assert(before > 0); /* otherwise the object has been freed */
}

/* True for the caller that dropped the last reference and must free the object. */
static inline bool refs_down(struct refs *refs)
{
    unsigned before = atomic_fetch_sub_explicit(&refs->count, 1, memory_order_acq_rel);
    assert(before > 0);
    return before == 1;
}
