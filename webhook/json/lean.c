/* Writes the text that cJSON reads instead of the original: replaces what cJSON cannot read, and leaves out what the
 * caller names. Does not know what members mean. */
#include "json/lean.h"

#include <math.h>
#include <stdio.h>

void lean_skip(struct lean *lean, const unsigned char *copy_until, const unsigned char *resume_at)
{
    if (!lean->out->data)
        buf_reserve(lean->out, (size_t)(lean->end - lean->text));
    buf_add(lean->out, lean->text + lean->done, (size_t)(copy_until - lean->text) - lean->done);
    lean->done = (size_t)(resume_at - lean->text);
}

/* cJSON copies a number into 64 bytes before it converts it, so a longer one is rounded to a double, or becomes
 * 1e999 or -1e999 if it is too large for one. */
void lean_number(struct lean *lean, const unsigned char *number, const unsigned char *end)
{
    char text[LEAN_NUMBER_MAX + 1] = "0";
    if (lean->leaves_out)
        return;

    /* At the end of the text, no byte would stop strtod(). Such a text is a number and no review, so 0 will do. */
    if (end < lean->end) {
        double value = strtod((const char *)number, NULL);
        if (isfinite(value))
            (void)snprintf(text, sizeof(text), "%.17g", value);
        else
            (void)snprintf(text, sizeof(text), "%s", value < 0 ? "-1e999" : "1e999");
    }
    lean_skip(lean, number, end);
    buf_add_string(lean->out, text);
}

/* Replaces each \u0000 in the copy by \ufffd. The text is valid, and the byte after a backslash is skipped,
 * so each backslash that is found begins an escape. */
static void replace_nul(struct buf *out)
{
    const char *end = out->data + out->length;
    for (char *at = out->data; (at = memchr(at, '\\', (size_t)(end - at))) != NULL; at += 2) {
        if (strncmp(at + 1, "u0000", sizeof("u0000") - 1) == 0)
            memcpy(at + 1, "ufffd", sizeof("ufffd") - 1);
    }
}

int lean_finish(struct lean *lean, struct err *err)
{
    if (buf_check(lean->out, err) < 0)
        return -1;
    if (lean->has_nul && lean->out->data)
        replace_nul(lean->out);
    return 0;
}
