/* Small tools for jansson trees and the marks beside them. Knows no kind of object. */
#ifndef GPUSLICE_MIGRATE_TREE_H
#define GPUSLICE_MIGRATE_TREE_H

#include "json/decode.h"

/* Members of an object, elements of an array; 0 for everything else. */
size_t tree_child_count(const json_t *value);

/* Every child with its mark, nulls like any other: of an object, of an array, of either. None of NULL and of other
 * values. They declare `child`, and take linear time. */
#define TREE_MEMBERS(parent, child)  for (struct node child = {0}; tree_next_member(parent, &child);)
#define TREE_ITEMS(parent, child)    for (struct node child = {0}; tree_next_item(parent, &child);)
#define TREE_CHILDREN(parent, child) for (struct node child = {0}; tree_next(parent, &child);)
bool tree_next_member(const struct node *parent, struct node *child);
bool tree_next_item(const struct node *parent, struct node *child);
bool tree_next(const struct node *parent, struct node *child);

/* The node that `path` (keys joined by dots) leads to through objects; false if it is absent or null. `chain` holds the
 * nodes on the way, the found one last, and must live as long as it is used. */
enum { TREE_CHAIN_MAX = 8 };
struct tree_chain {
    struct node nodes[TREE_CHAIN_MAX];
    size_t count;
};
const struct node *tree_find(const struct node *root, const char *path, struct tree_chain *chain);

/* The text of a string member, or NULL. */
const char *tree_text(const json_t *object, const char *key);

/* What `path` (keys joined by dots) leads to, or NULL. */
json_t *tree_get(const json_t *object, const char *path);

/* Puts `value` (a new reference, taken over also on failure) at `path`, making the objects on the way. Keys that hold
 * dots are given apart, by `key` below `path`. -1 when out of memory. */
MUST_CHECK int tree_put(json_t *object, const char *path, json_t *value);
MUST_CHECK int tree_put_key(json_t *object, const char *path, const char *key, json_t *value);
/* Appends to the array at `path`, which is made if it is not there. */
MUST_CHECK int tree_append(json_t *object, const char *path, json_t *value);

/* A scalar as people write it: strings as they are, all else as JSON. NULL when out of memory; free() it. */
char *tree_scalar_text(const json_t *value);

/* Adds a text that must stay on one line: control characters and YAML's other line breaks become spaces. Names of the
 * input stand in comments and in the report, and must not end the one or forge a line of the other. */
void tree_add_line(struct buf *out, const char *text);

/* Puts the members of an object into the order of `keys` (ended by NULL), others behind. -1 when out of memory. */
MUST_CHECK int tree_order(json_t *object, const char *const keys[]);

#endif
