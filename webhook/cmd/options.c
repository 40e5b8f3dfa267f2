/* Passes tables of options to argp, and stores the values that argp parses. */
#include "cmd/options.h"

#include "base/buf.h"
#include "base/strlist.h"
#include "cmd/command.h"

#include <assert.h>
#include <string.h>

enum { OPTIONS_MAX = 32, CHOICES_TEXT_MAX = 256, KEY_WITHOUT_LETTER = 256 };

/* The rows of a command's table and of the tables that it includes. keys, rows and members have the same order. */
struct parsing {
    const struct option_table *table;
    void *options;
    struct argp_option keys[OPTIONS_MAX + 1]; /* followed by a zero entry */
    const struct command_option *rows[OPTIONS_MAX];
    void *members[OPTIONS_MAX];
    size_t count;
};

const char *const option_outputs[] = {[OUTPUT_TEXT] = "text", [OUTPUT_JSON] = "json", NULL};

void option_text(const struct command_option *option, char *argument, void *member, struct argp_state *state)
{
    (void)option;
    (void)state;
    *(const char **)member = argument;
}

void option_flag(const struct command_option *option, char *argument, void *member, struct argp_state *state)
{
    (void)option;
    (void)argument;
    (void)state;
    *(bool *)member = true;
}

void option_number(const struct command_option *option, char *argument, void *member, struct argp_state *state)
{
    char *end;
    unsigned long number = strtoul(argument, &end, 10);
    if (*end || end == argument || *argument == '-' || number < option->minimum || number > option->maximum)
        argp_error(state, "--%s %s: must be a whole number from %u to %u", option->name, argument, option->minimum,
                   option->maximum);
    *(unsigned *)member = (unsigned)number;
}

void option_list(const struct command_option *option, char *argument, void *member, struct argp_state *state)
{
    struct err err;
    (void)option;
    if (strlist_add(member, argument, &err) < 0)
        argp_failure(state, EXIT_USAGE, 0, "%s", err.text);
}

void option_repeated(const struct command_option *option, char *argument, void *member, struct argp_state *state)
{
    const char **items = member;
    size_t count = 0;
    while (items[count])
        count++;
    if (count == option->maximum)
        argp_error(state, "more than %u --%s", option->maximum, option->name);
    items[count] = argument;
}

static const char *choice_name(const struct command_option *option, size_t index)
{
    return *(const char *const *)((const char *)option->choices + index * option->choice_size);
}

/* Ends the process with a message such as: unknown report format "xml"; use text or json. */
static void refuse_choice(const struct command_option *option, const char *argument, struct argp_state *state)
{
    AUTO(buf) name;
    AUTO(buf) choices;
    buf_init(&name, CHOICES_TEXT_MAX);
    buf_init(&choices, CHOICES_TEXT_MAX);
    for (const char *letter = option->name; *letter; letter++)
        buf_add_char(&name, *letter == '-' ? ' ' : *letter);

    for (size_t i = 0; choice_name(option, i); i++) {
        const char *between = choice_name(option, i + 1) ? ", " : " or ";
        buf_addf(&choices, "%s%s", i > 0 ? between : "", choice_name(option, i));
    }
    argp_error(state, "unknown %s \"%s\"; use %s", buf_text(&name), argument, buf_text(&choices));
}

void option_choice(const struct command_option *option, char *argument, void *member, struct argp_state *state)
{
    unsigned index = 0;
    while (choice_name(option, index) && strcmp(choice_name(option, index), argument) != 0)
        index++;
    if (!choice_name(option, index))
        refuse_choice(option, argument, state);
    *(unsigned *)member = index;
}

void option_arguments(const struct command_option *option, char *argument, void *member, struct argp_state *state)
{
    (void)option;
    (void)argument;
    *(struct argument_list *)member =
        (struct argument_list){.items = state->argv + state->next, .count = (size_t)(state->argc - state->next)};
}

static void add_rows(struct parsing *parsing, const struct option_table *table, char *options)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct command_option *row = &table->rows[i];
        if (row->table) {
            add_rows(parsing, row->table, options + row->offset);
            continue;
        }

        size_t index = parsing->count++;
        assert(index < OPTIONS_MAX);
        parsing->rows[index] = row;
        parsing->members[index] = options + row->offset;
        parsing->keys[index] = (struct argp_option){
            .name = row->name, .key = row->letter, .arg = row->placeholder, .flags = row->flags, .doc = row->help};
        if (!row->letter)
            parsing->keys[index].key = KEY_WITHOUT_LETTER + (int)index;
        if (!row->name) { /* argp passes this key if there are arguments; --help must not show it */
            parsing->keys[index].key = ARGP_KEY_ARGS;
            parsing->keys[index].flags = OPTION_HIDDEN;
        }
    }
}

/* Calls the checks of all included tables, then that of the table itself. */
static void run_checks(const struct option_table *table, char *options, struct argp_state *state)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].table)
            run_checks(table->rows[i].table, options + table->rows[i].offset, state);
    }
    if (table->check)
        table->check(options, state);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct parsing *parsing = state->input;
    if (key == ARGP_KEY_END)
        run_checks(parsing->table, parsing->options, state);

    for (size_t i = 0; i < parsing->count; i++) {
        const struct command_option *row = parsing->rows[i];
        if (parsing->keys[i].key != key)
            continue;
        if (key == ARGP_KEY_ARGS && row->maximum > 0 && state->argc - state->next > (int)row->maximum)
            break;
        row->store(row, argument, parsing->members[i], state);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

void options_parse(const struct option_table *table, int argc, char **argv, void *options)
{
    struct parsing parsing = {.table = table, .options = options};
    add_rows(&parsing, table, options);
    /* With an empty list of options, glibc's --help leaks memory. */
    const struct argp argp = {.options = parsing.count > 0 ? parsing.keys : NULL,
                              .parser = parse_option,
                              .args_doc = table->arguments,
                              .doc = table->doc};
    argp_err_exit_status = EXIT_USAGE;
    if (argp_parse(&argp, argc, argv, 0, NULL, &parsing) != 0)
        exit(EXIT_USAGE); /* out of memory; argp ends the process itself if the arguments are wrong */
}
