/* Prints jansson values as YAML in the style of kubectl: in block style, with two spaces, without indenting sequences
 * below their key, with strings of several lines as literal blocks, and with quotes only around strings that
 * would otherwise be read as something else. Keeps the order of keys. */
#pragma once

#include "base/buf.h"

#include <jansson.h>

/* Adds one document, without a "---" line and with a line feed at its end. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int yaml_write(const json_t *value, struct buf *out, struct err *err);
