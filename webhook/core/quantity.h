/* Kubernetes quantities: numbers with a suffix, parsed exactly as resource.Quantity does. Source:
 * k8s.io/apimachinery/pkg/api/resource/quantity.go and suffix.go. */
#ifndef GPUSLICE_CORE_QUANTITY_H
#define GPUSLICE_CORE_QUANTITY_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct quantity {
    int64_t value; /* rounded up to a whole unit (away from zero), as Quantity.Value() does; capped at +-INT64_MAX */
    bool exact;    /* the value was neither rounded nor capped */
};

/* Suffixes: n u m (none) k M G T P E, Ki Mi Gi Ti Pi Ei, e and E exponents. Sign + or -. Errors: ERR_INVALID for
 * anything else, such as an empty text, NaN or inner spaces. */
MUST_CHECK int quantity_parse(const char *text, struct quantity *ret_quantity, struct err *err);

enum { QUANTITY_TEXT_SIZE = 32 };

/* Writes bytes as people write GPU memory ("10Gi", "5461Mi", "1000"), with the largest binary suffix that divides.
 * Above one Mi the value is rounded down to whole Mi, so that a slice is never reported to have more than it has. */
void quantity_bytes_text(int64_t bytes, char text[QUANTITY_TEXT_SIZE]);

#endif
