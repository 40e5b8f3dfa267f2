/* Comparisons that name their case when they fail. */
#pragma once

#include "base/buf.h"
#include "tests/support/test.h"

static inline void check_text(const char *name, const char *got, const char *expected)
{
    if (strcmp(got, expected) != 0)
        fail_msg("%s: got\n%s\nexpected\n%s", name, got, expected);
}

/* Returns `text` without the blanks after '[', '{', ',' and ':' outside of strings, which JSON() makes of line breaks.
 * free() it. */
char *compact_json(const char *text);

/* Compares `got` with compact_json(expected). */
void check_json(const char *name, const char *got, const char *expected);

/* Fails the test unless `result` is -1 and err has this code and this text. */
static inline void check_failure(const char *name, int result, const struct err *err, enum err_code code,
                                 const char *text)
{
    if (result != -1)
        fail_msg("%s: returned %d, expected the error %s", name, result, text);
    check_text(name, err->text, text);
    if (err->code != code)
        fail_msg("%s: code %d, expected %d", name, (int)err->code, (int)code);
}

static inline void check_success(const char *name, int result, const struct err *err)
{
    if (result != 0)
        fail_msg("%s: failed: %s", name, err->text);
}
