/* Parses YAML to jansson values with their positions, from libyaml's events. Does not depend on policies or field
 * names. */
#include "json/yaml_read.h"

#include "base/units.h"
#include "base/vec.h"
#include "json/read.h"
#include "json/yaml_leaf.h"
#include "json/yaml_source.h"
#include "json/yaml_tree.h"

#include <stdio.h>
#include <string.h>

enum { YAML_DEPTH_MAX = 100, YAML_BYTES_MAX = 8 * MIB, YAML_COPIES_MAX = 100000, NUMBER_SIZE = 32 };

struct reader {
    struct yaml_source source;
    enum yaml_flags flags;
    struct yaml_anchors anchors; /* of the current document */
    size_t copies;               /* values copied for anchors and aliases, in the whole file */
};

static void reader_fini(struct reader *reader)
{
    yaml_anchors_fini(&reader->anchors);
    yaml_source_fini(&reader->source);
}
DEFINE_AUTO_FINI(reader, struct reader, reader_fini);

/* Builds `node` from `event` and, if that opens a sequence or a mapping, from the events up to its end. A scalar or
 * alias with a problem gives null, and reading continues. The recursion is bounded by YAML_DEPTH_MAX. */
static int compose(struct reader *reader, const yaml_event_t *event, unsigned depth, struct yaml_document *node,
                   struct err *err);

/* Counts values before they are copied, so that a "billion laughs" file is rejected before it uses memory. */
static int charge_copies(struct reader *reader, const yaml_event_t *event, size_t nodes, struct err *err)
{
    reader->copies += nodes;
    if (reader->copies <= YAML_COPIES_MAX)
        return 0;
    return yaml_give_up(&reader->source, &event->start_mark, err,
                        "anchors and aliases repeat over %d values; use fewer of them", YAML_COPIES_MAX);
}

static int keep_anchor(struct reader *reader, const yaml_event_t *event, const yaml_char_t *name,
                       const struct yaml_document *node, struct err *err)
{
    if (!(reader->flags & YAML_ALIASES))
        return yaml_complain(&reader->source, &event->start_mark, err,
                             "anchor &%s: anchors are not supported here; write the value out wherever it is used",
                             (const char *)name);
    size_t nodes;
    unsigned depth;
    yaml_mark_measure(&node->mark, &nodes, &depth);
    if (charge_copies(reader, event, nodes, err) < 0)
        return -1;
    return yaml_anchors_add(&reader->anchors, (const char *)name, node, err);
}

/* Copies the value of the anchor. The top of the copy gets the position of the alias; values below it keep their
 * original positions, because mistakes must be fixed there. */
static int compose_alias(struct reader *reader, const yaml_event_t *event, unsigned depth, struct yaml_document *node,
                         struct err *err)
{
    const char *name = (const char *)event->data.alias.anchor;
    const struct yaml_anchor *anchor = yaml_anchors_get(&reader->anchors, name);
    const struct yaml_mark place = node->mark;
    node->value = json_null();
    if (!(reader->flags & YAML_ALIASES))
        return yaml_complain(&reader->source, &event->start_mark, err,
                             "alias *%s: aliases are not supported here; write the value out", name);

    if (!anchor)
        return yaml_complain(&reader->source, &event->start_mark, err,
                             "alias *%s: there is no complete value with anchor &%s before it", name, name);
    if (depth + anchor->depth > YAML_DEPTH_MAX + 1) /* the last level of the anchor has only scalars */
        return yaml_give_up(&reader->source, &event->start_mark, err, "alias *%s leads to over %d levels of nesting",
                            name, YAML_DEPTH_MAX);
    if (charge_copies(reader, event, anchor->nodes, err) < 0 || yaml_node_copy(&anchor->node, node, err) < 0)
        return -1;

    node->mark.line = place.line;
    node->mark.column = place.column;
    return 0;
}

static int compose_sequence(struct reader *reader, const yaml_event_t *start, unsigned depth,
                            struct yaml_document *node, struct err *err)
{
    const yaml_char_t *tag = start->data.sequence_start.tag;
    node->value = json_array();
    if (!node->value)
        return err_nomem(err);
    if (tag && !yaml_tag_is(tag, "seq") && yaml_complain_of_tag(&reader->source, start, tag, "!!seq", err) < 0)
        return -1;

    for (;;) {
        AUTO(event) event = {0};
        AUTO(yaml_document) element = {0};
        if (yaml_source_next(&reader->source, &event, err) < 0)
            return -1;
        if (event.type == YAML_SEQUENCE_END_EVENT)
            return 0;
        if (compose(reader, &event, depth + 1, &element, err) < 0 || yaml_node_append(node, &element, err) < 0)
            return -1;
    }
}

/* Returns the text of a key; like kubectl, takes the JSON text of booleans and numbers. Returns NULL for a value that
 * cannot be a key. */
static const char *key_text(const json_t *key, char number[NUMBER_SIZE])
{
    if (json_is_string(key))
        return json_string_value(key);
    return json_scalar_text(key, number, NUMBER_SIZE) ? number : NULL;
}

/* A key and its value, before they become a member of the mapping. */
struct pair {
    struct yaml_document key, value;
    bool merge;       /* the key is << */
    bool key_refused; /* the key is invalid and was reported */
};

static void pair_fini(struct pair *pair)
{
    yaml_document_fini(&pair->key);
    yaml_document_fini(&pair->value);
}
DEFINE_AUTO_FINI(pair, struct pair, pair_fini);

static bool is_merge_key(const yaml_event_t *key)
{
    return key->type == YAML_SCALAR_EVENT && key->data.scalar.plain_implicit && !key->data.scalar.tag &&
           strcmp((const char *)key->data.scalar.value, "<<") == 0;
}

static int read_pair(struct reader *reader, const yaml_event_t *key, unsigned depth, struct pair *pair, struct err *err)
{
    AUTO(event) event = {0};
    size_t complaints = reader->source.complaints;
    pair->merge = is_merge_key(key);
    if (compose(reader, key, depth + 1, &pair->key, err) < 0)
        return -1;

    pair->key_refused = reader->source.complaints > complaints;
    if (yaml_source_next(&reader->source, &event, err) < 0)
        return -1;
    if (compose(reader, &event, depth + 1, &pair->value, err) < 0)
        return -1;

    pair->value.mark.key_line = pair->key.mark.line;
    pair->value.mark.key_column = pair->key.mark.column;
    return 0;
}

static int add_pair(struct reader *reader, const yaml_mark_t *place, struct pair *pair, struct yaml_document *mapping,
                    struct err *err)
{
    if (pair->key_refused)
        return 0;
    char number[NUMBER_SIZE];
    const char *key = key_text(pair->key.value, number);
    if (!key)
        return yaml_complain(&reader->source, place, err, "a key must be a string; put it in quotes");
    if (json_object_get(mapping->value, key))
        return yaml_complain(&reader->source, place, err, "key \"%s\" is given twice, first on line %u", key,
                             yaml_node_mark_of(mapping, key)->key_line);
    return yaml_node_add_member(mapping, key, &pair->value, err);
}

/* Adds to the mapping those members of `source`, the value of its <<, that it lacks. If `source` is a list, the first
 * mapping that has a member gives its value. */
static int merge(struct reader *reader, struct yaml_document *mapping, struct yaml_document *source, struct err *err)
{
    yaml_mark_t place = {.line = source->mark.line - 1, .column = source->mark.column - 1};
    if (json_is_object(source->value))
        return yaml_node_merge(mapping, source, err);

    for (size_t i = 0; json_is_array(source->value) && i < source->mark.count; i++) {
        struct yaml_document element = {.value = json_array_get(source->value, i), .mark = source->mark.children[i]};
        if (!json_is_object(element.value))
            return yaml_complain(&reader->source, &place, err, "<< takes a list of mappings only");
        if (yaml_node_merge(mapping, &element, err) < 0)
            return -1;
    }

    return json_is_array(source->value)
               ? 0
               : yaml_complain(&reader->source, &place, err, "<< takes a mapping or a list of mappings");
}

static int keep_merge(struct reader *reader, const yaml_mark_t *place, struct pair *pair, struct yaml_document *merged,
                      struct err *err)
{
    if (!(reader->flags & YAML_ALIASES))
        return yaml_complain(&reader->source, place, err,
                             "merge keys (<<) are not supported here; write the members out");
    if (merged->value)
        return yaml_complain(&reader->source, place, err, "key \"<<\" is given twice; give it a list of mappings");
    *merged = TAKE(pair->value);
    return 0;
}

static int compose_mapping(struct reader *reader, const yaml_event_t *start, unsigned depth, struct yaml_document *node,
                           struct err *err)
{
    const yaml_char_t *tag = start->data.mapping_start.tag;
    AUTO(yaml_document) merged = {0}; /* merged last, so that the order of keys is that of the file */
    node->value = json_object();
    if (!node->value)
        return err_nomem(err);

    if (tag && !yaml_tag_is(tag, "map") && yaml_complain_of_tag(&reader->source, start, tag, "!!map", err) < 0)
        return -1;

    for (;;) {
        AUTO(event) event = {0};
        AUTO(pair) pair = {0};
        if (yaml_source_next(&reader->source, &event, err) < 0)
            return -1;
        if (event.type == YAML_MAPPING_END_EVENT)
            return merged.value ? merge(reader, node, &merged, err) : 0;
        if (read_pair(reader, &event, depth, &pair, err) < 0)
            return -1;
        int result = pair.merge ? keep_merge(reader, &event.start_mark, &pair, &merged, err)
                                : add_pair(reader, &event.start_mark, &pair, node, err);
        if (result < 0)
            return -1;
    }
}

static const yaml_char_t *anchor_of(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return event->data.scalar.anchor;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return event->data.sequence_start.anchor;
    return event->type == YAML_MAPPING_START_EVENT ? event->data.mapping_start.anchor : NULL;
}

static int compose(struct reader *reader, const yaml_event_t *event, unsigned depth, struct yaml_document *node,
                   struct err *err)
{
    int result;
    node->mark.line = yaml_from_one(event->start_mark.line);
    node->mark.column = yaml_from_one(event->start_mark.column);

    bool opens = event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT;
    if (opens && depth > YAML_DEPTH_MAX)
        return yaml_give_up(&reader->source, &event->start_mark, err, "over %d levels of nesting", YAML_DEPTH_MAX);
    if (event->type == YAML_ALIAS_EVENT)
        return compose_alias(reader, event, depth, node, err);

    if (event->type == YAML_SEQUENCE_START_EVENT)
        result = compose_sequence(reader, event, depth, node, err);
    else if (event->type == YAML_MAPPING_START_EVENT)
        result = compose_mapping(reader, event, depth, node, err);
    else
        result = yaml_leaf(&reader->source, event, &node->value, err);

    const yaml_char_t *anchor = anchor_of(event);
    return result == 0 && anchor ? keep_anchor(reader, event, anchor, node, err) : result;
}

/* Appends `document` to the others, unless it is empty. */
static int keep_document(struct yaml_documents *documents, struct yaml_document *document, struct err *err)
{
    if (json_is_null(document->value))
        return 0;
    if (!GROW(documents->items, documents->count))
        return err_nomem(err);
    documents->items[documents->count++] = TAKE(*document);
    return 0;
}

static int read_documents(struct reader *reader, struct yaml_documents *documents, struct err *err)
{
    for (;;) {
        AUTO(event) event = {0};
        AUTO(yaml_document) document = {0};

        if (yaml_source_next(&reader->source, &event, err) < 0)
            return -1;
        if (event.type == YAML_STREAM_END_EVENT)
            return 0;

        if (event.type == YAML_STREAM_START_EVENT || event.type == YAML_DOCUMENT_START_EVENT ||
            event.type == YAML_DOCUMENT_END_EVENT)
            continue;

        if (compose(reader, &event, 1, &document, err) < 0 || keep_document(documents, &document, err) < 0)
            return -1;
        yaml_anchors_fini(&reader->anchors); /* an anchor is valid in its document only */
    }
}

/* Sets the error for a file with problems: the first of them, and how many there are. */
static int complaints_error(const char *file, const struct problems *problems, size_t first, struct err *err)
{
    if (problems->out_of_memory)
        return err_nomem(err);
    if (problems->count == first)
        return err_set(err, ERR_INVALID, "%s: not readable", file);
    const struct problem *problem = &problems->items[first];
    size_t more = problems->count - first - 1;
    (void)err_set(err, ERR_INVALID, "%s:%u:%u: %s", problem->file, problem->line, problem->column, problem->text);
    return more == 0 ? -1 : err_wrap(err, "%zu problems, the first", more + 1);
}

static int read_text(const char *file, const char *text, size_t length, struct yaml_start start, enum yaml_flags flags,
                     struct yaml_documents *ret_documents, struct problems *problems, struct err *err)
{
    if (length > YAML_BYTES_MAX) {
        problems_add(problems, file, 0, 0, "%zu bytes, must be %d at most", length, YAML_BYTES_MAX);
        return err_set(err, ERR_INVALID, "%s: %zu bytes, must be %d at most", file, length, YAML_BYTES_MAX);
    }

    size_t first = problems->count;
    AUTO(reader) reader = {.flags = flags};
    AUTO(yaml_documents) documents = {0};
    if (yaml_source_init(&reader.source, file, text, length, start, problems, err) < 0)
        return -1;

    int result = read_documents(&reader, &documents, err);
    if (result < 0 && err->code != ERR_INVALID)
        return -1;
    if (result < 0 || reader.source.complaints > 0)
        return complaints_error(file, problems, first, err);

    *ret_documents = TAKE(documents);
    return 0;
}

int yaml_read(const char *file, const char *text, size_t length, enum yaml_flags flags,
              struct yaml_documents *ret_documents, struct problems *problems, struct err *err)
{
    return read_text(file, text, length, (struct yaml_start){1, 1, 0}, flags, ret_documents, problems, err);
}

int yaml_read_part(const char *file, const char *text, size_t length, struct yaml_start start, enum yaml_flags flags,
                   struct yaml_document *ret_document, struct problems *problems, struct err *err)
{
    AUTO(yaml_documents) documents = {0};
    if (read_text(file, text, length, start, flags, &documents, problems, err) < 0)
        return -1;

    if (documents.count > 1) {
        const struct yaml_mark *second = &documents.items[1].mark;
        problems_add(problems, file, second->line, second->column,
                     "a second document begins here; only one may be given");
        return problems_check(problems, err);
    }

    *ret_document = documents.count == 1 ? TAKE(documents.items[0]) : (struct yaml_document){0};
    return 0;
}
