/* gpu/layout: whether a mix of profiles fits one GPU. */
#include "gpu/layout.h"
#include "gpu/table_data.h"
#include "tests/support/check.h"
#include "tests/support/gpu_fixture.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static struct gpu_table *table;

BEFORE_TESTS()
{
    table = gpu_fixture_table();
}

AFTER_TESTS()
{
    gpu_table_free(table);
}

TEST(layout_check__every_row__max_instances_fit_and_one_more_never)
{
    size_t rows = 0;
    for (size_t i = 0; i < table->model_count; i++) {
        const struct gpu_model *model = &table->models[i];
        for (size_t j = 0; j < model->profile_count; j++, rows++) {
            const struct mig_profile *profile = &model->profiles[j];
            struct err err;
            struct layout layout = {.count = 0};
            layout_add(&layout, profile, profile->max_instances);
            if (layout_check(model, &layout, &err) < 0)
                fail_msg("%s: %s", model->id, err.text);
            layout.entries[0].count++;
            if (layout_check(model, &layout, &err) == 0)
                fail_msg("%s: %s x%u fits", model->id, profile->name, layout.entries[0].count);
        }
    }
    assert_int_equal(rows, 113);
}

static void check_balanced(const json_t *gpu)
{
    const struct gpu_model *model = gpu_find(table, json_string_value(json_object_get(gpu, "id")));
    assert_non_null(model);
    struct layout layout = {.count = 0};
    const char *name;
    json_t *count;
    json_object_foreach(json_object_get(json_object_get(gpu, "mig"), "balanced"), name, count)
        layout_add(&layout, profile_named(model, name), (unsigned)json_integer_value(count));
    struct err err;
    if (layout.count > 0 && layout_check(model, &layout, &err) < 0)
        fail_msg("%s: %s", model->id, err.text);
}

TEST(layout_check__balanced_layouts__fit)
{
    json_error_t error;
    size_t length = (size_t)(gpu_table_gpus_json_end - gpu_table_gpus_json);
    json_t *document = json_loadb(gpu_table_gpus_json, length, 0, &error);
    assert_non_null(document);
    size_t index;
    size_t balanced = 0;
    json_t *gpu;
    json_array_foreach(json_object_get(document, "gpus"), index, gpu) {
        balanced += json_object_size(json_object_get(json_object_get(gpu, "mig"), "balanced")) > 0;
        check_balanced(gpu);
    }
    assert_int_equal(balanced, 14);
    json_decref(document);
}

TEST(layout_check__known_mixes__fit)
{
    static const struct {
        const char *gpu, *layout;
    } cases[] = {
        {"a100-40gb", "4g.20gb:1 2g.10gb:1 1g.5gb:1"},
        {"a100-40gb", "4g.20gb:1 3g.20gb:1"},
        {"a100-40gb", "3g.20gb:1 1g.5gb:4"},
        {"a100-40gb", "1g.5gb:4 3g.20gb:1"},
        {"a100-40gb", "2g.10gb:2 3g.20gb:1"},
        {"a100-40gb", "2g.10gb:3 1g.5gb:1"},
        {"a100-40gb", "1g.5gb:6 1g.5gb+me:1"},
        {"a100-40gb", "1g.5gb:3 2g.10gb:1 1g.5gb:2"},
        {"a100-40gb", "1g.5gb:2 2g.10gb:0 3g.20gb:1"},
        {"rtx-pro-6000-blackwell-96gb", "1g.24gb+me.all:1 1g.24gb-me:3"},
        {"rtx-pro-6000-blackwell-96gb", "1g.24gb+me.all:1 2g.48gb-me:1"},
        {"b200-180gb", "3g.90gb:1 2g.45gb:1 1g.45gb:1"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct gpu_model *model = gpu_find(table, cases[i].gpu);
        struct layout layout = layout_of(model, cases[i].layout);
        struct err err;
        if (layout_check(model, &layout, &err) < 0)
            fail_msg("%s", err.text);
    }
}

TEST(layout_check__too_much__message_names_the_numbers)
{
    static const struct {
        const char *gpu, *layout, *message;
    } cases[] = {
        {"a100-40gb", "3g.20gb:2 1g.5gb:1", "3g.20gb x2 + 1g.5gb x1 need 9 of 8 memory units; 3g.20gb x2 would fit"},
        {"a100-40gb", "1g.5gb:1 3g.20gb:2", "1g.5gb x1 + 3g.20gb x2 need 9 of 8 memory units; 3g.20gb x2 would fit"},
        {"a100-40gb", "4g.20gb:1 2g.10gb:2",
         "4g.20gb x1 + 2g.10gb x2 need 8 of 7 compute slices; 4g.20gb x1 + 2g.10gb x1 would fit"},
        {"a100-40gb", "1g.5gb:8", "1g.5gb x8: a GPU of model a100-40gb has at most 7 of them; 1g.5gb x7 would fit"},
        {"a100-40gb", "1g.5gb:4 1g.5gb:4",
         "1g.5gb x8: a GPU of model a100-40gb has at most 7 of them; 1g.5gb x4 + 1g.5gb x3 would fit"},
        {"a100-40gb", "1g.5gb:4294967295 1g.5gb:4294967295",
         "1g.5gb x8589934590: a GPU of model a100-40gb has at most 7 of them; 1g.5gb x7 would fit"},
        {"a30-24gb", "1g.6gb+me:1 2g.12gb+me:1",
         "1g.6gb+me x1 + 2g.12gb+me x1 need 2 of 1 JPEG engines; 2g.12gb+me x1 would fit"},
        {"rtx-pro-6000-blackwell-96gb", "1g.24gb+me.all:1 1g.24gb:1",
         "1g.24gb+me.all x1 + 1g.24gb x1 need 5 of 4 video decoders (NVDEC); 1g.24gb+me.all x1 would fit"},
        {"a100-40gb", "1g.5gb:0", "the layout is empty; name at least one profile, such as 1g.5gb: 7"},
        {"a100-40gb", "", "the layout is empty; name at least one profile, such as 1g.5gb: 7"},
        {"t4", "", "t4 has no MIG; share it by timeSlicing or mps, or leave it whole"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct gpu_model *model = gpu_find(table, cases[i].gpu);
        struct layout layout = layout_of(model, cases[i].layout);
        struct err err = {0};
        if (layout_check(model, &layout, &err) == 0)
            fail_msg("%s: %s fits", cases[i].gpu, cases[i].layout);
        assert_int_equal(err.code, ERR_INVALID);
        assert_string_equal(err.text, cases[i].message);
    }
}

TEST(layout_check__profile_of_another_gpu__refused)
{
    struct layout layout = layout_of(gpu_find(table, "a100-80gb"), "1g.10gb:1");
    struct err err;
    /* The 1g.10gb of the A100 40GB is another profile: it has two memory units, not one. */
    assert_int_equal(layout_check(gpu_find(table, "a100-40gb"), &layout, &err), -1);
    assert_string_equal(err.text, "1g.10gb is not a profile of this a100-40gb");
}

/* A made-up GPU, whose totals suffice but whose placements do not. */
TEST(layout_check__no_placement__says_so_and_why)
{
    struct mig_profile profiles[] = {
        {.name = "1g.10gb",
         .max_instances = 3,
         .compute_slices = 1,
         .memory_units = 1,
         .starts = {0, 1, 2},
         .start_count = 3},
        {.name = "2g.20gb",
         .max_instances = 2,
         .compute_slices = 2,
         .memory_units = 2,
         .starts = {0, 1},
         .start_count = 2},
    };
    const struct gpu_model model = {
        .id = "made-up",
        .compute_slices = 4,
        .memory_units = 4,
        .max_instances = 4,
        .profiles = profiles,
        .profile_count = ARRAY_SIZE(profiles),
    };
    struct err err;
    struct layout layout = layout_of(&model, "1g.10gb:1 2g.20gb:1");
    assert_int_equal(layout_check(&model, &layout, &err), 0);
    layout = layout_of(&model, "2g.20gb:1 1g.10gb:2");
    assert_int_equal(layout_check(&model, &layout, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.text,
                        "2g.20gb x1 + 1g.10gb x2: the totals suffice, but no placement exists without overlap, "
                        "since instances start at fixed memory units: 2g.20gb (2 units) at 0, 1; 1g.10gb (1 "
                        "unit) at 0, 1, 2; 2g.20gb x1 + 1g.10gb x1 would fit");
    layout = layout_of(&model, "2g.20gb:2");
    assert_int_equal(layout_check(&model, &layout, &err), -1);
    assert_string_equal(err.text,
                        "2g.20gb x2: the totals suffice, but no placement exists without overlap, since "
                        "instances start at fixed memory units: 2g.20gb (2 units) at 0, 1; 2g.20gb x1 would fit");
}

/* Returns the number of instances of the largest part of `wanted` that fits one GPU. Tries every part. */
static uint64_t naive_nearest(const struct gpu_model *model, const unsigned wanted[], unsigned part[], size_t index,
                              unsigned count)
{
    uint64_t best = 0;
    if (index == model->profile_count)
        return naive_fits(model, part) ? count : 0;
    for (part[index] = 0; part[index] <= wanted[index]; part[index]++) {
        uint64_t found = naive_nearest(model, wanted, part, index + 1, count + part[index]);
        best = found > best ? found : best;
    }
    part[index] = 0;
    return best;
}

struct tally {
    unsigned fit, refused;
};

/* Fails unless each place is a start of its profile, inside the GPU and without overlap. */
static void check_places(const struct gpu_model *model, const struct layout *layout)
{
    struct placements placements;
    bool taken[64] = {false};
    assert_true(layout_place(layout, &placements));
    assert_int_equal(placements.count, layout_total(model, layout, BUDGET_INSTANCES).needed);
    for (size_t i = 0; i < placements.count; i++) {
        const struct placement *placement = &placements.items[i];
        bool is_start = false;
        for (size_t j = 0; j < placement->profile->start_count; j++)
            is_start = is_start || placement->profile->starts[j] == placement->start;
        assert_true(is_start);
        assert_true(placement->start + placement->profile->memory_units <= model->memory_units);
        for (unsigned unit = 0; unit < placement->profile->memory_units; unit++) {
            assert_false(taken[placement->start + unit]);
            taken[placement->start + unit] = true;
        }
    }
}

/* Fails unless layout_room() agrees with naive_fits(). */
static void check_room(const struct gpu_model *model, const struct layout *layout, const unsigned counts[])
{
    for (size_t i = 0; i < model->profile_count; i++) {
        unsigned wider[LAYOUT_ENTRIES_MAX];
        memcpy(wider, counts, sizeof(wider));
        unsigned room = layout_room(model, layout, &model->profiles[i]);
        wider[i] += room;
        assert_true(naive_fits(model, wider));
        wider[i]++;
        assert_false(naive_fits(model, wider));
    }
}

static void cross_check(const struct gpu_model *model, const unsigned counts[], struct tally *tally)
{
    struct layout layout = {.count = 0};
    for (size_t i = 0; i < model->profile_count; i++)
        layout_add(&layout, &model->profiles[i], counts[i]);
    struct err err;
    bool expected = naive_fits(model, counts);
    if ((layout_check(model, &layout, &err) == 0) != expected)
        fail_msg("%s: expected %d, got %s", model->id, expected, expected ? err.text : "a fit");
    tally->fit += expected;
    tally->refused += !expected;
    if (!expected)
        return;
    check_places(model, &layout);
    check_room(model, &layout, counts);
}

/* Calls cross_check() for every multiset of at most `left` instances of the profiles from `index` on. */
static void cross_check_all(const struct gpu_model *model, unsigned counts[], size_t index, unsigned left,
                            struct tally *tally)
{
    if (index == model->profile_count) {
        cross_check(model, counts, tally);
        return;
    }
    for (counts[index] = 0; counts[index] <= left; counts[index]++)
        cross_check_all(model, counts, index + 1, left - counts[index], tally);
    counts[index] = 0;
}

static void check_model(const struct gpu_model *model)
{
    unsigned counts[LAYOUT_ENTRIES_MAX] = {0};
    struct tally tally = {0};
    /* Up to 8 instances of seven profiles are 6,435 multisets; up to 5 instances of eleven profiles are 4,368. */
    cross_check_all(model, counts, 0, model->profile_count > 7 ? 5 : 8, &tally);
    if (tally.fit < 8 || tally.refused < 30)
        fail_msg("%s: only %u fit and %u do not", model->id, tally.fit, tally.refused);
}

TEST(layout_check__all_multisets__as_by_trying_every_start)
{
    for (size_t i = 0; i < table->model_count; i++) {
        if (table->models[i].profile_count > 0)
            check_model(&table->models[i]);
    }
}

TEST(layout_nearest__too_much__leaves_out_as_few_as_possible)
{
    uint32_t number = 1;
    for (size_t i = 0; i < table->model_count; i++) {
        const struct gpu_model *model = &table->models[i];
        for (unsigned round = 0; model->profile_count > 0 && round < 60; round++) {
            unsigned wanted[LAYOUT_ENTRIES_MAX] = {0};
            unsigned part[LAYOUT_ENTRIES_MAX] = {0};
            struct layout layout = {.count = 0};
            for (size_t j = 0; j < model->profile_count; j++) {
                number = number * 1664525U + 1013904223U;
                wanted[j] = (number >> 24) % 3;
                layout_add(&layout, &model->profiles[j], wanted[j]);
            }
            struct layout nearest = layout_nearest(model, &layout);
            assert_true(layout_fits(model, &nearest));
            for (size_t j = 0; j < model->profile_count; j++)
                assert_true(nearest.entries[j].count <= wanted[j]);
            assert_int_equal(layout_total(model, &nearest, BUDGET_INSTANCES).needed,
                             naive_nearest(model, wanted, part, 0, 0));
        }
    }
}

TEST(layout_nearest__equal_numbers__most_memory_then_first_written)
{
    static const struct {
        const char *gpu, *wanted, *nearest;
    } cases[] = {
        {"a100-40gb", "1g.5gb:1 3g.20gb:2", "3g.20gb x2"},
        {"a100-40gb", "3g.20gb:1 4g.20gb:2", "3g.20gb x1 + 4g.20gb x1"},
        {"a30-24gb", "1g.6gb:1 1g.6gb+me:1 2g.12gb:2", "1g.6gb x1 + 1g.6gb+me x1 + 2g.12gb x1"},
        {"rtx-pro-6000-blackwell-96gb", "1g.24gb+me.all:1 1g.24gb:1", "1g.24gb+me.all x1"},
        {"rtx-pro-6000-blackwell-96gb", "1g.24gb:1 1g.24gb+me.all:1", "1g.24gb x1"},
        {"h100-80gb", "3g.40gb:2", "3g.40gb x2"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct gpu_model *model = gpu_find(table, cases[i].gpu);
        struct layout wanted = layout_of(model, cases[i].wanted);
        struct layout nearest = layout_nearest(model, &wanted);
        AUTO(buf) text;
        buf_init(&text, 256);
        layout_text(&nearest, &text);
        assert_string_equal(buf_text(&text), cases[i].nearest);
    }
}
