/* A cursor over a value, its mark and its path.
 *
 * A node is passed and kept by value. It borrows everything that it points to, and is valid as long as its document. */
#pragma once

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
    const json_t *value;          /* NULL if it is absent */
    const struct yaml_mark *mark; /* of the value, or of its parent if the value is absent */
    const char *key;              /* of a member of an object; NULL for roots, elements and absent members */
    size_t index;                 /* among the members or elements of the parent */
};

/* What all nodes of one value share. Must not move while nodes point to it. */
struct document {
    const char *file;
    struct problems *problems; /* may be NULL if no function that reports problems is called */
    void *context;             /* for the caller's own decoders */
    const json_t *value;
    const struct yaml_mark *mark;
    struct node outer; /* the string that holds this document; its path precedes all paths. It has no document if this
                          document is not in a string. */
};

/* Returns a document for `read`, without `context` and `outer`, which the caller may set. Borrows all three arguments,
 * and sets the parents of the marks, which must not move afterwards. */
struct document document_of(const char *file, struct yaml_document *read, struct problems *problems);

struct node node_root(const struct document *document);

/* Returns the member `key`, without a value if it is absent. An explicit null counts as absent, as for the API server.
 */
struct node node_member(struct node object, const char *key);

/* Follows the keys of a path through nested objects: node_find(pod, PATH("metadata", "name")). */
struct node node_find(struct node object, const char *const path[]);
struct node node_element(struct node array, size_t index);

/* Returns the number of members of an object or of elements of an array; 0 for other values. */
size_t node_count(struct node node);

/* Loop over all members of an object, all elements of an array, or the children of either, including nulls. The macros
 * declare `child`. A loop takes linear time, and has no rounds for a value of another type. */
#define NODE_MEMBERS(object, child) \
    for (struct node child##_parent = (object), child = {0}; node_next_member(child##_parent, &child);)
#define NODE_ELEMENTS(array, child) \
    for (struct node child##_parent = (array), child = {0}; node_next_element(child##_parent, &child);)
#define NODE_CHILDREN(either, child) \
    for (struct node child##_parent = (either), child = {0}; node_next_child(child##_parent, &child);)

/* Set *child to the child after it, or to the first one if it is zeroed. Return false after the last child. */
bool node_next_member(struct node object, struct node *child);
bool node_next_element(struct node array, struct node *child);
bool node_next_child(struct node node, struct node *child);

struct mark node_mark(struct node node);
struct mark node_key_mark(struct node node); /* of its key, or of the value if it has no key */

/* Returns the parent of the value; for the root of a document, the parent of `outer`. Returns a zeroed node if there is
 * no parent. Takes as long as node_path(). */
struct node node_parent(struct node node);

/* Returns the string, or "" if the value is not a string. */
const char *node_text(struct node node);

/* Calls json_scalar_text() for the value. */
bool node_scalar(struct node node, char *ret_text, size_t size);

/* Returns false if the value is not an integer. */
bool node_integer(struct node node, int64_t *ret_integer);

/* Adds the path of `outer` and the path from the root: spec.taints[1].key, limits["nvidia.com/gpu"]. Adds the path of
 * the parent for an absent member, and nothing for the root or for a document without marks. Counts the members of each
 * object on the way, so call it only for messages. */
void node_path(struct node node, struct buf *out);

/* Adds "key", with a dot before it if the path is not empty; or ["key"] if the key is empty or has characters other
 * than letters, digits, - and _. */
void node_path_add_key(struct buf *path, const char *key);

/* Add the problem "path: formatted": node_problem() at the position of the value, node_problem_key() at its key's. */
void node_problem(const struct node *node, const char *format, ...) PRINTF(2, 3);
void node_problem_key(const struct node *node, const char *format, ...) PRINTF(2, 3);

/* Returns "a list", "a boolean" and the like for the value, which must not be absent. */
const char *node_type(struct node node);

/* True if the value, which must not be absent, has that jansson type; JSON_TRUE and JSON_FALSE both mean any
 * boolean. Otherwise reports "is a string, must be an object" and the like. */
bool node_expect(const struct node *node, json_type type);
