/* Turns a scalar event into a JSON value: tags, quotes, numbers. Private to the YAML reader. */
#ifndef GPUSLICE_JSON_YAML_LEAF_H
#define GPUSLICE_JSON_YAML_LEAF_H

#include "json/yaml_source.h"

#include <jansson.h>

/* True for the core tag of that name ("str", "map" ...), false for others and without a tag. */
bool yaml_tag_is(const yaml_char_t *tag, const char *name);

/* Reports an unsupported tag; `allowed` lists the supported ones. */
MUST_CHECK int yaml_complain_of_tag(struct yaml_source *source, const yaml_event_t *event, const yaml_char_t *tag,
                                    const char *allowed, struct err *err);

/* Returns the value, a new reference; null after a problem. Errors: those of yaml_complain(). */
MUST_CHECK int yaml_leaf(struct yaml_source *source, const yaml_event_t *scalar, json_t **ret_value, struct err *err);

#endif
