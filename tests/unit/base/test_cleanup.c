/* base/cleanup: what TAKE() hands over is not freed by its previous owner. */
#include "base/cleanup.h"

#include "base/strlist.h"
#include "tests/support/check.h"

static char *made(void)
{
    AUTO(string) text = strdup("text");
    return TAKE(text);
}

static void fill(struct strlist *ret_list)
{
    AUTO(strlist) list = {0};
    struct err err;
    check_success("add", strlist_add(&list, "a", &err), &err);
    *ret_list = TAKE(list);
    assert_int_equal(list.count, 0);
    assert_null(list.items);
}

TEST(take__pointer_or_struct__moves)
{
    AUTO(string) text = made();
    AUTO(strlist) list = {0};
    fill(&list);
    check_text("pointer", text, "text");
    check_text("struct", list.items[0], "a");
}
