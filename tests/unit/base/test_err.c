/* base/err. */
#include "base/err.h"

#include "tests/support/check.h"

#include <errno.h>

TEST(err_set__formatted__code_and_text)
{
    struct err err = {0};
    check_failure("set", err_set(&err, ERR_LIMIT, "%d of %s", 3, "x"), &err, ERR_LIMIT, "3 of x");
    check_failure("nomem", err_nomem(&err), &err, ERR_NOMEM, "out of memory");
}

TEST(err_wrap__twice__outermost_first_and_code_kept)
{
    struct err err = {0};
    (void)err_set(&err, ERR_NOT_FOUND, "no such key");
    check_failure("once", err_wrap(&err, "container %d", 2), &err, ERR_NOT_FOUND, "container 2: no such key");
    check_failure("twice", err_wrap(&err, "pod"), &err, ERR_NOT_FOUND, "pod: container 2: no such key");
}

TEST(err__text_too_long__cut_without_overflow)
{
    char text[2 * ERR_TEXT_SIZE];
    struct err err = {0};
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    (void)err_set(&err, ERR_INVALID, "%s", text);
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
    (void)err_wrap(&err, "head");
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
    assert_memory_equal(err.text, "head: xxx", 9);
    (void)err_wrap(&err, "%s", text);
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
    assert_int_equal(err.code, ERR_INVALID);
}

TEST(err_errno__numbers__code_by_what_can_be_done)
{
    static const struct {
        int number;
        enum err_code code;
        const char *text;
    } cases[] = {
        {ENOENT, ERR_NOT_FOUND, "file f: No such file or directory"},
        {ENOMEM, ERR_NOMEM, "file f: Cannot allocate memory"},
        {EACCES, ERR_IO, "file f: Permission denied"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        errno = cases[i].number;
        check_failure(cases[i].text, err_errno(&err, "file %s", "f"), &err, cases[i].code, cases[i].text);
    }
}

TEST(err_statuses__every_code__http_and_exit)
{
    static const struct {
        enum err_code code;
        unsigned http;
        int exit;
    } cases[] = {
        {ERR_NONE, 200, 0},  {ERR_INVALID, 400, 2}, {ERR_NOT_FOUND, 404, 2},   {ERR_LIMIT, 413, 2},
        {ERR_NOMEM, 500, 2}, {ERR_IO, 500, 2},      {ERR_UNAVAILABLE, 500, 2}, {ERR_INTERNAL, 500, 2},
    };
    assert_int_equal(ARRAY_SIZE(cases), ERR_CODES);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(err_http_status(cases[i].code), cases[i].http);
        assert_int_equal(err_exit_status(cases[i].code), cases[i].exit);
    }
}
