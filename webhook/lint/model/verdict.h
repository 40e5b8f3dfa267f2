/* Can Karpenter make a node for a pod, and will the pod's GPU be there? The rules in the order of Karpenter's scheduler
 * (pkg/controllers/provisioning/scheduling, v1.14.1), for GPU resources only: CPUs and memory are not compared. */
#ifndef GPUSLICE_LINT_MODEL_VERDICT_H
#define GPUSLICE_LINT_MODEL_VERDICT_H

#include "lint/model/subject.h"
#include "lint/rules/rules.h"

/* The later, the nearer the pod came to a node. */
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
    OBSTACLE_NONE,
};

struct verdict {
    enum obstacle obstacle;
    const struct node_pool *node_pool; /* that takes it, or came nearest; may be NULL */
    const struct need *need;           /* for KEY_UNDEFINED, VALUES, TYPE, RESTRICTED_KEY */
    const struct taint *taint;
    const char *resource; /* for RESOURCE, QUANTITY, NOT_REGISTERED, LIMITS */
    int64_t asked, most;  /* of the resource: by the pod, on the best node */
    size_t unmet;         /* requirements of the pod that the NodePool cannot meet */
};

/* On the nodes of one NodePool. */
struct verdict verdict_on(const struct lint_pod *pod, const struct node_pool *node_pool);
/* On any; the verdict of the first NodePool that takes it, else of the one that came nearest. */
struct verdict verdict_of(const struct lint_pod *pod, const struct model *model);

/* The rule that the obstacle breaks; OBSTACLE_NONE breaks none. */
enum rule_id verdict_rule(const struct verdict *verdict);
/* What happened, as the rest of a sentence that begins with the pod. */
void verdict_print(const struct verdict *verdict, const struct model *model, struct buf *out);

bool tolerates(const struct lint_pod *pod, const struct taint *taint);

/* Limits of the NodePool that no node of that machine fits under: the resource, or NULL. Karpenter launches nothing
 * that would exceed a limit. */
const char *limit_below(const struct node_pool *node_pool, const struct machine *machine);

#endif
