/* The lane of long jobs. Does not depend on what the jobs do. */
#include "serve/lane.h"

#include "base/clock.h"
#include "base/lock.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

TAILQ_HEAD(lane_queue, lane_job);

struct lane {
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    struct lane_queue waiting;
    int64_t busy_since_ns; /* 0: no job is running */
    bool ending;
    pthread_t thread;
};

static void end_job(struct lane_job *job, enum lane_outcome outcome)
{
    job->outcome = outcome;
    job->over(job);
}

/* Returns the next job, or NULL when the lane ends. */
static struct lane_job *next_job(struct lane *lane)
{
    AUTO(lock) held = lock_take(&lane->mutex);
    lane->busy_since_ns = 0;
    while (TAILQ_EMPTY(&lane->waiting) && !lane->ending)
        (void)pthread_cond_wait(&lane->changed, &lane->mutex);
    struct lane_job *job = lane->ending ? NULL : TAILQ_FIRST(&lane->waiting);
    if (job) {
        TAILQ_REMOVE(&lane->waiting, job, in_lane);
        lane->busy_since_ns = clock_monotonic_ns();
    }
    return job;
}

static void *lane_main(void *context)
{
    struct lane *lane = context;
    struct lane_job *job;
    while ((job = next_job(lane)) != NULL) {
        bool late = clock_monotonic_ns() > job->until_ns;
        if (!late)
            job->work(job);
        end_job(job, late ? LANE_TOO_LATE : LANE_DONE);
    }
    return NULL;
}

int lane_start(struct lane **ret_lane, struct err *err)
{
    struct lane *lane = calloc(1, sizeof(*lane));
    if (!lane)
        return err_nomem(err);

    TAILQ_INIT(&lane->waiting);
    (void)pthread_mutex_init(&lane->mutex, NULL); /* neither can fail with default attributes on Linux */
    (void)pthread_cond_init(&lane->changed, NULL);

    int fault = pthread_create(&lane->thread, NULL, lane_main, lane);
    if (fault != 0) {
        (void)pthread_cond_destroy(&lane->changed);
        (void)pthread_mutex_destroy(&lane->mutex);
        free(lane);
        errno = fault;
        return err_errno(err, "cannot start the thread of large reviews");
    }

    *ret_lane = lane;
    return 0;
}

void lane_put(struct lane *lane, struct lane_job *job)
{
    (void)pthread_mutex_lock(&lane->mutex);
    bool ending = lane->ending;
    if (!ending)
        TAILQ_INSERT_TAIL(&lane->waiting, job, in_lane);
    (void)pthread_cond_signal(&lane->changed);
    (void)pthread_mutex_unlock(&lane->mutex);
    if (ending)
        end_job(job, LANE_TOO_LATE);
}

/* Removes and returns one job whose time has passed, or returns NULL. Sets *ret_waiting to the number of the other
 * jobs. */
static struct lane_job *take_late(struct lane *lane, int64_t now_ns, size_t *ret_waiting)
{
    struct lane_job *late = NULL;
    struct lane_job *job;
    AUTO(lock) held = lock_take(&lane->mutex);
    *ret_waiting = 0;
    TAILQ_FOREACH(job, &lane->waiting, in_lane) {
        if (!late && now_ns > job->until_ns)
            late = job;
        else
            ++*ret_waiting;
    }

    if (late)
        TAILQ_REMOVE(&lane->waiting, late, in_lane);
    return late;
}

size_t lane_expire(struct lane *lane, int64_t now_ns)
{
    size_t waiting;
    struct lane_job *late;
    while ((late = take_late(lane, now_ns, &waiting)) != NULL)
        end_job(late, LANE_TOO_LATE);
    return waiting;
}

int64_t lane_busy_ns(struct lane *lane, int64_t now_ns)
{
    AUTO(lock) held = lock_take(&lane->mutex);
    return lane->busy_since_ns ? now_ns - lane->busy_since_ns : 0;
}

void lane_end(struct lane *lane)
{
    (void)pthread_mutex_lock(&lane->mutex);
    bool ended = lane->ending;
    lane->ending = true;
    (void)pthread_cond_signal(&lane->changed);
    (void)pthread_mutex_unlock(&lane->mutex);
    if (ended)
        return;
    (void)pthread_join(lane->thread, NULL);
    (void)lane_expire(lane, INT64_MAX);
}

void lane_free(struct lane *lane)
{
    if (!lane)
        return;
    lane_end(lane);
    (void)pthread_cond_destroy(&lane->changed);
    (void)pthread_mutex_destroy(&lane->mutex);
    free(lane);
}
