/* The text of one document to a value: as JSON, as YAML, or as the template that it is. */
#include "manifest/source.h"

#include "json/marks.h"
#include "json/scan.h"

#include <string.h>

int source_new(const char *file, const struct text_piece *piece, struct manifest_source **ret_source, struct err *err)
{
    AUTO(manifest_source) source = calloc(1, sizeof(*source));
    if (!source)
        return err_nomem(err);
    source->references = 1;
    source->file = strdup(file);
    source->text = malloc(piece->length + 1);
    if (!source->file || !source->text)
        return err_nomem(err);
    memcpy(source->text, piece->text, piece->length);
    source->text[piece->length] = '\0';
    source->length = piece->length;
    source->start = piece->start;
    source->is_json = piece->is_json;
    *ret_source = TAKE(source);
    return 0;
}

struct manifest_source *source_ref(struct manifest_source *source)
{
    source->references++;
    return source;
}

void source_unref(struct manifest_source *source)
{
    if (!source || --source->references > 0)
        return;
    source_unref(source->outer);
    yaml_document_fini(&source->parsed);
    strlist_fini(&source->strings);
    free(source->file);
    free(source->text);
    free(source);
}

struct node source_root(struct manifest_source *source, struct problems *problems, void *context)
{
    if (source->parsed.mark.line == 0) {
        source->parsed.mark.line = source->start.line;
        source->parsed.mark.column = source->start.column;
    }
    struct node outer = source->document.outer;
    source->document = document_of(source->file, &source->parsed, problems);
    source->document.context = context;
    source->document.outer = outer;
    return node_root(&source->document);
}

static bool holds(const struct manifest_source *source, const char *what)
{
    return memmem(source->text, source->length, what, strlen(what)) != NULL;
}

/* What an API server sends may hold what manifests cannot (NUL in strings, any depth), and `serve` must answer it. */
static int parse_review(struct manifest_source *source, struct problems *problems, struct err *err)
{
    static const char *const nothing[] = {NULL};
    AUTO(buf) lean;
    buf_init(&lean, source->length);
    if (cjson_lean(source->text, source->length, nothing, &lean, err) < 0)
        return -1;
    source->is_lean = lean.length > 0;
    return json_read_part(source->file, lean.length ? lean.data : source->text,
                          lean.length ? lean.length : source->length, source->start, &source->parsed, problems, err);
}

static int parse_json(struct manifest_source *source, struct problems *problems, struct err *err)
{
    AUTO(problems) lean_problems = {0};
    struct err lean_err = {0};
    int result =
        json_read_part(source->file, source->text, source->length, source->start, &source->parsed, problems, err);
    if (result == 0 || err->code != ERR_INVALID || !holds(source, "\"AdmissionReview\""))
        return result;
    result = parse_review(source, &lean_problems, &lean_err);
    if (result < 0 && lean_err.code == ERR_NOMEM)
        *err = lean_err;
    return result;
}

static int parse_yaml(struct manifest_source *source, enum yaml_flags flags, struct problems *problems, struct err *err)
{
    return yaml_read_part(source->file, source->text, source->length, source->start, flags, &source->parsed, problems,
                          err);
}

/* What begins as JSON may be a YAML flow mapping all the same; if it is neither, JSON was meant. */
static int parse(struct manifest_source *source, enum yaml_flags flags, struct problems *problems, struct err *err)
{
    AUTO(problems) ignored = {0};
    if (!source->is_json)
        return parse_yaml(source, flags, problems, err);
    if (parse_json(source, problems, err) == 0)
        return 0;
    struct err json_err = *err;
    if (json_err.code == ERR_INVALID && parse_yaml(source, flags, &ignored, err) == 0) {
        source->is_json = false;
        return 0;
    }
    if (json_err.code != ERR_INVALID || err->code != ERR_NOMEM)
        *err = json_err;
    return -1;
}

int source_parse(struct manifest_source *source, enum yaml_flags flags, struct problems *problems, struct err *err)
{
    AUTO(problems) own = {0};
    if (parse(source, flags, &own, err) == 0)
        return 0;
    if (err->code != ERR_INVALID)
        return -1;
    source->template = holds(source, "{{") ? "{{" : holds(source, "${") ? "${" : NULL;
    if (source->template)
        return 0;
    for (size_t i = 0; i < own.count; i++)
        problems_add(problems, own.items[i].file, own.items[i].line, own.items[i].column, "%s", own.items[i].text);
    problems->out_of_memory = problems->out_of_memory || own.out_of_memory;
    return -1;
}
