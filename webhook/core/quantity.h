/* Kubernetes quantities: numbers with a suffix, parsed exactly as resource.Quantity does. Source:
 * k8s.io/apimachinery/pkg/api/resource/quantity.go and suffix.go. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct quantity {
    int64_t value; /* rounded away from zero to a whole number, as Quantity.Value() does; capped at +-INT64_MAX */
    bool exact;    /* the value was neither rounded nor capped */
};

/* Parses an optional sign, digits with an optional fraction, and a suffix: none, n u m k M G T P E, Ki Mi Gi Ti Pi Ei,
 * or an exponent such as e3. Errors: ERR_INVALID for any other text, such as "", NaN or a text with spaces, and for one
 * of more than 512 characters. */
MUST_CHECK int quantity_parse(const char *text, struct quantity *ret_quantity, struct err *err);

enum { QUANTITY_TEXT_SIZE = 32 };

/* Writes bytes as people write GPU memory ("10Gi", "5461Mi", "1000"), with the largest binary suffix that needs no
 * fraction. Rounds values above 1Mi down to whole Mi, so that no slice is reported to have more memory than it has. */
void quantity_bytes_text(int64_t bytes, char text[QUANTITY_TEXT_SIZE]);
