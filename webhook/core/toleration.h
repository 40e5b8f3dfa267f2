/* Taints and tolerations (core/v1). */
#pragma once

#include "json/decode.h"

#include <stdint.h>

struct taint {
    char *key;
    char *value;  /* "" if absent */
    char *effect; /* NoSchedule, PreferNoSchedule, NoExecute */
};

struct taints {
    struct taint *items;
    size_t count;
};

struct toleration {
    const char *key;    /* "" or NULL: every key */
    const char *op;     /* "Exists" or "Equal"; "" or NULL: Equal. Others are unknown to this program */
    const char *value;  /* "" or NULL: the empty value */
    const char *effect; /* "" or NULL: every effect */
    bool has_seconds;
    int64_t seconds; /* tolerationSeconds; only matters for NoExecute */
};

#define TOLERATION_SECONDS_MAX INT64_C(31536000000) /* a thousand years; the limit of decode_tolerations() */

struct tolerations {
    struct toleration *items; /* each owns its strings if decode_tolerations() or tolerations_add() added it */
    size_t count;
};

void taints_fini(struct taints *list);
void tolerations_fini(struct tolerations *list);
/* These copy their arguments. Errors: ERR_NOMEM. */
MUST_CHECK int taints_add(struct taints *list, const char *key, const char *value, const char *effect, struct err *err);
MUST_CHECK int tolerations_add(struct tolerations *list, const struct toleration *item, struct err *err);

/* True if the list has a taint with that key and effect. Each may be NULL, which no taint has. */
bool taints_have(const struct taints *list, const char *key, const char *effect);

/* Decode arrays, with the rules of core/v1 validation. */
void decode_taints(const struct node *node, void *target);      /* target: struct taints */
void decode_tolerations(const struct node *node, void *target); /* target: struct tolerations */

/* True if `a` tolerates every taint that `b` tolerates, for at least as long. An empty key covers all keys, an empty
 * effect covers all effects, and Exists covers Equal with any value. Without seconds, a taint is tolerated
 * indefinitely. A toleration with an unknown operator covers, and is covered by, only one with equal members. */
bool toleration_covers(const struct toleration *a, const struct toleration *b);
