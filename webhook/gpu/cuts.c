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
    struct layout part;
    struct cuts cuts;
};

static bool takes_no_more(struct listing *listing)
{
    for (size_t i = 0; i < listing->part.count; i++) {
        unsigned *count = &listing->part.entries[i].count;
        if (*count == listing->demand->entries[i].count)
            continue;
        ++*count;
        bool fits = layout_fits(listing->model, &listing->part);
        --*count;
        if (fits)
            return false;
    }
    return true;
}

static int add_cut(struct listing *listing, struct err *err)
{
    struct cuts *cuts = &listing->cuts;
    if (!GROW(cuts->items, cuts->count))
        return err_nomem(err);
    struct cut *cut = &cuts->items[cuts->count++];
    *cut = (struct cut){0};
    for (size_t i = 0; i < listing->part.count; i++)
        cut->counts[i] = listing->part.entries[i].count;
    return 0;
}

/* Increases the count of entry `index` while it fits; a count that does not fit ends the row. */
static int list_from(struct listing *listing, size_t index, struct err *err)
{
    if (index == listing->part.count)
        return takes_no_more(listing) ? add_cut(listing, err) : 0;
    unsigned *count = &listing->part.entries[index].count;
    int result = 0;
    for (*count = 0; result == 0 && *count <= listing->demand->entries[index].count; ++*count) {
        if (*count > 0 && !layout_fits(listing->model, &listing->part))
            break;
        result = list_from(listing, index + 1, err);
    }
    *count = 0;
    return result;
}

int cuts_list(const struct gpu_model *model, const struct layout *demand, struct cuts *ret_cuts, struct err *err)
{
    struct listing listing = {.model = model, .demand = demand, .part = *demand};
    for (size_t i = 0; i < demand->count; i++)
        listing.part.entries[i].count = 0;
    listing.cuts.entry_count = demand->count;
    if (list_from(&listing, 0, err) < 0) {
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

/* The linear program. A dictionary: basic[i] = value(i, last) - sum of value(i, j) x outside[j]. Variables
 * below entry_count are the profiles' weights, the others the slack of each cut. */

struct dictionary {
    size_t rows, columns; /* the last row is the objective, the last column the constants */
    double *values;
    size_t *basic, *outside;
};

static double *cell(const struct dictionary *dictionary, size_t row, size_t column)
{
    return &dictionary->values[row * (dictionary->columns + 1) + column];
}

static void dictionary_fini(struct dictionary *dictionary)
{
    free(dictionary->values);
    free(dictionary->basic);
    free(dictionary->outside);
}

DEFINE_AUTO_FINI(dictionary, struct dictionary, dictionary_fini);

static int dictionary_init(const struct cuts *cuts, const struct layout *demand, struct dictionary *dictionary,
                           struct err *err)
{
    dictionary->rows = cuts->count;
    dictionary->columns = cuts->entry_count;
    dictionary->values = calloc((dictionary->rows + 1) * (dictionary->columns + 1), sizeof(double));
    dictionary->basic = calloc(dictionary->rows + 1, sizeof(size_t));
    dictionary->outside = calloc(dictionary->columns + 1, sizeof(size_t));
    if (!dictionary->values || !dictionary->basic || !dictionary->outside)
        return err_nomem(err);

    for (size_t row = 0; row < dictionary->rows; row++) {
        for (size_t column = 0; column < dictionary->columns; column++)
            *cell(dictionary, row, column) = cuts->items[row].counts[column];
        *cell(dictionary, row, dictionary->columns) = 1;
        dictionary->basic[row] = dictionary->columns + row;
    }

    for (size_t column = 0; column < dictionary->columns; column++) {
        *cell(dictionary, dictionary->rows, column) = -(double)demand->entries[column].count;
        dictionary->outside[column] = column;
    }

    return 0;
}

/* Bland's rule: of the columns that increase the objective, chooses the one with the lowest variable. */
static bool choose_column(const struct dictionary *dictionary, size_t *ret_column)
{
    bool found = false;
    for (size_t column = 0; column < dictionary->columns; column++) {
        if (*cell(dictionary, dictionary->rows, column) > -EPSILON ||
            (found && dictionary->outside[column] > dictionary->outside[*ret_column]))
            continue;
        *ret_column = column;
        found = true;
    }
    return found;
}

/* Chooses the row that limits the column first; of equal ones the lowest variable. */
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
            *cell(dictionary, i, j) -= j == column ? 0 : factor * *cell(dictionary, row, j);
        *cell(dictionary, i, column) = -factor;
    }

    for (size_t j = 0; j <= dictionary->columns; j++)
        *cell(dictionary, row, j) /= by;
    *cell(dictionary, row, column) = 1 / by;
    size_t entering = dictionary->outside[column];
    dictionary->outside[column] = dictionary->basic[row];
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

static uint64_t weight_of(const struct cuts *cuts, const unsigned counts[LAYOUT_ENTRIES_MAX])
{
    uint64_t weight = 0;
    for (size_t i = 0; i < cuts->entry_count; i++)
        weight += cuts->weights[i] * counts[i];
    return weight;
}

struct weighed {
    struct cut cut;
    double share;
    size_t index; /* keeps the order of equals */
};

static int compare_weighed(const void *a, const void *b)
{
    const struct weighed *left = a;
    const struct weighed *right = b;
    if (left->cut.weight != right->cut.weight)
        return left->cut.weight > right->cut.weight ? -1 : 1;
    return (left->index > right->index) - (left->index < right->index);
}

static void read_solution(const struct dictionary *dictionary, struct cuts *cuts, struct weighed *weighed)
{
    for (size_t row = 0; row < dictionary->rows; row++) {
        double value = *cell(dictionary, row, dictionary->columns);
        if (dictionary->basic[row] < dictionary->columns && value > 0)
            cuts->weights[dictionary->basic[row]] = (uint64_t)(value * WEIGHT_SCALE + 0.5);
    }

    for (size_t i = 0; i < cuts->count; i++) {
        cuts->items[i].weight = weight_of(cuts, cuts->items[i].counts);
        weighed[i] = (struct weighed){cuts->items[i], 0, i};
    }

    for (size_t column = 0; column < dictionary->columns; column++) {
        double share = *cell(dictionary, dictionary->rows, column);
        if (dictionary->outside[column] >= dictionary->columns && share > 0)
            weighed[dictionary->outside[column] - dictionary->columns].share = share;
    }
}

int cuts_weigh(struct cuts *cuts, const struct layout *demand, double **ret_shares, struct err *err)
{
    AUTO(dictionary) dictionary = {0};
    struct weighed *weighed = calloc(cuts->count + 1, sizeof(*weighed));
    double *shares = calloc(cuts->count + 1, sizeof(*shares));
    if (!weighed || !shares || dictionary_init(cuts, demand, &dictionary, err) < 0) {
        free(weighed);
        free(shares);
        return err_nomem(err);
    }

    dictionary_solve(&dictionary);
    read_solution(&dictionary, cuts, weighed);
    qsort(weighed, cuts->count, sizeof(*weighed), compare_weighed);

    for (size_t i = 0; i < cuts->count; i++) {
        cuts->items[i] = weighed[i].cut;
        shares[i] = weighed[i].share;
    }

    free(weighed);
    *ret_shares = shares;
    return 0;
}

uint64_t cuts_bound(const struct cuts *cuts, const unsigned counts[LAYOUT_ENTRIES_MAX])
{
    uint64_t most = cuts->items[0].weight;
    return most ? (weight_of(cuts, counts) + most - 1) / most : 0;
}
