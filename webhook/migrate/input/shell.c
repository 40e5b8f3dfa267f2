/* Splits a line into words and operators, as a shell does. */
#include "migrate/input/shell.h"

#include "base/text.h"
#include "base/vec.h"

#include <ctype.h>
#include <string.h>

void shell_line_fini(struct shell_line *line)
{
    for (size_t i = 0; i < line->count; i++) {
        strlist_fini(&line->commands[i].words);
        free(line->commands[i].output);
    }
    free(line->commands);
    free(line->here);
    *line = (struct shell_line){0};
}

size_t shell_placeholder(const char *text)
{
    if (text[0] != '<' || !isalpha((unsigned char)text[1]))
        return 0;
    size_t length = 1 + strspn(text + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.-/");
    return text[length] == '>' && text[length - 1] != ' ' ? length + 1 : 0;
}

size_t shell_variable(const char *text)
{
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    bool brace = text[0] == '$' && text[1] == '{';
    const char *start = text + 1 + brace;
    if (text[0] != '$' || !(isalpha((unsigned char)*start) || *start == '_'))
        return 0;
    size_t length = (size_t)(start - text) + strspn(start, name);
    if (!brace)
        return length;
    length += strcspn(text + length, "}\n");
    return text[length] == '}' ? length + 1 : 0;
}

/* Returns the length of $(...) or `...` at `text`, up to the end of the text if it is not closed, or 0. */
static size_t substitution_length(const char *text)
{
    size_t depth = 0;
    if (*text == '`')
        return 1 + strcspn(text + 1, "`") + (strchr(text + 1, '`') != NULL);
    if (text[0] != '$' || text[1] != '(')
        return 0;
    for (size_t i = 1; text[i]; i++) {
        depth += text[i] == '(';
        if (text[i] == ')' && --depth == 0)
            return i + 1;
    }
    return strlen(text);
}

/* Returns the length of a part of a word that is taken as it is, or 0. */
static size_t verbatim_length(const char *text)
{
    size_t length = substitution_length(text);
    if (length == 0)
        length = shell_variable(text);
    return length > 0 ? length : shell_placeholder(text);
}

/* Adds the text in quotes at *at, and moves *at after it. */
static void take_quoted(const char **at, struct buf *word)
{
    char quote = *(*at)++;
    while (**at && **at != quote) {
        if (quote == '"' && **at == '\\' && (*at)[1] && strchr("\"\\$`", (*at)[1]))
            ++*at;
        buf_add_char(word, *(*at)++);
    }
    *at += **at == quote;
}

/* Reads the word at *at and moves *at after it. Sets *ret_quoted if a part of it is quoted. */
static void take_word(const char **at, struct buf *word, bool *ret_quoted)
{
    buf_reset(word);
    *ret_quoted = false;
    while (**at && (!strchr(" \t;|&<>()", **at) || shell_placeholder(*at) > 0)) {
        size_t length = verbatim_length(*at);
        if (**at == '"' || **at == '\'') {
            *ret_quoted = true;
            take_quoted(at, word);
            continue;
        }
        if (length == 0 && **at == '\\' && (*at)[1]) {
            *ret_quoted = true;
            ++*at;
        }
        length = length > 0 ? length : 1;
        buf_add(word, *at, length);
        *at += length;
    }
}

/* A line that is being split. */
struct splitter {
    struct shell_line *line;
    const char *at;
    struct buf word;
};

static struct shell_command *last_command(struct splitter *splitter)
{
    return &splitter->line->commands[splitter->line->count - 1];
}

static int begin_command(struct splitter *splitter, struct err *err)
{
    struct shell_line *line = splitter->line;
    if (line->count > 0 && last_command(splitter)->words.count == 0)
        return 0;
    if (!GROW(line->commands, line->count))
        return err_nomem(err);
    line->commands[line->count++] = (struct shell_command){0};
    return 0;
}

/* Keeps a copy of the word in *target, which it replaces. */
static int keep_word(struct splitter *splitter, char **target, struct err *err)
{
    free(*target);
    *target = strdup(buf_text(&splitter->word));
    return *target ? 0 : err_nomem(err);
}

/* Reads the redirection at the present place. A here-document begins with a word, so that `$((1 << 2))` is none. */
static int take_redirection(struct splitter *splitter, struct err *err)
{
    struct shell_line *line = splitter->line;
    const char *sign = splitter->at;
    bool here = text_begins(sign, "<<") && sign[2] != '<';
    bool quoted;

    splitter->at += strspn(splitter->at, sign[0] == '<' ? "<" : ">");
    line->here_tabs |= here && *splitter->at == '-';
    splitter->at += strspn(splitter->at, here ? "-&" : "&|");
    splitter->at += strspn(splitter->at, " \t");
    take_word(&splitter->at, &splitter->word, &quoted);

    if (sign[0] == '>')
        return keep_word(splitter, &last_command(splitter)->output, err);
    if (!here || !(isalpha((unsigned char)*buf_text(&splitter->word)) || *buf_text(&splitter->word) == '_'))
        return 0;
    line->here_quoted = quoted;
    return keep_word(splitter, &line->here, err);
}

static int take_part(struct splitter *splitter, struct err *err)
{
    bool quoted;
    if (strchr(";|&()", *splitter->at)) {
        splitter->at++;
        return begin_command(splitter, err);
    }
    if (strchr("<>", *splitter->at) && shell_placeholder(splitter->at) == 0)
        return take_redirection(splitter, err);

    take_word(&splitter->at, &splitter->word, &quoted);
    const char *word = buf_text(&splitter->word);
    bool descriptor = *splitter->at == '>' && !quoted && word[strspn(word, "0123456789")] == '\0';
    return descriptor ? 0 : strlist_add(&last_command(splitter)->words, word, err);
}

int shell_split(const char *text, struct shell_line *ret_line, struct err *err)
{
    struct splitter splitter = {.line = ret_line, .at = text};
    buf_init(&splitter.word, SHELL_WORD_MAX);

    int result = begin_command(&splitter, err);
    for (splitter.at += strspn(splitter.at, " \t"); result == 0 && *splitter.at && *splitter.at != '#';
         splitter.at += strspn(splitter.at, " \t"))
        result = take_part(&splitter, err);
    if (result == 0)
        result = buf_check(&splitter.word, err);

    buf_fini(&splitter.word);
    return result;
}
