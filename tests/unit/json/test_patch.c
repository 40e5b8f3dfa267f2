/* json/patch: json/apply checks that the operations, applied to the original, give the changed tree. */
#include "json/patch.h"

#include "json/apply.h"
#include "json/pointer.h"
#include "json/unconst.h"
#include "tests/support/check.h"

enum { PATCH_MAX = 1024 * 1024 };

/* A tree that is changed, and its original text. */
struct fixture {
    struct patch patch;
    cJSON *tree;
    char *original;
};

static void fixture_fini(struct fixture *fixture)
{
    patch_fini(&fixture->patch);
    cJSON_Delete(fixture->tree);
    free(fixture->original);
}
DEFINE_AUTO_FINI(fixture, struct fixture, fixture_fini);

static struct fixture fixture_of(const char *text, size_t maximum)
{
    struct fixture fixture = {.tree = cJSON_Parse(text)};
    assert_non_null(fixture.tree);
    fixture.original = cJSON_PrintUnformatted(fixture.tree);
    patch_init(&fixture.patch, maximum);
    return fixture;
}

static struct place root_of(const struct fixture *fixture)
{
    return (struct place){.object = fixture->tree, .pointer = ""};
}

static json_t *load(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &error);
    if (!value)
        fail_msg("%s: %s", text, error.text);
    return value;
}

/* Fails unless the patch, applied to the original, gives the tree. */
static void check_same(const char *name, const struct fixture *fixture)
{
    struct err err = {0};
    AUTO(buf) text;
    buf_init(&text, PATCH_MAX);
    check_success(name, patch_print(&fixture->patch, &text, &err), &err);
    AUTO(json) document = load(fixture->original);
    AUTO(json) operations = load(buf_text(&text));
    assert_int_equal(json_array_size(operations), fixture->patch.count);
    if (patch_apply(&document, operations, &err) < 0)
        fail_msg("%s: %s: %s", name, buf_text(&text), err.text);
    AUTO(string) printed = cJSON_PrintUnformatted(fixture->tree);
    AUTO(json) expected = load(printed);
    if (!json_equal(document, expected))
        fail_msg("%s: %s\non %s\nis not %s", name, buf_text(&text), fixture->original, printed);
}

static void check_patch(const char *name, const struct fixture *fixture, const char *patch, const char *tree)
{
    struct err err = {0};
    AUTO(buf) text;
    buf_init(&text, PATCH_MAX);
    check_success(name, patch_print(&fixture->patch, &text, &err), &err);
    check_json(name, buf_text(&text), patch);
    AUTO(string) printed = cJSON_PrintUnformatted(fixture->tree);
    check_json(name, printed, tree);
    check_same(name, fixture);
}

TEST(patch_set__value_there_or_not__decides_on_the_operation)
{
    static const struct {
        const char *name, *document, *patch, *tree;
    } cases[] = {
        {"missing member", JSON({"a":{"b":{}}}), JSON([{"op":"add","path":"/a/b/c~1d","value":7}]),
         JSON({"a":{"b":{"c/d":7}}})},
        {"null member", JSON({"a":{"b":{"c/d":null}}}), JSON([{"op":"add","path":"/a/b/c~1d","value":7}]),
         JSON({"a":{"b":{"c/d":7}}})},
        {"another value", JSON({"a":{"b":{"c/d":[],"e":1}}}), JSON([{"op":"replace","path":"/a/b/c~1d","value":7}]),
         JSON({"a":{"b":{"c/d":7,"e":1}}})},
        {"missing parent", JSON({"a":{"x":1}}), JSON([{"op":"add","path":"/a/b","value":{"c/d":7}}]),
         JSON({"a":{"x":1,"b":{"c/d":7}}})},
        {"null parent", JSON({"a":{"b":null}}), JSON([{"op":"add","path":"/a/b","value":{"c/d":7}}]),
         JSON({"a":{"b":{"c/d":7}}})},
        {"missing parents", "{}", JSON([{"op":"add","path":"/a","value":{"b":{"c/d":7}}}]),
         JSON({"a":{"b":{"c/d":7}}})},
        {"null above, members beside", JSON({"z":0,"a":null,"y":0}),
         JSON([{"op":"add","path":"/a","value":{"b":{"c/d":7}}}]), JSON({"z":0,"a":{"b":{"c/d":7}},"y":0})},
        {"keys are told apart by case", JSON({"A":1,"a":{"B":2,"b":{"C/D":3}}}),
         JSON([{"op":"add","path":"/a/b/c~1d","value":7}]), JSON({"A":1,"a":{"B":2,"b":{"C/D":3,"c/d":7}}})},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        AUTO(fixture) fixture = fixture_of(cases[i].document, PATCH_MAX);
        int result = patch_set(&fixture.patch, root_of(&fixture), PATH("a", "b", "c/d"), cJSON_CreateNumber(7), &err);
        check_success(cases[i].name, result, &err);
        check_patch(cases[i].name, &fixture, cases[i].patch, cases[i].tree);
    }
}

TEST(patch_set__several_calls__see_the_results_of_earlier_ones)
{
    struct err err = {0};
    AUTO(fixture) fixture = fixture_of(JSON({"metadata":{"name":"x"}}), PATCH_MAX);
    struct patch *patch = &fixture.patch;
    struct place root = root_of(&fixture);
    check_success("first label", patch_set(patch, root, PATH("metadata", "labels", "a"), cJSON_CreateString("1"), &err),
                  &err);
    check_success("second label",
                  patch_set(patch, root, PATH("metadata", "labels", "b"), cJSON_CreateString("2"), &err), &err);
    check_success("first again", patch_set(patch, root, PATH("metadata", "labels", "a"), cJSON_CreateString("3"), &err),
                  &err);
    check_patch("all", &fixture, JSON([{"op":"add","path":"/metadata/labels","value":{"a":"1"}},
                                       {"op":"add","path":"/metadata/labels/b","value":"2"},
                                       {"op":"replace","path":"/metadata/labels/a","value":"3"}]),
                JSON({"metadata":{"name":"x","labels":{"a":"3","b":"2"}}}));
}

TEST(patch__place_inside_the_tree__paths_begin_with_its_pointer)
{
    struct err err = {0};
    AUTO(fixture) fixture = fixture_of(JSON({"spec":{"containers":[{},{"name":"b"}]}}), PATCH_MAX);
    cJSON *containers =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(fixture.tree, "spec"), "containers");
    struct place second = {.object = cJSON_GetArrayItem(containers, 1), .pointer = "/spec/containers/1"};
    int result =
        patch_set(&fixture.patch, second, PATH("resources", "limits", "nvidia.com/gpu"), cJSON_CreateString("1"), &err);
    check_success("set", result, &err);
    check_patch("place", &fixture,
                JSON([{"op":"add","path":"/spec/containers/1/resources","value":{"limits":{"nvidia.com/gpu":"1"}}}]),
                JSON({"spec":{"containers":[{},{"name":"b","resources":{"limits":{"nvidia.com/gpu":"1"}}}]}}));
}

TEST(patch_append__array_there_or_not__element_is_last)
{
    static const struct {
        const char *name, *document, *patch, *tree;
    } cases[] = {
        {"array", JSON({"s":{"t":[1]}}), JSON([{"op":"add","path":"/s/t/-","value":{"k":"v"}}]),
         JSON({"s":{"t":[1,{"k":"v"}]}})},
        {"empty array", JSON({"s":{"t":[]}}), JSON([{"op":"add","path":"/s/t/-","value":{"k":"v"}}]),
         JSON({"s":{"t":[{"k":"v"}]}})},
        {"missing", JSON({"s":{}}), JSON([{"op":"add","path":"/s/t","value":[{"k":"v"}]}]),
         JSON({"s":{"t":[{"k":"v"}]}})},
        {"null", JSON({"s":{"t":null}}), JSON([{"op":"add","path":"/s/t","value":[{"k":"v"}]}]),
         JSON({"s":{"t":[{"k":"v"}]}})},
        {"parent missing", "{}", JSON([{"op":"add","path":"/s","value":{"t":[{"k":"v"}]}}]),
         JSON({"s":{"t":[{"k":"v"}]}})},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        AUTO(fixture) fixture = fixture_of(cases[i].document, PATCH_MAX);
        int result =
            patch_append(&fixture.patch, root_of(&fixture), PATH("s", "t"), cJSON_Parse(JSON({"k":"v"})), &err);
        check_success(cases[i].name, result, &err);
        check_patch(cases[i].name, &fixture, cases[i].patch, cases[i].tree);
    }
}

/* The operation has the value as it was appended; later changes of that value are operations of their own. */
TEST(patch_append__value_changed_later__printed_as_appended)
{
    struct err err = {0};
    AUTO(fixture) fixture = fixture_of(JSON({"t":[0]}), PATCH_MAX);
    cJSON *element = cJSON_CreateObject();
    check_success("append", patch_append(&fixture.patch, root_of(&fixture), PATH("t"), element, &err), &err);
    struct place place = {.object = element, .pointer = "/t/1"};
    check_success("set", patch_set(&fixture.patch, place, PATH("k"), cJSON_CreateTrue(), &err), &err);
    check_patch("both", &fixture,
                JSON([{"op":"add","path":"/t/-","value":{}},{"op":"add","path":"/t/1/k","value":true}]),
                JSON({"t":[0,{"k":true}]}));
}

TEST(patch_remove__there_or_not__only_what_is_there)
{
    static const struct {
        const char *name, *document, *patch, *tree;
    } cases[] = {
        {"there", JSON({"a":{"b":1,"c":2}}), JSON([{"op":"remove","path":"/a/b"}]), JSON({"a":{"c":2}})},
        {"the last one", JSON({"a":{"b":1}}), JSON([{"op":"remove","path":"/a/b"}]), JSON({"a":{}})},
        {"present as null", JSON({"a":{"b":null}}), JSON([{"op":"remove","path":"/a/b"}]), JSON({"a":{}})},
        {"other case", JSON({"a":{"B":1}}), "[]", JSON({"a":{"B":1}})},
        {"missing", JSON({"a":{}}), "[]", JSON({"a":{}})},
        {"parent missing", "{}", "[]", "{}"},
        {"parent null", JSON({"a":null}), "[]", JSON({"a":null})},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        AUTO(fixture) fixture = fixture_of(cases[i].document, PATCH_MAX);
        check_success(cases[i].name, patch_remove(&fixture.patch, root_of(&fixture), PATH("a", "b"), &err), &err);
        check_patch(cases[i].name, &fixture, cases[i].patch, cases[i].tree);
    }
}

static bool is_item(const cJSON *item, const void *wanted)
{
    return item == wanted;
}

/* Removes element `index` of `array`, to which `place` and `path` lead. */
static int remove_item(struct patch *patch, struct place place, const char *const path[], const cJSON *array,
                       size_t index, struct err *err)
{
    return patch_remove_matching(patch, place, path, is_item, cJSON_GetArrayItem(array, (int)index), err);
}

static bool is_odd(const cJSON *item, const void *unused)
{
    (void)unused;
    return item->valueint % 2 != 0;
}

TEST(patch_remove_matching__several__last_first)
{
    struct err err = {0};
    AUTO(fixture) fixture = fixture_of(JSON({"t":[1,2,3,4,5]}), PATCH_MAX);
    check_success("odd", patch_remove_matching(&fixture.patch, root_of(&fixture), PATH("t"), is_odd, NULL, &err), &err);
    check_patch("odd", &fixture,
                JSON([{"op":"remove","path":"/t/4"},{"op":"remove","path":"/t/2"},{"op":"remove","path":"/t/0"}]),
                JSON({"t":[2,4]}));
}

TEST(patch_remove_matching__no_array__nothing)
{
    static const char *const documents[] = {"{}", JSON({"t":null}), JSON({"t":{}}), JSON({"t":[]}), JSON({"t":[2]})};
    for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
        struct err err = {0};
        AUTO(fixture) fixture = fixture_of(documents[i], PATCH_MAX);
        check_success(documents[i],
                      patch_remove_matching(&fixture.patch, root_of(&fixture), PATH("t"), is_odd, NULL, &err), &err);
        check_patch(documents[i], &fixture, "[]", documents[i]);
    }
}

TEST(patch_items__replaced_and_removed__by_index)
{
    struct err err = {0};
    AUTO(fixture) fixture = fixture_of(JSON({"s":{"t":[0,1,2,3]}}), PATCH_MAX);
    struct place root = root_of(&fixture);
    struct patch *patch = &fixture.patch;
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(fixture.tree, "s"), "t");
    check_success("first", patch_replace_item(patch, root, PATH("s", "t"), 0, cJSON_CreateString("a"), &err), &err);
    check_success("last", patch_replace_item(patch, root, PATH("s", "t"), 3, cJSON_CreateString("d"), &err), &err);
    check_success("remove", remove_item(patch, root, PATH("s", "t"), array, 1, &err), &err);
    check_success("append", patch_append(patch, root, PATH("s", "t"), cJSON_CreateString("e"), &err), &err);
    check_success("remove the first", remove_item(patch, root, PATH("s", "t"), array, 0, &err), &err);
    check_patch("items", &fixture, JSON([{"op":"replace","path":"/s/t/0","value":"a"},
                                         {"op":"replace","path":"/s/t/3","value":"d"},
                                         {"op":"remove","path":"/s/t/1"},
                                         {"op":"add","path":"/s/t/-","value":"e"},
                                         {"op":"remove","path":"/s/t/0"}]), JSON({"s":{"t":[2,"d","e"]}}));
}

TEST(patch__impossible_change__error_and_nothing_changed)
{
    static const char document[] = JSON({"list":[1],"text":"x","object":{}});
    AUTO(fixture) fixture = fixture_of(document, PATCH_MAX);
    struct place root = root_of(&fixture);
    struct patch *patch = &fixture.patch;
    struct err err = {0};
    check_failure("set below a list", patch_set(patch, root, PATH("list", "a"), cJSON_CreateTrue(), &err), &err,
                  ERR_INVALID, "/list is not an object");
    check_failure("set below a string", patch_set(patch, root, PATH("text", "a", "b"), cJSON_CreateTrue(), &err), &err,
                  ERR_INVALID, "/text is not an object");
    check_failure("remove below a string", patch_remove(patch, root, PATH("text", "a"), &err), &err, ERR_INVALID,
                  "/text is not an object");
    check_failure("append to an object", patch_append(patch, root, PATH("object"), cJSON_CreateTrue(), &err), &err,
                  ERR_INVALID, "/object is not an array");
    check_failure("replace beyond the end", patch_replace_item(patch, root, PATH("list"), 1, cJSON_CreateTrue(), &err),
                  &err, ERR_INTERNAL, "/list has no element 1");
    check_patch("untouched", &fixture, "[]", document);
}

TEST(patch__no_value__out_of_memory_now_and_when_printed)
{
    AUTO(fixture) fixture = fixture_of(JSON({"t":[1]}), PATCH_MAX);
    struct place root = root_of(&fixture);
    AUTO(buf) text;
    buf_init(&text, PATCH_MAX);
    struct err err = {0};
    check_failure("set", patch_set(&fixture.patch, root, PATH("a"), NULL, &err), &err, ERR_NOMEM, "out of memory");
    check_failure("append", patch_append(&fixture.patch, root, PATH("t"), NULL, &err), &err, ERR_NOMEM,
                  "out of memory");
    check_failure("replace", patch_replace_item(&fixture.patch, root, PATH("t"), 0, NULL, &err), &err, ERR_NOMEM,
                  "out of memory");
    check_failure("print", patch_print(&fixture.patch, &text, &err), &err, ERR_NOMEM, "patch: out of memory");
}

TEST(patch__longer_than_its_maximum__limit_and_tree_unchanged)
{
    AUTO(fixture) fixture = fixture_of(JSON({"a":1}), 45);
    struct place root = root_of(&fixture);
    AUTO(buf) text;
    buf_init(&text, PATCH_MAX);
    struct err err = {0};
    check_success("fits", patch_set(&fixture.patch, root, PATH("a"), cJSON_CreateNumber(2), &err), &err);
    check_failure("does not", patch_set(&fixture.patch, root, PATH("b"), cJSON_CreateNumber(3), &err), &err, ERR_LIMIT,
                  "patch: longer than 45 bytes");
    check_failure("print", patch_print(&fixture.patch, &text, &err), &err, ERR_LIMIT, "patch: longer than 45 bytes");
    AUTO(string) printed = cJSON_PrintUnformatted(fixture.tree);
    check_text("tree", printed, JSON({"a":2}));
}

/* -- Random documents and changes, from fixed seeds -- */

static uint32_t next_random(uint32_t *seed, uint32_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % below;
}

static const char *const keys[] = {"a", "b", "A", "x/y", "~t", "", "\xC3\xA4", "~1", "quote\"d", "0", "-"};

static const char *random_key(uint32_t *seed)
{
    return keys[next_random(seed, ARRAY_SIZE(keys))];
}

static cJSON *random_value(uint32_t *seed, unsigned depth)
{
    switch (next_random(seed, depth > 0 ? 7 : 4)) {
    case 0:
        return cJSON_CreateNull();
    case 1:
        return cJSON_CreateBool(next_random(seed, 2) == 1);
    case 2:
        return cJSON_CreateNumber((double)next_random(seed, 1000) / 4 - 100);
    case 3:
        return cJSON_CreateString(random_key(seed));
    case 4: {
        cJSON *array = cJSON_CreateArray();
        for (uint32_t left = next_random(seed, 4); left > 0; left--)
            cJSON_AddItemToArray(array, random_value(seed, depth - 1));
        return array;
    }
    default:
        break;
    }
    cJSON *object = cJSON_CreateObject();
    for (uint32_t left = next_random(seed, 6); left > 0; left--) {
        const char *key = random_key(seed);
        if (!cJSON_GetObjectItemCaseSensitive(object, key))
            cJSON_AddItemToObject(object, key, random_value(seed, depth - 1));
    }
    return object;
}

/* Goes from the root through random members that are objects, a random number of steps. */
static struct place random_place(uint32_t *seed, cJSON *root, struct buf *pointer)
{
    cJSON *object = root;
    buf_reset(pointer);
    while (next_random(seed, 2) == 1) {
        const char *key = random_key(seed);
        cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
        if (!cJSON_IsObject(member))
            break;
        pointer_add_key(pointer, key);
        object = member;
    }
    return (struct place){.object = object, .pointer = buf_text(pointer)};
}

static const cJSON *first_array(const cJSON *object)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, object) {
        if (cJSON_IsArray(member))
            return member;
    }
    return NULL;
}

/* Tries one random change. Counts successes by kind, so that the test can check that each kind occurred. */
static void random_change(uint32_t *seed, struct fixture *fixture, unsigned done[5])
{
    AUTO(buf) pointer;
    buf_init(&pointer, PATCH_MAX);
    struct place place = random_place(seed, fixture->tree, &pointer);
    const char *path[4] = {NULL};
    uint32_t length = 1 + next_random(seed, 3);
    for (uint32_t i = 0; i < length; i++)
        path[i] = random_key(seed);
    uint32_t kind = next_random(seed, 5);
    size_t index = next_random(seed, 3);
    const cJSON *array = kind < 3 ? NULL : first_array(place.object); /* random paths lead to too few arrays */
    if (array) {
        path[0] = array->string;
        path[1] = NULL;
    }
    struct patch *patch = &fixture->patch;
    struct err err = {0};
    int result;
    if (kind == 0)
        result = patch_set(patch, place, path, random_value(seed, 2), &err);
    else if (kind == 1)
        result = patch_append(patch, place, path, random_value(seed, 2), &err);
    else if (kind == 2)
        result = patch_remove(patch, place, path, &err);
    else if (kind == 3)
        result = patch_replace_item(patch, place, path, index, random_value(seed, 2), &err);
    else
        result = remove_item(patch, place, path, array, index, &err);
    if (result < 0 && err.code != ERR_INVALID && err.code != ERR_INTERNAL)
        fail_msg("kind %u: %s", kind, err.text);
    done[kind] += result == 0;
}

TEST(patch__random_changes__applied_to_the_original_give_the_tree)
{
    unsigned done[5] = {0};
    for (uint32_t round = 1; round <= 2000; round++) {
        uint32_t seed = round * 2654435761u;
        AUTO(fixture) fixture = {0};
        patch_init(&fixture.patch, PATCH_MAX);
        do {
            cJSON_Delete(fixture.tree);
            fixture.tree = random_value(&seed, 4);
        } while (!cJSON_IsObject(fixture.tree));
        fixture.original = cJSON_PrintUnformatted(fixture.tree);
        for (uint32_t left = 1 + next_random(&seed, 20); left > 0; left--)
            random_change(&seed, &fixture, done);
        char name[32];
        (void)snprintf(name, sizeof(name), "round %u", round);
        check_same(name, &fixture);
    }
    for (size_t kind = 0; kind < ARRAY_SIZE(done); kind++) {
        if (done[kind] < 100)
            fail_msg("kind %zu succeeded %u times only", kind, done[kind]);
    }
}
