/* Names of GPU resources, as NVIDIA's device plugin registers them (k8s-device-plugin internal/rm/rm.go). */
#ifndef GPUSLICE_GPU_RESOURCE_H
#define GPUSLICE_GPU_RESOURCE_H

#include "base/err.h"
#include "nvidia/names.h"

#include <stdbool.h>

#define DRA_RESOURCE_PREFIX "deviceclass.resource.kubernetes.io/"

enum { GPU_RESOURCE_SIZE = 64 };

/* nvidia.com/gpu, nvidia.com/gpu.shared, nvidia.com/mig-*: True for the names by which a pod requests a GPU. A policy
 * set may know more (gpu/resource_names.h). */
bool gpu_resource_is(const char *name);

/* nvidia.com/gpu.shared, nvidia.com/mig-*: True for a part of a GPU. Any other GPU resource stands for whole GPUs. */
bool gpu_resource_is_slice(const char *name);

/* "nvidia.com/mig-" + profile with '+' written '.', or nvidia.com/gpu when profile is NULL; ".shared" added if renamed.
 */
void gpu_resource_name(const char *profile, bool renamed, char ret_name[GPU_RESOURCE_SIZE]);

#endif
