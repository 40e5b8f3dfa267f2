/* One thread that does what is due, again and again: limits of time, waits that end, questions to other threads. */
#ifndef GPUSLICE_SERVE_KEEPER_H
#define GPUSLICE_SERVE_KEEPER_H

#include "base/err.h"

#include <stdint.h>

struct keeper;

/* Does what is due; returns after how many milliseconds to call it again at the latest. */
typedef int keeper_task_fn(void *context, int64_t now_ns);

/* Errors: ERR_NOMEM, ERR_IO (no thread, no descriptor). */
MUST_CHECK int keeper_start(keeper_task_fn *task, void *context, struct keeper **ret_keeper, struct err *err);

/* Ends the thread; the task is not under way when it returns. */
void keeper_free(struct keeper *keeper);

DEFINE_AUTO(keeper, struct keeper *, keeper_free);

#endif
