/* Shows the changes of an object as a unified diff of its YAML. */
#ifndef GPUSLICE_CMD_YAML_DIFF_H
#define GPUSLICE_CMD_YAML_DIFF_H

#include "json/yaml_read.h"

/* Adds a diff that patch(1) accepts, with the head lines `--- <old_title>` and `+++ <new_title>`, and after each hunk's
 * line numbers the path of the first changed line. Ignores `status` and `metadata.managedFields`. Adds nothing if the
 * rest is equal. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int yaml_diff(const json_t *old_object, const json_t *new_object, const char *old_title,
                         const char *new_title, bool colour, struct buf *out, struct err *err);

/* Adds the path of the value that begins on the line (from 1) or contains it: `spec.containers[vllm].resources`.
 * Elements are named by their `name`, otherwise by their index; keys with special characters are in brackets. Adds
 * nothing above the first value. */
void yaml_path_add(const struct yaml_document *document, unsigned line, struct buf *path);

#endif
