/* Shows the changes of an object as a unified diff of its YAML. */
#ifndef GPUSLICE_CMD_YAML_DIFF_H
#define GPUSLICE_CMD_YAML_DIFF_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

/* Adds a diff that patch(1) accepts, with the head lines `--- <old_title>` and `+++ <new_title>`, and after each hunk's
 * line numbers the path of the first changed line. Ignores `status` and `metadata.managedFields`. Adds nothing if the
 * rest is equal. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int yaml_diff(const json_t *old_object, const json_t *new_object, const char *old_title,
                         const char *new_title, bool colour, struct buf *out, struct err *err);

#endif
