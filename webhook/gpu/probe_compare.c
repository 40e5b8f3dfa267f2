/* Compares a probed GPU with the table. Does not depend on the driver. */
#include "gpu/probe.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_SIZE = 256, NOMINAL_PERCENT = 15 };

/* A comparison in progress. A failure to add a line is remembered, so that the calls need no check. */
struct comparing {
    const struct gpu_model *table, *probed;
    struct strlist *differences, *notes;
    bool out_of_memory;
};

PRINTF(3, 4)
static void add_line(struct comparing *comparing, struct strlist *list, const char *format, ...)
{
    struct err err;
    va_list args;
    va_start(args, format);
    AUTO(string) line = text_vformat(format, args);
    va_end(args);
    comparing->out_of_memory |= !line || strlist_add(list, line, &err) < 0;
}

static void compare_number(struct comparing *comparing, const char *of, const char *field, unsigned probed,
                           unsigned table)
{
    if (probed != table)
        add_line(comparing, comparing->differences, "%s: %s is %u, the table has %u", of, field, probed, table);
}

static void starts_text(const struct mig_profile *profile, char ret_text[LINE_MAX_SIZE])
{
    size_t length = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < profile->start_count; i++)
        length += (size_t)snprintf(ret_text + length, LINE_MAX_SIZE - length, "%s%u", i ? "," : "", profile->starts[i]);
}

static void compare_starts(struct comparing *comparing, const struct mig_profile *probed,
                           const struct mig_profile *table)
{
    char of_driver[LINE_MAX_SIZE];
    char of_table[LINE_MAX_SIZE];
    starts_text(probed, of_driver);
    starts_text(table, of_table);
    if (strcmp(of_driver, of_table) != 0)
        add_line(comparing, comparing->differences, "%s: starts are %s, the table has %s", probed->name, of_driver,
                 of_table);
}

/* The gigabytes in a profile's name are rounded. If the table has only these, a small difference is just noted. */
static void compare_memory(struct comparing *comparing, const struct mig_profile *probed,
                           const struct mig_profile *table)
{
    long long mebibytes = (long long)(probed->memory_bytes >> 20);
    int64_t away = probed->memory_bytes - table->memory_bytes;
    bool near = (away < 0 ? -away : away) * 100 <= table->memory_bytes * NOMINAL_PERCENT;
    if (!table->memory_measured && near)
        add_line(comparing, comparing->notes, "%s: memory is %lld MiB, the table has the name's gigabytes",
                 probed->name, mebibytes);
    else if (away != 0)
        add_line(comparing, comparing->differences, "%s: memory is %lld MiB, the table has %lld", probed->name,
                 mebibytes, (long long)(table->memory_bytes >> 20));
}

static void compare_profile(struct comparing *comparing, const struct mig_profile *probed,
                            const struct mig_profile *table)
{
    compare_number(comparing, probed->name, "maxInstances", probed->max_instances, table->max_instances);
    compare_number(comparing, probed->name, "computeSlices", probed->compute_slices, table->compute_slices);
    compare_number(comparing, probed->name, "memoryUnits", probed->memory_units, table->memory_units);
    compare_starts(comparing, probed, table);
    compare_memory(comparing, probed, table);

    for (size_t kind = 0; kind < GPU_MEDIA_KINDS; kind++) {
        if (comparing->table->media_known[kind])
            compare_number(comparing, probed->name, gpu_media_names[kind], probed->media[kind], table->media[kind]);
    }

    if (table->nvml_id < 0)
        add_line(comparing, comparing->notes, "%s: profileId is %d, the table does not say", probed->name,
                 probed->nvml_id);
    else
        compare_number(comparing, probed->name, "profileId", (unsigned)probed->nvml_id, (unsigned)table->nvml_id);
}

static void compare_totals(struct comparing *comparing)
{
    const struct gpu_model *probed = comparing->probed;
    const struct gpu_model *table = comparing->table;
    compare_number(comparing, "the GPU", "computeSlices", probed->compute_slices, table->compute_slices);
    compare_number(comparing, "the GPU", "memoryUnits", probed->memory_units, table->memory_units);
    compare_number(comparing, "the GPU", "maxInstances", probed->max_instances, table->max_instances);

    for (size_t kind = 0; kind < GPU_MEDIA_KINDS; kind++) {
        if (table->media_known[kind])
            compare_number(comparing, "the GPU", gpu_media_names[kind], probed->media_totals[kind],
                           table->media_totals[kind]);
        else if (probed->media_totals[kind] > 0)
            add_line(comparing, comparing->notes, "the GPU: %s is %u, the table does not say", gpu_media_names[kind],
                     probed->media_totals[kind]);
    }
}

static void compare_models(struct comparing *comparing)
{
    const struct gpu_model *probed = comparing->probed;
    const struct gpu_model *table = comparing->table;
    if (probed->profile_count == 0 || table->profile_count == 0) {
        if (probed->profile_count > 0)
            add_line(comparing, comparing->differences, "the GPU: has MIG, the table has none");
        if (table->profile_count > 0)
            add_line(comparing, comparing->differences, "the GPU: has no MIG, the table has %zu profiles",
                     table->profile_count);
        return;
    }

    compare_totals(comparing);
    for (size_t i = 0; i < probed->profile_count; i++) {
        const struct mig_profile *profile = gpu_profile(table, probed->profiles[i].name);
        if (profile)
            compare_profile(comparing, &probed->profiles[i], profile);
        else
            add_line(comparing, comparing->differences, "%s: is not in the table", probed->profiles[i].name);
    }

    for (size_t i = 0; i < table->profile_count; i++) {
        if (!gpu_profile(probed, table->profiles[i].name))
            add_line(comparing, comparing->differences, "%s: is in the table, the driver does not have it",
                     table->profiles[i].name);
    }
}

static int compare_with(const struct gpu_model *table, const struct probed_gpu *gpu, struct comparison *result,
                        struct err *err)
{
    struct comparing comparing = {
        .table = table, .probed = &gpu->model, .differences = &result->differences, .notes = &result->notes};
    compare_models(&comparing);
    return comparing.out_of_memory ? err_nomem(err) : 0;
}

static const struct gpu_model *model_of_board(const struct gpu_table *table, uint32_t pci_id)
{
    for (size_t i = 0; i < table->model_count; i++) {
        for (size_t j = 0; j < table->models[i].pci_id_count; j++) {
            if (table->models[i].pci_ids[j] == pci_id)
                return &table->models[i];
        }
    }
    return NULL;
}

/* Sets result->like to the first model that MIG partitions in the same way, if there is one. */
static int find_like(const struct gpu_table *table, const struct probed_gpu *gpu, struct comparison *result,
                     struct err *err)
{
    for (size_t i = 0; gpu->model.profile_count > 0 && i < table->model_count && !result->like; i++) {
        AUTO(comparison) trial = {.model = NULL};
        if (compare_with(&table->models[i], gpu, &trial, err) < 0)
            return -1;
        if (trial.differences.count == 0)
            result->like = &table->models[i];
    }
    return 0;
}

int probe_compare(const struct gpu_table *table, const struct probed_gpu *gpu, struct comparison *ret_result,
                  struct err *err)
{
    AUTO(comparison) result = {.model = model_of_board(table, gpu->pci_id)};
    int failed = result.model ? compare_with(result.model, gpu, &result, err) : find_like(table, gpu, &result, err);
    if (failed < 0)
        return -1;
    result.verdict = !result.model ? PROBE_UNKNOWN : result.differences.count > 0 ? PROBE_DIFFERS : PROBE_SAME;
    *ret_result = TAKE(result);
    return 0;
}

void comparison_fini(struct comparison *comparison)
{
    strlist_fini(&comparison->differences);
    strlist_fini(&comparison->notes);
    *comparison = (struct comparison){.model = NULL};
}
