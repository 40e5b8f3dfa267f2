/* Lets readers walk a structure that one writer changes, without waiting for it: what the writer takes out is freed
 * only after every reader that could still see it has left.
 *
 *   reader:  unsigned side = readers_enter(&readers);  ... follow atomic pointers, take references ...
 *            readers_leave(&readers, side);
 *   writer:  take it out by an atomic store;  readers_wait(&readers);  free it
 *
 * As sleepable RCU does it (P. McKenney, "Sleepable Read-Copy Update", 2006), with all operations sequentially
 * consistent: who enters after the writer saw a side empty also sees what the writer stored before. */
#ifndef GPUSLICE_KUBE_READERS_H
#define GPUSLICE_KUBE_READERS_H

#include <sched.h>
#include <stdatomic.h>

struct readers {
    atomic_uint side;     /* newcomers count there */
    atomic_uint count[2]; /* readers within */
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

/* Each side is emptied once while newcomers go to the other, so that they cannot hold the writer up for ever. Readers
 * stay within for a few hundred nanoseconds. One writer at a time. */
static inline void readers_wait(struct readers *readers)
{
    for (unsigned turn = 0; turn < 2; turn++) {
        unsigned side = atomic_fetch_xor(&readers->side, 1) & 1;
        while (atomic_load(&readers->count[side]) > 0)
            (void)sched_yield();
    }
}

#endif
