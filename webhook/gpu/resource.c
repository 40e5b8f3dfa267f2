/* Names of resources. */
#include "gpu/resource.h"

#include "base/spelling.h"
#include "base/text.h"
#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool gpu_resource_is_slice(const char *name)
{
    return strcmp(name, GPU_RESOURCE_SHARED) == 0 ||
           (text_begins(name, MIG_RESOURCE_PREFIX) && name[strlen(MIG_RESOURCE_PREFIX)]);
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

/* clang-format off */
#define ONE(name)        {name, sizeof(name) - 1, false}
#define ALL(prefix)      {prefix "*", sizeof(prefix) - 1, true}
/* clang-format on */
#define RESOURCE_ALPHA   "alpha.kubernetes.io/nvidia-gpu"
#define WHAT_NETWORK     "a network device"
#define WHAT_GPU         "a GPU resource without being listed"
#define WHAT_SHARE       "another system's share of a GPU"
#define WHAT_ACCELERATOR "another vendor's accelerator"

/* Names as their device plugins register them. Network devices: NVIDIA network-operator, k8s-rdma-shared-dev-plugin,
 * sriov-network-device-plugin. Shares of a GPU: HAMi, Volcano, GPU share of Alibaba, GPU manager of Tencent, nos. */
static const struct known_resource known[] = {
    {ONE(GPU_RESOURCE_WHOLE), RESOURCE_GPU, WHAT_GPU},
    {ONE(GPU_RESOURCE_SHARED), RESOURCE_GPU, WHAT_GPU},
    {ALL(MIG_RESOURCE_PREFIX), RESOURCE_GPU, WHAT_GPU},

    {ONE(NVIDIA_PREFIX "hostdev"), RESOURCE_NETWORK, WHAT_NETWORK},
    {ALL(NVIDIA_PREFIX "rdma_"), RESOURCE_NETWORK, WHAT_NETWORK},
    {ALL(NVIDIA_PREFIX "resibp"), RESOURCE_NETWORK, WHAT_NETWORK},
    {ALL(NVIDIA_PREFIX "sriov"), RESOURCE_NETWORK, WHAT_NETWORK},
    {ALL(NVIDIA_PREFIX "mlnx"), RESOURCE_NETWORK, WHAT_NETWORK},
    {ALL("rdma/"), RESOURCE_NETWORK, WHAT_NETWORK},
    {ALL("mellanox.com/"), RESOURCE_NETWORK, WHAT_NETWORK},
    {ALL("vpc.amazonaws.com/"), RESOURCE_NETWORK, WHAT_NETWORK},
    {ALL("intel.com/sriov"), RESOURCE_NETWORK, WHAT_NETWORK},
    {ALL("intel.com/intel_sriov"), RESOURCE_NETWORK, WHAT_NETWORK},

    {ALL(NVIDIA_PREFIX "gpumem"), RESOURCE_UNOFFERED, WHAT_SHARE}, /* and gpumem-percentage */
    {ONE(NVIDIA_PREFIX "gpucores"), RESOURCE_UNOFFERED, WHAT_SHARE},
    {ONE(NVIDIA_PREFIX "priority"), RESOURCE_UNOFFERED, WHAT_SHARE},
    {ONE(RESOURCE_ALPHA), RESOURCE_UNOFFERED, "a name that Kubernetes dropped in 1.11"},

    {ALL("volcano.sh/vgpu-"), RESOURCE_FOREIGN, WHAT_SHARE},
    {ALL("volcano.sh/gpu-"), RESOURCE_FOREIGN, WHAT_SHARE},
    {ALL("aliyun.com/gpu"), RESOURCE_FOREIGN, WHAT_SHARE},
    {ALL("tencent.com/vcuda-"), RESOURCE_FOREIGN, WHAT_SHARE},
    {ALL("nos.nebuly.com/gpu"), RESOURCE_FOREIGN, WHAT_SHARE},
    {ALL("amd.com/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("gpu.intel.com/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("npu.intel.com/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("habana.ai/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("aws.amazon.com/neuron"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ONE("google.com/tpu"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("cloud-tpus.google.com/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("huawei.com/Ascend"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("cambricon.com/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("hygon.com/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("iluvatar.ai/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("iluvatar.com/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("mthreads.com/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("metax-tech.com/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("enflame.com/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("kunlunxin.com/"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
    {ALL("qualcomm.com/qaic"), RESOURCE_FOREIGN, WHAT_ACCELERATOR},
};

struct resource_pattern resource_pattern_of(const char *text)
{
    size_t length = strlen(text);
    bool open = length > 0 && text[length - 1] == '*';
    return (struct resource_pattern){.text = text, .length = length - open, .open = open};
}

bool resource_pattern_matches(const struct resource_pattern *pattern, const char *resource)
{
    return strncmp(pattern->text, resource, pattern->length) == 0 && (pattern->open || !resource[pattern->length]);
}

bool resource_pattern_covers(const struct resource_pattern *a, const struct resource_pattern *b)
{
    if (!a->open)
        return !b->open && a->length == b->length && strncmp(a->text, b->text, a->length) == 0;
    return a->length <= b->length && strncmp(a->text, b->text, a->length) == 0;
}

bool resource_patterns_meet(const struct resource_pattern *a, const struct resource_pattern *b)
{
    return resource_pattern_covers(a, b) || resource_pattern_covers(b, a);
}

static bool patterns_match(const struct resource_patterns *patterns, const char *resource)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (resource_pattern_matches(&patterns->items[i], resource))
            return true;
    }
    return false;
}

enum { DOMAIN_ERRORS = 2, DOMAIN_SIZE = 24, NAME_ERRORS = 1 };

/* True for nvidia.com and domains that look like it: nvdia.com, nvidia.io, nvidia. */
static bool domain_is_nvidias(const char *resource, size_t length)
{
    char domain[DOMAIN_SIZE];
    if (length >= sizeof(domain))
        return false;
    (void)snprintf(domain, sizeof(domain), "%.*s/", (int)length, resource);
    return text_begins(domain, "nvidia") || spelling_distance(domain, NVIDIA_PREFIX) <= DOMAIN_ERRORS;
}

const char *gpu_resource_meant(const char *resource)
{
    const char *slash = strchr(resource, '/');
    if (strcmp(resource, RESOURCE_ALPHA) == 0)
        return GPU_RESOURCE_WHOLE;
    if (!slash || !strpbrk(slash, "gG") || gpu_resource_is(resource) || /* nvidia.com/dpu is something else */
        !domain_is_nvidias(resource, (size_t)(slash - resource)))
        return NULL;

    static const char *const names[] = {GPU_RESOURCE_WHOLE, GPU_RESOURCE_SHARED};
    struct spelling_search search = {.mistyped = slash + 1, .limit = NAME_ERRORS};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        spelling_consider(&search, names[i] + strlen(NVIDIA_PREFIX));
    return search.nearest ? search.nearest - strlen(NVIDIA_PREFIX) : NULL;
}

static enum resource_kind known_kind(const char *resource)
{
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (known[i].kind != RESOURCE_GPU && resource_pattern_matches(&known[i].pattern, resource))
            return known[i].kind;
    }
    bool meant = text_begins(resource, NVIDIA_PREFIX) || gpu_resource_meant(resource);
    return meant ? RESOURCE_UNOFFERED : RESOURCE_PLAIN;
}

/* Most keys are cpu and memory, and most others nvidia.com/gpu, so these are checked first. */
enum resource_kind gpu_names_kind(const struct gpu_names *names, const char *resource)
{
    if (!strchr(resource, '/'))
        return RESOURCE_PLAIN;
    if (gpu_resource_is(resource) || (names && patterns_match(&names->gpus, resource)))
        return RESOURCE_GPU;
    if (text_begins(resource, DRA_RESOURCE_PREFIX))
        return RESOURCE_DEVICE_CLASS;
    if (names && patterns_match(&names->others, resource))
        return RESOURCE_NETWORK;
    return known_kind(resource);
}

/* Sources: KAI-Scheduler docs/gpu-sharing, HAMi docs (protocol), Volcano's vGPU device plugin. */
bool gpu_annotation_is_foreign(const char *key)
{
    static const struct resource_pattern annotations[] = {
        ALL("gpu-fraction"),
        ONE("gpu-memory"),
        ONE(NVIDIA_PREFIX "use-gputype"),
        ONE(NVIDIA_PREFIX "nouse-gputype"),
        ONE(NVIDIA_PREFIX "use-gpuuuid"),
        ONE(NVIDIA_PREFIX "nouse-gpuuuid"),
        ONE(NVIDIA_PREFIX "vgpu-mode"),
        ALL("hami.io/"),
        ONE("volcano.sh/vgpu-mode"),
    };
    for (size_t i = 0; i < ARRAY_SIZE(annotations); i++) {
        if (resource_pattern_matches(&annotations[i], key))
            return true;
    }
    return false;
}

const struct known_resource *known_resource_meeting(const struct resource_pattern *pattern)
{
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (resource_patterns_meet(&known[i].pattern, pattern))
            return &known[i];
    }
    return NULL;
}

int resource_patterns_add(struct resource_patterns *patterns, const char *text, struct err *err)
{
    if (!GROW(patterns->items, patterns->count))
        return err_nomem(err);
    if (strlist_add(&patterns->texts, text, err) < 0)
        return -1;
    patterns->items[patterns->count] = resource_pattern_of(patterns->texts.items[patterns->count]);
    patterns->count++;
    return 0;
}

static void patterns_fini(struct resource_patterns *patterns)
{
    free(patterns->items);
    strlist_fini(&patterns->texts);
}

void gpu_names_fini(struct gpu_names *names)
{
    patterns_fini(&names->gpus);
    patterns_fini(&names->others);
    *names = (struct gpu_names){0};
}
