/* Values with their marks, and the anchors that aliases repeat. Private to the readers of YAML and JSON, and to
 * manifest/. */
#pragma once

#include "json/yaml_read.h"

struct yaml_anchor {
    struct yaml_document node; /* a copy: the original may be freed */
    size_t nodes;              /* values in it, including itself */
    unsigned depth;            /* levels below its top */
};

struct yaml_anchors {
    struct yaml_anchor *items;
    size_t count;
    json_t *names; /* maps a name to the index of its latest anchor */
};

/* Moves `element` to the end of an array, or `member` to the end of an object that has no such key yet. Errors:
 * ERR_NOMEM. */
MUST_CHECK int yaml_node_append(struct yaml_document *array, struct yaml_document *element, struct err *err);
MUST_CHECK int yaml_node_add_member(struct yaml_document *object, const char *key, struct yaml_document *member,
                                    struct err *err);

/* Adds to `object` the members of `source` that it lacks: shares their values, and moves their marks. Errors:
 * ERR_NOMEM. */
MUST_CHECK int yaml_node_merge(struct yaml_document *object, struct yaml_document *source, struct err *err);

/* Returns the mark of a member, which must exist. */
const struct yaml_mark *yaml_node_mark_of(const struct yaml_document *object, const char *key);

/* Sets up `count` zeroed children of a mark that has none. Errors: ERR_NOMEM. */
MUST_CHECK int yaml_mark_make_children(struct yaml_mark *mark, size_t count, struct err *err);

/* Makes a deep copy. Errors: ERR_NOMEM. */
MUST_CHECK int yaml_node_copy(const struct yaml_document *node, struct yaml_document *ret_copy, struct err *err);

/* Sets *ret_nodes to the number of values in the value of the mark, including itself, and *ret_depth to the number of
 * levels below it. */
void yaml_mark_measure(const struct yaml_mark *mark, size_t *ret_nodes, unsigned *ret_depth);

/* Adds a copy of `node` under `name`. It replaces an earlier anchor of that name. Errors: ERR_NOMEM. */
MUST_CHECK int yaml_anchors_add(struct yaml_anchors *anchors, const char *name, const struct yaml_document *node,
                                struct err *err);
const struct yaml_anchor *yaml_anchors_get(const struct yaml_anchors *anchors, const char *name); /* or NULL */
void yaml_anchors_fini(struct yaml_anchors *anchors);
