/* The options of a command as a table: a row has what argp(3) needs to parse the option and to print --help, the
 * function that stores its value, and the member of the command's options that it is stored in. */
#ifndef GPUSLICE_CMD_OPTIONS_H
#define GPUSLICE_CMD_OPTIONS_H

#include "base/cleanup.h"

#include <argp.h>
#include <stddef.h>

struct command_option;
struct option_table;

/* Stores the argument (NULL if there is none) in the member. Ends the process with argp_error() if it is wrong. */
typedef void option_store(const struct command_option *option, char *argument, void *member, struct argp_state *state);

struct command_option {
    const char *name; /* NULL: the row is for the arguments that are not options, or for another table */
    int letter;       /* of the short option; 0: none */
    const char *argument;
    const char *help;
    option_store *store;
    size_t offset;                    /* of the member in the command's options */
    int flags;                        /* those of struct argp_option */
    unsigned minimum, maximum;        /* of a number or, unless 0, of how many there may be */
    const void *choices;              /* see OPTION_CHOICES */
    size_t choice_size;               /* bytes from one choice to the next */
    const struct option_table *table; /* whose rows are also options; the member is their struct */
};

struct option_table {
    const char *arguments; /* what follows the options, as --help shows it; NULL: nothing */
    const char *doc;       /* as in struct argp */
    const struct command_option *rows;
    size_t count;
    void (*check)(void *options, struct argp_state *state); /* called after the last option; NULL: nothing to check */
};

#define OPTION_ROWS(array)    .rows = (array), .count = ARRAY_SIZE(array)
#define OPTION_CHOICES(array) .choices = (array), .choice_size = sizeof(*(array))

/* Members of type const char *, bool and unsigned. */
option_store option_text, option_flag, option_number;

/* A struct strlist, for an option that may be repeated. */
option_store option_list;

/* A NULL-terminated array of `maximum` + 1 const char *, for an option that may be repeated. */
option_store option_repeated;

/* An unsigned: the index of the word in an array of names, or of structs that begin with their name, whose last name is
 * NULL. */
option_store option_choice;

/* A struct option_arguments. The row has no name. Without such a row a command takes no arguments. */
struct option_arguments {
    char **items;
    size_t count;
};
option_store option_arguments;

/* The choices of most --output options. */
enum { OUTPUT_TEXT, OUTPUT_JSON };
extern const char *const option_outputs[];

/* Parses with argp. --help and --usage print to stdout and end the process with 0; a usage error ends it with
 * EXIT_USAGE. */
void options_parse(const struct option_table *table, int argc, char **argv, void *options);

#endif
