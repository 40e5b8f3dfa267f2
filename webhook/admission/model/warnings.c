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
