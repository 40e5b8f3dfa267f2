/* MIG geometry: does a mix of profiles fit one GPU?
 *
 * The rule (NVML placements): each instance takes one of its profile's starts so that the ranges [start, start + memory
 * units) are disjoint; compute slices and each kind of media engine stay within the GPU's totals; no profile exceeds
 * its maxInstances. Names alone do not tell: 3g+3g fills all 8 units of an A100, so 3g+3g+1g fails though 7 compute
 * slices suffice. */
#ifndef GPUSLICE_GPU_LAYOUT_H
#define GPUSLICE_GPU_LAYOUT_H

#include "gpu/table.h"

enum { LAYOUT_ENTRIES_MAX = 16 };

struct layout_entry {
    const struct mig_profile *profile;
    unsigned count;
};

struct layout {
    struct layout_entry entries[LAYOUT_ENTRIES_MAX]; /* in the order that they were written */
    size_t count;
};

/* 0 if it fits. ERR_INVALID otherwise, saying which total is exceeded, or that no placement exists, and what would fit.
 */
MUST_CHECK int layout_check(const struct gpu_model *model, const struct layout *layout, struct err *err);

#endif
