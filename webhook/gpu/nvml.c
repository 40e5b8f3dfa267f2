/* Finds NVML's functions in a library. Does not depend on the GPU table. */
#include "gpu/nvml.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/* ISO C has no conversion from dlsym()'s result to a function; in POSIX the bytes are the same. */
typedef int any_function(void);
static_assert(sizeof(any_function *) == sizeof(void *), "dlsym");

static const struct {
    const char *name;
    size_t offset; /* in struct nvml */
    bool optional;
} symbols[] = {
    {"nvmlInit_v2", offsetof(struct nvml, init), false},
    {"nvmlShutdown", offsetof(struct nvml, shutdown), false},
    {"nvmlErrorString", offsetof(struct nvml, error_string), false},
    {"nvmlSystemGetDriverVersion", offsetof(struct nvml, driver_version), false},
    {"nvmlDeviceGetCount_v2", offsetof(struct nvml, device_count), false},
    {"nvmlDeviceGetHandleByIndex_v2", offsetof(struct nvml, device_by_index), false},
    {"nvmlDeviceGetName", offsetof(struct nvml, device_name), false},
    {"nvmlDeviceGetMemoryInfo", offsetof(struct nvml, device_memory), false},
    {"nvmlDeviceGetPciInfo_v3", offsetof(struct nvml, device_pci), false},
    {"nvmlDeviceGetArchitecture", offsetof(struct nvml, device_architecture), true},
    {"nvmlDeviceGetCudaComputeCapability", offsetof(struct nvml, device_compute_capability), true},
    {"nvmlDeviceGetMigMode", offsetof(struct nvml, device_mig_mode), true},
    {"nvmlDeviceGetGpuInstanceProfileInfoV", offsetof(struct nvml, device_profile), true},
    {"nvmlDeviceGetGpuInstancePossiblePlacements_v2", offsetof(struct nvml, device_placements), true},
};

static int find_symbols(const char *library, struct nvml *nvml, struct err *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
        void *symbol = dlsym(nvml->library, symbols[i].name);
        if (!symbol && !symbols[i].optional)
            return err_set(err, ERR_UNAVAILABLE, "%s has no %s: it is not NVML, or it belongs to a very old driver",
                           library, symbols[i].name);
        memcpy((char *)nvml + symbols[i].offset, &symbol, sizeof(symbol));
    }
    return 0;
}

int nvml_check(const struct nvml *nvml, const char *call, int status, struct err *err)
{
    return status == NVML_SUCCESS ? 0 : err_set(err, ERR_UNAVAILABLE, "%s: %s", call, nvml->error_string(status));
}

int nvml_open(const char *library, struct nvml *ret_nvml, struct err *err)
{
    struct nvml nvml = {.library = dlopen(library, RTLD_NOW | RTLD_LOCAL)};
    if (!nvml.library) {
        const char *why = dlerror();
        return err_set(
            err, ERR_UNAVAILABLE,
            "NVML not found, so no NVIDIA driver is visible from here: %s; if it is elsewhere, name it with --library",
            why ? why : library);
    }

    if (find_symbols(library, &nvml, err) < 0 || nvml_check(&nvml, "nvmlInit_v2", nvml.init(), err) < 0) {
        (void)dlclose(nvml.library);
        return -1;
    }

    *ret_nvml = nvml;
    return 0;
}

void nvml_close(struct nvml *nvml)
{
    if (!nvml->library)
        return;
    (void)nvml->shutdown();
    (void)dlclose(nvml->library);
    *nvml = (struct nvml){0};
}
