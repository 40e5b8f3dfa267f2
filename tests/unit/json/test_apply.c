/* json/apply: RFC 6902, with the examples of its appendix A. */
#include "json/apply.h"

#include "json/unconst.h"
#include "tests/support/check.h"

static json_t *load(const char *name, const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    if (!value)
        fail_msg("%s: %s: %s", name, text, error.text);
    return value;
}

struct apply_case {
    const char *name, *document, *patch, *result;
};

static void check_applies(const struct apply_case *row)
{
    struct err err = {0};
    AUTO(json) document = load(row->name, row->document);
    AUTO(json) patch = load(row->name, row->patch);
    AUTO(json) expected = load(row->name, row->result);
    check_success(row->name, patch_apply(&document, patch, &err), &err);
    AUTO(string) got = json_dumps(document, JSON_ENCODE_ANY | JSON_COMPACT);
    if (!json_equal(document, expected))
        fail_msg("%s: got %s, expected %s", row->name, got, row->result);
}

/* The examples of RFC 6902, appendix A, that succeed. */
TEST(apply__rfc6902_appendix_a__result_as_printed_there)
{
    static const struct apply_case cases[] = {
        {"A.1 adding an object member", JSON({"foo":"bar"}), JSON([{"op":"add","path":"/baz","value":"qux"}]),
         JSON({"baz":"qux","foo":"bar"})},
        {"A.2 adding an array element", JSON({"foo":["bar","baz"]}), JSON([{"op":"add","path":"/foo/1","value":"qux"}]),
         JSON({"foo":["bar","qux","baz"]})},
        {"A.3 removing an object member", JSON({"baz":"qux","foo":"bar"}), JSON([{"op":"remove","path":"/baz"}]),
         JSON({"foo":"bar"})},
        {"A.4 removing an array element", JSON({"foo":["bar","qux","baz"]}), JSON([{"op":"remove","path":"/foo/1"}]),
         JSON({"foo":["bar","baz"]})},
        {"A.5 replacing a value", JSON({"baz":"qux","foo":"bar"}), JSON([{"op":"replace","path":"/baz","value":"boo"}]),
         JSON({"baz":"boo","foo":"bar"})},
        {"A.6 moving a value", JSON({"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}),
         JSON([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]),
         JSON({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}})},
        {"A.7 moving an array element", JSON({"foo":["all","grass","cows","eat"]}),
         JSON([{"op":"move","from":"/foo/1","path":"/foo/3"}]), JSON({"foo":["all","cows","eat","grass"]})},
        {"A.8 testing a value: success", JSON({"baz":"qux","foo":["a",2,"c"]}),
         JSON([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]),
         JSON({"baz":"qux","foo":["a",2,"c"]})},
        {"A.10 adding a nested member object", JSON({"foo":"bar"}),
         JSON([{"op":"add","path":"/child","value":{"grandchild":{}}}]), JSON({"foo":"bar","child":{"grandchild":{}}})},
        {"A.11 ignoring unrecognized elements", JSON({"foo":"bar"}),
         JSON([{"op":"add","path":"/baz","value":"qux","xyz":123}]), JSON({"foo":"bar","baz":"qux"})},
        {"A.14 ~ escape ordering", JSON({"/":9,"~1":10}), JSON([{"op":"test","path":"/~01","value":10}]),
         JSON({"/":9,"~1":10})},
        {"A.16 adding an array value", JSON({"foo":["bar"]}),
         JSON([{"op":"add","path":"/foo/-","value":["abc","def"]}]), JSON({"foo":["bar",["abc","def"]]})},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_applies(&cases[i]);
}

TEST(apply__more_than_the_appendix__result_as_specified)
{
    static const struct apply_case cases[] = {
        {"empty patch", JSON({"a":1}), "[]", JSON({"a":1})},
        {"add replaces a member", JSON({"a":1}), JSON([{"op":"add","path":"/a","value":null}]), JSON({"a":null})},
        {"add the whole document", JSON({"a":1}), JSON([{"op":"add","path":"","value":[]}]), "[]"},
        {"replace the whole document", "1", JSON([{"op":"replace","path":"","value":2}]), "2"},
        {"add at an array's end by index", "[1]", JSON([{"op":"add","path":"/1","value":2}]), "[1,2]"},
        {"replace an element", "[1,2,3]", JSON([{"op":"replace","path":"/1","value":9}]), "[1,9,3]"},
        {"empty key", JSON({"":1}), JSON([{"op":"remove","path":"/"}]), "{}"},
        {"copy is deep", JSON({"a":{"b":1}}),
         JSON([{"op":"copy","from":"/a","path":"/c"},{"op":"add","path":"/c/b","value":2}]),
         JSON({"a":{"b":1},"c":{"b":2}})},
        {"move to its own place", JSON({"a":{"b":1}}), JSON([{"op":"move","from":"/a","path":"/a"}]),
         JSON({"a":{"b":1}})},
        {"move to a name that begins alike", JSON({"a":1}), JSON([{"op":"move","from":"/a","path":"/ab"}]),
         JSON({"ab":1})},
        {"move over its parent", JSON({"a":{"b":1}}), JSON([{"op":"move","from":"/a/b","path":"/a"}]), JSON({"a":1})},
        {"move a child over everything", JSON({"a":{"b":1}}), JSON([{"op":"move","from":"/a","path":""}]),
         JSON({"b":1})},
        {"test: numbers by value", JSON({"a":[1,{"b":2.0}]}), JSON([{"op":"test","path":"/a","value":[1.0,{"b":2}]}]),
         JSON({"a":[1,{"b":2.0}]})},
        {"test: order of members does not matter", JSON({"a":1,"b":2}),
         JSON([{"op":"test","path":"","value":{"b":2,"a":1}}]), JSON({"a":1,"b":2})},
        {"operations see the results of earlier ones", "{}", JSON([{"op":"add","path":"/a","value":{}},
                                                    {"op":"add","path":"/a/b","value":[]},
                                                    {"op":"add","path":"/a/b/-","value":1},
                                                    {"op":"add","path":"/a/b/0","value":0}]),
         JSON({"a":{"b":[0,1]}})},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_applies(&cases[i]);
}

/* The examples of RFC 6902, appendix A, that fail, and more. */
TEST(apply__cannot_be_applied__error_names_the_operation_and_the_document_stays)
{
    static const struct {
        const char *name, *document, *patch, *error;
    } cases[] = {
        {"A.9 testing a value: error", JSON({"baz":"qux"}), JSON([{"op":"test","path":"/baz","value":"bar"}]),
         "operation 0: test \"/baz\": is \"qux\", must be \"bar\""},
        {"A.12 adding to a nonexistent target", JSON({"foo":"bar"}),
         JSON([{"op":"add","path":"/baz/bat","value":"qux"}]), "operation 0: add \"/baz/bat\": /baz does not exist"},
        {"A.15 comparing strings and numbers", JSON({"/":9,"~1":10}), JSON([{"op":"test","path":"/~01","value":"10"}]),
         "operation 0: test \"/~01\": is 10, must be \"10\""},
        {"the first is undone when the second fails", JSON({"a":1}),
         JSON([{"op":"remove","path":"/a"},{"op":"remove","path":"/a"}]),
         "operation 1: remove \"/a\": /a does not exist"},
        {"a test that fails undoes a nested change", JSON({"a":{"b":[1]}}),
         JSON([{"op":"add","path":"/a/b/-","value":2},{"op":"test","path":"/a/b","value":[1]}]),
         "operation 1: test \"/a/b\": is [1,2], must be [1]"},
        {"replace nothing", "{}", JSON([{"op":"replace","path":"/a","value":1}]),
         "operation 0: replace \"/a\": /a does not exist"},
        {"remove beyond the end", "[1]", JSON([{"op":"remove","path":"/1"}]),
         "operation 0: remove \"/1\": /1 does not exist"},
        {"remove -", "[1]", JSON([{"op":"remove","path":"/-"}]), "operation 0: remove \"/-\": /- does not exist"},
        {"remove everything", "[1]", JSON([{"op":"remove","path":""}]),
         "operation 0: remove \"\": the whole document cannot be removed"},
        {"add beyond the end", "[1]", JSON([{"op":"add","path":"/2","value":1}]),
         "operation 0: add \"/2\": \"2\" is not a position in an array of 1; must be 0 to 1 or -"},
        {"add at 01", "[1,2]", JSON([{"op":"add","path":"/01","value":1}]),
         "operation 0: add \"/01\": \"01\" is not a position in an array of 2; must be 0 to 2 or -"},
        {"add below a string", JSON({"a":"x"}), JSON([{"op":"add","path":"/a/b","value":1}]),
         "operation 0: add \"/a/b\": the parent is neither an object nor an array"},
        {"move into its own child", JSON({"a":{"b":1}}), JSON([{"op":"move","from":"/a","path":"/a/c"}]),
         "operation 0: move \"/a/c\": \"/a\" cannot be moved into itself"},
        {"move nothing", "{}", JSON([{"op":"move","from":"/a","path":"/b"}]),
         "operation 0: move \"/b\": /a does not exist"},
        {"copy nothing", "{}", JSON([{"op":"copy","from":"/a","path":"/b"}]),
         "operation 0: copy \"/b\": /a does not exist"},
        {"test nothing", "{}", JSON([{"op":"test","path":"/a","value":null}]),
         "operation 0: test \"/a\": /a does not exist"},
        {"test of a longer array", "[1]", JSON([{"op":"test","path":"","value":[1,2]}]),
         "operation 0: test \"\": is [1], must be [1,2]"},
        {"test of another key", JSON({"a":1}), JSON([{"op":"test","path":"","value":{"b":1}}]),
         "operation 0: test \"\": is {\"a\":1}, must be {\"b\":1}"},
        {"no operations", "{}", "{}", "a patch must be an array of operations"},
        {"no object", "{}", "[1]", "operation 0: must be an object"},
        {"no op", "{}", JSON([{"path":""}]), "operation 0: must have a string \"op\""},
        {"no path", "{}", JSON([{"op":"remove"}]), "operation 0: must have a string \"path\""},
        {"no from", "{}", JSON([{"op":"move","path":"/a"}]), "operation 0: must have a string \"from\""},
        {"no value", "{}", JSON([{"op":"add","path":"/a"}]), "operation 0: must have a \"value\""},
        {"unknown op", "{}", JSON([{"op":"merge","path":""}]),
         "operation 0: op is \"merge\", must be add, remove, replace, move, copy or test"},
        {"bad pointer", "{}", JSON([{"op":"add","path":"a","value":1}]),
         "operation 0: add \"a\": pointer \"a\" must be empty or begin with /"},
        {"bad escape", "{}", JSON([{"op":"add","path":"/~x","value":1}]),
         "operation 0: add \"/~x\": pointer \"/~x\": ~ must be followed by 0 or 1"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        AUTO(json) document = load(cases[i].name, cases[i].document);
        AUTO(json) patch = load(cases[i].name, cases[i].patch);
        check_failure(cases[i].name, patch_apply(&document, patch, &err), &err, ERR_INVALID, cases[i].error);
        AUTO(string) after = json_dumps(document, JSON_ENCODE_ANY | JSON_COMPACT);
        check_text(cases[i].name, after, cases[i].document);
    }
}

/* RFC 6902 A.13: a strict parser refuses a patch with two "op" members, so that patch_apply() never gets it. */
TEST(apply__rfc6902_a13_two_ops__refused_when_parsed)
{
    json_error_t error;
    const json_t *patch =
        json_loads(JSON([{"op":"add","path":"/baz","value":"qux","op":"remove"}]), JSON_REJECT_DUPLICATES, &error);
    assert_null(patch);
    assert_int_equal(json_error_code(&error), json_error_duplicate_key);
}

TEST(apply__value_of_the_patch__not_shared_with_the_document)
{
    struct err err = {0};
    AUTO(json) document = load("document", "{}");
    AUTO(json)
    patch = load("patch", JSON([{"op":"add","path":"/a","value":{"b":1}},{"op":"add","path":"/a/c","value":2}]));
    check_success("first", patch_apply(&document, patch, &err), &err);
    AUTO(string) after = json_dumps(json_object_get(json_array_get(patch, 0), "value"), JSON_COMPACT);
    check_text("the patch is unchanged", after, JSON({"b":1}));
}
