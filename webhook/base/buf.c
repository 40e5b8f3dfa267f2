/* The bounded growing buffer. Uses no library but libc. */
#include "base/buf.h"

#include "base/text.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BUF_FIRST_CAPACITY = 256 };

void buf_init(struct buf *buf, size_t maximum)
{
    *buf = (struct buf){.maximum = maximum};
}

void buf_init_secret(struct buf *buf, size_t maximum)
{
    *buf = (struct buf){.maximum = maximum, .secret = true};
}

static void buf_clear(struct buf *buf)
{
    *buf = (struct buf){.maximum = buf->maximum, .secret = buf->secret};
}

/* Wipes the whole capacity: buf_reset() leaves bytes beyond the length. */
static void buf_free_data(struct buf *buf)
{
    if (buf->secret && buf->data)
        explicit_bzero(buf->data, buf->capacity);
    free(buf->data);
}

void buf_fini(struct buf *buf)
{
    buf_free_data(buf);
    buf_clear(buf);
}

/* Does not call realloc() for a secret, because that may leave a copy in the old memory. */
static char *buf_move(struct buf *buf, size_t capacity)
{
    if (!buf->secret)
        return realloc(buf->data, capacity);
    char *data = malloc(capacity);
    if (!data)
        return NULL;
    if (buf->data)
        memcpy(data, buf->data, buf->length + 1);
    buf_free_data(buf);
    return data;
}

static bool buf_grow(struct buf *buf, size_t extra)
{
    if (buf->failure != ERR_NONE)
        return false;
    if (extra > buf->maximum - buf->length) {
        buf->failure = ERR_LIMIT;
        return false;
    }

    size_t needed = buf->length + extra + 1;
    if (needed <= buf->capacity)
        return true;

    size_t capacity = buf->capacity ? buf->capacity : BUF_FIRST_CAPACITY;
    while (capacity < needed)
        capacity *= 2;

    char *data = buf_move(buf, capacity);
    if (!data) {
        buf->failure = ERR_NOMEM;
        return false;
    }

    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void buf_reserve(struct buf *buf, size_t extra)
{
    if (buf_grow(buf, extra))
        buf->data[buf->length] = '\0';
}

void buf_add(struct buf *buf, const void *data, size_t length)
{
    if (length == 0 || !buf_grow(buf, length))
        return;
    memcpy(buf->data + buf->length, data, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void buf_add_string(struct buf *buf, const char *string)
{
    buf_add(buf, string, strlen(string));
}

void buf_add_char(struct buf *buf, char byte)
{
    buf_add(buf, &byte, 1);
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);

    /* Print into the remaining room first: most texts fit and need no second pass. */
    size_t room = buf->data && buf->failure == ERR_NONE ? buf->capacity - buf->length : 0;
    int length = vsnprintf(room ? buf->data + buf->length : NULL, room, format, args);
    va_end(args);
    if (length > 0 && buf_grow(buf, (size_t)length)) {
        if ((size_t)length >= room)
            (void)vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
        buf->length += (size_t)length;
    } else if (room) {
        buf->data[buf->length] = '\0'; /* discard what was printed */
    }

    va_end(again);
}

static void buf_add_json_byte(struct buf *buf, unsigned char byte)
{
    static const char short_escapes[128] = {
        ['"'] = '"', ['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['\b'] = 'b', ['\f'] = 'f',
    };
    if (byte < 128 && short_escapes[byte]) {
        buf_add_char(buf, '\\');
        buf_add_char(buf, short_escapes[byte]);
    } else {
        buf_addf(buf, "\\u%04x", byte);
    }
}

void buf_add_json_string(struct buf *buf, const char *string)
{
    buf_add_char(buf, '"');
    const char *plain = string; /* start of the bytes that need no escape */
    const char *s = plain;
    while (*s) {
        size_t length = (unsigned char)*s < 0x80 ? 1 : text_sequence_length(s, SIZE_MAX);
        if (length > 0 && (unsigned char)*s >= 0x20 && *s != '"' && *s != '\\') {
            s += length;
            continue;
        }
        buf_add(buf, plain, (size_t)(s - plain));
        if (length == 0)
            buf_add_string(buf, "\xEF\xBF\xBD");
        else
            buf_add_json_byte(buf, (unsigned char)*s);
        plain = ++s;
    }

    buf_add(buf, plain, (size_t)(s - plain));
    buf_add_char(buf, '"');
}

void buf_add_printable(struct buf *buf, const char *text, size_t length, char instead)
{
    const char *end = text + length;
    while (text < end) {
        size_t skipped = text_unprintable_length(text);
        buf_add_char(buf, skipped ? instead : *text);
        text += skipped ? skipped : 1;
    }
    assert(text == end); /* otherwise `length` cut a character */
}

void buf_reset(struct buf *buf)
{
    buf->length = 0;
    buf->failure = ERR_NONE;
    if (buf->data)
        buf->data[0] = '\0';
}

const char *buf_text(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

int buf_check(const struct buf *buf, struct err *err)
{
    if (buf->failure == ERR_NONE)
        return 0;
    if (buf->failure == ERR_LIMIT)
        return err_set(err, ERR_LIMIT, "longer than %zu bytes", buf->maximum);
    return err_nomem(err);
}

char *buf_take(struct buf *buf)
{
    if (!buf->data)
        (void)buf_grow(buf, 0);
    if (buf->failure != ERR_NONE)
        return NULL;
    buf->data[buf->length] = '\0';
    char *data = buf->data;
    buf_clear(buf);
    return data;
}
