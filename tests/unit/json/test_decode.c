/* json/decode: tables of fields, and the text and position of problems. */
#include "json/decode.h"

#include "tests/support/check.h"

enum { TEXT_MAX = 65536 };

enum color { COLOR_RED, COLOR_GREEN, COLOR_BLUE };
static const char *const color_words[] = {"red", "green", "blue", NULL};

struct part {
    char *name;
    int64_t size;
};

struct thing {
    char *name, *note;
    bool enabled;
    int64_t count, level;
    struct strlist tags;
    json_t *extra;
    int color;
    struct part part;
    char *first_key;
    size_t list_size;
};

static void thing_fini(struct thing *thing)
{
    free(thing->name);
    free(thing->note);
    free(thing->part.name);
    free(thing->first_key);
    strlist_fini(&thing->tags);
    json_decref(thing->extra);
}
DEFINE_AUTO_FINI(thing, struct thing, thing_fini);

static const struct field part_fields[] = {
    {"name", decode_text, offsetof(struct part, name), FIELD_REQUIRED},
    {"size", decode_integer, offsetof(struct part, size)},
};

/* Checks that each element is a part, and stores the number of elements. */
static void decode_parts(const struct node *node, void *target)
{
    size_t *size = target;
    if (!node_expect(node, JSON_ARRAY))
        return;
    *size = json_array_size(node->value);
    for (size_t i = 0; i < *size; i++) {
        struct part part = {0};
        struct node element = node_element(*node, i);
        decode_object(&element, part_fields, ARRAY_SIZE(part_fields), &part);
        free(part.name);
    }
}

/* Reports a problem at each key and value, so that the test sees their paths. */
static void decode_map(const struct node *node, void *target)
{
    const char *const keys[] = {"plain", "gpuslice.dev/class", "a \"quote\"", "", "with_-9"};
    char **first = target;
    if (!node_expect(node, JSON_OBJECT))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        struct node member = node_member(*node, keys[i]);
        if (!member.value)
            continue;
        node_problem(&member, "value %zu", i);
        node_problem_key(&member, "key %zu", i);
        if (!*first)
            decode_string(&member, first);
    }
}

static const struct field thing_fields[] = {
    {"name", decode_text, offsetof(struct thing, name), FIELD_REQUIRED},
    {"note", decode_string, offsetof(struct thing, note), 0},
    {"enabled", decode_bool, offsetof(struct thing, enabled), 0},
    {"count", decode_integer, offsetof(struct thing, count), 0},
    {"level", .low = 2, .high = 48, .offset = offsetof(struct thing, level)},
    {"tags", decode_strings, offsetof(struct thing, tags), 0},
    {"extra", decode_any, offsetof(struct thing, extra), 0},
    {"color", .words = color_words, .offset = offsetof(struct thing, color)},
    {"part", FIELDS(part_fields), .offset = offsetof(struct thing, part)},
    {"parts", decode_parts, offsetof(struct thing, list_size), 0},
    {"map", decode_map, offsetof(struct thing, first_key), 0},
};

/* Decodes one document into *thing and adds the problems to `complaints`. */
static void decode_by(const struct field *fields, size_t count, const char *yaml, struct thing *thing,
                      struct buf *complaints)
{
    struct err err = {0};
    AUTO(problems) problems = {0};
    AUTO(yaml_documents) documents = {0};
    if (yaml_read("f", yaml, strlen(yaml), YAML_STRICT, &documents, &problems, &err) < 0)
        fail_msg("%s: %s", yaml, err.text);
    struct document document = document_of("f", &documents.items[0], &problems);
    struct node root = node_root(&document);
    decode_object(&root, fields, count, thing);
    assert_false(problems.out_of_memory);
    problems_sort(&problems);
    problems_print(&problems, complaints);
}

static void decode_thing(const char *yaml, struct thing *thing, struct buf *complaints)
{
    decode_by(thing_fields, ARRAY_SIZE(thing_fields), yaml, thing, complaints);
}

TEST(decode__everything_right__all_targets_filled)
{
    AUTO(thing) thing = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    decode_thing("name: m\nnote: ''\nenabled: true\ncount: -7\nlevel: 48\ntags: [x, v]\nextra: {a: [1]}\ncolor: blue\n"
                 "part: {name: p, size: 3}\nparts: [{name: q}]\n",
                 &thing, &complaints);
    check_text("complaints", buf_text(&complaints), "");
    check_text("name", thing.name, "m");
    check_text("note", thing.note, "");
    assert_true(thing.enabled);
    assert_int_equal(thing.count, -7);
    assert_int_equal(thing.level, 48);
    assert_int_equal(thing.tags.count, 2);
    check_text("tag", thing.tags.items[1], "v");
    AUTO(string) extra = json_dumps(thing.extra, JSON_COMPACT);
    check_text("extra", extra, JSON({"a":[1]}));
    assert_int_equal(thing.color, COLOR_BLUE);
    check_text("part", thing.part.name, "p");
    assert_int_equal(thing.part.size, 3);
    assert_int_equal(thing.list_size, 1);
}

TEST(decode__null__counts_as_absent)
{
    AUTO(thing) thing = {.count = 5, .level = 6, .color = COLOR_GREEN, .enabled = true};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    decode_thing("name: m\nnote:\nenabled: null\ncount: ~\nlevel:\ntags:\nextra:\ncolor:\npart:\nparts:\n", &thing,
                 &complaints);
    check_text("complaints", buf_text(&complaints), "");
    assert_null(thing.note);
    assert_true(thing.enabled);
    assert_int_equal(thing.count, 5);
    assert_int_equal(thing.level, 6);
    assert_int_equal(thing.color, COLOR_GREEN);
    assert_null(thing.extra);
    assert_int_equal(thing.tags.count, 0);
}

TEST(decode__given_twice__the_later_replaces_without_a_leak)
{
    AUTO(thing) thing = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    decode_thing("name: a\ntags: [x]\nextra: {}\n", &thing, &complaints);
    decode_thing("name: b\ntags: [v, z]\nextra: []\n", &thing, &complaints);
    check_text("complaints", buf_text(&complaints), "");
    check_text("name", thing.name, "b");
    assert_int_equal(thing.tags.count, 2);
    assert_true(json_is_array(thing.extra));
}

TEST(decode__mistakes__each_with_place_path_and_remedy)
{
    static const struct {
        const char *name, *yaml, *complaints;
    } cases[] = {
        {"no object", "- 1\n", "f:1:1: is a list, must be an object\n"},
        {"missing field", "note: x\n", "f:1:1: field \"name\" is missing\n"},
        {"required but null", "name:\n", "f:1:1: field \"name\" is missing\n"},
        {"missing field below", "name: m\npart: {size: 1}\n", "f:2:7: part: field \"name\" is missing\n"},
        {"empty text", "name: ''\n", "f:1:7: name: is empty, must not be\n"},
        {"number for a string", "name: 1\n", "f:1:7: name: is an integer, must be a string; put it in quotes\n"},
        {"boolean for a string", "name: m\nnote: yes\n",
         "f:2:7: note: is a boolean, must be a string; put it in quotes\n"},
        {"fraction for a string", "name: m\nnote: 1.5\n",
         "f:2:7: note: is a fraction, must be a string; put it in quotes\n"},
        {"list for a string", "name: m\nnote: [x]\n", "f:2:7: note: is a list, must be a string\n"},
        {"string for a boolean", "name: m\nenabled: \"true\"\n", "f:2:10: enabled: is a string, must be a boolean\n"},
        {"string for an integer", "name: m\ncount: \"3\"\n", "f:2:8: count: is a string, must be an integer\n"},
        {"fraction for an integer", "name: m\ncount: 1.5\n", "f:2:8: count: is a fraction, must be an integer\n"},
        {"below the range", "name: m\nlevel: 1\n", "f:2:8: level: is 1, must be between 2 and 48\n"},
        {"above the range", "name: m\nlevel: 49\n", "f:2:8: level: is 49, must be between 2 and 48\n"},
        {"string for a range", "name: m\nlevel: x\n", "f:2:8: level: is a string, must be an integer\n"},
        {"unknown word", "name: m\ncolor: Red\n", "f:2:8: color: is \"Red\", must be red, green or blue\n"},
        {"number for a word", "name: m\ncolor: 1\n", "f:2:8: color: is an integer, must be red, green or blue\n"},
        {"boolean for a word", "name: m\ncolor: off\n", "f:2:8: color: is a boolean, must be red, green or blue\n"},
        {"list for a word", "name: m\ncolor: [red]\n", "f:2:8: color: is a list, must be red, green or blue\n"},
        {"elements that are not strings", "name: m\ntags: [a, 1, '', null]\n",
         "f:2:11: tags[1]: is an integer, must be a string; put it in quotes\n"
         "f:2:14: tags[2]: is empty, must not be\n"
         "f:2:18: tags[3]: is null, must be a string; put it in quotes\n"},
        {"string for a list", "name: m\ntags: a\n", "f:2:7: tags: is a string, must be a list\n"},
        {"string for an object", "name: m\npart: a\n", "f:2:7: part: is a string, must be an object\n"},
        {"null element", "name: m\nparts: [null]\n", "f:2:9: parts[0]: is null, must be an object\n"},
        {"deep", "name: m\nparts:\n- name: a\n- name: b\n  size: x\n",
         "f:5:9: parts[1].size: is a string, must be an integer\n"},
        {"near miss", "name: m\nenable: true\n",
         "f:2:1: enable: unknown field \"enable\"; did you mean \"enabled\"?\n"},
        {"near miss by case", "Name: m\n",
         "f:1:1: Name: unknown field \"Name\"; did you mean \"name\"?\nf:1:1: field \"name\" is missing\n"},
        {"far miss", "name: m\nwhatever: 1\n",
         "f:2:1: whatever: unknown field \"whatever\"; known are name, note, enabled, count, level, tags, extra, "
         "color, "
         "part, parts, map\n"},
        {"unknown and null", "name: m\nwhatever:\n",
         "f:2:1: whatever: unknown field \"whatever\"; known are name, note, enabled, count, level, tags, extra, "
         "color, "
         "part, parts, map\n"},
        {"near miss below", "name: m\nparts: [{nam: x, name: v}]\n",
         "f:2:10: parts[0].nam: unknown field \"nam\"; did you mean \"name\"?\n"},
        {"all of several", "nme: x\ncount: a\ntags: {}\n",
         "f:1:1: field \"name\" is missing\n"
         "f:1:1: nme: unknown field \"nme\"; did you mean \"name\"?\n"
         "f:2:8: count: is a string, must be an integer\n"
         "f:3:7: tags: is an object, must be a list\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(thing) thing = {0};
        AUTO(buf) complaints;
        buf_init(&complaints, TEXT_MAX);
        decode_thing(cases[i].yaml, &thing, &complaints);
        check_text(cases[i].name, buf_text(&complaints), cases[i].complaints);
    }
}

static const char *find_upper_case(const char *text)
{
    return strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") ? "must be in lower case" : NULL;
}

static const struct field listed_part = {FIELDS(part_fields)};

static const struct field rule_fields[] = {
    {"choice", .choices = color_words, .offset = offsetof(struct thing, name)},
    {"lower", .find_fault = find_upper_case, .offset = offsetof(struct thing, note), .flags = FIELD_MAY_BE_EMPTY},
    {"seconds", .pattern = "^[0-9]+s$", .wanted = "seconds, such as 5s", .offset = NOT_KEPT},
    {"parts", .elements = &listed_part, .offset = NOT_KEPT, .if_empty = "is empty, must have a part"},
    {"ready", decode_bool, NOT_KEPT, FIELD_ALONE},
};

TEST(decode__rules__values_kept_or_checked)
{
    AUTO(thing) thing = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    decode_by(rule_fields, ARRAY_SIZE(rule_fields),
              "choice: green\nlower: abc\nseconds: 5s\nparts: [{name: p, size: 3}]\n", &thing, &complaints);
    decode_by(rule_fields, ARRAY_SIZE(rule_fields), "ready: true\n", &thing, &complaints);
    decode_by(rule_fields, ARRAY_SIZE(rule_fields), "lower: ''\n", &thing, &complaints);
    check_text("complaints", buf_text(&complaints), "");
    check_text("choice", thing.name, "green");
    check_text("lower", thing.note, "abc");
}

TEST(decode__rules_broken__each_says_what_is_right)
{
    AUTO(thing) thing = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    decode_by(rule_fields, ARRAY_SIZE(rule_fields), "choice: pink\nlower: aBc\nseconds: 5m\nparts: []\nready: true\n",
              &thing, &complaints);
    decode_by(rule_fields, ARRAY_SIZE(rule_fields), "parts: [{size: x}]\n", &thing, &complaints);
    check_text("complaints", buf_text(&complaints),
               "f:1:1: has more than ready, which must be the only field\n"
               "f:1:9: choice: is \"pink\", must be red, green or blue\n"
               "f:2:8: lower: \"aBc\" must be in lower case\n"
               "f:3:10: seconds: is \"5m\", must be seconds, such as 5s\n"
               "f:4:8: parts: is empty, must have a part\n"
               "f:1:9: parts[0]: field \"name\" is missing\n"
               "f:1:16: parts[0].size: is a string, must be an integer\n");
    assert_null(thing.name);
    check_text("kept though faulty", thing.note, "aBc");
}

TEST(decode__mistake__target_keeps_its_value)
{
    AUTO(thing) thing = {.count = 5, .level = 6, .color = COLOR_GREEN, .enabled = true};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    decode_thing("name: m\ncount: x\nlevel: 99\ncolor: pink\nenabled: 1\ntags: [ok, 1]\n", &thing, &complaints);
    assert_int_equal(thing.count, 5);
    assert_int_equal(thing.level, 6);
    assert_int_equal(thing.color, COLOR_GREEN);
    assert_true(thing.enabled);
    assert_int_equal(thing.tags.count, 0);
}

TEST(node_path__keys_with_dots_and_slashes__in_brackets)
{
    AUTO(thing) thing = {0};
    AUTO(buf) complaints;
    buf_init(&complaints, TEXT_MAX);
    decode_thing("name: m\nmap:\n  plain: x\n  gpuslice.dev/class: x\n  'a \"quote\"': x\n  '': x\n  with_-9: x\n",
                 &thing, &complaints);
    check_text("paths", buf_text(&complaints),
               "f:3:3: map.plain: key 0\nf:3:10: map.plain: value 0\n"
               "f:4:3: map[\"gpuslice.dev/class\"]: key 1\nf:4:23: map[\"gpuslice.dev/class\"]: value 1\n"
               "f:5:3: map[\"a \\\"quote\\\"\"]: key 2\nf:5:16: map[\"a \\\"quote\\\"\"]: value 2\n"
               "f:6:3: map[\"\"]: key 3\nf:6:7: map[\"\"]: value 3\n"
               "f:7:3: map.with_-9: key 4\nf:7:12: map.with_-9: value 4\n");
}

TEST(node_root__problem__without_a_path)
{
    AUTO(json) value = json_object();
    AUTO(problems) problems = {0};
    AUTO(buf) text;
    buf_init(&text, TEXT_MAX);
    struct yaml_document read = {.value = value, .mark = {.line = 3, .column = 4}};
    struct document document = document_of("f", &read, &problems);
    struct node root = node_root(&document);
    node_problem(&root, "at %d", 1);
    node_problem_key(&root, "a root has no key");
    problems_print(&problems, &text);
    check_text("root", buf_text(&text), "f:3:4: at 1\nf:3:4: a root has no key\n");
}

/* A value that was not read from YAML has no marks below its root. */
TEST(node_member__document_without_marks__place_of_the_parent)
{
    AUTO(json) value = json_pack("{s:{s:[i]}}", "a", "b", 1);
    AUTO(problems) problems = {0};
    AUTO(buf) text;
    buf_init(&text, TEXT_MAX);
    struct yaml_document read = {.value = value, .mark = {.line = 1, .column = 1}};
    struct document document = document_of("f", &read, &problems);
    struct node root = node_root(&document);
    struct node a = node_member(root, "a");
    struct node b = node_member(a, "b");
    struct node element = node_element(b, 0);
    assert_int_equal(json_integer_value(element.value), 1);
    assert_null(node_member(a, "c").value);
    node_problem(&element, "here");
    problems_print(&problems, &text);
    check_text("place", buf_text(&text), "f:1:1: here\n");
}
