/* Requirements with their places, and Karpenter's rules for holding two sets of them against each other.
 * Source: sigs.k8s.io/karpenter pkg/scheduling/requirements.go (v1.14.1). */
#ifndef GPUSLICE_LINT_MODEL_NEEDS_H
#define GPUSLICE_LINT_MODEL_NEEDS_H

#include "core/keyvalue.h"
#include "core/requirement.h"
#include "karpenter/label.h"
#include "lint/model/arena.h"
#include "lint/model/source.h"

struct need {
    struct node node; /* document NULL: of no file, but of a class */
    struct requirement requirement;
};

struct needs {
    struct need *items;
    size_t count;
};

/* Adds {key, operator, values}; Gte and Lte of Karpenter become Gt and Lt. What has no key is passed over. */
void needs_add_expression(struct arena *arena, struct needs *needs, struct node expression);
/* Adds one `key In [value]` for each member of an object of strings. */
void needs_add_labels(struct arena *arena, struct needs *needs, struct node labels);
void needs_add_value(struct arena *arena, struct needs *needs, struct node node, const char *key, const char *value);
void needs_add(struct arena *arena, struct needs *needs, struct node node, const struct requirement *requirement);

/* The first on that key, or NULL. */
const struct need *needs_find(const struct needs *needs, const char *key);

/* Labels that GPU feature discovery, the operator or NFD writes once a node runs: too late for Karpenter. */
bool label_is_discovered(const char *key);

enum mismatch { MISMATCH_NONE, MISMATCH_UNDEFINED, MISMATCH_VALUES };

/* Can a node of `offered` meet `asked`, key by key? *ret_culprit: the first of `asked` that it cannot, *ret_unmet (may
 * be NULL): how many there are. */
enum mismatch needs_compare(const struct needs *offered, const struct needs *asked, const struct need **ret_culprit,
                            size_t *ret_unmet);

/* Does a node whose label `key` has that value (NULL: is absent) meet all of `needs` on the key? */
bool needs_take_value(const struct needs *needs, const char *key, const char *value);

/* "gpuslice.dev/pool In [a, b]" */
void need_print(const struct need *need, struct buf *out);

#endif
