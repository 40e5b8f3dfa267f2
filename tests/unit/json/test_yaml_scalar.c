/* json/yaml_scalar and json/yaml_leaf: the value of a scalar, as the reader returns it. */
#include "json/yaml_scalar.h"

#include "json/yaml_read.h"
#include "tests/support/check.h"

static void check_value(const char *name, const char *yaml, const char *json)
{
    struct err err = {0};
    AUTO(problems) problems = {0};
    AUTO(yaml_documents) documents = {0};
    check_success(name, yaml_read("f", yaml, strlen(yaml), YAML_STRICT, &documents, &problems, &err), &err);
    assert_int_equal(documents.count, 1);
    AUTO(string) printed = json_dumps(documents.items[0].value, JSON_COMPACT | JSON_REAL_PRECISION(15));
    check_text(name, printed, json);
}

TEST(yaml_scalar__text_and_tag__resolved_as_kubectl_does)
{
    static const struct {
        const char *yaml, *json;
    } cases[] = {
        {"~", "null"},
        {"null", "null"},
        {"Null", "null"},
        {"NULL", "null"},
        {"", "null"},
        {"nUll", "\"nUll\""},
        {"y", "true"},
        {"Y", "true"},
        {"yes", "true"},
        {"Yes", "true"},
        {"YES", "true"},
        {"yEs", "\"yEs\""},
        {"true", "true"},
        {"True", "true"},
        {"TRUE", "true"},
        {"on", "true"},
        {"On", "true"},
        {"ON", "true"},
        {"n", "false"},
        {"N", "false"},
        {"no", "false"},
        {"No", "false"},
        {"NO", "false"},
        {"false", "false"},
        {"False", "false"},
        {"FALSE", "false"},
        {"off", "false"},
        {"Off", "false"},
        {"OFF", "false"},
        {"oFF", "\"oFF\""},
        {"yesno", "\"yesno\""},
        {"0", "0"},
        {"12", "12"},
        {"-12", "-12"},
        {"+12", "12"},
        {"-0", "0"},
        {"1_000", "1000"},
        {"1__0_", "10"},
        {"0x1F", "31"},
        {"0XfF", "255"},
        {"-0x10", "-16"},
        {"0x_1", "1"},
        {"0b101", "5"},
        {"-0b11", "-3"},
        {"0o17", "15"},
        {"017", "15"},
        {"-017", "-15"},
        {"0_7", "7"},
        {"00", "0"},
        {"08", "8"},
        {"0b2", "\"0b2\""},
        {"0o8", "\"0o8\""},
        {"0x", "\"0x\""},
        {"0xg", "\"0xg\""},
        {"0b", "\"0b\""},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"0x7fffffffffffffff", "9223372036854775807"},
        {"1.5", "1.5"},
        {"-1.5", "-1.5"},
        {".5", "0.5"},
        {"+.5", "0.5"},
        {"1.0", "1"},
        {"1.", "1"},
        {"1e3", "1000"},
        {"1E+3", "1000"},
        {"15e-1", "1.5"},
        {"1_0.5", "10.5"},
        {"1e300", "1e300"},
        {"._5", "\"._5\""},
        {"1e", "\"1e\""},
        {"1e+", "\"1e+\""},
        {"e3", "\"e3\""},
        {"1.5.1", "\"1.5.1\""},
        {".", "\".\""},
        {"..", "\"..\""},
        {"+", "\"+\""},
        {"-+1", "\"-+1\""},
        {"_1", "\"_1\""},
        {"1a", "\"1a\""},
        {"0.x", "\"0.x\""},
        {"1:30", "\"1:30\""},
        {"2026-11-23", "\"2026-11-23\""},
        {"8Gi", "\"8Gi\""},
        {"1g.5gb", "\"1g.5gb\""},
        {"a b", "\"a b\""},
        {"'yes'", "\"yes\""},
        {"\"1\"", "\"1\""},
        {"''", "\"\""},
        {"\"\\u00e4\\n\"", "\"\xC3\xA4\\n\""},
        {"!!str 12", "\"12\""},
        {"!!str", "\"\""},
        {"!!str null", "\"null\""},
        {"!!int \"12\"", "12"},
        {"!!int 0x10", "16"},
        {"!!float 1", "1"},
        {"!!float 1.5", "1.5"},
        {"!!bool \"yes\"", "true"},
        {"!!null ''", "null"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char yaml[256];
        char json[256];
        (void)snprintf(yaml, sizeof(yaml), "[%s, x]\n", cases[i].yaml);
        (void)snprintf(json, sizeof(json), "[%s,\"x\"]", cases[i].json);
        if (cases[i].yaml[0] == '\0')
            check_value("empty", "a:\n", JSON({"a":null}));
        else
            check_value(cases[i].yaml, yaml, json);
    }
}

/* A long text that begins with a digit is a string; a number of that length is refused. */
TEST(yaml_scalar__very_long__text_or_refused)
{
    char text[2000];
    memset(text, '1', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct yaml_scalar scalar = yaml_scalar_resolve(text);
    assert_int_equal(scalar.type, YAML_SCALAR_REFUSED);
    check_text("number", scalar.complaint, "the number has over 500 characters; put text in quotes");
    text[1000] = 'x';
    assert_int_equal(yaml_scalar_resolve(text).type, YAML_SCALAR_STRING);
    text[0] = '.';
    assert_int_equal(yaml_scalar_resolve(text).type, YAML_SCALAR_STRING);
}
