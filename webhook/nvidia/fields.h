/* Fields of NVIDIA's configurations: a config of the device plugin, one entry of a config in mig-parted's mig-configs,
 * and the GPU Operator's Helm values. Sources: k8s-device-plugin v0.20.0 api/config/v1, mig-parted v0.15.0 api/spec/v1,
 * gpu-operator v26.7 deployments/gpu-operator/values.yaml. */
#pragma once

#include "core/field_spec.h"

/* Each array ends with a row whose path is NULL. */
extern const struct field_spec fields_plugin[], fields_mig[], fields_operator[];
