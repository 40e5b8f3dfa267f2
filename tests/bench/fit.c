/* How long do the questions of `gpuslice gpu fit` take? Demands made up by a fixed generator, for every GPU that MIG
 * can cut: prints the median and the longest, and how many minima were left open. build/gcc/tests/bench/fit [ROUNDS] */
#include "base/clock.h"
#include "gpu/demand.h"

#include <stdio.h>

enum { ROUNDS = 300 };

static uint32_t random_below(uint32_t *state, uint32_t limit)
{
    *state = *state * 1664525U + 1013904223U;
    return (uint32_t)(((uint64_t)*state * limit) >> 32);
}

/* Few or many profiles, few or many of each. */
static struct layout make_demand(const struct gpu_model *model, uint32_t *state)
{
    static const uint32_t most[] = {2, 5, 20, 100, 500};
    struct layout demand = {.count = 0};
    uint32_t profiles_in_ten = 2 + random_below(state, 9);
    uint32_t limit = most[random_below(state, ARRAY_SIZE(most))];
    for (size_t i = 0; i < model->profile_count; i++) {
        if (random_below(state, 10) < profiles_in_ten)
            demand.entries[demand.count++] = (struct layout_entry){&model->profiles[i], 1 + random_below(state, limit)};
    }
    if (demand.count == 0)
        demand.entries[demand.count++] = (struct layout_entry){&model->profiles[0], 1};
    return demand;
}

/* All that `gpu fit` asks about one demand. */
static int ask(const struct gpu_model *model, const struct layout *demand, unsigned *ret_open, struct err *err)
{
    AUTO(demand_plan) plan = {0};
    struct demand_share repeated;
    unsigned room = 0;
    struct layout nearest = layout_nearest(model, demand);
    for (size_t i = 0; i < model->profile_count; i++)
        room += layout_room(model, &nearest, &model->profiles[i]);
    if (demand_plan(model, demand, &plan, err) < 0 || demand_repeat(model, demand, &repeated, err) < 0)
        return -1;
    *ret_open += plan.at_least < plan.gpus;
    return room > LAYOUT_INSTANCES_MAX * model->profile_count ? err_set(err, ERR_INTERNAL, "too much room") : 0;
}

static int compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int measure(const struct gpu_model *model, size_t rounds, struct err *err)
{
    uint32_t state = 1;
    unsigned open = 0;
    int64_t *times = calloc(rounds, sizeof(*times));
    if (!times)
        return err_nomem(err);
    int result = 0;
    for (size_t i = 0; i < rounds && result == 0; i++) {
        struct layout demand = make_demand(model, &state);
        int64_t begin = clock_monotonic_ns();
        result = ask(model, &demand, &open, err);
        times[i] = clock_monotonic_ns() - begin;
    }
    if (result == 0) {
        qsort(times, rounds, sizeof(*times), compare_times);
        (void)printf("fit: %-28s %zu demands, median %.2f ms, longest %.2f ms, %u minima open\n", model->id, rounds,
                     (double)times[rounds / 2] / 1e6, (double)times[rounds - 1] / 1e6, open);
    }
    free(times);
    return result;
}

int main(int argc, char **argv)
{
    struct err err;
    AUTO(gpu_table) table = NULL;
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : ROUNDS;
    int result = gpu_table_load(&table, &err);
    for (size_t i = 0; result == 0 && i < table->model_count; i++) {
        if (table->models[i].profile_count > 0)
            result = measure(&table->models[i], rounds ? rounds : 1, &err);
    }
    if (result < 0)
        (void)fprintf(stderr, "fit: %s\n", err.text);
    return result < 0;
}
