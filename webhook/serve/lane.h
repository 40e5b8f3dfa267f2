/* One thread that runs long jobs one after the other, so that short jobs on other threads never wait for them.
 *
 * A job that would have to wait too long is handed back undone, and its owner does something shorter instead. */
#pragma once

#include "base/err.h"

#include <stdint.h>
#include <sys/queue.h>

enum lane_outcome {
    LANE_NOT_THERE, /* the job was never put into the lane */
    LANE_DONE,
    LANE_TOO_LATE, /* its turn did not come in time */
};

struct lane_job {
    TAILQ_ENTRY(lane_job) in_lane; /* private */
    int64_t until_ns;              /* CLOCK_MONOTONIC: the time by which its turn must come */
    enum lane_outcome outcome;
    /* Does the job; called on the lane's thread. */
    void (*work)(struct lane_job *job);
    /* Called when the job is over, with the result in `outcome` and no lock held, on the lane's thread or on a thread
     * that calls lane_put(), lane_expire() or lane_end(). The lane no longer uses the job. */
    void (*over)(struct lane_job *job);
};

struct lane;

/* Errors: ERR_NOMEM, ERR_IO (no thread). */
MUST_CHECK int lane_start(struct lane **ret_lane, struct err *err);

/* Ends the thread when the current job is done. Waiting jobs, and jobs added from now on, are handed back as
 * LANE_TOO_LATE. */
void lane_end(struct lane *lane);
/* Calls lane_end() first. */
void lane_free(struct lane *lane);

/* The caller owns the job and must not move it until it is over, which may be before lane_put() returns. */
void lane_put(struct lane *lane, struct lane_job *job);

/* Hands back the jobs whose time has passed. Returns the number of jobs that are still waiting. */
size_t lane_expire(struct lane *lane, int64_t now_ns);

/* Returns how long the current job has run, or 0 if there is none. */
int64_t lane_busy_ns(struct lane *lane, int64_t now_ns);
