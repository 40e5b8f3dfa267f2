/* Node selector requirements (core/v1 NodeSelectorRequirement) and what several of them mean together. */
#ifndef GPUSLICE_CORE_REQUIREMENT_H
#define GPUSLICE_CORE_REQUIREMENT_H

#include "json/decode.h"

#include <stddef.h>
#include <stdint.h>

enum requirement_op { OP_IN, OP_NOT_IN, OP_EXISTS, OP_DOES_NOT_EXIST, OP_GT, OP_LT, OP_OTHER };

struct requirement {
    const char *key;
    enum requirement_op op; /* OP_OTHER: a newer operator than this program knows; nothing is concluded from it */
    const char *const *values;
    size_t value_count;
    bool sorted; /* values are in byte order: looked up by binary search */
};

struct requirements {
    struct requirement *items; /* each owns key and values when made by decode_requirements() or requirements_add() */
    size_t count;
};

void requirements_fini(struct requirements *list);
/* Copies. Errors: ERR_NOMEM. */
MUST_CHECK int requirements_add(struct requirements *list, const struct requirement *item, struct err *err);

/* Decoder: an array of {key, operator, values}, strict: In and NotIn need values, Exists and DoesNotExist take none, Gt
 * and Lt exactly one integer. Target: struct requirements. */
void decode_requirements(const struct node *node, void *target);
/* The same for a label selector (meta/v1 LabelSelectorRequirement), which has no Gt and Lt. */
void decode_selector_requirements(const struct node *node, void *target);

const char *requirement_op_name(enum requirement_op op); /* "In" ... ; "" for OP_OTHER */
enum requirement_op requirement_op_parse(const char *name);

/* A number as Gt and Lt read it (strconv.ParseInt(text, 10, 64)): a sign, digits, nothing else. */
bool requirement_integer(const char *text, int64_t *ret_integer);

/* Same key, operator and set of values, in whatever order. */
bool requirement_equal(const struct requirement *a, const struct requirement *b);

/* Does a label of that value (NULL: absent) meet it? NotIn and DoesNotExist are met by absence
 * (labels.Requirement.Matches of k8s.io/apimachinery). Of OP_OTHER: true. */
bool requirement_meets(const struct requirement *item, const char *value);

/* Can any value of one label, or its absence, meet all of `items`? They must have the same key. Finite sets are decided
 * by trying each value of the smallest In, otherwise by reasoning about bounds (Gt and Lt compare as integers; a value
 * that is no integer never meets them). Requirements of OP_OTHER are passed over. Exact, unless values to try times
 * requirements are more than REQUIREMENT_WORK_MAX: then the answer is yes, untried. */
enum { REQUIREMENT_WORK_MAX = 65536 };
bool requirements_satisfiable(const struct requirement *const items[], size_t count);

#endif
