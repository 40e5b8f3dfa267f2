/* Warnings: which are cut, broken into several, or dropped. */
#include "admission/model/warnings.h"
#include "tests/support/check.h"

#define TEN     "123456789 "
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define X20     "xxxxxxxxxxxxxxxxxxxx"
#define X120    X20 X20 X20 X20 X20 X20
#define EURO20  "€€€€€€€€€€€€€€€€€€€€"
#define EURO40  EURO20 EURO20

TEST(add__text__is_cut_where_it_is_too_long)
{
    static const struct {
        const char *name, *text, *expected;
    } cases[] = {
        {"empty", "", ""},
        {"short", "a warning", "a warning"},
        {"119 bytes", HUNDRED "1234567890123456789", HUNDRED "1234567890123456789"},
        {"120 bytes", X120, X120},
        {"121 bytes, at the last word", HUNDRED X20 "x", TEN TEN TEN TEN TEN TEN TEN TEN TEN "123456789..."},
        {"121 bytes, no word", X120 "x", X20 X20 X20 X20 X20 "xxxxxxxxxxxxxxxxx..."},
        {"the last space is too early", "a " X120, "a " X20 X20 X20 X20 X20 "xxxxxxxxxxxxxxx..."},
        {"three-byte characters, none is split", EURO40 "€", EURO20 "€€€€€€€€€€€€€€€€€€€..."},
        {"one byte before three-byte characters", "a" EURO40, "a" EURO20 "€€€€€€€€€€€€€€€€€€..."},
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

TEST(add_long__text__is_broken_between_words)
{
    static const struct {
        const char *name, *prefix, *text;
        const char *expected[4];
    } cases[] = {
        {"nothing", "no: ", "", {NULL}},
        {"one", "no: ", "a reason", {"no: a reason"}},
        {"exactly one", "no: ", HUNDRED "1234567890123456", {"no: " HUNDRED "1234567890123456"}},
        {"two, the prefix once", "no: ", HUNDRED "1234567890 1234567", {"no: " HUNDRED "1234567890", "1234567"}},
        {"a word that ends at the limit", "", X120 " y", {X120, "y"}},
        {"several spaces at the break", "", X20 X20 X20 X20 X20 X20 "   y", {X120, "y"}},
        {"no word", "", X120 X20, {X120, X20}},
        {"no word, three-byte characters", "a", EURO40 EURO20, {"a" EURO20 "€€€€€€€€€€€€€€€€€€€", "€" EURO20}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct warnings warnings = {0};
        warnings_add_long(&warnings, cases[i].prefix, cases[i].text);
        size_t count = 0;
        for (; cases[i].expected[count]; count++) {
            if (count >= warnings.count)
                fail_msg("%s: only %zu warnings", cases[i].name, warnings.count);
            check_text(cases[i].name, warnings.text[count], cases[i].expected[count]);
        }
        if (warnings.count != count)
            fail_msg("%s: %zu warnings, expected %zu", cases[i].name, warnings.count, count);
    }
}

TEST(add_long__more_than_ten__the_rest_is_dropped)
{
    struct warnings warnings = {0};
    for (int i = 1; i <= 9; i++)
        warnings_add(&warnings, "number %d", i);
    warnings_add_long(&warnings, "no: ", HUNDRED HUNDRED HUNDRED);
    assert_int_equal(warnings.count, WARNINGS_MAX);
    assert_true(strlen(warnings.text[WARNINGS_MAX - 1]) < WARNING_SIZE);
    assert_memory_equal(warnings.text[WARNINGS_MAX - 1], "no: 123456789", 13);
}
