/* core/requirement: decoding, matching, and which requirements can be met together. */
#include "core/requirement.h"

#include "tests/support/decode_fixture.h"

/* These arrays are constant only at file scope, so tables in functions that use them are not static. */
#define VALUES(...)                               \
    .values = (const char *const[]){__VA_ARGS__}, \
    .value_count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

TEST(requirement_op__names__both_ways)
{
    static const char *const names[] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        assert_int_equal(requirement_op_parse(names[i]), i);
        assert_string_equal(requirement_op_name((enum requirement_op)i), names[i]);
    }
    assert_int_equal(requirement_op_parse("in"), OP_OTHER);
    assert_int_equal(requirement_op_parse(""), OP_OTHER);
    assert_int_equal(requirement_op_parse("Gte"), OP_OTHER);
    assert_string_equal(requirement_op_name(OP_OTHER), "");
}

TEST(requirement_integer__table__as_parse_int)
{
    static const struct {
        const char *text;
        bool is_integer;
        int64_t integer;
    } cases[] = {
        {"0", true, 0},
        {"007", true, 7},
        {"-5", true, -5},
        {"+5", true, 5},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"0x1", false, 0},
        {"--1", false, 0},
        {"a", false, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t integer = 0;
        if (requirement_integer(cases[i].text, &integer) != cases[i].is_integer || integer != cases[i].integer)
            fail_msg("\"%s\"", cases[i].text);
    }
}

TEST(requirement_equal__table__set_of_values)
{
    const struct {
        const char *name;
        struct requirement a, b;
        bool equal;
    } cases[] = {
        {"same", {.key = "k", .op = OP_IN, VALUES("a", "b")}, {.key = "k", .op = OP_IN, VALUES("a", "b")}, true},
        {"other order", {.key = "k", .op = OP_IN, VALUES("a", "b")}, {.key = "k", .op = OP_IN, VALUES("b", "a")}, true},
        {"repeated", {.key = "k", .op = OP_IN, VALUES("a", "a")}, {.key = "k", .op = OP_IN, VALUES("a")}, true},
        {"subset", {.key = "k", .op = OP_IN, VALUES("a", "b")}, {.key = "k", .op = OP_IN, VALUES("a")}, false},
        {"superset", {.key = "k", .op = OP_IN, VALUES("a")}, {.key = "k", .op = OP_IN, VALUES("a", "b")}, false},
        {"key", {.key = "k", .op = OP_IN, VALUES("a")}, {.key = "l", .op = OP_IN, VALUES("a")}, false},
        {"operator", {.key = "k", .op = OP_IN, VALUES("a")}, {.key = "k", .op = OP_NOT_IN, VALUES("a")}, false},
        {"no values", {.key = "k", .op = OP_EXISTS}, {.key = "k", .op = OP_EXISTS}, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (requirement_equal(&cases[i].a, &cases[i].b) != cases[i].equal)
            fail_msg("%s", cases[i].name);
    }
}

TEST(requirement_meets__table__as_labels_requirement_matches)
{
    const struct {
        const char *name;
        struct requirement item;
        const char *value;
        bool meets;
    } cases[] = {
        {"In", {.op = OP_IN, VALUES("a", "b")}, "b", true},
        {"In, other", {.op = OP_IN, VALUES("a", "b")}, "c", false},
        {"In, absent", {.op = OP_IN, VALUES("a")}, NULL, false},
        {"In empty", {.op = OP_IN, VALUES("")}, "", true},
        {"In empty, absent", {.op = OP_IN, VALUES("")}, NULL, false},
        {"NotIn", {.op = OP_NOT_IN, VALUES("a")}, "b", true},
        {"NotIn, named", {.op = OP_NOT_IN, VALUES("a")}, "a", false},
        {"NotIn, absent", {.op = OP_NOT_IN, VALUES("a")}, NULL, true},
        {"Exists", {.op = OP_EXISTS}, "", true},
        {"Exists, absent", {.op = OP_EXISTS}, NULL, false},
        {"DoesNotExist", {.op = OP_DOES_NOT_EXIST}, NULL, true},
        {"DoesNotExist, there", {.op = OP_DOES_NOT_EXIST}, "a", false},
        {"Gt", {.op = OP_GT, VALUES("5")}, "6", true},
        {"Gt, equal", {.op = OP_GT, VALUES("5")}, "5", false},
        {"Gt, as integers", {.op = OP_GT, VALUES("5")}, "10", true},
        {"Gt, text", {.op = OP_GT, VALUES("5")}, "x", false},
        {"Gt, absent", {.op = OP_GT, VALUES("5")}, NULL, false},
        {"Gt without integer", {.op = OP_GT, VALUES("x")}, "6", false},
        {"Gt with two", {.op = OP_GT, VALUES("1", "2")}, "6", false},
        {"Lt", {.op = OP_LT, VALUES("5")}, "4", true},
        {"Lt, equal", {.op = OP_LT, VALUES("5")}, "5", false},
        {"newer operator", {.op = OP_OTHER}, NULL, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (requirement_meets(&cases[i].item, cases[i].value) != cases[i].meets)
            fail_msg("%s", cases[i].name);
    }
}

/* Requirements with few values: integers in two spellings, texts, and the empty text. */
static const struct requirement world[] = {
    {.key = "k", .op = OP_IN, VALUES("a")},
    {.key = "k", .op = OP_IN, VALUES("a", "2")},
    {.key = "k", .op = OP_IN, VALUES("1", "3", "")},
    {.key = "k", .op = OP_IN, VALUES("02")},
    {.key = "k", .op = OP_NOT_IN, VALUES("a")},
    {.key = "k", .op = OP_NOT_IN, VALUES("1", "2")},
    {.key = "k", .op = OP_NOT_IN, VALUES("", "a", "3")},
    {.key = "k", .op = OP_NOT_IN, VALUES("02")},
    {.key = "k", .op = OP_EXISTS},
    {.key = "k", .op = OP_DOES_NOT_EXIST},
    {.key = "k", .op = OP_GT, VALUES("0")},
    {.key = "k", .op = OP_GT, VALUES("1")},
    {.key = "k", .op = OP_GT, VALUES("2")},
    {.key = "k", .op = OP_LT, VALUES("0")},
    {.key = "k", .op = OP_LT, VALUES("1")},
    {.key = "k", .op = OP_LT, VALUES("2")},
    {.key = "k", .op = OP_LT, VALUES("3")},
    {.key = "k", .op = OP_LT, VALUES("4")},
    {.key = "k", .op = OP_GT, VALUES("-7")},
    {.key = "k", .op = OP_GT, VALUES("x")},
    {.key = "k", .op = OP_LT, VALUES("-1")},
    {.key = "k", .op = OP_OTHER, VALUES("new")},
};

/* Absence (NULL), and one value of each kind that the requirements of `world` can distinguish. */
static const char *const universe[] = {NULL, "", "a", "b", "0", "1", "2", "3", "4", "01", "02", "03", "002"};

/* A second implementation of requirement_meets(), for values of `universe`. */
static bool naive_meets(const struct requirement *item, const char *value)
{
    bool listed = false;
    for (size_t i = 0; i < item->value_count; i++)
        listed = listed || (value && strcmp(value, item->values[i]) == 0);
    bool number = value && *value >= '0' && *value <= '9';
    bool bound = item->value_count == 1 && strchr("-0123456789", item->values[0][0]);
    int difference = number && bound ? atoi(value) - atoi(item->values[0]) : 0;
    const bool meaning[] = {
        [OP_IN] = listed,
        [OP_NOT_IN] = !listed,
        [OP_EXISTS] = value != NULL,
        [OP_DOES_NOT_EXIST] = value == NULL,
        [OP_GT] = difference > 0,
        [OP_LT] = difference < 0,
        [OP_OTHER] = true,
    };
    return meaning[item->op];
}

static bool naive_satisfiable(const struct requirement *const items[], size_t count)
{
    for (size_t i = 0; i < ARRAY_SIZE(universe); i++) {
        size_t met = 0;
        for (size_t j = 0; j < count; j++)
            met += naive_meets(items[j], universe[i]);
        if (met == count)
            return true;
    }
    return false;
}

static void check_combination(const struct requirement *const items[], size_t count, size_t satisfiable[2])
{
    bool expected = naive_satisfiable(items, count);
    satisfiable[expected]++;
    if (requirements_satisfiable(items, count) == expected)
        return;
    AUTO(buf) text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < count; i++) {
        buf_addf(&text, " %s(", requirement_op_name(items[i]->op));
        for (size_t j = 0; j < items[i]->value_count; j++)
            buf_addf(&text, "\"%s\"", items[i]->values[j]);
        buf_add_string(&text, ")");
    }
    fail_msg("expected %d for%s", expected, buf_text(&text));
}

TEST(requirements_satisfiable__all_pairs_triples_and_fours__as_by_trying_every_value)
{
    enum { COUNT = ARRAY_SIZE(world) };
    size_t seen[2] = {0, 0};
    for (size_t a = 0; a < COUNT; a++) {
        for (size_t b = 0; b < COUNT; b++) {
            for (size_t c = 0; c < COUNT; c++) {
                for (size_t d = c; d < COUNT; d++) {
                    const struct requirement *const items[] = {&world[a], &world[b], &world[c], &world[d]};
                    for (size_t count = 0; count <= 4; count++)
                        check_combination(items, count, seen);
                }
            }
        }
    }
    assert_true(seen[false] > 10000);
    assert_true(seen[true] > 10000);
}

TEST(requirements_satisfiable__table__corner_cases)
{
    const struct {
        const char *name;
        struct requirement items[3];
        size_t count;
        bool satisfiable;
    } cases[] = {
        {"nothing", {{0}}, 0, true},
        {"disjoint sets", {{.key = "k", .op = OP_IN, VALUES("a")}, {.key = "k", .op = OP_IN, VALUES("b")}}, 2, false},
        {"overlapping sets",
         {{.key = "k", .op = OP_IN, VALUES("a", "c")}, {.key = "k", .op = OP_IN, VALUES("b", "c")}},
         2,
         true},
        {"NotIn and DoesNotExist: absence",
         {{.key = "k", .op = OP_NOT_IN, VALUES("a")}, {.key = "k", .op = OP_DOES_NOT_EXIST}},
         2,
         true},
        {"In needs the key", {{.key = "k", .op = OP_IN, VALUES("a")}, {.key = "k", .op = OP_DOES_NOT_EXIST}}, 2, false},
        {"Gt needs the key", {{.key = "k", .op = OP_GT, VALUES("1")}, {.key = "k", .op = OP_DOES_NOT_EXIST}}, 2, false},
        {"no integer between",
         {{.key = "k", .op = OP_GT, VALUES("4")}, {.key = "k", .op = OP_LT, VALUES("5")}},
         2,
         false},
        {"one integer between",
         {{.key = "k", .op = OP_GT, VALUES("4")}, {.key = "k", .op = OP_LT, VALUES("6")}},
         2,
         true},
        {"the one integer excluded, but 05 is not",
         {{.key = "k", .op = OP_GT, VALUES("4")},
          {.key = "k", .op = OP_LT, VALUES("6")},
          {.key = "k", .op = OP_NOT_IN, VALUES("5")}},
         3,
         true},
        {"above all integers", {{.key = "k", .op = OP_GT, VALUES("9223372036854775807")}}, 1, false},
        {"the largest integer", {{.key = "k", .op = OP_GT, VALUES("9223372036854775806")}}, 1, true},
        {"the largest integer, excluded",
         {{.key = "k", .op = OP_GT, VALUES("9223372036854775806")},
          {.key = "k", .op = OP_NOT_IN, VALUES("9223372036854775807")}},
         2,
         true},
        {"below all integers", {{.key = "k", .op = OP_LT, VALUES("-9223372036854775808")}}, 1, false},
        {"no label is negative", {{.key = "k", .op = OP_LT, VALUES("0")}}, 1, false},
        {"In of nothing", {{.key = "k", .op = OP_IN}}, 1, false},
        {"newer operator", {{.key = "k", .op = OP_OTHER}, {.key = "k", .op = OP_EXISTS}}, 2, true},
        {"newer operator does not hide a contradiction",
         {{.key = "k", .op = OP_OTHER}, {.key = "k", .op = OP_EXISTS}, {.key = "k", .op = OP_DOES_NOT_EXIST}},
         3,
         false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct requirement *const items[] = {&cases[i].items[0], &cases[i].items[1], &cases[i].items[2]};
        if (requirements_satisfiable(items, cases[i].count) != cases[i].satisfiable)
            fail_msg("%s", cases[i].name);
    }
}

TEST(requirements_satisfiable__every_spelling_excluded__false)
{
    static char spellings[63][64];
    const char *values[63];
    for (int width = 1; width <= 63; width++) {
        (void)snprintf(spellings[width - 1], sizeof(spellings[0]), "%0*d", width, 5);
        values[width - 1] = spellings[width - 1];
    }
    const struct requirement gt = {.key = "k", .op = OP_GT, VALUES("4")};
    const struct requirement lt = {.key = "k", .op = OP_LT, VALUES("6")};
    struct requirement not_in = {.key = "k", .op = OP_NOT_IN, .values = values, .value_count = 63};
    const struct requirement *const items[] = {&gt, &lt, &not_in};
    assert_false(requirements_satisfiable(items, 3));
    not_in.value_count = 62;
    assert_true(requirements_satisfiable(items, 3));
}

TEST(requirements_add__item__copied)
{
    char key[] = "k";
    char value[] = "v";
    const char *values[] = {value, "w"};
    struct requirement item = {.key = key, .op = OP_IN, .values = values, .value_count = 2};
    struct requirements list = {0};
    struct err err;
    assert_int_equal(requirements_add(&list, &item, &err), 0);
    key[0] = 'x';
    value[0] = 'x';
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].key, "k");
    assert_int_equal(list.items[0].op, OP_IN);
    assert_int_equal(list.items[0].value_count, 2);
    assert_string_equal(list.items[0].values[0], "v");
    assert_string_equal(list.items[0].values[1], "w");
    requirements_fini(&list);
    assert_int_equal(list.count, 0);
}

TEST(decode_requirements__valid__kept)
{
    struct requirements list = {0};
    assert_decode_problems("valid",
                           "- {key: nvidia.com/gpu, operator: Exists}\n"
                           "- {key: tier, operator: In, values: [a, '']}\n"
                           "- {key: count, operator: Gt, values: ['-1']}\n"
                           "- {key: gone, operator: DoesNotExist, values: []}\n"
                           "- {key: zone, operator: NotIn, values: [b]}\n"
                           "- {key: count, operator: Lt, values: ['9']}\n",
                           decode_requirements, &list, "");
    assert_int_equal(list.count, 6);
    assert_string_equal(list.items[0].key, "nvidia.com/gpu");
    assert_int_equal(list.items[0].op, OP_EXISTS);
    assert_int_equal(list.items[1].op, OP_IN);
    assert_int_equal(list.items[1].value_count, 2);
    assert_string_equal(list.items[1].values[1], "");
    assert_int_equal(list.items[2].op, OP_GT);
    assert_string_equal(list.items[2].values[0], "-1");
    assert_int_equal(list.items[3].op, OP_DOES_NOT_EXIST);
    assert_int_equal(list.items[4].op, OP_NOT_IN);
    assert_int_equal(list.items[5].op, OP_LT);
    requirements_fini(&list);
}

TEST(decode_requirements__mistakes__each_is_named)
{
    struct requirements list = {0};
    assert_decode_problems(
        "mistakes",
        "- {key: a, operator: In}\n"
        "- {key: a, operator: NotIn, values: []}\n"
        "- {key: a, operator: Exists, values: [x]}\n"
        "- {key: a, operator: DoesNotExist, values: [x, z]}\n"
        "- {key: a, operator: Gt, values: ['1', '2']}\n"
        "- {key: a, operator: Lt, values: [x]}\n"
        "- {key: a, operator: Lt}\n"
        "- {key: a, operator: In, values: ['-1']}\n"
        "- {key: a, operator: In, values: [1]}\n"
        "- {key: a, operator: in, values: [x]}\n"
        "- {key: a/, operator: Exists}\n"
        "- {operator: Exists}\n"
        "- {key: a, operator: Exists, value: x}\n"
        "- good\n",
        decode_requirements, &list,
        "1:3: [0]: In needs at least one value, such as values: [a]\n"
        "2:37: [1].values: NotIn needs at least one value, such as values: [a]\n"
        "3:38: [2].values: Exists takes no values, but has 1; leave them out, or write In\n"
        "4:44: [3].values: DoesNotExist takes no values, but has 2; leave them out, or write NotIn\n"
        "5:34: [4].values: Gt needs exactly one value that is an integer, such as values: [\"1\"]\n"
        "6:34: [5].values: Lt needs exactly one value that is an integer, such as values: [\"1\"]\n"
        "7:3: [6]: Lt needs exactly one value that is an integer, such as values: [\"1\"]\n"
        "8:35: [7].values[0]: \"-1\" is not a label value; it must begin and end with a letter or a digit\n"
        "9:35: [8].values[0]: is an integer, must be a string; put it in quotes\n"
        "10:22: [9].operator: is \"in\", must be In, NotIn, Exists, DoesNotExist, Gt or Lt\n"
        "11:9: [10].key: \"a/\" has nothing after its '/'\n"
        "12:3: [11]: field \"key\" is missing\n"
        "13:30: [12].value: unknown field \"value\"; did you mean \"values\"?\n"
        "14:3: [13]: is a string, must be an object\n");
    assert_int_equal(list.count, 0);
    requirements_fini(&list);
    assert_decode_problems("no list", "{key: a}", decode_requirements, &list, "1:1: is an object, must be a list\n");
}

TEST(decode_selector_requirements__gt__refused)
{
    struct requirements list = {0};
    assert_decode_problems("Gt", "- {key: a, operator: Gt, values: ['1']}\n- {key: a, operator: Exists}\n",
                           decode_selector_requirements, &list,
                           "1:22: [0].operator: is \"Gt\", must be In, NotIn, Exists or DoesNotExist\n");
    assert_int_equal(list.count, 1);
    requirements_fini(&list);
}
