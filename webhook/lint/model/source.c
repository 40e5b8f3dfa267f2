/* Reading files into objects. */
#include "lint/model/source.h"

#include "base/file.h"

#include <string.h>

enum { LINT_FILE_MAX = 8 * 1024 * 1024 };

/* -- Files -- */

static void file_free(struct lint_file *file)
{
    if (!file)
        return;
    yaml_documents_fini(&file->documents);
    free(file->roots);
    free(file->path);
    free(file->text);
    free(file);
}
DEFINE_AUTO(lint_file, struct lint_file *, file_free);

void sources_fini(struct sources *sources)
{
    for (size_t i = 0; i < sources->file_count; i++)
        file_free(sources->files[i]);
    for (size_t i = 0; i < sources->embedded_count; i++) {
        yaml_documents_fini(&sources->embedded[i]->documents);
        free(sources->embedded[i]);
    }
    free(sources->files);
    free(sources->objects);
    free(sources->embedded);
    *sources = (struct sources){0};
}

static bool has_file(const struct sources *sources, const char *path)
{
    for (size_t i = 0; i < sources->file_count; i++) {
        if (strcmp(sources->files[i]->path, path) == 0)
            return true;
    }
    return false;
}

static void move_problems(const struct problems *from, struct problems *to)
{
    for (size_t i = 0; i < from->count; i++)
        problems_add(to, from->items[i].file, from->items[i].line, from->items[i].column, "%s", from->items[i].text);
}

/* What is no YAML because it is a template of Helm's is nobody's mistake. */
static int parse(struct lint_file *file, struct problems *problems, struct err *err)
{
    AUTO(problems) own = {0};
    if (yaml_read(file->path, file->text, file->length, YAML_ALIASES, &file->documents, &own, err) == 0)
        return 0;
    if (err->code != ERR_INVALID)
        return -1;
    file->template = strstr(file->text, "{{") != NULL;
    if (!file->template)
        move_problems(&own, problems);
    return 0;
}

static int read_file(struct sources *sources, const char *path, struct problems *problems, struct err *err)
{
    AUTO(buf) text;
    AUTO(lint_file) file = calloc(1, sizeof(*file));
    struct lint_file **files = reallocarray(sources->files, sources->file_count + 1, sizeof(struct lint_file *));
    buf_init(&text, LINT_FILE_MAX);
    if (!file || !files) {
        sources->files = files ? files : sources->files;
        return err_nomem(err);
    }
    sources->files = files;
    if (has_file(sources, path))
        return 0;
    if (file_read(path, &text, err) < 0)
        return -1;
    file->length = text.length;
    file->path = strdup(path);
    file->text = text.length > 0 ? buf_take(&text) : strdup("");
    if (!file->path || !file->text)
        return err_nomem(err);
    if (parse(file, problems, err) < 0)
        return -1;
    sources->files[sources->file_count++] = TAKE(file);
    return 0;
}

int sources_read(struct sources *sources, const char *path, struct problems *problems, struct err *err)
{
    static const char *const suffixes[] = {".yaml", ".yml", ".json", NULL};
    AUTO(strlist) paths = {0};
    if (strcmp(path, "-") == 0)
        return read_file(sources, path, problems, err);
    if (file_list(path, suffixes, &paths, err) < 0)
        return -1;
    for (size_t i = 0; i < paths.count; i++) {
        if (read_file(sources, paths.items[i], problems, err) < 0)
            return -1;
    }
    return 0;
}

/* -- Objects -- */

static int add_object(struct sources *sources, struct node node, const char *api_version, const char *kind,
                      struct err *err)
{
    struct lint_object *objects = reallocarray(sources->objects, sources->object_count + 1, sizeof(*objects));
    if (!objects)
        return err_nomem(err);
    sources->objects = objects;
    struct node metadata = node_member(node, "metadata");
    objects[sources->object_count++] = (struct lint_object){
        .node = node,
        .api_version = api_version,
        .kind = kind,
        .name = node_text(node_member(metadata, "name")),
        .ns = node_text(node_member(metadata, "namespace")),
    };
    return 0;
}

/* List, and typed lists as the API returns them, whose elements may leave out their kind. */
static bool is_list(const char *kind)
{
    size_t length = strlen(kind);
    return length >= 4 && strcmp(kind + length - 4, "List") == 0;
}

static const char *element_kind(const char *list_kind)
{
    static const char *const typed[] = {"Namespace", "ResourceQuota", "LimitRange", "Pod", "NodePool", "NodeOverlay"};
    for (size_t i = 0; i < ARRAY_SIZE(typed); i++) {
        size_t length = strlen(typed[i]);
        if (strncmp(list_kind, typed[i], length) == 0 && strcmp(list_kind + length, "List") == 0)
            return typed[i];
    }
    return "";
}

/* Recursion is bounded by the reader's limit on nesting. */
static int take_value(struct sources *sources, struct node node, const char *api_version, const char *kind,
                      struct err *err)
{
    if (!json_is_object(node.value))
        return 0;
    const char *own_kind = node_text(node_member(node, "kind"));
    const char *own_version = node_text(node_member(node, "apiVersion"));
    kind = *own_kind ? own_kind : kind;
    api_version = *own_version ? own_version : api_version;
    struct node items = node_member(node, "items");
    if (!is_list(kind) || !json_is_array(items.value))
        return add_object(sources, node, api_version, kind, err);
    NODE_ELEMENTS(items, item) {
        if (take_value(sources, item, api_version, element_kind(kind), err) < 0)
            return -1;
    }
    return 0;
}

int sources_index(struct sources *sources, struct err *err)
{
    for (size_t i = 0; i < sources->file_count; i++) {
        struct lint_file *file = sources->files[i];
        file->roots = calloc(file->documents.count + 1, sizeof(*file->roots));
        if (!file->roots)
            return err_nomem(err);
        for (size_t j = 0; j < file->documents.count; j++) {
            file->roots[j] = document_of(file->path, &file->documents.items[j], NULL);
            if (take_value(sources, node_root(&file->roots[j]), "", "", err) < 0)
                return -1;
        }
    }
    return 0;
}

/* -- Text within text -- */

/* Where a line of a file begins; NULL beyond its end. */
static const char *line_start(const char *at, unsigned line)
{
    for (unsigned i = 1; at && i < line; i++) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return at;
}

static const char *text_of(const struct sources *sources, const char *path)
{
    for (size_t i = 0; i < sources->file_count; i++) {
        if (strcmp(sources->files[i]->path, path) == 0)
            return sources->files[i]->text;
    }
    return NULL;
}

/* How far the lines of a literal block are indented; false for another style of writing a string. */
static bool block_indent(const struct sources *sources, struct node text, unsigned *ret_indent)
{
    const char *at = line_start(text_of(sources, text.document->file), text.mark->line);
    if (!at || strlen(at) < text.mark->column || (at[text.mark->column - 1] != '|' && at[text.mark->column - 1] != '>'))
        return false;
    for (at = strchr(at, '\n'); at; at = strchr(at, '\n')) {
        at++;
        size_t indent = strspn(at, " ");
        if (at[indent] == '\n')
            continue;
        *ret_indent = (unsigned)indent;
        return true;
    }
    return false;
}

/* Marks of the inner text become those of the outer file: shifted in a block, the string's own otherwise. */
static void move_mark(struct yaml_mark *mark, const struct yaml_mark *outer, const unsigned *indent)
{
    mark->line = indent ? outer->line + mark->line : outer->line;
    mark->column = indent ? mark->column + *indent : outer->column;
    if (mark->key_line) {
        mark->key_line = indent ? outer->line + mark->key_line : outer->line;
        mark->key_column = indent ? mark->key_column + *indent : outer->column;
    }
    for (size_t i = 0; i < mark->count; i++)
        move_mark(&mark->children[i], outer, indent);
}

static struct embedded *new_embedded(struct sources *sources)
{
    struct embedded **items = reallocarray(sources->embedded, sources->embedded_count + 1, sizeof(struct embedded *));
    if (!items)
        return NULL;
    sources->embedded = items;
    items[sources->embedded_count] = calloc(1, sizeof(struct embedded));
    return items[sources->embedded_count] ? items[sources->embedded_count++] : NULL;
}

int sources_embed(struct sources *sources, struct node text, struct node *ret_root, struct err *err)
{
    AUTO(problems) problems = {0};
    unsigned indent = 0;
    const char *content = node_text(text);
    struct embedded *embedded = new_embedded(sources);
    if (!embedded)
        return err_nomem(err);
    if (yaml_read("", content, strlen(content), YAML_ALIASES, &embedded->documents, &problems, err) < 0) {
        if (err->code == ERR_INVALID && problems.count > 0)
            return err_set(err, ERR_INVALID, "line %u of its text: %s", problems.items[0].line, problems.items[0].text);
        return -1;
    }
    *ret_root = (struct node){.document = text.document, .mark = text.mark};
    if (embedded->documents.count == 0)
        return 0;
    struct yaml_document *document = &embedded->documents.items[0];
    move_mark(&document->mark, text.mark, block_indent(sources, text, &indent) ? &indent : NULL);
    embedded->root = document_of(text.document->file, document, NULL);
    embedded->root.outer = text;
    *ret_root = node_root(&embedded->root);
    return 0;
}
