/* Strict decoding of a document into C structs, by tables, with the position of every mistake.
 *
 *     static const struct field toleration_fields[] = {
 *         {"key", decode_string, offsetof(struct toleration, key), 0},
 *         {"operator", decode_operator, offsetof(struct toleration, op), FIELD_REQUIRED},
 *     };
 *     decode_object(node, toleration_fields, ARRAY_SIZE(toleration_fields), toleration);
 *
 * A decoder reports to node->document->problems as `file:line:column: path.to.field: what is wrong, what would be
 * right` and goes on, so that one run names every mistake. Strings are copied; the owner of the target struct frees
 * them. */
#ifndef GPUSLICE_JSON_DECODE_H
#define GPUSLICE_JSON_DECODE_H

#include "base/strlist.h"
#include "json/cursor.h"

enum field_flags { FIELD_REQUIRED = 1 };

struct field {
    const char *name;
    void (*decode)(const struct node *node, void *target);
    size_t offset; /* of the target in the struct */
    unsigned flags;
};

/* Decodes the members of an object by `fields`. Reports unknown members (with the nearest known name, or the list of
 * known ones), missing required ones, and a value that is not an object. `base` is the struct; each field gets base +
 * offset. */
void decode_object(const struct node *node, const struct field *fields, size_t count, void *base);

/* Decoders for struct field. Targets: char *, bool, int64_t, struct strlist, json_t * (a new reference). */
void decode_string(const struct node *node, void *target); /* any string */
void decode_text(const struct node *node, void *target);   /* not empty */
void decode_bool(const struct node *node, void *target);
void decode_integer(const struct node *node, void *target);
void decode_strings(const struct node *node, void *target); /* array of non-empty strings */
void decode_any(const struct node *node, void *target);     /* any value, unchanged */

/* Decodes a word of a fixed set, which NULL ends, and sets *target to its index. Reports the whole set if the word is
 * not in it. */
void decode_word(const struct node *node, const char *const words[], int *target);

/* Decodes an integer within [low, high]; the problem that it reports names both. */
void decode_integer_between(const struct node *node, int64_t low, int64_t high, int64_t *target);

#endif
