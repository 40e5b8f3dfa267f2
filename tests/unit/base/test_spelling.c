/* base/spelling: distances and what counts as near. */
#include "base/spelling.h"

#include "tests/support/check.h"

TEST(spelling_distance__pairs__edits_without_case)
{
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"abc", "", 3},
        {"replica", "replicas", 1},
        {"Replicas", "rEPLICAS", 0},
        {"kitten", "sitting", 3},
        {"t4-thrid", "t4-third", 2},
        {"abc", "xyz", 3},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (spelling_distance(cases[i].a, cases[i].b) != cases[i].distance)
            fail_msg("%s, %s: got %zu", cases[i].a, cases[i].b, spelling_distance(cases[i].a, cases[i].b));
    }
}

TEST(spelling_distance__long_names__only_the_first_bytes_count)
{
    char a[200];
    char b[200];
    memset(a, 'a', sizeof(a));
    memset(b, 'a', sizeof(b));
    a[sizeof(a) - 1] = b[sizeof(b) - 1] = '\0';
    b[SPELLING_COMPARED] = 'b';
    assert_int_equal(spelling_distance(a, b), 0);
    b[SPELLING_COMPARED - 1] = 'b';
    assert_int_equal(spelling_distance(a, b), 1);
}

TEST(spelling_tolerance__names__a_third_and_one)
{
    assert_int_equal(spelling_tolerance(""), 1);
    assert_int_equal(spelling_tolerance("ab"), 1);
    assert_int_equal(spelling_tolerance("abc"), 2);
    assert_int_equal(spelling_tolerance("t4-third"), 3);
}

TEST(spelling_consider__candidates__first_of_the_nearest)
{
    static const struct {
        const char *mistyped, *nearest;
    } cases[] = {{"t4-thrid", "t4-third"}, {"T4", "t4"}, {"a9", "a1"}, {"unlike", NULL}};
    static const char *const candidates[] = {"t4-thirds", "t4-third", "a1", "a2", "t4"};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct spelling_search search = {.mistyped = cases[i].mistyped, .limit = 2};
        for (size_t j = 0; j < ARRAY_SIZE(candidates); j++)
            spelling_consider(&search, candidates[j]);
        assert_string_equal(search.nearest ? search.nearest : "none", cases[i].nearest ? cases[i].nearest : "none");
    }
}
