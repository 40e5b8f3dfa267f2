/* Label selectors (meta/v1 LabelSelector), compiled at load, matched without allocation. */
#ifndef GPUSLICE_CORE_SELECTOR_H
#define GPUSLICE_CORE_SELECTOR_H

#include "core/keyvalue.h"
#include "core/requirement.h"

struct selector {
    struct requirements all; /* matchLabels become In with one value; an empty list matches everything */
};

void selector_fini(struct selector *selector);
/* Decoder, strict: matchLabels, matchExpressions with In, NotIn, Exists, DoesNotExist. Target: struct selector. */
void decode_selector(const struct node *node, void *target);
/* NotIn matches when the key is absent (labels.Requirement.Matches). */
bool selector_matches(const struct selector *selector, const struct keyvalues *labels);

#endif
