/* Label selectors (meta/v1 LabelSelector), matched without allocation. */
#pragma once

#include "core/keyvalue.h"
#include "core/requirement.h"

/* Decodes matchLabels, each of which becomes an In with one value, and matchExpressions with In, NotIn, Exists and
 * DoesNotExist. Target: struct requirements. */
void decode_selector(const struct node *node, void *target);
/* True if the labels meet all requirements; a selector without requirements matches any labels. `labels` may be NULL,
 * which means no labels. */
bool selector_matches(const struct requirements *selector, const struct keyvalues *labels);
