/* Lists the cuts of one GPU, and weighs them by linear programming.
 *
 * The program is the dual of covering a demand by cuts: maximize the sum of demand x weight over the profiles, so that
 * no cut weighs more than 1. It has at most a few hundred rows and a dozen columns, so a dense dictionary and Bland's
 * rule are enough (Chvatal, Linear Programming, chapters 2 and 3). */
#include "gpu/cuts.h"

#include "base/vec.h"

#include <math.h>

enum { PIVOTS_MAX = 2000, WEIGHT_SCALE = 1 << 20 };
#define EPSILON 1e-9

/* Listing. */

struct listing {
    const struct gpu_model *model;
    const struct layout *demand;
    struct cuts cuts;
    struct err *err;
};

static bool takes_no_more(const struct listing *listing, const struct layout *part)
{
    struct layout wider = *part;
    for (size_t i = 0; i < wider.count; i++) {
        if (wider.entries[i].count == listing->demand->entries[i].count)
            continue;
        wider.entries[i].count++;
        if (layout_fits(listing->model, &wider))
            return false;
        wider.entries[i].count--;
    }
    return true;
}

static int add_if_cut(const struct layout *part, void *context)
{
    struct listing *listing = context;
    struct cuts *cuts = &listing->cuts;
    if (!takes_no_more(listing, part))
        return 0;
    if (!GROW(cuts->items, cuts->count))
        return err_nomem(listing->err);
    struct cut cut = {.index = cuts->count};
    for (size_t i = 0; i < part->count; i++)
        cut.counts[i] = part->entries[i].count;
    cuts->items[cuts->count++] = cut;
    return 0;
}

int cuts_list(const struct gpu_model *model, const struct layout *demand, struct cuts *ret_cuts, struct err *err)
{
    struct listing listing = {.model = model, .demand = demand, .cuts.entry_count = demand->count, .err = err};
    if (layout_visit_parts(model, demand, add_if_cut, &listing) < 0) {
        cuts_fini(&listing.cuts);
        return -1;
    }
    *ret_cuts = listing.cuts;
    return 0;
}

void cuts_fini(struct cuts *cuts)
{
    free(cuts->items);
    *cuts = (struct cuts){0};
}

/* The linear program as a dictionary: basic[i] = value(i, last) - sum of value(i, j) x nonbasic[j]. Variables below
 * entry_count are the weights of the profiles; the others are the slacks of the cuts. */

struct dictionary {
    size_t rows, columns; /* the last row is the objective, the last column the constants */
    double *values;
    size_t *basic, *nonbasic;
};

static double *cell(const struct dictionary *dictionary, size_t row, size_t column)
{
    return &dictionary->values[row * (dictionary->columns + 1) + column];
}

static void dictionary_fini(struct dictionary *dictionary)
{
    free(dictionary->values);
    free(dictionary->basic);
    free(dictionary->nonbasic);
}

DEFINE_AUTO_FINI(dictionary, struct dictionary, dictionary_fini);

static int dictionary_init(const struct cuts *cuts, const struct layout *demand, struct dictionary *dictionary,
                           struct err *err)
{
    dictionary->rows = cuts->count;
    dictionary->columns = cuts->entry_count;
    dictionary->values = calloc((dictionary->rows + 1) * (dictionary->columns + 1), sizeof(double));
    dictionary->basic = calloc(dictionary->rows + 1, sizeof(size_t));
    dictionary->nonbasic = calloc(dictionary->columns + 1, sizeof(size_t));
    if (!dictionary->values || !dictionary->basic || !dictionary->nonbasic)
        return err_nomem(err);

    for (size_t row = 0; row < dictionary->rows; row++) {
        for (size_t column = 0; column < dictionary->columns; column++)
            *cell(dictionary, row, column) = cuts->items[row].counts[column];
        *cell(dictionary, row, dictionary->columns) = 1;
        dictionary->basic[row] = dictionary->columns + row;
    }

    for (size_t column = 0; column < dictionary->columns; column++) {
        *cell(dictionary, dictionary->rows, column) = -(double)demand->entries[column].count;
        dictionary->nonbasic[column] = column;
    }

    return 0;
}

/* Bland's rule: of the columns that increase the objective, chooses the one with the lowest variable. False if there is
 * none. */
static bool choose_column(const struct dictionary *dictionary, size_t *ret_column)
{
    bool found = false;
    for (size_t column = 0; column < dictionary->columns; column++) {
        if (*cell(dictionary, dictionary->rows, column) > -EPSILON ||
            (found && dictionary->nonbasic[column] > dictionary->nonbasic[*ret_column]))
            continue;
        *ret_column = column;
        found = true;
    }
    return found;
}

/* Chooses the row that limits the column most; of equal ones, that of the lowest variable. False if there is none. */
static bool choose_row(const struct dictionary *dictionary, size_t column, size_t *ret_row)
{
    bool found = false;
    double least = 0;
    for (size_t row = 0; row < dictionary->rows; row++) {
        double value = *cell(dictionary, row, column);
        if (value < EPSILON)
            continue;
        double ratio = *cell(dictionary, row, dictionary->columns) / value;
        bool equal = found && fabs(ratio - least) < EPSILON;
        if (found && ((equal && dictionary->basic[row] > dictionary->basic[*ret_row]) || (!equal && ratio > least)))
            continue;
        *ret_row = row;
        least = ratio;
        found = true;
    }

    return found;
}

static void dictionary_pivot(struct dictionary *dictionary, size_t row, size_t column)
{
    double by = *cell(dictionary, row, column);
    for (size_t i = 0; i <= dictionary->rows; i++) {
        double factor = *cell(dictionary, i, column) / by;
        if (i == row || fabs(factor) < EPSILON * EPSILON)
            continue;
        for (size_t j = 0; j <= dictionary->columns; j++)
            *cell(dictionary, i, j) -= factor * *cell(dictionary, row, j);
        *cell(dictionary, i, column) = -factor;
    }

    for (size_t j = 0; j <= dictionary->columns; j++)
        *cell(dictionary, row, j) /= by;
    *cell(dictionary, row, column) = 1 / by;
    size_t entering = dictionary->nonbasic[column];
    dictionary->nonbasic[column] = dictionary->basic[row];
    dictionary->basic[row] = entering;
}

static void dictionary_solve(struct dictionary *dictionary)
{
    size_t row = 0;
    size_t column = 0;
    for (size_t n = 0; n < PIVOTS_MAX && choose_column(dictionary, &column); n++) {
        if (!choose_row(dictionary, column, &row))
            return;
        dictionary_pivot(dictionary, row, column);
    }
}

/* Weighing. */

uint64_t cuts_weight(const struct cuts *cuts, const unsigned counts[LAYOUT_ENTRIES_MAX])
{
    uint64_t weight = 0;
    for (size_t i = 0; i < cuts->entry_count; i++)
        weight += cuts->weights[i] * counts[i];
    return weight;
}

static int compare_cuts(const void *a, const void *b)
{
    const struct cut *left = a;
    const struct cut *right = b;
    if (left->weight != right->weight)
        return left->weight > right->weight ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

static void read_solution(const struct dictionary *dictionary, struct cuts *cuts)
{
    for (size_t row = 0; row < dictionary->rows; row++) {
        double value = *cell(dictionary, row, dictionary->columns);
        if (dictionary->basic[row] < dictionary->columns && value > 0)
            cuts->weights[dictionary->basic[row]] = (uint64_t)(value * WEIGHT_SCALE + 0.5);
    }

    for (size_t i = 0; i < cuts->count; i++)
        cuts->items[i].weight = cuts_weight(cuts, cuts->items[i].counts);

    for (size_t column = 0; column < dictionary->columns; column++) {
        double share = *cell(dictionary, dictionary->rows, column);
        if (dictionary->nonbasic[column] >= dictionary->columns && share > 0)
            cuts->items[dictionary->nonbasic[column] - dictionary->columns].share = share;
    }
}

int cuts_weigh(struct cuts *cuts, const struct layout *demand, struct err *err)
{
    AUTO(dictionary) dictionary = {0};
    if (dictionary_init(cuts, demand, &dictionary, err) < 0)
        return -1;
    dictionary_solve(&dictionary);
    read_solution(&dictionary, cuts);
    qsort(cuts->items, cuts->count, sizeof(*cuts->items), compare_cuts);
    return 0;
}

uint64_t cuts_bound(const struct cuts *cuts, const unsigned counts[LAYOUT_ENTRIES_MAX])
{
    uint64_t most = cuts->items[0].weight;
    return most ? (cuts_weight(cuts, counts) + most - 1) / most : 0;
}
