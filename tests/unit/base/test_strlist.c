/* base/strlist. */
#include "base/strlist.h"

#include "tests/support/check.h"

TEST(strlist__added__copied_found_and_sorted)
{
    AUTO(strlist) list = {0};
    struct err err = {0};
    char text[] = "b";
    strlist_sort(&list);
    assert_false(strlist_has(&list, "b"));
    check_success("b", strlist_add(&list, text, &err), &err);
    text[0] = 'z';
    check_success("a", strlist_add(&list, "a", &err), &err);
    check_success("B", strlist_add(&list, "B", &err), &err);
    strlist_sort(&list);
    assert_int_equal(list.count, 3);
    check_text("first", list.items[0], "B");
    check_text("second", list.items[1], "a");
    check_text("third", list.items[2], "b");
    assert_true(strlist_has(&list, "a"));
    assert_false(strlist_has(&list, "z"));
    assert_false(strlist_has(&list, ""));
}

TEST(strlist__many__all_kept)
{
    AUTO(strlist) list = {0};
    struct err err = {0};
    for (int i = 0; i < 1000; i++) {
        char text[16];
        (void)snprintf(text, sizeof(text), "%03d", 999 - i);
        check_success(text, strlist_add(&list, text, &err), &err);
    }
    strlist_sort(&list);
    assert_int_equal(list.count, 1000);
    check_text("first", list.items[0], "000");
    check_text("last", list.items[999], "999");
    strlist_fini(&list);
    assert_int_equal(list.count, 0);
}
