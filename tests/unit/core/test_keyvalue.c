/* core/keyvalue: string maps and the syntax of names. */
#include "core/keyvalue.h"

#include "tests/support/decode_fixture.h"

TEST(keyvalues_set__any_order__sorted_and_found)
{
    static const char *const keys[] = {"m", "b", "z", "a", "m/x", "B", "y", "c", "n"};
    struct keyvalues map = {0};
    struct err err;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        assert_int_equal(keyvalues_set(&map, keys[i], keys[ARRAY_SIZE(keys) - 1 - i], &err), 0);
    assert_int_equal(map.count, ARRAY_SIZE(keys));
    for (size_t i = 1; i < map.count; i++)
        assert_true(strcmp(map.items[i - 1].key, map.items[i].key) < 0);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        assert_string_equal(keyvalues_get(&map, keys[i]), keys[ARRAY_SIZE(keys) - 1 - i]);
    assert_null(keyvalues_get(&map, "aa"));
    assert_null(keyvalues_get(&map, ""));
    assert_null(keyvalues_get(&map, "zz"));
    keyvalues_fini(&map);
    assert_int_equal(map.count, 0);
}

TEST(keyvalues_set__key_is_there__value_replaced)
{
    struct keyvalues map = {0};
    struct err err;
    assert_int_equal(keyvalues_set(&map, "a", "1", &err), 0);
    assert_int_equal(keyvalues_set(&map, "a", "2", &err), 0);
    assert_int_equal(map.count, 1);
    assert_string_equal(keyvalues_get(&map, "a"), "2");
    keyvalues_fini(&map);
}

TEST(keyvalues_get__null_or_empty_map__null)
{
    static const struct keyvalues empty;
    assert_null(keyvalues_get(NULL, "a"));
    assert_null(keyvalues_get(&empty, "a"));
}

TEST(decode_labels__valid__kept)
{
    struct keyvalues map = {0};
    assert_decode_problems("labels", "tier: gpu\nexample.com/Team_1: A.b-C\nempty: ''\n", decode_labels, &map, "");
    assert_int_equal(map.count, 3);
    assert_string_equal(keyvalues_get(&map, "tier"), "gpu");
    assert_string_equal(keyvalues_get(&map, "example.com/Team_1"), "A.b-C");
    assert_string_equal(keyvalues_get(&map, "empty"), "");
    keyvalues_fini(&map);
}

TEST(decode_labels__invalid__every_mistake_is_named)
{
    struct keyvalues map = {0};
    assert_decode_problems(
        "labels",
        "good: yes-it-is\n"
        "a b: x\n"
        "value: 'a b'\n"
        "number: 3\n"
        "list: [a]\n"
        "nothing: null\n",
        decode_labels, &map,
        "1:1: has null for the key \"nothing\"; write a value, or leave the key out\n"
        "2:1: [\"a b\"]: the key must consist of letters, digits, '-', '_' and '.', with at most one domain and "
        "'/' before them\n"
        "3:8: value: \"a b\" is not a label value; it must consist of letters, digits, '-', '_' and '.'\n"
        "4:9: number: is an integer, must be a string; put it in quotes\n"
        "5:7: list: is a list, must be a string\n");
    assert_int_equal(map.count, 1);
    keyvalues_fini(&map);
    assert_decode_problems("no map", "[a]", decode_labels, &map, "1:1: is a list, must be an object\n");
    assert_int_equal(map.count, 0);
}

TEST(decode_annotations__any_value__kept)
{
    struct keyvalues map = {0};
    assert_decode_problems("annotations", "example.com/text: 'any text, {of} all kinds'\n-bad: x\n", decode_annotations,
                           &map, "2:1: -bad: the key must begin and end with a letter or a digit\n");
    assert_int_equal(map.count, 1);
    assert_string_equal(keyvalues_get(&map, "example.com/text"), "any text, {of} all kinds");
    keyvalues_fini(&map);
}

#define TEN        "abcdefghij"
#define SIXTY      TEN TEN TEN TEN TEN TEN
#define LABEL_63   SIXTY "abc"
#define LABEL_64   SIXTY "abcd"
#define DOMAIN_250 SIXTY SIXTY SIXTY SIXTY TEN
#define DOMAIN_253 DOMAIN_250 "abc"

struct name_case {
    const char *name;
    const char *fault; /* NULL if the name is valid */
};

static void check_names(const char *(*find_fault)(const char *), const struct name_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *fault = find_fault(cases[i].name);
        if (!fault != !cases[i].fault || (fault && strcmp(fault, cases[i].fault) != 0))
            fail_msg("\"%s\": got %s", cases[i].name, fault ? fault : "no fault");
    }
}

TEST(name_dns_label_fault__table__as_rfc_1123)
{
    static const char characters[] = "must consist of lower-case letters, digits and '-'";
    static const char ends[] = "must begin and end with a lower-case letter or a digit";
    static const struct name_case cases[] = {
        {"a", NULL},
        {"0", NULL},
        {"t4-thirds", NULL},
        {"a--b", NULL},
        {LABEL_63, NULL},
        {LABEL_64, "is longer than 63 characters"},
        {"", "is empty; write a name of lower-case letters, digits and '-'"},
        {"A", characters},
        {"a.b", characters},
        {"a_b", characters},
        {"a b", characters},
        {"\xc3\xa4", characters},
        {"-a", ends},
        {"a-", ends},
        {"-", ends},
    };
    check_names(name_dns_label_fault, cases, ARRAY_SIZE(cases));
}

TEST(name_qualified_fault__table__as_apimachinery)
{
    static const char domain[] =
        "must have a domain before its '/': lower-case letters, digits, '-' and '.', such as example.com/name";
    static const char characters[] =
        "must consist of letters, digits, '-', '_' and '.', with at most one domain and '/' before them";
    static const char ends[] = "must begin and end with a letter or a digit";
    static const struct name_case cases[] = {
        {"tier", NULL},
        {"Tier_1.x-y", NULL},
        {"nvidia.com/gpu", NULL},
        {"nvidia.com/mig-1g.5gb.me", NULL},
        {"a/B", NULL},
        {"1.2.3/x", NULL},
        {LABEL_63, NULL},
        {"example.com/" LABEL_63, NULL},
        {DOMAIN_253 "/a", NULL},
        {DOMAIN_253 "a/a", "has more than 253 characters before its '/'"},
        {LABEL_64, "is longer than 63 characters"},
        {"example.com/" LABEL_64, "has more than 63 characters after its '/'"},
        {"", "is empty; write a name, such as tier or example.com/tier"},
        {"/a", "has nothing before its '/'; leave the '/' out or write a domain, such as example.com/name"},
        {"a/", "has nothing after its '/'"},
        {"a/b/c", "has more than one '/'"},
        {"A/b", domain},
        {"a..b/c", domain},
        {".a/c", domain},
        {"a./c", domain},
        {"a-.b/c", domain},
        {"a.-b/c", domain},
        {"a_b/c", domain},
        {"a b", characters},
        {"a@b", characters},
        {"-a", ends},
        {"a.", ends},
        {"_", ends},
        {"example.com/-", ends},
    };
    check_names(name_qualified_fault, cases, ARRAY_SIZE(cases));
}

TEST(name_label_value_fault__table__as_apimachinery)
{
    static const char characters[] = "is not a label value; it must consist of letters, digits, '-', '_' and '.'";
    static const char ends[] = "is not a label value; it must begin and end with a letter or a digit";
    static const struct name_case cases[] = {
        {"", NULL},
        {"a", NULL},
        {"A_b.C-9", NULL},
        {LABEL_63, NULL},
        {LABEL_64, "is longer than 63 characters, which a label value cannot be"},
        {"a/b", characters},
        {"a b", characters},
        {"-1", ends},
        {"a-", ends},
        {".", ends},
    };
    check_names(name_label_value_fault, cases, ARRAY_SIZE(cases));
}
