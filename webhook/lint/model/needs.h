/* Requirements with their positions, and Karpenter's rules for comparing two sets of them. Source:
 * sigs.k8s.io/karpenter pkg/scheduling/requirements.go (v1.14.1). */
#pragma once

#include "core/keyvalue.h"
#include "core/requirement.h"
#include "karpenter/label.h"
#include "lint/model/arena.h"
#include "lint/model/source.h"

struct need {
    struct node node; /* without a document if a class added it */
    struct requirement requirement;
};

struct needs {
    struct need *items;
    size_t count;
};

/* Adds each {key, operator, values} of an array. Karpenter's Gte and Lte become Gt and Lt. An expression without a key
 * is ignored. */
void needs_add_expressions(struct arena *arena, struct needs *needs, struct node list);

/* Changes requirements from index `first` on whose values Terraform, envsubst or Helm fills in later into Exists: their
 * values are not known. Those on labels that decide about GPUs stay, since instance types that are not known have rules
 * of their own. */
void needs_loosen_placeholders(struct needs *needs, size_t first);
/* Adds one `key In [value]` for each member of an object of strings. */
void needs_add_labels(struct arena *arena, struct needs *needs, struct node labels);
void needs_add_value(struct arena *arena, struct needs *needs, struct node node, const char *key, const char *value);
void needs_add(struct arena *arena, struct needs *needs, struct node node, const struct requirement *requirement);

/* Returns the first need on that key, or NULL. */
const struct need *needs_find(const struct needs *needs, const char *key);
/* Returns the value if the first need on that key allows a single one (`key In [value]`), or NULL. */
const char *needs_value(const struct needs *needs, const char *key);

/* True if the list has an equal requirement. */
bool requirements_have(const struct requirements *list, const struct requirement *wanted);

enum mismatch { MISMATCH_NONE, MISMATCH_UNDEFINED, MISMATCH_VALUES };

/* Returns MISMATCH_NONE if a node that meets `offered` can satisfy all needs in `asked`. Otherwise returns why it
 * cannot satisfy *ret_culprit, the first of those that it cannot satisfy. *ret_unmet (may be NULL) becomes the number
 * of needs that it cannot satisfy. */
enum mismatch needs_compare(const struct needs *offered, const struct needs *asked, const struct need **ret_culprit,
                            size_t *ret_unmet);

/* True if a node whose label `key` has that value (NULL: no such label) satisfies all `needs` on the key. */
bool needs_take_value(const struct needs *needs, const char *key, const char *value);

/* Adds text such as "gpuslice.dev/pool In [a, b]" to `out`. */
void need_print(const struct need *need, struct buf *out);
