/* Turns a scalar event into a JSON value: tags, quotes, numbers. Private to the YAML reader. */
#pragma once

#include "json/yaml_source.h"

#include <jansson.h>

/* True for the core tag of that name ("str", "map" ...). False for another tag or NULL. */
bool yaml_tag_is(const yaml_char_t *tag, const char *name);

/* Reports an unsupported tag; `allowed` lists the supported ones. */
MUST_CHECK int yaml_complain_of_tag(struct yaml_source *source, const yaml_event_t *event, const yaml_char_t *tag,
                                    const char *allowed, struct err *err);

/* Sets *ret_value to the value, a new reference, or to null if a problem was reported. Errors: those of
 * yaml_complain(). */
MUST_CHECK int yaml_leaf(struct yaml_source *source, const yaml_event_t *scalar, json_t **ret_value, struct err *err);
