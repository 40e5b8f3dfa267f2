/* The cuts of one GPU for a demand: every layout of the demand's profiles to which no further instance of them can be
 * added. Every GPU of every plan is a part of one of these cuts. Private to gpu/. */
#ifndef GPUSLICE_GPU_CUTS_H
#define GPUSLICE_GPU_CUTS_H

#include "gpu/layout.h"

struct cut {
    unsigned counts[LAYOUT_ENTRIES_MAX]; /* of the demand's entries */
    size_t index;                        /* in the order of listing */
    /* By cuts_weigh(): what it covers at most, in its units; the number of GPUs, possibly a fraction, that the linear
     * program cuts like this. */
    uint64_t weight;
    double share;
};

struct cuts {
    struct cut *items; /* cuts_weigh() sorts them, the heaviest first */
    size_t count;
    size_t entry_count;
    uint64_t weights[LAYOUT_ENTRIES_MAX]; /* of one instance of an entry: a GPU covers no more than items[0].weight */
};

/* Counts do not exceed those of the demand. Errors: ERR_NOMEM. */
MUST_CHECK int cuts_list(const struct gpu_model *model, const struct layout *demand, struct cuts *ret_cuts,
                         struct err *err);
void cuts_fini(struct cuts *cuts);

/* Finds the weights that give the best lower bound for the demand, and sorts the cuts by them. Errors: ERR_NOMEM. */
MUST_CHECK int cuts_weigh(struct cuts *cuts, const struct layout *demand, struct err *err);

/* Returns the weight of that many instances of each entry. */
uint64_t cuts_weight(const struct cuts *cuts, const unsigned counts[LAYOUT_ENTRIES_MAX]);

/* Returns the least number of GPUs that can suffice: the weighted demand divided by what one GPU can cover. Exact
 * integers, so the bound holds no matter how good the weights are. */
uint64_t cuts_bound(const struct cuts *cuts, const unsigned counts[LAYOUT_ENTRIES_MAX]);

DEFINE_AUTO_FINI(cuts, struct cuts, cuts_fini);

#endif
