/* The GPUs of this machine as the driver describes them, and how they compare with the table.
 *
 * Everything is read with NVML and nothing is changed; MIG need not be enabled. The driver reports for each profile how
 * often it fits, where it may start and what it needs. */
#pragma once

#include "base/strlist.h"
#include "gpu/nvml_abi.h"
#include "gpu/table.h"

#include <jansson.h>

enum probe_mig { PROBE_MIG_NONE, PROBE_MIG_OFF, PROBE_MIG_ON };

struct probed_gpu {
    struct err failure; /* ERR_NONE: everything was read; otherwise only the values before the failed call are set */
    unsigned index;
    char name[NVML_NAME_SIZE]; /* "NVIDIA H100 80GB HBM3" */
    uint32_t pci_id;           /* as in the table */
    enum probe_mig mig;
    /* What the driver reports, in the terms of the table. Its texts, pci_ids and instance types are not set. profiles
     * points to the array below, which is sorted by compute slices, memory units and name. Totals are the maxima over
     * all profiles; a media total is known if it is above 0. */
    struct gpu_model model;
    struct mig_profile profiles[NVML_PROFILES_TRIED];
    char profile_names[NVML_PROFILES_TRIED][NVML_NAME_SIZE];
    char architecture[16]; /* "hopper", "unknown" */
};

struct probe {
    char driver[NVML_DRIVER_VERSION_SIZE];
    struct probed_gpu *gpus;
    size_t count;
};

/* Reads all GPUs; `library` is passed to nvml_open(). A GPU that cannot be read does not affect the others. Errors:
 * ERR_UNAVAILABLE, ERR_NOMEM. */
MUST_CHECK int probe_read(const char *library, struct probe *ret_probe, struct err *err);
void probe_fini(struct probe *probe);

enum probe_verdict {
    PROBE_SAME,
    PROBE_DIFFERS,
    PROBE_UNKNOWN /* the table has no GPU of that PCI id */
};

struct comparison {
    enum probe_verdict verdict;
    const struct gpu_model *model; /* of that PCI id, or NULL */
    const struct gpu_model *like;  /* PROBE_UNKNOWN: one that MIG partitions in exactly the same way, or NULL */
    struct strlist differences;    /* "1g.10gb: maxInstances is 6, the table has 7" */
    struct strlist notes;          /* what the driver reports and the table does not state */
};

/* Compares a GPU whose failure is ERR_NONE with the table. Errors: ERR_NOMEM. */
MUST_CHECK int probe_compare(const struct gpu_table *table, const struct probed_gpu *gpu, struct comparison *ret_result,
                             struct err *err);
void comparison_fini(struct comparison *comparison);

/* Makes an entry of webhook/gpu/data/gpus.json from the GPU. id, product and gfdProducts are derived from its name;
 * awsName, minDriver and mig.balanced are null. `driver` becomes part of the source. Errors: ERR_NOMEM. */
MUST_CHECK int probe_entry(const struct probed_gpu *gpu, const char *driver, json_t **ret_entry, struct err *err);

DEFINE_AUTO_FINI(probe, struct probe, probe_fini);
DEFINE_AUTO_FINI(comparison, struct comparison, comparison_fini);
