/* NVIDIA's management library, loaded while the program runs: a build needs no driver, and most machines that run
 * gpuslice have none. Has only functions that read. */
#pragma once

#include "base/err.h"
#include "gpu/nvml_abi.h"

/* Each function returns NVML's status, except error_string. Those below the line are NULL if an older driver lacks
 * them. */
struct nvml {
    void *library;
    int (*init)(void);
    int (*shutdown)(void);
    const char *(*error_string)(int status);
    int (*driver_version)(char *version, unsigned length);
    int (*device_count)(unsigned *count);
    int (*device_by_index)(unsigned index, struct nvml_device **device);
    int (*device_name)(struct nvml_device *device, char *name, unsigned length);
    int (*device_memory)(struct nvml_device *device, struct nvml_memory *memory);
    int (*device_pci)(struct nvml_device *device, struct nvml_pci_info *info);
    /* ---- */
    int (*device_architecture)(struct nvml_device *device, unsigned *architecture);
    int (*device_compute_capability)(struct nvml_device *device, int *major, int *minor);
    int (*device_mig_mode)(struct nvml_device *device, unsigned *current, unsigned *pending);
    int (*device_profile)(struct nvml_device *device, unsigned profile, struct nvml_profile *info);
    int (*device_placements)(struct nvml_device *device, unsigned profile_id, struct nvml_placement *placements,
                             unsigned *count);
};

/* Loads the library (a name that the loader looks up, or a path) and initializes it. Errors: ERR_UNAVAILABLE if it is
 * not found, lacks a required function, or cannot be initialized. */
MUST_CHECK int nvml_open(const char *library, struct nvml *ret_nvml, struct err *err);
void nvml_close(struct nvml *nvml);

/* Returns 0 if the status of a call is NVML_SUCCESS. Errors: ERR_UNAVAILABLE with "<call>: <NVML's text>". */
MUST_CHECK int nvml_check(const struct nvml *nvml, const char *call, int status, struct err *err);

DEFINE_AUTO_FINI(nvml, struct nvml, nvml_close);
