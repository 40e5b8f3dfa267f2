/* Names of GPU resources. Does not depend on GPU models or pods. */
#include "gpu/resource.h"

#include <stdio.h>
#include <string.h>

bool gpu_resource_is_slice(const char *name)
{
    size_t length = sizeof(MIG_RESOURCE_PREFIX) - 1;
    return strcmp(name, GPU_RESOURCE_SHARED) == 0 || (strncmp(name, MIG_RESOURCE_PREFIX, length) == 0 && name[length]);
}

bool gpu_resource_is(const char *name)
{
    return strcmp(name, GPU_RESOURCE_WHOLE) == 0 || gpu_resource_is_slice(name);
}

void gpu_resource_name(const char *profile, bool renamed, char ret_name[GPU_RESOURCE_SIZE])
{
    (void)snprintf(ret_name, GPU_RESOURCE_SIZE, "%s%s%s", profile ? MIG_RESOURCE_PREFIX : GPU_RESOURCE_WHOLE,
                   profile ? profile : "", renamed ? RESOURCE_SHARED : "");
    for (char *plus = strchr(ret_name, '+'); plus; plus = strchr(plus, '+'))
        *plus = '.';
}
