/* Names of GPU resources, as NVIDIA's device plugin registers them (k8s-device-plugin internal/rm/rm.go). */
#ifndef GPUSLICE_GPU_RESOURCE_H
#define GPUSLICE_GPU_RESOURCE_H

#include "base/err.h"
#include "nvidia/names.h"

#include <stdbool.h>

#define DRA_RESOURCE_PREFIX "deviceclass.resource.kubernetes.io/"

enum { GPU_RESOURCE_SIZE = 64 };

/* True for the names by which a pod requests a GPU: nvidia.com/gpu, nvidia.com/gpu.shared, nvidia.com/mig-*. A policy
 * set may add names (gpu/resource_names.h). */
bool gpu_resource_is(const char *name);

/* True for a part of a GPU: nvidia.com/gpu.shared, nvidia.com/mig-*. Any other GPU resource means whole GPUs. */
bool gpu_resource_is_slice(const char *name);

/* Writes "nvidia.com/mig-" and the profile with '+' as '.', or nvidia.com/gpu if `profile` is NULL; adds ".shared" if
 * `renamed` is set. */
void gpu_resource_name(const char *profile, bool renamed, char ret_name[GPU_RESOURCE_SIZE]);

#endif
