/* Labels of instance types, out of the GPU table and the instance type's own name. */
#include "lint/model/machine.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static enum label_state set(char ret_value[MACHINE_LABEL_SIZE], const char *value, size_t length)
{
    (void)snprintf(ret_value, MACHINE_LABEL_SIZE, "%.*s", (int)(length < 63 ? length : 63), value);
    return LABEL_VALUE;
}

static enum label_state set_number(char ret_value[MACHINE_LABEL_SIZE], int64_t number)
{
    (void)snprintf(ret_value, MACHINE_LABEL_SIZE, "%" PRId64, number);
    return LABEL_VALUE;
}

/* g4dn.xlarge: family g4dn, category g, generation 4, size xlarge. */
static enum label_state name_part(const char *name, const char *part, char ret_value[MACHINE_LABEL_SIZE])
{
    size_t family = strcspn(name, ".");
    size_t category = 0;
    size_t digits = 0;
    while (isalpha((unsigned char)name[category]))
        category++;
    while (isdigit((unsigned char)name[category + digits]))
        digits++;
    if (strcmp(part, "family") == 0)
        return set(ret_value, name, family);
    if (strcmp(part, "category") == 0)
        return set(ret_value, name, category);
    if (strcmp(part, "generation") == 0)
        return set(ret_value, name + category, digits);
    if (strcmp(part, "size") == 0)
        return name[family] ? set(ret_value, name + family + 1, strlen(name + family + 1)) : LABEL_UNKNOWN;
    return LABEL_UNKNOWN;
}

static enum label_state gpu_part(const struct machine_type *machine, const char *part,
                                 char ret_value[MACHINE_LABEL_SIZE])
{
    if (!machine->type)
        return LABEL_UNKNOWN;
    if (strcmp(part, "gpu-name") == 0)
        return machine->gpu->aws_name ? set(ret_value, machine->gpu->aws_name, strlen(machine->gpu->aws_name))
                                      : LABEL_UNKNOWN;
    if (strcmp(part, "gpu-manufacturer") == 0)
        return set(ret_value, "nvidia", 6);
    if (strcmp(part, "gpu-count") == 0)
        return set_number(ret_value, machine->type->gpu_count);
    if (strcmp(part, "gpu-memory") == 0)
        return set_number(ret_value, machine->gpu->memory_bytes >> 20);
    return LABEL_UNKNOWN;
}

enum label_state machine_label(const struct machine_type *machine, const char *key, char ret_value[MACHINE_LABEL_SIZE])
{
    if (strcmp(key, LABEL_INSTANCE_TYPE) == 0 || strcmp(key, "beta.kubernetes.io/instance-type") == 0)
        return set(ret_value, machine->name, strlen(machine->name));
    if (strcmp(key, LABEL_ARCH) == 0 || strcmp(key, "beta.kubernetes.io/arch") == 0)
        return machine->type ? set(ret_value, machine->type->arch, strlen(machine->type->arch)) : LABEL_UNKNOWN;
    if (strcmp(key, LABEL_OS) == 0 || strcmp(key, "beta.kubernetes.io/os") == 0)
        return set(ret_value, "linux", 5); /* the NVIDIA images of Karpenter's provider are Linux */
    if (strncmp(key, AWS_INSTANCE_PREFIX, strlen(AWS_INSTANCE_PREFIX)) == 0) {
        const char *part = key + strlen(AWS_INSTANCE_PREFIX);
        return strncmp(part, "gpu-", 4) == 0 ? gpu_part(machine, part, ret_value)
                                             : name_part(machine->name, part, ret_value);
    }
    return karpenter_label_known(key) ? LABEL_UNKNOWN : LABEL_ABSENT;
}

bool machine_meets(const struct machine_type *machine, const struct needs *needs)
{
    for (size_t i = 0; i < needs->count; i++) {
        char value[MACHINE_LABEL_SIZE];
        const struct requirement *requirement = &needs->items[i].requirement;
        if (machine_label(machine, requirement->key, value) == LABEL_VALUE && !requirement_meets(requirement, value))
            return false;
    }
    return true;
}

int64_t machine_cpus(const char *name)
{
    const char *size = strchr(name, '.');
    if (!size)
        return 0;
    int64_t times = 0;
    for (size++; isdigit((unsigned char)*size) && times < 1000; size++)
        times = 10 * times + (*size - '0');
    return strcmp(size, "xlarge") == 0 ? 4 * (times > 0 ? times : 1) : 0;
}

bool machine_find(const struct gpu_table *gpus, const char *name, struct machine_type *ret_machine)
{
    for (size_t i = 0; i < gpus->model_count; i++) {
        const struct gpu_model *gpu = &gpus->models[i];
        for (size_t j = 0; j < gpu->instance_type_count; j++) {
            if (strcmp(gpu->instance_types[j].name, name) != 0)
                continue;
            *ret_machine = (struct machine_type){gpu->instance_types[j].name, gpu, &gpu->instance_types[j]};
            return true;
        }
    }
    return false;
}
