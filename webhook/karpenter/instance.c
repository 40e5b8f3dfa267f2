/* The only place that derives labels from an instance type. Does not depend on NodePools or SlicePools. */
#include "karpenter/instance.h"

#include "karpenter/label.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef enum label_state derive(const struct instance *instance, char value[INSTANCE_LABEL_SIZE]);

static enum label_state set_label(char value[INSTANCE_LABEL_SIZE], const char *text, size_t length)
{
    (void)snprintf(value, INSTANCE_LABEL_SIZE, "%.*s", (int)(length < 63 ? length : 63), text);
    return length > 0 ? LABEL_VALUE : LABEL_ABSENT;
}

static enum label_state set_text(char value[INSTANCE_LABEL_SIZE], const char *text)
{
    return text ? set_label(value, text, strlen(text)) : LABEL_UNKNOWN;
}

static enum label_state set_number(char value[INSTANCE_LABEL_SIZE], int64_t number)
{
    (void)snprintf(value, INSTANCE_LABEL_SIZE, "%" PRId64, number);
    return number < 0 ? LABEL_UNKNOWN : LABEL_VALUE;
}

/* -- From the name -- */

struct name_parts {
    size_t category_length; /* the category begins the name */
    const char *generation;
    size_t generation_length;
};

/* Splits a name by Karpenter's pattern (^[a-z]+)(\-[0-9]+tb)?([0-9]+).*\. into category and generation: g and 4 of
 * g4dn.xlarge, u and 1 of u-6tb1.metal, neither of mac-m4.metal. */
static struct name_parts split(const char *name)
{
    const char *at = name;
    while (islower((unsigned char)*at))
        at++;
    size_t category = (size_t)(at - name);
    size_t terabytes = *at == '-' ? strspn(at + 1, "0123456789") : 0;
    if (terabytes > 0 && strncmp(at + 1 + terabytes, "tb", 2) == 0)
        at += 1 + terabytes + 2;
    size_t digits = strspn(at, "0123456789");
    bool matches = category > 0 && digits > 0 && strchr(at, '.');
    return matches ? (struct name_parts){category, at, digits} : (struct name_parts){0, name, 0};
}

static enum label_state category_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    return set_label(value, instance->name, split(instance->name).category_length);
}

static enum label_state generation_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    struct name_parts parts = split(instance->name);
    return set_label(value, parts.generation, parts.generation_length);
}

static enum label_state family_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    const char *dot = strchr(instance->name, '.');
    return dot ? set_label(value, instance->name, (size_t)(dot - instance->name)) : LABEL_ABSENT;
}

static enum label_state size_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    const char *dot = strchr(instance->name, '.');
    return dot ? set_text(value, dot + 1) : LABEL_ABSENT;
}

static enum label_state flex_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    return set_text(value, strstr(instance->name, "-flex.") ? "true" : "false");
}

static enum label_state name_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    return set_text(value, instance->name);
}

/* -- From the table -- */

static enum label_state arch_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    return instance->type ? set_text(value, instance->type->arch) : LABEL_UNKNOWN;
}

/* The provider's images with NVIDIA's driver are Linux; a type without a GPU may run Windows. */
static enum label_state os_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    return instance->type ? set_text(value, "linux") : LABEL_UNKNOWN;
}

static enum label_state accelerator_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    (void)value;
    return instance->type ? LABEL_ABSENT : LABEL_UNKNOWN; /* Inferentia, Trainium and Gaudi are not in the table */
}

/* g4ad is the only family with GPUs of another vendor than NVIDIA. */
static bool has_amd_gpu(const struct instance *instance)
{
    return strncmp(instance->name, "g4ad.", 5) == 0;
}

static enum label_state without_table(const struct instance *instance)
{
    return instance->knowledge == INSTANCE_WITHOUT_GPU && !has_amd_gpu(instance) ? LABEL_ABSENT : LABEL_UNKNOWN;
}

static enum label_state gpu_name_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    if (has_amd_gpu(instance))
        return set_text(value, "radeon-pro-v520");
    return instance->gpu ? set_text(value, instance->gpu->aws_name) : without_table(instance);
}

static enum label_state gpu_manufacturer_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    if (has_amd_gpu(instance))
        return set_text(value, "amd");
    return instance->gpu ? set_text(value, "nvidia") : without_table(instance);
}

static enum label_state gpu_count_of(const struct instance *instance, char value[INSTANCE_LABEL_SIZE])
{
    return instance->type ? set_number(value, instance->type->gpu_count) : without_table(instance);
}

/* -- All labels -- */

#define NUMBER(member) NULL, offsetof(struct gpu_instance_type, member)

static const struct label {
    const char *key;
    derive *derive;
    size_t number; /* if `derive` is NULL: offset of an int64_t, which is 0 if nodes do not have the label */
    enum { PLAIN, NAMES, OF_GPUS } what;
} labels[] = {
    {LABEL_INSTANCE_TYPE, name_of, 0, NAMES},
    {LABEL_ARCH, arch_of, 0, PLAIN},
    {LABEL_OS, os_of, 0, PLAIN},
    {LABEL_INSTANCE_FAMILY, family_of, 0, NAMES},
    {LABEL_INSTANCE_CATEGORY, category_of, 0, NAMES},
    {LABEL_INSTANCE_GENERATION, generation_of, 0, PLAIN},
    {LABEL_INSTANCE_SIZE, size_of, 0, PLAIN},
    {LABEL_INSTANCE_CAPABILITY_FLEX, flex_of, 0, PLAIN},
    {LABEL_INSTANCE_GPU_NAME, gpu_name_of, 0, OF_GPUS},
    {LABEL_INSTANCE_GPU_MANUFACTURER, gpu_manufacturer_of, 0, OF_GPUS},
    {LABEL_INSTANCE_GPU_COUNT, gpu_count_of, 0, OF_GPUS},
    {LABEL_INSTANCE_GPU_MEMORY, NUMBER(gpu_memory_mib), OF_GPUS},
    {LABEL_INSTANCE_ACCELERATOR_NAME, accelerator_of, 0, PLAIN},
    {LABEL_INSTANCE_ACCELERATOR_MANUFACTURER, accelerator_of, 0, PLAIN},
    {LABEL_INSTANCE_ACCELERATOR_COUNT, accelerator_of, 0, PLAIN},
    {LABEL_INSTANCE_CPU, NUMBER(cpus), PLAIN},
    {LABEL_INSTANCE_MEMORY, NUMBER(memory_mib), PLAIN},
    {LABEL_INSTANCE_LOCAL_NVME, NUMBER(nvme_gb), PLAIN},
    {LABEL_INSTANCE_NETWORK_BANDWIDTH, NUMBER(network_mbps), PLAIN},
};

static const struct label *find_label(const char *key)
{
    const char *alias = karpenter_label_alias(key);
    key = alias ? alias : key;
    for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
        if (strcmp(labels[i].key, key) == 0)
            return &labels[i];
    }
    return NULL;
}

enum label_state instance_label(const struct instance *instance, const char *key, char ret_value[INSTANCE_LABEL_SIZE])
{
    const struct label *label = find_label(key);
    if (!label)
        return LABEL_UNKNOWN;
    if (label->derive)
        return label->derive(instance, ret_value);
    if (!instance->type)
        return label->what == OF_GPUS ? without_table(instance) : LABEL_UNKNOWN;
    const int64_t *number = (const void *)((const char *)instance->type + label->number);
    return *number == 0 ? LABEL_ABSENT : set_number(ret_value, *number);
}

bool instance_may_meet(const struct instance *instance, const struct requirement *requirement)
{
    char value[INSTANCE_LABEL_SIZE];
    enum label_state state = instance_label(instance, requirement->key, value);
    return state == LABEL_UNKNOWN || requirement_meets(requirement, state == LABEL_VALUE ? value : NULL);
}

bool instance_matches(const struct instance *instance, const struct requirement *requirement)
{
    char value[INSTANCE_LABEL_SIZE];
    bool unknown = instance->type && instance_label_narrows(requirement->key) &&
                   instance_label(instance, requirement->key, value) == LABEL_UNKNOWN;
    return !unknown && instance_may_meet(instance, requirement);
}

bool instance_label_names(const char *key)
{
    const struct label *label = find_label(key);
    return label && label->what == NAMES;
}

bool instance_label_narrows(const char *key)
{
    const struct label *label = find_label(key);
    return label && label->what != PLAIN;
}

/* -- What is known -- */

/* Categories without NVIDIA GPUs. Sources: Amazon EC2 instance types, naming conventions; the families in Karpenter's
 * price list (1.15.2, pkg/providers/pricing) and on its page reference/instance-types. The categories with NVIDIA GPUs
 * are g, gr and p, whose types are in the table or unknown; the GPUs of g4ad are AMD's. */
static bool category_lacks_gpus(const char *name)
{
    static const char *const categories[] = {"a",  "c", "cr",  "d", "dl", "f",   "h", "hpc", "i", "im", "inf",
                                             "is", "m", "mac", "r", "t",  "trn", "u", "vt",  "x", "z"};
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz");
    for (size_t i = 0; i < ARRAY_SIZE(categories); i++) {
        if (strlen(categories[i]) == length && strncmp(categories[i], name, length) == 0)
            return true;
    }
    return strncmp(name, "g4ad", 4) == 0 && (name[4] == '.' || !name[4]);
}

struct instance instance_of(const struct gpu_instance_type *type)
{
    return (struct instance){type->name, INSTANCE_IN_TABLE, type, type->gpu};
}

struct instance instance_find(const struct gpu_table *gpus, const char *name)
{
    const struct gpu_instance_type *type = gpu_instance_find(gpus, name);
    if (type)
        return instance_of(type);
    bool without = strchr(name, '.') && category_lacks_gpus(name);
    return (struct instance){.name = name, .knowledge = without ? INSTANCE_WITHOUT_GPU : INSTANCE_UNKNOWN};
}

enum instance_knowledge instance_value_knowledge(const struct gpu_table *gpus, const char *key, const char *value)
{
    char own[INSTANCE_LABEL_SIZE];
    for (size_t i = 0; i < gpus->instance_type_count; i++) {
        struct instance instance = instance_of(&gpus->instance_types[i]);
        if (instance_label(&instance, key, own) == LABEL_VALUE && strcmp(own, value) == 0)
            return INSTANCE_IN_TABLE;
    }
    return category_lacks_gpus(value) ? INSTANCE_WITHOUT_GPU : INSTANCE_UNKNOWN;
}
