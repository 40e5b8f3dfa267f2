/* Parses JSON to jansson values with their positions. Reals that are whole (30.0, 1e1) become integers, as in YAML. */
#ifndef GPUSLICE_JSON_MARKS_H
#define GPUSLICE_JSON_MARKS_H

#include "json/yaml_read.h"

/* Like yaml_read_part(), for a text that is exactly one JSON value. Uses jansson, because escapes may be surrogate
 * pairs, which libyaml rejects. Errors: ERR_INVALID if it added a problem, ERR_NOMEM. */
MUST_CHECK int json_read_part(const char *file, const char *text, size_t length, struct yaml_start start,
                              struct yaml_document *ret_document, struct problems *problems, struct err *err);

#endif
