/* json/build: a container is complete or NULL. */
#include "json/build.h"

#include "tests/support/check.h"

TEST(json_put__members_in_order)
{
    json_t *object = json_object();
    json_put(&object, "b", json_integer(1));
    json_put_text(&object, "a", "text");
    json_put_text(&object, "absent", NULL);
    json_put_unless_empty(&object, "list", json_array());
    json_put_unless_empty(&object, "map", json_object());
    json_put_unless_empty(&object, "full", json_pack("[i]", 2));
    AUTO(string) text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    assert_string_equal(text, JSON({"b":1,"a":"text","full":[2]}));
}

TEST(json_append__elements_in_order)
{
    json_t *array = json_array();
    json_append(&array, json_integer(1));
    json_append(&array, json_null());
    AUTO(string) text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    assert_string_equal(text, "[1,null]");
}

TEST(json_strings__elements_in_order)
{
    char first[] = "b";
    char second[] = "a";
    const struct strlist list = {.items = (char *[]){first, second}, .count = 2};
    json_t *array = json_strings(&list);
    AUTO(string) text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    assert_string_equal(text, JSON(["b","a"]));
}

/* A part is NULL if it could not be allocated. */
TEST(json_build__part_is_null__whole_is_null)
{
    json_t *object = json_pack("{s:i}", "a", 1);
    json_t *array = json_pack("[i]", 1);
    json_put(&object, "b", NULL);
    json_append(&array, NULL);
    assert_null(object);
    assert_null(array);
    json_put(&object, "c", json_integer(1));
    json_put_text(&object, "d", "text");
    json_put_unless_empty(&object, "e", json_array());
    json_append(&array, json_integer(1));
    assert_null(object);
    assert_null(array);
    object = json_object();
    json_put_unless_empty(&object, "f", NULL);
    assert_null(object);
}
