/* A fake libnvidia-ml for `gpuslice gpu probe --library`. $FAKE_NVML lists keys of devices[], separated by commas;
 * "fail:CALL" as the last element makes that call fail, and "no-driver" alone makes nvmlInit_v2() fail. The answers are
 * modelled on those that a driver of 2026 gave on an H100 with MIG off. A second build, with FAKE_OLD_DRIVER, lacks the
 * functions that old drivers lack. */
#include "gpu/nvml_abi.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STARTS_MAX = 8,
    GPUS_MAX = 8,
    ERROR_INSUFFICIENT_SIZE = 7,
    ERROR_DRIVER_NOT_LOADED = 9,
    ERROR_GPU_IS_LOST = 15,
    ERROR_UNKNOWN = 999
};

struct fake_profile {
    int number; /* as NVML_GPU_INSTANCE_PROFILE_... */
    unsigned id, slices, instances, decoders, encoders, jpegs, ofas;
    unsigned long long memory_mib;
    const char *name;
    unsigned size, starts[STARTS_MAX], start_count;
};

struct nvml_device {
    const char *key, *name;
    unsigned pci_device_id, architecture;
    int major, minor;
    unsigned long long memory_mib;
    bool has_mig, mig_on;
    const struct fake_profile *profiles;
    size_t profile_count;
};

static const struct fake_profile h100[] = {
    {0, 19, 1, 7, 1, 0, 1, 0, 9984, "MIG 1g.10gb", 1, {0, 1, 2, 3, 4, 5, 6}, 7},
    {1, 14, 2, 3, 2, 0, 2, 0, 20096, "MIG 2g.20gb", 2, {0, 2, 4}, 3},
    {2, 9, 3, 2, 3, 0, 3, 0, 40448, "MIG 3g.40gb", 4, {4, 0}, 2},
    {3, 5, 4, 1, 4, 0, 4, 0, 40448, "MIG 4g.40gb", 4, {0}, 1},
    {4, 0, 7, 1, 7, 0, 7, 1, 81152, "MIG 7g.80gb", 8, {0}, 1},
    {7, 20, 1, 1, 1, 0, 1, 1, 9984, "MIG 1g.10gb+me", 1, {0, 1, 2, 3, 4, 5, 6}, 7},
    {9, 15, 1, 4, 1, 0, 1, 0, 20096, "MIG 1g.20gb", 2, {0, 2, 4, 6}, 4},
};

/* Each figure of the table except the JPEG engines differs in some profile; one profile is missing and one is new. */
static const struct fake_profile h100_differs[] = {
    {0, 19, 1, 6, 1, 0, 1, 0, 9728, "MIG 1g.10gb", 1, {0, 1, 2, 3, 4, 5}, 6},
    {1, 14, 2, 3, 1, 0, 2, 0, 20096, "MIG 2g.20gb", 2, {0, 2, 4}, 3},
    {2, 10, 3, 2, 3, 0, 3, 0, 40448, "MIG 3g.40gb", 3, {0, 4}, 2},
    {3, 5, 3, 1, 4, 0, 4, 0, 40448, "MIG 4g.40gb", 4, {0}, 1},
    {4, 0, 7, 1, 7, 0, 7, 2, 81152, "MIG 7g.80gb", 8, {0}, 1},
    {7, 20, 1, 1, 1, 0, 1, 1, 9984, "MIG 1g.10gb+me", 1, {0, 1, 2, 3, 4, 5, 6}, 7},
    {20, 99, 1, 1, 1, 0, 1, 0, 20096, "MIG 1g.20gb+new", 2, {0}, 1},
};

/* In the table, the profiles of the B200 are inferred: they have the memory that their names say, and no decoders. */
static const struct fake_profile b200[] = {
    {0, 19, 1, 7, 1, 0, 1, 0, 22272, "MIG 1g.23gb", 1, {0, 1, 2, 3, 4, 5, 6}, 7},
    {1, 14, 2, 3, 2, 0, 2, 0, 44800, "MIG 2g.45gb", 2, {0, 2, 4}, 3},
    {2, 9, 3, 2, 3, 0, 3, 0, 90112, "MIG 3g.90gb", 4, {0, 4}, 2},
    {3, 5, 4, 1, 4, 0, 4, 0, 90112, "MIG 4g.90gb", 4, {0}, 1},
    {4, 0, 7, 1, 7, 0, 7, 1, 182272, "MIG 7g.180gb", 8, {0}, 1},
    {7, 20, 1, 1, 1, 0, 1, 1, 22272, "MIG 1g.23gb+me", 1, {0, 1, 2, 3, 4, 5, 6}, 7},
    {9, 15, 1, 4, 1, 0, 1, 0, 44800, "MIG 1g.45gb", 2, {0, 2, 4, 6}, 4},
};

static const struct fake_profile unknown[] = {
    {0, 14, 1, 2, 1, 1, 1, 0, 11776, "MIG 1g.12gb", 3, {0, 3}, 2},
    {1, 5, 2, 1, 2, 2, 2, 1, 23808, "MIG 2g.24gb", 6, {0}, 1},
    {13, 67, 1, 2, 0, 0, 0, 0, 11776, "MIG 1g.12gb-me", 3, {0, 3}, 2},
    {15, 65, 1, 1, 2, 2, 2, 1, 11776, "MIG 1g.12gb+me.all", 3, {0, 3}, 2},
};

/* A profile without a name. */
static const struct fake_profile nameless[] = {
    {0, 19, 1, 7, 1, 0, 1, 0, 9984, "", 1, {0}, 1},
};

#define PROFILES(list) (list), sizeof(list) / sizeof((list)[0])

static struct nvml_device devices[] = {
    {"h100", "NVIDIA H100 80GB HBM3", 0x233010DE, NVML_ARCHITECTURE_HOPPER, 9, 0, 81559, true, false, PROFILES(h100)},
    {"h100-differs", "NVIDIA H100 PCIe", 0x233110DE, NVML_ARCHITECTURE_HOPPER, 9, 0, 81559, true, true,
     PROFILES(h100_differs)},
    {"h100-no-mig", "NVIDIA H100 PCIe", 0x233110DE, NVML_ARCHITECTURE_HOPPER, 9, 0, 81559, false, false, NULL, 0},
    {"h100-board", "NVIDIA H100 80GB HBM3e", 0x23FF10DE, NVML_ARCHITECTURE_HOPPER, 9, 0, 81559, true, false,
     PROFILES(h100)},
    {"b200", "NVIDIA B200", 0x290110DE, NVML_ARCHITECTURE_BLACKWELL, 10, 0, 183359, true, false, PROFILES(b200)},
    {"unknown", "NVIDIA X900 (24GB)", 0x7FFF10DE, 77, 12, 0, 24100, true, false, PROFILES(unknown)},
    {"unknown-old", "Quadro X1", 0x7FFE10DE, NVML_ARCHITECTURE_VOLTA, 7, 0, 8192, false, false, NULL, 0},
    {"t4", "Tesla T4", 0x1EB810DE, NVML_ARCHITECTURE_TURING, 7, 5, 15360, false, false, NULL, 0},
    {"t4-mig", "Tesla T4", 0x1EB810DE, NVML_ARCHITECTURE_TURING, 7, 5, 15360, true, false, PROFILES(h100)},
    {"empty", "NVIDIA Empty", 0x7FFD10DE, NVML_ARCHITECTURE_HOPPER, 9, 0, 1024, true, false, NULL, 0},
    {"nameless", "NVIDIA Nameless", 0x7FFC10DE, NVML_ARCHITECTURE_HOPPER, 9, 0, 1024, true, false, PROFILES(nameless)},
    {"lost", "NVIDIA Lost", 0, 0, 0, 0, 0, false, false, NULL, 0},
};

/* Returns ERROR_UNKNOWN if $FAKE_NVML ends with "fail:" and this call, and otherwise the given status. */
static int status_of(const char *call, int otherwise)
{
    const char *list = getenv("FAKE_NVML");
    const char *found = list ? strstr(list, "fail:") : NULL;
    return found && strcmp(found + strlen("fail:"), call) == 0 ? ERROR_UNKNOWN : otherwise;
}

static struct nvml_device *device_named(const char *key, size_t length)
{
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        if (strlen(devices[i].key) == length && strncmp(devices[i].key, key, length) == 0)
            return &devices[i];
    }
    return NULL;
}

static size_t list_devices(struct nvml_device *found[GPUS_MAX])
{
    const char *list = getenv("FAKE_NVML");
    size_t count = 0;
    for (; list && *list && count < GPUS_MAX; list += strcspn(list, ","), list += *list == ',') {
        struct nvml_device *device = device_named(list, strcspn(list, ","));
        if (device)
            found[count++] = device;
    }
    return count;
}

int nvmlInit_v2(void);
int nvmlInit_v2(void)
{
    const char *list = getenv("FAKE_NVML");
    return list && strcmp(list, "no-driver") == 0 ? ERROR_DRIVER_NOT_LOADED : status_of("nvmlInit_v2", NVML_SUCCESS);
}

int nvmlShutdown(void);
int nvmlShutdown(void)
{
    return NVML_SUCCESS;
}

const char *nvmlErrorString(int status);
const char *nvmlErrorString(int status)
{
    switch (status) {
    case ERROR_DRIVER_NOT_LOADED:
        return "Driver Not Loaded";
    case ERROR_GPU_IS_LOST:
        return "GPU is lost";
    default:
        return "Unknown Error";
    }
}

int nvmlSystemGetDriverVersion(char *version, unsigned length);
int nvmlSystemGetDriverVersion(char *version, unsigned length)
{
    (void)snprintf(version, length, "580.0.1");
    return status_of("nvmlSystemGetDriverVersion", NVML_SUCCESS);
}

int nvmlDeviceGetCount_v2(unsigned *count);
int nvmlDeviceGetCount_v2(unsigned *count)
{
    struct nvml_device *found[GPUS_MAX];
    *count = (unsigned)list_devices(found);
    return status_of("nvmlDeviceGetCount_v2", NVML_SUCCESS);
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, struct nvml_device **device);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, struct nvml_device **device)
{
    struct nvml_device *found[GPUS_MAX];
    if (index >= list_devices(found))
        return NVML_ERROR_INVALID_ARGUMENT;
    *device = found[index];
    return strcmp(found[index]->key, "lost") == 0 ? ERROR_GPU_IS_LOST
                                                  : status_of("nvmlDeviceGetHandleByIndex_v2", NVML_SUCCESS);
}

int nvmlDeviceGetName(const struct nvml_device *device, char *name, unsigned length);
int nvmlDeviceGetName(const struct nvml_device *device, char *name, unsigned length)
{
    (void)snprintf(name, length, "%s", device->name);
    return status_of("nvmlDeviceGetName", NVML_SUCCESS);
}

int nvmlDeviceGetMemoryInfo(const struct nvml_device *device, struct nvml_memory *memory);
int nvmlDeviceGetMemoryInfo(const struct nvml_device *device, struct nvml_memory *memory)
{
    *memory = (struct nvml_memory){.total = device->memory_mib << 20, .free = device->memory_mib << 20};
    return status_of("nvmlDeviceGetMemoryInfo", NVML_SUCCESS);
}

int nvmlDeviceGetPciInfo_v3(const struct nvml_device *device, struct nvml_pci_info *info);
int nvmlDeviceGetPciInfo_v3(const struct nvml_device *device, struct nvml_pci_info *info)
{
    *info = (struct nvml_pci_info){.bus = 4, .pci_device_id = device->pci_device_id, .bus_id = "00000000:04:00.0"};
    return status_of("nvmlDeviceGetPciInfo_v3", NVML_SUCCESS);
}

#ifndef FAKE_OLD_DRIVER
int nvmlDeviceGetArchitecture(const struct nvml_device *device, unsigned *architecture);
int nvmlDeviceGetArchitecture(const struct nvml_device *device, unsigned *architecture)
{
    *architecture = device->architecture;
    return status_of("nvmlDeviceGetArchitecture", NVML_SUCCESS);
}
#endif

int nvmlDeviceGetCudaComputeCapability(const struct nvml_device *device, int *major, int *minor);
int nvmlDeviceGetCudaComputeCapability(const struct nvml_device *device, int *major, int *minor)
{
    *major = device->major;
    *minor = device->minor;
    return status_of("nvmlDeviceGetCudaComputeCapability", NVML_SUCCESS);
}

int nvmlDeviceGetMigMode(const struct nvml_device *device, unsigned *current, unsigned *pending);
int nvmlDeviceGetMigMode(const struct nvml_device *device, unsigned *current, unsigned *pending)
{
    *current = *pending = device->mig_on;
    return status_of("nvmlDeviceGetMigMode", device->has_mig ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED);
}

#ifndef FAKE_OLD_DRIVER
/* Like NVIDIA's, it refuses a struct of another version. The version contains the struct's size. */
int nvmlDeviceGetGpuInstanceProfileInfoV(const struct nvml_device *device, unsigned number, struct nvml_profile *info);
int nvmlDeviceGetGpuInstanceProfileInfoV(const struct nvml_device *device, unsigned number, struct nvml_profile *info)
{
    if (info->version != 0x02000098 || number > 24)
        return NVML_ERROR_INVALID_ARGUMENT;
    for (size_t i = 0; i < device->profile_count; i++) {
        const struct fake_profile *profile = &device->profiles[i];
        if (profile->number != (int)number)
            continue;
        *info = (struct nvml_profile){.id = profile->id,
                                      .slice_count = profile->slices,
                                      .instance_count = profile->instances,
                                      .multiprocessor_count = 16 * profile->slices,
                                      .copy_engine_count = profile->slices,
                                      .decoder_count = profile->decoders,
                                      .encoder_count = profile->encoders,
                                      .jpeg_count = profile->jpegs,
                                      .ofa_count = profile->ofas,
                                      .memory_mib = profile->memory_mib};
        (void)snprintf(info->name, sizeof(info->name), "%s", profile->name);
        return status_of("nvmlDeviceGetGpuInstanceProfileInfoV", NVML_SUCCESS);
    }
    return NVML_ERROR_NOT_SUPPORTED;
}

int nvmlDeviceGetGpuInstancePossiblePlacements_v2(const struct nvml_device *device, unsigned profile_id,
                                                  struct nvml_placement *placements, unsigned *count);
int nvmlDeviceGetGpuInstancePossiblePlacements_v2(const struct nvml_device *device, unsigned profile_id,
                                                  struct nvml_placement *placements, unsigned *count)
{
    for (size_t i = 0; i < device->profile_count; i++) {
        const struct fake_profile *profile = &device->profiles[i];
        if (profile->id != profile_id)
            continue;
        if (placements && *count < profile->start_count)
            return ERROR_INSUFFICIENT_SIZE;
        *count = profile->start_count;
        for (size_t j = 0; placements && j < profile->start_count; j++)
            placements[j] = (struct nvml_placement){.start = profile->starts[j], .size = profile->size};
        return status_of("nvmlDeviceGetGpuInstancePossiblePlacements_v2", NVML_SUCCESS);
    }
    return NVML_ERROR_INVALID_ARGUMENT;
}
#endif
