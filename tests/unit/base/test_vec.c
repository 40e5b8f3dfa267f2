/* base/vec. */
#include "base/vec.h"

#include "tests/support/check.h"

#include <stdint.h>

TEST(grow__one_by_one__doubles_and_keeps)
{
    int *items = NULL;
    size_t count = 0;
    size_t moves = 0;
    for (int i = 0; i < 1000; i++) {
        const int *before = items;
        assert_true(GROW(items, count));
        moves += items != before;
        items[count++] = i;
    }
    assert_true(moves <= 11); /* 1, 2, 4 ... 1024 */
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    free(items);
}

TEST(grow__shortened__room_for_one_more)
{
    for (size_t kept = 0; kept < 20; kept++) {
        AUTO(string) items = NULL;
        size_t count = 0;
        for (; count < 20; count++) {
            assert_true(GROW(items, count));
            items[count] = (char)count;
        }
        for (count = kept; count < 40; count++) {
            assert_true(GROW(items, count));
            items[count] = (char)count; /* the address sanitizer reports a write beyond the end */
        }
        for (size_t i = 0; i < count; i++)
            assert_int_equal(items[i], i);
    }
}

TEST(grow__size_overflows__refused_and_the_array_stays)
{
    static const unsigned shifts[] = {63, 60}; /* twice the count overflows; twice the count times 8 bytes overflows */
    int64_t *items = calloc(1, sizeof(*items));
    const int64_t *before = items;
    for (size_t i = 0; i < ARRAY_SIZE(shifts); i++) {
        volatile size_t count = (size_t)1 << shifts[i]; /* the compiler must not know the value */
        assert_false(GROW(items, count));
        assert_ptr_equal(items, before);
    }
    free(items);
}
