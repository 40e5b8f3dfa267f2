/* NVIDIA's names: resources, labels of nodes, and what the device plugin, the GPU Operator and the container toolkit
 * call things. Does not depend on GPU models, which are in gpu/.
 *
 * Source: k8s-device-plugin v0.20.0 (internal/rm, internal/lm, docs), gpu-operator v26.7, mig-parted v0.15.0,
 * nvidia-container-toolkit v1.18. */
#pragma once

#include "core/kind.h"

#define NVIDIA_GROUP        "nvidia.com"
#define NVIDIA_APPS_GROUP   "apps.nvidia.com" /* of the NIM Operator */
#define NVIDIA_PREFIX       NVIDIA_GROUP "/"  /* of resources and labels */
#define CLUSTER_POLICY_KIND KIND(NVIDIA_GROUP, "ClusterPolicy")

/* -- Resources: k8s-device-plugin internal/rm/rm.go -- */

#define GPU_RESOURCE_WHOLE  NVIDIA_PREFIX "gpu"
#define RESOURCE_SHARED     ".shared" /* after the name of a resource whose slices are renamed */
#define GPU_RESOURCE_SHARED GPU_RESOURCE_WHOLE RESOURCE_SHARED
#define MIG_RESOURCE_PREFIX NVIDIA_PREFIX "mig-" /* followed by the profile with '+' written '.' */

/* -- Labels of nodes that people and NodePools set -- */

#define LABEL_GPU           GPU_RESOURCE_WHOLE /* "true" by convention; also the key of a taint */
#define LABEL_PLUGIN_CONFIG NVIDIA_PREFIX "device-plugin.config"
#define LABEL_MIG_CONFIG    NVIDIA_PREFIX "mig.config"
#define LABEL_DEPLOY_PREFIX NVIDIA_PREFIX "gpu.deploy." /* followed by a component of the GPU Operator */
#define LABEL_DEPLOY_ALL    LABEL_DEPLOY_PREFIX "operands"

/* -- Labels that NVIDIA's software sets on running nodes: GPU feature discovery, MIG manager, operator -- */

#define LABEL_GPU_PREFIX       NVIDIA_PREFIX "gpu."
#define LABEL_GPU_PRESENT      LABEL_GPU_PREFIX "present"
#define LABEL_GPU_REPLICAS     LABEL_GPU_PREFIX "replicas"
#define LABEL_CUDA_PREFIX      NVIDIA_PREFIX "cuda."
#define LABEL_GFD_PREFIX       NVIDIA_PREFIX "gfd."
#define LABEL_VGPU_PREFIX      NVIDIA_PREFIX "vgpu."
#define LABEL_MPS_PREFIX       NVIDIA_PREFIX "mps."
#define LABEL_MIG_CAPABLE      NVIDIA_PREFIX "mig.capable"
#define LABEL_MIG_STRATEGY     NVIDIA_PREFIX "mig.strategy"
#define LABEL_MIG_CONFIG_STATE LABEL_MIG_CONFIG ".state"

/* -- Containers -- */

#define VISIBLE_DEVICES      "NVIDIA_VISIBLE_DEVICES" /* which GPUs the toolkit gives a container */
#define VISIBLE_DEVICES_NONE "void"

/* -- The GPU Operator -- */

#define OPERATOR_NAMESPACE "gpu-operator"
#define MIG_CONFIG_NONE    "all-disabled" /* mig-parted's configuration without MIG */

/* -- DRA -- */

#define DRA_DRIVER_GPU "gpu.nvidia.com"
