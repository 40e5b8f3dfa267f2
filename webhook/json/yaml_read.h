/* Parses YAML to jansson values with their positions.
 *
 * Scalars are resolved as kubectl resolves them (sigs.k8s.io/yaml, YAML 1.1 core with its yes/no/on/off and 0-prefixed
 * octal integers). Nearly all JSON is YAML, too; json/marks.h reads all JSON. Rejected, with a position:
 * duplicate keys, keys that are not scalars, tags other than the core ones, numbers that JSON cannot hold, and more
 * than 100 levels of nesting. Texts of more than 8 MiB are rejected as a whole. */
#pragma once

#include "base/problems.h"
#include "json/unconst.h"

/* The position of a value in its file, as a tree parallel to the value. */
struct yaml_mark {
    unsigned line, column;         /* of the value, from 1 */
    unsigned key_line, key_column; /* of its key, for a member of a mapping; else 0 */
    struct yaml_mark *children;    /* in the order of the value's members or elements */
    size_t count;
    const struct yaml_mark *parent; /* set by document_of(); NULL before, and for the root */
};

struct yaml_document {
    json_t *value;
    struct yaml_mark mark;
};

struct yaml_documents {
    struct yaml_document *items;
    size_t count;
};

enum yaml_flags {
    YAML_STRICT = 0,
    YAML_ALIASES = 1, /* accept anchors, aliases and merge keys, as kubectl does; at most 100,000 nodes may result from
                         them (each anchored or repeated value counts with everything below it) */
};

/* The position of a text in its file: that of its first byte. */
struct yaml_start {
    unsigned line, column; /* from 1 */
    size_t byte;           /* from 0 */
};

/* Advances the position by the bytes of a text. Columns count characters. */
void yaml_start_pass(struct yaml_start *start, const char *text, size_t length);

/* Reads all documents of text[0..length); skips empty documents. `file` is the name for messages. Adds the problems (up
 * to 100) to `problems`; a file with a problem yields no documents. Errors: ERR_INVALID if it added problems,
 * ERR_NOMEM.
 */
MUST_CHECK int yaml_read(const char *file, const char *text, size_t length, enum yaml_flags flags,
                         struct yaml_documents *ret_documents, struct problems *problems, struct err *err);
void yaml_documents_fini(struct yaml_documents *documents);

/* Like yaml_read(), for a part of a file with at most one document: marks and messages have positions in the file.
 * *ret_document has no value if the document is empty. */
MUST_CHECK int yaml_read_part(const char *file, const char *text, size_t length, struct yaml_start start,
                              enum yaml_flags flags, struct yaml_document *ret_document, struct problems *problems,
                              struct err *err);
void yaml_document_fini(struct yaml_document *document);

DEFINE_AUTO_FINI(yaml_document, struct yaml_document, yaml_document_fini);
DEFINE_AUTO_FINI(yaml_documents, struct yaml_documents, yaml_documents_fini);
