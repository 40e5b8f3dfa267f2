/* The changes to a pod: a patch, of which each operation knows the rule that it comes from. */
#ifndef GPUSLICE_ADMISSION_MODEL_CHANGES_H
#define GPUSLICE_ADMISSION_MODEL_CHANGES_H

#include "json/patch.h"
#include "policy/set.h"

enum { CHANGES_RUNS_MAX = 48 };

/* Who is to blame for an operation. */
struct origin {
    const char *kind; /* "SlicePolicy", "SliceClass", "SlicePool" */
    const char *name;
    const struct mark *mark;
    const char *rule; /* static: "wholeGPU: convert" */
    bool by_guard;    /* it closes the pod's view of GPUs, and gives it none */
};

struct changes {
    struct patch patch;
    struct {
        size_t first; /* operation */
        struct origin origin;
    } runs[CHANGES_RUNS_MAX]; /* of operations of one origin, in order */
    size_t run_count;
};

void changes_init(struct changes *changes, size_t patch_max);
void changes_fini(struct changes *changes);

struct origin origin_policy(const struct policy *policy, const char *rule);
struct origin origin_class(const struct slice_class *slice_class, const char *rule);
struct origin origin_pool(const struct pool *pool, const char *rule);

/* Says where the operations that follow come from. Of more than CHANGES_RUNS_MAX runs the last one stands for the rest.
 */
void changes_because(struct changes *changes, struct origin origin);

/* NULL where there is no such operation. */
const struct origin *changes_origin(const struct changes *changes, size_t operation);

/* True if there are operations, and all are the guard's. */
bool changes_are_guards(const struct changes *changes);

#endif
