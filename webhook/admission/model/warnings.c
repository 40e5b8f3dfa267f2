/* Collects warnings, limited in number and length. */
#include "admission/model/warnings.h"

#include "base/text.h"

#include <stdarg.h>
#include <string.h>

enum { SENTENCE_SIZE = 1024 };

/* Shortens a text that is too long for a warning, and appends "...". Cuts at the last space that fits, or between two
 * characters if there is none in the second half. */
static void warning_shorten(char *text)
{
    if (strlen(text) < WARNING_SIZE)
        return;
    size_t length = text_fit(text, WARNING_SIZE - sizeof("..."));
    text[length] = '\0';
    char *space = strrchr(text, ' ');
    if (space && space > text + WARNING_SIZE / 2)
        length = (size_t)(space - text);
    memcpy(text + length, "...", sizeof("..."));
}

void warnings_add(struct warnings *warnings, const char *format, ...)
{
    if (warnings->count == WARNINGS_MAX)
        return;
    char text[SENTENCE_SIZE];
    va_list args;
    va_start(args, format);
    text_vprintf(text, sizeof(text), format, args);
    va_end(args);
    text_make_printable(text, ' ');
    warning_shorten(text);
    memcpy(warnings->text[warnings->count++], text, strlen(text) + 1);
}

/* Returns how many bytes of the text fit into `room` bytes, in whole words if possible. */
static size_t words_length(const char *text, size_t room)
{
    size_t length = strlen(text);
    if (length <= room)
        return length;
    for (size_t end = room; end > room / 2; end--) {
        if (text[end] == ' ')
            return end;
    }
    return text_fit(text, room);
}

void warnings_add_long(struct warnings *warnings, const char *prefix, const char *text)
{
    while (*text && warnings->count < WARNINGS_MAX) {
        size_t length = words_length(text, WARNING_SIZE - 1 - strlen(prefix));
        warnings_add(warnings, "%s%.*s", prefix, (int)length, text);
        text += length;
        text += strspn(text, " ");
        prefix = "";
    }
}
