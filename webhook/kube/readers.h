/* Lets readers, without waiting, traverse a structure that one writer changes: what the writer removes is freed only
 * after every reader that may still see it has left.
 *
 *   reader:  unsigned side = readers_enter(&readers);  ... follow atomic pointers, take references ...
 *            readers_leave(&readers, side);
 *   writer:  remove it with an atomic store;  readers_wait(&readers);  free it
 *
 * Works like sleepable RCU (P. McKenney, "Sleepable Read-Copy Update", 2006), with all operations sequentially
 * consistent: a reader that enters after the writer saw a side empty also sees what the writer stored before. */
#pragma once

#include <sched.h>
#include <stdatomic.h>

struct readers {
    atomic_uint side;     /* new readers are counted on this side */
    atomic_uint count[2]; /* readers inside, by side */
};

static inline unsigned readers_enter(struct readers *readers)
{
    unsigned side = atomic_load(&readers->side) & 1;
    (void)atomic_fetch_add(&readers->count[side], 1);
    return side;
}

static inline void readers_leave(struct readers *readers, unsigned side)
{
    (void)atomic_fetch_sub(&readers->count[side], 1);
}

/* Waits until each side has been empty once. Meanwhile new readers use the other side, so that they cannot delay the
 * writer indefinitely. Readers stay inside for a few hundred nanoseconds. One writer at a time. */
static inline void readers_wait(struct readers *readers)
{
    for (unsigned turn = 0; turn < 2; turn++) {
        unsigned side = atomic_fetch_xor(&readers->side, 1) & 1;
        while (atomic_load(&readers->count[side]) > 0)
            (void)sched_yield();
    }
}
