/* The meaning of plain YAML scalars. Does not depend on a parser, an emitter or a JSON library. */
#include "json/yaml_scalar.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS      "0123456789"
#define OCTAL       "01234567"
#define EXACT_LIMIT 9007199254740992.0 /* 2^53: whole numbers below it are exact in a double */

enum { NUMBER_SIZE = 512, SPELLINGS_MAX = 13 };

/* The spellings that go-yaml v2 accepts: each word in lower case, capitalized and in upper case; "nUll" is a string. */
static const struct {
    struct yaml_scalar scalar;
    const char *spellings[SPELLINGS_MAX];
} words[] = {
    {{.type = YAML_SCALAR_NULL}, {"", "~", "null", "Null", "NULL"}},
    {{.type = YAML_SCALAR_BOOL, .boolean = true},
     {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}},
    {{.type = YAML_SCALAR_BOOL, .boolean = false},
     {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}},
    {{.type = YAML_SCALAR_REFUSED, .complaint = "JSON has neither infinity nor NaN; put text in quotes"},
     {".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"}},
};

static const struct yaml_scalar string_scalar = {.type = YAML_SCALAR_STRING};

/* How integers are written. Of the rows whose prefix, in either case, begins the text but is not all of it, the first
 * applies. */
static const struct notation {
    const char *prefix;
    int base;
    const char *digits;
} notations[] = {
    {"0x", 16, DIGITS "abcdefABCDEF"}, {"0b", 2, "01"}, {"0o", 8, OCTAL}, {"0", 8, OCTAL}, {"", 10, DIGITS},
};

/* `text` has no underscores. Returns a string scalar if it is not an integer. */
static struct yaml_scalar resolve_integer(const char *text)
{
    bool negative = *text == '-';
    text += *text == '-' || *text == '+';
    if (*text == '\0')
        return string_scalar;

    const struct notation *notation = notations;
    while (strncasecmp(text, notation->prefix, strlen(notation->prefix)) != 0 || !text[strlen(notation->prefix)])
        notation++;
    text += strlen(notation->prefix);
    if (text[strspn(text, notation->digits)] != '\0')
        return string_scalar;

    uint64_t magnitude = strtoull(text, NULL, notation->base); /* UINT64_MAX if the number is larger */
    if (magnitude > (uint64_t)INT64_MAX + negative)
        return (struct yaml_scalar){.type = YAML_SCALAR_REFUSED,
                                    .complaint = "an integer must lie between -9223372036854775808 and "
                                                 "9223372036854775807; put text in quotes"};

    return (struct yaml_scalar){.type = YAML_SCALAR_INTEGER,
                                .integer = (int64_t)(negative ? 0 - magnitude : magnitude)};
}

bool yaml_scalar_is_whole(double real)
{
    return real > -EXACT_LIMIT && real < EXACT_LIMIT && (double)(int64_t)real == real;
}

/* go-yaml v2's yamlStyleFloat: [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
 * Among texts of only these characters, strtod() accepts the same ones. */
static struct yaml_scalar resolve_real(const char *text)
{
    char *end;
    double real = strtod(text, &end);
    if (end == text || *end != '\0' || text[strspn(text, DIGITS "+-.eE")] != '\0')
        return string_scalar;
    if (!isfinite(real))
        return (struct yaml_scalar){.type = YAML_SCALAR_REFUSED,
                                    .complaint = "the number is too large; put text in quotes"};
    if (yaml_scalar_is_whole(real))
        return (struct yaml_scalar){.type = YAML_SCALAR_INTEGER, .integer = (int64_t)real};
    return (struct yaml_scalar){.type = YAML_SCALAR_REAL, .real = real};
}

/* Copies `text` without its underscores; false if it does not fit. */
static bool without_underscores(const char *text, char plain[NUMBER_SIZE])
{
    size_t length = 0;
    for (; *text; text++) {
        if (length + 1 == NUMBER_SIZE)
            return false;
        if (*text != '_')
            plain[length++] = *text;
    }
    plain[length] = '\0';
    return true;
}

static struct yaml_scalar resolve_number(const char *text)
{
    char plain[NUMBER_SIZE];
    if (!without_underscores(text, plain)) {
        /* It is too long for a meaningful number, but long text that starts with a digit is common. */
        if (text[strspn(text, DIGITS "_+-.eE")] != '\0')
            return string_scalar;
        return (struct yaml_scalar){.type = YAML_SCALAR_REFUSED,
                                    .complaint = "the number has over 500 characters; put text in quotes"};
    }
    struct yaml_scalar scalar = resolve_integer(plain);
    return scalar.type == YAML_SCALAR_STRING ? resolve_real(plain) : scalar;
}

struct yaml_scalar yaml_scalar_resolve(const char *text)
{
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        for (size_t j = 0; j < SPELLINGS_MAX && words[i].spellings[j]; j++) {
            if (strcmp(text, words[i].spellings[j]) == 0)
                return words[i].scalar;
        }
    }
    if (strspn(text, DIGITS "+-") > 0)
        return resolve_number(text);
    if (*text == '.' && strlen(text) < NUMBER_SIZE)
        return resolve_real(text);
    return string_scalar;
}
