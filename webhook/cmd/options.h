/* The options of a command as a table. A row has what argp needs to parse an option and to print --help, the function
 * that stores the value of the option, and the place of the member that the value is stored in. */
#pragma once

#include "base/cleanup.h"

#include <argp.h>
#include <stddef.h>

struct command_option;
struct option_table;

/* Stores the argument of an option in *member; `argument` is NULL if the option has none. Ends the process with
 * argp_error() if the argument is wrong. */
typedef void option_store(const struct command_option *option, char *argument, void *member, struct argp_state *state);

struct command_option {
    const char *name;        /* NULL: the row is for arguments that are not options, or includes a table */
    int letter;              /* of the short option; 0: none */
    const char *placeholder; /* of the argument in --help; NULL: the option has no argument */
    const char *help;
    option_store *store;
    size_t offset;                    /* of the member in the struct of the command's options */
    int flags;                        /* OPTION_ARG_OPTIONAL ..., as in struct argp_option */
    unsigned minimum, maximum;        /* see option_number, option_repeated and option_arguments */
    const void *choices;              /* see OPTION_CHOICES */
    size_t choice_size;               /* bytes from one element of `choices` to the next */
    const struct option_table *table; /* or NULL; its rows become options of this command too, and offset is that of the
                                         struct they store into */
};

struct option_table {
    const char *arguments; /* the text in --help for what follows the options; NULL: nothing */
    const char *doc;       /* as in struct argp */
    const struct command_option *rows;
    size_t count;
    /* NULL, or called once all options and arguments are stored. May also fill in defaults. */
    void (*check)(void *options, struct argp_state *state);
};

#define OPTION_ROWS(array)    .rows = (array), .count = ARRAY_SIZE(array)
#define OPTION_CHOICES(array) .choices = (array), .choice_size = sizeof(*(array))

/* Store functions. Each comment says what type the member must have. */
option_store option_text;   /* const char *; borrows the argument */
option_store option_flag;   /* bool; set to true */
option_store option_number; /* unsigned; a whole number from `minimum` to `maximum` */

/* struct strlist, to which a copy of the argument is added, for an option that may be repeated */
option_store option_list;

/* Array of `maximum` + 1 const char *, of which the last is NULL, for an option that may be repeated. */
option_store option_repeated;

/* unsigned: the index of the argument in `choices`, an array of names or of structs whose first member is a name. The
 * last name is NULL. */
option_store option_choice;

/* struct argument_list, for the arguments that are not options; the row has no name. At most `maximum` arguments, or
 * any number if that is 0. A command without such a row takes no arguments. */
struct argument_list {
    char **items;
    size_t count;
};
option_store option_arguments;

/* The `choices` of most --output options, and their indexes. */
enum { OUTPUT_TEXT, OUTPUT_JSON };
extern const char *const option_outputs[];

/* Parses the command line with argp and stores the values in `options`. --help and --usage print to stdout and end the
 * process with status 0; a usage error ends it with EXIT_USAGE. */
void options_parse(const struct option_table *table, int argc, char **argv, void *options);
