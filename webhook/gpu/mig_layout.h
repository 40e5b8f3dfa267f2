/* Finds layouts by the names of MIG configurations (node label nvidia.com/mig.config). Source:
 * NVIDIA/mig-parted, the configurations that the GPU Operator ships. */
#pragma once

#include "gpu/layout.h"
#include "json/unconst.h"

/* Sets *ret_layout to the layout that `name` gives to that GPU: all-<profile> with '+' written as '.', all-balanced, or
 * one of `own` ({name: [{profile: count}]} from a mig-parted ConfigMap; may be NULL), of which the first that fits the
 * GPU counts. Returns false if there is none,
 * because the name is unknown, is for another GPU, does not fit the GPU, or is all-disabled or all-enabled. */
bool mig_layout_find(const struct gpu_model *model, const char *name, const json_t *own, struct layout *ret_layout);

/* Returns the only GPU with instance types on AWS that the name fits, or NULL if none or several fit. Sets *ret_count
 * to the number of GPUs that it fits. */
const struct gpu_model *mig_layout_only_gpu(const struct gpu_table *table, const char *name, const json_t *own,
                                            size_t *ret_count);
