/* Measures the CPU time of what `gpuslice gpu fit` computes for one demand. A fixed generator makes ROUNDS demands for
 * every GPU that MIG can partition. Prints the median, the 99th percentile and the maximum. Also prints for how many
 * demands the number of GPUs found was not proven to be the least ("open").
 *
 *   build/gcc/tests/bench/fit [ROUNDS] */
#include "gpu/demand.h"

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 300 };

static int64_t cpu_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint32_t random_below(uint32_t *state, uint32_t limit)
{
    *state = *state * 1664525U + 1013904223U;
    return (uint32_t)(((uint64_t)*state * limit) >> 32);
}

/* Makes a demand for a random number of profiles and of instances of each. */
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

/* Computes all that `gpu fit` prints about one demand. Adds 1 to *ret_open if the number of GPUs is not proven to be
 * the least. */
static int compute(const struct gpu_model *model, const struct layout *demand, unsigned *ret_open, struct err *err)
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

struct timing {
    int64_t *times; /* `rounds` of each GPU */
    size_t count;
    unsigned open;
    int64_t longest;
    const char *longest_of;
};

static int measure(const struct gpu_model *model, size_t rounds, struct timing *timing, struct err *err)
{
    uint32_t state = 1;
    for (size_t i = 0; i < rounds; i++) {
        struct layout demand = make_demand(model, &state);
        int64_t begin = cpu_ns();
        if (compute(model, &demand, &timing->open, err) < 0)
            return -1;
        int64_t took = cpu_ns() - begin;
        timing->times[timing->count++] = took;
        if (took <= timing->longest)
            continue;
        timing->longest = took;
        timing->longest_of = model->id;
    }
    return 0;
}

static int measure_all(const struct gpu_table *table, size_t rounds, struct timing *timing, struct err *err)
{
    size_t gpus = 0;
    timing->times = calloc(rounds * table->model_count, sizeof(*timing->times));
    if (!timing->times)
        return err_nomem(err);
    for (size_t i = 0; i < table->model_count; i++) {
        if (table->models[i].profile_count == 0)
            continue;
        gpus++;
        if (measure(&table->models[i], rounds, timing, err) < 0)
            return -1;
    }
    qsort(timing->times, timing->count, sizeof(*timing->times), compare_times);
    (void)printf(
        "fit: %zu demands on %zu GPUs, CPU time median %.2f ms, p99 %.2f ms, longest %.2f ms (%s), %u minima open\n",
        timing->count, gpus, (double)timing->times[timing->count / 2] / 1e6,
        (double)timing->times[timing->count * 99 / 100] / 1e6, (double)timing->longest / 1e6, timing->longest_of,
        timing->open);
    return 0;
}

int main(int argc, char **argv)
{
    struct err err;
    struct timing timing = {.longest = -1};
    AUTO(gpu_table) table = NULL;
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : ROUNDS;
    int result = gpu_table_load(&table, &err);
    if (result == 0)
        result = measure_all(table, rounds ? rounds : 1, &timing, &err);
    free(timing.times);
    if (result < 0)
        (void)fprintf(stderr, "fit: %s\n", err.text);
    return result < 0;
}
