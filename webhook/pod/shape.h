/* Checks once that every field of a Pod that this program reads has its type in core/v1, so that later readers can rely
 * on it. */
#pragma once

#include "base/err.h"

#include <cjson/cJSON.h>

/* Returns 0 if each field that this program reads has its type, or is absent or null where core/v1 allows that. A
 * list that is required may be null too, because Go writes a nil slice as null. Errors: ERR_INVALID with the field's
 * path. Other fields are not checked: they may belong to API versions that this program does not know. */
MUST_CHECK int pod_shape_check(const cJSON *pod, struct err *err);
