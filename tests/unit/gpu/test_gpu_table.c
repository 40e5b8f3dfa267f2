/* gpu/table: the whole built-in table. */
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

static const struct gpu_model *model_named(const char *id)
{
    const struct gpu_model *model = gpu_find(table, id);
    if (!model)
        fail_msg("no GPU %s", id);
    return model;
}

TEST(gpu_table_load__all__16_mig_gpus_and_113_profiles)
{
    size_t with_mig = 0;
    size_t profiles = 0;
    size_t instance_types = 0;
    for (size_t i = 0; i < table->model_count; i++) {
        with_mig += table->models[i].profile_count > 0;
        profiles += table->models[i].profile_count;
        instance_types += table->models[i].instance_type_count;
    }
    assert_int_equal(table->model_count, 23);
    assert_int_equal(with_mig, 16);
    assert_int_equal(profiles, 113);
    assert_int_equal(instance_types, 64);
    assert_int_equal(table->instance_type_count, 69); /* five more have only a share of a GPU */
}

TEST(gpu_find__known_and_unknown)
{
    assert_string_equal(gpu_find(table, "t4")->id, "t4");
    assert_null(gpu_find(table, "T4"));
    assert_null(gpu_find(table, "t"));
    assert_null(gpu_find(table, ""));
    const struct gpu_model *a100 = model_named("a100-40gb");
    assert_string_equal(gpu_profile(a100, "1g.5gb+me")->name, "1g.5gb+me");
    assert_null(gpu_profile(a100, "1g.20gb"));
    assert_null(gpu_profile(model_named("t4"), "1g.5gb"));
}

#define MIB (INT64_C(1) << 20)
#define GB  INT64_C(1000000000)

TEST(gpu_table_load__models__memory_names_and_limits)
{
    static const struct {
        const char *id, *architecture, *aws_name;
        int64_t memory_bytes;
        unsigned mps_max_replicas;
        size_t profile_count, instance_type_count;
    } cases[] = {
        {"t4", "turing", "t4", 15360 * MIB, 48, 0, 7},
        {"t4g", "turing", "t4g", 15360 * MIB, 48, 0, 6},
        {"v100", "volta", "v100", 16384 * MIB, 16, 0, 3},
        {"v100-32gb", "volta", "v100", 32768 * MIB, 16, 0, 1},
        {"a10g", "ampere", "a10g", 23028 * MIB, 48, 0, 8},
        {"l4", "ada", "l4", 23034 * MIB, 48, 0, 10},
        {"l40s", "ada", "l40s", 46068 * MIB, 48, 0, 8},
        {"a100-40gb", "ampere", "a100", 40960 * MIB, 48, 7, 1},
        {"a100-80gb", "ampere", "a100", 81920 * MIB, 48, 7, 1},
        {"a30-24gb", "ampere", NULL, 23344 * MIB, 48, 5, 0},
        {"h100-80gb", "hopper", "h100", 81152 * MIB, 48, 7, 2},
        {"h100-64gb", "hopper", NULL, 64 * GB, 48, 7, 0},
        {"h200-141gb", "hopper", "h200", 143360 * MIB, 48, 7, 2},
        {"b200-180gb", "blackwell", "b200", 182784 * MIB, 48, 7, 1},
        {"gb200-186gb", "blackwell", NULL, 186 * GB, 48, 7, 1},
        {"rtx-pro-6000-blackwell-96gb", "blackwell", "rtx-pro-server-6000", 97280 * MIB, 48, 11, 6},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct gpu_model *model = model_named(cases[i].id);
        assert_string_equal(model->architecture, cases[i].architecture);
        if (cases[i].aws_name)
            assert_string_equal(model->aws_name, cases[i].aws_name);
        else
            assert_null(model->aws_name);
        if (model->memory_bytes != cases[i].memory_bytes || model->profile_count != cases[i].profile_count ||
            model->mps_max_replicas != cases[i].mps_max_replicas ||
            model->instance_type_count != cases[i].instance_type_count)
            fail_msg("%s", model->id);
    }
}

/* For each GPU that Bottlerocket's MIG manager knows: its name there, and the profiles with which it fills the GPU. */
TEST(gpu_table_load__bottlerocket__as_its_mig_manager_has_it)
{
    static const char *const known[][3] = {
        {"a30-24gb", "a30.24gb", "1g.6gb 2g.12gb 4g.24gb "},
        {"a100-40gb", "a100.40gb", "1g.5gb 1g.10gb 2g.10gb 3g.20gb 7g.40gb "},
        {"b200-180gb", "b200.180gb", "1g.23gb 1g.45gb 2g.45gb 3g.90gb 7g.180gb "},
        {"b300-269gb", "b300.269gb", "1g.34gb 1g.67gb 2g.67gb 7g.269gb "},
        {"rtx-pro-6000-blackwell-96gb", "rtxpro6000.96gb", "1g.24gb 2g.48gb 4g.96gb "},
    };
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        const struct gpu_model *model = model_named(known[i][0]);
        char profiles[256] = "";
        for (size_t j = 0; j < model->profile_count; j++) {
            if (model->profiles[j].on_bottlerocket) {
                strcat(profiles, model->profiles[j].name);
                strcat(profiles, " ");
            }
        }
        assert_string_equal(model->bottlerocket_model, known[i][1]);
        assert_string_equal(profiles, known[i][2]);
    }
    assert_null(model_named("gb200-186gb")->bottlerocket_model);
    assert_null(model_named("t4")->bottlerocket_model);
}

TEST(gpu_table_load__a100_40gb__as_published)
{
    const struct gpu_model *model = model_named("a100-40gb");
    assert_int_equal(model->compute_slices, 7);
    assert_int_equal(model->memory_units, 8);
    assert_int_equal(model->max_instances, 7);
    assert_string_equal(model->evidence, "hardware");
    assert_int_equal(model->media_totals[GPU_NVDEC], 5);
    assert_int_equal(model->media_totals[GPU_JPEG], 1);
    assert_int_equal(model->media_totals[GPU_OFA], 1);
    assert_false(model->media_known[GPU_NVENC]);
    assert_true(model->media_known[GPU_OFA]);
    assert_string_equal(model->instance_types[0].name, "p4d.24xlarge");
    assert_string_equal(model->instance_types[0].arch, "amd64");
    assert_int_equal(model->instance_types[0].gpu_count, 8);
    const struct mig_profile *profile = gpu_profile(model, "1g.10gb");
    assert_int_equal(profile->max_instances, 4);
    assert_int_equal(profile->compute_slices, 1);
    assert_int_equal(profile->memory_units, 2);
    assert_int_equal(profile->start_count, 4);
    assert_int_equal(profile->starts[3], 6);
    assert_int_equal(profile->media[GPU_NVDEC], 1);
    assert_int_equal(profile->memory_bytes, 9856 * MIB);
    assert_true(profile->memory_measured);
}

/* If no driver has reported the memory of a profile, it is the gigabytes of its name. */
TEST(gpu_table_load__memory_not_reported__is_that_of_the_name)
{
    static const struct {
        const char *gpu, *profile;
        int64_t bytes;
    } cases[] = {
        {"gb200-186gb", "1g.23gb", 23 * GB},
        {"gb300-278gb", "7g.278gb", 278 * GB},
        {"h100-94gb", "3g.47gb", 47 * GB},
        {"b300-269gb", "1g.34gb+me", 34 * GB},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct mig_profile *profile = gpu_profile(model_named(cases[i].gpu), cases[i].profile);
        assert_non_null(profile);
        assert_int_equal(profile->memory_bytes, cases[i].bytes);
        assert_false(profile->memory_measured);
    }
}

static void check_profile(const struct gpu_model *model, const struct mig_profile *profile)
{
    unsigned slices;
    unsigned gigabytes;
    if (sscanf(profile->name, "%ug.%ugb", &slices, &gigabytes) != 2 || slices != profile->compute_slices)
        fail_msg("%s %s: name and compute slices differ", model->id, profile->name);
    /* Names are rounded: the memory differs from the gigabytes of the name by at most a tenth. */
    if (profile->memory_bytes < gigabytes * GB * 9 / 10 || profile->memory_bytes > gigabytes * GB * 11 / 10)
        fail_msg("%s %s: %lld bytes", model->id, profile->name, (long long)profile->memory_bytes);
    /* GPU and profile may have been read with two versions of the driver, which differ by less than a hundredth. */
    if (profile->memory_bytes > model->memory_bytes / 100 * 101)
        fail_msg("%s %s: more memory than its GPU", model->id, profile->name);
    for (size_t i = 0; i < profile->start_count; i++) {
        bool ascending = i == 0 || profile->starts[i] > profile->starts[i - 1];
        if (!ascending || profile->starts[i] + profile->memory_units > model->memory_units)
            fail_msg("%s %s: start %u", model->id, profile->name, profile->starts[i]);
    }
    for (size_t kind = 0; kind < GPU_MEDIA_KINDS; kind++) {
        if (model->media_known[kind] && profile->media[kind] > model->media_totals[kind])
            fail_msg("%s %s: media", model->id, profile->name);
    }
    if (profile->max_instances == 0 || profile->max_instances > profile->start_count ||
        profile->max_instances > model->max_instances)
        fail_msg("%s %s: maxInstances", model->id, profile->name);
}

TEST(gpu_table_load__every_profile__consistent)
{
    for (size_t i = 0; i < table->model_count; i++) {
        const struct gpu_model *model = &table->models[i];
        assert_true(model->memory_bytes >= 15 * GB);
        assert_ptr_equal(gpu_find(table, model->id), model);
        for (size_t j = 0; j < model->profile_count; j++) {
            check_profile(model, &model->profiles[j]);
            assert_ptr_equal(gpu_profile(model, model->profiles[j].name), &model->profiles[j]);
        }
    }
}

/* A PCI id belongs to one model only, or `gpu probe` would compare the board with the wrong model. */
TEST(gpu_table_load__pci_ids__of_one_model_each)
{
    uint32_t seen[256];
    size_t count = 0;
    for (size_t i = 0; i < table->model_count; i++) {
        const struct gpu_model *model = &table->models[i];
        for (size_t j = 0; j < model->pci_id_count; j++) {
            assert_int_equal(model->pci_ids[j] & 0xffff, 0x10de);
            for (size_t k = 0; k < count; k++)
                assert_int_not_equal(seen[k], model->pci_ids[j]);
            assert_true(count < ARRAY_SIZE(seen));
            seen[count++] = model->pci_ids[j];
        }
    }
    assert_int_equal(count, 35);
    assert_int_equal(model_named("h100-80gb")->pci_ids[0], 0x233010de);
    assert_int_equal(model_named("h100-64gb")->pci_id_count, 0);
}

TEST(gpu_table_load__profiles__numbered_once_and_few_enough_for_a_layout)
{
    for (size_t i = 0; i < table->model_count; i++) {
        const struct gpu_model *model = &table->models[i];
        assert_true(model->profile_count <= LAYOUT_ENTRIES_MAX);
        for (size_t j = 0; j < model->profile_count; j++) {
            for (size_t k = 0; k < j; k++)
                assert_true(model->profiles[j].nvml_id < 0 || model->profiles[j].nvml_id != model->profiles[k].nvml_id);
        }
    }
    assert_int_equal(gpu_profile(model_named("a100-40gb"), "1g.5gb+me")->nvml_id, 20);
    assert_int_equal(gpu_profile(model_named("rtx-pro-5000-blackwell-48gb"), "1g.24gb")->nvml_id, -1);
}

TEST(gpu_table_load__instance_types__known_architectures_and_counts)
{
    for (size_t i = 0; i < table->instance_type_count; i++) {
        const struct gpu_instance_type *type = &table->instance_types[i];
        bool arm = strncmp(type->name, "g5g.", 4) == 0 || strncmp(type->name, "p6e-", 4) == 0;
        bool share = strncmp(type->name, "g6f.", 4) == 0 || strncmp(type->name, "gr6f.", 5) == 0;
        size_t place = (size_t)(type - type->gpu->instance_types);
        assert_string_equal(type->arch, arm ? "arm64" : "amd64");
        assert_non_null(strchr(type->name, '.'));
        assert_in_range(type->gpu_count, share ? 0 : 1, share ? 0 : 8);
        assert_in_range(place, share ? type->gpu->instance_type_count : 0,
                        type->gpu->instance_type_count + (share ? type->gpu->fraction_count : 0) - 1);
        assert_ptr_equal(gpu_instance_find(table, type->name), type);
    }
    assert_null(gpu_instance_find(table, "g4dn"));
    assert_string_equal(model_named("v100-32gb")->instance_types[0].name, "p3dn.24xlarge");
}

TEST(gpu_table_load__instance_types__numbers_as_published)
{
    static const struct {
        const char *name;
        int64_t gpu_memory_mib, cpus, memory_mib, nvme_gb, network_mbps;
        int64_t microdollars;
    } cases[] = {
        {"g4dn.xlarge", 16384, 4, 16384, 125, 5000, 526000},
        {"g5g.metal", 16384, 64, 131072, 0, 25000, 2744000},
        {"g6f.large", 2861, 2, 8192, 100, 1500, 202000},
        {"g7.48xlarge", 32768, 192, 786432, 7600, 700000, 28513280},
        {"g7.2xlarge", 32768, 8, 32768, 440, -1, 2520000}, /* Karpenter 1.14 and 1.15 differ in its bandwidth */
        {"p5en.48xlarge", 144384, 192, 2097152, 30400, 3200000, 63296000},
        {"p5e.48xlarge", 144384, 192, 2097152, 30400, 3200000, -1},
        {"p3.2xlarge", 16384, -1, -1, -1, 2500, 3060000},
        {"p6e-gb200.36xlarge", -1, -1, -1, -1, 3200000, -1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct gpu_instance_type *type = gpu_instance_find(table, cases[i].name);
        assert_non_null(type);
        if (type->gpu_memory_mib != cases[i].gpu_memory_mib || type->cpus != cases[i].cpus ||
            type->memory_mib != cases[i].memory_mib || type->nvme_gb != cases[i].nvme_gb ||
            type->network_mbps != cases[i].network_mbps || type->microdollars != cases[i].microdollars)
            fail_msg("%s", cases[i].name);
    }
}

/* The loader does not check that every GPU has sources, nor that a GPU with MIG has a list of PCI ids and evidence of a
 * kind that the file explains. */
TEST(gpus_json__every_gpu__has_sources_and_mig_gpus_have_pci_ids)
{
    json_error_t error;
    size_t length = (size_t)(gpu_table_gpus_json_end - gpu_table_gpus_json);
    json_t *document = json_loadb(gpu_table_gpus_json, length, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(document, "asOf")), "2026-08");
    const json_t *evidence = json_object_get(document, "evidence");
    size_t index;
    json_t *gpu;
    json_array_foreach(json_object_get(document, "gpus"), index, gpu) {
        assert_true(json_array_size(json_object_get(gpu, "sources")) > 0);
        const json_t *mig = json_object_get(gpu, "mig");
        if (!mig)
            continue;
        assert_true(json_is_array(json_object_get(gpu, "pciDeviceIds")));
        assert_non_null(json_object_get(evidence, json_string_value(json_object_get(mig, "evidence"))));
    }
    json_decref(document);
}

TEST(gpu_nearest_id__table)
{
    static const struct {
        const char *typed, *nearest;
    } cases[] = {
        {"T4", "t4"},
        {"t5", "t4"},
        {"a100", "a100-40gb"},
        {"A100", "a100-40gb"},
        {"a100-8", "a100-80gb"},
        {"a100-40", "a100-40gb"},
        {"a100-40g", "a100-40gb"},
        {"a10040gb", "a100-40gb"},
        {"A10040GB", "a100-40gb"},
        {"h100", "h100-80gb"},
        {"h200", "h200-141gb"},
        {"h200-141", "h200-141gb"},
        {"gb200", "gb200-186gb"},
        {"a10", "a10g"},
        {"l40", "l40s"},
        {"v1oo", NULL},
        {"v10O", "v100"},
        {"rtx-pro-6000", "rtx-pro-6000-blackwell-96gb"},
        {"rtx-pro-6000-blackwel-96gb", "rtx-pro-6000-blackwell-96gb"},
        {"mi300x", NULL},
        {"k80", NULL},
        {"banana", NULL},
        {"", NULL},
        {"a", NULL},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *nearest = gpu_nearest_id(table, cases[i].typed);
        const char *expected = cases[i].nearest;
        if (!nearest != !expected || (nearest && strcmp(nearest, expected) != 0))
            fail_msg("\"%s\": got %s", cases[i].typed, nearest ? nearest : "none");
    }
}

TEST(gpu_table_free__null__nothing)
{
    gpu_table_free(NULL);
}
