/* Records: what parses, and what each says of a container. */
#include "admission/model/record.h"
#include "tests/support/check.h"

#define HEAD   "{\"class\":\"t4-third\",\"policy\":\"teams\",\"revision\":\"0123456789ab\",\"containers\":"
#define OF_ONE HEAD "[\"a\"]"
#define OF_TWO HEAD "[\"b\",\"a\"]"
#define SIXTEEN(p)                                                                                                  \
    p "0\":1," p "1\":1," p "2\":1," p "3\":1," p "4\":1," p "5\":1," p "6\":1," p "7\":1," p "8\":1," p "9\":1," p \
      "a\":1," p "b\":1," p "c\":1," p "d\":1," p "e\":1," p "f\":1"

static struct record parse(const char *name, const char *text)
{
    struct record record;
    struct err err;
    check_success(name, record_parse(text, NULL, &record, &err), &err);
    return record;
}

TEST(record__well_formed__parses)
{
    static const struct {
        const char *name, *text;
        size_t count;
        bool has_was;
    } cases[] = {
        {"of a version before `was`", OF_ONE "}", 1, false},
        {"asked for nothing", OF_ONE ",\"was\":{\"a\":{}}}", 1, true},
        {"a whole GPU", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpu\":1}}}", 1, true},
        {"a MIG slice", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/mig-1g.10gb.me\":3}}}", 1, true},
        {"two containers, in another order", OF_TWO ",\"was\":{\"a\":{},\"b\":{\"nvidia.com/gpu.shared\":1}}}", 2,
         true},
        {"two resources", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpu\":1,\"nvidia.com/gpu.shared\":2}}}", 1, true},
        {"the largest quantity", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpu\":9007199254740992}}}", 1, true},
        {"a number with an exponent", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpu\":1e1}}}", 1, true},
        {"white space and another order of members",
         " {\"was\": {\"\": {}}, \"containers\": [\"\"], \"revision\": \"0123456789ab\", \"policy\": \"p\","
         " \"class\": \"c\"} ",
         1, true},
        {"as many resources as a container may ask for", OF_ONE ",\"was\":{\"a\":{" SIXTEEN("\"nvidia.com/mig-") "}}}",
         1, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(record) record = parse(cases[i].name, cases[i].text);
        if (!record.json || record.count != cases[i].count || record.has_was != cases[i].has_was)
            fail_msg("%s: does not parse, or has %zu entries", cases[i].name, record.count);
    }
}

TEST(record__anything_else__does_not_parse)
{
    static const struct {
        const char *name, *text;
    } cases[] = {
        {"not JSON", "class"},
        {"nothing", ""},
        {"an array", "[]"},
        {"empty", "{}"},
        {"more after it", OF_ONE "}}"},
        {"an unknown member", OF_ONE ",\"node\":\"n\"}"},
        {"an unknown member in the place of was", OF_ONE ",\"Was\":{\"a\":{}}}"},
        {"a member twice", OF_ONE ",\"class\":\"t4-third\"}"},
        {"was twice", OF_ONE ",\"was\":{\"a\":{}},\"was\":{\"a\":{}}}"},
        {"no class", "{\"policy\":\"p\",\"revision\":\"0123456789ab\",\"containers\":[\"a\"]}"},
        {"the class none",
         "{\"class\":\"none\",\"policy\":\"p\",\"revision\":\"0123456789ab\",\"containers\":[\"a\"]}"},
        {"a class with a blank",
         "{\"class\":\"a b\",\"policy\":\"p\",\"revision\":\"0123456789ab\",\"containers\":[\"a\"]}"},
        {"a class that is a number",
         "{\"class\":1,\"policy\":\"p\",\"revision\":\"0123456789ab\",\"containers\":[\"a\"]}"},
        {"an empty policy", "{\"class\":\"c\",\"policy\":\"\",\"revision\":\"0123456789ab\",\"containers\":[\"a\"]}"},
        {"a revision in upper case",
         "{\"class\":\"c\",\"policy\":\"p\",\"revision\":\"0123456789AB\",\"containers\":[\"a\"]}"},
        {"a short revision", "{\"class\":\"c\",\"policy\":\"p\",\"revision\":\"0123\",\"containers\":[\"a\"]}"},
        {"names nobody", HEAD "[]}"},
        {"names that are no list", HEAD "\"a\"}"},
        {"a name that is a number", HEAD "[1]}"},
        {"a name twice", HEAD "[\"a\",\"b\",\"a\"]}"},
        {"was is null", OF_ONE ",\"was\":null}"},
        {"was is a list", OF_ONE ",\"was\":[{}]}"},
        {"was of nobody", OF_ONE ",\"was\":{}}"},
        {"was of another", OF_ONE ",\"was\":{\"b\":{}}}"},
        {"was of one too many", OF_ONE ",\"was\":{\"a\":{},\"b\":{}}}"},
        {"was of one of two", OF_TWO ",\"was\":{\"a\":{}}}"},
        {"was of one, twice", OF_TWO ",\"was\":{\"a\":{},\"a\":{}}}"},
        {"an entry that is null", OF_ONE ",\"was\":{\"a\":null}}"},
        {"an entry that is a quantity", OF_ONE ",\"was\":{\"a\":1}}"},
        {"zero", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpu\":0}}}"},
        {"negative", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpu\":-1}}}"},
        {"a fraction", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpu\":0.5}}}"},
        {"over the largest", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpu\":9007199254740994}}}"},
        {"infinite", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpu\":1e999}}}"},
        {"a string", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpu\":\"1\"}}}"},
        {"a resource twice", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpu\":1,\"nvidia.com/gpu\":2}}}"},
        {"memory", OF_ONE ",\"was\":{\"a\":{\"memory\":1}}}"},
        {"another accelerator", OF_ONE ",\"was\":{\"a\":{\"amd.com/gpu\":1}}}"},
        {"what no pool offers", OF_ONE ",\"was\":{\"a\":{\"nvidia.com/gpumem\":1}}}"},
        {"a device class", OF_ONE ",\"was\":{\"a\":{\"deviceclass.resource.kubernetes.io/gpu\":1}}}"},
        {"more resources than a container may ask for",
         OF_ONE ",\"was\":{\"a\":{" SIXTEEN("\"nvidia.com/mig-") ",\"nvidia.com/gpu\":1}}}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(record) record = parse(cases[i].name, cases[i].text);
        if (record.json || record.entries || record.count)
            fail_msg("%s: parses", cases[i].name);
    }
}

TEST(record__names_of_the_set__count_as_gpus)
{
    struct err err;
    AUTO(record) record = {0};
    struct gpu_names names = {0};
    check_success("add", resource_patterns_add(&names.gpus, "example.com/gpu*", &err), &err);
    check_success("parse", record_parse(OF_ONE ",\"was\":{\"a\":{\"example.com/gpu-x\":1}}}", &names, &record, &err),
                  &err);
    assert_non_null(record.json);
    gpu_names_fini(&names);
}

TEST(record__find__by_name)
{
    AUTO(record) record = parse("two", OF_TWO ",\"was\":{\"a\":{},\"b\":{\"nvidia.com/gpu\":2}}}");
    const struct record empty = {0};
    assert_int_equal(cJSON_GetArraySize(record_find(&record, "a")->was), 0);
    assert_int_equal(cJSON_GetArraySize(record_find(&record, "b")->was), 1);
    assert_null(record_find(&record, "c"));
    assert_null(record_find(&empty, "a"));
}
