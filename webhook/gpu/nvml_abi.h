/* The part of NVML's binary interface that `gpuslice gpu probe` calls, declared from NVIDIA's NVML API reference
 * (docs.nvidia.com/deploy/nvml-api), because the build must not require nvml.h (part of CUDA). Names follow NVIDIA's;
 * the comment at each type gives the original. Sizes and offsets are asserted below. 64-bit Linux. */
#pragma once

#include <assert.h>
#include <stddef.h>

#define NVML_LIBRARY "libnvidia-ml.so.1"

/* The values of nvmlReturn_t that are handled here; nvmlErrorString() describes all. */
enum { NVML_SUCCESS = 0, NVML_ERROR_INVALID_ARGUMENT = 2, NVML_ERROR_NOT_SUPPORTED = 3 };

enum { NVML_DRIVER_VERSION_SIZE = 80, NVML_NAME_SIZE = 96, NVML_BUS_ID_SIZE = 32, NVML_BUS_ID_LEGACY_SIZE = 16 };

/* nvmlDevice_t: opaque. */
struct nvml_device;

/* nvmlMemory_t; bytes. */
struct nvml_memory {
    unsigned long long total, free, used;
};

/* nvmlPciInfo_t of nvmlDeviceGetPciInfo_v3(). */
struct nvml_pci_info {
    char bus_id_legacy[NVML_BUS_ID_LEGACY_SIZE];
    unsigned domain, bus, device;
    unsigned pci_device_id; /* device id << 16 | vendor id, as in the table: 0x233010DE */
    unsigned pci_subsystem_id;
    char bus_id[NVML_BUS_ID_SIZE];
};

/* nvmlGpuInstancePlacement_t; memory units. */
struct nvml_placement {
    unsigned start, size;
};

/* How many values of the argument `profile` of nvmlDeviceGetGpuInstanceProfileInfoV() are tried, from 0
 * (NVML_GPU_INSTANCE_PROFILE_1_SLICE). 17 have names so far, and drivers reject unknown ones. */
enum { NVML_PROFILES_TRIED = 32 };

/* nvmlGpuInstanceProfileInfo_v2_t. A third version exists, but it adds nothing that we need, and its field `name` is
 * unreliable: driver 580.159.04 writes it eight bytes past its offset, and writes "7g.0gb" for a 1g.18gb (seen on an
 * H200). */
struct nvml_profile {
    unsigned version; /* NVML_PROFILE_VERSION; the library checks it */
    unsigned id, is_p2p_supported, slice_count, instance_count, multiprocessor_count, copy_engine_count, decoder_count,
        encoder_count, jpeg_count, ofa_count;
    unsigned long long memory_mib;
    char name[NVML_NAME_SIZE]; /* "MIG 1g.10gb" */
};

/* NVML_STRUCT_VERSION(): the size, and the version in the top byte. */
#define NVML_PROFILE_VERSION (152U | 2U << 24)

static_assert(sizeof(struct nvml_memory) == 24, "nvmlMemory_t");
static_assert(sizeof(struct nvml_pci_info) == 68, "nvmlPciInfo_t");
static_assert(offsetof(struct nvml_pci_info, pci_device_id) == 28, "nvmlPciInfo_t");
static_assert(sizeof(struct nvml_placement) == 8, "nvmlGpuInstancePlacement_t");
static_assert(sizeof(struct nvml_profile) == 152, "nvmlGpuInstanceProfileInfo_v2_t");
static_assert(offsetof(struct nvml_profile, memory_mib) == 48, "nvmlGpuInstanceProfileInfo_v2_t");
static_assert(offsetof(struct nvml_profile, name) == 56, "nvmlGpuInstanceProfileInfo_v2_t");

/* nvmlDeviceArchitecture_t */
enum {
    NVML_ARCHITECTURE_VOLTA = 5,
    NVML_ARCHITECTURE_TURING = 6,
    NVML_ARCHITECTURE_AMPERE = 7,
    NVML_ARCHITECTURE_ADA = 8,
    NVML_ARCHITECTURE_HOPPER = 9,
    NVML_ARCHITECTURE_BLACKWELL = 10
};
