/* Prints jansson values as YAML in the style of kubectl: in block style, with two spaces, without indenting sequences
 * below their key, with quotes only around strings that would be read as something else, and with strings of several
 * lines as literal blocks. Keeps the order of keys. */
#pragma once

#include "base/buf.h"

#include <jansson.h>

/* Adds one document, without a "---" line and with a line feed at its end. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int yaml_write(const json_t *value, struct buf *out, struct err *err);
