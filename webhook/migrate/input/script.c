/* Reads the commands and documents of a script. Runs nothing, and expands no variables. */
#include "base/text.h"
#include "base/vec.h"
#include "manifest/read.h"
#include "migrate/input/shell.h"
#include "migrate/input/source.h"

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

static bool begins_with_word(const char *line, const char *word)
{
    size_t length = strlen(word);
    return strncmp(line, word, length) == 0 && line[length] && strchr(" \t", line[length]);
}

/* True if the line begins with one of the commands that are read. */
static bool is_command(const char *line)
{
    const char *start = command_start(line);
    return begins_with_word(start, "kubectl") || begins_with_word(start, "helm") || text_begins(start, "cat <<") ||
           ((begins_with_word(start, "cat") || begins_with_word(start, "tee")) &&
            strstr(start, "<<") < start + strcspn(start, "\n") && strstr(start, "<<"));
}

bool script_takes_value(const char *word)
{
    return text_is_any(word, WORDS("-l", "--selector", "-n", "--namespace", "--context", "--kubeconfig", "-o",
                                   "--output", "--field-selector", "--resource-version", "-f", "--filename"));
}

bool script_is(const char *path, const char *text)
{
    bool manifest = text_ends_any(path, WORDS(".yaml", ".yml"));
    if (text_begins(text, "#!") || text_ends_any(path, WORDS(".sh", ".bash")))
        return true;
    for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        if (is_command(line) && (!manifest || !strchr(" \t", *line)))
            return true;
    }
    return false;
}

struct reader {
    struct source *source;
    const char *file;
    struct strlist *texts;
    struct buf documents; /* the text that the next item of `texts` will have */
    struct report *report;
    const char *rest;       /* the text that has not been read yet */
    size_t indent;          /* how far all lines are indented, as pages do */
    unsigned line;          /* the number of the last line that was read */
    unsigned document_line; /* the number of the last line of `documents` */
};

/* Reads the next line without its line feed. Returns false at the end. */
static bool next_line(struct reader *reader, struct buf *line)
{
    buf_reset(line);
    if (*reader->rest == '\0')
        return false;
    size_t indent = strspn(reader->rest, " ");
    reader->rest += indent < reader->indent ? indent : reader->indent;
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

static void report_line(struct reader *reader, unsigned line, enum fate fate, const char *text)
{
    report_add_line(reader->report, (struct mark){reader->file, line, 1}, fate, "%s", text);
}

/* -- Documents -- */

static int flush_documents(struct reader *reader, struct err *err)
{
    if (buf_check(&reader->documents, err) < 0)
        return -1;
    int result = reader->documents.length > 0 ? strlist_add(reader->texts, buf_text(&reader->documents), err) : 0;
    buf_reset(&reader->documents);
    reader->document_line = 0;
    return result;
}

/* Begins a document whose first line is line number `first`. If the line before it is used, which the separator needs,
 * the document begins a text of its own. */
static int begin_document(struct reader *reader, unsigned first, struct err *err)
{
    enum { TEXTS_MAX = 32 }; /* because each begins with as many line feeds as precede it in the file */
    if (reader->document_line + 1 >= first && reader->document_line > 0) {
        if (reader->texts->count >= TEXTS_MAX)
            return err_set(err, ERR_LIMIT, "%s:%u: too many documents without --- between them", reader->file, first);
        if (flush_documents(reader, err) < 0)
            return -1;
    }
    bool separates = reader->document_line > 0;
    while (reader->document_line + 1 < first - separates) {
        buf_add_char(&reader->documents, '\n');
        reader->document_line++;
    }
    if (separates) {
        buf_add_string(&reader->documents, "---\n");
        reader->document_line++;
    }
    return 0;
}

static void add_document_line(struct reader *reader, const char *line, size_t length)
{
    buf_add(&reader->documents, line, length);
    buf_add_char(&reader->documents, '\n');
    reader->document_line++;
}

/* True if the line, which is not indented, is the first of a document: its apiVersion or kind, or a part of a pod. */
static bool is_object_start(const char *line)
{
    while (*line && !isalnum((unsigned char)*line) && !strchr(" \t#-$\"'{", *line))
        line++; /* a mark with which a page folds a part away */
    return text_begins(line, "apiVersion:") || text_begins(line, "kind:");
}

static bool is_fragment_start(const char *line)
{
    static const char *const keys[] = {"resources:", "affinity:", "tolerations:", "nodeSelector:", "containers:"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (text_begins(line, keys[i]))
            return true;
    }
    return false;
}

static bool is_fence(const char *line)
{
    return text_begins(line + strspn(line, " \t"), "```");
}

/* The lines of a document that is pasted between commands. */
struct pasted {
    bool object, api_version; /* it has a kind; it has an apiVersion */
    bool ended;
};

/* True if the line begins another document although no --- precedes it. */
static bool begins_another(const struct pasted *pasted, const char *line)
{
    if (is_fragment_start(line))
        return pasted->object;
    return is_object_start(line) && text_begins(line, "apiVersion:") && pasted->api_version;
}

static int read_pasted(struct reader *reader, bool separator, struct err *err)
{
    AUTO(buf) line;
    buf_init(&line, SOURCE_FILE_MAX);
    bool begun = false;
    struct pasted pasted = {0};

    for (;;) {
        const char *rest = reader->rest;
        unsigned number = reader->line;
        if (!next_line(reader, &line))
            break;
        const char *text = buf_text(&line);
        bool command = is_command(text) && !strchr(" \t", *text);
        bool end = command || is_fence(text) || text_begins(text, "---") || begins_another(&pasted, text) ||
                   (text[0] == '$' && text[1] == ' ');
        if (end && (begun || separator || command)) {
            reader->rest = rest;
            reader->line = number;
            break;
        }
        if (!begun && (text_is_blank(text) || *text == '#'))
            continue;
        if (!begun && begin_document(reader, reader->line, err) < 0)
            return -1;
        begun = true;
        pasted.object |= is_object_start(text);
        pasted.api_version |= is_object_start(text) && strstr(text, "apiVersion:") != NULL;
        add_document_line(reader, text, line.length);
    }

    return 0;
}

/* -- Commands -- */

/* Returns word number `wanted`, not counting options (the command is word 0), or NULL if there are fewer. */
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

/* Removes what precedes kubectl or helm: "sudo", "do", "xargs -n1", "NAME=value". */
static int trim_words(const struct strlist *words, struct strlist *ret_words, struct err *err)
{
    size_t start = 0;
    while (start < words->count && !text_is_any(words->items[start], WORDS("kubectl", "helm")))
        start++;
    bool other = start > 0 && !strchr(words->items[0], '=') &&
                 !text_is_any(words->items[0], WORDS("$", "sudo", "do", "then", "else", "time", "!", "{", "xargs", "if",
                                                     "while", "until"));
    for (size_t i = start; i < words->count && !other; i++) {
        if (strlist_add(ret_words, words->items[i], err) < 0)
            return -1;
    }
    return 0;
}

static bool has_file(const struct strlist *words)
{
    for (size_t i = 1; i < words->count; i++) {
        if (text_is_any(words->items[i], WORDS("-f", "--filename", "-k", "--kustomize")) ||
            text_begins(words->items[i], "-f") || text_begins(words->items[i], "--filename="))
            return true;
    }
    return false;
}

/* True if the command is about nodes, as also in `for node in $(kubectl get node -o name); do kubectl label $node ...`.
 */
static bool names_nodes(const struct strlist *words)
{
    const char *word = positional_word(words, 2);
    return word_is(words, 2, WORDS("node", "nodes", "no")) || (word && shell_variable(word) == strlen(word));
}

static bool command_kind(const struct strlist *words, enum command_kind *ret_kind)
{
    if (words->count == 0)
        return false;
    if (strcmp(words->items[0], "helm") == 0)
        *ret_kind = COMMAND_HELM;
    else if (word_is(words, 1, WORDS("label")) && names_nodes(words))
        *ret_kind = COMMAND_LABEL;
    else if (word_is(words, 1, WORDS("apply", "create", "replace")) && has_file(words))
        *ret_kind = COMMAND_APPLY;
    else
        return false;
    return true;
}

/* -- Here-documents -- */

/* True if a line of the document begins with the key. */
static bool has_key(const char *document, const char *key)
{
    for (const char *line = document; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        const char *start = line + strspn(line, " \t\"{");
        if (text_begins(start, key) && strchr(":\"", start[strlen(key)]) && start[strlen(key)])
            return true;
    }
    return false;
}

/* True for a manifest of the cluster's, which files of eksctl are not. */
static bool is_manifest(const char *document)
{
    return has_key(document, "apiVersion") && has_key(document, "kind") && !strstr(document, "apiVersion: eksctl.io/");
}

/* Appends a line of a here-document as the shell passes it on. */
static void add_here_line(const struct shell_line *shell, const char *line, struct buf *document)
{
    line += shell->here_tabs ? strspn(line, "\t") : 0;
    for (; *line; line++) {
        if (!shell->here_quoted && line[0] == '\\' && line[1] && strchr("$`\\", line[1]))
            line++;
        buf_add_char(document, *line);
    }
    buf_add_char(document, '\n');
}

/* Reads the here-document to its end, or to that of the file. */
static void read_here(struct reader *reader, const struct shell_line *shell, struct buf *document)
{
    AUTO(buf) line;
    buf_init(&line, SOURCE_FILE_MAX);
    while (next_line(reader, &line) && strcmp(buf_text(&line) + strspn(buf_text(&line), "\t"), shell->here) != 0)
        add_here_line(shell, buf_text(&line), document);
}

/* Reports the variables in the document, which the shell would have expanded. */
static void report_variables(struct reader *reader, unsigned line, const char *document)
{
    AUTO(buf) names;
    AUTO(strlist) seen = {0};
    buf_init(&names, ERR_TEXT_SIZE);

    for (const char *at = strchr(document, '$'); at; at = strchr(at + 1, '$')) {
        size_t length = shell_variable(at);
        AUTO(string) name = strndup(at, length);
        struct err err;
        if (length == 0 || !name || strlist_has(&seen, name) || strlist_add(&seen, name, &err) < 0)
            continue;
        buf_addf(&names, "%s%s", names.length > 0 ? ", " : "", name);
    }

    if (names.length > 0)
        report_add_line(reader->report, (struct mark){reader->file, line, 1}, FATE_MANUAL,
                        "variables of the shell are not expanded: replace %s in the result", buf_text(&names));
}

/* Returns the file that the here-document of the line is written to ("> file", "tee file"), or NULL. */
static const char *output_of(const struct shell_line *shell)
{
    for (size_t i = 0; i < shell->count; i++) {
        const struct shell_command *command = &shell->commands[i];
        size_t start = command->words.count > 0 && strcmp(command->words.items[0], "sudo") == 0;
        if (command->output && strcmp(command->output, "/dev/null") != 0)
            return command->output;
        if (command->words.count > start && strcmp(command->words.items[start], "tee") == 0)
            return positional_word(&command->words, start + 1);
    }
    return NULL;
}

/* Sets *ret_wanted if kubectl apply, create or replace is a command of the line. */
static int goes_to_kubectl(const struct shell_line *shell, bool *ret_wanted, struct err *err)
{
    for (size_t i = 0; i < shell->count; i++) {
        AUTO(strlist) words = {0};
        if (trim_words(&shell->commands[i].words, &words, err) < 0)
            return -1;
        *ret_wanted |= words.count > 0 && word_is(&words, 1, WORDS("apply", "create", "replace"));
    }
    return 0;
}

static int read_here_document(struct reader *reader, const struct shell_line *shell, unsigned number, struct err *err)
{
    AUTO(buf) document;
    buf_init(&document, SOURCE_FILE_MAX);
    unsigned first = reader->line + 1;
    read_here(reader, shell, &document);
    if (buf_check(&document, err) < 0)
        return -1;

    bool wanted = false;
    const char *output = output_of(shell);
    const char *text = buf_text(&document);
    if (goes_to_kubectl(shell, &wanted, err) < 0)
        return -1;
    if (!wanted && !is_manifest(text)) {
        report_line(reader, number, FATE_KEPT, "not read: the here-document has no manifest");
        return 0;
    }

    report_line(reader, number, FATE_KEPT, "its here-document is read");
    if (output && strlist_add(&reader->source->written, output, err) < 0)
        return -1;
    if (!shell->here_quoted)
        report_variables(reader, number, text);
    if (begin_document(reader, first, err) < 0)
        return -1;
    for (; *text; text += strcspn(text, "\n") + 1)
        add_document_line(reader, text, strcspn(text, "\n"));
    return 0;
}

/* Adds the command if it is one that is converted. */
static int add_command(struct reader *reader, const struct shell_command *command, struct mark mark, bool *ret_added,
                       struct err *err)
{
    struct source *source = reader->source;
    AUTO(strlist) words = {0};
    enum command_kind kind;

    if (trim_words(&command->words, &words, err) < 0)
        return -1;
    if (!command_kind(&words, &kind))
        return 0;
    if (!GROW(source->commands, source->command_count))
        return err_nomem(err);
    source->commands[source->command_count++] =
        (struct source_command){.kind = kind, .mark = mark, .words = TAKE(words)};
    *ret_added = true;
    return 0;
}

static int read_line(struct reader *reader, const char *line, unsigned number, struct err *err)
{
    AUTO(shell_line) shell = {0};
    const char *start = command_start(line);
    struct mark mark = {reader->file, number, (unsigned)(start - line) + 1};
    bool added = false;

    if (shell_split(start, &shell, err) < 0)
        return -1;
    if (shell.here)
        return read_here_document(reader, &shell, number, err);

    for (size_t i = 0; i < shell.count; i++) {
        if (add_command(reader, &shell.commands[i], mark, &added, err) < 0)
            return -1;
    }

    if (added || !*start || *start == '#' || is_fence(start))
        return 0;
    script_report_unread(reader->report, mark, start);
    return 0;
}

static int read_lines(struct reader *reader, struct err *err)
{
    AUTO(buf) line;
    buf_init(&line, SOURCE_FILE_MAX);
    for (;;) {
        const char *rest = reader->rest;
        unsigned number = reader->line + 1;
        if (!next_command_line(reader, &line))
            return 0;
        const char *text = buf_text(&line);
        bool separator = text_begins(text, "---");
        if (!separator && !is_object_start(text) && !is_fragment_start(text)) {
            if (read_line(reader, text, number, err) < 0)
                return -1;
            continue;
        }
        if (!separator) { /* the line is the first of the document */
            reader->rest = rest;
            reader->line = number - 1;
        }
        if (read_pasted(reader, separator, err) < 0)
            return -1;
    }
}

/* Returns how many spaces all lines have before their text. */
static size_t common_indent(const char *text)
{
    size_t least = SIZE_MAX;
    for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
        size_t indent = strspn(line, " ");
        if (!strchr("\r\n", line[indent]) && indent < least)
            least = indent;
    }
    return least == SIZE_MAX ? 0 : least;
}

int script_read(struct source *source, const char *file, const char *text, struct strlist *texts, struct report *report,
                struct err *err)
{
    struct reader reader = {.source = source, .file = file, .texts = texts, .report = report, .rest = text};
    buf_init(&reader.documents, SOURCE_FILE_MAX);
    reader.indent = common_indent(text);

    int result = read_lines(&reader, err);
    if (result == 0)
        result = flush_documents(&reader, err);
    buf_fini(&reader.documents);
    return result;
}
