/* Writes a probed GPU as an entry of gpus.json, which table.c reads. Does not depend on the driver. */
#include "gpu/probe.h"

#include "json/build.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = NVML_NAME_SIZE + NVML_DRIVER_VERSION_SIZE + 64 };

/* Leaves out kinds with a count of 0, as the table does. */
static json_t *entry_media(const unsigned counts[GPU_MEDIA_KINDS])
{
    json_t *media = json_object();
    for (size_t kind = 0; kind < GPU_MEDIA_KINDS; kind++) {
        if (counts[kind] > 0)
            json_put(&media, gpu_media_names[kind], json_integer(counts[kind]));
    }
    return media;
}

/* A suffix such as "+me" names an attribute; "-me" names what is excluded. */
static json_t *entry_profile(const struct mig_profile *profile)
{
    const char *suffix = profile->name + strcspn(profile->name, "+-");
    json_t *starts = json_array();
    for (size_t i = 0; i < profile->start_count; i++)
        json_append(&starts, json_integer(profile->starts[i]));
    json_t *object =
        json_pack("{s:s, s:i, s:i, s:i, s:i, s:o, s:I, s:o}", "name", profile->name, "profileId", profile->nvml_id,
                  "maxInstances", (int)profile->max_instances, "computeSlices", (int)profile->compute_slices,
                  "memoryUnits", (int)profile->memory_units, "starts", starts, "memoryMiB",
                  (json_int_t)(profile->memory_bytes >> 20), "media", entry_media(profile->media));
    if (*suffix)
        json_put(&object, *suffix == '+' ? "attributes" : "excludes", json_pack("[s]", suffix + 1));
    return object;
}

static json_t *entry_mig(const struct gpu_model *model)
{
    json_t *profiles = json_array();
    for (size_t i = 0; i < model->profile_count; i++)
        json_append(&profiles, entry_profile(&model->profiles[i]));
    return json_pack("{s:i, s:i, s:i, s:o, s:s, s:n, s:o}", "computeSlices", (int)model->compute_slices, "memoryUnits",
                     (int)model->memory_units, "maxInstances", (int)model->max_instances, "media",
                     entry_media(model->media_totals), "evidence", "nvml", "balanced", "profiles", profiles);
}

/* Turns "H100 80GB HBM3" into h100-80gb-hbm3. */
static void make_id(const char *product, char ret_id[TEXT_SIZE])
{
    size_t length = 0;
    for (; *product && length + 1 < TEXT_SIZE; product++) {
        if (isalnum((unsigned char)*product))
            ret_id[length++] = (char)tolower((unsigned char)*product);
        else if (length > 0 && ret_id[length - 1] != '-')
            ret_id[length++] = '-';
    }
    while (length > 0 && ret_id[length - 1] == '-')
        length--;
    ret_id[length] = '\0';
}

/* Follows GPU feature discovery, which drops what a label value cannot contain and writes '-' for spaces (internal/lm
 * of the device plugin). */
static void make_label(const char *name, char ret_label[TEXT_SIZE])
{
    size_t length = 0;
    for (; *name && length + 1 < TEXT_SIZE; name++) {
        if (isalnum((unsigned char)*name) || strchr("-_.", *name))
            ret_label[length++] = *name;
        else if (*name == ' ')
            ret_label[length++] = '-';
    }
    ret_label[length] = '\0';
}

int probe_entry(const struct probed_gpu *gpu, const char *driver, json_t **ret_entry, struct err *err)
{
    char id[TEXT_SIZE];
    char label[TEXT_SIZE];
    char source[TEXT_SIZE];
    char pci_id[16];
    const char *product = strncmp(gpu->name, "NVIDIA ", 7) == 0 ? gpu->name + 7 : gpu->name;
    make_id(product, id);
    make_label(gpu->name, label);
    (void)snprintf(source, sizeof(source), "read from NVML on %s, driver %s", gpu->name, driver);
    (void)snprintf(pci_id, sizeof(pci_id), "0x%08X", gpu->pci_id);

    json_t *entry = json_pack(
        "{s:s, s:s, s:s, s:n, s:I, s:i, s:[s], s:[s], s:[s], s:n}", "id", id, "product", product, "architecture",
        gpu->architecture, "awsName", "memoryMiB", (json_int_t)(gpu->model.memory_bytes >> 20), "mpsMaxReplicas",
        (int)gpu->model.mps_max_replicas, "sources", source, "gfdProducts", label, "pciDeviceIds", pci_id, "minDriver");
    if (gpu->model.profile_count > 0)
        json_put(&entry, "mig", entry_mig(&gpu->model));
    if (!entry)
        return err_nomem(err);

    *ret_entry = entry;
    return 0;
}
