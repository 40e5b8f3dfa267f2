/* Calls jansson's parser, and writes scalars as text. Does not interpret values. */
#include "json/read.h"

#include "base/text.h"

#include <stdio.h>

int json_read(const char *text, size_t length, json_t **ret_value, json_error_t *ret_fault, struct err *err)
{
    err_memory_begin();
    json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES, ret_fault);
    if (!value && (err_memory_ran_out() || json_error_code(ret_fault) == json_error_out_of_memory))
        return err_nomem(err);
    if (!value)
        return err_set(err, ERR_INVALID, "invalid JSON at byte %d: %.200s", ret_fault->position, ret_fault->text);
    *ret_value = value;
    return 0;
}

bool json_scalar_text(const json_t *value, char *ret_text, size_t size)
{
    int length = -1;
    if (json_is_string(value)) {
        text_copy(ret_text, size, json_string_value(value));
        return strlen(json_string_value(value)) < size;
    }
    if (json_is_integer(value))
        length = snprintf(ret_text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        length = snprintf(ret_text, size, "%.15g", json_real_value(value));
    else if (json_is_boolean(value))
        length = snprintf(ret_text, size, "%s", json_is_true(value) ? "true" : "false");
    return length >= 0 && (size_t)length < size;
}
