#include "tests/support/check.h"

#include <stdlib.h>

char *compact_json(const char *text)
{
    char *compact = calloc(1, strlen(text) + 1);
    assert_non_null(compact);
    char *end = compact;
    bool quoted = false;
    for (const char *at = text; *at; at++) {
        bool after_mark = at > text && !quoted && strchr("[{,:", at[-1]);
        quoted ^= *at == '"' && (at == text || at[-1] != '\\');
        if (*at != ' ' || !after_mark)
            *end++ = *at;
    }
    return compact;
}

void check_json(const char *name, const char *got, const char *expected)
{
    AUTO(string) compact = compact_json(expected);
    check_text(name, got, compact);
}
