/* Shows the changes of an object as a unified diff of its YAML. */
#pragma once

#include "json/yaml_read.h"

/* Adds a diff that patch(1) accepts. Its head lines are `--- <old_title>` and `+++ <new_title>`; the line numbers of
 * each hunk are followed by the path of its first changed line. Ignores `status` and `metadata.managedFields`. Adds
 * nothing if the objects are equal otherwise. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int yaml_diff(const json_t *old_object, const json_t *new_object, const char *old_title,
                         const char *new_title, bool colour, struct buf *out, struct err *err);

/* Adds the path of the value that begins on the line (from 1) or, if none does, contains it:
 * `spec.containers[vllm].resources`. On the first line of an element, that is the element. An element is named by its
 * `name`, or by its index if it has none; keys with special characters are in brackets. Adds nothing if the line is
 * above the first value. */
void yaml_path_add(const struct yaml_document *document, unsigned line, struct buf *path);
