/* Texts of the rules about the device plugin, mig-parted and the GPU Operator, for --explain, --rules and
 * docs/linting.md. */
#include "lint/rules/rules.h"

const struct rule_entry rules_nvidia[] = {
    {RULE_DEVICE_PLUGIN_UNKNOWN_FIELD,
     {"device-plugin-unknown-field", SEVERITY_ERROR, "unknown or misplaced field in a device plugin config",
      "The plugin's reader ignores what it does not know: renameByDefault under flags does "
      "nothing, and says nothing.",
      "Put the field where it belongs.",
      "sharing:\n"
      "  timeSlicing:\n"
      "    renameByDefault: true",
      "NVIDIA k8s-device-plugin v0.20.0, api/config/v1; NVIDIA/k8s-device-plugin#1433"}},
    {RULE_DEVICE_PLUGIN_VERSION,
     {"device-plugin-version", SEVERITY_WARNING, "device plugin config without version: v1",
      "Plugins before 0.12.2 refuse it; any value but v1 is refused by all (unknown "
      "version).",
      "Begin it with version: v1.", "version: v1", "NVIDIA k8s-device-plugin v0.20.0, api/config/v1/config.go"}},
    {RULE_DEVICE_PLUGIN_REPLICAS,
     {"device-plugin-replicas", SEVERITY_ERROR, "replicas that the device plugin refuses",
      "It takes whole numbers from 2, and crashes in a loop otherwise. replicas: 1 is not a way to switch sharing off.",
      "Use 2 or more; not to share, leave out `sharing`.", "resources: [{name: nvidia.com/gpu, replicas: 3}]",
      "NVIDIA k8s-device-plugin v0.20.0, api/config/v1/replicas.go"}},
    {RULE_DEVICE_PLUGIN_MPS_LIMITS,
     {"device-plugin-mps-limits", SEVERITY_ERROR, "MPS beyond what it can do",
      "48 clients at most, 16 before compute capability 7.5 (V100); not with migStrategy "
      "mixed, not for MIG devices.",
      "Lower replicas, or share in time (timeSlicing).", "mps: {resources: [{name: nvidia.com/gpu, replicas: 16}]}",
      "NVIDIA k8s-device-plugin v0.20.0, cmd/mps-control-daemon/mps/device.go, "
      "internal/plugin/mps.go"}},
    {RULE_DEVICE_PLUGIN_BOTH_SHARERS,
     {"device-plugin-both-sharers", SEVERITY_ERROR, "timeSlicing and mps in one config",
      "MPS wins; timeSlicing is ignored without a word.", "Keep one.",
      "sharing:\n"
      "  timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 3}]}",
      "NVIDIA k8s-device-plugin v0.20.0, api/config/v1/sharing.go"}},
    {RULE_DEVICE_PLUGIN_NO_RESOURCES,
     {"device-plugin-no-resources", SEVERITY_ERROR, "sharing without resources",
      "The plugin ends with `no resources specified`.", "Name the resource, or leave out `sharing`.",
      "timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 3}]}",
      "NVIDIA k8s-device-plugin v0.20.0, api/config/v1/replicas.go"}},
    {RULE_DEVICE_PLUGIN_FIELD_IGNORED,
     {"device-plugin-field-ignored", SEVERITY_WARNING, "rename or devices in a device plugin config",
      "They are parsed, then dropped with a warning: names of your own and replicas per "
      "GPU do not exist.",
      "Use renameByDefault (name.shared), and one setting for all GPUs of a node.",
      "timeSlicing: {renameByDefault: true, resources: [...]}",
      "NVIDIA k8s-device-plugin v0.20.0, api/config/v1/config.go, "
      "DisableResourceNamingInConfig"}},
    {RULE_DEVICE_PLUGIN_ALLOWS_MORE,
     {"device-plugin-allows-more", SEVERITY_WARNING, "config that lets a container ask for several shares",
      "Two shares of one GPU are not twice a share; without failRequestsGreaterThanOne the "
      "pod runs, and gets less than it paid for.",
      "Set failRequestsGreaterThanOne: true.", "timeSlicing: {failRequestsGreaterThanOne: true}",
      "NVIDIA k8s-device-plugin v0.20.0, internal/rm/rm.go"}},
    {RULE_DEVICE_PLUGIN_KEY_INVALID,
     {"device-plugin-key-invalid", SEVERITY_ERROR, "key of a device plugin ConfigMap that is not a label value",
      "Nodes choose a config by the label nvidia.com/device-plugin.config; what cannot be "
      "a label value can never be chosen.",
      "Use up to 63 letters, digits, '.', '_' and '-'.",
      "data:\n"
      "  t4-thirds: |",
      "NVIDIA k8s-device-plugin v0.20.0, cmd/config-manager/main.go"}},
    {RULE_DEVICE_PLUGIN_NOT_SELECTED,
     {"device-plugin-not-selected", SEVERITY_ERROR, "device plugin config that no node will ever use",
      "Under the operator a config is applied only by the node label "
      "nvidia.com/device-plugin.config or by devicePlugin.config.default. Being the only "
      "key is not enough. The GPUs stay whole.",
      "Put the label on the NodePool's template, or name the key as the operator's default.",
      "labels: {nvidia.com/device-plugin.config: t4-thirds}",
      "NVIDIA gpu-operator v26.7, controllers/object_controls.go; NVIDIA k8s-device-plugin "
      "v0.20.0, cmd/config-manager"}},
    {RULE_DEVICE_PLUGIN_CONFIG_MISSING,
     {"device-plugin-config-missing", SEVERITY_ERROR,
      "label or default that names a device plugin config which does not exist",
      "The config manager ends with `specified config does not exist`, again and again; "
      "the node registers nothing.",
      "Add the key to the ConfigMap, or correct the name.",
      "labels: {nvidia.com/device-plugin.config: t4-thirds}   # data: {t4-thirds: ...}",
      "NVIDIA k8s-device-plugin v0.20.0, cmd/config-manager/main.go"}},
    {RULE_CONFIG_UNREADABLE,
     {"config-unreadable", SEVERITY_ERROR, "text in a ConfigMap that is not YAML",
      "The program that reads it ends with an error, and the node registers nothing.",
      "Correct it; mind the indentation in the block.",
      "data:\n"
      "  t4-thirds: |\n"
      "    version: v1",
      "sigs.k8s.io/yaml"}},
    {RULE_REGISTERED_DIFFERS,
     {"registered-differs", SEVERITY_ERROR, "what the device plugin will register is not what the SlicePool says",
      "Pods of its classes ask for what the SlicePool says. The plugin's config, the MIG "
      "config and the operator's strategy together make something else: other names, other "
      "numbers, or another way of sharing.",
      "Correct the config that the message points at; `gpuslice render` writes the right "
      "one.",
      "# SlicePool: timeSlicing: {replicas: 3, rename: true}\n"
      "timeSlicing: {renameByDefault: true, resources: [{name: nvidia.com/gpu, replicas: "
      "3}]}",
      "NVIDIA k8s-device-plugin v0.20.0, internal/rm/rm.go"}},
    {RULE_GPU_RESOURCE_UNKNOWN,
     {"gpu-resource-unknown", SEVERITY_ERROR, "resource name of GPUs that the policy set does not know",
      "Pods that ask for a name which the webhook does not take for a GPU get one past every policy. "
      "NVIDIA's own build of the plugin drops `resources` and `rename` with a warning; other builds, and "
      "DeviceClasses, make such names.",
      "List the name in spec.gpuResources of the set's SliceSettings and in the chart's value "
      "gpuResources, or keep the plugin's own name.",
      "kind: SliceSettings\nmetadata: {name: default}\nspec: {gpuResources: [nvidia.com/a100]}",
      "docs/policies.md; NVIDIA k8s-device-plugin v0.20.0, api/config/v1/resources.go; KEP-5004"}},
    {RULE_MIG_VERSION,
     {"mig-version", SEVERITY_ERROR, "mig-parted config without version: v1",
      "mig-parted refuses it; unlike the device plugin it has no default.", "Begin it with version: v1.", "version: v1",
      "NVIDIA mig-parted v0.15.0, api/spec/v1/spec.go"}},
    {RULE_MIG_ALL_DISABLED_MISSING,
     {"mig-all-disabled-missing", SEVERITY_ERROR, "mig-parted config without all-disabled",
      "A ConfigMap of yours replaces NVIDIA's. The operator labels nodes without a choice "
      "with all-disabled; mig-manager then fails on each of them.",
      "Add it.",
      "mig-configs:\n"
      "  all-disabled:\n"
      "  - {devices: all, mig-enabled: false}",
      "NVIDIA gpu-operator v26.7, assets/state-mig-manager"}},
    {RULE_MIG_UNKNOWN_FIELD,
     {"mig-unknown-field", SEVERITY_ERROR, "unknown field in a mig-parted config",
      "mig-parted is strict: the whole file is refused.",
      "Correct it; known are device-filter, devices, mig-enabled, mig-devices.",
      "- {devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}",
      "NVIDIA mig-parted v0.15.0, api/spec/v1/spec.go"}},
    {RULE_MIG_CONFIG_KEY,
     {"mig-config-key", SEVERITY_ERROR, "mig-parted ConfigMap with another key than config.yaml",
      "mig-manager mounts that key and no other.", "Call the key config.yaml.",
      "data:\n"
      "  config.yaml: |",
      "NVIDIA gpu-operator v26.7, assets/state-mig-manager"}},
    {RULE_MIG_CONFIG_MISSING,
     {"mig-config-missing", SEVERITY_ERROR, "label nvidia.com/mig.config that names no config",
      "mig-manager sets the state failed, and the GPUs stay whole.",
      "Add the config, or correct the name. A ConfigMap of yours replaces NVIDIA's: "
      "all-1g.5gb exists only if you write it.",
      "mig-configs:\n"
      "  a100-7x1g5gb: [...]",
      "NVIDIA gpu-operator v26.7, assets/state-mig-manager"}},
    {RULE_MIG_CONFIG_DIFFERS,
     {"mig-config-differs", SEVERITY_ERROR, "MIG config that is not the SlicePool's layout",
      "The slices that are made are not those that pods ask for.",
      "Write the layout of the SlicePool; `gpuslice render` does.", "mig-devices: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}",
      "docs/policies.md"}},
    {RULE_MIG_PROFILE_UNKNOWN,
     {"mig-profile-unknown", SEVERITY_ERROR, "MIG profile that the GPU does not have",
      "Names differ by the size of the board: 1g.5gb is of the A100 40GB, 1g.10gb of the "
      "A100 and H100 80GB.",
      "Use a profile of the GPU (`gpuslice gpu show ID`).", "gpuslice gpu show a100-40gb",
      "NVIDIA MIG user guide, Supported MIG Profiles"}},
    {RULE_MIG_LAYOUT_DOES_NOT_FIT,
     {"mig-layout-does-not-fit", SEVERITY_ERROR, "MIG layout that does not fit the GPU",
      "Instances take memory units from fixed places: 3g+3g fills all of an A100, so "
      "3g+3g+1g fails though the compute slices suffice.",
      "Choose a layout that fits (`gpuslice gpu show ID` has placements).",
      "mig-devices: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}", "NVML GPU instance placements (docs/policies.md)"}},
    {RULE_OPERATOR_UNKNOWN_FIELD,
     {"operator-unknown-field", SEVERITY_WARNING, "operator value that looks mistyped",
      "Helm takes values that the chart does not know, and nothing comes of them.", "Correct it.",
      "devicePlugin: {config: {name: gpuslice-device-plugin, default: default}}",
      "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"}},
    {RULE_OPERATOR_CONFIG_MAP_MISSING,
     {"operator-config-map-missing", SEVERITY_ERROR, "operator values that name a ConfigMap which is not there",
      "The daemon set's pods cannot mount it, and never start.",
      "Correct the name; the ConfigMap must be in the operator's namespace.",
      "devicePlugin: {config: {name: gpuslice-device-plugin}}",
      "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"}},
    {RULE_OPERATOR_CONFIG_UNNAMED,
     {"operator-config-unnamed", SEVERITY_ERROR, "configs exist, but the operator is not told of them",
      "The ConfigMap is never read.", "Set devicePlugin.config.name, migManager.config.name.",
      "migManager: {config: {name: gpuslice-mig-parted}}",
      "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"}},
    {RULE_OPERATOR_DEFAULT_MISSING,
     {"operator-default-missing", SEVERITY_WARNING, "operator without a default device plugin config",
      "The operator turns the plugin's fallbacks off: nodes without the label get no "
      "config, so no failRequestsGreaterThanOne, no MIG strategy.",
      "Set devicePlugin.config.default to a key without sharing.", "devicePlugin: {config: {default: default}}",
      "NVIDIA gpu-operator v26.7, controllers/object_controls.go"}},
    {RULE_OPERATOR_MIG_DEFAULT,
     {"operator-mig-default", SEVERITY_ERROR, "migManager.config.default that the operator refuses",
      "The ClusterPolicy takes all-disabled or \"\" only; a layout is chosen by the node "
      "label.",
      "Set all-disabled, and put nvidia.com/mig.config on the NodePool's template.",
      "migManager: {config: {default: all-disabled}}",
      "NVIDIA gpu-operator v26.7, api/nvidia/v1/clusterpolicy_types.go"}},
    {RULE_OPERATOR_MIG_STRATEGY,
     {"operator-mig-strategy", SEVERITY_ERROR, "mig.strategy that contradicts a pool",
      "The operator hands mig.strategy to the plugin as an environment variable, which "
      "wins over the config file. With single, slices are called nvidia.com/gpu; with "
      "mixed, nvidia.com/mig-*.",
      "Set it to what the pools need, or to \"\" so that each pool's config decides.", "mig: {strategy: mixed}",
      "NVIDIA gpu-operator v26.7, assets/state-device-plugin"}},
    {RULE_OPERATOR_WITHOUT_REBOOT,
     {"operator-without-reboot", SEVERITY_WARNING,
      "A100 to be cut by MIG on a cloud's nodes, and mig-manager may not reboot them",
      "MIG mode of an A100 is switched by a reset of the GPU, which clouds do not allow. "
      "Without WITH_REBOOT=true mig-manager waits indefinitely.",
      "Add the variable to migManager.env.",
      "migManager:\n"
      "  env: [{name: WITH_REBOOT, value: \"true\"}]",
      "NVIDIA, GPU Operator with MIG"}},
    {RULE_CONFIG_MAP_NAMESPACE,
     {"config-map-namespace", SEVERITY_ERROR, "ConfigMaps of the operator in different namespaces, or in none",
      "The operator's pods can mount ConfigMaps of their own namespace only.",
      "Put both into the operator's namespace.", "metadata: {name: gpuslice-device-plugin, namespace: gpu-operator}",
      "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"}},
    {RULE_OPERATOR_PART_DISABLED,
     {"operator-part-disabled", SEVERITY_ERROR, "a part of the operator that the pools need is off",
      "Without the device plugin nodes register no GPU; without mig-manager none is cut.", "Remove `enabled: false`.",
      "migManager: {enabled: true}", "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"}},
    {RULE_OPERATOR_DRIVER_TWICE,
     {"operator-driver-twice", SEVERITY_WARNING, "operator that installs a driver which the nodes' image already has",
      "Karpenter's AL2023 and Bottlerocket images for GPU instances bring NVIDIA's driver "
      "and toolkit. The operator's containers on top of them fail, or wait indefinitely.",
      "Set driver.enabled and toolkit.enabled to false.",
      "driver: {enabled: false}\n"
      "toolkit: {enabled: false}",
      "karpenter-provider-aws pkg/providers/amifamily; NVIDIA gpu-operator, pre-installed "
      "drivers"}},
    {RULE_OPERATOR_TOLERATION_MISSING,
     {"operator-toleration-missing", SEVERITY_ERROR, "operator's daemon sets do not tolerate a taint of the pool",
      "They tolerate nvidia.com/gpu only. On nodes with another taint no driver, plugin or "
      "mig-manager runs, and the slices never come.",
      "Add the taint to daemonsets.tolerations and to "
      "node-feature-discovery.worker.tolerations.",
      "daemonsets:\n"
      "  tolerations:\n"
      "  - {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}\n"
      "  - {key: gpuslice.dev/pool, operator: Exists, effect: NoSchedule}",
      "NVIDIA gpu-operator v26.7, deployments/gpu-operator/values.yaml"}},
    {0},
};
