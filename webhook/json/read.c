/* Calls jansson's parser. Does not interpret the value. */
#include "json/read.h"

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
