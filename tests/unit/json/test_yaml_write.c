/* json/yaml_write: the style, and that reading gives the written value. */
#include "json/yaml_write.h"

#include "json/yaml_read.h"
#include "tests/support/check.h"

enum { TEXT_MAX = 1024 * 1024 };

static json_t *load(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    if (!value)
        fail_msg("%s: %s", text, error.text);
    return value;
}

TEST(yaml_write__json__text_as_kubectl_lays_it_out)
{
    static const struct {
        const char *name, *json, *yaml;
    } cases[] = {
        {"pod", JSON({"apiVersion":"v1","kind":"Pod",
                      "spec":{"containers":[{"name":"a","args":["x","z"]},{"name":"b"}],"nodeSelector":{}}}),
         "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    args:\n    - x\n    - z\n  - name: b\n"
         "  nodeSelector: {}\n"},
        {"list", "[1,[2,3],[],{}]", "- 1\n- - 2\n  - 3\n- []\n- {}\n"},
        {"words and numbers", JSON({"a":null,"b":true,"c":false,"d":-5,"e":1.5,"f":0.1}),
         "a: null\nb: true\nc: false\nd: -5\ne: 1.5\nf: 0.1\n"},
        {"strings that look like something else", JSON(["yes","1","null","","1e3","0x1","2026-11-23","1:30"]),
         "- \"yes\"\n- \"1\"\n- \"null\"\n- \"\"\n- \"1e3\"\n- \"0x1\"\n- \"2026-11-23\"\n- \"1:30\"\n"},
        {"strings that do not need quotes",
         JSON(["nvidia.com/gpu","t4-third","1g.5gb","a b","10.0.0.1","8Gi","yesterday"]),
         "- nvidia.com/gpu\n- t4-third\n- 1g.5gb\n- a b\n- 10.0.0.1\n- 8Gi\n- yesterday\n"},
        {"syntax in strings", JSON(["a: b","#x","- a","*a","{}"," a"]),
         "- 'a: b'\n- '#x'\n- '- a'\n- '*a'\n- '{}'\n- ' a'\n"},
        {"several lines", JSON({"a":"one\ntwo\n","b":"one\ntwo","c":"one\n\n"}),
         "a: |\n  one\n  two\nb: |-\n  one\n  two\nc: \"one\\n\\n\"\n"},
        {"keys", JSON({"true":1,"1":2,"a/b":3,"<<":4}), "\"true\": 1\n\"1\": 2\na/b: 3\n\"<<\": 4\n"},
        {"unicode", "[\"\xC3\xA4\"]", "- \xC3\xA4\n"},
        {"scalar alone", "\"x\"", "x\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        AUTO(json) value = load(cases[i].json);
        AUTO(buf) text;
        buf_init(&text, TEXT_MAX);
        check_success(cases[i].name, yaml_write(value, &text, &err), &err);
        check_text(cases[i].name, buf_text(&text), cases[i].yaml);
    }
}

TEST(yaml_write__long_line__is_not_broken)
{
    char line[2001];
    for (size_t i = 0; i < sizeof(line) - 1; i++)
        line[i] = i % 5 == 4 ? ' ' : 'x';
    line[sizeof(line) - 2] = 'x';
    line[sizeof(line) - 1] = '\0';
    struct err err = {0};
    AUTO(json) value = json_string(line);
    AUTO(buf) text;
    buf_init(&text, TEXT_MAX);
    check_success("long", yaml_write(value, &text, &err), &err);
    assert_int_equal(text.length, strlen(line) + 1);
}

/* Fails unless reading what was written gives an equal value. */
static void check_round_trip(const char *name, const json_t *value)
{
    struct err err = {0};
    AUTO(buf) text;
    AUTO(problems) problems = {0};
    AUTO(yaml_documents) documents = {0};
    buf_init(&text, TEXT_MAX);
    check_success(name, yaml_write(value, &text, &err), &err);
    if (text.length == 0 || text.data[text.length - 1] != '\n')
        fail_msg("%s: no line feed at the end of %s", name, buf_text(&text));
    if (yaml_read("t", text.data, text.length, YAML_STRICT, &documents, &problems, &err) < 0)
        fail_msg("%s: %s\n%s", name, err.text, buf_text(&text));
    assert_int_equal(documents.count, 1);
    if (!json_equal(documents.items[0].value, value))
        fail_msg("%s: not read back as written:\n%s", name, buf_text(&text));
}

static const char *const nasty[] = {
    "yes",
    "y",
    "N",
    "on",
    "Off",
    "true",
    "TRUE",
    "null",
    "Null",
    "~",
    "",
    " ",
    "  ",
    "1",
    "-1",
    "+1",
    "012",
    "08",
    "0x1",
    "0o7",
    "0b1",
    "1_000",
    "1e3",
    "1E+3",
    "1.",
    ".5",
    "-.5",
    "1.5",
    ".inf",
    "-.INF",
    ".nan",
    "1e999",
    "99999999999999999999",
    "2026-11-23",
    "2026-11-23T12:00:00Z",
    "1:30",
    "12:30:45",
    "<<",
    "=",
    "-",
    "--",
    "---",
    "...",
    "- a",
    "? a",
    ": a",
    "?",
    ":",
    "a:",
    "a: b",
    "a :b",
    "#",
    "#x",
    "a #b",
    "a#b",
    " a",
    "a ",
    "\ta",
    "a\t",
    "&a",
    "*a",
    "!a",
    "!!str",
    "%a",
    "@a",
    "`a",
    "|",
    ">",
    "{",
    "}",
    "[",
    "]",
    "{a}",
    "[a]",
    ",",
    "a,b",
    "'",
    "\"",
    "'a'",
    "\"a\"",
    "it's",
    "a\\b",
    "\\n",
    "a\nb",
    "a\nb\n",
    "a\nb\n\n",
    "\n",
    "\n\n",
    "\na",
    " \na",
    "a\n b",
    " a\nb",
    "a \nb",
    "a\t\nb",
    "a\n\tb",
    "a\n\nb",
    "a\n \nb",
    "\ta\nb",
    "a\n#b\n",
    "a\n---\nb\n",
    "---\na\n",
    "...\n",
    "# a\nb",
    "a: b\nc: d\n",
    "- a\n- b",
    "a\r\nb",
    "a\rb",
    "a\r",
    "\x01",
    "\x1B[0m",
    "\x7F",
    "\xC2\x80",
    "\xC2\x85",
    "a\302\205b\n",
    "\xC2\xA0",
    "\xE2\x80\xA8",
    "a\nb\xE2\x80\xA9",
    "\xEF\xBB\xBF",
    "\xEF\xBF\xBE",
    "\xC3\xA4",
    "\xE6\x97\xA5\xE6\x9C\xAC",
    "\xF0\x9F\x98\x80",
    "a\n\xF0\x9F\x98\x80\n",
    "\xC3\xA4\n\xC3\xB6\n",
};

TEST(yaml_write__nasty_strings__read_back_equal)
{
    for (size_t i = 0; i < ARRAY_SIZE(nasty); i++) {
        AUTO(json) alone = json_string(nasty[i]);
        AUTO(json) member = json_pack("{s:s,s:i}", "k", nasty[i], "z", 1);
        AUTO(json) element = json_pack("[s,{s:[s]},s]", nasty[i], "k", nasty[i], "end");
        AUTO(json) key = json_pack("{s:i,s:{s:s}}", nasty[i], 1, "other", nasty[i], "v");
        if (!alone || !member || !element || !key)
            fail_msg("%s: cannot be made", nasty[i]);
        check_round_trip(nasty[i], alone);
        check_round_trip(nasty[i], member);
        check_round_trip(nasty[i], element);
        check_round_trip(nasty[i], key);
    }
}

/* The two strings of every second pair are joined with a line feed, those of the other pairs without. */
TEST(yaml_write__pairs_of_nasty_strings__read_back_equal)
{
    AUTO(buf) text;
    buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < ARRAY_SIZE(nasty); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(nasty); j++) {
            buf_reset(&text);
            buf_addf(&text, "%s%s%s", nasty[i], (i + j) % 2 ? "\n" : "", nasty[j]);
            AUTO(json) member = json_pack("{s:[s]}", "k", buf_text(&text));
            if (!member)
                fail_msg("%s: cannot be made", buf_text(&text));
            check_round_trip(buf_text(&text), member);
        }
    }
}

TEST(yaml_write__other_values__read_back_equal)
{
    static const char *const values[] = {
        "{}",
        "[]",
        "[[[[]]]]",
        JSON({"a":{"b":{}}}),
        "[9223372036854775807,-9223372036854775808]",
        "[0.1,1e-7,1.7976931348623157e308,-2.5]",
        JSON({"a":[{"b":[{"c":null}]}]}),
        "[true,false,null]",
    };
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        AUTO(json) value = load(values[i]);
        check_round_trip(values[i], value);
    }
}

TEST(yaml_write__long_key__read_back_equal)
{
    char name[1500];
    memset(name, 'k', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    AUTO(json) value = json_pack("{s:{s:i}}", name, name, 1);
    check_round_trip("long key", value);
}

TEST(yaml_write__buffer_too_small__limit_and_nothing_added)
{
    struct err err = {0};
    AUTO(json) value = load(JSON({"a":"a long text"}));
    AUTO(buf) text;
    buf_init(&text, 8);
    buf_add_string(&text, "# b\n");
    check_failure("small", yaml_write(value, &text, &err), &err, ERR_LIMIT, "longer than 8 bytes");
    check_text("as before", buf_text(&text), "# b\n");
}

TEST(yaml_write__string_with_nul__written_as_escape)
{
    struct err err = {0};
    AUTO(json) value = json_stringn("a\0b", 3);
    AUTO(buf) text;
    buf_init(&text, 64);
    check_success("NUL", yaml_write(value, &text, &err), &err);
    check_text("NUL", buf_text(&text), "\"a\\0b\"\n");
}
