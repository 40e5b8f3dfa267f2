/* The list of labels that NVIDIA's software discovers. */
#include "nvidia/label.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "nvidia/names.h"

bool nvidia_label_is_discovered(const char *key)
{
    static const char *const prefixes[] = {
        LABEL_GPU_PREFIX,  MIG_RESOURCE_PREFIX, LABEL_MIG_CAPABLE, LABEL_MIG_STRATEGY, LABEL_MIG_CONFIG_STATE,
        LABEL_CUDA_PREFIX, LABEL_VGPU_PREFIX,   LABEL_MPS_PREFIX,  LABEL_GFD_PREFIX,   "feature.node.kubernetes.io/"};
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        if (text_begins(key, prefixes[i]))
            return true;
    }
    return false;
}
