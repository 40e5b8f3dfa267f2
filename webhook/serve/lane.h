/* One thread that does long jobs one after the other, so that short ones elsewhere never wait for them.
 *
 * A job that would have to wait for longer than it can is handed back undone: something shorter is done instead.
 */
#ifndef GPUSLICE_SERVE_LANE_H
#define GPUSLICE_SERVE_LANE_H

#include "base/err.h"

#include <stdint.h>
#include <sys/queue.h>

enum lane_outcome {
    LANE_NOT_THERE, /* the job was never put in */
    LANE_DONE,
    LANE_TOO_LATE, /* its turn did not come in time */
};

struct lane_job {
    TAILQ_ENTRY(lane_job) in_lane; /* private */
    int64_t until_ns;              /* CLOCK_MONOTONIC: by when its turn must have come */
    enum lane_outcome outcome;
    /* The job itself, on the lane's thread. */
    void (*work)(struct lane_job *job);
    /* It is over, `outcome` says how; on the lane's thread or that of lane_expire(), with no lock held. The lane does
     * not look at the job any more. */
    void (*over)(struct lane_job *job);
};

struct lane;

/* Errors: ERR_NOMEM, ERR_IO (no thread). */
MUST_CHECK int lane_start(struct lane **ret_lane, struct err *err);

/* Ends the thread once the job under way is done. What waits, and what is put in from now on, is handed back as
 * LANE_TOO_LATE. */
void lane_end(struct lane *lane);
void lane_free(struct lane *lane);

/* The job stays the caller's, and must stay where it is until it is over, which it may be before this returns. */
void lane_put(struct lane *lane, struct lane_job *job);

/* Hands back what is too late. Returns how many jobs wait still. */
size_t lane_expire(struct lane *lane, int64_t now_ns);

/* How long the job under way has taken by now, in nanoseconds; 0 if there is none. */
int64_t lane_busy_ns(struct lane *lane, int64_t now_ns);

DEFINE_AUTO(lane, struct lane *, lane_free);

#endif
