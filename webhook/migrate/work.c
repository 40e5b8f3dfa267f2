/* The result in the making. Knows NodePools only as far as keys go. */
#include "migrate/work.h"

#include "migrate/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct output *add_output(struct migration *migration, unsigned rank, json_t *value, const char *title,
                                 const char *file)
{
    struct output *output = calloc(1, sizeof(*output));
    void *larger = reallocarray(migration->outputs, migration->output_count + 1, sizeof(struct output *));
    if (larger)
        migration->outputs = larger;
    if (!output || !larger || !value || !(output->title = strdup(title)) || (file && !(output->file = strdup(file)))) {
        migration->out_of_memory = true;
        json_decref(value);
        if (output)
            free(output->title);
        free(output);
        return NULL;
    }
    output->value = value;
    output->rank = rank;
    return migration->outputs[migration->output_count++] = output;
}

struct output *work_output_value(struct migration *migration, unsigned rank, json_t *value)
{
    const char *kind = tree_text(value, "kind");
    const char *name = tree_text(json_object_get(value, "metadata"), "name");
    AUTO(buf) title;
    buf_init(&title, ERR_TEXT_SIZE);
    buf_addf(&title, "%s%s%s", kind ? kind : "object", name ? " " : "", name ? name : "");
    return add_output(migration, rank, value, buf_text(&title), NULL);
}

struct output *work_output(struct migration *migration, unsigned rank, const char *version, const char *kind,
                           const char *name)
{
    json_t *value = json_pack("{s:s, s:s, s:{s:s*}}", "apiVersion", version, "kind", kind, "metadata", "name", name);
    return work_output_value(migration, rank, value);
}

void work_comment(struct migration *migration, struct output *output, const char *format, ...)
{
    struct err err;
    char *formatted = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&formatted, format, args) < 0)
        formatted = NULL;
    va_end(args);
    AUTO(string) text = formatted;
    if (!output || !text || strlist_add(&output->comments, text, &err) < 0)
        migration->out_of_memory = true;
}

struct output *work_values(struct migration *migration, const char *name)
{
    for (size_t i = 0; i < migration->output_count; i++) {
        if (migration->outputs[i]->file && strcmp(migration->outputs[i]->file, name) == 0)
            return migration->outputs[i];
    }
    return add_output(migration, RANK_VALUES, json_object(), name, name);
}

/* Moves marks of an embedded document to where they are in the file. */
static void move_marks(struct yaml_mark *mark, unsigned line, unsigned indent)
{
    mark->line += line - 1;
    mark->column += indent;
    if (mark->key_line > 0) {
        mark->key_line += line - 1;
        mark->key_column += indent;
    }
    for (size_t i = 0; i < mark->count; i++)
        move_marks(&mark->children[i], line, indent);
}

static void set_marks(struct yaml_mark *mark, const struct yaml_mark *to)
{
    mark->line = mark->key_line = to->line;
    mark->column = mark->key_column = to->column;
    for (size_t i = 0; i < mark->count; i++)
        set_marks(&mark->children[i], to);
}

static void place_marks(const struct source_file *file, const struct yaml_mark *text, struct yaml_mark *root)
{
    unsigned line;
    unsigned indent;
    if (source_block(file, text, &line, &indent))
        move_marks(root, line, indent);
    else
        set_marks(root, text);
}

static struct embedded *add_embedded(struct migration *migration)
{
    struct embedded *embedded = calloc(1, sizeof(*embedded));
    void *larger = reallocarray(migration->embedded, migration->embedded_count + 1, sizeof(struct embedded *));
    if (larger)
        migration->embedded = larger;
    if (embedded && larger)
        return migration->embedded[migration->embedded_count++] = embedded;
    free(embedded);
    migration->out_of_memory = true;
    return NULL;
}

bool work_embedded(struct migration *migration, const struct source_file *file, struct node text, struct node *ret_root)
{
    AUTO(problems) problems = {0};
    AUTO(yaml_documents) documents = {0};
    struct err err = {0};
    const char *string = json_string_value(text.value);
    if (!string || yaml_read(file->path, string, strlen(string), YAML_ALIASES, &documents, &problems, &err) < 0 ||
        documents.count != 1 || !json_is_object(documents.items[0].value)) {
        migration->out_of_memory |= err.code == ERR_NOMEM;
        return false;
    }
    struct embedded *embedded = add_embedded(migration);
    if (!embedded)
        return false;
    embedded->documents = documents;
    documents = (struct yaml_documents){0};
    struct yaml_document *document = &embedded->documents.items[0];
    place_marks(file, text.mark, &document->mark);
    embedded->document = document_of(file->path, document, text.document->problems);
    embedded->document.outer = text;
    *ret_root = node_root(&embedded->document);
    return true;
}

void work_report_pool(struct migration *migration, const struct pool_draft *pool, enum fate fate, const char *format,
                      ...)
{
    char *formatted = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&formatted, format, args) < 0)
        formatted = NULL;
    va_end(args);
    AUTO(string) text = formatted;
    const struct source_command *command = pool->command;
    if (!text)
        migration->out_of_memory = true;
    else if (command)
        report_add_line(&migration->report, command->file->path, command->line, command->column, fate, "%s", text);
    else
        report_note(&migration->report, &pool->source->node, fate, "%s", text);
}

bool work_pool_has_key(const json_t *pool, const char *key)
{
    size_t i;
    json_t *requirement;
    if (json_object_get(tree_get(pool, POOL_LABELS), key))
        return true;
    json_array_foreach(tree_get(pool, POOL_REQUIREMENTS), i, requirement) {
        const char *own = tree_text(requirement, "key");
        if (own && strcmp(own, key) == 0)
            return true;
    }
    return false;
}

void work_pool_require(struct migration *migration, json_t *pool, const char *key, const char *operator_name,
                       json_t *values)
{
    json_t *requirement = json_pack("{s:s, s:s, s:o*}", "key", key, "operator", operator_name, "values", values);
    work_must(migration, requirement ? tree_append(pool, POOL_REQUIREMENTS, requirement) : -1);
}
