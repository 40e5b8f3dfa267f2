/* Text for people. Uses no library but libc. */
#include "base/text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
    SEQUENCE_MAX = 4,                 /* bytes of a character (RFC 3629 section 3) */
    SHOWN_SIZE = sizeof("\\xNN") - 1, /* bytes in which show_byte() shows one */
};

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

bool text_is_any(const char *text, const char *const words[])
{
    for (; text && *words; words++) {
        if (strcmp(text, *words) == 0)
            return true;
    }
    return false;
}

bool text_ends_any(const char *text, const char *const words[])
{
    size_t length = strlen(text);
    for (; *words; words++) {
        size_t tail = strlen(*words);
        if (length > tail && strcmp(text + length - tail, *words) == 0)
            return true;
    }
    return false;
}

/* The sequences of RFC 3629 section 4 by their first byte; all bytes from the third on are 0x80..0xBF. */
static const struct {
    unsigned char first_low, first_high, second_low, second_high, length;
} sequences[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3},
    {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

/* Returns how many bytes at `text` belong to one character; 0 if none begins there. The character is complete if the
 * result equals *ret_length. */
static size_t match_sequence(const char *text, size_t count, size_t *ret_length)
{
    const unsigned char *s = (const unsigned char *)text;
    *ret_length = 1;
    if (count == 0 || s[0] < 0x80)
        return count > 0;

    for (size_t i = 0; i < ARRAY_SIZE(sequences); i++) {
        if (s[0] < sequences[i].first_low || s[0] > sequences[i].first_high)
            continue;
        *ret_length = sequences[i].length;
        if (count == 1 || s[1] < sequences[i].second_low || s[1] > sequences[i].second_high)
            return 1;
        size_t matched = 2;
        while (matched < *ret_length && matched < count && is_continuation(text[matched]))
            matched++;
        return matched;
    }

    return 0;
}

size_t text_sequence_length(const char *text, size_t count)
{
    size_t length;
    return match_sequence(text, count, &length) == length ? length : 0;
}

size_t text_fit(const char *text, size_t room)
{
    size_t length = strnlen(text, room);
    if (text[length] == '\0')
        return length;

    size_t start = length; /* of the character that does not fit */
    while (start > 0 && length - start < SEQUENCE_MAX && is_continuation(text[start]))
        start--;
    return length - start < SEQUENCE_MAX ? start : length; /* more continuation bytes than that are not UTF-8 */
}

void text_copy(char *to, size_t size, const char *from)
{
    assert(size > 0);
    size_t length = text_fit(from, size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

/* Returns the first byte that is not UTF-8, or the end. */
static char *skip_valid(char *text)
{
    size_t length = 1;
    for (; *text && length > 0; text += length)
        length = (unsigned char)*text < 0x80 ? 1 : text_sequence_length(text, SIZE_MAX);
    return text;
}

/* Replaces the first byte of the text by \xNN, in place, and cuts the end of the text so that it fits into `room`
 * bytes. */
static void show_byte(char *text, size_t room)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned char byte = (unsigned char)*text;
    if (room <= SHOWN_SIZE) {
        *text = '\0';
        return;
    }

    size_t kept = text_fit(text + 1, room - SHOWN_SIZE - 1);
    memmove(text + SHOWN_SIZE, text + 1, kept);
    text[SHOWN_SIZE + kept] = '\0';
    memcpy(text, (const char[]){'\\', 'x', digits[byte >> 4], digits[byte & 0xF]}, SHOWN_SIZE);
}

/* Makes the text UTF-8, in place. Drops the rest of a character that the size has cut, which is at the end, or that a
 * precision may have cut, which can be anywhere. Shows other bytes as \xNN. */
static void mend(char *text, size_t size, const char *format, bool is_cut)
{
    bool has_precision = strstr(format, "%.") != NULL;
    for (char *at = skip_valid(text); *at; at = skip_valid(at)) {
        size_t length;
        size_t torn = match_sequence(at, SIZE_MAX, &length);
        if (torn > 0 && (has_precision || (is_cut && at[torn] == '\0')))
            memmove(at, at + torn, strlen(at + torn) + 1);
        else
            show_byte(at, size - (size_t)(at - text));
    }
}

void text_vprintf(char *to, size_t size, const char *format, va_list args)
{
    int length = vsnprintf(to, size, format, args);
    mend(to, size, format, length < 0 || (size_t)length >= size);
}

void text_printf(char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vprintf(to, size, format, args);
    va_end(args);
}

char *text_asprintf(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    return length < 0 ? NULL : text;
}

char *text_vformat(const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        return NULL;
    if (*skip_valid(text) == '\0')
        return text;

    size_t size = SHOWN_SIZE * strlen(text) + 1;
    char *larger = realloc(text, size);
    if (larger)
        mend(larger, size, format, false);
    else
        free(text);
    return larger;
}

void text_free_secret(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

size_t text_unprintable_length(const char *text)
{
    static const char *const wide[] = {"\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF", "\xEF\xBF\xBE", "\xEF\xBF\xBF"};
    if ((unsigned char)*text < 0x80)
        return *text < ' ' || *text == '\x7f' ? 1 : 0;
    if (*text == '\xC2' && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xA0)
        return 2; /* C1 */
    for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
        if (strncmp(text, wide[i], 3) == 0)
            return 3;
    }
    return 0;
}

void text_make_printable(char *text, char instead)
{
    char *to = text;
    while (*text) {
        size_t length = text_unprintable_length(text);
        *to++ = length ? instead : *text;
        text += length ? length : 1;
    }
    *to = '\0';
}
