/* base/buf. */
#include "base/buf.h"

#include "tests/support/check.h"

#include <stdlib.h>

TEST(buf__additions__text_ends_with_nul)
{
    struct err err = {0};
    AUTO(buf) buf;
    buf_init(&buf, 1000);
    check_text("empty", buf_text(&buf), "");
    buf_add(&buf, "abc", 2);
    buf_add_string(&buf, "-cd");
    buf_add_char(&buf, '!');
    buf_addf(&buf, "%03d%s", 7, "x");
    buf_addf(&buf, "%s", "");
    check_text("all", buf_text(&buf), "ab-cd!007x");
    assert_int_equal(buf.length, 10);
    check_success("check", buf_check(&buf, &err), &err);
}

TEST(buf__grows__beyond_its_first_capacity)
{
    AUTO(buf) buf;
    buf_init(&buf, 100000);
    for (int i = 0; i < 10000; i++)
        buf_addf(&buf, "%d", i % 10);
    assert_int_equal(buf.length, 10000);
    assert_int_equal(strlen(buf_text(&buf)), 10000);
    assert_memory_equal(buf.data + 9990, "0123456789", 10);
}

TEST(buf__maximum__can_be_reached_but_not_passed)
{
    struct err err = {0};
    AUTO(buf) buf;
    buf_init(&buf, 4);
    buf_add_string(&buf, "abcd");
    check_success("full", buf_check(&buf, &err), &err);
    buf_add_char(&buf, 'e');
    check_failure("over", buf_check(&buf, &err), &err, ERR_LIMIT, "longer than 4 bytes");
    buf_add(&buf, "", 0);
    check_text("what fitted stays", buf_text(&buf), "abcd");
    assert_null(buf_take(&buf));
    buf_reset(&buf);
    buf_addf(&buf, "%d", 12345);
    check_failure("over by format", buf_check(&buf, &err), &err, ERR_LIMIT, "longer than 4 bytes");
    check_text("nothing of it", buf_text(&buf), "");
    buf_reset(&buf);
    buf_add_string(&buf, "xy");
    check_success("reset clears the failure", buf_check(&buf, &err), &err);
    check_text("after the reset", buf_text(&buf), "xy");
}

TEST(buf_take__with_and_without_text__handed_over)
{
    AUTO(buf) buf;
    buf_init(&buf, 10);
    AUTO(string) nothing = buf_take(&buf);
    assert_non_null(nothing);
    check_text("nothing", nothing, "");
    buf_add_string(&buf, "abc");
    AUTO(string) text = buf_take(&buf);
    check_text("text", text, "abc");
    assert_null(buf.data);
    assert_int_equal(buf.maximum, 10);
}

TEST(buf_add_json_string__bytes__escaped_or_replaced)
{
    static const struct {
        const char *name, *text, *json;
    } cases[] = {
        {"empty", "", "\"\""},
        {"plain", "a/b", "\"a/b\""},
        {"quote and backslash", "\"\\", "\"\\\"\\\\\""},
        {"short escapes", "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"control characters", "\x01\x1F\x7F", "\"\\u0001\\u001f\x7F\""},
        {"UTF-8", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\""},
        {"lone continuation", "a\x80z", "\"a\xEF\xBF\xBDz\""},
        {"cut sequence", "\xE2\x82", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"overlong", "\xC0\xAF", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"surrogate", "\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) buf;
        buf_init(&buf, 1000);
        buf_add_json_string(&buf, cases[i].text);
        check_text(cases[i].name, buf_text(&buf), cases[i].json);
    }
}

TEST(buf_reserve__more_than_the_maximum__is_remembered)
{
    AUTO(buf) buf;
    struct err err;
    buf_init(&buf, 100);
    buf_reserve(&buf, 100);
    buf_add_string(&buf, "x");
    assert_int_equal(buf_check(&buf, &err), 0);
    assert_string_equal(buf_text(&buf), "x");
    buf_reserve(&buf, 100);
    check_failure("one byte too many", buf_check(&buf, &err), &err, ERR_LIMIT, "longer than 100 bytes");
}
