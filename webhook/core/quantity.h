/* Kubernetes quantities: numbers with a suffix, read exactly as resource.Quantity reads them.
 * Source: k8s.io/apimachinery/pkg/api/resource/quantity.go and suffix.go. */
#ifndef GPUSLICE_CORE_QUANTITY_H
#define GPUSLICE_CORE_QUANTITY_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct quantity {
    int64_t value; /* rounded up to a whole unit (away from zero), as Quantity.Value() does; capped at +-INT64_MAX */
    bool exact;    /* value is the very number: nothing was rounded or capped */
};

/* Suffixes: n u m (none) k M G T P E, Ki Mi Gi Ti Pi Ei, e and E exponents. Sign + or -. Anything else, an empty
 * text, NaN, inner spaces: ERR_INVALID, the text says what a quantity looks like. */
MUST_CHECK int quantity_parse(const char *text, struct quantity *ret_quantity, struct err *err);

enum { QUANTITY_TEXT_SIZE = 32 };

/* Bytes as people write GPU memory: "10Gi", "5461Mi", "1000" - the largest binary suffix that divides. What is more
 * than a Mi is rounded down to whole ones: a slice is never said to have more than it has. */
void quantity_bytes_text(int64_t bytes, char text[QUANTITY_TEXT_SIZE]);

#endif
