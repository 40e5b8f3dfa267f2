/* json/scan: exactly the JSON of RFC 8259, within the limits of cJSON. */
#include "json/scan.h"

#include "tests/support/check.h"

#include <stdlib.h>

struct scan_case {
    const char *name, *text;
};

TEST(scan__valid_text__is_accepted)
{
    static const struct scan_case cases[] = {
        {"empty object", "{}"},
        {"empty array", " [ ] "},
        {"bare string", "\"\""},
        {"bare words", "[true,false,null]"},
        {"bare number", "0"},
        {"numbers", "[0,-0,1,-1,10,1.5,0.0,1e3,1E+3,1e-3,-1.25e10,123456789012345678901234567890]"},
        {"white space", "\t\r\n {\t\"a\"\r:\n1 ,\"b\" : [ 1 , 2 ] } \n"},
        {"escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\uFFFF\\u0001\""},
        {"surrogate pair", "\"\\ud83d\\uDE00\""},
        {"all plain bytes", "\" !#$%&'()*+,-./0123456789:;<=>?@AZ[]^_`az{|}~\x7F\""},
        {"UTF-8 of 2, 3, 4 bytes",
         "\"\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\""},
        {"nested", JSON({"a":{"b":[{},[],{"c":[[1],[2]]}]}})},
        {"twice the same key", JSON({"a":1,"a":2})},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err;
        check_success(cases[i].name, cjson_scan(cases[i].text, strlen(cases[i].text), &err), &err);
    }
}

TEST(scan__invalid_text__error_names_byte_and_what_is_expected)
{
    static const struct {
        const char *name, *text, *error;
    } cases[] = {
        {"nothing", "", "byte 0: the text ends, must be a value"},
        {"a number that is too long for cJSON", "[1234567890123456789012345678901234567890123456789012345678901234]",
         "byte 1: a number of more than 63 bytes"},
        {"white space only", "  ", "byte 2: the text ends, must be a value"},
        {"two values", "1 2", "byte 2: '2', must be the end of the text"},
        {"text after the value", "{}x", "byte 2: 'x', must be the end of the text"},
        {"open object", "{", "byte 1: the text ends, must be a key in double quotes or }"},
        {"open array", "[", "byte 1: the text ends, must be a value or ]"},
        {"open after member", "{\"a\":1", "byte 6: the text ends, must be , or }"},
        {"open after element", "[1", "byte 2: the text ends, must be , or ]"},
        {"trailing comma in object", JSON({"a":1,}), "byte 7: '}', must be a key in double quotes"},
        {"trailing comma in array", "[1,]", "byte 3: ']', must be a value"},
        {"no colon", JSON({"a" 1}), "byte 5: '1', must be :"},
        {"no comma in array", "[1 2]", "byte 3: '2', must be , or ]"},
        {"no comma in object", JSON({"a":1 "b":2}), "byte 7: '\"', must be , or }"},
        {"wrong closer of object", "{\"a\":1]", "byte 6: ']', must be , or }"},
        {"wrong closer of array", "[1}", "byte 2: '}', must be , or ]"},
        {"closer alone", "}", "byte 0: '}', must be a value"},
        {"bare key", "{a:1}", "byte 1: 'a', must be a key in double quotes or }"},
        {"single quotes", "['a']", "byte 1: ''', must be a value or ]"},
        {"wrong word", "[nul]", "byte 1: 'n', must be a value or ]"},
        {"NaN", "NaN", "byte 0: 'N', must be a value"},
        {"comment", "/**/1", "byte 0: '/', must be a value"},
        {"form feed", "\f1", "byte 0: 0x0C, must be a value"},
        {"byte order mark", "\xEF\xBB\xBF{}", "byte 0: 0xEF, must be a value"},
        {"leading zero", "[01]", "byte 1: a number must not begin with 0"},
        {"negative leading zero", "-012", "byte 1: a number must not begin with 0"},
        {"plus", "+1", "byte 0: '+', must be a value"},
        {"minus alone", "-", "byte 1: the text ends, must be a digit"},
        {"no fraction", "1.", "byte 2: the text ends, must be a digit"},
        {"no whole part", ".5", "byte 0: '.', must be a value"},
        {"no exponent", "[1e]", "byte 3: ']', must be a digit"},
        {"no exponent after its sign", "1e+", "byte 3: the text ends, must be a digit"},
        {"hexadecimal", "0x1", "byte 1: 'x', must be the end of the text"},
        {"open string", "[\"abc", "byte 1: this string does not end"},
        {"open string after backslash", "\"a\\", "byte 3: the text ends, must be an escape"},
        {"bad escape", "\"\\x41\"", "byte 2: 'x', must be one of \"\\/bfnrtu after a backslash"},
        {"short unicode escape", "\"\\u12\"", "byte 1: \\u must be followed by four hexadecimal digits"},
        {"bad unicode escape", "\"\\u12g4\"", "byte 1: \\u must be followed by four hexadecimal digits"},
        {"NUL escape", "\"a\\u0000\"", "byte 2: \\u0000 in a string is not accepted"},
        {"lone high surrogate", "\"\\uD83Dx\"",
         "byte 1: lone surrogate, must be a pair \\uD800-\\uDBFF \\uDC00-\\uDFFF"},
        {"two high surrogates", "\"\\uD83D\\uD83D\"",
         "byte 1: lone surrogate, must be a pair \\uD800-\\uDBFF \\uDC00-\\uDFFF"},
        {"lone low surrogate", "\"\\uDE00\"", "byte 1: lone surrogate, must be a pair \\uD800-\\uDBFF \\uDC00-\\uDFFF"},
        {"line feed in string", "\"a\nb\"", "byte 2: 0x0A, must be written as an escape in a string"},
        {"tab in string", "\"\t\"", "byte 1: 0x09, must be written as an escape in a string"},
        {"continuation byte alone", "\"\x80\"", "byte 1: 0x80, must be UTF-8"},
        {"overlong of 2", "\"\xC0\xAF\"", "byte 1: 0xC0, must be UTF-8"},
        {"overlong of 3", "\"\xE0\x9F\xBF\"", "byte 1: 0xE0, must be UTF-8"},
        {"overlong of 4", "\"\xF0\x8F\xBF\xBF\"", "byte 1: 0xF0, must be UTF-8"},
        {"surrogate in UTF-8", "\"\xED\xA0\x80\"", "byte 1: 0xED, must be UTF-8"},
        {"above U+10FFFF", "\"\xF4\x90\x80\x80\"", "byte 1: 0xF4, must be UTF-8"},
        {"0xF5", "\"\xF5\x80\x80\x80\"", "byte 1: 0xF5, must be UTF-8"},
        {"cut sequence", "\"a\xE2\x82\"", "byte 2: 0xE2, must be UTF-8"},
        {"sequence cut by the end", "\"\xF0\x9F\x98", "byte 1: 0xF0, must be UTF-8"},
        {"bad third byte", "\"\xE2\x82 \"", "byte 1: 0xE2, must be UTF-8"},
        {"bad key", "{\"\\q\":1}", "byte 3: 'q', must be one of \"\\/bfnrtu after a backslash"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        check_failure(cases[i].name, cjson_scan(cases[i].text, strlen(cases[i].text), &err), &err, ERR_INVALID,
                      cases[i].error);
    }
}

TEST(scan__nul_byte__is_refused)
{
    struct err err = {0};
    check_failure("between", cjson_scan("{\0}", 3, &err), &err, ERR_INVALID,
                  "byte 1: 0x00, must be a key in double quotes or }");
    check_failure("in a string", cjson_scan("\"\0\"", 3, &err), &err, ERR_INVALID,
                  "byte 1: 0x00, must be written as an escape in a string");
    check_failure("after a number", cjson_scan("1\0", 2, &err), &err, ERR_INVALID,
                  "byte 1: 0x00, must be the end of the text");
    check_failure("as an escape", cjson_scan("\"\\\0\"", 4, &err), &err, ERR_INVALID,
                  "byte 2: 0x00, must be one of \"\\/bfnrtu after a backslash");
}

TEST(scan__nesting__100_levels_and_no_more)
{
    char text[2 * (JSON_SCAN_DEPTH + 1)];
    struct err err = {0};
    memset(text, '[', JSON_SCAN_DEPTH);
    memset(text + JSON_SCAN_DEPTH, ']', JSON_SCAN_DEPTH);
    check_success("100", cjson_scan(text, (size_t)2 * JSON_SCAN_DEPTH, &err), &err);
    memset(text, '[', sizeof(text));
    check_failure("101", cjson_scan(text, sizeof(text), &err), &err, ERR_INVALID,
                  "byte 100: over 100 levels of nesting");
}

/* Each prefix has a block of exactly its size, so that the address sanitizer reports reads beyond the length. */
TEST(scan__every_prefix__is_refused_without_reading_beyond)
{
    static const char text[] =
        "{\"a\\u00e4\\ud83d\\ude00\":[1.5e+3,\"\xE2\x82\xAC\xF0\x9F\x98\x80\",true,false,null,{}]}";
    for (size_t length = 0; length < sizeof(text) - 1; length++) {
        struct err err = {0};
        AUTO(string) copy = malloc(length ? length : 1);
        assert_non_null(copy);
        memcpy(copy, text, length);
        if (cjson_scan(copy, length, &err) == 0)
            fail_msg("the first %zu bytes were accepted", length);
        assert_int_equal(err.code, ERR_INVALID);
    }
    struct err err;
    check_success("whole", cjson_scan(text, sizeof(text) - 1, &err), &err);
}

/* Initializes `out` and adds what cjson_lean() makes of the first `length` bytes. */
static void lean(const char *name, const char *text, size_t length, struct buf *out)
{
    static const char *const left_out[] = {"k", "m", NULL};
    struct err err;
    AUTO(string) copy = malloc(length + 1);
    assert_non_null(copy);
    memcpy(copy, text, length);
    copy[length] = '}'; /* not part of the text */
    buf_init(out, length);
    check_success(name, cjson_lean(copy, length, left_out, out, &err), &err);
}

TEST(lean__texts__values_that_cjson_cannot_or_need_not_read_are_replaced)
{
#define DIGITS_60 "123456789012345678901234567890123456789012345678901234567890"
    static const struct {
        const char *name, *text, *found; /* "" if nothing is replaced */
    } cases[] = {
        {"nothing to do", JSON({"a":[1]}), ""},
        {"array", JSON({"k":[1,2],"b":3}), JSON({"k":[],"b":3})},
        {"object", JSON({"a":{"k":{"x":[{}]}}}), JSON({"a":{"k":{}}})},
        {"empty", JSON({"k":[]}), JSON({"k":[]})},
        {"white space", JSON({"k" : [ 1 ] }), JSON({"k" : [] })},
        {"brackets in strings", JSON({"k":["]}","\"]"],"b":[1]}), JSON({"k":[],"b":[1]})},
        {"two of a key, one of another", JSON({"k":[1],"o":{"k":[2]},"m":{"a":1}}), JSON({"k":[],"o":{"k":[]},"m":{}})},
        {"inside its own value", JSON({"k":[{"k":[1]},2],"a":1}), JSON({"k":[],"a":1})},
        {"a scalar stays", JSON({"k":"k","l":[0],"o":{"k":[2]}}), JSON({"k":"k","l":[0],"o":{"k":[]}})},
        {"arrays after a scalar", JSON([{"k":1},{"a":1},[2]]), ""},
        {"strings that look like the key", JSON({"a":"\"k\":[1]","b":["k",[3]]}), ""},
        {"a longer key", JSON({"xk":[1],"kx":[1],"x\"k":[1]}), ""},
        {"an escaped key", JSON({"\u006b":[1]}), ""},
        {"NUL", JSON({"a":"x\u0000\u0000y"}), JSON({"a":"x\ufffd\ufffdy"})},
        {"NUL in a key", JSON({"a\u0000":1}), JSON({"a\ufffd":1})},
        {"escaped backslashes", JSON(["\\u0000","\\\u0000","\\"]), JSON(["\\u0000","\\\ufffd","\\"])},
        {"NUL in a value that is left out", JSON({"k":["\u0000"]}), JSON({"k":[]})},
        {"invalid UTF-8 and surrogates in a value that is left out",
         "{\"k\":{\"\xFF\xED\xA0\x80\":\"\\ud800x\\udc00\"}}", JSON({"k":{}})},
        {"numbers of 63 and 64 bytes", "[" DIGITS_60 "123," DIGITS_60 "1234]",
         "[" DIGITS_60 "123,1.2345678901234568e+63]"},
        {"a long fraction", "{\"a\":-0." DIGITS_60 "1234}", JSON({"a":-0.12345678901234568})},
        {"more than a double holds", "[" DIGITS_60 "e999,-" DIGITS_60 "e999]", "[1e999,-1e999]"},
        {"a long number alone", DIGITS_60 "12345", "0"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) out;
        lean(cases[i].name, cases[i].text, strlen(cases[i].text), &out);
        check_text(cases[i].name, buf_text(&out), cases[i].found);
    }
}

TEST(lean__invalid__is_refused)
{
    static const char *const left_out[] = {"k", NULL};
    static const struct {
        const char *name, *text, *error;
    } cases[] = {
        {"a surrogate elsewhere", JSON({"a":"\ud800"}),
         "byte 6: lone surrogate, must be a pair \\uD800-\\uDBFF \\uDC00-\\uDFFF"},
        {"invalid UTF-8 after a value that is left out", "{\"k\":[],\"a\":\"\xFF\"}", "byte 13: 0xFF, must be UTF-8"},
        {"a control character in a value that is left out", "{\"k\":[\"\n\"]}",
         "byte 7: 0x0A, must be written as an escape in a string"},
        {"invalid JSON in a value that is left out", "{\"k\":[01]}", "byte 6: a number must not begin with 0"},
        {"a value that is left out does not end", "{\"k\":[1}", "byte 7: '}', must be , or ]"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) out;
        struct err err = {0};
        buf_init(&out, 1024);
        check_failure(cases[i].name, cjson_lean(cases[i].text, strlen(cases[i].text), left_out, &out, &err), &err,
                      ERR_INVALID, cases[i].error);
    }
}

/* Sets `out` to `levels` arrays and objects, in turn, around a 1. */
static void nest(struct buf *out, int levels)
{
    buf_reset(out);
    for (int i = 0; i < levels; i++)
        buf_add_string(out, i % 2 ? "{\"a\":" : "[");
    buf_add_char(out, '1');
    for (int i = levels; i-- > 0;)
        buf_add_char(out, i % 2 ? '}' : ']');
}

TEST(lean__nesting__10240_levels_of_which_100_stay)
{
    static const char *const nothing[] = {NULL};
    struct err err = {0};
    AUTO(buf) text;
    AUTO(buf) expected;
    AUTO(buf) out;
    buf_init(&text, 1 << 20);
    buf_init(&expected, 1 << 20);
    buf_init(&out, 1 << 20);
    nest(&text, JSON_SCAN_DEPTH);
    check_success("100", cjson_lean(text.data, text.length, nothing, &out, &err), &err);
    assert_int_equal(out.length, 0);

    nest(&text, JSON_LEAN_DEPTH);
    nest(&expected, JSON_SCAN_DEPTH);
    char *one = strchr(expected.data, '1');
    size_t half = (size_t)(one - expected.data);
    check_success("10240", cjson_lean(text.data, text.length, nothing, &out, &err), &err);
    assert_int_equal(out.length, expected.length + 1); /* [] for 1 */
    assert_memory_equal(out.data, expected.data, half);
    assert_memory_equal(out.data + half, "[]", 2);
    assert_string_equal(out.data + half + 2, one + 1);

    nest(&text, JSON_LEAN_DEPTH + 1);
    buf_reset(&out);
    check_failure("10241", cjson_lean(text.data, text.length, nothing, &out, &err), &err, ERR_INVALID,
                  "byte 30720: over 10240 levels of nesting");
}

TEST(head__texts__cut_after_the_member)
{
    static const struct {
        const char *name, *text, *found; /* "" if there is no such member */
    } cases[] = {
        {"the last member", JSON({"a":{"b":1,"k":{}}}), JSON({"a":{"b":1,"k":null}})},
        {"text after the key is not read", JSON({"a":{"k":}}), JSON({"a":{"k":null}})},
        {"white space", "{ \"a\" : { \"k\" : 1", JSON({ "a" : { "k" : null}})},
        {"in an array", JSON([{"k":1}]), JSON([{"k":null}])},
        {"another depth", JSON({"k":1,"a":{"x":{"k":1}}}), ""},
        {"none", JSON({"a":{"b":["k"]}}), ""},
        {"NUL before it", JSON({"a":{"b":"\u0000","k":1}}), JSON({"a":{"b":"\ufffd","k":null}})},
        {"NUL and no such member", JSON({"a":"\u0000"}), ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) out;
        struct err err;
        buf_init(&out, 1024);
        check_success(cases[i].name, cjson_head(cases[i].text, strlen(cases[i].text), "k", 2, &out, &err), &err);
        check_text(cases[i].name, buf_text(&out), cases[i].found);
    }
}

TEST(head__invalid_before_the_member__is_refused)
{
    AUTO(buf) out;
    struct err err = {0};
    buf_init(&out, 1024);
    check_failure("comma", cjson_head("{\"a\":{\"b\":1,,\"k\":1", 19, "k", 2, &out, &err), &err, ERR_INVALID,
                  "byte 12: ',', must be a key in double quotes");
    check_failure("cut off", cjson_head("{\"a\":{\"k\"", 9, "k", 2, &out, &err), &err, ERR_INVALID,
                  "byte 9: the text ends, must be :");
}
