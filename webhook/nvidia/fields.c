/* The tables of fields. They do not depend on the code that checks documents against them. */
#include "nvidia/fields.h"

#define SHARING(at)                                                                                 \
    {at, F_OBJECT, false, 0}, {at ".renameByDefault", F_BOOL, false, 0},                            \
        {at ".failRequestsGreaterThanOne", F_BOOL, false, 0}, {at ".resources", F_LIST, false, 0},  \
        {at ".resources[]", F_OBJECT, false, 0}, {at ".resources[].name", F_TEXT, true, 0},         \
        {at ".resources[].replicas", F_ANY, false, 0}, {at ".resources[].rename", F_ANY, false, 0}, \
    {                                                                                               \
        at ".resources[].devices", F_ANY, false, 0                                                  \
    }

const struct field_spec fields_plugin[] = {
    {"version", F_ANY, false, 0},
    {"flags", F_OBJECT, false, 0},
    {"flags.migStrategy", F_WORD, false, "none|single|mixed"},
    {"flags.failOnInitError", F_BOOL, false, 0},
    {"flags.mpsRoot", F_STRING, false, 0},
    {"flags.nvidiaDriverRoot", F_STRING, false, 0},
    {"flags.nvidiaDevRoot", F_STRING, false, 0},
    {"flags.gdrcopyEnabled", F_BOOL, false, 0},
    {"flags.gdsEnabled", F_BOOL, false, 0},
    {"flags.mofedEnabled", F_BOOL, false, 0},
    {"flags.useNodeFeatureAPI", F_BOOL, false, 0},
    {"flags.deviceDiscoveryStrategy", F_WORD, false, "auto|nvml|tegra"},
    {"flags.plugin", F_OBJECT, false, 0},
    {"flags.plugin.passDeviceSpecs", F_BOOL, false, 0},
    {"flags.plugin.deviceListStrategy", F_ANY, false, 0},
    {"flags.plugin.deviceIDStrategy", F_WORD, false, "uuid|index"},
    {"flags.plugin.sharedDevicesAllocationPolicy", F_WORD, false, "distributed|packed"},
    {"flags.plugin.cdiAnnotationPrefix", F_STRING, false, 0},
    {"flags.plugin.nvidiaCTKPath", F_STRING, false, 0},
    {"flags.plugin.containerDriverRoot", F_STRING, false, 0},
    {"flags.gfd", F_OBJECT, false, 0},
    {"flags.gfd.oneshot", F_BOOL, false, 0},
    {"flags.gfd.noTimestamp", F_BOOL, false, 0},
    {"flags.gfd.sleepInterval", F_DURATION, false, 0},
    {"flags.gfd.outputFile", F_STRING, false, 0},
    {"flags.gfd.machineTypeFile", F_STRING, false, 0},
    {"sharing", F_OBJECT, false, 0},
    SHARING("sharing.timeSlicing"),
    SHARING("sharing.mps"),
    {"resources", F_ANY, false, 0},
    {"imex", F_ANY, false, 0},
    {0},
};

const struct field_spec fields_mig[] = {
    {"device-filter", F_ANY, false, 0},
    {"devices", F_ANY, true, 0},
    {"mig-enabled", F_BOOL, true, 0},
    {"mig-devices", F_MAP, false, 0},
    {0},
};

#define CONFIG(at)                                                                                \
    {at, F_OBJECT, false, 0}, {at ".create", F_BOOL, false, 0}, {at ".name", F_STRING, false, 0}, \
        {at ".default", F_STRING, false, 0},                                                      \
    {                                                                                             \
        at ".data", F_MAP, false, 0                                                               \
    }

const struct field_spec fields_operator[] = {
    {"", F_OPEN, false, 0},
    {"mig", F_OBJECT, false, 0},
    {"mig.strategy", F_WORD, false, "none|single|mixed|"},
    {"devicePlugin", F_OPEN, false, 0},
    {"devicePlugin.enabled", F_BOOL, false, 0},
    {"devicePlugin.repository", F_ANY, false, 0},
    {"devicePlugin.image", F_ANY, false, 0},
    {"devicePlugin.version", F_ANY, false, 0},
    {"devicePlugin.env", F_LIST, false, 0},
    {"devicePlugin.args", F_LIST, false, 0},
    {"devicePlugin.resources", F_ANY, false, 0},
    CONFIG("devicePlugin.config"),
    {"devicePlugin.mps", F_OBJECT, false, 0},
    {"devicePlugin.mps.root", F_TEXT, false, 0},
    {"migManager", F_OPEN, false, 0},
    {"migManager.enabled", F_BOOL, false, 0},
    {"migManager.env", F_LIST, false, 0},
    CONFIG("migManager.config"),
    {"migManager.gpuClientsConfig", F_OPEN, false, 0},
    {"migManager.gpuClientsConfig.name", F_STRING, false, 0},
    {"daemonsets", F_OPEN, false, 0},
    {"daemonsets.tolerations", F_LIST, false, 0},
    {"daemonsets.tolerations[]", F_OBJECT, false, 0},
    {"daemonsets.tolerations[].key", F_STRING, false, 0},
    {"daemonsets.tolerations[].operator", F_WORD, false, "Exists|Equal"},
    {"daemonsets.tolerations[].value", F_STRING, false, 0},
    {"daemonsets.tolerations[].effect", F_WORD, false, "NoSchedule|PreferNoSchedule|NoExecute|"},
    {"daemonsets.tolerations[].tolerationSeconds", F_ANY, false, 0},
    {"daemonsets.labels", F_ANY, false, 0},
    {"daemonsets.annotations", F_ANY, false, 0},
    {"daemonsets.priorityClassName", F_ANY, false, 0},
    {"daemonsets.updateStrategy", F_ANY, false, 0},
    {"daemonsets.rollingUpdate", F_ANY, false, 0},
    {"driver", F_ANY, false, 0},
    {"toolkit", F_ANY, false, 0},
    {"dcgm", F_ANY, false, 0},
    {"dcgmExporter", F_ANY, false, 0},
    {"gfd", F_ANY, false, 0},
    {"nfd", F_ANY, false, 0},
    {"gds", F_ANY, false, 0},
    {"cdi", F_ANY, false, 0},
    {"psa", F_ANY, false, 0},
    {"operator", F_ANY, false, 0},
    {"validator", F_ANY, false, 0},
    {"gdrcopy", F_ANY, false, 0},
    {"platform", F_ANY, false, 0},
    {"hostPaths", F_ANY, false, 0},
    {"node-feature-discovery", F_OPEN, false, 0},
    {"node-feature-discovery.worker", F_OPEN, false, 0},
    {"node-feature-discovery.worker.tolerations", F_LIST, false, 0},
    {"node-feature-discovery.worker.tolerations[]", F_OBJECT, false, 0},
    {"node-feature-discovery.worker.tolerations[].key", F_STRING, false, 0},
    {"node-feature-discovery.worker.tolerations[].operator", F_WORD, false, "Exists|Equal"},
    {"node-feature-discovery.worker.tolerations[].value", F_STRING, false, 0},
    {"node-feature-discovery.worker.tolerations[].effect", F_WORD, false, "NoSchedule|PreferNoSchedule|NoExecute|"},
    {"node-feature-discovery.worker.config", F_ANY, false, 0},
    {"node-feature-discovery.worker.affinity", F_ANY, false, 0},
    {"node-feature-discovery.master", F_ANY, false, 0},
    {"node-feature-discovery.gc", F_ANY, false, 0},
    {0},
};
