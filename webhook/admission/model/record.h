/* The record, annotation gpuslice.dev/applied: what was done to a pod and what it replaced. It is a hint, never a
 * proof, because the author of a pod can write one. Shape: docs/decisions.md#the-record. */
#pragma once

#include "base/buf.h"
#include "gpu/resource.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

/* The most GPU resources of one container in a record; it is also the most GPU resources that a container may ask for
 * to be one that a record names. */
enum { RECORD_ASKS_MAX = 16 };

/* What the record says of one container. */
struct record_entry {
    const char *name;
    /* GPU resources with their quantities before the change: {"nvidia.com/gpu":1}. NULL in records of versions that did
     * not keep them. Each value is a whole number from 1 to RECORD_QUANTITY_MAX. */
    const cJSON *was;
};

#define RECORD_QUANTITY_MAX INT64_C(9007199254740992) /* 2^53: a double has every integer up to here */

struct record {
    cJSON *json; /* owns all strings; NULL if there is no record that parses */
    const char *class_name, *policy, *revision;
    struct record_entry *entries; /* sorted by name, which are unique */
    size_t count;                 /* at least 1 */
    bool has_was;                 /* each entry has `was`; else none has */
};

/* Parses the text of a record. Anything but a record as this or an earlier version writes it, such as an unknown member
 * or a quantity that is not whole and positive, leaves *ret_record empty. `names` says which resources count as GPUs.
 * Takes time n log n. Errors: ERR_NOMEM. */
MUST_CHECK int record_parse(const char *text, const struct gpu_names *names, struct record *ret_record,
                            struct err *err);
void record_fini(struct record *record);

/* Returns what the record says of the container with that name, or NULL. */
const struct record_entry *record_find(const struct record *record, const char *name);

DEFINE_AUTO_FINI(record, struct record, record_fini);
