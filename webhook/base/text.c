/* Text for people. Depends only on libc. */
#include "base/text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { SEQUENCE_MAX = 4 }; /* bytes of a character (RFC 3629 section 3) */

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

size_t text_sequence_length(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xC2 && s[0] <= 0xDF)
        return is_continuation(text[1]) ? 2 : 0;

    if ((s[0] & 0xF0) == 0xE0) {
        bool overlong = s[0] == 0xE0 && s[1] < 0xA0;
        bool surrogate = s[0] == 0xED && s[1] > 0x9F;
        return !overlong && !surrogate && is_continuation(text[1]) && is_continuation(text[2]) ? 3 : 0;
    }

    if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        bool overlong = s[0] == 0xF0 && s[1] < 0x90;
        bool too_large = s[0] == 0xF4 && s[1] > 0x8F;
        bool whole = is_continuation(text[1]) && is_continuation(text[2]) && is_continuation(text[3]);
        return !overlong && !too_large && whole ? 4 : 0;
    }
    return 0;
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

/* Returns the number of bytes of the incomplete character that the text begins with, or 0 if the character is complete.
 */
static size_t torn_length(const char *text)
{
    unsigned char first = (unsigned char)*text;
    size_t wanted = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    size_t length = 1;
    while (length < wanted && is_continuation(text[length]))
        length++;
    return length < wanted ? length : 0;
}

void text_copy(char *to, size_t size, const char *from)
{
    assert(size > 0);
    size_t length = text_fit(from, size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

void text_mend(char *text)
{
    while (*text && (unsigned char)*text < 0x80) /* usually the whole text */
        text++;

    char *to = text;
    while (*text) {
        size_t torn = torn_length(text);
        if (torn == 0)
            *to++ = *text++;
        else
            text += torn;
    }
    *to = '\0';
}

void text_vprintf(char *to, size_t size, const char *format, va_list args)
{
    (void)vsnprintf(to, size, format, args);
    text_mend(to);
}

void text_printf(char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vprintf(to, size, format, args);
    va_end(args);
}

char *text_vformat(const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        return NULL;
    text_mend(text);
    return text;
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
    if ((unsigned char)*text < ' ' || *text == '\x7f')
        return 1;
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
