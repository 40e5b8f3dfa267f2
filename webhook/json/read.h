/* Parses JSON with jansson, and writes scalars as text. */
#pragma once

#include "base/err.h"
#include "json/unconst.h"

/* Parses a text that is one object or array. Rejects duplicate keys. *ret_fault (line, column, byte position, text) has
 * a meaning after ERR_INVALID only. Errors: ERR_INVALID ("invalid JSON at byte N: what is wrong"), ERR_NOMEM. */
MUST_CHECK int json_read(const char *text, size_t length, json_t **ret_value, json_error_t *ret_fault, struct err *err);

/* Writes a scalar as text ("3", "true", "a"). Returns false for null, NULL, objects and arrays, and if the text does
 * not fit. */
bool json_scalar_text(const json_t *value, char *ret_text, size_t size);
