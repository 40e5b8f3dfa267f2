/* json/pointer: RFC 6901. */
#include "json/pointer.h"

#include "json/unconst.h"
#include "tests/support/check.h"

static json_t *document(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    if (!value)
        fail_msg("%s: %s", text, error.text);
    return value;
}

/* The document and the pointers of RFC 6901 section 5. */
TEST(pointer_get__rfc6901_section5__value_named_by_each_pointer)
{
    static const char text[] =
        JSON({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8});
    static const struct {
        const char *pointer, *value;
    } cases[] = {
        {"", text},
        {"/foo", JSON(["bar","baz"])},
        {"/foo/0", "\"bar\""},
        {"/", "0"},
        {"/a~1b", "1"},
        {"/c%d", "2"},
        {"/e^f", "3"},
        {"/g|h", "4"},
        {"/i\\j", "5"},
        {"/k\"l", "6"},
        {"/ ", "7"},
        {"/m~0n", "8"},
    };
    AUTO(json) root = document(text);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        const json_t *value = pointer_get(root, cases[i].pointer, &err);
        if (!value)
            fail_msg("%s: %s", cases[i].pointer, err.text);
        AUTO(string) printed = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        check_text(cases[i].pointer, printed, cases[i].value);
    }
}

TEST(pointer_get__nothing_there__says_what)
{
    static const struct {
        const char *pointer, *text;
        enum err_code code;
    } cases[] = {
        {"/b", "/b does not exist", ERR_NOT_FOUND},
        {"/a/2", "/a/2 does not exist", ERR_NOT_FOUND},
        {"/a/-", "/a/- does not exist", ERR_NOT_FOUND},
        {"/a/01", "/a/01 does not exist", ERR_NOT_FOUND},
        {"/a/x/y", "/a/x does not exist", ERR_NOT_FOUND},
        {"/a/0/deeper", "/a/0/deeper does not exist", ERR_NOT_FOUND},
        {"a", "pointer \"a\" must be empty or begin with /", ERR_INVALID},
        {"/~2", "pointer \"/~2\": ~ must be followed by 0 or 1", ERR_INVALID},
        {"/~", "pointer \"/~\": ~ must be followed by 0 or 1", ERR_INVALID},
    };
    AUTO(json) root = document(JSON({"a":[1,{}]}));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        int result = pointer_get(root, cases[i].pointer, &err) ? 0 : -1;
        check_failure(cases[i].pointer, result, &err, cases[i].code, cases[i].text);
    }
}

TEST(pointer_add_key__special_characters__escaped)
{
    static const struct {
        const char *key, *pointer;
    } cases[] = {
        {"", "/"},        {"a", "/a"},        {"a/b", "/a~1b"},
        {"a~b", "/a~0b"}, {"~1", "/~01"},     {"gpuslice.dev/class", "/gpuslice.dev~1class"},
        {"//", "/~1~1"},  {"~/~", "/~0~1~0"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) pointer;
        AUTO(buf) token;
        struct err err;
        buf_init(&pointer, 1024);
        buf_init(&token, 1024);
        pointer_add_key(&pointer, cases[i].key);
        check_text(cases[i].key, buf_text(&pointer), cases[i].pointer);
        const char *cursor = buf_text(&pointer);
        assert_int_equal(pointer_next(&cursor, &token, &err), 1);
        check_text("back", buf_text(&token), cases[i].key);
        assert_int_equal(pointer_next(&cursor, &token, &err), 0);
    }
}

TEST(pointer_add_index__number__decimal)
{
    AUTO(buf) pointer;
    buf_init(&pointer, 64);
    pointer_add_index(&pointer, 0);
    pointer_add_index(&pointer, 120);
    check_text("indexes", buf_text(&pointer), "/0/120");
}

TEST(pointer_next__token_beyond_the_buffer__limit)
{
    AUTO(buf) token;
    struct err err = {0};
    const char *cursor = "/abcd";
    buf_init(&token, 3);
    check_failure("limit", pointer_next(&cursor, &token, &err), &err, ERR_LIMIT, "longer than 3 bytes");
    check_text("the cursor stays", cursor, "/abcd");
}

TEST(pointer_index__table__only_canonical_numbers)
{
    static const struct {
        const char *token;
        int valid;
        size_t index;
    } cases[] = {
        {"0", 1, 0},  {"7", 1, 7},   {"10", 1, 10}, {"18446744073709551615", 1, SIZE_MAX},
        {"", 0, 0},   {"00", 0, 0},  {"01", 0, 0},  {"18446744073709551616", 0, 0},
        {"-1", 0, 0}, {"-", 0, 0},   {"+1", 0, 0},  {"1a", 0, 0},
        {" 1", 0, 0}, {"1.0", 0, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t index = 77;
        if (pointer_index(cases[i].token, &index) != cases[i].valid)
            fail_msg("\"%s\": expected %d", cases[i].token, cases[i].valid);
        assert_int_equal(index, cases[i].valid ? cases[i].index : 77);
    }
}
