/* json/marks: the positions of JSON values are those that the YAML reader gives for the same text. */
#include "json/marks.h"

#include "tests/support/check.h"

static int read_part(const char *text, struct yaml_start start, struct yaml_document *document, struct buf *complaints,
                     struct err *err)
{
    AUTO(problems) problems = {0};
    int result = json_read_part("f.json", text, strlen(text), start, document, &problems, err);
    problems_print(&problems, complaints);
    return result;
}

static void check_marks(const char *text, const struct yaml_mark *mark, const struct yaml_mark *expected)
{
    if (mark->line != expected->line || mark->column != expected->column || mark->key_line != expected->key_line ||
        mark->key_column != expected->key_column || mark->count != expected->count)
        fail_msg("%s: %u:%u, key %u:%u, %zu children, not %u:%u, key %u:%u, %zu children", text, mark->line,
                 mark->column, mark->key_line, mark->key_column, mark->count, expected->line, expected->column,
                 expected->key_line, expected->key_column, expected->count);
    for (size_t i = 0; i < mark->count; i++)
        check_marks(text, &mark->children[i], &expected->children[i]);
}

TEST(json_read_part__marks__as_of_yaml)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        " [1,\n 2.5 ,true,\nnull, \"a\",[[]], {}]\n",
        "{\"a\": {\"b\" : [1, {\"c\": \"\xC3\xA4\xF0\x9F\x98\x80\", \"d\":-1.5}]},\n\t\"e\":\n\"x\\\"]}\\\\\",\r\n\"f\":false}",
        "{\n  \"z\": 1,\n  \"a\": {\n    \"m\": [\n      {\"k\": []}\n    ]\n  }\n}\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct yaml_start start = {7, 1, 100};
        struct err err = {0};
        AUTO(problems) problems = {0};
        AUTO(yaml_document) json = {0};
        AUTO(yaml_document) yaml = {0};
        AUTO(buf) complaints;
        buf_init(&complaints, 1 << 16);
        check_success(texts[i], read_part(texts[i], start, &json, &complaints, &err), &err);
        check_success(texts[i],
                      yaml_read_part("f.yaml", texts[i], strlen(texts[i]), start, YAML_STRICT, &yaml, &problems, &err),
                      &err);
        assert_true(json_equal(json.value, yaml.value));
        check_marks(texts[i], &json.mark, &yaml.mark);
    }
}

TEST(json_read_part__broken__the_place_in_the_file)
{
    static const struct {
        const char *text;
        struct yaml_start start;
        const char *complaint;
    } cases[] = {
        {JSON({"a" 1}), {1, 1, 0}, "f.json:1:6: ':' expected near '1'\n"},
        {JSON({"a" 1}), {3, 11, 0}, "f.json:3:16: ':' expected near '1'\n"},
        {"{\n\"a\" 1}", {3, 11, 0}, "f.json:4:5: ':' expected near '1'\n"},
        {"{\"a\":1} x", {1, 1, 0}, "f.json:1:9: end of file expected near 'x'\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        AUTO(yaml_document) document = {0};
        AUTO(buf) complaints;
        buf_init(&complaints, 1 << 16);
        assert_int_equal(read_part(cases[i].text, cases[i].start, &document, &complaints, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        check_text(cases[i].text, buf_text(&complaints), cases[i].complaint);
    }
}

TEST(json_read_part__nesting__101_levels)
{
    char text[2 * 102 + 1] = "";
    struct err err = {0};
    AUTO(yaml_document) document = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, 1 << 16);
    memset(text, '[', 102);
    memset(text + 102, ']', 102);
    assert_int_equal(read_part(text, (struct yaml_start){1, 1, 0}, &document, &complaints, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    check_text("102", buf_text(&complaints), "f.json:1:102: over 101 levels of nesting\n");
    memset(text, '[', 101);
    memset(text + 101, ']', 101);
    text[202] = '\0';
    check_success("101", read_part(text, (struct yaml_start){1, 1, 0}, &document, &complaints, &err), &err);
}

TEST(json_whole_reals_to_integers__anywhere__only_whole_ones)
{
    struct err err = {0};
    AUTO(yaml_document) document = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, 1 << 16);
    static const char text[] = "{\"a\": 30.0, \"b\": [1e1, 0.5, {\"c\": -2.0}], \"d\": 2.5}";
    check_success("read", read_part(text, (struct yaml_start){1, 1, 0}, &document, &complaints, &err), &err);
    check_success("settle", json_whole_reals_to_integers(document.value, &err), &err);
    AUTO(string) dumped = json_dumps(document.value, JSON_COMPACT);
    check_text("values", dumped, "{\"a\":30,\"b\":[10,0.5,{\"c\":-2}],\"d\":2.5}");
}
