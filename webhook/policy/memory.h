/* The GPU memory that the annotation gpuslice.dev/memory asks for. */
#pragma once

#include "base/err.h"

#include <stdint.h>

/* Less than this is a forgotten unit: no slice is that small. */
#define MEMORY_ASKED_LEAST (INT64_C(256) << 20)

/* Reads the value of the annotation. Errors: ERR_INVALID with a clause for a message, "which is 16 bytes; write 16Gi",
 * unless it is a quantity of at least MEMORY_ASKED_LEAST. */
MUST_CHECK int memory_asked_parse(const char *text, int64_t *ret_bytes, struct err *err);
