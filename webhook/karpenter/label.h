/* Which label keys Karpenter resolves before a node exists, which it refuses, and which keys replace those of older
 * versions. A key that is neither known nor refused is a custom label of a NodePool.
 *
 * Source: karpenter 1.14.1 pkg/apis/v1/labels.go, karpenter-provider-aws 1.14.1 pkg/apis/v1/labels.go and its
 * NodePool's CustomResourceDefinition. */
#pragma once

#include "karpenter/names.h"

/* True if requirements may use the key: Karpenter and its AWS provider give it values. Aliases count as known. */
bool karpenter_label_known(const char *key);

/* True if Karpenter refuses the key in the requirements of pods and NodePools: LABEL_HOSTNAME, and keys of Karpenter's
 * domains that are not known. */
bool karpenter_label_refused(const char *key);

/* True if the key's domain ends with the group's name, as Karpenter compares them. */
bool karpenter_key_of(const char *key, const char *group);

/* Returns the known key that a mistyped one probably means, or NULL if the key is known or none is near. */
const char *karpenter_label_nearest(const char *key);

/* Returns the values that the label can have, ended by NULL; NULL for an alias, or if it can have any value. */
const char *const *karpenter_label_values(const char *key);

/* Returns the key that Karpenter substitutes for a beta key of Kubernetes, or NULL. */
const char *karpenter_label_alias(const char *key);

/* A label, annotation or taint of Karpenter before v1, and the key that replaced it. */
struct karpenter_old_key {
    const char *key;
    const char *today; /* NULL if nothing replaced it */
};

/* The array ends with a row whose key is NULL. */
extern const struct karpenter_old_key karpenter_old_keys[];

/* Returns the key that replaced an old key, or NULL if the key is not an old one or nothing replaced it. */
const char *karpenter_key_today(const char *key);
