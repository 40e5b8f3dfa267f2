/* Finds the value that a line of a YAML text belongs to. */
#ifndef GPUSLICE_CMD_YAML_PATH_H
#define GPUSLICE_CMD_YAML_PATH_H

#include "json/yaml_read.h"

/* Adds the path of the value that begins on the line (from 1) or contains it: `spec.containers[vllm].resources`.
 * Elements are named by their `name`, otherwise by their index; keys with special characters are in brackets. Adds
 * nothing above the first value. */
void yaml_path_add(const struct yaml_document *document, unsigned line, struct buf *path);

#endif
