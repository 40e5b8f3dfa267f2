#include "tests/support/test.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>

struct test_hooks test_hooks;

static struct test *first;

void test_register(struct test *test)
{
    struct test **place = &first;
    while (*place && (*place)->line < test->line)
        place = &(*place)->next;
    test->next = *place;
    *place = test;
}

static int before(void **state)
{
    if (test_hooks.before_tests)
        test_hooks.before_tests(state);
    return 0;
}

static int after(void **state)
{
    if (test_hooks.after_tests)
        test_hooks.after_tests(state);
    return 0;
}

/* True if a pattern matches the name of the test, or if there are no patterns. */
static bool is_selected(const struct test *test, char *const patterns[])
{
    for (char *const *pattern = patterns; *pattern; pattern++) {
        if (fnmatch(*pattern, test->unit.name, 0) == 0)
            return true;
    }
    return !*patterns;
}

int main(int argc, char **argv)
{
    size_t total = 0;
    size_t count = 0;
    for (const struct test *test = first; test; test = test->next)
        total++;
    struct CMUnitTest *units = calloc(total + 1, sizeof(*units));
    if (!units || argc < 1)
        return 2;
    for (const struct test *test = first; test; test = test->next) {
        if (is_selected(test, argv + 1))
            units[count++] = test->unit;
    }

    int failed = 2;
    if (count > 0)
        failed = _cmocka_run_group_tests(argv[0], units, count, before, after);
    else
        (void)fprintf(stderr, "%s: no such test; there are:\n", argv[0]);
    for (const struct test *test = first; test && count == 0; test = test->next)
        (void)fprintf(stderr, "  %s\n", test->unit.name);
    free(units);
    return failed;
}
