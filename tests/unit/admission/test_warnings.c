/* Warnings: which are shortened or dropped. */
#include "admission/model/warnings.h"
#include "tests/support/check.h"

#define TEN                   "123456789 "
#define HUNDRED               TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define HUNDRED_WITHOUT_SPACE TEN TEN TEN TEN TEN TEN TEN TEN TEN "123456789"
#define X20                   "xxxxxxxxxxxxxxxxxxxx"
#define X110                  X20 X20 X20 X20 X20 "xxxxxxxxxx"
#define EURO20                "€€€€€€€€€€€€€€€€€€€€"

TEST(add__text__is_cut_where_it_is_too_long)
{
    static const struct {
        const char *name, *text, *expected;
    } cases[] = {
        {"empty", "", ""},
        {"short", "a warning", "a warning"},
        {"109 bytes", HUNDRED "123456789", HUNDRED "123456789"},
        {"110 bytes", X110, X110},
        {"111 bytes, at the last word", HUNDRED "xxxxxxxxxxx", HUNDRED_WITHOUT_SPACE "..."},
        {"111 bytes, no word", X110 "x", X20 X20 X20 X20 X20 "xxxxxxx..."},
        {"the last space is too early", "a " X110, "a " X20 X20 X20 X20 X20 "xxxxx..."},
        {"three-byte characters, none is split", EURO20 EURO20, EURO20 "€€€€€€€€€€€€€€€..."},
        {"two bytes before three-byte characters", "ab" EURO20 EURO20, "ab" EURO20 "€€€€€€€€€€€€€€€..."},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct warnings warnings = {0};
        warnings_add(&warnings, "%s", cases[i].text);
        assert_int_equal(warnings.count, 1);
        check_text(cases[i].name, warnings.text[0], cases[i].expected);
    }
}

TEST(add__format__is_filled_in)
{
    struct warnings warnings = {0};
    warnings_add(&warnings, "container %s holds %d", "main", 3);
    check_text("format", warnings.text[0], "container main holds 3");
}

TEST(add__the_eleventh__is_dropped)
{
    struct warnings warnings = {0};
    for (int i = 1; i <= 12; i++)
        warnings_add(&warnings, "number %d", i);
    assert_int_equal(warnings.count, WARNINGS_MAX);
    check_text("the tenth", warnings.text[WARNINGS_MAX - 1], "number 10");
}
