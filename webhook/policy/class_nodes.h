/* Which values a label can have on the nodes of a class, as far as its pools say: for selectors of pods that no node
 * can meet. Does not depend on pods. */
#pragma once

#include "karpenter/instance.h"
#include "policy/class.h"

enum { CLASS_LABEL_VALUES_MAX = 32 };

struct class_label {
    char values[CLASS_LABEL_VALUES_MAX][INSTANCE_LABEL_SIZE]; /* without duplicates, in the order of the pools */
    size_t count;
    bool absent;   /* nodes may lack the label */
    bool rendered; /* `gpuslice render` gives the nodes these values; those of other manifests may have others */
    bool too_late; /* NVIDIA's software sets it on running nodes, so Karpenter makes no node for it */
};

/* True if the key is in the table of labels about which a class may know something. */
bool class_label_is_listed(const char *key);

/* Returns false if nothing is known of the label, or the class itself requires it. */
bool class_label_find(const struct slice_class *slice_class, const char *key, struct class_label *ret_label);
