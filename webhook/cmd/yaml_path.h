/* Which value a line of a YAML text belongs to. */
#ifndef GPUSLICE_CMD_YAML_PATH_H
#define GPUSLICE_CMD_YAML_PATH_H

#include "json/yaml_read.h"

/* Adds the path of the value that the line (from 1) begins or is part of: `spec.containers[vllm].resources`. Elements
 * are shown by their `name`, others by index; keys that would not read well behind a dot stand in brackets. Nothing is
 * added above the first value. */
void yaml_path_add(const struct yaml_document *document, unsigned line, struct buf *path);

#endif
