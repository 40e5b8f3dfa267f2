/* Reads the kubectl lines and here-documents of a script. Runs nothing, and expands no variables. */
#include "migrate/source.h"

#include "base/text.h"
#include "base/vec.h"

#include <ctype.h>
#include <string.h>

/* Skips what may precede a command: white space, a prompt. */
static const char *command_start(const char *line)
{
    line += strspn(line, " \t");
    if (line[0] == '$' && line[1] == ' ')
        line += 2;
    return line + strspn(line, " \t");
}

static bool is_kubectl(const char *line)
{
    const char *start = command_start(line);
    return strncmp(start, "kubectl", 7) == 0 && strchr(" \t", start[7]) && start[7] != '\0';
}

/* Finds the kubectl command in a line, also after a pipe (`cat <<EOF | kubectl apply -f -`). Returns NULL if there is
 * none. */
static const char *find_kubectl(const char *line)
{
    for (; line; line = strchr(line, '|'), line = line ? line + 1 : NULL) {
        if (is_kubectl(line))
            return command_start(line);
    }
    return NULL;
}

bool script_takes_value(const char *word)
{
    return text_is_any(word, WORDS("-l", "--selector", "-n", "--namespace", "--context", "--kubeconfig", "-o",
                                   "--output", "--field-selector", "--resource-version"));
}

bool script_is(const char *text)
{
    if (strncmp(text, "#!", 2) == 0)
        return true;
    for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        if (is_kubectl(line) || strncmp(command_start(line), "cat <<", 6) == 0)
            return true;
    }
    return false;
}

struct reader {
    struct source *source;
    const char *file;
    struct buf *manifests;
    struct report *report;
    const char *rest;       /* the text that has not been read yet */
    unsigned line;          /* the number of the last line that was read */
    unsigned manifest_line; /* the line that `manifests` has reached */
};

/* Reads the next line without its line feed. Returns false at the end. */
static bool next_line(struct reader *reader, struct buf *line)
{
    buf_reset(line);
    if (*reader->rest == '\0')
        return false;
    size_t length = strcspn(reader->rest, "\n");
    buf_add(line, reader->rest, length > 0 && reader->rest[length - 1] == '\r' ? length - 1 : length);
    reader->rest += length + (reader->rest[length] == '\n');
    reader->line++;
    return true;
}

/* Reads a line, and joins the next line to it after each backslash at its end. Returns false at the end. */
static bool next_command_line(struct reader *reader, struct buf *line)
{
    AUTO(buf) more;
    buf_init(&more, SOURCE_FILE_MAX);
    if (!next_line(reader, line))
        return false;
    while (line->length > 0 && line->data[line->length - 1] == '\\' && next_line(reader, &more)) {
        line->data[line->length - 1] = ' ';
        buf_add(line, buf_text(&more), more.length);
    }
    return true;
}

/* Splits the text, up to a shell operator or a comment, into words without quotes. Errors: ERR_NOMEM. */
static int split_words(const char *text, struct strlist *words, struct err *err)
{
    for (text += strspn(text, " \t"); *text && !strchr("#;|>&<", *text); text += strspn(text, " \t")) {
        AUTO(buf) word;
        buf_init(&word, SOURCE_FILE_MAX);
        while (*text && !strchr(" \t;|>&", *text)) {
            char quote = *text == '"' || *text == '\'' ? *text++ : '\0';
            size_t length = quote ? strcspn(text, quote == '"' ? "\"" : "'") : strcspn(text, " \t;|>&\"'");
            buf_add(&word, text, length);
            text += length + (quote && text[length] == quote);
        }
        if (buf_check(&word, err) < 0 || strlist_add(words, buf_text(&word), err) < 0)
            return -1;
    }

    return 0;
}

/* Returns word number `wanted`, not counting options (kubectl is word 0), or NULL if there are fewer. */
static const char *positional_word(const struct strlist *words, size_t wanted)
{
    for (size_t i = 0; i < words->count; i++) {
        if (script_takes_value(words->items[i]))
            i++;
        else if (words->items[i][0] != '-' && wanted-- == 0)
            return words->items[i];
    }
    return NULL;
}

static bool word_is(const struct strlist *words, size_t index, const char *const choices[])
{
    const char *word = positional_word(words, index);
    for (size_t i = 0; word && choices[i]; i++) {
        size_t length = strlen(choices[i]);
        if (strncmp(word, choices[i], length) == 0 && (word[length] == '\0' || word[length] == '/'))
            return true;
    }
    return false;
}

static int add_command(struct reader *reader, struct mark mark, struct strlist *words, struct err *err)
{
    struct source *source = reader->source;
    if (!GROW(source->commands, source->command_count))
        return err_nomem(err);
    source->commands[source->command_count++] = (struct source_command){.mark = mark, .words = TAKE(*words)};
    return 0;
}

/* Sets `word` to the word that ends the here-document of the line, without quotes and dashes, or to "" if there is
 * none. */
static void here_word(const char *line, struct buf *word)
{
    const char *sign = strstr(line, "<<");
    buf_reset(word);
    if (!sign || sign[2] == '<')
        return;
    sign += 2 + strspn(sign + 2, "- \t\"'");
    buf_add(word, sign, strcspn(sign, " \t\"';|>&"));
}

/* Reads a here-document to its end. If `wanted`, copies its lines to the manifests. */
static void read_here(struct reader *reader, const char *word, bool wanted)
{
    AUTO(buf) line;
    buf_init(&line, SOURCE_FILE_MAX);

    if (wanted) {
        for (; reader->manifest_line < reader->line - 1; reader->manifest_line++)
            buf_add_char(reader->manifests, '\n');
        buf_add_string(reader->manifests, "---\n");
        reader->manifest_line++;
    }

    while (next_line(reader, &line) && strcmp(buf_text(&line) + strspn(buf_text(&line), "\t"), word) != 0) {
        if (!wanted)
            continue;
        buf_addf(reader->manifests, "%s\n", buf_text(&line));
        reader->manifest_line++;
    }
}

static int read_line(struct reader *reader, const char *line, unsigned number, struct err *err)
{
    AUTO(strlist) words = {0};
    AUTO(buf) word;
    const char *start = command_start(line);
    const char *kubectl = find_kubectl(line);
    struct mark mark = {reader->file, number, (unsigned)(start - line) + 1};

    buf_init(&word, SOURCE_FILE_MAX);
    here_word(line, &word);
    if (kubectl && split_words(kubectl, &words, err) < 0)
        return -1;

    if (word.length > 0) {
        bool wanted = word_is(&words, 1, WORDS("apply", "create", "replace"));
        report_add_line(reader->report, mark, FATE_KEPT, "%s",
                        wanted ? "its here-document is read" : "not read: the here-document is not passed to kubectl");
        read_here(reader, buf_text(&word), wanted);
        return 0;
    }

    if (word_is(&words, 1, WORDS("label")) && word_is(&words, 2, WORDS("node", "nodes", "no")))
        return add_command(reader, mark, &words, err);
    if (*start && *start != '#')
        report_add_line(reader->report, mark, FATE_KEPT,
                        "not read: of a script, only `kubectl label node` and `kubectl apply -f - <<` are read");
    return 0;
}

int script_read(struct source *source, const char *file, const char *text, struct buf *manifests, struct report *report,
                struct err *err)
{
    struct reader reader = {.source = source, .file = file, .manifests = manifests, .report = report, .rest = text};
    AUTO(buf) line;
    buf_init(&line, SOURCE_FILE_MAX);
    for (;;) {
        unsigned number = reader.line + 1;
        if (!next_command_line(&reader, &line))
            break;
        if (read_line(&reader, buf_text(&line), number, err) < 0)
            return -1;
    }
    return buf_check(manifests, err);
}
