/* base/problems. */
#include "base/problems.h"

#include "tests/support/check.h"

TEST(problems__sorted_and_printed__by_file_line_column_text)
{
    AUTO(problems) problems = {0};
    AUTO(buf) text;
    buf_init(&text, 10000);
    problems_add(&problems, "b.yaml", 1, 1, "x");
    problems_add(&problems, "a.yaml", 10, 1, "x");
    problems_add(&problems, "a.yaml", 9, 20, "x");
    problems_add(&problems, "a.yaml", 9, 3, "second");
    problems_add(&problems, "a.yaml", 9, 3, "first of %d", 2);
    problems_add(&problems, "a.yaml", 0, 0, "the whole file");
    problems_sort(&problems);
    problems_print(&problems, &text);
    check_text("all", buf_text(&text),
               "a.yaml: the whole file\na.yaml:9:3: first of 2\na.yaml:9:3: second\na.yaml:9:20: x\n"
               "a.yaml:10:1: x\nb.yaml:1:1: x\n");
}

TEST(problems_check__none_one_two__error_with_number_and_first)
{
    AUTO(problems) problems = {0};
    struct err err = {0};
    check_success("none", problems_check(&problems, &err), &err);
    problems_add(&problems, "a.yaml", 2, 3, "wrong");
    check_failure("one", problems_check(&problems, &err), &err, ERR_INVALID, "1 problem, the first: a.yaml:2:3: wrong");
    problems_add(&problems, "a.yaml", 1, 1, "wrong too");
    check_failure("two", problems_check(&problems, &err), &err, ERR_INVALID,
                  "2 problems, the first: a.yaml:2:3: wrong");
    problems.out_of_memory = true;
    check_failure("out of memory", problems_check(&problems, &err), &err, ERR_NOMEM, "out of memory");
}

TEST(problems_cut__the_first_are_kept)
{
    AUTO(problems) problems = {0};
    problems_add(&problems, "a.yaml", 1, 1, "first");
    problems_add(&problems, "a.yaml", 2, 1, "second");
    problems_add(&problems, "a.yaml", 3, 1, "third");
    problems_cut(&problems, 1);
    assert_int_equal(problems.count, 1);
    check_text("kept", problems.items[0].text, "first");
    problems_cut(&problems, 7);
    assert_int_equal(problems.count, 1);
    problems_add(&problems, "a.yaml", 4, 1, "fourth");
    assert_int_equal(problems.count, 2);
}

TEST(problems__many__all_kept)
{
    AUTO(problems) problems = {0};
    for (unsigned i = 0; i < 1000; i++)
        problems_add(&problems, "f", 1000 - i, 1, "%u", i);
    problems_sort(&problems);
    assert_int_equal(problems.count, 1000);
    assert_int_equal(problems.items[0].line, 1);
    check_text("last by line", problems.items[0].text, "999");
    assert_false(problems.out_of_memory);
}

/* Problems quote what files hold, and are printed on terminals. */
TEST(problems_add__control_characters__are_replaced)
{
    AUTO(problems) problems = {0};
    AUTO(buf) out;
    buf_init(&out, 1024);
    problems_add(&problems, "a.yaml", 1, 2, "spec.%s: is \"%s\"", "mode", "x\ny\x1b[31m\xC2\x9B\xE2\x80\xA8");
    problems_print(&problems, &out);
    check_text("printed", buf_text(&out), "a.yaml:1:2: spec.mode: is \"x?y?[31m??\"\n");
}
