/* Node selector requirements (core/v1 NodeSelectorRequirement) and what several of them mean together. */
#ifndef GPUSLICE_CORE_REQUIREMENT_H
#define GPUSLICE_CORE_REQUIREMENT_H

#include "json/decode.h"

#include <stddef.h>
#include <stdint.h>

enum requirement_op { OP_IN, OP_NOT_IN, OP_EXISTS, OP_DOES_NOT_EXIST, OP_GT, OP_LT, OP_OTHER };

struct requirement {
    const char *key;
    enum requirement_op op; /* OP_OTHER: an operator that this program does not know; nothing is concluded from it */
    const char *const *values;
    size_t value_count;
    bool sorted; /* values are in byte order and searched by bisection */
};

struct requirements {
    struct requirement *items; /* each owns key and values if created by decode_requirements() or requirements_add() */
    size_t count;
};

void requirements_fini(struct requirements *list);
/* Copies `item`. Errors: ERR_NOMEM. */
MUST_CHECK int requirements_add(struct requirements *list, const struct requirement *item, struct err *err);

/* Decoder: an array of {key, operator, values}, strict: In and NotIn need values, Exists and DoesNotExist take none, Gt
 * and Lt exactly one integer. Target: struct requirements. */
void decode_requirements(const struct node *node, void *target);
/* The same for a label selector (meta/v1 LabelSelectorRequirement), which has no Gt and Lt. */
void decode_selector_requirements(const struct node *node, void *target);

extern const char *const requirement_ops[];              /* their names by enum requirement_op, ended by NULL */
const char *requirement_op_name(enum requirement_op op); /* "In" ... ; "" for OP_OTHER */
enum requirement_op requirement_op_parse(const char *name);

/* Parses a number as Gt and Lt do (strconv.ParseInt(text, 10, 64)): a sign and digits, nothing else. */
bool requirement_integer(const char *text, int64_t *ret_integer);

/* True if key, operator and set of values are equal, in any order. */
bool requirement_equal(const struct requirement *a, const struct requirement *b);

/* True if a label with that value (NULL: absent) meets it. An absent label meets NotIn and DoesNotExist
 * (labels.Requirement.Matches of k8s.io/apimachinery). Always true for OP_OTHER. */
bool requirement_meets(const struct requirement *item, const char *value);

/* True if some value of one label, or its absence, meets all of `items`, which must have the same key. Tries each value
 * of the smallest In, or else reasons about bounds (Gt and Lt compare as integers; a value that is not an integer never
 * meets them). Ignores requirements of OP_OTHER. Exact, unless the number of values times the number of requirements
 * exceeds REQUIREMENT_WORK_MAX: then returns true without trying. */
enum { REQUIREMENT_WORK_MAX = 65536 };
bool requirements_satisfiable(const struct requirement *const items[], size_t count);

#endif
