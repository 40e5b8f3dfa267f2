/* cmd/options: what is stored in which member. tests/server/cli tests the messages about wrong options. */
#include "tests/support/test.h"

#include "base/strlist.h"
#include "cmd/options.h"

struct inner {
    const char *path;
    bool is_checked;
};

struct options {
    struct inner inner;
    const char *text;
    const char *names[3];
    struct strlist list;
    struct argument_list arguments;
    unsigned number, output, choice;
    bool flag, is_inner_checked;
};

static void check_inner(void *context, struct argp_state *state)
{
    (void)state;
    ((struct inner *)context)->is_checked = true;
}

static void check_options(void *context, struct argp_state *state)
{
    (void)state;
    struct options *options = context;
    options->is_inner_checked = options->inner.is_checked;
}

static const struct {
    const char *name;
    int other;
} choices[] = {{"one", 1}, {"two", 2}, {0}};

static const struct command_option inner_rows[] = {
    {"path", 'p', "DIR", "", option_text, .offset = offsetof(struct inner, path)},
};
static const struct option_table inner_table = {OPTION_ROWS(inner_rows), .check = check_inner};

static const struct command_option rows[] = {
    {"text", 0, "TEXT", "", option_text, .offset = offsetof(struct options, text)},
    {"name", 0, "NAME", "", option_repeated, offsetof(struct options, names), .maximum = 2},
    {"item", 'i', "ITEM", "", option_list, .offset = offsetof(struct options, list)},
    {"number", 0, "N", "", option_number, offsetof(struct options, number), .minimum = 1, .maximum = 10},
    {"output", 'o', "FORM", "", option_choice, offsetof(struct options, output), OPTION_CHOICES(option_outputs)},
    {"choice", 0, "WORD", "", option_choice, offsetof(struct options, choice), OPTION_CHOICES(choices)},
    {"flag", 'f', NULL, "", option_flag, .offset = offsetof(struct options, flag)},
    {.store = option_arguments, .offset = offsetof(struct options, arguments), .maximum = 2},
    {.table = &inner_table, .offset = offsetof(struct options, inner)},
};
static const struct option_table table = {"FILE...", "", OPTION_ROWS(rows), check_options};

/* `words` ends with NULL. */
static void parse(const char *const words[], struct options *ret_options)
{
    static char copies[16][32];
    static char *argv[17]; /* the arguments stored in the options point to it */
    int argc = 0;
    for (; words[argc]; argc++) {
        (void)snprintf(copies[argc], sizeof(copies[argc]), "%s", words[argc]);
        argv[argc] = copies[argc];
    }
    argv[argc] = NULL;
    options_parse(&table, argc, argv, ret_options);
}

TEST(options_parse__no_options__only_checked)
{
    struct options options = {.number = 7};
    parse((const char *[]){"x", NULL}, &options);
    assert_true(options.is_inner_checked); /* the check of the inner table runs first */
    assert_int_equal(options.number, 7);
    assert_int_equal(options.arguments.count, 0);
    assert_null(options.names[0]);
}

TEST(options_parse__every_kind__stored_in_its_member)
{
    struct options options = {0};
    parse((const char *[]){"x", "a", "--text", "t", "--name=n", "--name", "m", "-i", "1", "-i2", "--number", "10",
                           "-fojson", "--choice", "two", NULL},
          &options);
    assert_string_equal(options.text, "t");
    assert_string_equal(options.names[0], "n");
    assert_string_equal(options.names[1], "m");
    assert_null(options.names[2]);
    assert_int_equal(options.list.count, 2);
    assert_string_equal(options.list.items[1], "2");
    assert_int_equal(options.number, 10);
    assert_true(options.flag);
    assert_int_equal(options.output, OUTPUT_JSON);
    assert_int_equal(options.choice, 1);
    assert_null(options.inner.path);
    assert_int_equal(options.arguments.count, 1);
    assert_string_equal(options.arguments.items[0], "a");
    strlist_fini(&options.list);
}

TEST(options_parse__table_in_a_table__stored_in_its_struct)
{
    struct options options = {0};
    parse((const char *[]){"x", "-p", "policies", "--", "-f", "b", NULL}, &options);
    assert_string_equal(options.inner.path, "policies");
    assert_false(options.flag);
    assert_int_equal(options.arguments.count, 2);
    assert_string_equal(options.arguments.items[0], "-f");
}
