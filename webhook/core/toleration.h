/* Taints and tolerations (core/v1). */
#ifndef GPUSLICE_CORE_TOLERATION_H
#define GPUSLICE_CORE_TOLERATION_H

#include "json/decode.h"

#include <stdint.h>

struct taint {
    char *key;
    char *value;  /* "" when absent */
    char *effect; /* NoSchedule, PreferNoSchedule, NoExecute */
};

struct taints {
    struct taint *items;
    size_t count;
};

struct toleration {
    const char *key;    /* "" or NULL: every key (with Exists) */
    const char *op;     /* "" or NULL: Equal. Exists, Equal; others are unknown to this program */
    const char *value;  /* "" or NULL: the empty value */
    const char *effect; /* "" or NULL: every effect */
    bool has_seconds;
    int64_t seconds; /* tolerationSeconds; only with NoExecute */
};

#define TOLERATION_SECONDS_MAX INT64_C(31536000000) /* a thousand years; the most that decode_tolerations() accepts */

struct tolerations {
    struct toleration *items; /* owns its strings when decoded or added */
    size_t count;
};

void taints_fini(struct taints *list);
void tolerations_fini(struct tolerations *list);
/* These copy their arguments. Errors: ERR_NOMEM. */
MUST_CHECK int taints_add(struct taints *list, const char *key, const char *value, const char *effect, struct err *err);
MUST_CHECK int tolerations_add(struct tolerations *list, const struct toleration *item, struct err *err);

void decode_taints(const struct node *node, void *target);      /* struct taints */
void decode_tolerations(const struct node *node, void *target); /* struct tolerations; strict, core/v1 validation */

/* True if `a` tolerates every taint that `b` tolerates, for at least as long. An empty key with Exists covers all keys,
 * an empty effect all effects; Exists covers Equal with any value; no seconds means indefinitely. An operator other
 * than Exists and Equal covers, and is covered by, only itself. */
bool toleration_covers(const struct toleration *a, const struct toleration *b);

#endif
