/* MIG geometry: whether a mix of profiles fits one GPU, where its instances lie, and what fits instead or in addition.
 *
 * The rule (NVML placements): each instance takes one of its profile's starts so that the ranges [start, start + memory
 * units) are disjoint; memory units, compute slices, instances and each kind of media engine stay within the GPU's
 * totals; no profile exceeds its maxInstances. Names alone are not enough: 3g+3g fills all 8 units of an A100, so
 * 3g+3g+1g fails although 7 compute slices suffice. Every part of a layout that fits also fits. */
#pragma once

#include "base/buf.h"
#include "gpu/table.h"

enum { LAYOUT_ENTRIES_MAX = 16, LAYOUT_INSTANCES_MAX = 64 };

struct layout_entry {
    const struct mig_profile *profile;
    unsigned count;
};

struct layout {
    struct layout_entry entries[LAYOUT_ENTRIES_MAX]; /* in the order that they were written */
    size_t count;
};

/* Returns 0 if the layout fits. Errors: ERR_INVALID. The text says why the layout is not valid (the GPU has no MIG, the
 * layout is empty, a profile is not the model's), or else why it does not fit and what would. */
MUST_CHECK int layout_check(const struct gpu_model *model, const struct layout *layout, struct err *err);

/* Like layout_check(), but without a message. The profiles must be the model's; an empty layout fits. */
bool layout_fits(const struct gpu_model *model, const struct layout *layout);

struct placement {
    const struct mig_profile *profile;
    unsigned start; /* memory unit; it occupies profile->memory_units from there on */
};

struct placements {
    struct placement items[LAYOUT_INSTANCES_MAX]; /* in the order of the layout's entries */
    size_t count;
};

/* Sets *ret_placements to one placement of the layout's instances: the first one found from left to right. A driver may
 * choose another. Does not check totals. False if there is no placement, or for over LAYOUT_INSTANCES_MAX instances. */
bool layout_place(const struct layout *layout, struct placements *ret_placements);

/* Calls `visit` with each part of the layout that fits, until a call returns something other than 0; returns that, or
 * 0. A part has the same entries, with counts from 0. The order is ascending by the count of the first entry, then of
 * the second, and so on. */
typedef int layout_visit(const struct layout *part, void *context);
int layout_visit_parts(const struct gpu_model *model, const struct layout *layout, layout_visit *visit, void *context);

/* Returns the part of the layout that fits and omits the fewest instances; of several, the one with the most memory,
 * then the one that keeps more of the first entries. Entries may have a count of 0. */
struct layout layout_nearest(const struct gpu_model *model, const struct layout *layout);

/* Returns how many instances of the profile fit in addition to a layout that fits. */
unsigned layout_room(const struct gpu_model *model, const struct layout *layout, const struct mig_profile *profile);

/* The resources of a GPU, and how much of each a layout needs. */
enum layout_budget {
    BUDGET_MEMORY,
    BUDGET_COMPUTE,
    BUDGET_INSTANCES,
    BUDGET_MEDIA, /* the first of GPU_MEDIA_KINDS */
    LAYOUT_BUDGETS = BUDGET_MEDIA + GPU_MEDIA_KINDS
};
struct layout_total {
    const char *noun;   /* "memory units" */
    uint64_t needed;    /* 64 bits, so that no count overflows */
    uint64_t available; /* UINT64_MAX, which means no limit, if the table has no figure */
};
struct layout_total layout_total(const struct gpu_model *model, const struct layout *layout, enum layout_budget budget);

/* Adds "3g.20gb x2 + 1g.5gb x1"; nothing for an empty layout. */
void layout_text(const struct layout *layout, struct buf *out);
