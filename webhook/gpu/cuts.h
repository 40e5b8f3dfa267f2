/* The cuts of one GPU for a demand. A cut is a layout that fits and has at most the demand's count of each profile; if
 * any instance were added, one of the two would no longer hold. What a plan puts on one GPU is always a part of a cut.
 * Private to gpu/. */
#pragma once

#include "gpu/layout.h"

struct cut {
    unsigned counts[LAYOUT_ENTRIES_MAX]; /* of the demand's entries */
    size_t index;                        /* in the order of listing */
    uint64_t weight;                     /* cuts_weight() of the counts; set by cuts_weigh() */
    double share;                        /* how many GPUs the linear program cuts like this; set by cuts_weigh() */
};

struct cuts {
    struct cut *items; /* cuts_weigh() sorts them, the heaviest first */
    size_t count;
    size_t entry_count;
    uint64_t weights[LAYOUT_ENTRIES_MAX]; /* of one instance of each entry; no GPU weighs more than items[0] */
};

/* Lists all cuts for the demand. Errors: ERR_NOMEM. */
MUST_CHECK int cuts_list(const struct gpu_model *model, const struct layout *demand, struct cuts *ret_cuts,
                         struct err *err);
void cuts_fini(struct cuts *cuts);

/* Finds the weights that give the best lower bound for the demand, and sorts the cuts by them. Errors: ERR_NOMEM. */
MUST_CHECK int cuts_weigh(struct cuts *cuts, const struct layout *demand, struct err *err);

/* Returns the weight of that many instances of each entry. */
uint64_t cuts_weight(const struct cuts *cuts, const unsigned counts[LAYOUT_ENTRIES_MAX]);

/* Returns a lower bound for the number of GPUs: the weight of the counts divided by that of the heaviest cut, rounded
 * up. It holds for any weights; better ones make it higher. Needs cuts_weigh(). */
uint64_t cuts_bound(const struct cuts *cuts, const unsigned counts[LAYOUT_ENTRIES_MAX]);

DEFINE_AUTO_FINI(cuts, struct cuts, cuts_fini);
