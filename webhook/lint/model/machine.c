/* Compares labels of instance types with needs. Derives no labels itself. */
#include "lint/model/machine.h"

#include "karpenter/label.h"

#include <ctype.h>
#include <string.h>

enum label_state machine_label(const struct instance *instance, const char *key, char ret_value[INSTANCE_LABEL_SIZE])
{
    return karpenter_label_known(key) ? instance_label(instance, key, ret_value) : LABEL_ABSENT;
}

bool machine_meets(const struct instance *instance, const struct needs *needs)
{
    for (size_t i = 0; i < needs->count; i++) {
        if (!instance_matches(instance, &needs->items[i].requirement))
            return false;
    }
    return true;
}

int64_t machine_cpus(const struct instance *instance)
{
    const char *size = strchr(instance->name, '.');
    if (instance->type && instance->type->cpus > 0)
        return instance->type->cpus;
    if (!size)
        return 0;
    int64_t times = 0;
    for (size++; isdigit((unsigned char)*size) && times < 1000; size++)
        times = 10 * times + (*size - '0');
    return strcmp(size, "xlarge") == 0 ? 4 * (times > 0 ? times : 1) : 0;
}

unsigned machine_devices(const struct gpu_instance_type *type)
{
    return type->gpu_count > 0 ? type->gpu_count : 1;
}
