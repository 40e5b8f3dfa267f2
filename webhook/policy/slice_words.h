/* What a slice of a class is, in words. */
#pragma once

#include "policy/class.h"

/* Adds "a third of a T4 with 5Gi", "a 1g.5gb slice of an A100 with 4864Mi" or, if the class's pools differ, "a slice
 * with 5Gi of GPU memory". */
void slice_words(const struct slice_class *slice_class, struct buf *out);
