/* Writes the text format's lines with their escapes. Depends only on buffers. */
#include "serve/exposition.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

/* Escapes backslash and line feed, and also the quote if `in_quotes`, as in label values. */
static void add_escaped(struct buf *out, const char *text, bool in_quotes)
{
    for (; *text; text++) {
        if (*text == '\\')
            buf_add_string(out, "\\\\");
        else if (*text == '\n')
            buf_add_string(out, "\\n");
        else if (*text == '"' && in_quotes)
            buf_add_string(out, "\\\"");
        else
            buf_add_char(out, *text);
    }
}

void exposition_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_addf(out, "# HELP %s ", name);
    add_escaped(out, help, false);
    buf_addf(out, "\n# TYPE %s %s\n", name, type);
}

static void add_label(struct buf *out, size_t index, const char *name, const char *value)
{
    buf_addf(out, "%c%s=\"", index == 0 ? '{' : ',', name);
    add_escaped(out, value, true);
    buf_add_char(out, '"');
}

/* Writes everything before the value. */
static void add_series(struct buf *out, const struct exposition_sample *sample)
{
    size_t count = 0;
    buf_add_string(out, sample->name);
    buf_add_string(out, sample->suffix ? sample->suffix : "");
    for (; sample->names && sample->names[count]; count++)
        add_label(out, count, sample->names[count], sample->values[count]);
    if (sample->bound)
        add_label(out, count++, "le", sample->bound);
    buf_add_string(out, count > 0 ? "} " : " ");
}

void exposition_number(double value, char ret_text[EXPOSITION_NUMBER_SIZE])
{
    if (isnan(value) || isinf(value)) {
        (void)snprintf(ret_text, EXPOSITION_NUMBER_SIZE, "%s", isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
        return;
    }
    /* 17 digits always read back as the same number (IEEE 754 binary64), but would print 0.05 as
     * 0.050000000000000003. */
    for (int digits = 6; digits <= 17; digits++) {
        (void)snprintf(ret_text, EXPOSITION_NUMBER_SIZE, "%.*g", digits, value);
        double again = strtod(ret_text, NULL);
        if (again <= value && again >= value)
            return;
    }
}

void exposition_add(struct buf *out, const struct exposition_sample *sample, double value)
{
    char text[EXPOSITION_NUMBER_SIZE];
    exposition_number(value, text);
    add_series(out, sample);
    buf_addf(out, "%s\n", text);
}

void exposition_add_count(struct buf *out, const struct exposition_sample *sample, uint64_t value)
{
    add_series(out, sample);
    buf_addf(out, "%" PRIu64 "\n", value);
}
