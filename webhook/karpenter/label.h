/* Which label keys Karpenter resolves before a node exists, which it refuses, and what keys of older versions are
 * called today. A key that is neither known nor refused is a custom label of a NodePool.
 *
 * Source: karpenter 1.14.1 pkg/apis/v1/labels.go, karpenter-provider-aws 1.14.1 pkg/apis/v1/labels.go and its
 * NodePool's CustomResourceDefinition. */
#ifndef GPUSLICE_KARPENTER_LABEL_H
#define GPUSLICE_KARPENTER_LABEL_H

#include "karpenter/names.h"

/* True if requirements may use the key: Karpenter and its AWS provider give it values. Aliases are known, too. */
bool karpenter_label_known(const char *key);

/* True if Karpenter refuses the key in the requirements of pods and NodePools: LABEL_HOSTNAME, and keys of Karpenter's
 * domains that are not known. */
bool karpenter_label_refused(const char *key);

/* True if the key's domain ends with the group's name, as Karpenter compares them. */
bool karpenter_key_of(const char *key, const char *group);

/* Returns the known key that a mistyped one probably means, or NULL if the key is known or none is near. */
const char *karpenter_label_nearest(const char *key);

/* Returns the values that the label can have, ended by NULL; NULL if it can have any value. */
const char *const *karpenter_label_values(const char *key);

/* Returns the key that Karpenter substitutes for a beta key of Kubernetes, or NULL. */
const char *karpenter_label_alias(const char *key);

/* A label, annotation or taint of Karpenter before v1, and its name today. */
struct karpenter_old_key {
    const char *key;
    const char *today; /* NULL if nothing replaced it */
};

/* Ended by a NULL key. */
extern const struct karpenter_old_key karpenter_old_keys[];

/* Returns the key's name today, or NULL if it is not an old key or nothing replaced it. */
const char *karpenter_key_today(const char *key);

#endif
