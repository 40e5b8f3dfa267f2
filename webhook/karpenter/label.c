/* The lists of label keys. Does not depend on policies, pods or manifests. */
#include "karpenter/label.h"

#include "base/cleanup.h"
#include "base/spelling.h"

#include <string.h>

enum { NEAREST_EDITS = 2 };

static const char *const known[] = {
    LABEL_NODE_POOL,
    LABEL_CAPACITY_TYPE,
    LABEL_INSTANCE_TYPE,
    LABEL_WINDOWS_BUILD,
    LABEL_ARCH,
    LABEL_OS,
    LABEL_ZONE,
    LABEL_REGION,
    LABEL_ZONE_ID,
    LABEL_EC2_NODE_CLASS,
    LABEL_CAPACITY_RESERVATION_ID,
    LABEL_CAPACITY_RESERVATION_INTERRUPTIBLE,
    LABEL_CAPACITY_RESERVATION_TYPE,
    LABEL_PLACEMENT_GROUP_ID,
    LABEL_PLACEMENT_GROUP_PARTITION,
    LABEL_INSTANCE_CATEGORY,
    LABEL_INSTANCE_FAMILY,
    LABEL_INSTANCE_GENERATION,
    LABEL_INSTANCE_SIZE,
    LABEL_INSTANCE_TENANCY,
    LABEL_INSTANCE_HYPERVISOR,
    LABEL_INSTANCE_CPU,
    LABEL_INSTANCE_CPU_MANUFACTURER,
    LABEL_INSTANCE_CPU_CLOCK_SPEED,
    LABEL_INSTANCE_MEMORY,
    LABEL_INSTANCE_LOCAL_NVME,
    LABEL_INSTANCE_EBS_BANDWIDTH,
    LABEL_INSTANCE_NETWORK_BANDWIDTH,
    LABEL_INSTANCE_ENCRYPTION_IN_TRANSIT,
    LABEL_INSTANCE_CAPABILITY_FLEX,
    LABEL_INSTANCE_GPU_NAME,
    LABEL_INSTANCE_GPU_MANUFACTURER,
    LABEL_INSTANCE_GPU_COUNT,
    LABEL_INSTANCE_GPU_MEMORY,
    LABEL_INSTANCE_ACCELERATOR_NAME,
    LABEL_INSTANCE_ACCELERATOR_MANUFACTURER,
    LABEL_INSTANCE_ACCELERATOR_COUNT,
};

static const struct alias {
    const char *beta, *key;
} aliases[] = {
    {"failure-domain.beta.kubernetes.io/zone", LABEL_ZONE},
    {"failure-domain.beta.kubernetes.io/region", LABEL_REGION},
    {"beta.kubernetes.io/arch", LABEL_ARCH},
    {"beta.kubernetes.io/os", LABEL_OS},
    {"beta.kubernetes.io/instance-type", LABEL_INSTANCE_TYPE},
};

static const struct {
    const char *key;
    const char *values[4];
} limited[] = {
    {LABEL_CAPACITY_TYPE, {CAPACITY_ON_DEMAND, CAPACITY_SPOT, CAPACITY_RESERVED, NULL}},
    {LABEL_ARCH, {"amd64", "arm64", NULL}},
    {LABEL_OS, {"linux", "windows", NULL}},
};

const char *const *karpenter_label_values(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(limited); i++) {
        if (strcmp(limited[i].key, key) == 0)
            return limited[i].values;
    }
    return NULL;
}

const char *karpenter_label_alias(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
        if (strcmp(aliases[i].beta, key) == 0)
            return aliases[i].key;
    }
    return NULL;
}

const struct karpenter_old_key karpenter_old_keys[] = {
    {LABEL_PROVISIONER_NAME, LABEL_NODE_POOL},
    {ANNOTATION_DO_NOT_EVICT, ANNOTATION_DO_NOT_DISRUPT},
    {ANNOTATION_DO_NOT_CONSOLIDATE, ANNOTATION_DO_NOT_DISRUPT},
    {TAINT_DISRUPTION, TAINT_DISRUPTED},
    {LABEL_INSTANCE_PODS, NULL},
    {NULL, NULL},
};

const char *karpenter_key_today(const char *key)
{
    for (const struct karpenter_old_key *old = karpenter_old_keys; old->key; old++) {
        if (strcmp(old->key, key) == 0)
            return old->today;
    }
    return NULL;
}

bool karpenter_label_known(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (strcmp(known[i], key) == 0)
            return true;
    }
    return karpenter_label_alias(key) != NULL;
}

bool karpenter_key_of(const char *key, const char *group)
{
    const char *slash = strchr(key, '/');
    size_t length = slash ? (size_t)(slash - key) : 0;
    return length >= strlen(group) && strncmp(slash - strlen(group), group, strlen(group)) == 0;
}

bool karpenter_label_refused(const char *key)
{
    if (karpenter_label_known(key))
        return false;
    return strcmp(key, LABEL_HOSTNAME) == 0 || karpenter_key_of(key, KARPENTER_GROUP) ||
           karpenter_key_of(key, KARPENTER_AWS_GROUP);
}

const char *karpenter_label_nearest(const char *key)
{
    struct spelling_search search = {.mistyped = key, .limit = NEAREST_EDITS};
    if (karpenter_label_known(key))
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        spelling_consider(&search, known[i]);
    return search.nearest;
}
