/* Determines whether Karpenter can create a node for a pod, and whether that node will have the pod's GPU. The rules
 * are in the order of Karpenter's scheduler (pkg/controllers/provisioning/scheduling, v1.14.1). CPUs and memory are not
 * compared, apart from a NodePool's limit of cpu. */
#pragma once

#include "lint/model/subject.h"
#include "lint/rules/rules.h"

/* In the order in which a pod comes nearer to a node. */
enum obstacle {
    OBSTACLE_NO_NODE_POOL,
    OBSTACLE_CLAIMS,
    OBSTACLE_MATCH_FIELDS,
    OBSTACLE_RESTRICTED_KEY,
    OBSTACLE_NO_TERM,
    OBSTACLE_KEY_UNDEFINED,
    OBSTACLE_VALUES,
    OBSTACLE_TYPE,
    OBSTACLE_TAINT,
    OBSTACLE_RESOURCE,
    OBSTACLE_QUANTITY,
    OBSTACLE_NOT_REGISTERED,
    OBSTACLE_LIMITS,
    OBSTACLE_UNKNOWN, /* the GPUs of the instance types are not known, so the pod may be schedulable or not */
    OBSTACLE_NONE,
};

struct verdict {
    enum obstacle obstacle;
    const struct node_pool *node_pool; /* the one that accepts the pod or comes nearest; may be NULL */
    const struct need *need;           /* for KEY_UNDEFINED, VALUES, TYPE, RESTRICTED_KEY; otherwise NULL */
    const struct taint *taint;
    const char *resource; /* for RESOURCE, QUANTITY, NOT_REGISTERED, LIMITS, UNKNOWN */
    int64_t asked, most;  /* requested by the pod; available on the best node, or registered there (NOT_REGISTERED) */
    size_t unmet;         /* number of requirements of the pod that the NodePool cannot satisfy */
};

/* Returns the verdict for the nodes of one NodePool. */
struct verdict verdict_on(const struct lint_pod *pod, const struct node_pool *node_pool);
/* Returns the verdict for the first NodePool that accepts the pod, or for the one that comes nearest. */
struct verdict verdict_of(const struct lint_pod *pod, const struct model *model);

/* Returns the rule that the obstacle violates. Do not call it for OBSTACLE_NONE. */
enum rule_id verdict_rule(const struct verdict *verdict);
/* Appends the verdict as the rest of a sentence about the pod: "does not tolerate the taint ...". */
void verdict_print(const struct verdict *verdict, const struct model *model, struct buf *out);

bool tolerates(const struct lint_pod *pod, const struct taint *taint);

/* Returns a resource whose limit in the NodePool one node of that machine would exceed, or NULL. Karpenter launches no
 * such node. */
const char *limit_below(const struct node_pool *node_pool, const struct machine *machine);
