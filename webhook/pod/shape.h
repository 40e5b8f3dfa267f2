/* Is a Pod shaped as core/v1 says, where this program looks? Checked once, so that every reader after it can rely on
 * it. */
#ifndef GPUSLICE_POD_SHAPE_H
#define GPUSLICE_POD_SHAPE_H

#include "base/err.h"

#include <cjson/cJSON.h>

/* 0 if each field that this program reads is absent, null or of its type; null stands for an empty list, too.
 * ERR_INVALID with the field's path otherwise. Fields that it does not read are not looked at: they may be of versions
 * that it has never heard of. */
MUST_CHECK int pod_shape_check(const cJSON *pod, struct err *err);

#endif
