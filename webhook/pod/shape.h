/* Checks once that a Pod has the types that core/v1 gives to the fields that this program reads, so that later readers
 * can rely on them. */
#ifndef GPUSLICE_POD_SHAPE_H
#define GPUSLICE_POD_SHAPE_H

#include "base/err.h"

#include <cjson/cJSON.h>

/* 0 if each field that this program reads is absent, null or of its type; null stands for an empty list as well.
 * ERR_INVALID with the field's path otherwise. Other fields are not checked: they may belong to API
 * versions that this program does not know. */
MUST_CHECK int pod_shape_check(const cJSON *pod, struct err *err);

#endif
