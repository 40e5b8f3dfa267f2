/* Plans a demand for more slices than one GPU has: the fewest GPUs, and how each of them is cut.
 *
 * The layouts to which nothing can be added are listed first. A linear program over these gives a lower bound and most
 * of the GPUs. A search finds how to cut the few others. It is limited by steps, not by time, so that the answer is the
 * same on every machine. If it completes, `at_least` equals `gpus`; otherwise the minimum is between the two. */
#pragma once

#include "gpu/layout.h"

enum { DEMAND_INSTANCES_MAX = 10000 };

struct demand_share {
    struct layout layout; /* the entries of the demand, with the counts of one GPU */
    unsigned gpus;        /* number of GPUs that are cut like this */
};

struct demand_plan {
    struct demand_share *shares;
    size_t share_count;
    unsigned gpus;     /* the sum over the shares */
    unsigned at_least; /* fewer do not suffice */
};

/* The entries of the demand must have distinct profiles of the model, and counts of at least 1. Errors: ERR_LIMIT for
 * more than DEMAND_INSTANCES_MAX instances in all, ERR_NOMEM. */
MUST_CHECK int demand_plan(const struct gpu_model *model, const struct layout *demand, struct demand_plan *ret_plan,
                           struct err *err);
void demand_plan_fini(struct demand_plan *plan);

/* Finds the layout that serves the demand on the fewest GPUs if every GPU is cut the same way, as in a pool; of
 * several, the one with the most memory. ret_share->gpus is 0 if no layout has all profiles of the demand. Conditions
 * and errors are those of demand_plan(). */
MUST_CHECK int demand_repeat(const struct gpu_model *model, const struct layout *demand, struct demand_share *ret_share,
                             struct err *err);

DEFINE_AUTO_FINI(demand_plan, struct demand_plan, demand_plan_fini);
