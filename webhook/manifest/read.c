/* From paths to objects: reads file after file, document after document, and splits Lists. Depends on the outer form of
 * Kubernetes objects, and on no kinds but Lists. */
#include "manifest/read.h"

#include "base/file.h"
#include "base/vec.h"
#include "json/yaml_tree.h"
#include "manifest/source.h"

#include <string.h>

enum { STREAM_PROBLEMS_MAX = 100 }; /* more do not help a reader, and a hostile stream may hold millions */

const char *const manifest_suffixes[] = {".yaml", ".yml", ".json", NULL};

struct manifest_reader {
    struct manifest_options options;
    struct problems *problems;
    struct strlist files;
    size_t next_file;
    bool is_open;
    struct text text;             /* of the current file, while is_open */
    size_t stream_documents;      /* in that file */
    size_t stream_problems;       /* that were added while that file was read */
    bool rest_is_template;        /* nothing more of that file is read */
    struct manifest_source *list; /* the head of the List that is read in pieces */
    struct manifests found;       /* in the current document; those before next_found have been returned */
    size_t next_found;
    struct manifest_counts counts;
};

/* -- One object -- */

void manifest_free(struct manifest *manifest)
{
    if (!manifest)
        return;
    source_unref(manifest->source);
    free(manifest);
}

const char *manifest_text(const struct manifest *manifest, size_t *ret_length)
{
    *ret_length = manifest->source->length;
    return manifest->source->text;
}

const char *manifest_line(const struct manifest *manifest, unsigned line, size_t *ret_length)
{
    const struct manifest_source *source = manifest->source;
    const char *end = source->text + source->length;
    const char *at = source->text;

    if (line < source->start.line || (line == source->start.line && source->start.column > 1))
        return NULL;

    for (unsigned i = source->start.line; at && i < line; i++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }

    if (!at || at == end)
        return NULL;

    const char *feed = memchr(at, '\n', (size_t)(end - at));
    *ret_length = (size_t)((feed ? feed : end) - at);
    return at;
}

void manifest_refuse_template(const struct manifest *manifest)
{
    node_problem(&manifest->node, "%s", manifest->source->template);
}

void manifests_fini(struct manifests *manifests)
{
    for (size_t i = 0; i < manifests->count; i++)
        manifest_free(manifests->items[i]);
    free(manifests->items);
    *manifests = (struct manifests){0};
}

int manifests_add(struct manifests *manifests, struct manifest *manifest, struct err *err)
{
    if (!GROW(manifests->items, manifests->count)) {
        manifest_free(manifest);
        return err_nomem(err);
    }
    manifests->items[manifests->count++] = manifest;
    return 0;
}

const char *manifest_text_placeholder(const char *text)
{
    static const char *const openings[] = {"${", "{{"};
    for (size_t i = 0; i < ARRAY_SIZE(openings); i++) {
        const char *opening = strstr(text, openings[i]);
        if (opening && strchr(opening, '}'))
            return openings[i];
    }
    return NULL;
}

/* Returns the opening of the first placeholder, or NULL. The limit of nesting bounds the recursion. */
static const char *find_placeholder(struct node node)
{
    const char *own = manifest_text_placeholder(node_text(node));
    if (own)
        return own;
    NODE_CHILDREN(node, child) {
        const char *found = find_placeholder(child);
        if (found)
            return found;
    }
    return NULL;
}

/* -- What is in a document -- */

static int add_found(struct manifest_reader *reader, struct manifest_source *source, struct node node, bool is_item,
                     enum manifest_form form, struct err *err)
{
    struct manifest *manifest;
    if (source_manifest(source, node, form, &manifest, err) < 0)
        return -1;
    manifest->is_item = is_item;
    bool may_hold = form == MANIFEST_OBJECT && (source->has_dollar || source->has_braces);
    manifest->placeholder = may_hold ? find_placeholder(node) : NULL;
    return manifests_add(&reader->found, manifest, err);
}

static bool is_list(struct node object)
{
    const char *kind = node_text(node_member(object, "kind"));
    const json_t *items = node_member(object, "items").value;
    return source_is_list_kind(kind) && (json_is_array(items) || (!items && strcmp(kind, "List") == 0));
}

/* Takes one object, or the objects of a list. The limit of nesting bounds the recursion. */
static int take_value(struct manifest_reader *reader, struct manifest_source *source, struct node node, bool is_item,
                      struct err *err)
{
    if (!json_is_object(node.value))
        return add_found(reader, source, node, is_item, MANIFEST_OTHER, err);
    if (!is_list(node))
        return add_found(reader, source, node, is_item, MANIFEST_OBJECT, err);
    NODE_ELEMENTS(node_member(node, "items"), item) {
        if (take_value(reader, source, item, true, err) < 0)
            return -1;
    }
    return add_found(reader, source, node, is_item, MANIFEST_LIST, err);
}

/* -- Pieces -- */

/* Parses a piece. If it cannot be parsed, sets *ret_source to NULL and adds a problem. */
static int read_piece(struct manifest_reader *reader, const struct text_piece *piece,
                      struct manifest_source **ret_source, struct err *err)
{
    size_t before = reader->problems->count;
    *ret_source = NULL;
    int result = source_parse(reader->text.file, piece, reader->options.flags, ret_source, reader->problems, err);
    reader->stream_problems += reader->problems->count - before;
    return result < 0 && err->code != ERR_INVALID ? -1 : 0;
}

static void report_stream_problem(struct manifest_reader *reader, struct yaml_start place, const char *text)
{
    problems_add(reader->problems, reader->text.file, place.line, place.column, "%s", text);
    reader->stream_problems++;
}

static struct node root_of(struct manifest_reader *reader, struct manifest_source *source)
{
    return source_root(source, reader->problems, reader->options.context);
}

static int take_document(struct manifest_reader *reader, const struct text_piece *piece, struct err *err)
{
    AUTO(manifest_source) source = NULL;

    if (!piece->is_json && piece->start.column > 1) {
        reader->counts.documents++;
        report_stream_problem(reader, piece->start, "follows a JSON document; must begin on a line of its own");
        return 0;
    }

    if (read_piece(reader, piece, &source, err) < 0)
        return -1;
    bool is_empty = source && !source->template && !source->parsed.value;
    if (is_empty)
        return 0;
    reader->stream_documents++;
    reader->counts.documents++;
    if (!source)
        return 0;

    if (!source->template && source_complete(source, "", "", err) < 0)
        return -1;
    struct node root = root_of(reader, source);
    reader->counts.templates += source->template != NULL;
    reader->rest_is_template = source->whole_file;
    return source->template ? add_found(reader, source, root, false, MANIFEST_TEMPLATE, err)
                            : take_value(reader, source, root, false, err);
}

/* Reads the head or tail of a List that comes in pieces. If it is not a mapping, sets *ret_source to NULL and adds a
 * problem. */
static int read_around(struct manifest_reader *reader, const struct text_piece *piece,
                       struct manifest_source **ret_source, struct err *err)
{
    AUTO(manifest_source) source = NULL;

    *ret_source = NULL;
    if (read_piece(reader, piece, &source, err) < 0)
        return -1;
    if (!source)
        return 0;

    if (!source->parsed.value)
        source->parsed.value = json_object();
    if (!source->parsed.value)
        return err_nomem(err);

    if (json_is_object(source->parsed.value))
        *ret_source = TAKE(source);
    else
        report_stream_problem(reader, piece->start, "what precedes or follows the items of a List must be a mapping");

    return 0;
}

static int take_list_head(struct manifest_reader *reader, const struct text_piece *piece, struct err *err)
{
    reader->stream_documents++;
    reader->counts.documents++;
    return read_around(reader, piece, &reader->list, err);
}

static const char *list_text(const struct manifest_reader *reader, const char *key)
{
    return json_text(reader->list ? reader->list->parsed.value : NULL, key);
}

/* Replaces the value of an item in YAML, which is parsed as a sequence of one element, by that element. */
static void unwrap(struct manifest_source *item)
{
    if (json_array_size(item->parsed.value) != 1 || item->parsed.mark.count != 1)
        return;
    AUTO(yaml_document) sequence = item->parsed;
    item->parsed = (struct yaml_document){json_incref(json_array_get(sequence.value, 0)), sequence.mark.children[0]};
    sequence.mark.children[0] = (struct yaml_mark){0};
}

static int take_list_item(struct manifest_reader *reader, const struct text_piece *piece, struct err *err)
{
    AUTO(manifest_source) source = NULL;
    const char *kind = list_text(reader, "kind");
    if (read_piece(reader, piece, &source, err) < 0)
        return -1;
    if (!source)
        return 0;
    if (!piece->is_json)
        unwrap(source);
    bool had_kind = json_object_get(source->parsed.value, "kind") != NULL;
    if (source_complete(source, list_text(reader, "apiVersion"), kind, err) < 0)
        return -1;

    struct node root = root_of(reader, source);
    bool is_known = *kind && (*list_text(reader, "apiVersion") || !source_is_list_kind(kind));
    if (is_known || !json_is_object(root.value) || had_kind)
        return take_value(reader, source, root, true, err);
    report_stream_problem(
        reader, piece->start,
        "the item has no kind, and its List of over 8 MiB does not give apiVersion and kind before its items; put "
        "these first, or a kind into each item, as kubectl get does");
    return 0;
}

static int take_list_tail(struct manifest_reader *reader, const struct text_piece *piece, struct err *err)
{
    AUTO(manifest_source) tail = NULL;
    AUTO(manifest_source) list = TAKE(reader->list);
    if (read_around(reader, piece, &tail, err) < 0)
        return -1;
    if (!list || !tail)
        return 0;
    if (yaml_node_merge(&list->parsed, &tail->parsed, err) < 0)
        return -1;

    struct node root = root_of(reader, list);
    if (source_is_list_kind(node_text(node_member(root, "kind"))))
        return add_found(reader, list, root, false, MANIFEST_LIST, err);
    report_stream_problem(reader, list->start,
                          "the document has more than 8 MiB and is not a List; " TEXT_MAY_BE_LARGER);
    return 0;
}

static int take_piece(struct manifest_reader *reader, const struct text_piece *piece, struct err *err)
{
    static int (*const takers[])(struct manifest_reader *, const struct text_piece *, struct err *) = {
        [TEXT_DOCUMENT] = take_document,
        [TEXT_LIST_HEAD] = take_list_head,
        [TEXT_LIST_ITEM] = take_list_item,
        [TEXT_LIST_TAIL] = take_list_tail,
    };
    bool in_list = piece->form != TEXT_DOCUMENT;
    if (takers[piece->form](reader, piece, err) < 0)
        return -1;
    bool is_first = reader->stream_documents == 1 && reader->files.count == 1;
    bool is_alone = is_first && (in_list || text_is_last(&reader->text));
    for (size_t i = 0; i < reader->found.count; i++)
        reader->found.items[i]->is_alone = is_alone;
    return 0;
}

/* -- Files -- */

static void close_file(struct manifest_reader *reader)
{
    if (reader->is_open)
        text_close(&reader->text);
    reader->is_open = false;
    source_unref(TAKE(reader->list));
}

void manifest_reader_free(struct manifest_reader *reader)
{
    if (!reader)
        return;
    close_file(reader);
    for (size_t i = reader->next_found; i < reader->found.count; i++)
        manifest_free(reader->found.items[i]);
    free(reader->found.items);
    strlist_fini(&reader->files);
    free(reader);
}

static struct manifest_reader *reader_new(const struct manifest_options *options, struct problems *problems)
{
    struct manifest_reader *reader = calloc(1, sizeof(*reader));
    if (!reader)
        return NULL;
    reader->options = options ? *options : (struct manifest_options){.flags = YAML_ALIASES};
    reader->problems = problems;
    return reader;
}

int manifest_open(const char *path, const struct manifest_options *options, struct problems *problems,
                  struct manifest_reader **ret_reader, struct err *err)
{
    AUTO(manifest_reader) reader = reader_new(options, problems);
    if (!reader)
        return err_nomem(err);
    const char *const *suffixes = reader->options.suffixes ? reader->options.suffixes : manifest_suffixes;
    int result = strcmp(path, "-") == 0 ? strlist_add(&reader->files, path, err)
                                        : file_list(path, suffixes, &reader->files, err);
    if (result < 0)
        return -1;
    *ret_reader = TAKE(reader);
    return 0;
}

int manifest_open_text(const char *file, const char *text, size_t length, const struct manifest_options *options,
                       struct problems *problems, struct manifest_reader **ret_reader, struct err *err)
{
    AUTO(manifest_reader) reader = reader_new(options, problems);
    if (!reader)
        return err_nomem(err);
    if (strlist_add(&reader->files, file, err) < 0 ||
        text_open_memory(&reader->text, reader->files.items[0], text, length, err) < 0)
        return -1;
    reader->is_open = true;
    reader->next_file = 1;
    *ret_reader = TAKE(reader);
    return 0;
}

static int open_file(struct manifest_reader *reader, struct err *err)
{
    const char *path = reader->files.items[reader->next_file++];
    if (text_open(&reader->text, path, strcmp(path, "-") == 0 ? "standard input" : path, err) < 0)
        return -1;
    reader->is_open = true;
    reader->stream_documents = 0;
    reader->stream_problems = 0;
    reader->rest_is_template = false;
    return 0;
}

/* Reads one piece into reader->found, or closes the file at its end. Faults of the text become problems. */
static int read_more(struct manifest_reader *reader, struct err *err)
{
    struct text_piece piece;

    if (reader->rest_is_template) {
        close_file(reader);
        return 0;
    }
    if (reader->stream_problems >= STREAM_PROBLEMS_MAX) {
        problems_add(reader->problems, reader->text.file, 0, 0, "too many problems; the rest is not read");
        close_file(reader);
        return 0;
    }
    if (text_next(&reader->text, &piece, err) < 0) {
        bool is_reported = err->code == ERR_LIMIT || err->code == ERR_INVALID;
        if (is_reported)
            report_stream_problem(reader, piece.start, err->text);
        close_file(reader);
        return is_reported ? 0 : -1;
    }
    if (piece.form != TEXT_END)
        return take_piece(reader, &piece, err);

    close_file(reader);
    return 0;
}

int manifest_next(struct manifest_reader *reader, struct manifest **ret_manifest, struct err *err)
{
    *ret_manifest = NULL;
    while (reader->next_found == reader->found.count) {
        reader->next_found = 0;
        reader->found.count = 0;
        if (!reader->is_open && reader->next_file == reader->files.count)
            return 0;
        if ((reader->is_open ? read_more : open_file)(reader, err) < 0)
            return -1;
    }
    *ret_manifest = TAKE(reader->found.items[reader->next_found]);
    reader->next_found++;
    return 0;
}

struct manifest_counts manifest_counts(const struct manifest_reader *reader)
{
    return reader->counts;
}

int manifests_read(struct manifests *manifests, const char *path, const struct manifest_options *options,
                   struct problems *problems, struct err *err)
{
    AUTO(manifest_reader) reader = NULL;
    struct manifest *manifest;
    if (manifest_open(path, options, problems, &reader, err) < 0)
        return -1;
    do {
        if (manifest_next(reader, &manifest, err) < 0 || (manifest && manifests_add(manifests, manifest, err) < 0))
            return -1;
    } while (manifest);
    return 0;
}
