/* Helpers for jansson's values. */
#pragma once

#include "base/cleanup.h"

#include <jansson.h>
#include <stdint.h>

/* Removes the const from a value that is only read. jansson 2.14 iterates over an object through a non-const pointer,
 * although iterating changes nothing. */
static inline json_t *json_unconst(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

/* Returns a string member, or "" if there is none. */
static inline const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

DEFINE_AUTO(json, json_t *, json_decref);
