/* Finds the fewest GPUs for a demand. Depends on the cuts of one GPU, not on placements. */
#include "gpu/demand.h"

#include "gpu/cuts.h"

#include <string.h>

enum {
    STEPS_MAX = 100000, /* cuts tried: a few milliseconds */
    DEPTH_MAX = 64,     /* GPUs that are searched; the linear program gives the others */
};

/* gpus[i] GPUs are cut like items[i] in the current search, and best[i] GPUs in the best plan so far. */
struct search {
    const struct cuts *cuts;
    unsigned *gpus, *best;
    size_t steps;
};

struct rest {
    unsigned counts[LAYOUT_ENTRIES_MAX];
};

static bool rest_is_empty(const struct search *search, const struct rest *rest)
{
    for (size_t i = 0; i < search->cuts->entry_count; i++) {
        if (rest->counts[i] > 0)
            return false;
    }
    return true;
}

/* Subtracts what one GPU with this cut has. Returns false if the rest needs none of it. */
static bool rest_take(const struct search *search, const struct cut *cut, struct rest *rest)
{
    bool useful = false;
    for (size_t i = 0; i < search->cuts->entry_count; i++) {
        unsigned taken = cut->counts[i] < rest->counts[i] ? cut->counts[i] : rest->counts[i];
        rest->counts[i] -= taken;
        useful = useful || taken > 0;
    }
    return useful;
}

/* True if `left` GPUs can cover the rest with the cuts from index `from` on. The cuts are sorted by weight, so none
 * weighs more than the one before, and the GPUs of any plan can be put into that order. Counts steps, and returns false
 * when they run out. */
static bool search_cover(struct search *search, size_t from, unsigned left, const struct rest *rest)
{
    if (rest_is_empty(search, rest))
        return true;
    if (left == 0)
        return false;

    uint64_t weight = cuts_weight(search->cuts, rest->counts);
    for (size_t i = from; i < search->cuts->count; i++) {
        const struct cut *cut = &search->cuts->items[i];
        if (weight > cut->weight * left || search->steps == STEPS_MAX)
            return false;
        search->steps++;
        struct rest next = *rest;
        if (!rest_take(search, cut, &next))
            continue;
        search->gpus[i]++;
        if (search_cover(search, i, left - 1, &next))
            return true;
        search->gpus[i]--;
    }

    return false;
}

/* Takes as many GPUs of each cut as the linear program does, rounded down, minus `less`. Returns their number. */
static unsigned take_shares(struct search *search, unsigned less, struct rest *rest)
{
    unsigned taken = 0;
    for (size_t i = 0; i < search->cuts->count; i++) {
        unsigned whole = (unsigned)(search->cuts->items[i].share + 1e-6); /* a share of 2.9999999 is 3 */
        search->gpus[i] = whole > less ? whole - less : 0;
        taken += search->gpus[i];
        for (unsigned n = 0; n < search->gpus[i]; n++)
            (void)rest_take(search, &search->cuts->items[i], rest);
    }
    return taken;
}

/* Covers the rest GPU by GPU, each with the cut that covers most of it, which need not give the fewest GPUs. Returns
 * the number of GPUs. */
static unsigned cover_greedily(struct search *search, struct rest *rest)
{
    unsigned count = 0;
    for (; !rest_is_empty(search, rest); count++) {
        size_t best = 0;
        uint64_t best_left = UINT64_MAX;
        for (size_t i = 0; i < search->cuts->count; i++) {
            struct rest next = *rest;
            if (rest_take(search, &search->cuts->items[i], &next) &&
                cuts_weight(search->cuts, next.counts) < best_left) {
                best = i;
                best_left = cuts_weight(search->cuts, next.counts);
            }
        }
        (void)rest_take(search, &search->cuts->items[best], rest);
        search->gpus[best]++;
    }

    return count;
}

enum verdict { VERDICT_FOUND, VERDICT_IMPOSSIBLE, VERDICT_OPEN };

/* Searches for a plan with that many GPUs: first with as many of the linear program's GPUs as possible, then with fewer
 * and fewer. If the search fails even without any of these, there is no plan. */
static enum verdict search_plan(struct search *search, unsigned gpus, const struct rest *demand)
{
    for (unsigned less = 0;; less++) {
        struct rest rest = *demand;
        unsigned taken = take_shares(search, less, &rest);

        if (taken > gpus)
            continue;
        if (gpus - taken > DEPTH_MAX)
            return VERDICT_OPEN;

        if (search_cover(search, 0, gpus - taken, &rest))
            return VERDICT_FOUND;
        if (search->steps == STEPS_MAX)
            return VERDICT_OPEN;
        if (taken == 0)
            return VERDICT_IMPOSSIBLE;
    }
}

static int check_demand(const struct gpu_model *model, const struct layout *demand, struct err *err)
{
    uint64_t instances = layout_total(model, demand, BUDGET_INSTANCES).needed;
    if (instances > DEMAND_INSTANCES_MAX)
        return err_set(err, ERR_LIMIT, "%llu slices are more than can be planned; ask for at most %d",
                       (unsigned long long)instances, DEMAND_INSTANCES_MAX);
    return 0;
}

static struct rest rest_of(const struct layout *demand)
{
    struct rest rest = {{0}};
    for (size_t i = 0; i < demand->count; i++)
        rest.counts[i] = demand->entries[i].count;
    return rest;
}

static bool layouts_equal(const struct layout *a, const struct layout *b)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->entries[i].count != b->entries[i].count)
            return false;
    }
    return true;
}

static void add_share(struct demand_plan *plan, const struct layout *layout)
{
    struct demand_share *last = plan->share_count ? &plan->shares[plan->share_count - 1] : NULL;
    if (last && layouts_equal(&last->layout, layout))
        last->gpus++;
    else
        plan->shares[plan->share_count++] = (struct demand_share){*layout, 1};
}

/* Records each GPU's share of the demand; equal shares are grouped. */
static int write_shares(const struct search *search, const struct layout *demand, struct demand_plan *plan,
                        struct err *err)
{
    struct rest rest = rest_of(demand);
    plan->shares = calloc(plan->gpus + 1, sizeof(*plan->shares));
    if (!plan->shares)
        return err_nomem(err);

    for (size_t i = 0; i < search->cuts->count; i++) {
        for (unsigned n = 0; n < search->best[i]; n++) {
            const struct rest before = rest;
            struct layout layout = *demand;
            (void)rest_take(search, &search->cuts->items[i], &rest);
            for (size_t j = 0; j < demand->count; j++)
                layout.entries[j].count = before.counts[j] - rest.counts[j];
            add_share(plan, &layout);
        }
    }

    return 0;
}

static void keep_best(struct search *search)
{
    memcpy(search->best, search->gpus, search->cuts->count * sizeof(*search->best));
}

static void improve_plan(struct search *search, const struct rest *whole, struct demand_plan *plan)
{
    while (plan->at_least < plan->gpus) {
        switch (search_plan(search, plan->at_least, whole)) {
        case VERDICT_OPEN:
            return;
        case VERDICT_IMPOSSIBLE:
            plan->at_least++;
            break;
        case VERDICT_FOUND:
            plan->gpus = plan->at_least;
            keep_best(search);
            break;
        }
    }
}

static int plan_with(struct search *search, const struct layout *demand, struct demand_plan *plan, struct err *err)
{
    const struct rest whole = rest_of(demand);
    struct rest rest = whole;
    plan->at_least = (unsigned)cuts_bound(search->cuts, whole.counts);
    plan->gpus = take_shares(search, 0, &rest);
    plan->gpus += cover_greedily(search, &rest);
    keep_best(search);
    improve_plan(search, &whole, plan);
    return write_shares(search, demand, plan, err);
}

int demand_plan(const struct gpu_model *model, const struct layout *demand, struct demand_plan *ret_plan,
                struct err *err)
{
    AUTO(cuts) cuts = {0};
    AUTO(demand_plan) plan = {0};
    if (check_demand(model, demand, err) < 0 || cuts_list(model, demand, &cuts, err) < 0 ||
        cuts_weigh(&cuts, demand, err) < 0)
        return -1;

    unsigned *both = calloc(cuts.count + 1, 2 * sizeof(unsigned));
    struct search search = {.cuts = &cuts, .gpus = both, .best = both ? both + cuts.count : NULL};
    int result = both ? plan_with(&search, demand, &plan, err) : err_nomem(err);
    free(both);
    if (result < 0)
        return -1;

    *ret_plan = TAKE(plan);
    return 0;
}

void demand_plan_fini(struct demand_plan *plan)
{
    free(plan->shares);
    *plan = (struct demand_plan){0};
}

/* Returns how many GPUs with this cut the demand needs, or 0 if the cut lacks one of its profiles. */
static unsigned repetitions(const struct cut *cut, const struct layout *demand)
{
    unsigned most = 0;
    for (size_t i = 0; i < demand->count; i++) {
        if (cut->counts[i] == 0)
            return 0;
        unsigned needed = (demand->entries[i].count + cut->counts[i] - 1) / cut->counts[i];
        most = needed > most ? needed : most;
    }
    return most;
}

int demand_repeat(const struct gpu_model *model, const struct layout *demand, struct demand_share *ret_share,
                  struct err *err)
{
    AUTO(cuts) cuts = {0};
    if (check_demand(model, demand, err) < 0 || cuts_list(model, demand, &cuts, err) < 0)
        return -1;

    struct demand_share best = {.layout = *demand};
    uint64_t best_memory = 0;
    for (size_t i = 0; i < cuts.count; i++) {
        struct demand_share share = {.layout = *demand, .gpus = repetitions(&cuts.items[i], demand)};
        for (size_t j = 0; j < demand->count; j++)
            share.layout.entries[j].count = cuts.items[i].counts[j];
        uint64_t memory = layout_total(model, &share.layout, BUDGET_MEMORY).needed;
        if (share.gpus == 0 ||
            (best.gpus > 0 && (share.gpus > best.gpus || (share.gpus == best.gpus && memory <= best_memory))))
            continue;
        best = share;
        best_memory = memory;
    }

    *ret_share = best;
    return 0;
}
