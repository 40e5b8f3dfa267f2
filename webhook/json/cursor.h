/* One cursor over a value, its mark and its path.
 *
 * A node is passed and kept by value. It borrows everything that it points to, and lives as long as its document. */
#ifndef GPUSLICE_JSON_CURSOR_H
#define GPUSLICE_JSON_CURSOR_H

#include "json/yaml_read.h"

#include <stdbool.h>

struct document;

/* A position in a file, which may be kept after the document is gone. */
struct mark {
    const char *file;
    unsigned line, column;
};

struct node {
    const struct document *document;
    const json_t *value;          /* NULL where nothing stands */
    const struct yaml_mark *mark; /* of the value; where it is absent, of what should hold it */
    const char *key;              /* of a member of an object; NULL for roots and elements */
    size_t index;                 /* among the members or elements of what holds it */
};

/* What all nodes of one value share. At a fixed address while there are nodes. */
struct document {
    const char *file;
    struct problems *problems; /* NULL where nobody reports any */
    void *context;             /* for the caller's own decoders */
    const json_t *value;
    const struct yaml_mark *mark;
    struct node outer; /* what the value is a part of: an item of a List, or a string that holds a document. Paths begin
                          there. Without a document where there is nothing around. */
};

/* Of what was read; `context` and `outer` are the caller's to set. Borrows all three. */
struct document document_of(const char *file, const struct yaml_document *read, struct problems *problems);

struct node node_root(const struct document *document);

/* The member `key`. An explicit null counts as absent, as the API server has it. */
struct node node_member(struct node object, const char *key);

/* The same through several objects: node_find(pod, PATH("metadata", "name")). */
struct node node_find(struct node object, const char *const path[]);
struct node node_element(struct node array, size_t index);

/* Members of an object or elements of an array; 0 for everything else. */
size_t node_count(struct node node);

/* Every child of an object, of an array, of either; nulls like any other. They declare `child`, and take linear time.
 */
#define NODE_MEMBERS(object, child) \
    for (struct node child##_parent = (object), child = {0}; node_next_member(child##_parent, &child);)
#define NODE_ELEMENTS(array, child) \
    for (struct node child##_parent = (array), child = {0}; node_next_element(child##_parent, &child);)
#define NODE_CHILDREN(either, child) \
    for (struct node child##_parent = (either), child = {0}; node_next_child(child##_parent, &child);)
bool node_next_member(struct node object, struct node *child);
bool node_next_element(struct node array, struct node *child);
bool node_next_child(struct node node, struct node *child);

struct mark node_mark(struct node node);
struct mark node_key_mark(struct node node); /* of its key; of the value where there is none */

/* What holds the value: for the root of a document, what holds `outer`. Without a value where nothing does. Found as a
 * path is. */
struct node node_parent(struct node node);

/* "" where it is no string. */
const char *node_text(struct node node);

/* A scalar's text as it would be written ("3", "true", "a"); false for anything else, and for what `size` cannot hold.
 */
bool node_scalar(struct node node, char *ret_text, size_t size);
bool node_integer(struct node node, int64_t *ret_integer);

/* Adds the way down from the root: spec.taints[1].key, limits["nvidia.com/gpu"]; nothing for the root itself. It is
 * found by looking for the mark, so only messages should ask for it. Nothing where the document has no marks. */
void node_path(struct node node, struct buf *out);

/* Adds ".key", or ["key"] where the key needs it. */
void node_path_add_key(struct buf *path, const char *key);

/* Adds "path: formatted" at the value's place; node_problem_key() at its key's. */
void node_problem(const struct node *node, const char *format, ...) PRINTF(2, 3);
void node_problem_key(const struct node *node, const char *format, ...) PRINTF(2, 3);

/* True if the value has that jansson type; else reports "is a string, must be an object" and the like. */
bool node_expect(const struct node *node, json_type type);

#endif
