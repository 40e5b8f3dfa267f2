/* core/quantity: numbers as resource.Quantity reads them. */
#include "core/quantity.h"
#include "tests/support/test.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

TEST(quantity_parse__valid__value_and_exactness)
{
    static const struct {
        const char *text;
        int64_t value;
        bool exact;
    } cases[] = {
        {"0", 0, true},
        {"1", 1, true},
        {"+1", 1, true},
        {"-1", -1, true},
        {"007", 7, true},
        {"1.0", 1, true},
        {"1.000000000000000000000000000000", 1, true},
        {"5.", 5, true},
        {".5", 1, false},
        {"0.5", 1, false},
        {"-0.5", -1, false},
        {"1.5", 2, false},
        {"-1.5", -2, false},
        {"1.0000000000000000000000000000001", 2, false},
        {"-0", 0, true},
        {"0.0", 0, true},
        {"0m", 0, true},
        {"1n", 1, false},
        {"1u", 1, false},
        {"1m", 1, false},
        {"1000m", 1, true},
        {"1001m", 2, false},
        {"1500m", 2, false},
        {"1000000u", 1, true},
        {"1000000000n", 1, true},
        {"2000000001n", 3, false},
        {"2k", 2000, true},
        {"0.5k", 500, true},
        {"0.0005k", 1, false},
        {"1M", 1000000, true},
        {"1G", 1000000000, true},
        {"1T", 1000000000000, true},
        {"1P", 1000000000000000, true},
        {"1E", 1000000000000000000, true},
        {"9E", 9000000000000000000, true},
        {"1Ki", 1024, true},
        {"1Mi", 1048576, true},
        {"1Gi", 1073741824, true},
        {"1Ti", 1099511627776, true},
        {"1Pi", 1125899906842624, true},
        {"1Ei", 1152921504606846976, true},
        {"7Ei", 8070450532247928832, true},
        {"0.5Ki", 512, true},
        {".5Ki", 512, true},
        {"1.5Gi", 1610612736, true},
        {"0.1Ki", 103, false},
        {"-0.1Ki", -103, false},
        {"0.00009765625Ki", 1, false}, /* 0.1 */
        {"0.0009765625Ki", 1, true},
        {"0.00097656250000000000000000001Ki", 2, false},
        {"1e3", 1000, true},
        {"1E3", 1000, true},
        {"1e+3", 1000, true},
        {"1e0", 1, true},
        {"1e-1", 1, false},
        {"1000e-3", 1, true},
        {"1.25e2", 125, true},
        {"1.255e2", 126, false},
        {"0e999999999", 0, true},
        {"1e-999999999", 1, false},
        /* Parts without digits count as 0 in quantity.go. */
        {"+", 0, true},
        {".", 0, true},
        {"Ki", 0, true},
        {"E", 0, true},
        {"m", 0, true},
        /* The limits of int64, and values beyond them. */
        {"9223372036854775807", INT64_MAX, true},
        {"-9223372036854775807", -INT64_MAX, true},
        {"9223372036854775806.5", INT64_MAX, false},
        {"9223372036854775807.5", INT64_MAX, false},
        {"9223372036854775808", INT64_MAX, false},
        {"-9223372036854775808", -INT64_MAX, false},
        {"99999999999999999999999999999", INT64_MAX, false},
        {"10E", INT64_MAX, false},
        {"8Ei", INT64_MAX, false},
        {"7.9999999999999999999Ei", INT64_MAX, false},
        {"-8Ei", -INT64_MAX, false},
        {"1e19", INT64_MAX, false},
        {"1e999999999999", INT64_MAX, false},
        {"9223372036854775807000m", INT64_MAX, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct quantity got = {.value = 42};
        struct err err;
        if (quantity_parse(cases[i].text, &got, &err) < 0)
            fail_msg("%s: refused: %s", cases[i].text, err.text);
        if (got.value != cases[i].value || got.exact != cases[i].exact)
            fail_msg("%s: got %lld %s", cases[i].text, (long long)got.value, got.exact ? "exact" : "rounded");
    }
}

TEST(quantity_parse__malformed__refused)
{
    static const char *const cases[] = {
        "1 ",    " 1",  "1 Ki",     "0x1", "NaN", "inf",  "Infinity", "1KI", "1ki",  "1kI",   "1K",
        "1mi",   "1i",  "1e",       "1e+", "1e-", "1ee3", "1eE3",     "1Ee", "1e3m", "1e3.5", "1e 3",
        "1.1.M", "--1", "+-1",      "-+",  "1-",  "1,5",  "1_000",    "1k5", "1+5",  "aoeu",  ".5i",
        "1Kim",  "1\n", "\xc2\xb2", "1b",  "5Gb", "8GiB", "e",        "..",  "1M i",
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct quantity got = {.value = 42, .exact = true};
        struct err err = {0};
        if (quantity_parse(cases[i], &got, &err) == 0)
            fail_msg("\"%s\": accepted as %lld", cases[i], (long long)got.value);
        assert_int_equal(err.code, ERR_INVALID);
        assert_int_equal(got.value, 42);
    }
}

TEST(quantity_parse__malformed__message_says_what_would_be_right)
{
    struct quantity got;
    struct err err;
    assert_int_equal(quantity_parse("8GB", &got, &err), -1);
    assert_string_equal(err.text,
                        "\"8GB\" is not a quantity; write a number with one of the suffixes n u m k M G T P E Ki "
                        "Mi Gi Ti Pi Ei, an exponent such as e3, or nothing after it");
    assert_int_equal(quantity_parse("", &got, &err), -1);
    assert_string_equal(err.text, "an empty text is not a quantity; write a number, such as 1, 500m, 2k or 8Gi");
    char longest[600];
    memset(longest, '1', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(quantity_parse(longest, &got, &err), -1);
    assert_string_equal(
        err.text,
        "\"1111111111111111111111111111111111111111111111111111111111111111...\" is not a quantity: longer than 512 "
        "characters");
}

TEST(quantity_parse__thousandths__agree_with_integer_arithmetic)
{
    for (int64_t thousandths = -5000; thousandths <= 5000; thousandths++) {
        char as_milli[32];
        char as_fraction[32];
        int64_t absolute = thousandths < 0 ? -thousandths : thousandths;
        (void)snprintf(as_milli, sizeof(as_milli), "%lldm", (long long)thousandths);
        (void)snprintf(as_fraction, sizeof(as_fraction), "%s%lld.%03lld", thousandths < 0 ? "-" : "",
                       (long long)(absolute / 1000), (long long)(absolute % 1000));
        int64_t expected = (absolute + 999) / 1000 * (thousandths < 0 ? -1 : 1);
        const char *const texts[] = {as_milli, as_fraction};
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
            struct quantity got;
            struct err err;
            assert_int_equal(quantity_parse(texts[i], &got, &err), 0);
            if (got.value != expected || got.exact != (absolute % 1000 == 0))
                fail_msg("%s: got %lld", texts[i], (long long)got.value);
        }
    }
}

TEST(quantity_bytes_text__sizes__largest_unit_that_divides_or_mi)
{
    static const struct {
        int64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0"},
        {1, "1"},
        {1000, "1000"},
        {1023, "1023"},
        {1024, "1Ki"},
        {1025, "1025"},
        {INT64_C(10) << 30, "10Gi"},
        {INT64_C(5461) << 20, "5461Mi"},
        {INT64_C(1) << 60, "1Ei"},
        {INT64_C(3) << 10 | INT64_C(1) << 9, "3584"},
        {-2048, "-2Ki"},
        {INT64_MAX, "8796093022207Mi"},
        {(INT64_C(5461) << 20) + 5, "5461Mi"},
        {INT64_C(12000000000), "11444Mi"},
        {INT64_MIN, "-8Ei"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[QUANTITY_TEXT_SIZE];
        quantity_bytes_text(cases[i].bytes, text);
        assert_string_equal(text, cases[i].text);
    }
}

/* The text is parsed to the same number, rounded down to whole Mi above 1 Mi. */
TEST(quantity_bytes_text__any__is_parsed_to_the_same_number)
{
    for (int64_t bytes = 1; bytes < INT64_MAX / 3; bytes = bytes * 3 + 1) {
        char text[QUANTITY_TEXT_SIZE];
        struct quantity got;
        struct err err;
        quantity_bytes_text(bytes, text);
        assert_int_equal(quantity_parse(text, &got, &err), 0);
        assert_true(got.exact);
        assert_int_equal(got.value, bytes <= 1 << 20 ? bytes : bytes >> 20 << 20);
    }
}
