/* Changes: which rule each operation comes from, and whether all operations are the guard's. */
#include "admission/model/changes.h"
#include "tests/support/check.h"
#include "tests/support/test.h"

enum { PATCH_SIZE = 64 * 1024 };

static char team[] = "team";
static char third[] = "third";
static const struct policy policy = {.name = team};
static const struct slice_class slice_class = {.name = third};

/* Adds `count` operations, on a new object. */
static void add_operations(struct changes *changes, size_t count)
{
    AUTO(cjson) object = cJSON_CreateObject();
    struct err err;
    for (size_t i = 0; i < count; i++) {
        char key[32];
        (void)snprintf(key, sizeof(key), "k%zu", i);
        check_success(
            key, patch_set(&changes->patch, (struct place){object, ""}, PATH(key), cJSON_CreateNumber(1), &err), &err);
    }
}

static struct origin guard(void)
{
    struct origin origin = origin_policy(&policy, "visibleDevices: guard");
    origin.by_guard = true;
    return origin;
}

TEST(changes__each_operation__knows_its_rule)
{
    struct changes changes;
    changes_init(&changes, PATCH_SIZE);
    changes_because(&changes, origin_class(&slice_class, "a"));
    add_operations(&changes, 2);
    changes_because(&changes, origin_policy(&policy, "no operation"));
    changes_because(&changes, guard());
    add_operations(&changes, 1);
    changes_because(&changes, origin_class(&slice_class, "no operation either"));

    assert_string_equal(changes_origin(&changes, 0)->rule, "a");
    assert_string_equal(changes_origin(&changes, 1)->rule, "a");
    assert_string_equal(changes_origin(&changes, 1)->kind, "SliceClass");
    assert_string_equal(changes_origin(&changes, 2)->rule, "visibleDevices: guard");
    assert_string_equal(changes_origin(&changes, 2)->name, "team");
    assert_null(changes_origin(&changes, 3));
    changes_fini(&changes);
    assert_null(changes_origin(&changes, 0));
}

/* An origin without operations does not count, neither before nor after those with operations. */
TEST(changes_are_guards__operations__decide)
{
    static const struct {
        const char *name;
        size_t of_class, of_guard, of_class_after;
        bool expected;
    } cases[] = {
        {"nothing", 0, 0, 0, false},           {"the guard's alone", 0, 3, 0, true},
        {"the class's alone", 2, 0, 0, false}, {"the class's first", 1, 3, 0, false},
        {"the guard's first", 0, 3, 1, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct changes changes;
        changes_init(&changes, PATCH_SIZE);
        changes_because(&changes, origin_class(&slice_class, "before"));
        add_operations(&changes, cases[i].of_class);
        changes_because(&changes, guard());
        add_operations(&changes, cases[i].of_guard);
        changes_because(&changes, origin_class(&slice_class, "after"));
        add_operations(&changes, cases[i].of_class_after);
        if (changes_are_guards(&changes) != cases[i].expected)
            fail_msg("%s", cases[i].name);
        changes_fini(&changes);
    }
}

/* For an operation that the last run includes, its own origin still determines whether it is the guard's. */
TEST(changes__more_runs_than_fit__last_includes_the_rest)
{
    for (int guarded = 0; guarded < 2; guarded++) {
        struct changes changes;
        changes_init(&changes, PATCH_SIZE);
        for (size_t i = 0; i < CHANGES_RUNS_MAX; i++) {
            changes_because(&changes, guard());
            add_operations(&changes, 1);
        }
        changes_because(&changes, guarded ? guard() : origin_class(&slice_class, "one too many"));
        add_operations(&changes, 1);
        assert_int_equal(changes_are_guards(&changes), guarded);
        assert_string_equal(changes_origin(&changes, CHANGES_RUNS_MAX)->rule, "visibleDevices: guard");
        changes_fini(&changes);
    }
}
