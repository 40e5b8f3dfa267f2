/* Checks once that a Pod has the types that core/v1 gives to the fields that this program reads, so that later readers
 * can rely on them. */
#pragma once

#include "base/err.h"

#include <cjson/cJSON.h>

/* Returns 0 if each field that this program reads has its type, or is absent or null where core/v1 allows that; a list
 * may be null. Errors: ERR_INVALID with the field's path. Other fields are not checked: they may belong to API versions
 * that this program does not know. */
MUST_CHECK int pod_shape_check(const cJSON *pod, struct err *err);
