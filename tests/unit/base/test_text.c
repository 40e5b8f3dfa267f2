/* base/text: no function cuts a character, and printable text has no control characters. */
#include "base/text.h"

#include "base/buf.h"
#include "base/problems.h"
#include "tests/support/check.h"

TEST(text_fit__limits_inside_characters__end_before_them)
{
    static const struct {
        const char *name, *text;
        size_t room, expected;
    } cases[] = {
        {"empty", "", 0, 0},
        {"empty, with room", "", 9, 0},
        {"shorter", "abc", 9, 3},
        {"as long", "abc", 3, 3},
        {"longer", "abc", 2, 2},
        {"no room", "abc", 0, 0},
        {"two bytes as long", "aé", 3, 3},
        {"two bytes, the second cut", "aé", 2, 1},
        {"three bytes, the third cut", "a€b", 3, 1},
        {"three bytes, the second cut", "a€b", 2, 1},
        {"four bytes, the fourth cut", "a😀b", 4, 1},
        {"four bytes whole", "a😀b", 5, 5},
        {"a character alone", "€", 2, 0},
        {"not UTF-8, cut anywhere", "\x80\x80\x80\x80\x80\x80", 5, 5},
        {"not UTF-8 after a character", "é\x80\x80\x80\x80\x80", 6, 6},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t length = text_fit(cases[i].text, cases[i].room);
        if (length != cases[i].expected)
            fail_msg("%s: %zu, not %zu", cases[i].name, length, cases[i].expected);
        char shown[32];
        (void)snprintf(shown, sizeof(shown), "%.*s", TEXT_CUT(cases[i].text, cases[i].room));
        assert_int_equal(strlen(shown), length);
    }
}

TEST(text_sequence_length__bytes__as_rfc_3629_has_them)
{
    static const struct {
        const char *text;
        size_t expected;
    } cases[] = {
        {"a", 1},
        {"é", 2},
        {"€", 3},
        {"😀", 4},
        {"\x80", 0},
        {"\xC3", 0},
        {"\xC0\xAF", 0},         /* overlong */
        {"\xE0\x80\xAF", 0},     /* overlong */
        {"\xF0\x80\x80\xAF", 0}, /* overlong */
        {"\xED\xA0\x80", 0},     /* a surrogate */
        {"\xF4\x90\x80\x80", 0}, /* above U+10FFFF */
        {"\xE2\x82", 0},
        {"\xF0\x9F\x98", 0},
        {"\xFF", 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(text_sequence_length(cases[i].text, strlen(cases[i].text)), cases[i].expected);
}

TEST(text_printf__not_utf8__cut_characters_are_dropped_and_other_bytes_shown)
{
    static const struct {
        const char *text, *whole, *cut; /* the results of "%s" and of "%.60s" */
    } cases[] = {
        {"", "", ""},
        {"plain", "plain", "plain"},
        {"é€😀", "é€😀", "é€😀"},
        {"a\xC3", "a\\xC3", "a"},
        {"a\xE2\x82", "a\\xE2\\x82", "a"},
        {"a\xF0\x9F\x98", "a\\xF0\\x9F\\x98", "a"},
        {"\"\xE2\x82\" is not", "\"\\xE2\\x82\" is not", "\"\" is not"},
        {"\xE2\x82\xE2\x82\xAC", "\\xE2\\x82€", "€"},
        {"\xC3\xC3\xA9", "\\xC3é", "é"},
        {"caf\xE9.yaml", "caf\\xE9.yaml", "caf.yaml"},
        {"\x80\xFF\xC0\xAF", "\\x80\\xFF\\xC0\\xAF", "\\x80\\xFF\\xC0\\xAF"},
        {"\xED\xA0\x80", "\\xED\\xA0\\x80", "\\xA0\\x80"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[64];
        text_printf(text, sizeof(text), "%s", cases[i].text);
        check_text(cases[i].whole, text, cases[i].whole);
        text_printf(text, sizeof(text), "%.60s", cases[i].text);
        check_text(cases[i].cut, text, cases[i].cut);

        AUTO(problems) problems = {0};
        problems_add(&problems, "f.yaml", 1, 2, "%s", cases[i].text);
        check_text(cases[i].whole, problems.items[0].text, cases[i].whole);
    }
}

TEST(text_printf__bytes_that_need_more_room__end_within_the_size)
{
    static const size_t lengths[] = {0, 0, 0, 0, 0, 4, 4, 6, 6, 6};
    for (size_t size = 1; size < ARRAY_SIZE(lengths); size++) {
        char text[16];
        memset(text, '#', sizeof(text));
        text_printf(text, size, "%s", "\xFFé\xFE");
        assert_int_equal(strlen(text), lengths[size]);
        assert_true(strncmp(text, "\\xFFé", strlen(text)) == 0);
        assert_int_equal(text[size], '#');
    }
}

TEST(text_printf__size_or_precision_cuts__whole_characters_stay)
{
    char text[8];
    text_printf(text, sizeof(text), "%s", "aaaé");
    check_text("fits", text, "aaaé");
    text_printf(text, sizeof(text), "%s", "aaaaa€");
    check_text("the size cuts", text, "aaaaa");
    text_printf(text, sizeof(text), "<%.2s>", "€");
    check_text("the precision cuts", text, "<>");
}

TEST(text_copy__size_cuts__whole_characters_stay)
{
    char text[6];
    text_copy(text, sizeof(text), "");
    check_text("empty", text, "");
    text_copy(text, sizeof(text), "aa€");
    check_text("fits", text, "aa€");
    text_copy(text, sizeof(text), "aaa€");
    check_text("the size cuts", text, "aaa");
    text_copy(text, 1, "a");
    check_text("no room", text, "");
}

TEST(err_set__text_longer_than_an_error__ends_with_a_whole_character)
{
    char euros[2 * ERR_TEXT_SIZE];
    for (size_t i = 0; i < sizeof(euros); i++)
        euros[i] = "€"[i % 3];
    euros[sizeof(euros) - 1] = '\0';
    for (int before = 0; before < 3; before++) {
        struct err err;
        (void)err_set(&err, ERR_INVALID, "%.*s%s", before, "ab", euros);
        assert_true(strlen(err.text) >= ERR_TEXT_SIZE - 3);
        assert_int_equal((strlen(err.text) - (size_t)before) % 3, 0);
        (void)err_set(&err, ERR_INVALID, "%s", euros);
        (void)err_wrap(&err, "%.*s", before, "ab");
        assert_int_equal((strlen(err.text) - (size_t)before - 2) % 3, 0);
        (void)err_wrap(&err, "%.*s", before + 1, euros); /* the precision cuts the prefix, too */
        assert_int_equal(strncmp(err.text, before == 2 ? "€: " : ": ", 2), 0);
    }
}

TEST(problems_add__a_precision_cuts__the_rest_of_the_character_is_dropped)
{
    AUTO(problems) problems = {0};
    problems_add(&problems, "f.yaml", 1, 2, "\"%.4s\" is wrong", "a€€");
    check_text("text", problems.items[0].text, "\"a€\" is wrong");
    problems_add(&problems, "f.yaml", 1, 2, "\"%.5s\" is wrong", "a€€");
    check_text("text", problems.items[1].text, "\"a€\" is wrong");
}

TEST(text_make_printable__characters_that_do_not_print__are_replaced)
{
    static const struct {
        const char *name, *text, *expected;
    } cases[] = {
        {"empty", "", ""},
        {"plain", "a b~", "a b~"},
        {"other scripts", "é€😀\xC2\xA0", "é€😀\xC2\xA0"},
        {"C0", "a\nb\r\tc\x1B[31m", "a?b??c?[31m"},
        {"DEL", "a\x7F", "a?"},
        {"C1, the one-byte CSI of terminals",
         "a\xC2\x9B"
         "31m",
         "a?31m"},
        {"line and paragraph separator", "a\xE2\x80\xA8\xE2\x80\xA9z", "a??z"},
        {"byte order mark, noncharacters", "\xEF\xBB\xBF\xEF\xBF\xBE\xEF\xBF\xBFz", "???z"},
        {"the replacement character stays", "\xEF\xBF\xBD", "\xEF\xBF\xBD"},
        {"not UTF-8 stays", "\xC2", "\xC2"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[32];
        (void)snprintf(text, sizeof(text), "%s", cases[i].text);
        text_make_printable(text, '?');
        check_text(cases[i].name, text, cases[i].expected);
        AUTO(buf) out;
        buf_init(&out, 100);
        buf_add_printable(&out, cases[i].text, strlen(cases[i].text), '?');
        check_text(cases[i].name, buf_text(&out), cases[i].expected);
    }
}

TEST(text_is_any_and_text_ends_any)
{
    assert_true(text_is_any("b", WORDS("a", "b")));
    assert_false(text_is_any("", WORDS("a", "b")));
    assert_false(text_is_any("bb", WORDS("a", "b")));
    assert_false(text_is_any(NULL, WORDS("a")));
    assert_true(text_ends_any("x.yaml", WORDS(".yml", ".yaml")));
    assert_false(text_ends_any(".yml", WORDS(".yml", ".yaml")));
    assert_false(text_ends_any("yml", WORDS(".yml", ".yaml")));
}
