/* YAML text to jansson values, and where each stood.
 *
 * Scalars resolve as kubectl resolves them (sigs.k8s.io/yaml, YAML 1.1 core with its yes/no/on/off and 0-prefixed octal
 * integers). JSON is YAML, so the same function reads both. Refused with a position: duplicate keys, keys that are not
 * scalars, tags other than the core ones, numbers that JSON cannot hold, nesting over 100 levels, more than 8 MiB. */
#ifndef GPUSLICE_JSON_YAML_READ_H
#define GPUSLICE_JSON_YAML_READ_H

#include "base/problems.h"
#include "json/unconst.h"

/* Where a value stands in its file, as a tree parallel to the value. */
struct yaml_mark {
    unsigned line, column;         /* of the value, from 1 */
    unsigned key_line, key_column; /* of its key, for a member of a mapping; else 0 */
    struct yaml_mark *children;    /* in the order of the value's members or elements */
    size_t count;
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
    YAML_ALIASES = 1, /* anchors, aliases and merge keys are taken, as kubectl takes them; 100,000 nodes at most come of
                         them (each anchored or repeated value counts with all below it) */
};

/* Reads all documents of text[0..length); empty documents are left out. `file` is the name for messages. All complaints
 * go to `problems`; a file with a syntax error yields no document. Errors: ERR_INVALID when it added problems,
 * ERR_NOMEM. */
MUST_CHECK int yaml_read(const char *file, const char *text, size_t length, enum yaml_flags flags,
                         struct yaml_documents *ret_documents, struct problems *problems, struct err *err);
void yaml_documents_fini(struct yaml_documents *documents);

DEFINE_AUTO_FINI(yaml_documents, struct yaml_documents, yaml_documents_fini);

#endif
