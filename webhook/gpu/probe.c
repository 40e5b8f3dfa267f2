/* Reads this machine's GPUs with NVML in the terms of the table. Does not depend on the content of the table. */
#include "gpu/probe.h"

#include "gpu/nvml.h"

#include <stdio.h>
#include <string.h>

enum { PLACEMENTS_MAX = 128, MPS_CLIENTS = 48, MPS_CLIENTS_OLD = 16 };

static const char *without_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0 ? text + strlen(prefix) : text;
}

/* Copies a name of a GPU or profile without its prefix "MIG ". The foreign library may omit the NUL. */
static void copy_name(const char name[NVML_NAME_SIZE], char ret_name[NVML_NAME_SIZE])
{
    char whole[NVML_NAME_SIZE];
    (void)snprintf(whole, sizeof(whole), "%.*s", NVML_NAME_SIZE - 1, name);
    (void)snprintf(ret_name, NVML_NAME_SIZE, "%s", without_prefix(whole, "MIG "));
}

static int compare_numbers(const void *a, const void *b)
{
    unsigned left = *(const unsigned *)a;
    unsigned right = *(const unsigned *)b;
    return (left > right) - (left < right);
}

static int read_placements(const struct nvml *nvml, struct nvml_device *device, unsigned profile_id,
                           struct mig_profile *profile, struct err *err)
{
    static const char call[] = "nvmlDeviceGetGpuInstancePossiblePlacements_v2";
    struct nvml_placement placements[PLACEMENTS_MAX];
    unsigned count = 0;
    if (nvml_check(nvml, call, nvml->device_placements(device, profile_id, NULL, &count), err) < 0)
        return -1;

    bool is_supported = count > 0 && count <= GPU_STARTS_MAX;
    if (is_supported &&
        nvml_check(nvml, call, nvml->device_placements(device, profile_id, placements, &count), err) < 0)
        return -1;
    if (count == 0 || count > GPU_STARTS_MAX) /* the second call counts again */
        return err_set(err, ERR_UNAVAILABLE, "%s: %u placements of %s, but only 1 to %d are supported", call, count,
                       profile->name, GPU_STARTS_MAX);

    profile->start_count = count;
    profile->memory_units = placements[0].size;

    for (size_t i = 0; i < profile->start_count; i++) {
        if (placements[i].size != profile->memory_units)
            return err_set(err, ERR_UNAVAILABLE, "%s: placements of %s have different sizes", call, profile->name);
        profile->starts[i] = placements[i].start;
    }

    qsort(profile->starts, profile->start_count, sizeof(profile->starts[0]), compare_numbers);
    return 0;
}

static int read_profile(const struct nvml *nvml, struct nvml_device *device, unsigned number, struct probed_gpu *gpu,
                        struct err *err)
{
    struct nvml_profile info = {.version = NVML_PROFILE_VERSION};
    int status = nvml->device_profile(device, number, &info);
    if (status == NVML_ERROR_NOT_SUPPORTED || status == NVML_ERROR_INVALID_ARGUMENT)
        return 0; /* not a profile of this GPU or driver */
    if (nvml_check(nvml, "nvmlDeviceGetGpuInstanceProfileInfoV", status, err) < 0)
        return -1;

    size_t index = gpu->model.profile_count;
    struct mig_profile profile = {.name = gpu->profile_names[index],
                                  .nvml_id = (int)info.id,
                                  .max_instances = info.instance_count,
                                  .compute_slices = info.slice_count,
                                  .media = {[GPU_NVDEC] = info.decoder_count,
                                            [GPU_NVENC] = info.encoder_count,
                                            [GPU_JPEG] = info.jpeg_count,
                                            [GPU_OFA] = info.ofa_count},
                                  .memory_bytes = (int64_t)info.memory_mib << 20,
                                  .memory_measured = true};
    copy_name(info.name, gpu->profile_names[index]);
    if (!profile.name[0])
        return err_set(err, ERR_UNAVAILABLE, "the driver gives no name for MIG profile %u", info.id);

    if (read_placements(nvml, device, info.id, &profile, err) < 0)
        return -1;

    gpu->profiles[index] = profile;
    gpu->model.profile_count++;
    return 0;
}

static int compare_profiles(const void *a, const void *b)
{
    const struct mig_profile *left = a;
    const struct mig_profile *right = b;
    if (left->compute_slices != right->compute_slices)
        return left->compute_slices < right->compute_slices ? -1 : 1;
    if (left->memory_units != right->memory_units)
        return left->memory_units < right->memory_units ? -1 : 1;
    return strcmp(left->name, right->name);
}

static void raise_to(unsigned *number, unsigned least)
{
    *number = *number < least ? least : *number;
}

/* NVML reports no totals, so they are the maxima over all profiles, of which the largest one is the whole GPU. */
static void find_totals(struct gpu_model *model)
{
    for (size_t i = 0; i < model->profile_count; i++) {
        const struct mig_profile *profile = &model->profiles[i];
        raise_to(&model->compute_slices, profile->compute_slices);
        raise_to(&model->max_instances, profile->max_instances);
        raise_to(&model->memory_units, profile->starts[profile->start_count - 1] + profile->memory_units);
        for (size_t kind = 0; kind < GPU_MEDIA_KINDS; kind++) {
            raise_to(&model->media_totals[kind], profile->media[kind]);
            model->media_known[kind] = model->media_totals[kind] > 0;
        }
    }
}

static int read_mig(const struct nvml *nvml, struct nvml_device *device, struct probed_gpu *gpu, struct err *err)
{
    unsigned current = 0;
    unsigned pending = 0;
    int status = nvml->device_mig_mode ? nvml->device_mig_mode(device, &current, &pending) : NVML_ERROR_NOT_SUPPORTED;
    if (status == NVML_ERROR_NOT_SUPPORTED)
        return 0;
    if (nvml_check(nvml, "nvmlDeviceGetMigMode", status, err) < 0)
        return -1;

    gpu->mig = current ? PROBE_MIG_ON : PROBE_MIG_OFF;
    if (!nvml->device_profile || !nvml->device_placements)
        return err_set(err, ERR_UNAVAILABLE,
                       "the driver is too old to describe MIG profiles: it has no %s; with a newer driver this works",
                       nvml->device_profile ? "nvmlDeviceGetGpuInstancePossiblePlacements_v2"
                                            : "nvmlDeviceGetGpuInstanceProfileInfoV");

    for (unsigned number = 0; number < NVML_PROFILES_TRIED; number++) {
        if (read_profile(nvml, device, number, gpu, err) < 0)
            return -1;
    }

    if (gpu->model.profile_count == 0)
        return err_set(err, ERR_UNAVAILABLE, "the driver describes no MIG profile of this GPU, though it has MIG");

    qsort(gpu->profiles, gpu->model.profile_count, sizeof(gpu->profiles[0]), compare_profiles);
    find_totals(&gpu->model);
    return 0;
}

static void read_architecture(const struct nvml *nvml, struct nvml_device *device, struct probed_gpu *gpu)
{
    static const char *const names[] = {
        [NVML_ARCHITECTURE_VOLTA] = "volta",   [NVML_ARCHITECTURE_TURING] = "turing",
        [NVML_ARCHITECTURE_AMPERE] = "ampere", [NVML_ARCHITECTURE_ADA] = "ada",
        [NVML_ARCHITECTURE_HOPPER] = "hopper", [NVML_ARCHITECTURE_BLACKWELL] = "blackwell",
    };
    unsigned architecture = 0;
    int major = 0;
    int minor = 0;
    if (!nvml->device_architecture || nvml->device_architecture(device, &architecture) != NVML_SUCCESS ||
        architecture >= ARRAY_SIZE(names) || !names[architecture])
        architecture = 0;

    (void)snprintf(gpu->architecture, sizeof(gpu->architecture), "%s", architecture ? names[architecture] : "unknown");
    if (!nvml->device_compute_capability || nvml->device_compute_capability(device, &major, &minor) != NVML_SUCCESS)
        major = 0;
    bool old = major < 7 || (major == 7 && minor < 5);
    gpu->model.mps_max_replicas = major && !old ? MPS_CLIENTS : MPS_CLIENTS_OLD;
}

static int read_gpu(const struct nvml *nvml, struct probed_gpu *gpu, struct err *err)
{
    struct nvml_device *device = NULL;
    struct nvml_pci_info pci = {.pci_device_id = 0};
    struct nvml_memory memory = {.total = 0};
    char name[NVML_NAME_SIZE] = "";

    if (nvml_check(nvml, "nvmlDeviceGetHandleByIndex_v2", nvml->device_by_index(gpu->index, &device), err) < 0 ||
        nvml_check(nvml, "nvmlDeviceGetName", nvml->device_name(device, name, sizeof(name)), err) < 0)
        return -1;
    copy_name(name, gpu->name);
    if (nvml_check(nvml, "nvmlDeviceGetPciInfo_v3", nvml->device_pci(device, &pci), err) < 0)
        return -1;
    gpu->pci_id = pci.pci_device_id;
    if (nvml_check(nvml, "nvmlDeviceGetMemoryInfo", nvml->device_memory(device, &memory), err) < 0)
        return -1;

    gpu->model.memory_bytes = (int64_t)memory.total;
    read_architecture(nvml, device, gpu);
    return read_mig(nvml, device, gpu, err);
}

static int read_all(const struct nvml *nvml, struct probe *probe, struct err *err)
{
    unsigned count = 0;
    if (nvml_check(nvml, "nvmlSystemGetDriverVersion", nvml->driver_version(probe->driver, sizeof(probe->driver)),
                   err) < 0 ||
        nvml_check(nvml, "nvmlDeviceGetCount_v2", nvml->device_count(&count), err) < 0)
        return -1;

    probe->gpus = calloc((size_t)count + 1, sizeof(*probe->gpus));
    if (!probe->gpus)
        return err_nomem(err);

    probe->count = count;
    for (unsigned i = 0; i < count; i++) {
        struct probed_gpu *gpu = &probe->gpus[i];
        gpu->index = i;
        gpu->model.profiles = gpu->profiles;
        (void)read_gpu(nvml, gpu, &gpu->failure); /* the others may still be readable */
    }

    return 0;
}

int probe_read(const char *library, struct probe *ret_probe, struct err *err)
{
    AUTO(nvml) nvml = {0};
    AUTO(probe) probe = {.count = 0};
    if (nvml_open(library, &nvml, err) < 0 || read_all(&nvml, &probe, err) < 0)
        return -1;
    *ret_probe = TAKE(probe);
    return 0;
}

void probe_fini(struct probe *probe)
{
    free(probe->gpus);
    *probe = (struct probe){.count = 0};
}
