/* Prints jansson values as YAML in the style of kubectl: block style, two spaces, sequences not indented below their
 * key, strings quoted only where they would be read as something else, several lines as a literal block. Keeps the
 * order of keys. */
#ifndef GPUSLICE_JSON_YAML_WRITE_H
#define GPUSLICE_JSON_YAML_WRITE_H

#include "base/buf.h"

#include <jansson.h>

/* Adds one document without a "---" line, ending with a line feed. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int yaml_write(const json_t *value, struct buf *out, struct err *err);

#endif
