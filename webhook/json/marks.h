/* Parses JSON to jansson values with their positions. */
#pragma once

#include "json/yaml_read.h"

/* Like yaml_read_part(), for a text that is exactly one JSON object or array and followed by a NUL. Uses jansson,
 * because escapes may be surrogate pairs, which libyaml rejects. Errors: ERR_INVALID if it added a problem, ERR_NOMEM.
 */
MUST_CHECK int json_read_part(const char *file, const char *text, size_t length, struct yaml_start start,
                              struct yaml_document *ret_document, struct problems *problems, struct err *err);

/* Turns the whole reals (30.0, 1e1; yaml_scalar_is_whole()) in an object or array into integers, as the YAML reader and
 * kubectl do. Not for reviews, whose numbers must not change. The recursion is bounded by the limit of
 * json_read_part(). Errors: ERR_NOMEM. */
MUST_CHECK int json_whole_reals_to_integers(json_t *value, struct err *err);
