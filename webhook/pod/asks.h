/* What a container asks: quantities of GPU resources and of extended resources that DRA serves, collected once. */
#ifndef GPUSLICE_POD_ASKS_H
#define GPUSLICE_POD_ASKS_H

#include "base/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ASK_TEXT_SIZE = 40 };

enum ask_kind {
    ASK_GPU,
    ASK_DEVICE_CLASS
}; /* the device plugin's resources; deviceclass.resource.kubernetes.io/ (KEP-5004) */

/* One container's quantity of one resource, in limits or requests. A quantity of zero is no ask. */
struct ask {
    char *resource; /* owned: edits take the entry away */
    enum ask_kind kind;
    int64_t quantity;         /* 0 where fault is set */
    const char *fault;        /* NULL, or why it cannot be: "is not a whole number"; static */
    char text[ASK_TEXT_SIZE]; /* the quantity as it was written; cut, for messages */
    bool plain;               /* every text of it is the number and nothing else: "1", not "1e0" */
};

struct asks {
    struct ask *items; /* sorted by resource, each once */
    size_t count;
};

/* Reads resources.limits and .requests of a container. Takes n log n for n entries. Errors: ERR_NOMEM. */
MUST_CHECK int asks_collect(const cJSON *container, struct asks *ret_asks, struct err *err);
void asks_fini(struct asks *asks);

/* NULL if it does not ask for that resource. */
const struct ask *asks_find(const struct asks *asks, const char *resource);

/* The next of that kind after `previous` (NULL: the first), or NULL. */
const struct ask *asks_next(const struct asks *asks, enum ask_kind kind, const struct ask *previous);

DEFINE_AUTO_FINI(asks, struct asks, asks_fini);

#endif
