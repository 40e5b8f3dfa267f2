/* The meaning of plain YAML scalars. Does not depend on a parser, an emitter or a JSON library. */
#include "json/yaml_scalar.h"

#include "base/cleanup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_SIZE = 512 };

#define WORD_NULL(word)              \
    {                                \
        (word),                      \
        {                            \
            .type = YAML_SCALAR_NULL \
        }                            \
    }
#define WORD_TRUE(word)                               \
    {                                                 \
        (word),                                       \
        {                                             \
            .type = YAML_SCALAR_BOOL, .boolean = true \
        }                                             \
    }
#define WORD_FALSE(word)                               \
    {                                                  \
        (word),                                        \
        {                                              \
            .type = YAML_SCALAR_BOOL, .boolean = false \
        }                                              \
    }
#define WORD_NOT_FINITE(word)                                                                                 \
    {                                                                                                         \
        (word),                                                                                               \
        {                                                                                                     \
            .type = YAML_SCALAR_REFUSED, .complaint = "JSON has neither infinity nor NaN; put text in quotes" \
        }                                                                                                     \
    }

/* The three spellings that go-yaml v2 accepts of each word; "nUll" is a string. */
static const struct {
    const char *text;
    struct yaml_scalar scalar;
} words[] = {
    WORD_NULL(""),
    WORD_NULL("~"),
    WORD_NULL("null"),
    WORD_NULL("Null"),
    WORD_NULL("NULL"),
    WORD_TRUE("y"),
    WORD_TRUE("Y"),
    WORD_TRUE("yes"),
    WORD_TRUE("Yes"),
    WORD_TRUE("YES"),
    WORD_TRUE("true"),
    WORD_TRUE("True"),
    WORD_TRUE("TRUE"),
    WORD_TRUE("on"),
    WORD_TRUE("On"),
    WORD_TRUE("ON"),
    WORD_FALSE("n"),
    WORD_FALSE("N"),
    WORD_FALSE("no"),
    WORD_FALSE("No"),
    WORD_FALSE("NO"),
    WORD_FALSE("false"),
    WORD_FALSE("False"),
    WORD_FALSE("FALSE"),
    WORD_FALSE("off"),
    WORD_FALSE("Off"),
    WORD_FALSE("OFF"),
    WORD_NOT_FINITE(".nan"),
    WORD_NOT_FINITE(".NaN"),
    WORD_NOT_FINITE(".NAN"),
    WORD_NOT_FINITE(".inf"),
    WORD_NOT_FINITE(".Inf"),
    WORD_NOT_FINITE(".INF"),
    WORD_NOT_FINITE("+.inf"),
    WORD_NOT_FINITE("+.Inf"),
    WORD_NOT_FINITE("+.INF"),
    WORD_NOT_FINITE("-.inf"),
    WORD_NOT_FINITE("-.Inf"),
    WORD_NOT_FINITE("-.INF"),
};

static const struct yaml_scalar string_scalar = {.type = YAML_SCALAR_STRING};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static unsigned digit_value(char c)
{
    if (is_digit(c))
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return UINT32_MAX;
}

/* Returns the base of the digits at *text and moves *text after its prefix. */
static unsigned integer_base(const char **text)
{
    if ((*text)[0] != '0' || (*text)[1] == '\0')
        return 10;

    static const struct {
        char letters[3];
        unsigned base;
    } prefixes[] = {{"xX", 16}, {"bB", 2}, {"oO", 8}};
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        if (strchr(prefixes[i].letters, (*text)[1])) {
            *text += 2;
            return prefixes[i].base;
        }
    }

    *text += 1;
    return 8;
}

/* `text` has no underscores. Returns a string scalar if it is not an integer. */
static struct yaml_scalar resolve_integer(const char *text)
{
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    unsigned base = integer_base(&text);
    if (*text == '\0')
        return string_scalar;

    uint64_t magnitude = 0;
    bool overflow = false;
    for (; *text; text++) {
        unsigned digit = digit_value(*text);
        if (digit >= base)
            return string_scalar;
        overflow |= __builtin_mul_overflow(magnitude, (uint64_t)base, &magnitude);
        overflow |= __builtin_add_overflow(magnitude, (uint64_t)digit, &magnitude);
    }

    if (overflow || magnitude > (uint64_t)INT64_MAX + negative)
        return (struct yaml_scalar){.type = YAML_SCALAR_REFUSED,
                                    .complaint = "an integer must lie between -9223372036854775808 and "
                                                 "9223372036854775807; put text in quotes"};

    return (struct yaml_scalar){.type = YAML_SCALAR_INTEGER,
                                .integer = (int64_t)(negative ? 0 - magnitude : magnitude)};
}

static const char *skip_digits(const char *text)
{
    while (is_digit(*text))
        text++;
    return text;
}

/* go-yaml v2's yamlStyleFloat: [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_real(const char *text)
{
    if (*text == '-' || *text == '+')
        text++;
    const char *whole = text;
    text = skip_digits(text);

    bool digits = text > whole;
    if (*text == '.') {
        const char *fraction = ++text;
        text = skip_digits(text);
        digits |= text > fraction;
    }

    if (!digits)
        return false;
    if (*text != 'e' && *text != 'E')
        return *text == '\0';

    text++;
    if (*text == '-' || *text == '+')
        text++;
    return is_digit(*text) && *skip_digits(text) == '\0';
}

static struct yaml_scalar resolve_real(const char *text)
{
    static const double exact_limit = 9007199254740992.0; /* 2^53: whole numbers below are exact in a double */
    if (!is_real(text))
        return string_scalar;
    double real = strtod(text, NULL);
    if (!isfinite(real))
        return (struct yaml_scalar){.type = YAML_SCALAR_REFUSED,
                                    .complaint = "the number is too large; put text in quotes"};
    if (real > -exact_limit && real < exact_limit && (double)(int64_t)real == real)
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
        if (text[strspn(text, "0123456789_+-.eE")] != '\0')
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
        if (strcmp(text, words[i].text) == 0)
            return words[i].scalar;
    }
    if (is_digit(*text) || *text == '-' || *text == '+')
        return resolve_number(text);
    if (*text == '.' && strlen(text) < NUMBER_SIZE)
        return resolve_real(text);
    return string_scalar;
}
