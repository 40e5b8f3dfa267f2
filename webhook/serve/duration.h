/* Durations as Go writes them (time.ParseDuration): "5s", "1m30s", "500ms", "1.5s", "0". */
#pragma once

#include "base/err.h"

#include <stdint.h>

/* Parses to nanoseconds. Errors: ERR_INVALID (not a duration, negative, longer than 292 years). */
MUST_CHECK int duration_parse(const char *text, int64_t *ret_ns, struct err *err);
