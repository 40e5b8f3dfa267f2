/* Splits a line of a shell script into commands. Runs nothing, and expands no variables. Source: POSIX 1003.1, Shell
 * Command Language. */
#pragma once

#include "base/buf.h"
#include "base/strlist.h"

#include <stdbool.h>

enum { SHELL_WORD_MAX = 1 << 20 };

/* A simple command: its words without quotes. A placeholder in angle brackets (<node-name>) is a word or a part of one,
 * not a redirection, and so is $(...). */
struct shell_command {
    struct strlist words;
    char *output; /* the file after '>', or NULL */
};

struct shell_line {
    struct shell_command *commands;
    size_t count;
    char *here;       /* the word that ends the here-document, or NULL */
    bool here_tabs;   /* <<-: leading tabs of its lines are dropped */
    bool here_quoted; /* the word is quoted: the shell expands no variables in the document */
};

/* Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int shell_split(const char *text, struct shell_line *ret_line, struct err *err);
void shell_line_fini(struct shell_line *line);

/* Returns the length of the placeholder at `text`: "<node-name>", "<your node>". Returns 0 if there is none. */
size_t shell_placeholder(const char *text);

/* Returns the length of the variable at `text`: "$NODE", "${NODE}", "${NODE:-x}". Returns 0 if there is none. */
size_t shell_variable(const char *text);

DEFINE_AUTO_FINI(shell_line, struct shell_line, shell_line_fini);
