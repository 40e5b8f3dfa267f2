/* gpu/demand: how many GPUs a demand needs. */
#include "gpu/demand.h"
#include "tests/support/check.h"
#include "tests/support/gpu_fixture.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { KINDS = 3, PARTS_MAX = 2048, STATES_MAX = 1024 };

static struct gpu_table *table;

BEFORE_TESTS()
{
    table = gpu_fixture_table();
}

AFTER_TESTS()
{
    gpu_table_free(table);
}

/* Fails unless each layout of the plan fits a GPU and all layouts together are the demand. */
static void check_plan(const struct gpu_model *model, const struct layout *demand, const struct demand_plan *plan)
{
    uint64_t counts[LAYOUT_ENTRIES_MAX] = {0};
    unsigned gpus = 0;
    for (size_t i = 0; i < plan->share_count; i++) {
        const struct demand_share *share = &plan->shares[i];
        assert_true(layout_fits(model, &share->layout));
        assert_true(layout_total(model, &share->layout, BUDGET_INSTANCES).needed > 0);
        gpus += share->gpus;
        for (size_t j = 0; j < demand->count; j++) {
            assert_ptr_equal(share->layout.entries[j].profile, demand->entries[j].profile);
            counts[j] += (uint64_t)share->layout.entries[j].count * share->gpus;
        }
    }
    assert_int_equal(gpus, plan->gpus);
    for (size_t j = 0; j < demand->count; j++)
        assert_int_equal(counts[j], demand->entries[j].count);
}

TEST(demand_plan__known_demands__the_fewest_gpus)
{
    static const struct {
        const char *gpu, *demand;
        unsigned gpus;
    } cases[] = {
        {"h100-80gb", "1g.10gb:3 3g.40gb:1", 1},
        {"h100-80gb", "3g.40gb:3", 2},
        {"h100-80gb", "3g.40gb:2 1g.10gb:1", 2},
        {"h100-80gb", "1g.10gb:7", 1},
        {"h100-80gb", "1g.10gb:8", 2},
        {"h100-80gb", "1g.10gb:10000", 1429},
        {"h100-80gb", "1g.10gb+me:3 1g.10gb:18", 3},
        {"h100-80gb", "7g.80gb:5 1g.10gb:1", 6},
        /* 2,600 compute slices, and 372 GPUs have 2,604: a 3g with four 1g or two 2g uses all seven of a GPU. */
        {"h100-80gb", "1g.10gb:1000 2g.20gb:500 3g.40gb:200", 372},
        /* at most three 2g fit a GPU: 100 / 3, rounded up */
        {"a100-40gb", "2g.10gb:100", 34},
        {"a100-40gb", "1g.10gb:100 2g.10gb:100", 50},
        {"a30-24gb", "2g.12gb+me:3 1g.6gb:4", 3},
        {"rtx-pro-6000-blackwell-96gb", "1g.24gb+me.all:2 1g.24gb-me:4 2g.48gb:1", 3},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct gpu_model *model = gpu_find(table, cases[i].gpu);
        struct layout demand = layout_of(model, cases[i].demand);
        AUTO(demand_plan) plan = {0};
        struct err err;
        assert_int_equal(demand_plan(model, &demand, &plan, &err), 0);
        check_plan(model, &demand, &plan);
        if (plan.gpus != cases[i].gpus || plan.at_least != cases[i].gpus)
            fail_msg("%s %s: %u, at least %u, expected %u", cases[i].gpu, cases[i].demand, plan.gpus, plan.at_least,
                     cases[i].gpus);
    }
}

TEST(demand_plan__all_that_n_gpus_have_of_a_profile__n_gpus)
{
    for (size_t i = 0; i < table->model_count; i++) {
        const struct gpu_model *model = &table->models[i];
        for (size_t j = 0; j < model->profile_count; j++) {
            const struct mig_profile *profile = &model->profiles[j];
            for (unsigned gpus = 1; gpus < 40; gpus += 19) {
                struct layout demand = {{{profile, gpus * profile->max_instances}}, 1};
                AUTO(demand_plan) plan = {0};
                struct err err;
                assert_int_equal(demand_plan(model, &demand, &plan, &err), 0);
                assert_int_equal(plan.gpus, gpus);
                assert_int_equal(plan.at_least, gpus);
            }
        }
    }
}

TEST(demand_plan__too_many__refused)
{
    const struct gpu_model *model = gpu_find(table, "h100-80gb");
    struct layout demand = layout_of(model, "1g.10gb:9999 3g.40gb:2");
    struct demand_plan plan;
    struct demand_share share;
    struct err err;
    assert_int_equal(demand_plan(model, &demand, &plan, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_string_equal(err.text, "10001 slices are more than can be planned; ask for at most 10000");
    assert_int_equal(demand_repeat(model, &demand, &share, &err), -1);
}

TEST(demand_repeat__one_layout_for_all_gpus)
{
    static const struct {
        const char *gpu, *demand, *layout;
        unsigned gpus;
    } cases[] = {
        {"h100-80gb", "1g.10gb:3 3g.40gb:1", "1g.10gb x3 + 3g.40gb x1", 1},
        {"h100-80gb", "1g.10gb:30 3g.40gb:4", "1g.10gb x4 + 3g.40gb x1", 8},
        {"h100-80gb", "3g.40gb:5", "3g.40gb x2", 3},
        {"h100-80gb", "7g.80gb:1 1g.10gb:1", "7g.80gb x0", 0},
        {"h100-80gb", "2g.20gb:4 1g.10gb:2", "2g.20gb x3 + 1g.10gb x1", 2},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct gpu_model *model = gpu_find(table, cases[i].gpu);
        struct layout demand = layout_of(model, cases[i].demand);
        struct demand_share share;
        struct err err;
        assert_int_equal(demand_repeat(model, &demand, &share, &err), 0);
        assert_int_equal(share.gpus, cases[i].gpus);
        if (share.gpus == 0)
            continue;
        AUTO(buf) text;
        buf_init(&text, 256);
        layout_text(&share.layout, &text);
        assert_string_equal(buf_text(&text), cases[i].layout);
    }
}

/* -- The least number of GPUs for all small demands, found a second time by dynamic programming -- */

struct table_of_demands {
    const struct gpu_model *model;
    size_t profiles[KINDS]; /* of the model */
    unsigned side;          /* counts of each profile go from 0 to side - 1 */
    unsigned parts[PARTS_MAX][KINDS];
    size_t part_count;
    unsigned fewest[STATES_MAX];
};

static size_t state_of(const struct table_of_demands *demands, const unsigned counts[KINDS])
{
    return (counts[0] * demands->side + counts[1]) * demands->side + counts[2];
}

static void next_counts(unsigned counts[KINDS], unsigned side)
{
    for (size_t i = KINDS; i-- > 0;) {
        if (++counts[i] < side)
            return;
        counts[i] = 0;
    }
}

static size_t state_count(const struct table_of_demands *demands)
{
    return (size_t)demands->side * demands->side * demands->side;
}

static void list_parts(struct table_of_demands *demands)
{
    unsigned counts[KINDS] = {0};
    for (size_t n = 0; n < state_count(demands); n++, next_counts(counts, demands->side)) {
        unsigned of_model[LAYOUT_ENTRIES_MAX] = {0};
        for (size_t i = 0; i < KINDS; i++)
            of_model[demands->profiles[i]] += counts[i];
        if (naive_fits(demands->model, of_model))
            memcpy(demands->parts[demands->part_count++], counts, sizeof(counts));
    }
}

static void fill(struct table_of_demands *demands)
{
    unsigned counts[KINDS] = {0};
    for (size_t n = 0; n < state_count(demands); n++, next_counts(counts, demands->side)) {
        unsigned fewest = n == 0 ? 0 : UINT16_MAX;
        for (size_t part = 0; part < demands->part_count; part++) {
            unsigned rest[KINDS];
            bool contained = true;
            for (size_t i = 0; i < KINDS; i++) {
                contained = contained && demands->parts[part][i] <= counts[i];
                rest[i] = counts[i] - demands->parts[part][i];
            }
            if (contained && demands->fewest[state_of(demands, rest)] + 1 < fewest)
                fewest = demands->fewest[state_of(demands, rest)] + 1;
        }
        demands->fewest[state_of(demands, counts)] = fewest;
    }
}

static size_t compare_all(const struct table_of_demands *demands)
{
    unsigned counts[KINDS] = {0};
    size_t compared = 0;
    for (size_t n = 0; n < state_count(demands); n++, next_counts(counts, demands->side)) {
        struct layout demand = {.count = 0};
        for (size_t i = 0; i < KINDS; i++) {
            if (counts[i] > 0)
                demand.entries[demand.count++] =
                    (struct layout_entry){&demands->model->profiles[demands->profiles[i]], counts[i]};
        }
        if (demand.count < 2) /* demands for one profile are tested above */
            continue;
        AUTO(demand_plan) plan = {0};
        struct err err;
        assert_int_equal(demand_plan(demands->model, &demand, &plan, &err), 0);
        check_plan(demands->model, &demand, &plan);
        unsigned expected = demands->fewest[state_of(demands, counts)];
        if (plan.gpus != expected || plan.at_least != expected) {
            AUTO(buf) text;
            buf_init(&text, 256);
            layout_text(&demand, &text);
            fail_msg("%s: %s: %u, at least %u, expected %u", demands->model->id, buf_text(&text), plan.gpus,
                     plan.at_least, expected);
        }
        compared++;
    }
    return compared;
}

/* Compares the demands for up to `side` - 1 of each of three profiles, for every three profiles of the GPU. */
static size_t check_model(const struct gpu_model *model, unsigned side)
{
    static struct table_of_demands demands;
    size_t compared = 0;
    for (size_t i = 0; i < model->profile_count; i++) {
        for (size_t j = i + 1; j < model->profile_count; j++) {
            for (size_t k = j + 1; k < model->profile_count; k++) {
                demands = (struct table_of_demands){.model = model, .profiles = {i, j, k}, .side = side};
                list_parts(&demands);
                fill(&demands);
                compared += compare_all(&demands);
            }
        }
    }
    return compared;
}

TEST(demand_plan__all_small_demands__as_by_dynamic_programming)
{
    size_t compared = 0;
    for (size_t i = 0; i < table->model_count; i++)
        compared += check_model(&table->models[i], table->models[i].profile_count > 7 ? 4 : 6);
    assert_in_range(compared, 90000, 200000);
}
