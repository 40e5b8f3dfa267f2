/* Node selector requirements (core/v1 NodeSelectorRequirement), and whether one label can meet several of them. */
#pragma once

#include "json/decode.h"

#include <stddef.h>
#include <stdint.h>

enum requirement_op { OP_IN, OP_NOT_IN, OP_EXISTS, OP_DOES_NOT_EXIST, OP_GT, OP_LT, OP_OTHER };

struct requirement {
    const char *key;
    enum requirement_op op; /* OP_OTHER: an operator that this program does not know; every label meets it */
    const char *const *values;
    size_t value_count;
    bool sorted; /* the values are in byte order, so that a binary search finds them */
};

struct requirements {
    struct requirement *items; /* each owns its key and values if a decoder or requirements_add() added it */
    size_t count;
};

void requirements_fini(struct requirements *list);
/* Copies `item`. Errors: ERR_NOMEM. */
MUST_CHECK int requirements_add(struct requirements *list, const struct requirement *item, struct err *err);

/* Decodes an array of {key, operator, values}. In and NotIn need values, Exists and DoesNotExist take none, and Gt and
 * Lt take exactly one integer. Target: struct requirements. */
void decode_requirements(const struct node *node, void *target);
/* Like decode_requirements(), for a label selector (meta/v1 LabelSelectorRequirement), which has no Gt and Lt. */
void decode_selector_requirements(const struct node *node, void *target);

extern const char *const requirement_ops[];              /* names by enum requirement_op, followed by NULL */
const char *requirement_op_name(enum requirement_op op); /* "In" ... ; "" for OP_OTHER */
enum requirement_op requirement_op_parse(const char *name);

/* Parses an integer as Gt and Lt do (strconv.ParseInt(text, 10, 64)): an optional sign and digits, nothing else. */
bool requirement_integer(const char *text, int64_t *ret_integer);

/* True if both have the same key, operator and values. The order of the values does not matter. */
bool requirement_equal(const struct requirement *a, const struct requirement *b);

/* True if a label with that value (NULL: an absent label) meets the requirement. An absent label meets NotIn and
 * DoesNotExist (labels.Requirement.Matches of k8s.io/apimachinery). Always true for OP_OTHER. */
bool requirement_meets(const struct requirement *item, const char *value);

/* True if some value of one label, or its absence, meets all of `items`, which must have the same key. If there is an
 * In, tries the values of the In that has the fewest. Otherwise, if there is a Gt or Lt, tries the integers that these
 * allow. Ignores requirements of OP_OTHER. Returns true without trying if that In (otherwise all NotIn together) has
 * more than REQUIREMENT_WORK_MAX / (count + 1) values; all other results are exact. */
enum { REQUIREMENT_WORK_MAX = 65536 };
bool requirements_satisfiable(const struct requirement *const items[], size_t count);
