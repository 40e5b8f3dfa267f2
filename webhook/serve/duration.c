/* Parses Go's duration format. Does not depend on what is timed. */
#include "serve/duration.h"

#include "base/units.h"

#include <stdbool.h>
#include <string.h>

/* If one name begins with another, the longer one comes first. */
static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    {"ns", 1},         {"us", 1000},    {"\xC2\xB5s", 1000},  {"\xCE\xBCs", 1000},
    {"ms", NS_PER_MS}, {"s", NS_PER_S}, {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S},
};

static bool read_unit(const char **text, int64_t *ret_ns)
{
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        size_t length = strlen(units[i].name);
        if (strncmp(*text, units[i].name, length) == 0) {
            *text += length;
            *ret_ns = units[i].ns;
            return true;
        }
    }
    return false;
}

/* A number such as "12", "1.5" or ".5"; its part below 1 is fraction / scale. */
struct decimal {
    int64_t whole, fraction, scale;
};

/* Returns false if the number overflows or has no digits. */
static bool read_decimal(const char **text, struct decimal *ret)
{
    struct decimal number = {.scale = 1};
    const char *c = *text;
    size_t digits = 0;
    for (; *c >= '0' && *c <= '9'; c++, digits++) {
        if (__builtin_mul_overflow(number.whole, 10, &number.whole) ||
            __builtin_add_overflow(number.whole, *c - '0', &number.whole))
            return false;
    }

    if (*c == '.')
        c++;
    for (; c > *text && *c >= '0' && *c <= '9'; c++, digits++) {
        if (number.scale < 1000000000) { /* digits after the ninth are ignored */
            number.scale *= 10;
            number.fraction = number.fraction * 10 + (*c - '0');
        }
    }

    *text = c;
    *ret = number;
    return digits > 0;
}

static bool add_term(const char **text, int64_t *total)
{
    struct decimal number;
    int64_t unit = 0;
    int64_t whole = 0;
    if (!read_decimal(text, &number) || !read_unit(text, &unit))
        return false;
    if (__builtin_mul_overflow(number.whole, unit, &whole) || __builtin_add_overflow(*total, whole, total))
        return false;
    /* Computed as double, because a fraction of nine digits times a unit of 13 digits overflows 64 bits, and __int128
     * is not ISO C. */
    int64_t part = (int64_t)((double)number.fraction / (double)number.scale * (double)unit);
    return !__builtin_add_overflow(*total, part, total);
}

int duration_parse(const char *text, int64_t *ret_ns, struct err *err)
{
    int64_t total = 0;
    const char *rest = text;
    if (*rest == '+')
        rest++;

    bool good = *rest != '\0';
    if (strcmp(rest, "0") == 0)
        rest++;
    while (good && *rest)
        good = add_term(&rest, &total);

    if (!good)
        return err_set(err, ERR_INVALID, "\"%.64s\" is not a duration; expected e.g. 5s or 500ms", text);
    *ret_ns = total;
    return 0;
}
