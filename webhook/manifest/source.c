/* Parsing the text of one document: JSON, YAML, or a template. */
#include "manifest/source.h"

#include "base/text.h"
#include "base/vec.h"
#include "json/marks.h"
#include "json/scan.h"
#include "json/yaml_tree.h"

#include <string.h>

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

int source_manifest(struct manifest_source *source, struct node node, enum manifest_form form,
                    struct manifest **ret_manifest, struct err *err)
{
    struct manifest *manifest = calloc(1, sizeof(*manifest));
    if (!manifest)
        return err_nomem(err);

    struct node metadata = node_member(node, "metadata");
    *manifest = (struct manifest){
        .source = source_ref(source),
        .form = form,
        .node = node,
        .file = source->file,
        .api_version = node_text(node_member(node, "apiVersion")),
        .kind = node_text(node_member(node, "kind")),
        .name = node_text(node_member(metadata, "name")),
        .namespace_name = node_text(node_member(metadata, "namespace")),
        .is_json = source->is_json,
        .is_lean = source->is_lean,
    };

    *ret_manifest = manifest;
    return 0;
}

static bool holds(const struct manifest_source *source, const char *what)
{
    return memmem(source->text, source->length, what, strlen(what)) != NULL;
}

/* An API server may send what manifests must not hold (NUL in strings, 10,000 levels), and `serve` answers it. So a
 * review is checked by the grammar of `serve`, and its errors are those of `serve`. */
static int parse_review(struct manifest_source *source, struct problems *problems, struct err *err)
{
    static const char *const nothing[] = {NULL};
    AUTO(buf) lean;

    buf_init(&lean, source->length);
    if (cjson_scan(source->text, source->length, err) < 0 &&
        cjson_lean(source->text, source->length, nothing, &lean, err) < 0) {
        if (err->code == ERR_INVALID)
            problems_add(problems, source->file, source->start.line, source->start.column, "%s", err->text);
        return -1;
    }

    source->is_lean = lean.length > 0;
    return json_read_part(source->file, lean.length ? lean.data : source->text,
                          lean.length ? lean.length : source->length, source->start, &source->parsed, problems, err);
}

static int parse_yaml(struct manifest_source *source, enum yaml_flags flags, struct problems *problems, struct err *err)
{
    return yaml_read_part(source->file, source->text, source->length, source->start, flags, &source->parsed, problems,
                          err);
}

/* A text that begins like JSON may be a YAML flow mapping. If it is neither, the problems are those of the JSON. */
static int parse_text(struct manifest_source *source, enum yaml_flags flags, struct problems *problems, struct err *err)
{
    AUTO(problems) ignored = {0};

    if (!source->is_json)
        return parse_yaml(source, flags, problems, err);
    if (holds(source, "\"AdmissionReview\""))
        return parse_review(source, problems, err);
    if (json_read_part(source->file, source->text, source->length, source->start, &source->parsed, problems, err) == 0)
        return json_whole_reals_to_integers(source->parsed.value, err);

    struct err json_err = *err;
    if (json_err.code == ERR_INVALID && parse_yaml(source, flags, &ignored, err) == 0) {
        source->is_json = false;
        return 0;
    }

    if (json_err.code != ERR_INVALID || err->code != ERR_NOMEM)
        *err = json_err;
    return -1;
}

/* True if the text is YAML once a word replaces each ${...}, so that its placeholders are its only fault. */
static bool parses_filled(const struct manifest_source *source, enum yaml_flags flags)
{
    AUTO(buf) filled;
    AUTO(problems) ignored = {0};
    AUTO(yaml_document) document = {0};
    struct err err;

    buf_init(&filled, source->length);
    for (const char *at = source->text; *at;) {
        const char *close = strncmp(at, "${", 2) == 0 ? strpbrk(at, "}\n") : NULL;
        bool is_placeholder = close && *close == '}';
        buf_add_char(&filled, is_placeholder ? 'x' : *at);
        at = is_placeholder ? close + 1 : at + 1;
    }

    return buf_check(&filled, &err) == 0 && yaml_read_part(source->file, buf_text(&filled), filled.length,
                                                           source->start, flags, &document, &ignored, &err) == 0;
}

bool manifest_is_terraform(const char *text)
{
    static const char *const blocks[] = {"resource ", "data ",   "module ", "variable ",  "output ",
                                         "provider ", "locals ", "moved ",  "terraform ", "import "};
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *end = line + strcspn(line, "\r\n");
        bool opens = end > line && end[-1] == '{';
        for (size_t i = 0; opens && i < ARRAY_SIZE(blocks); i++) {
            const char *rest = line + strlen(blocks[i]);
            if (text_begins(line, blocks[i]) && (*rest == '"' || *rest == '{'))
                return true;
        }
    }
    return false;
}

static bool is_cloud_formation(const struct manifest_source *source)
{
    return holds(source, "AWSTemplateFormatVersion") || (holds(source, "Resources:") && holds(source, "AWS::"));
}

/* Sets source->template if the text, which is not YAML, or is only a scalar, is a template. */
static void find_template(struct manifest_source *source, enum yaml_flags flags)
{
    bool parses = source->parsed.value != NULL;
    if (manifest_is_terraform(source->text)) {
        source->whole_file = true;
        source->template = "is Terraform, not a manifest; give the YAML that it applies (the text of its heredocs)";
    } else if (parses) {
        return;
    } else if (is_cloud_formation(source)) {
        source->template = "is a CloudFormation template, not a manifest; give the manifests alone";
    } else if (source->has_braces) {
        source->template =
            "is a template (it holds {{ and is not YAML); render it (helm template) first, and pass the result";
    } else if (holds(source, "{%")) {
        source->template = "is a template (it holds {% and is not YAML); render it (Jinja) first, and pass the result";
    } else if (source->has_dollar && parses_filled(source, flags)) {
        source->template = "is a template (it holds ${ and is not YAML); fill it in (envsubst, Terraform) first, and "
                           "pass the result";
    }
}

static int source_new(const char *file, const struct text_piece *piece, struct manifest_source **ret_source,
                      struct err *err)
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

int source_parse(const char *file, const struct text_piece *piece, enum yaml_flags flags,
                 struct manifest_source **ret_source, struct problems *problems, struct err *err)
{
    AUTO(problems) own = {0};
    AUTO(manifest_source) source = NULL;
    if (source_new(file, piece, &source, err) < 0)
        return -1;

    source->has_dollar = holds(source, "${");
    source->has_braces = holds(source, "{{");
    int result = parse_text(source, flags, &own, err);
    if (result < 0 && err->code != ERR_INVALID)
        return -1;
    if (result < 0 || json_is_string(source->parsed.value))
        find_template(source, flags);
    if (source->template) {
        yaml_document_fini(&source->parsed);
        source->parsed = (struct yaml_document){0};
    }

    if (result == 0 || source->template) {
        *ret_source = TAKE(source);
        return 0;
    }

    for (size_t i = 0; i < own.count; i++)
        problems_add(problems, own.items[i].file, own.items[i].line, own.items[i].column, "%s", own.items[i].text);
    problems->out_of_memory = problems->out_of_memory || own.out_of_memory;
    return -1;
}

/* -- Items of lists -- */

bool source_is_list_kind(const char *kind)
{
    return strcmp(kind, "List") == 0 || text_ends_any(kind, WORDS("List"));
}

/* Sets a member, and takes over `value`. A new member becomes the first, with the mark of the object. */
static int put_first(json_t *object, struct yaml_mark *mark, const char *key, json_t *value, struct err *err)
{
    if (json_object_get(object, key))
        return json_object_set_new(object, key, value) < 0 ? err_nomem(err) : 0;
    AUTO(json) members = json_copy(object);
    bool is_put = members && GROW(mark->children, mark->count) && json_object_clear(object) == 0 &&
                  json_object_set(object, key, value) == 0 && json_object_update(object, members) == 0;
    json_decref(value);
    if (!is_put)
        return err_nomem(err);

    memmove(mark->children + 1, mark->children, mark->count++ * sizeof(*mark->children));
    mark->children[0] = (struct yaml_mark){.line = mark->line, .column = mark->column};
    return 0;
}

/* The limit of nesting bounds the recursion. */
static int complete(json_t *value, struct yaml_mark *mark, const char *list_version, const char *list_kind,
                    struct err *err)
{
    bool is_typed = text_ends_any(list_kind, WORDS("List")) && json_is_object(value);
    size_t length = is_typed ? strlen(list_kind) - strlen("List") : 0;
    if (is_typed && !*json_text(value, "kind") &&
        put_first(value, mark, "kind", json_stringn(list_kind, length), err) < 0)
        return -1;

    const char *kind = json_text(value, "kind");
    bool is_implied = is_typed && strlen(kind) == length && strncmp(kind, list_kind, length) == 0;
    if (is_implied && *list_version && !*json_text(value, "apiVersion") &&
        put_first(value, mark, "apiVersion", json_string(list_version), err) < 0)
        return -1;
    if (!source_is_list_kind(json_text(value, "kind")))
        return 0;

    size_t index = 0;
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member) {
        struct yaml_mark *items = &mark->children[index++];
        for (size_t i = 0; strcmp(key, "items") == 0 && i < json_array_size(member); i++) {
            if (complete(json_array_get(member, i), &items->children[i], json_text(value, "apiVersion"),
                         json_text(value, "kind"), err) < 0)
                return -1;
        }
    }
    return 0;
}

int source_complete(struct manifest_source *source, const char *list_version, const char *list_kind, struct err *err)
{
    return complete(source->parsed.value, &source->parsed.mark, list_version, list_kind, err);
}
