/* core/toleration: decoding and coverage. */
#include "core/toleration.h"

#include "tests/support/decode_fixture.h"

/* A second implementation of ToleratesTaint of k8s.io/api/core/v1. Returns for how many seconds the taint is tolerated:
 * -1 for not at all, INT64_MAX for no limit. */
static int64_t naive_tolerates(const struct toleration *item, const struct taint *taint)
{
    if (item->effect[0] && strcmp(item->effect, taint->effect) != 0)
        return -1;
    if (item->key[0] && strcmp(item->key, taint->key) != 0)
        return -1;
    bool exists = strcmp(item->op, "Exists") == 0;
    if (!exists && strcmp(item->value, taint->value) != 0)
        return -1;
    if (!item->has_seconds || strcmp(taint->effect, "NoExecute") != 0)
        return INT64_MAX;
    return item->seconds < 0 ? 0 : item->seconds;
}

static bool naive_covers(const struct toleration *a, const struct toleration *b)
{
    /* One key and one value more than toleration_at() has, which only a wildcard can match. */
    static char keys[][8] = {"k", "l", "m"};
    static char values[][8] = {"", "v", "w", "x"};
    static char effects[][20] = {"NoSchedule", "PreferNoSchedule", "NoExecute"};
    for (size_t key = 0; key < ARRAY_SIZE(keys); key++) {
        for (size_t value = 0; value < ARRAY_SIZE(values); value++) {
            for (size_t effect = 0; effect < ARRAY_SIZE(effects); effect++) {
                struct taint taint = {.key = keys[key], .value = values[value], .effect = effects[effect]};
                if (naive_tolerates(a, &taint) < naive_tolerates(b, &taint))
                    return false;
            }
        }
    }
    return true;
}

enum { TOLERATIONS = 3 * 3 * 3 * 4 * 4 };

/* Returns the `index`-th combination of fields that a toleration can have. */
static struct toleration toleration_at(size_t index)
{
    static const char *const keys[] = {"", "k", "l"};
    static const char *const ops[] = {"", "Equal", "Exists"};
    static const char *const values[] = {"", "v", "w"};
    static const char *const effects[] = {"", "NoSchedule", "PreferNoSchedule", "NoExecute"};
    static const int64_t seconds[] = {0, 60, 300};
    struct toleration item = {0};
    item.key = keys[index % 3];
    item.op = ops[index / 3 % 3];
    item.value = values[index / 9 % 3];
    item.effect = effects[index / 27 % 4];
    size_t duration = index / 108;
    item.has_seconds = duration < 3;
    item.seconds = duration < 3 ? seconds[duration] : 0;
    return item;
}

TEST(toleration_covers__all_pairs__as_by_the_taints_they_tolerate)
{
    size_t seen[2] = {0, 0};
    for (size_t i = 0; i < TOLERATIONS; i++) {
        for (size_t j = 0; j < TOLERATIONS; j++) {
            struct toleration a = toleration_at(i);
            struct toleration b = toleration_at(j);
            bool expected = naive_covers(&a, &b);
            seen[expected]++;
            if (toleration_covers(&a, &b) != expected)
                fail_msg("%s %s %s %s %lld covers %s %s %s %s %lld: expected %d", a.key, a.op, a.value, a.effect,
                         a.has_seconds ? (long long)a.seconds : -1, b.key, b.op, b.value, b.effect,
                         b.has_seconds ? (long long)b.seconds : -1, expected);
        }
    }
    assert_true(seen[false] > 10000);
    assert_true(seen[true] > 1000);
}

TEST(toleration_covers__null_fields__as_empty)
{
    for (size_t i = 0; i < TOLERATIONS; i++) {
        struct toleration with_empty = toleration_at(i);
        struct toleration with_null = with_empty;
        with_null.key = with_null.key[0] ? with_null.key : NULL;
        with_null.op = with_null.op[0] ? with_null.op : NULL;
        with_null.value = with_null.value[0] ? with_null.value : NULL;
        with_null.effect = with_null.effect[0] ? with_null.effect : NULL;
        assert_true(toleration_covers(&with_null, &with_empty));
        assert_true(toleration_covers(&with_empty, &with_null));
    }
}

TEST(toleration_covers__newer_operator__nothing_but_itself)
{
    const struct toleration newer = {.key = "k", .op = "Gt", .value = "5"};
    const struct toleration all = {.op = "Exists"};
    struct toleration other = newer;
    assert_true(toleration_covers(&newer, &other));
    other.value = "6";
    assert_false(toleration_covers(&newer, &other));
    assert_false(toleration_covers(&all, &newer));
    assert_false(toleration_covers(&newer, &all));
}

TEST(toleration_covers__negative_seconds__are_zero)
{
    const struct toleration zero = {.key = "k", .op = "Exists", .effect = "NoExecute", .has_seconds = true};
    struct toleration negative = zero;
    negative.seconds = -5;
    assert_true(toleration_covers(&negative, &zero));
    assert_true(toleration_covers(&zero, &negative));
}

TEST(tolerations_add__null_fields__become_empty_copies)
{
    char key[] = "k";
    struct tolerations list = {0};
    struct err err;
    assert_int_equal(tolerations_add(&list, &(struct toleration){.key = key, .has_seconds = true, .seconds = 7}, &err),
                     0);
    key[0] = 'x';
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].key, "k");
    assert_string_equal(list.items[0].op, "");
    assert_string_equal(list.items[0].value, "");
    assert_string_equal(list.items[0].effect, "");
    assert_true(list.items[0].has_seconds);
    assert_int_equal(list.items[0].seconds, 7);
    tolerations_fini(&list);
    assert_int_equal(list.count, 0);
}

TEST(taints_add__without_value__empty_value)
{
    struct taints list = {0};
    struct err err;
    assert_int_equal(taints_add(&list, "k", NULL, "NoSchedule", &err), 0);
    assert_int_equal(taints_add(&list, "k", "v", "NoExecute", &err), 0);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].value, "");
    assert_string_equal(list.items[1].value, "v");
    assert_string_equal(list.items[1].effect, "NoExecute");
    taints_fini(&list);
    assert_int_equal(list.count, 0);
}

TEST(decode_taints__valid__kept)
{
    struct taints list = {0};
    assert_decode_problems("valid",
                           "- {key: nvidia.com/gpu, value: 'true', effect: NoSchedule}\n"
                           "- {key: nvidia.com/gpu, effect: NoExecute}\n"
                           "- {key: gpuslice.dev/pool, value: '', effect: PreferNoSchedule}\n",
                           decode_taints, &list, "");
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].key, "nvidia.com/gpu");
    assert_string_equal(list.items[0].value, "true");
    assert_string_equal(list.items[0].effect, "NoSchedule");
    assert_string_equal(list.items[1].value, "");
    assert_string_equal(list.items[2].effect, "PreferNoSchedule");
    taints_fini(&list);
}

TEST(decode_taints__mistakes__each_is_named)
{
    struct taints list = {0};
    assert_decode_problems(
        "mistakes",
        "- {key: a, effect: NoSchedule}\n"
        "- {key: a, value: x, effect: NoSchedule}\n"
        "- {key: a}\n"
        "- {effect: NoSchedule}\n"
        "- {key: '', effect: NoSchedule}\n"
        "- {key: a, effect: Noschedule}\n"
        "- {key: b, value: true, effect: NoSchedule}\n"
        "- {key: b, value: a b, effect: NoSchedule}\n"
        "- {key: b, operator: Exists, effect: NoSchedule}\n",
        decode_taints, &list,
        "2:3: [1]: a taint with key a and effect NoSchedule is in the list already; a node has only one of "
        "them\n"
        "3:3: [2]: field \"effect\" is missing\n"
        "4:3: [3]: field \"key\" is missing\n"
        "5:9: [4].key: \"\" is empty; write a name, such as tier or example.com/tier\n"
        "6:20: [5].effect: is \"Noschedule\", must be NoSchedule, PreferNoSchedule or NoExecute\n"
        "7:19: [6].value: is a boolean, must be a string; put it in quotes\n"
        "8:19: [7].value: \"a b\" is not a label value; it must consist of letters, digits, '-', '_' and '.'\n"
        "9:12: [8].operator: unknown field \"operator\"; known are key, value, effect\n");
    assert_int_equal(list.count, 1);
    taints_fini(&list);
    assert_decode_problems("no list", "a", decode_taints, &list, "1:1: is a string, must be a list\n");
}

TEST(decode_tolerations__valid__kept)
{
    struct tolerations list = {0};
    assert_decode_problems("valid",
                           "- {operator: Exists}\n"
                           "- {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}\n"
                           "- {key: a, value: b}\n"
                           "- {key: a, operator: '', value: '', effect: ''}\n"
                           "- {key: a, operator: Equal, value: b, effect: NoExecute, tolerationSeconds: 0}\n"
                           "- {key: '', operator: Exists, value: ''}\n",
                           decode_tolerations, &list, "");
    assert_int_equal(list.count, 6);
    assert_string_equal(list.items[0].key, "");
    assert_string_equal(list.items[0].op, "Exists");
    assert_string_equal(list.items[1].key, "nvidia.com/gpu");
    assert_string_equal(list.items[1].effect, "NoSchedule");
    assert_false(list.items[1].has_seconds);
    assert_string_equal(list.items[2].op, "");
    assert_string_equal(list.items[2].value, "b");
    assert_string_equal(list.items[4].op, "Equal");
    assert_true(list.items[4].has_seconds);
    assert_int_equal(list.items[4].seconds, 0);
    tolerations_fini(&list);
}

TEST(decode_tolerations__mistakes__each_is_named)
{
    struct tolerations list = {0};
    assert_decode_problems(
        "mistakes",
        "- {}\n"
        "- {operator: Equal, value: x}\n"
        "- {key: a, operator: Exists, value: x}\n"
        "- {key: a, operator: Exists, tolerationSeconds: 5}\n"
        "- {key: a, operator: Exists, effect: NoSchedule, tolerationSeconds: 5}\n"
        "- {key: a, operator: exists}\n"
        "- {key: a, operator: Exists, effect: Nope}\n"
        "- {key: a, operator: Lt, value: '5'}\n"
        "- {key: a b, operator: Exists}\n"
        "- {key: a, value: -x}\n"
        "- {key: a, effect: NoExecute, tolerationSeconds: '5'}\n"
        "- {keys: a, operator: Exists}\n",
        decode_tolerations, &list,
        "1:3: [0]: without a key, operator must be Exists (it tolerates every taint); or name the key\n"
        "2:14: [1].operator: without a key, operator must be Exists (it tolerates every taint); or name the "
        "key\n"
        "3:37: [2].value: is \"x\", but operator Exists takes no value; leave it out, or use operator Equal\n"
        "4:49: [3].tolerationSeconds: is only for effect NoExecute, but effect is not given; leave one of them "
        "out\n"
        "5:69: [4].tolerationSeconds: is only for effect NoExecute, but effect is NoSchedule; leave one of "
        "them out\n"
        "6:22: [5].operator: is \"exists\", must be Exists or Equal\n"
        "7:38: [6].effect: is \"Nope\", must be NoSchedule, PreferNoSchedule or NoExecute\n"
        "8:22: [7].operator: is \"Lt\", must be Exists or Equal\n"
        "9:9: [8].key: \"a b\" must consist of letters, digits, '-', '_' and '.', with at most one domain and "
        "'/' before them\n"
        "10:19: [9].value: \"-x\" is not a label value; it must begin and end with a letter or a digit\n"
        "11:50: [10].tolerationSeconds: is a string, must be an integer\n"
        "12:4: [11].keys: unknown field \"keys\"; did you mean \"key\"?\n");
    assert_int_equal(list.count, 0);
    tolerations_fini(&list);
    assert_decode_problems("no list", "{}", decode_tolerations, &list, "1:1: is an object, must be a list\n");
}

TEST(decode_tolerations__seconds_beyond_a_thousand_years__refused)
{
    struct tolerations list = {0};
    assert_decode_problems(
        "seconds", "- {key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 31536000001}\n",
        decode_tolerations, &list,
        "1:68: [0].tolerationSeconds: is 31536000001, must be between -31536000000 and 31536000000\n");
    tolerations_fini(&list);
}
