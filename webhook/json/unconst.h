/* What this program adds to jansson's values. */
#ifndef GPUSLICE_JSON_UNCONST_H
#define GPUSLICE_JSON_UNCONST_H

#include "base/cleanup.h"

#include <jansson.h>
#include <stdint.h>

/* jansson 2.14 iterates over an object through a non-const pointer, although iterating changes nothing. This is the one
 * place that takes the const away, for reading only. */
static inline json_t *json_unconst(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

DEFINE_AUTO(json, json_t *, json_decref);

#endif
