/* Files to objects and commands. Knows no kind of object. */
#include "migrate/source.h"

#include "base/file.h"
#include "migrate/script.h"
#include "migrate/tree.h"

#include <string.h>

static void file_free(struct source_file *file)
{
    if (!file)
        return;
    free(file->path);
    free(file->roots);
    buf_fini(&file->text);
    yaml_documents_fini(&file->documents);
    free(file);
}

DEFINE_AUTO(source_file, struct source_file *, file_free);

void source_fini(struct source *source)
{
    for (struct source_object *object = source->first; object;) {
        struct source_object *next = object->next;
        free(object);
        object = next;
    }
    for (size_t i = 0; i < source->command_count; i++)
        strlist_fini(&source->commands[i].words);
    for (size_t i = 0; i < source->file_count; i++)
        file_free(source->files[i]);
    free(source->commands);
    free(source->files);
    *source = (struct source){0};
}

static const char *text_or_empty(const json_t *object, const char *key)
{
    const char *text = tree_text(object, key);
    return text ? text : "";
}

static struct source_object *add_object(struct source *source, const struct source_file *file)
{
    struct source_object *object = calloc(1, sizeof(*object));
    if (!object)
        return NULL;
    object->file = file;
    if (source->last)
        source->last->next = object;
    else
        source->first = object;
    return source->last = object;
}

static void identify(struct source_object *object)
{
    const json_t *value = object->node.value;
    object->version = text_or_empty(value, "apiVersion");
    object->kind = text_or_empty(value, "kind");
    object->name = text_or_empty(json_object_get(value, "metadata"), "name");
}

static bool is_list(const json_t *value)
{
    const char *kind = tree_text(value, "kind");
    size_t length = kind ? strlen(kind) : 0;
    return length >= 4 && strcmp(kind + length - 4, "List") == 0 && json_is_array(json_object_get(value, "items"));
}

/* What stands around the items of a List says nothing. */
static void account_list(struct report *report, struct node list)
{
    NODE_MEMBERS(list, child) {
        if (strcmp(child.key, "items") != 0)
            report_add(report, &child, FATE_NEEDLESS, "a List is only a wrapping; its items are objects of their own");
    }
}

static int add_list(struct source *source, const struct source_file *file, struct node list, struct report *report,
                    struct err *err)
{
    account_list(report, list);
    NODE_ELEMENTS(node_member(list, "items"), item) {
        struct source_object *object = add_object(source, file);
        if (!object)
            return err_nomem(err);
        object->item = (struct document){.file = file->path,
                                         .problems = list.document->problems,
                                         .value = item.value,
                                         .mark = item.mark,
                                         .outer = item};
        object->node = node_root(&object->item);
        identify(object);
    }
    return 0;
}

static int add_document(struct source *source, struct source_file *file, struct node root, struct report *report,
                        struct err *err)
{
    if (!json_is_object(root.value)) {
        node_problem(&root, "is no object; a manifest has apiVersion, kind and metadata");
        return 0;
    }
    if (is_list(root.value))
        return add_list(source, file, root, report, err);
    struct source_object *object = add_object(source, file);
    if (!object)
        return err_nomem(err);
    object->node = root;
    identify(object);
    return 0;
}

static int parse(struct source *source, struct source_file *file, struct report *report, struct problems *problems,
                 struct err *err)
{
    AUTO(buf) manifests;
    buf_init(&manifests, SOURCE_FILE_MAX);
    const struct buf *text = &file->text;
    if (script_is(file->path, buf_text(text))) {
        if (script_read(source, file, &manifests, report, err) < 0)
            return -1;
        text = &manifests;
    }
    return yaml_read(file->path, buf_text(text), text->length, YAML_ALIASES, &file->documents, problems, err);
}

static int keep_file(struct source *source, struct source_file *file, struct err *err)
{
    void *larger = reallocarray(source->files, source->file_count + 1, sizeof(*source->files));
    if (!larger)
        return err_nomem(err);
    source->files = larger;
    source->files[source->file_count++] = file;
    return 0;
}

int source_read(struct source *source, const char *path, struct report *report, struct problems *problems,
                struct err *err)
{
    AUTO(source_file) file = calloc(1, sizeof(*file));
    if (!file || !(file->path = strdup(path)))
        return err_nomem(err);
    buf_init(&file->text, SOURCE_FILE_MAX);
    if (report_file(report, path, err) < 0)
        return -1;
    if (file_read(path, &file->text, err) < 0 || keep_file(source, file, err) < 0)
        return -1;
    struct source_file *kept = TAKE(file);
    if (parse(source, kept, report, problems, err) < 0)
        return -1;
    kept->roots = calloc(kept->documents.count + 1, sizeof(*kept->roots));
    if (!kept->roots)
        return err_nomem(err);
    for (size_t i = 0; i < kept->documents.count; i++) {
        kept->roots[i] = document_of(kept->path, &kept->documents.items[i], problems);
        if (add_document(source, kept, node_root(&kept->roots[i]), report, err) < 0)
            return -1;
    }
    return problems_check(problems, err);
}

static const char *line_start(const char *text, unsigned line)
{
    for (; line > 1 && text; line--) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    return text;
}

bool source_block(const struct source_file *file, const struct yaml_mark *mark, unsigned *ret_line,
                  unsigned *ret_indent)
{
    const char *text = line_start(buf_text(&file->text), mark->line);
    if (!text || strcspn(text, "\n") < mark->column || text[mark->column - 1] != '|')
        return false;
    const char *first = line_start(buf_text(&file->text), mark->line + 1);
    if (!first)
        return false;
    *ret_line = mark->line + 1;
    *ret_indent = (unsigned)strspn(first, " ");
    return true;
}
