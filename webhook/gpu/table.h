/* The GPU table: the GPUs, how MIG can partition them, and which AWS instances have them.
 *
 * Compiled in from webhook/gpu/data/ (gpus.json, aws-instances.json: facts with sources), parsed once at start.
 * Immutable afterwards; everything that points into it must not outlive it. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { GPU_MEDIA_KINDS = 4, GPU_STARTS_MAX = 16, GPU_PCI_IDS_MAX = 8 };
enum gpu_media { GPU_NVDEC, GPU_NVENC, GPU_JPEG, GPU_OFA };
/* The names of the kinds in the data files. */
extern const char *const gpu_media_names[GPU_MEDIA_KINDS];

struct mig_profile {
    const char *name; /* "1g.10gb+me" */
    int nvml_id;      /* the profile's number in nvidia-smi and NVML on this GPU; -1 if unknown */
    unsigned max_instances;
    unsigned compute_slices;
    unsigned memory_units;
    unsigned starts[GPU_STARTS_MAX]; /* memory units, NVML placements */
    size_t start_count;
    unsigned media[GPU_MEDIA_KINDS];
    int64_t memory_bytes; /* as reported by the driver if known; else the gigabytes of the name, 10^9 each */
    bool memory_measured; /* memory_bytes was read from a driver */
    bool on_bottlerocket; /* Bottlerocket's MIG manager can fill the GPU with instances of the profile */
};

/* What Karpenter's labels say about an instance type, and its price. Signed numbers are -1 if unknown. */
struct gpu_instance_type {
    const char *name; /* "g4dn.xlarge" */
    const char *arch; /* "amd64", "arm64" */
    const struct gpu_model *gpu;
    unsigned gpu_count;     /* 0 for a share of one GPU, for which Karpenter counts none */
    int64_t gpu_memory_mib; /* of one GPU; EC2's figure, which is not the driver's */
    int64_t cpus;
    int64_t memory_mib;
    int64_t nvme_gb; /* 0: none */
    int64_t network_mbps;
    int64_t microdollars; /* for an hour, on demand, us-east-1 */
};

struct gpu_model {
    const char *id;                    /* "t4", "h100-80gb" */
    const char *product;               /* for people */
    const char *architecture;          /* "turing", "hopper" ... */
    const char *aws_name;              /* value of karpenter.k8s.aws/instance-gpu-name, or NULL */
    int64_t memory_bytes;              /* of one GPU */
    unsigned mps_max_replicas;         /* 48; 16 below compute capability 7.5 */
    uint32_t pci_ids[GPU_PCI_IDS_MAX]; /* device id << 16 | vendor id, of each board of this model */
    size_t pci_id_count;
    /* MIG; profile_count is 0 if the GPU does not support it. */
    unsigned compute_slices;
    unsigned memory_units;
    unsigned max_instances;
    unsigned media_totals[GPU_MEDIA_KINDS];
    bool media_known[GPU_MEDIA_KINDS]; /* a kind without a total is not limited */
    const char *evidence;              /* source of the placements: hardware, nvml, vendor-mock, inferred */
    const char
        *bottlerocket_model; /* its name in Bottlerocket's settings of MIG; NULL: Bottlerocket does not know it */
    struct mig_profile *profiles;
    size_t profile_count;
    const struct gpu_instance_type *instance_types; /* those with whole GPUs; points into the table's list */
    size_t instance_type_count;
    size_t fraction_count; /* how many types with a share of a GPU follow them */
};

struct gpu_table {
    struct gpu_model *models; /* in the order of the data files */
    size_t model_count;
    struct gpu_instance_type *instance_types; /* those of one model are adjacent, with shares of a GPU last */
    size_t instance_type_count;
    const char *version; /* of the instance types and their prices: "2026-08; prices 2026-07-20" */
    char *texts;         /* private: what every text above points into */
};

/* Errors: ERR_NOMEM; ERR_INTERNAL if the compiled-in data is broken (a test reads all of it). */
MUST_CHECK int gpu_table_load(struct gpu_table **ret_table, struct err *err);
void gpu_table_free(struct gpu_table *table);

/* Each returns NULL if there is none of that id or name. */
const struct gpu_model *gpu_find(const struct gpu_table *table, const char *id);
const struct gpu_instance_type *gpu_instance_find(const struct gpu_table *table, const char *name);
const struct mig_profile *gpu_profile(const struct gpu_model *model, const char *name);

/* Returns how many GPUs the driver reports on such a node, on which resources are counted: a share counts as one. */
unsigned gpu_instance_devices(const struct gpu_instance_type *type);

/* Returns the nearest GPU id that begins with `id`, or else the nearest one that differs in few letters; NULL if there
 * is none. For messages. */
const char *gpu_nearest_id(const struct gpu_table *table, const char *id);

DEFINE_AUTO(gpu_table, struct gpu_table *, gpu_table_free);
