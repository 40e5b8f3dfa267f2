/* Parses quantities exactly.
 *
 * The steps are those of parseQuantityString() in quantity.go: sign, digits, fraction, suffix. As there, a part without
 * digits counts as 0 (".", "+" and "Ki" are 0): what the API server accepts must not fail here. */
#include "core/quantity.h"

#include "base/units.h"

#include <stdio.h>
#include <string.h>

/* Numbers in manifests are shorter. The limits bound the work, and how much of a text a message repeats. */
enum { QUANTITY_LENGTH_MAX = 512, QUANTITY_SHOWN = 64 };

static const struct {
    const char *text;
    int decimal; /* power of ten */
    int binary;  /* power of two */
} suffixes[] = {
    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},  {"", 0, 0},    {"k", 3, 0},   {"M", 6, 0},
    {"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20},
    {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60},
};

/* The number whole.fraction * 10^decimal * 2^binary. */
struct number {
    const char *whole;
    size_t whole_length;
    const char *fraction;
    size_t fraction_length;
    int decimal;
    int binary;
};

/* A number that is not negative. If `rest` is set, the exact number is larger than `value`: it has a fraction, or
 * `value` is capped at INT64_MAX. */
struct rounded {
    uint64_t value;
    bool rest;
};

static size_t digits_length(const char *text)
{
    return strspn(text, "0123456789");
}

/* Parses the exponent after e or E: an optional sign and digits up to the end of the text. Ignores further digits once
 * the exponent has reached +-1000, because every number with such an exponent is capped or rounded in the same way. */
static bool exponent_parse(const char *text, int *ret_exponent)
{
    bool negative = *text == '-';
    text += *text == '-' || *text == '+';
    size_t length = digits_length(text);
    if (length == 0 || text[length])
        return false;
    int exponent = 0;
    for (; *text; text++)
        exponent = exponent < 1000 ? exponent * 10 + (*text - '0') : exponent;
    *ret_exponent = negative ? -exponent : exponent;
    return true;
}

static bool suffix_parse(const char *text, struct number *number)
{
    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        if (strcmp(text, suffixes[i].text) == 0) {
            number->decimal = suffixes[i].decimal;
            number->binary = suffixes[i].binary;
            return true;
        }
    }
    return (*text == 'e' || *text == 'E') && exponent_parse(text + 1, &number->decimal);
}

static bool number_parse(const char *text, struct number *ret_number)
{
    struct number number = {.whole = text, .whole_length = digits_length(text)};
    text += number.whole_length;
    if (*text == '.') {
        number.fraction = text + 1;
        number.fraction_length = digits_length(number.fraction);
        text = number.fraction + number.fraction_length;
    }
    if (!suffix_parse(text, &number))
        return false;
    *ret_number = number;
    return true;
}

/* Sets the value to value * factor + addend. If that exceeds INT64_MAX, sets INT64_MAX and `rest` instead. */
static void rounded_push(struct rounded *number, uint64_t factor, uint64_t addend)
{
    bool capped = addend > INT64_MAX || number->value > (INT64_MAX - addend) / factor;
    number->value = capped ? (uint64_t)INT64_MAX : number->value * factor + addend;
    number->rest = number->rest || capped;
}

static int digit_at(const struct number *number, size_t index)
{
    if (index < number->whole_length)
        return number->whole[index] - '0';
    index -= number->whole_length;
    return index < number->fraction_length ? number->fraction[index] - '0' : 0;
}

/* Multiplies the number by 10^decimal and keeps the whole part. */
static struct rounded round_decimal(const struct number *number)
{
    struct rounded result = {0};
    size_t count = number->whole_length + number->fraction_length;
    int64_t point = (int64_t)number->whole_length + number->decimal;
    for (int64_t i = 0; i < point && (i < (int64_t)count || result.value > 0) && !result.rest; i++)
        rounded_push(&result, 10, (uint64_t)digit_at(number, (size_t)i));
    for (size_t i = point > 0 ? (size_t)point : 0; i < count; i++)
        result.rest = result.rest || digit_at(number, i) != 0;
    return result;
}

/* Multiplies the number by 2^binary and keeps the whole part. Multiplies the fraction's digits from the right, as on
 * paper; the carry out of the first digit belongs to the whole part. */
static struct rounded round_binary(const struct number *number)
{
    struct rounded result = {0};
    for (size_t i = 0; i < number->whole_length; i++)
        rounded_push(&result, 10, (uint64_t)(number->whole[i] - '0'));
    uint64_t factor = UINT64_C(1) << number->binary;
    uint64_t carry = 0;
    for (size_t i = number->fraction_length; i > 0; i--) {
        uint64_t product = (uint64_t)(number->fraction[i - 1] - '0') * factor + carry; /* < 10 * 2^60 */
        result.rest = result.rest || product % 10 != 0;
        carry = product / 10;
    }
    rounded_push(&result, factor, carry);
    return result;
}

static struct quantity quantity_of(const struct number *number, bool negative)
{
    struct rounded magnitude = number->binary > 0 ? round_binary(number) : round_decimal(number);
    bool exact = !magnitude.rest;
    int64_t value = (int64_t)magnitude.value;
    if (!exact && value < INT64_MAX)
        value++;
    return (struct quantity){.value = negative ? -value : value, .exact = exact};
}

int quantity_parse(const char *text, struct quantity *ret_quantity, struct err *err)
{
    if (!*text)
        return err_set(err, ERR_INVALID, "an empty text is not a quantity; write a number, such as 1, 500m, 2k or 8Gi");
    if (strlen(text) > QUANTITY_LENGTH_MAX)
        return err_set(err, ERR_INVALID, "\"%.*s...\" is not a quantity: longer than %d characters", QUANTITY_SHOWN,
                       text, QUANTITY_LENGTH_MAX);

    struct number number;
    if (!number_parse(text + (*text == '-' || *text == '+'), &number))
        return err_set(
            err, ERR_INVALID,
            "\"%.*s\" is not a quantity; write a number with one of the suffixes n u m k M G T P E Ki Mi Gi Ti "
            "Pi Ei, an exponent such as e3, or nothing after it",
            QUANTITY_SHOWN, text);

    *ret_quantity = quantity_of(&number, *text == '-');
    return 0;
}

void quantity_bytes_text(int64_t bytes, char text[QUANTITY_TEXT_SIZE])
{
    static const char *const units[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    size_t unit = 0;
    if (bytes > MIB)
        bytes -= bytes % MIB;
    for (; bytes != 0 && bytes % 1024 == 0 && unit + 1 < ARRAY_SIZE(units); unit++)
        bytes /= 1024;
    (void)snprintf(text, QUANTITY_TEXT_SIZE, "%lld%s", (long long)bytes, units[unit]);
}
