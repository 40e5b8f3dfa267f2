/* What became of an object, as a unified diff of its YAML. */
#ifndef GPUSLICE_CMD_YAML_DIFF_H
#define GPUSLICE_CMD_YAML_DIFF_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

/* Adds the diff, which patch(1) takes: head lines `--- <old_title>` and `+++ <new_title>`, and behind each hunk's
 * numbers the path of the first line that it changes. Of `status` and `metadata.managedFields` nothing is shown.
 * Nothing is added if the rest is equal. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int yaml_diff(const json_t *old_object, const json_t *new_object, const char *old_title,
                         const char *new_title, bool colour, struct buf *out, struct err *err);

#endif
