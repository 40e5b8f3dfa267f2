/* The tables of fields. They do not depend on the code that checks documents against them. */
#include "karpenter/fields.h"

#define OPERATORS "In|NotIn|Exists|DoesNotExist|Gt|Lt|Gte|Lte"
#define EFFECTS   "NoSchedule|PreferNoSchedule|NoExecute"
#define TAINTS(at)                                                                         \
    {at, F_LIST, false, 0}, {at "[]", F_OBJECT, false, 0}, {at "[].key", F_TEXT, true, 0}, \
        {at "[].value", F_STRING, false, 0}, {at "[].effect", F_WORD, true, EFFECTS},      \
    {                                                                                      \
        at "[].timeAdded", F_ANY, false, 0                                                 \
    }
#define REQUIREMENTS(at, operators)                                                       \
    {at, F_LIST, true, 0}, {at "[]", F_OBJECT, false, 0}, {at "[].key", F_TEXT, true, 0}, \
        {at "[].operator", F_WORD, true, operators}, {at "[].values", F_LIST, false, 0},  \
    {                                                                                     \
        at "[].values[]", F_STRING, false, 0                                              \
    }
#define OBJECT_HEAD                                                                                 \
    {"apiVersion", F_TEXT, true, 0}, {"kind", F_TEXT, true, 0}, {"metadata", F_OBJECT, true, 0},    \
        {"metadata.name", F_TEXT, true, 0}, {"metadata.labels", F_MAP, false, 0},                   \
        {"metadata.annotations", F_MAP, false, 0}, {"metadata.generateName", F_ANY, false, 0},      \
        {"metadata.namespace", F_ANY, false, 0}, {"metadata.creationTimestamp", F_ANY, false, 0},   \
        {"metadata.generation", F_ANY, false, 0}, {"metadata.resourceVersion", F_ANY, false, 0},    \
        {"metadata.uid", F_ANY, false, 0}, {"metadata.finalizers", F_ANY, false, 0},                \
        {"metadata.managedFields", F_ANY, false, 0}, {"metadata.ownerReferences", F_ANY, false, 0}, \
        {"metadata.selfLink", F_ANY, false, 0}, {"status", F_ANY, false, 0},                        \
    {                                                                                               \
        "spec", F_OBJECT, true, 0                                                                   \
    }

const struct field_spec fields_node_pool[] = {
    OBJECT_HEAD,
    {"spec.weight", F_INTEGER, false, "1..100"},
    {"spec.replicas", F_INTEGER, false, "0..1000000"},
    {"spec.limits", F_MAP, false, 0},
    {"spec.disruption", F_OBJECT, false, 0},
    {"spec.disruption.consolidationPolicy", F_WORD, false, "WhenEmpty|WhenEmptyOrUnderutilized|Balanced"},
    {"spec.disruption.consolidateAfter", F_DURATION, false, "Never"},
    {"spec.disruption.budgets", F_LIST, false, 0},
    {"spec.disruption.budgets[]", F_OBJECT, false, 0},
    {"spec.disruption.budgets[].nodes", F_TEXT, true, 0},
    {"spec.disruption.budgets[].reasons", F_LIST, false, 0},
    {"spec.disruption.budgets[].reasons[]", F_WORD, false, "Underutilized|Empty|Drifted"},
    {"spec.disruption.budgets[].schedule", F_TEXT, false, 0},
    {"spec.disruption.budgets[].duration", F_DURATION, false, 0},
    {"spec.template", F_OBJECT, true, 0},
    {"spec.template.metadata", F_OBJECT, false, 0},
    {"spec.template.metadata.labels", F_MAP, false, 0},
    {"spec.template.metadata.annotations", F_MAP, false, 0},
    {"spec.template.spec", F_OBJECT, true, 0},
    TAINTS("spec.template.spec.taints"),
    TAINTS("spec.template.spec.startupTaints"),
    REQUIREMENTS("spec.template.spec.requirements", OPERATORS),
    {"spec.template.spec.requirements[].minValues", F_INTEGER, false, "1..50"},
    {"spec.template.spec.expireAfter", F_DURATION, false, "Never"},
    {"spec.template.spec.terminationGracePeriod", F_DURATION, false, 0},
    {"spec.template.spec.nodeClassRef", F_OBJECT, true, 0},
    {"spec.template.spec.nodeClassRef.group", F_TEXT, true, 0},
    {"spec.template.spec.nodeClassRef.kind", F_TEXT, true, 0},
    {"spec.template.spec.nodeClassRef.name", F_TEXT, true, 0},
    {0},
};

const struct field_spec fields_node_overlay[] = {
    OBJECT_HEAD,
    REQUIREMENTS("spec.requirements", OPERATORS),
    {"spec.capacity", F_MAP, false, 0},
    {"spec.price", F_MATCH, false, "number"},
    {"spec.priceAdjustment", F_MATCH, false, "adjustment"},
    {"spec.weight", F_INTEGER, false, "1..10000"},
    {0},
};

#define SELECTOR(at)                                                                       \
    {at, F_LIST, true, 0}, {at "[]", F_OBJECT, false, 0}, {at "[].tags", F_MAP, false, 0}, \
        {at "[].id", F_TEXT, false, 0},                                                    \
    {                                                                                      \
        at "[].name", F_TEXT, false, 0                                                     \
    }

const struct field_spec fields_ec2_node_class[] = {
    OBJECT_HEAD,
    SELECTOR("spec.subnetSelectorTerms"),
    SELECTOR("spec.securityGroupSelectorTerms"),
    SELECTOR("spec.amiSelectorTerms"),
    {"spec.amiSelectorTerms[].alias", F_MATCH, false, "al2023@v20260917 or bottlerocket@v1.54.0"},
    {"spec.amiSelectorTerms[].owner", F_TEXT, false, 0},
    {"spec.amiSelectorTerms[].ssmParameter", F_TEXT, false, 0},
    {"spec.amiFamily", F_WORD, false, "AL2|AL2023|Bottlerocket|Custom|Windows2019|Windows2022|Windows2025"},
    {"spec.role", F_TEXT, false, 0},
    {"spec.instanceProfile", F_TEXT, false, 0},
    {"spec.userData", F_STRING, false, 0},
    {"spec.blockDeviceMappings", F_LIST, false, 0},
    {"spec.blockDeviceMappings[]", F_OBJECT, false, 0},
    {"spec.blockDeviceMappings[].deviceName", F_TEXT, false, 0},
    {"spec.blockDeviceMappings[].rootVolume", F_BOOL, false, 0},
    {"spec.blockDeviceMappings[].ebs", F_OBJECT, false, 0},
    {"spec.blockDeviceMappings[].ebs.volumeSize", F_QUANTITY, false, 0},
    {"spec.blockDeviceMappings[].ebs.volumeType", F_WORD, false, "standard|io1|io2|gp2|sc1|st1|gp3"},
    {"spec.blockDeviceMappings[].ebs.encrypted", F_BOOL, false, 0},
    {"spec.blockDeviceMappings[].ebs.deleteOnTermination", F_BOOL, false, 0},
    {"spec.blockDeviceMappings[].ebs.iops", F_INTEGER, false, "1..1000000"},
    {"spec.blockDeviceMappings[].ebs.throughput", F_INTEGER, false, "1..1000000"},
    {"spec.blockDeviceMappings[].ebs.kmsKeyID", F_TEXT, false, 0},
    {"spec.blockDeviceMappings[].ebs.snapshotID", F_TEXT, false, 0},
    {"spec.blockDeviceMappings[].ebs.volumeInitializationRate", F_ANY, false, 0},
    {"spec.instanceStorePolicy", F_WORD, false, "RAID0"},
    {"spec.kubelet", F_ANY, false, 0},
    {"spec.capacityReservationSelectorTerms", F_ANY, false, 0},
    {"spec.tags", F_MAP, false, 0},
    {"spec.metadataOptions", F_OBJECT, false, 0},
    {"spec.metadataOptions.httpEndpoint", F_WORD, false, "enabled|disabled"},
    {"spec.metadataOptions.httpProtocolIPv6", F_WORD, false, "enabled|disabled"},
    {"spec.metadataOptions.httpPutResponseHopLimit", F_INTEGER, false, "1..64"},
    {"spec.metadataOptions.httpTokens", F_WORD, false, "required|optional"},
    {"spec.detailedMonitoring", F_BOOL, false, 0},
    {"spec.associatePublicIPAddress", F_BOOL, false, 0},
    {"spec.context", F_TEXT, false, 0},
    {"spec.placementGroupSelector", F_ANY, false, 0},
    {"spec.networkInterfaces", F_ANY, false, 0},
    {"spec.ipPrefixCount", F_ANY, false, 0},
    {0},
};
