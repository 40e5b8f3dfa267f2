/* RFC 6901 text, and the look-up of a pointer in a jansson document. Does not depend on patches. */
#include "json/pointer.h"

#include "base/units.h"

#include <errno.h>
#include <string.h>

enum { POINTER_TOKEN_MAX = MIB };

void pointer_add_key(struct buf *pointer, const char *key)
{
    buf_add_char(pointer, '/');
    for (;;) {
        size_t plain = strcspn(key, "~/");
        buf_add(pointer, key, plain);
        key += plain;
        if (*key == '\0')
            return;
        buf_add_string(pointer, *key == '~' ? "~0" : "~1");
        key++;
    }
}

void pointer_add_index(struct buf *pointer, size_t index)
{
    buf_addf(pointer, "/%zu", index);
}

int pointer_next(const char **cursor, struct buf *token, struct err *err)
{
    const char *text = *cursor;
    if (*text == '\0')
        return 0;
    if (*text != '/')
        return err_set(err, ERR_INVALID, "pointer \"%s\" must be empty or begin with /", text);

    buf_reset(token);
    for (text++; *text != '\0' && *text != '/'; text++) {
        if (*text != '~') {
            buf_add_char(token, *text);
            continue;
        }
        text++;
        if (*text != '0' && *text != '1')
            return err_set(err, ERR_INVALID, "pointer \"%s\": ~ must be followed by 0 or 1", *cursor);
        buf_add_char(token, *text == '0' ? '~' : '/');
    }

    if (buf_check(token, err) < 0)
        return -1;

    *cursor = text;
    return 1;
}

bool pointer_index(const char *token, size_t *ret_index)
{
    size_t digits = strspn(token, "0123456789");
    if (digits == 0 || token[digits] != '\0' || (*token == '0' && digits > 1))
        return false;
    errno = 0;
    size_t index = strtoull(token, NULL, 10);
    if (errno == ERANGE)
        return false;
    *ret_index = index;
    return true;
}

/* Returns the child of `value` that `token` names, or NULL. */
static json_t *child_of(const json_t *value, const char *token)
{
    size_t index;
    if (json_is_object(value))
        return json_object_get(value, token);
    return pointer_index(token, &index) ? json_array_get(value, index) : NULL;
}

json_t *pointer_get(json_t *document, const char *pointer, struct err *err)
{
    AUTO(buf) token;
    buf_init(&token, POINTER_TOKEN_MAX);
    const char *cursor = pointer;
    json_t *value = document;

    for (;;) {
        int more = pointer_next(&cursor, &token, err);
        if (more < 0)
            return NULL;
        if (more == 0)
            return value;

        value = child_of(value, buf_text(&token));
        if (!value) {
            (void)err_set(err, ERR_NOT_FOUND, "%.*s does not exist", (int)(cursor - pointer), pointer);
            return NULL;
        }
    }
}
