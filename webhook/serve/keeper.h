/* One thread for periodic work: enforcing time limits, ending waits, checking that other threads respond. */
#ifndef GPUSLICE_SERVE_KEEPER_H
#define GPUSLICE_SERVE_KEEPER_H

#include "base/err.h"

#include <stdint.h>

struct keeper;

/* Does the work that is due. Returns the number of milliseconds after which it must be called again at the latest. */
typedef int keeper_task_fn(void *context, int64_t now_ns);

/* Errors: ERR_NOMEM, ERR_IO (no thread, no descriptor). */
MUST_CHECK int keeper_start(keeper_task_fn *task, void *context, struct keeper **ret_keeper, struct err *err);

/* Ends the thread. The task no longer runs when this returns. */
void keeper_free(struct keeper *keeper);

DEFINE_AUTO(keeper, struct keeper *, keeper_free);

#endif
