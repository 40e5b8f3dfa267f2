/* Label selectors (meta/v1 LabelSelector), matched without allocation. */
#ifndef GPUSLICE_CORE_SELECTOR_H
#define GPUSLICE_CORE_SELECTOR_H

#include "core/keyvalue.h"
#include "core/requirement.h"

struct selector {
    struct requirements all; /* each of matchLabels is an In with one value; an empty list matches everything */
};

void selector_fini(struct selector *selector);
/* Decodes matchLabels, and matchExpressions with In, NotIn, Exists and DoesNotExist. Target: struct selector. */
void decode_selector(const struct node *node, void *target);
/* True if the labels meet all requirements; NULL counts as no labels. */
bool selector_matches(const struct selector *selector, const struct keyvalues *labels);

#endif
