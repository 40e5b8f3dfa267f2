/* The changes to a pod: a patch in which each operation has an origin, the rule that it comes from. */
#pragma once

#include "json/patch.h"
#include "policy/set.h"

enum { CHANGES_RUNS_MAX = 48 };

/* The rule that an operation comes from. */
struct origin {
    const char *kind; /* "SlicePolicy", "SliceClass", "SlicePool" */
    const char *name;
    const struct mark *mark; /* NULL if the object no longer exists */
    const char *rule;        /* static: "wholeGPU: convert" */
    bool by_guard;           /* the rule is the guard, which hides GPUs */
};

struct changes {
    struct patch patch;
    struct {
        size_t first; /* index of the first operation */
        struct origin origin;
    } runs[CHANGES_RUNS_MAX]; /* consecutive operations with the same origin, in order */
    size_t run_count;
};

void changes_init(struct changes *changes, size_t patch_max);
void changes_fini(struct changes *changes);

struct origin origin_policy(const struct policy *policy, const char *rule);
struct origin origin_class(const struct slice_class *slice_class, const char *rule);
struct origin origin_pool(const struct pool *pool, const char *rule);
/* For what is taken back; `slice_class` is NULL if the record's class no longer exists. */
struct origin origin_record(const char *class_name, const struct slice_class *slice_class);

/* Sets the origin of the operations that follow. If there are more than CHANGES_RUNS_MAX runs, the last one includes
 * the rest. */
void changes_because(struct changes *changes, struct origin origin);

/* Returns NULL if there is no such operation. */
const struct origin *changes_origin(const struct changes *changes, size_t operation);

/* True if there are operations and all of them are the guard's. */
bool changes_are_guards(const struct changes *changes);
