/* json/yaml_read: values as kubectl reads them, their positions, and all that is refused. */
#include "json/yaml_read.h"

#include "tests/support/check.h"

enum { TEXT_MAX = 16 * 1024 * 1024 };

static int read_text(const char *text, size_t length, enum yaml_flags flags, struct yaml_documents *documents,
                     struct buf *complaints, struct err *err)
{
    AUTO(problems) problems = {0};
    int result = yaml_read("f.yaml", text, length, flags, documents, &problems, err);
    problems_print(&problems, complaints);
    if ((result < 0) != (problems.count > 0))
        fail_msg("result %d with %zu problems", result, problems.count);
    return result;
}

/* Reads one document and compares it as compact JSON. */
static void check_value(const char *name, const char *yaml, enum yaml_flags flags, const char *json)
{
    struct err err = {0};
    AUTO(yaml_documents) documents = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    if (read_text(yaml, strlen(yaml), flags, &documents, &complaints, &err) < 0)
        fail_msg("%s: %s", name, err.text);
    if (documents.count != 1)
        fail_msg("%s: %zu documents", name, documents.count);
    AUTO(string)
    printed = json_dumps(documents.items[0].value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    check_text(name, printed, json);
}

/* Fails unless the text is refused with exactly these complaints. */
static void check_refused(const char *name, const char *yaml, size_t length, enum yaml_flags flags,
                          const char *complaints)
{
    struct err err = {0};
    AUTO(yaml_documents) documents = {0};
    AUTO(buf) got;
    buf_init(&got, TEXT_MAX);
    if (read_text(yaml, length, flags, &documents, &got, &err) == 0)
        fail_msg("%s: was accepted", name);
    check_text(name, buf_text(&got), complaints);
    assert_int_equal(err.code, ERR_INVALID);
    assert_int_equal(documents.count, 0);
}

TEST(yaml_read__document__value)
{
    static const struct {
        const char *name, *yaml, *json;
    } cases[] = {
        {"block", "b: 1\na:\n- x\n- k: v\n  l: {m: [1, 2]}\n", JSON({"b":1,"a":["x",{"k":"v","l":{"m":[1,2]}}]})},
        {"JSON", "{\n\t\"a\":1,\"b\":\"\\/ \\u00e4\",\n\t\"c\":[true,null,\"\",1.5]}\n",
         "{\"a\":1,\"b\":\"/ \xC3\xA4\",\"c\":[true,null,\"\",1.5]}"},
        {"byte order mark",
         "\xEF\xBB\xBF"
         "a: 1\n",
         JSON({"a":1})},
        {"CR LF", "a: 1\r\nb: |\r\n  x\r\n", JSON({"a":1,"b":"x\n"})},
        {"block scalars", "a: |\n  x\n   y\nb: >-\n  x\n  y\n", JSON({"a":"x\n y\n","b":"x y"})},
        {"keys that are no strings", "1: a\n0x10: b\nyes: c\nOff: d\n1.5: e\n1e3: f\n'null': g\n!!str ~: h\n",
         JSON({"1":"a","16":"b","true":"c","false":"d","1.5":"e","1000":"f","null":"g","~":"h"})},
        {"complex key syntax, scalar key", "? a\n: 1\n", JSON({"a":1})},
        {"core tags", "!!map {a: !!seq [1]}", JSON({"a":[1]})},
        {"comment and directive", "%YAML 1.1\n# c\n---\na: 1 # d\n...\n", JSON({"a":1})},
        {"merge key in quotes", "'<<': 1\n", JSON({"<<":1})},
        {"scalar alone", "x", "\"x\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_value(cases[i].name, cases[i].yaml, YAML_STRICT, cases[i].json);
}

TEST(yaml_read__several_documents__empty_ones_left_out)
{
    static const char yaml[] = "# only a comment\n---\n---\na: 1\n---\nnull\n...\n---\n- 2\n";
    struct err err = {0};
    AUTO(yaml_documents) documents = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    check_success("documents", read_text(yaml, strlen(yaml), YAML_STRICT, &documents, &complaints, &err), &err);
    assert_int_equal(documents.count, 2);
    assert_int_equal(json_integer_value(json_object_get(documents.items[0].value, "a")), 1);
    assert_int_equal(documents.items[0].mark.line, 4);
    assert_int_equal(json_array_size(documents.items[1].value), 1);
    assert_int_equal(documents.items[1].mark.line, 9);
    yaml_documents_fini(&documents);
    check_success("nothing", read_text("", 0, YAML_STRICT, &documents, &complaints, &err), &err);
    assert_int_equal(documents.count, 0);
}

static void check_mark(const char *name, const struct yaml_mark *mark, unsigned line, unsigned column,
                       unsigned key_line, unsigned key_column)
{
    if (mark->line != line || mark->column != column || mark->key_line != key_line || mark->key_column != key_column)
        fail_msg("%s: %u:%u, key %u:%u", name, mark->line, mark->column, mark->key_line, mark->key_column);
}

TEST(yaml_read__marks__positions_of_values_and_keys)
{
    static const char yaml[] = "kind: X\nspec:\n  \xC3\xA4: [1, {b: 2}]\n  c:\n  - d\n";
    struct err err = {0};
    AUTO(yaml_documents) documents = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    check_success("marks", read_text(yaml, strlen(yaml), YAML_STRICT, &documents, &complaints, &err), &err);
    const struct yaml_mark *root = &documents.items[0].mark;
    assert_int_equal(root->count, 2);
    check_mark("root", root, 1, 1, 0, 0);
    check_mark("kind", &root->children[0], 1, 7, 1, 1);
    assert_int_equal(root->children[0].count, 0);
    const struct yaml_mark *spec = &root->children[1];
    check_mark("spec", spec, 3, 3, 2, 1);
    assert_int_equal(spec->count, 2);
    check_mark("flow list, columns are characters", &spec->children[0], 3, 6, 3, 3);
    check_mark("flow element", &spec->children[0].children[0], 3, 7, 0, 0);
    check_mark("flow mapping", &spec->children[0].children[1], 3, 10, 0, 0);
    check_mark("flow member", &spec->children[0].children[1].children[0], 3, 14, 3, 11);
    check_mark("block list", &spec->children[1], 5, 3, 4, 3);
    check_mark("block element", &spec->children[1].children[0], 5, 5, 0, 0);
}

TEST(yaml_read__unsupported__all_complaints_with_positions)
{
    static const struct {
        const char *name, *yaml, *complaints;
    } cases[] = {
        {"duplicate key", "a: 1\nb: 2\na: 3\n", "f.yaml:3:1: key \"a\" is given twice, first on line 1\n"},
        {"duplicate by value", "x:\n  1: a\n  \"1\": b\n", "f.yaml:3:3: key \"1\" is given twice, first on line 2\n"},
        {"anchor", "a: &x 1\n",
         "f.yaml:1:4: anchor &x: anchors are not supported here; write the value out wherever it is "
         "used\n"},
        {"anchor on key", "&x a: 1\n",
         "f.yaml:1:1: anchor &x: anchors are not supported here; write the value out wherever "
         "it is used\n"},
        {"alias", "a: *x\n", "f.yaml:1:4: alias *x: aliases are not supported here; write the value out\n"},
        {"merge key", "<<: {a: 1}\n", "f.yaml:1:1: merge keys (<<) are not supported here; write the members out\n"},
        {"list as a key", "[a]: 1\n", "f.yaml:1:1: a key must be a string; put it in quotes\n"},
        {"mapping as a key", "{a: b}: 1\n", "f.yaml:1:1: a key must be a string; put it in quotes\n"},
        {"null as a key", "~: 1\n", "f.yaml:1:1: a key must be a string; put it in quotes\n"},
        {"unknown tag", "a: !foo x\n",
         "f.yaml:1:4: tag !foo is not supported here, only !!str, !!int, !!float, !!bool and !!null\n"},
        {"tag of another kind", "a: !!seq x\n",
         "f.yaml:1:4: tag tag:yaml.org,2002:seq is not supported here, only !!str, !!int, !!float, !!bool and !!null\n"},
        {"unspecific tag", "a: ! x\n",
         "f.yaml:1:4: tag ! is not supported here, only !!str, !!int, !!float, !!bool and !!null\n"},
        {"tag on a list", "a: !!set [x]\n",
         "f.yaml:1:4: tag tag:yaml.org,2002:set is not supported here, only !!seq\n"},
        {"tag on a mapping", "!!omap\na: 1\n",
         "f.yaml:1:1: tag tag:yaml.org,2002:omap is not supported here, only !!map\n"},
        {"tag that does not fit", "- !!int x\n- !!bool 1\n- !!null 0\n- !!float no\n",
         "f.yaml:1:3: \"x\" is not an integer, as its tag says\nf.yaml:2:3: \"1\" is not a boolean, as its tag says\n"
         "f.yaml:3:3: \"0\" is not null, as its tag says\nf.yaml:4:3: \"no\" is not a number, as its tag says\n"},
        {"not finite", "[.inf, -.Inf, .NaN]\n",
         "f.yaml:1:2: .inf: JSON has neither infinity nor NaN; put text in quotes\n"
         "f.yaml:1:8: -.Inf: JSON has neither infinity nor NaN; put text in quotes\n"
         "f.yaml:1:15: .NaN: JSON has neither infinity nor NaN; put text in quotes\n"},
        {"too large an integer", "- 9223372036854775808\n- -9223372036854775809\n- 0x10000000000000000\n",
         "f.yaml:1:3: 9223372036854775808: an integer must lie between -9223372036854775808 and 9223372036854775807; "
         "put "
         "text in quotes\n"
         "f.yaml:2:3: -9223372036854775809: an integer must lie between -9223372036854775808 and 9223372036854775807; "
         "put "
         "text in quotes\n"
         "f.yaml:3:3: 0x10000000000000000: an integer must lie between -9223372036854775808 and 9223372036854775807; "
         "put "
         "text in quotes\n"},
        {"too large a real", "a: 1e999\n", "f.yaml:1:4: 1e999: the number is too large; put text in quotes\n"},
        {"NUL in a string", "a: \"x\\0\"\n", "f.yaml:1:4: the string holds a NUL character (\\0)\n"},
        {"NUL in a key", "\"x\\0\": a\n", "f.yaml:1:1: the string holds a NUL character (\\0)\n"},
        {"several documents, several complaints", "a: 1\na: 2\n---\nb: *x\n",
         "f.yaml:2:1: key \"a\" is given twice, first on line 1\n"
         "f.yaml:4:4: alias *x: aliases are not supported here; write the value out\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_refused(cases[i].name, cases[i].yaml, strlen(cases[i].yaml), YAML_STRICT, cases[i].complaints);
}

TEST(yaml_read__not_yaml__position_and_reason)
{
    static const struct {
        const char *name, *yaml, *complaints;
    } cases[] = {
        {"tab", "a:\n\tb: 1\n", "f.yaml:2:1: not YAML: a tab; indent with spaces\n"},
        {"tab after text", "a: b\n\tc: d\n", "f.yaml:2:1: not YAML: a tab; indent with spaces\n"},
        {"open list", "a: [1\nb: 2\n",
         "f.yaml:2:2: not YAML: did not find expected ',' or ']' while parsing a flow sequence that begins on line "
         "1\n"},
        {"indentation", "a:\n  b: 1\n c: 2\n",
         "f.yaml:3:2: not YAML: did not find expected key while parsing a block mapping that begins on line 1\n"},
        {"mapping in a value", "a: b: c\n", "f.yaml:1:5: not YAML: mapping values are not allowed in this context\n"},
        {"open quote", "a: \"b\n",
         "f.yaml:2:1: not YAML: found unexpected end of stream while scanning a quoted scalar that begins on line 1\n"},
        {"complaint and syntax error", "a: 1\na: 2\nb: [\n",
         "f.yaml:2:1: key \"a\" is given twice, first on line 1\n"
         "f.yaml:4:1: not YAML: did not find expected node content while parsing a flow node that begins on line 4\n"},
        {"not UTF-8", "\xC3\xA4: \xFF\n", "f.yaml:1:4: byte 4 (0xFF) is not UTF-8: invalid leading UTF-8 octet\n"},
        {"not UTF-8 on line 2", "a: 1\nb: \xC3(\n",
         "f.yaml:2:5: byte 9 (0x28) is not UTF-8: invalid trailing UTF-8 octet\n"},
        {"control character", "a: \x01\n",
         "f.yaml:1:4: control character U+0001; in double quotes it can be written \"\\u0001\"\n"},
        {"UTF-16",
         "\xFF\xFE"
         "a",
         "f.yaml:1:1: is UTF-16; save it as UTF-8\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_refused(cases[i].name, cases[i].yaml, strlen(cases[i].yaml), YAML_STRICT, cases[i].complaints);
}

TEST(yaml_read__UTF_16__said_so)
{
    static const struct {
        const char *name, *bytes;
        size_t length;
        const char *complaints;
    } cases[] = {
        {"with a mark",
         "\xFF\xFE"
         "a\0:\0",
         6, "f.yaml:1:1: is UTF-16; save it as UTF-8\n"},
        {"big endian with a mark", "\xFE\xFF\0a\0:", 6, "f.yaml:1:1: is UTF-16; save it as UTF-8\n"},
        {"without a mark", "a\0:\0", 4, "f.yaml:1:1: is UTF-16; save it as UTF-8\n"},
        {"big endian without a mark", "\0a\0:", 4, "f.yaml:1:1: is UTF-16; save it as UTF-8\n"},
        {"a NUL later", "ab\0c", 4,
         "f.yaml:1:3: control character U+0000; in double quotes it can be written \"\\u0000\"\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_refused(cases[i].name, cases[i].bytes, cases[i].length, YAML_STRICT, cases[i].complaints);
}

TEST(yaml_read__with_aliases__values_repeated_and_merged)
{
    static const struct {
        const char *name, *yaml, *json;
    } cases[] = {
        {"alias", "a: &x {k: [1]}\nb: *x\n", JSON({"a":{"k":[1]},"b":{"k":[1]}})},
        {"alias of a scalar", "- &x yes\n- *x\n", "[true,true]"},
        {"the latest anchor", "- &x 1\n- &x 2\n- *x\n", "[1,2,2]"},
        {"anchor on a key", "&k a: 1\nb: *k\n", JSON({"a":1,"b":"a"})},
        {"alias as a key", "a: &k z\n*k : 1\n", JSON({"a":"z","z":1})},
        {"merge: own members win, order of the file", "a: &x {k: 1, l: 2}\nb: {m: 0, <<: *x, l: 3}\n",
         JSON({"a":{"k":1,"l":2},"b":{"m":0,"l":3,"k":1}})},
        {"merge of several: the earlier wins", "a: &x {k: 1}\nb: &y {k: 2, l: 3}\nc: {<<: [*x, *y]}\n",
         JSON({"a":{"k":1},"b":{"k":2,"l":3},"c":{"k":1,"l":3}})},
        {"merge of a mapping without an alias", "<<: {a: 1}\nb: 2\n", JSON({"b":2,"a":1})},
        {"merge within a merge", "a: &x {k: 1}\nb: &y {<<: *x, l: 2}\nc: {<<: *y}\n",
         JSON({"a":{"k":1},"b":{"l":2,"k":1},"c":{"l":2,"k":1}})},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_value(cases[i].name, cases[i].yaml, YAML_ALIASES, cases[i].json);
}

TEST(yaml_read__with_aliases__marks_are_positions_in_the_text)
{
    static const char yaml[] = "a: &x\n  k: 1\nb: *x\nc:\n  <<: *x\n  l: 2\n";
    struct err err = {0};
    AUTO(yaml_documents) documents = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    check_success("marks", read_text(yaml, strlen(yaml), YAML_ALIASES, &documents, &complaints, &err), &err);
    const struct yaml_mark *root = &documents.items[0].mark;
    check_mark("alias", &root->children[1], 3, 4, 3, 1);
    check_mark("below the alias", &root->children[1].children[0], 2, 6, 2, 3);
    assert_int_equal(root->children[2].count, 2);
    check_mark("own member", &root->children[2].children[0], 6, 6, 6, 3);
    check_mark("merged member", &root->children[2].children[1], 2, 6, 2, 3);
}

TEST(yaml_read__with_aliases__wrong_ones_refused)
{
    static const struct {
        const char *name, *yaml, *complaints;
    } cases[] = {
        {"no anchor", "a: *x\n", "f.yaml:1:4: alias *x: there is no complete value with anchor &x before it\n"},
        {"within itself", "a: &x [*x]\n",
         "f.yaml:1:8: alias *x: there is no complete value with anchor &x before it\n"},
        {"of another document", "a: &x 1\n---\nb: *x\n",
         "f.yaml:3:4: alias *x: there is no complete value with anchor &x before it\n"},
        {"merge of a scalar", "a: 1\n<<: 2\n", "f.yaml:2:5: << takes a mapping or a list of mappings\n"},
        {"merge of a list of scalars", "<<: [{a: 1}, 2]\n", "f.yaml:1:5: << takes a list of mappings only\n"},
        {"two merges", "<<: {a: 1}\n<<: {b: 1}\n",
         "f.yaml:2:1: key \"<<\" is given twice; give it a list of mappings\n"},
        {"duplicate key", "a: 1\na: 1\n", "f.yaml:2:1: key \"a\" is given twice, first on line 1\n"},
        {"too large an integer", "a: 18446744073709551615\n",
         "f.yaml:1:4: 18446744073709551615: an integer must lie between -9223372036854775808 and 9223372036854775807; "
         "put text in quotes\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_refused(cases[i].name, cases[i].yaml, strlen(cases[i].yaml), YAML_ALIASES, cases[i].complaints);
}

/* Each level has nine aliases of the level before. Expanded, they would be 9^9 values. */
TEST(yaml_read__billion_laughs__refused_before_it_is_expanded)
{
    AUTO(buf) yaml;
    buf_init(&yaml, TEXT_MAX);
    buf_add_string(&yaml, "a0: &a0 lol\n");
    for (int i = 1; i <= 9; i++) {
        buf_addf(&yaml, "a%d: &a%d [", i, i);
        for (int j = 0; j < 9; j++)
            buf_addf(&yaml, "%s*a%d", j ? ", " : "", i - 1);
        buf_add_string(&yaml, "]\n");
    }
    check_refused("laughs", buf_text(&yaml), yaml.length, YAML_ALIASES,
                  "f.yaml:6:5: anchors and aliases repeat over 100000 values; use fewer of them\n");
}

/* Each line contains the value of the line before, two levels deeper. */
TEST(yaml_read__deep_by_aliases__refused)
{
    AUTO(buf) yaml;
    buf_init(&yaml, TEXT_MAX);
    buf_add_string(&yaml, "- &a0 x\n");
    for (int i = 1; i <= 60; i++)
        buf_addf(&yaml, "- &a%d [[*a%d]]\n", i, i - 1);
    check_refused("deep", buf_text(&yaml), yaml.length, YAML_ALIASES,
                  "f.yaml:51:10: alias *a49 leads to over 100 levels of nesting\n");
}

TEST(yaml_read__nesting__100_levels_and_no_more)
{
    char text[203];
    struct err err = {0};
    AUTO(yaml_documents) documents = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    memset(text, '[', 100);
    text[100] = '1';
    memset(text + 101, ']', 100);
    check_success("100", read_text(text, 201, YAML_STRICT, &documents, &complaints, &err), &err);
    memset(text, '[', 101);
    memset(text + 101, ']', 101);
    check_refused("101", text, 202, YAML_STRICT, "f.yaml:1:101: over 100 levels of nesting\n");
    AUTO(buf) block;
    buf_init(&block, TEXT_MAX);
    for (int i = 0; i < 101; i++)
        buf_addf(&block, "%*sa:\n", i, "");
    check_refused("101 in block style", buf_text(&block), block.length, YAML_STRICT,
                  "f.yaml:101:101: over 100 levels of nesting\n");
}

TEST(yaml_read__size__8_mib_and_no_more)
{
    size_t maximum = (size_t)8 * 1024 * 1024;
    AUTO(string) text = malloc(maximum + 1);
    struct err err = {0};
    AUTO(yaml_documents) documents = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    assert_non_null(text);
    memset(text, 'x', maximum + 1);
    check_success("8 MiB", read_text(text, maximum, YAML_STRICT, &documents, &complaints, &err), &err);
    assert_int_equal(json_string_length(documents.items[0].value), maximum);
    check_refused("and one", text, maximum + 1, YAML_STRICT, "f.yaml: 8388609 bytes, must be 8388608 at most\n");
}

TEST(yaml_read__many_mistakes__stops_at_100)
{
    AUTO(buf) yaml;
    buf_init(&yaml, TEXT_MAX);
    for (int i = 0; i < 1000; i++)
        buf_add_string(&yaml, "a: 1\n");
    struct err err = {0};
    AUTO(problems) problems = {0};
    AUTO(yaml_documents) documents = {0};
    int result = yaml_read("f.yaml", buf_text(&yaml), yaml.length, YAML_STRICT, &documents, &problems, &err);
    check_failure("many", result, &err, ERR_INVALID,
                  "100 problems, the first: f.yaml:2:1: key \"a\" is given twice, first on line 1");
    assert_int_equal(problems.count, 100);
}

TEST(yaml_read__one_mistake__is_the_error)
{
    struct err err = {0};
    AUTO(problems) problems = {0};
    AUTO(yaml_documents) documents = {0};
    problems_add(&problems, "other.yaml", 1, 1, "of another file");
    check_failure("one", yaml_read("f.yaml", "a: *b\n", 6, YAML_STRICT, &documents, &problems, &err), &err, ERR_INVALID,
                  "f.yaml:1:4: alias *b: aliases are not supported here; write the value out");
    assert_int_equal(problems.count, 2);
}

TEST(yaml_read_part__in_the_middle_of_a_file__positions_in_the_file)
{
    static const struct {
        const char *text, *complaint;
    } cases[] = {
        {"{a: 1,\na: 2}", "f.yaml:8:1: key \"a\" is given twice, first on line 7\n"},
        {"a: [",
         "f.yaml:8:1: not YAML: did not find expected node content while parsing a flow node that begins on line 8\n"},
        {"b: \xFF", "f.yaml:7:6: byte 103 (0xFF) is not UTF-8: invalid leading UTF-8 octet\n"},
        {"a: 1\n---\nb: 1\n", "f.yaml:9:1: a second document begins here; only one may be given\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(problems) problems = {0};
        AUTO(yaml_document) document = {0};
        AUTO(buf) complaints;
        struct err err = {0};
        buf_init(&complaints, TEXT_MAX);
        int result = yaml_read_part("f.yaml", cases[i].text, strlen(cases[i].text), (struct yaml_start){7, 3, 100},
                                    YAML_STRICT, &document, &problems, &err);
        assert_int_equal(result, -1);
        problems_print(&problems, &complaints);
        check_text(cases[i].text, buf_text(&complaints), cases[i].complaint);
    }
}
