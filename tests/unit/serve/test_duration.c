/* serve/duration: Go's durations, as the API server writes ?timeout=. */
#include "serve/duration.h"
#include "tests/support/test.h"

#include <stdint.h>

#include <stdio.h>

TEST(parse__good_text__is_nanoseconds)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"5s", 5000000000},
        {"500ms", 500000000},
        {"1m30s", 90000000000},
        {"1h", 3600000000000},
        {"1.5s", 1500000000},
        {".5s", 500000000},
        {"1.s", 1000000000},
        {"0", 0},
        {"0s", 0},
        {"+3s", 3000000000},
        {"7ns", 7},
        {"2us", 2000},
        {"2\xC2\xB5s", 2000},
        {"2\xCE\xBCs", 2000},
        {"1h2m3.004s", 3723004000000},
        {"0.000000001s", 1},
        {"0.0000000009s", 0},
        {"9223372036854775807ns", INT64_MAX},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t ns = -1;
        struct err err = {0};
        if (duration_parse(cases[i].text, &ns, &err) < 0 || ns != cases[i].ns)
            fail_msg("%s: %lld %s", cases[i].text, (long long)ns, err.text);
    }
}

TEST(parse__bad_text__is_refused)
{
    static const char *const cases[] = {"",
                                        "5",
                                        "s",
                                        "5x",
                                        "-5s",
                                        "5s ",
                                        " 5s",
                                        "1..5s",
                                        ".s",
                                        "5ss",
                                        "1e3s",
                                        "00",
                                        "9223372036854775808ns",
                                        "9223372037s",
                                        "1s2"};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t ns = -1;
        struct err err = {0};
        char text[128];
        (void)snprintf(text, sizeof(text), "\"%s\" is not a duration; expected e.g. 5s or 500ms", cases[i]);
        if (duration_parse(cases[i], &ns, &err) == 0 || ns != -1)
            fail_msg("%s: parsed as %lld", cases[i], (long long)ns);
        assert_string_equal(err.text, text);
        assert_int_equal(err.code, ERR_INVALID);
    }
}
