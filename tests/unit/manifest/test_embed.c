/* manifest/embed: documents within strings, and their positions in the file around them. */
#include "manifest/embed.h"

#include "tests/support/check.h"

enum { TEXT_MAX = 1 << 20 };

/* Reads the document in data.config, a string of the only document of `text`. */
static int embed(const char *text, struct problems *problems, struct manifest **ret_embedded, struct err *err)
{
    AUTO(manifest_reader) reader = NULL;
    AUTO(manifest) outer = NULL;
    check_success("open", manifest_open_text("f", text, strlen(text), NULL, problems, &reader, err), err);
    check_success("next", manifest_next(reader, &outer, err), err);
    assert_non_null(outer);
    return manifest_embed(outer, node_find(outer->node, PATH("data", "config")), ret_embedded, err);
}

TEST(manifest_embed__styles__position_and_path_in_the_file)
{
    static const struct {
        const char *name, *text, *place;
    } cases[] = {
        {"literal block", "data:\n  config: |\n    a: 1\n    list:\n    - b: 2\n",
         "f:5:10: data.config.list[0].b: here\n"},
        {"with chomping", "data:\n  config: |-\n    list: [{b: 2}]", "f:3:16: data.config.list[0].b: here\n"},
        {"blank first lines", "data:\n  config: |\n\n  \n    list: [{b: 2}]\n",
         "f:5:16: data.config.list[0].b: here\n"},
        {"comment first", "data:\n  config: |\n    # c\n    list: [{b: 2}]\n", "f:4:16: data.config.list[0].b: here\n"},
        {"indentation given", "data:\n  config: |2\n      x: 1\n      list: [{b: 2}]\n",
         "f:4:18: data.config.list[0].b: here\n"},
        {"with an anchor", "data:\n  config: &c |\n    list: [{b: 2}]\n", "f:3:16: data.config.list[0].b: here\n"},
        {"CR LF", "data:\r\n  config: |\r\n\r\n    list: [{b: 2}]\r\n", "f:4:16: data.config.list[0].b: here\n"},
        {"JSON in a block", "data:\n  config: |\n    " JSON({"list": [{"b": 2}]}) "\n",
         "f:3:21: data.config.list[0].b: here\n"},
        {"folded block", "data:\n  config: >\n    {list: [{b:\n    2}]}\n", "f:2:11: data.config.list[0].b: here\n"},
        {"quotes", "data:\n  config: \"list:\\n- b: 2\\n\"\n", "f:2:11: data.config.list[0].b: here\n"},
        {"plain", "data:\n  config: '{list: [{b: 2}]}'\n", "f:2:11: data.config.list[0].b: here\n"},
        {"in JSON", JSON({"data": {"config": "list:\n- b: 2\n"}}), "f:1:21: data.config.list[0].b: here\n"},
        {"JSON after blank lines",
         "data:\n  config: \"\\n \\r\\n{\\n\\\"list\\\":[{\\\"b\\\":\\\"\\\\ud83d\\\\ude00\\\"}]}\"\n",
         "f:2:11: data.config.list[0].b: here\n"},
        {"surrogate pair", JSON({"data": {"config": "{\"c\":\"\\ud83d\\ude00\",\"list\":[{\"b\":2}]}"}}),
         "f:1:21: data.config.list[0].b: here\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(problems) problems = {0};
        AUTO(manifest) embedded = NULL;
        AUTO(buf) out;
        struct err err = {0};
        buf_init(&out, TEXT_MAX);
        check_success(cases[i].name, embed(cases[i].text, &problems, &embedded, &err), &err);
        struct node list = node_member(embedded->node, "list");
        struct node found = node_member(node_element(list, 0), "b");
        assert_int_equal(embedded->form, MANIFEST_OBJECT);
        node_problem(&found, "here");
        problems_print(&problems, &out);
        check_text(cases[i].name, buf_text(&out), cases[i].place);
    }
}

TEST(manifest_embed__a_later_document__lines_of_the_file)
{
    static const char text[] = "x: 1\n---\ndata:\n  config: |\n\n    b: 2\n";
    AUTO(problems) problems = {0};
    AUTO(manifest_reader) reader = NULL;
    AUTO(manifest) first = NULL;
    AUTO(manifest) outer = NULL;
    AUTO(manifest) embedded = NULL;
    struct err err = {0};
    check_success("open", manifest_open_text("f", text, strlen(text), NULL, &problems, &reader, &err), &err);
    check_success("first", manifest_next(reader, &first, &err), &err);
    check_success("second", manifest_next(reader, &outer, &err), &err);
    check_success("embed", manifest_embed(outer, node_find(outer->node, PATH("data", "config")), &embedded, &err),
                  &err);
    struct node found = node_member(embedded->node, "b");
    assert_int_equal(found.mark->line, 6);
    assert_int_equal(found.mark->column, 8);
    assert_int_equal(found.mark->key_column, 5);
}

TEST(manifest_embed__contents__form)
{
    static const struct {
        const char *text;
        enum manifest_form form;
        bool has_value;
    } cases[] = {
        {"data: {config: \"\"}\n", MANIFEST_OTHER, false},
        {"data: {config: \"# c\"}\n", MANIFEST_OTHER, false},
        {"data: {config: word}\n", MANIFEST_OTHER, true},
        {"data: {config: \"{{ a }}: {{ b }}: 1\"}\n", MANIFEST_TEMPLATE, false},
        {"data: {config: \"kind: List\"}\n", MANIFEST_OBJECT, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(problems) problems = {0};
        AUTO(manifest) embedded = NULL;
        struct err err = {0};
        check_success(cases[i].text, embed(cases[i].text, &problems, &embedded, &err), &err);
        if (embedded->form != cases[i].form || (embedded->node.value != NULL) != cases[i].has_value)
            fail_msg("%s: form %d", cases[i].text, (int)embedded->form);
    }
}

TEST(manifest_embed__not_yaml__error_has_the_line_of_the_string)
{
    AUTO(problems) problems = {0};
    AUTO(manifest) embedded = NULL;
    struct err err = {0};
    check_failure("broken", embed("data:\n  config: |\n    a: 1\n    a: 2\n", &problems, &embedded, &err), &err,
                  ERR_INVALID, "line 2 of its text: key \"a\" is given twice, first on line 1");
    assert_int_equal(problems.count, 0);
}
