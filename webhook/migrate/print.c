/* Prints the result as text, or writes it to files. */
#include "base/file.h"
#include "json/yaml_write.h"
#include "migrate/migrate.h"
#include "migrate/report/tree.h"
#include "migrate/work.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { DOCUMENT_MAX = 32 << 20, FILE_NAME_MAX = 200 };

static void print_comments(const struct output *output, struct buf *out)
{
    for (size_t i = 0; i < output->comments.count; i++) {
        const char *comment = output->comments.items[i];
        buf_add_string(out, "# ");
        /* A line feed in a name of the input must not end the comment. */
        buf_add_printable(out, comment, strlen(comment), ' ');
        buf_add_char(out, '\n');
    }
}

static int print_object(const struct output *output, struct buf *out, struct err *err)
{
    print_comments(output, out);
    return yaml_write(output->value, out, err);
}

/* Prints a values file as a comment, because it is not an object and the output can be piped to kubectl. */
static int print_values(const struct output *output, struct buf *out, struct err *err)
{
    AUTO(buf) text;
    buf_init(&text, DOCUMENT_MAX);
    if (yaml_write(output->value, &text, err) < 0)
        return -1;
    buf_addf(out, "# Helm values, %s:\n", output->title);
    for (const char *line = buf_text(&text); *line;) {
        size_t length = strcspn(line, "\n");
        buf_addf(out, "#   %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    return 0;
}

int migration_print(const struct migration *migration, struct buf *out, struct err *err)
{
    bool first = true;
    for (unsigned rank = 0; rank <= RANK_VALUES; rank++) {
        for (size_t i = 0; i < migration->output_count; i++) {
            const struct output *output = migration->outputs[i];
            if (output->rank != rank || output->hidden)
                continue;
            buf_add_string(out, first ? "" : "---\n");
            first = false;
            if ((output->rank == RANK_VALUES ? print_values : print_object)(output, out, err) < 0)
                return -1;
        }
    }

    return buf_check(out, err);
}

/* Makes a lower-case file name such as nodepool-gpu.yaml. Characters other than letters, digits, '.' and '-' become
 * dashes. */
static void file_name(const struct output *output, char name[FILE_NAME_MAX])
{
    const char *kind = tree_text(output->value, "kind");
    const char *own = tree_text(json_object_get(output->value, "metadata"), "name");
    if (output->rank == RANK_VALUES) {
        text_copy(name, FILE_NAME_MAX, output->title);
        return;
    }
    (void)snprintf(name, FILE_NAME_MAX, "%.60s-%.120s.yaml", kind ? kind : "object", own ? own : "unnamed");
    for (char *c = name; *c; c++)
        *c = isalnum((unsigned char)*c) || strchr("-.", *c) ? (char)tolower((unsigned char)*c) : '-';
}

/* Adds a name that no other file of this run has. */
static int add_name(const struct output *output, struct strlist *files, struct err *err)
{
    char name[FILE_NAME_MAX];
    char numbered[FILE_NAME_MAX + 16];
    file_name(output, name);
    (void)snprintf(numbered, sizeof(numbered), "%s", name);
    for (unsigned number = 2; strlist_has(files, numbered); number++)
        (void)snprintf(numbered, sizeof(numbered), "%.*s-%u.yaml", (int)(strlen(name) - strlen(".yaml")), name, number);
    return strlist_add(files, numbered, err);
}

static int write_output(const struct output *output, const char *directory, struct strlist *files, struct err *err)
{
    AUTO(buf) text;
    AUTO(buf) path;
    buf_init(&text, DOCUMENT_MAX);
    buf_init(&path, DOCUMENT_MAX);
    if (add_name(output, files, err) < 0 || print_object(output, &text, err) < 0)
        return -1;
    buf_addf(&path, "%s/%s", directory, files->items[files->count - 1]);
    if (buf_check(&text, err) < 0 || buf_check(&path, err) < 0)
        return -1;
    return file_write(buf_text(&path), buf_text(&text), text.length, 0644, err);
}

int migration_write(const struct migration *migration, const char *directory, struct err *err)
{
    AUTO(strlist) files = {0};
    if (mkdir(directory, 0755) < 0 && errno != EEXIST)
        return err_errno(err, "%s", directory);
    for (size_t i = 0; i < migration->output_count; i++) {
        if (!migration->outputs[i]->hidden && write_output(migration->outputs[i], directory, &files, err) < 0)
            return -1;
    }
    return 0;
}
