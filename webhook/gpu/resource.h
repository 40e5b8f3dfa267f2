/* Names of GPU resources, as NVIDIA's device plugin registers them (k8s-device-plugin internal/rm/rm.go), and what
 * other names of resources stand for: a device class of DRA, a network device, another accelerator, or none of these.
 * Admission, rendering and lint use the same classification. Does not depend on GPU models, pods or policies. */
#pragma once

#include "base/strlist.h"
#include "nvidia/names.h"

#include <stddef.h>

#define DRA_RESOURCE_PREFIX "deviceclass.resource.kubernetes.io/"

enum { GPU_RESOURCE_SIZE = 64 };

/* True for the names by which a pod requests a GPU: nvidia.com/gpu, nvidia.com/gpu.shared, nvidia.com/mig-*. A policy
 * set may add names, which only gpu_names_kind() knows. */
bool gpu_resource_is(const char *name);

/* True for names that mean a part of a GPU: nvidia.com/gpu.shared, nvidia.com/mig-*. A request for any other GPU
 * resource is treated as one for whole GPUs (`wholeGPU` in a policy), although pools that share without renaming
 * register their slices as nvidia.com/gpu. */
bool gpu_resource_is_slice(const char *name);

/* Writes "nvidia.com/mig-" and the profile with '+' as '.', or nvidia.com/gpu if `profile` is NULL; adds ".shared" if
 * `renamed` is set. */
void gpu_resource_name(const char *profile, bool renamed, char ret_name[GPU_RESOURCE_SIZE]);

/* The most patterns in one list: limited because each is compared with every resource name of every pod, here and in
 * the CEL of the guard policy. */
enum { GPU_NAMES_MAX = 32 };

/* One name or, with a `*` at its end, every name that begins with it: "nvidia.com/a100", "nvidia.com/GRID_*". */
struct resource_pattern {
    const char *text; /* as written */
    size_t length;    /* of what is compared: without the `*` */
    bool open;        /* it ends with `*` */
};

struct resource_patterns {
    struct resource_pattern *items; /* in the order in which they were written */
    size_t count;
    struct strlist texts; /* private: the items' texts */
};

/* The names that a policy set adds to the built-in ones. Immutable once loaded. */
struct gpu_names {
    struct resource_patterns gpus;   /* names that request a GPU, as nvidia.com/gpu does */
    struct resource_patterns others; /* under nvidia.com/ but not a GPU: network devices */
};

enum resource_kind {
    RESOURCE_PLAIN,        /* none of the others: cpu, memory, example.com/licence */
    RESOURCE_GPU,          /* gpu_resource_is(), or one of gpu_names.gpus */
    RESOURCE_DEVICE_CLASS, /* deviceclass.resource.kubernetes.io/ (KEP-5004) */
    RESOURCE_NETWORK,      /* a network device, or one of gpu_names.others */
    /* Any other name under nvidia.com/ (misspelt, or HAMi's), one whose domain is misspelt (nvdia.com/gpu), or
     * alpha.kubernetes.io/nvidia-gpu, which Kubernetes has dropped. No pool offers it. */
    RESOURCE_UNOFFERED,
    /* Another vendor's accelerator, or another system's share of a GPU under another domain than nvidia.com/. No slice
     * pool offers it. */
    RESOURCE_FOREIGN,
};

/* Returns the kind of a name. If `names` is NULL, only the built-in names count. Does not allocate. */
enum resource_kind gpu_names_kind(const struct gpu_names *names, const char *resource);

/* Returns the GPU resource that a misspelt name most likely means (nvidia.com/gpu for nvidia.com/gpus, nvdia.com/gpu or
 * alpha.kubernetes.io/nvidia-gpu), or NULL. */
const char *gpu_resource_meant(const char *resource);

/* True for an annotation by which another scheduler gives a pod a share of a GPU without a resource: those of KAI and
 * Run:ai, HAMi, and Volcano. */
bool gpu_annotation_is_foreign(const char *key);

struct resource_pattern resource_pattern_of(const char *text);
bool resource_pattern_matches(const struct resource_pattern *pattern, const char *resource);
/* True if some name matches both. */
bool resource_patterns_meet(const struct resource_pattern *a, const struct resource_pattern *b);
/* True if `a` matches every name that `b` matches. */
bool resource_pattern_covers(const struct resource_pattern *a, const struct resource_pattern *b);

/* A row of the built-in table. */
struct known_resource {
    struct resource_pattern pattern;
    enum resource_kind kind;
    const char *what; /* "a network device", for messages */
};

/* Returns the first row whose pattern matches a name that this pattern matches too, or NULL. */
const struct known_resource *known_resource_meeting(const struct resource_pattern *pattern);

/* Adds the pattern with a copy of the text. Errors: ERR_NOMEM. */
MUST_CHECK int resource_patterns_add(struct resource_patterns *patterns, const char *text, struct err *err);
void gpu_names_fini(struct gpu_names *names);
