/* Texts of the rules about the device plugin, mig-parted and the GPU Operator, for --explain, --rules and
 * docs/linting.md. */
#include "lint/rules/rules.h"

const struct rule rules_nvidia[] = {
    {RULE_DEVICE_PLUGIN_UNKNOWN_FIELD, "device-plugin-unknown-field", SEVERITY_ERROR,
     "unknown or misplaced field in a device plugin config",
     "The plugin ignores fields that it does not know, without a message: renameByDefault under flags, for example, "
     "has no effect.",
     "Put the field where it belongs.",
     "sharing:\n"
     "  timeSlicing:\n"
     "    renameByDefault: true",
     "NVIDIA k8s-device-plugin v0.20.0, api/config/v1; NVIDIA/k8s-device-plugin#1433"},
    {RULE_DEVICE_PLUGIN_VERSION, "device-plugin-version", SEVERITY_WARNING, "device plugin config without version: v1",
     "Plugins before 0.12.2 reject a config without version; all plugins reject any other value (unknown version).",
     "Begin the config with version: v1.", "version: v1", "NVIDIA k8s-device-plugin v0.20.0, api/config/v1/config.go"},
    {RULE_DEVICE_PLUGIN_REPLICAS, "device-plugin-replicas", SEVERITY_ERROR, "replicas that the device plugin rejects",
     "It accepts integers from 2, and otherwise crashes in a loop. replicas: 1 does not turn sharing off.",
     "Use 2 or more. To turn sharing off, leave out `sharing`.", "resources: [{name: nvidia.com/gpu, replicas: 3}]",
     "NVIDIA k8s-device-plugin v0.20.0, api/config/v1/replicas.go"},
    {RULE_DEVICE_PLUGIN_MPS_LIMITS, "device-plugin-mps-limits", SEVERITY_ERROR, "use of MPS that is not supported",
     "MPS allows 48 clients at most (16 before compute capability 7.5, such as on the V100), and works neither with "
     "migStrategy mixed nor on MIG devices.",
     "Lower replicas, or use timeSlicing.", "mps: {resources: [{name: nvidia.com/gpu, replicas: 16}]}",
     "NVIDIA k8s-device-plugin v0.20.0, cmd/mps-control-daemon/mps/device.go, internal/plugin/mps.go"},
    {RULE_DEVICE_PLUGIN_BOTH_SHARERS, "device-plugin-both-sharers", SEVERITY_ERROR, "timeSlicing and mps in one config",
     "MPS takes precedence, and timeSlicing is ignored without a message.", "Remove one of them.",
     "sharing:\n"
     "  timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 3}]}",
     "NVIDIA k8s-device-plugin v0.20.0, api/config/v1/sharing.go"},
    {RULE_DEVICE_PLUGIN_NO_RESOURCES, "device-plugin-no-resources", SEVERITY_ERROR, "sharing without resources",
     "The plugin exits with `no resources specified`.", "Name the resource, or leave out `sharing`.",
     "timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 3}]}",
     "NVIDIA k8s-device-plugin v0.20.0, api/config/v1/replicas.go"},
    {RULE_DEVICE_PLUGIN_FIELD_IGNORED, "device-plugin-field-ignored", SEVERITY_WARNING,
     "rename or devices in a device plugin config",
     "The plugin parses them, then drops them with a warning. Other names, and replicas for single GPUs, are not "
     "possible.",
     "Use renameByDefault (NAME.shared), and the same setting for all GPUs of a node.",
     "timeSlicing: {renameByDefault: true, resources: [...]}",
     "NVIDIA k8s-device-plugin v0.20.0, api/config/v1/config.go, DisableResourceNamingInConfig"},
    {RULE_DEVICE_PLUGIN_ALLOWS_MORE, "device-plugin-allows-more", SEVERITY_WARNING,
     "config that lets a container request several shares",
     "Two shares of a GPU give no more memory or time than one. Without failRequestsGreaterThanOne such a pod runs "
     "anyway, and takes up two shares.",
     "Set failRequestsGreaterThanOne: true.", "timeSlicing: {failRequestsGreaterThanOne: true}",
     "NVIDIA k8s-device-plugin v0.20.0, internal/rm/rm.go"},
    {RULE_DEVICE_PLUGIN_KEY_INVALID, "device-plugin-key-invalid", SEVERITY_ERROR,
     "key of a device plugin ConfigMap that cannot be a label value",
     "Nodes select a config by the label nvidia.com/device-plugin.config. A key that cannot be a label value can "
     "never be selected.",
     "Use up to 63 letters, digits, '.', '_' and '-', of which the first and the last are a letter or digit.",
     "data:\n"
     "  t4-thirds: |",
     "NVIDIA k8s-device-plugin v0.20.0, cmd/config-manager/main.go"},
    {RULE_DEVICE_PLUGIN_NOT_SELECTED, "device-plugin-not-selected", SEVERITY_ERROR,
     "device plugin config that no node will ever use",
     "With the operator, a config is only applied if the node label nvidia.com/device-plugin.config or the value "
     "devicePlugin.config.default names it, even if it is the only key. Otherwise the GPUs stay whole.",
     "Put the label on the template of the NodePool, or make the key the operator's default.",
     "labels: {nvidia.com/device-plugin.config: t4-thirds}",
     "NVIDIA gpu-operator v26.7, controllers/object_controls.go; NVIDIA k8s-device-plugin v0.20.0, cmd/config-manager"},
    {RULE_DEVICE_PLUGIN_CONFIG_MISSING, "device-plugin-config-missing", SEVERITY_ERROR,
     "label or default that names a missing device plugin config",
     "The config manager fails again and again with `specified config does not exist`, and the node registers "
     "nothing.",
     "Add the key to the ConfigMap, or correct the name.",
     "labels: {nvidia.com/device-plugin.config: t4-thirds}   # data: {t4-thirds: ...}",
     "NVIDIA k8s-device-plugin v0.20.0, cmd/config-manager/main.go"},
    {RULE_CONFIG_UNREADABLE, "config-unreadable", SEVERITY_ERROR, "text in a ConfigMap that is not YAML",
     "The program that reads it exits with an error, and the node registers nothing.",
     "Correct it. Check the indentation of the block.",
     "data:\n"
     "  t4-thirds: |\n"
     "    version: v1",
     "sigs.k8s.io/yaml"},
    {RULE_REGISTERED_DIFFERS, "registered-differs", SEVERITY_ERROR,
     "device plugin that will register something other than the SlicePool says",
     "Pods of the classes request what the SlicePool says. The device plugin's config, the MIG config and the "
     "operator's strategy together result in other names, other numbers, or another way of sharing.",
     "Correct the config that the message points at; `gpuslice render` writes a correct one.",
     "# SlicePool: timeSlicing: {replicas: 3, rename: true}\n"
     "timeSlicing: {renameByDefault: true, resources: [{name: nvidia.com/gpu, replicas: 3}]}",
     "NVIDIA k8s-device-plugin v0.20.0, internal/rm/rm.go"},
    {RULE_GPU_RESOURCE_UNKNOWN, "gpu-resource-unknown", SEVERITY_ERROR,
     "resource name of GPUs that the policy set does not list",
     "Pods that request a name that the policy set does not list get a GPU without any policy being applied. NVIDIA's "
     "own build of the plugin drops `resources` and `rename` with a warning, but other builds and DeviceClasses create "
     "such names.",
     "List the name in spec.gpuResources of the SliceSettings and in the chart's value gpuResources, or keep the "
     "name that the plugin gives.",
     "kind: SliceSettings\n"
     "metadata: {name: default}\n"
     "spec: {gpuResources: [nvidia.com/a100]}",
     "docs/policies.md; NVIDIA k8s-device-plugin v0.20.0, api/config/v1/resources.go; KEP-5004"},
    {RULE_MIG_VERSION, "mig-version", SEVERITY_ERROR, "mig-parted config without version: v1",
     "mig-parted rejects the config. Unlike the device plugin, it has no default.",
     "Begin the config with version: v1.", "version: v1", "NVIDIA mig-parted v0.15.0, api/spec/v1/spec.go"},
    {RULE_MIG_ALL_DISABLED_MISSING, "mig-all-disabled-missing", SEVERITY_ERROR,
     "mig-parted config without all-disabled",
     "Your ConfigMap replaces NVIDIA's. The operator gives all-disabled to nodes that have no MIG config, and "
     "without that config mig-manager fails on each of them.",
     "Add all-disabled.",
     "mig-configs:\n"
     "  all-disabled:\n"
     "  - {devices: all, mig-enabled: false}",
     "NVIDIA gpu-operator v26.7, assets/state-mig-manager"},
    {RULE_MIG_UNKNOWN_FIELD, "mig-unknown-field", SEVERITY_ERROR, "unknown field in a mig-parted config",
     "mig-parted is strict: it rejects the whole file.",
     "Correct the field. The fields of a config are device-filter, devices, mig-enabled and mig-devices.",
     "- {devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}", "NVIDIA mig-parted v0.15.0, api/spec/v1/spec.go"},
    {RULE_MIG_CONFIG_KEY, "mig-config-key", SEVERITY_ERROR, "mig-parted ConfigMap whose key is not config.yaml",
     "mig-manager reads only the key config.yaml.", "Rename the key to config.yaml.",
     "data:\n"
     "  config.yaml: |",
     "NVIDIA gpu-operator v26.7, assets/state-mig-manager"},
    {RULE_MIG_CONFIG_MISSING, "mig-config-missing", SEVERITY_ERROR,
     "label nvidia.com/mig.config that names a missing config",
     "mig-manager sets the state failed, and the GPUs stay whole.",
     "Add the config, or correct the name. Your ConfigMap replaces NVIDIA's, so all-1g.5gb exists only if you define "
     "it.",
     "mig-configs:\n"
     "  a100-7x1g5gb: [...]",
     "NVIDIA gpu-operator v26.7, assets/state-mig-manager"},
    {RULE_MIG_CONFIG_DIFFERS, "mig-config-differs", SEVERITY_ERROR,
     "MIG config that differs from the layout of the SlicePool", "The node gets other slices than the pods request.",
     "Write the layout of the SlicePool, as `gpuslice render` does.",
     "mig-devices: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}", "docs/policies.md"},
    {RULE_MIG_PROFILE_UNKNOWN, "mig-profile-unknown", SEVERITY_ERROR, "MIG profile that the GPU does not have",
     "The names depend on the memory of the GPU: 1g.5gb belongs to the A100 40GB, 1g.10gb to the A100 80GB and the "
     "H100 80GB.",
     "Use a profile of the GPU (`gpuslice gpu show ID`).", "gpuslice gpu show a100-40gb",
     "NVIDIA MIG user guide, Supported MIG Profiles"},
    {RULE_MIG_LAYOUT_DOES_NOT_FIT, "mig-layout-does-not-fit", SEVERITY_ERROR, "MIG layout that does not fit the GPU",
     "Each instance occupies memory units at fixed positions: 3g+3g fills an A100, so 3g+3g+1g fails although there "
     "are enough compute slices.",
     "Choose a layout that fits (`gpuslice gpu show ID` lists the placements).",
     "mig-devices: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}", "NVML GPU instance placements (docs/policies.md)"},
    {RULE_OPERATOR_UNKNOWN_FIELD, "operator-unknown-field", SEVERITY_WARNING,
     "operator value that seems to be mistyped",
     "Helm accepts values that the chart does not know, and they have no effect.", "Correct the name of the value.",
     "devicePlugin: {config: {name: gpuslice-device-plugin, default: default}}",
     "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"},
    {RULE_OPERATOR_CONFIG_MAP_MISSING, "operator-config-map-missing", SEVERITY_ERROR,
     "operator values that name a missing ConfigMap", "The pods of the DaemonSet cannot mount it, and never start.",
     "Correct the name; the ConfigMap must be in the operator's namespace.",
     "devicePlugin: {config: {name: gpuslice-device-plugin}}",
     "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"},
    {RULE_OPERATOR_CONFIG_UNNAMED, "operator-config-unnamed", SEVERITY_ERROR,
     "operator values that leave out the name of a ConfigMap with configs", "The ConfigMap is never read.",
     "Set devicePlugin.config.name or migManager.config.name.", "migManager: {config: {name: gpuslice-mig-parted}}",
     "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"},
    {RULE_OPERATOR_DEFAULT_MISSING, "operator-default-missing", SEVERITY_WARNING,
     "operator without a default device plugin config",
     "The operator turns off the plugin's fallbacks. Nodes without the label get no config, and so neither "
     "failRequestsGreaterThanOne nor a MIG strategy.",
     "Set devicePlugin.config.default to a key without sharing.", "devicePlugin: {config: {default: default}}",
     "NVIDIA gpu-operator v26.7, controllers/object_controls.go"},
    {RULE_OPERATOR_MIG_DEFAULT, "operator-mig-default", SEVERITY_ERROR,
     "migManager.config.default that the operator rejects",
     "The ClusterPolicy accepts only all-disabled or \"\". A layout is selected by the node label.",
     "Set all-disabled, and put the label nvidia.com/mig.config on the template of the NodePool.",
     "migManager: {config: {default: all-disabled}}",
     "NVIDIA gpu-operator v26.7, api/nvidia/v1/clusterpolicy_types.go"},
    {RULE_OPERATOR_MIG_STRATEGY, "operator-mig-strategy", SEVERITY_ERROR, "mig.strategy that contradicts a pool",
     "The operator passes mig.strategy to the plugin in an environment variable, which takes precedence over the "
     "config. With single, slices are named nvidia.com/gpu; with mixed, nvidia.com/mig-*.",
     "Set it to what the pools need, or to \"\" so that the config of each pool decides.", "mig: {strategy: mixed}",
     "NVIDIA gpu-operator v26.7, assets/state-device-plugin"},
    {RULE_OPERATOR_WITHOUT_REBOOT, "operator-without-reboot", SEVERITY_WARNING,
     "MIG on an A100 in a cloud, where mig-manager may not reboot the node",
     "Turning on MIG mode on an A100 requires a reset of the GPU, which clouds do not allow. Without WITH_REBOOT=true "
     "mig-manager waits indefinitely.",
     "Add the variable to migManager.env.",
     "migManager:\n"
     "  env: [{name: WITH_REBOOT, value: \"true\"}]",
     "NVIDIA, GPU Operator with MIG"},
    {RULE_CONFIG_MAP_NAMESPACE, "config-map-namespace", SEVERITY_ERROR,
     "ConfigMaps of the operator in different namespaces, or in none",
     "The pods of the operator can only mount ConfigMaps of their own namespace.",
     "Put the ConfigMaps into the operator's namespace.",
     "metadata: {name: gpuslice-device-plugin, namespace: gpu-operator}",
     "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"},
    {RULE_OPERATOR_PART_DISABLED, "operator-part-disabled", SEVERITY_ERROR,
     "part of the operator that the pools need is turned off",
     "Without the device plugin nodes register no GPUs; without mig-manager no GPU is partitioned.",
     "Remove `enabled: false`.", "migManager: {enabled: true}",
     "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"},
    {RULE_OPERATOR_DRIVER_TWICE, "operator-driver-twice", SEVERITY_WARNING,
     "operator that installs a driver which the image of the nodes already has",
     "Karpenter's AL2023 and Bottlerocket images for GPU instances contain NVIDIA's driver and toolkit. If the "
     "operator installs them again, its containers fail, or wait indefinitely.",
     "Set driver.enabled and toolkit.enabled to false.",
     "driver: {enabled: false}\n"
     "toolkit: {enabled: false}",
     "karpenter-provider-aws pkg/providers/amifamily; NVIDIA gpu-operator, pre-installed drivers"},
    {RULE_OPERATOR_TOLERATION_MISSING, "operator-toleration-missing", SEVERITY_ERROR,
     "DaemonSets of the operator that do not tolerate a taint of a pool",
     "By default they tolerate only nvidia.com/gpu. On nodes with another taint no driver, device plugin or "
     "mig-manager runs, so the node never gets slices.",
     "Add the taint to daemonsets.tolerations and to node-feature-discovery.worker.tolerations.",
     "daemonsets:\n"
     "  tolerations:\n"
     "  - {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}\n"
     "  - {key: gpuslice.dev/pool, operator: Exists, effect: NoSchedule}",
     "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"},
    {0},
};
