/* Shows the changes of an object as a unified diff of its YAML. */
#pragma once

#include "json/yaml_read.h"

/* Adds a diff that patch(1) accepts. Its head lines are `--- <old_title>` and `+++ <new_title>`; the line numbers of
 * each hunk are followed by the path of its first changed line. Ignores `status` and `metadata.managedFields`. Adds
 * nothing if the objects are equal otherwise. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int yaml_diff(const json_t *old_object, const json_t *new_object, const char *old_title,
                         const char *new_title, bool colour, struct buf *out, struct err *err);

/* Adds the path of the value that begins on the line or, if none does, of the innermost one that contains it:
 * `spec.containers[vllm].resources`. `line` counts from 1. If an element of an array begins on the line, adds the path
 * of the element, not of its first member. An element is named by its `name`, or by its index if it has none; keys with
 * special characters are in brackets. Adds nothing if the line is above the first value. */
void yaml_path_add(const struct yaml_document *document, unsigned line, struct buf *path);
