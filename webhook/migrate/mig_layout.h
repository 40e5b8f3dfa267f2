/* Names of MIG configurations (node label nvidia.com/mig.config) to what they cut a GPU into. Private to migrate/.
 * Source: NVIDIA/mig-parted, the configurations that the GPU Operator ships. */
#ifndef GPUSLICE_MIGRATE_MIG_LAYOUT_H
#define GPUSLICE_MIGRATE_MIG_LAYOUT_H

#include "gpu/layout.h"
#include "json/unconst.h"

/* The layout that `name` gives to that GPU: all-<profile> with '+' written '.', all-balanced, and what `own` says
 * ({name: {profile: count}}, from a mig-parted ConfigMap; may be NULL). False if it gives it none: the name is unknown,
 * or not for this GPU, or does not fit it, or is all-disabled or all-enabled. */
bool mig_layout_find(const struct gpu_model *model, const char *name, const json_t *own, struct layout *ret_layout);

/* The one GPU with instance types on AWS that the name fits; NULL if it is none or several, *ret_count says how many.
 */
const struct gpu_model *mig_layout_only_gpu(const struct gpu_table *table, const char *name, const json_t *own,
                                            size_t *ret_count);

/* Instances on one GPU. */
unsigned mig_layout_slices(const struct layout *layout);

#endif
