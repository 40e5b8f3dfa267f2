/* One thread that calls a task periodically and when a descriptor becomes readable. The tasks accept connections,
 * enforce time limits, wake what waits, and collect events of files. */
#pragma once

#include "base/err.h"

#include <stdint.h>

struct keeper;

/* Does the work that is due. Returns the number of milliseconds after which it must be called again at the latest, or
 * -1 to wait for the descriptor alone. */
typedef int keeper_task_fn(void *context, int64_t now_ns);

/* Calls the task at once, and then whenever `fd` (-1: none) is readable or the time that the task returned is over.
 * `what` names the thread in the error message. Errors: ERR_NOMEM, ERR_IO (no thread, no descriptor). */
MUST_CHECK int keeper_start(const char *what, int fd, keeper_task_fn *task, void *context, struct keeper **ret_keeper,
                            struct err *err);

/* Ends the thread. The task no longer runs when this returns. */
void keeper_free(struct keeper *keeper);
