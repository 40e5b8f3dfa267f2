/* json/find: members are found as cJSON finds them. */
#include "json/find.h"

#include "base/cleanup.h"
#include "json/patch.h"
#include "tests/support/test.h"

TEST(cjson_member__any_value_and_key__the_member_that_cjson_finds)
{
    static const char *const texts[] = {
        "{}",
        "{\"a\":1}",
        "{\"ab\":1,\"a\":2,\"abc\":3}",
        "{\"a\":null,\"b\":0}",
        "{\"a\":1,\"a\":2}",
        "{\"\":1,\"a\":2}",
        "{\"A\":1}",
        "[1,{\"a\":1}]",
        "\"a\"",
        "null",
        "{\"\\u00e9\":1,\"\\u00e8\":2}",
    };
    static const char *const keys[] = {"", "a", "A", "ab", "abc", "abcd", "b", "\u00e8", "\u00e9"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        AUTO(cjson) tree = cJSON_Parse(texts[i]);
        assert_non_null(tree);
        for (size_t j = 0; j < ARRAY_SIZE(keys); j++)
            assert_ptr_equal(cjson_member(tree, keys[j]), cJSON_GetObjectItemCaseSensitive(tree, keys[j]));
    }

    assert_null(cjson_member(NULL, "a"));
}

TEST(cjson_find__absent_or_null__nothing)
{
    AUTO(cjson) tree = cJSON_Parse("{\"a\":{\"b\":1,\"c\":null},\"d\":null}");
    assert_non_null(tree);
    assert_true(cJSON_IsNumber(cjson_find(tree, PATH("a", "b"))));
    assert_null(cjson_find(tree, PATH("a", "c")));
    assert_null(cjson_find(tree, PATH("d", "b")));
    assert_null(cjson_find(tree, PATH("x", "b")));
    assert_null(cjson_find(NULL, PATH("a")));
}
