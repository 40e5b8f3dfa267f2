/* What a container requests: quantities of GPU resources, of extended resources that DRA serves, and of accelerators
 * that no slice pool offers. */
#pragma once

#include "base/err.h"
#include "gpu/resource.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ASK_TEXT_SIZE = 40 };

enum ask_kind {
    ASK_GPU,          /* a GPU resource of the device plugin, or another name that the policy set counts as a GPU */
    ASK_DEVICE_CLASS, /* deviceclass.resource.kubernetes.io/ (KEP-5004) */
    ASK_UNOFFERED,    /* another name of NVIDIA's, which no slice pool offers (RESOURCE_UNOFFERED) */
    ASK_FOREIGN,      /* another vendor's accelerator, which no slice pool offers (RESOURCE_FOREIGN) */
    ASK_NONE          /* anything else; not collected */
};

/* One container's quantity of one resource, in limits or requests. A quantity of zero is not an ask. */
struct ask {
    char *resource; /* owned, because edits remove the entry */
    enum ask_kind kind;
    int64_t quantity;  /* 0 if fault is set */
    const char *fault; /* NULL, or why it is invalid: "is not a whole number"; static */
    bool differs;      /* the fault is that limit and request are different whole numbers */
    bool plain;        /* limit and request are plain numbers: "1", not "1e0" */
    bool in_limits, in_requests;
    char limit[ASK_TEXT_SIZE], request[ASK_TEXT_SIZE]; /* as they were written, shortened, for messages */
};

struct asks {
    struct ask *items; /* sorted by resource, without duplicates */
    size_t count;
};

/* Reads resources.limits and .requests of a container; `names` says what counts as a GPU (NULL: the built-in names).
 * Takes time n log n for n entries. Errors: ERR_NOMEM. */
MUST_CHECK int asks_collect(const cJSON *container, const struct gpu_names *names, struct asks *ret_asks,
                            struct err *err);
void asks_fini(struct asks *asks);

/* The members of `resources` that hold quantities by resource (core/v1 ResourceRequirements). */
extern const char *const resource_lists[2];

/* Returns NULL if the container does not ask for that resource. */
const struct ask *asks_find(const struct asks *asks, const char *resource);

/* Returns the next ask of that kind after `previous` (NULL for the first), or NULL. */
const struct ask *asks_next(const struct asks *asks, enum ask_kind kind, const struct ask *previous);

DEFINE_AUTO_FINI(asks, struct asks, asks_fini);
