/* Which label keys Karpenter resolves before a node exists, which it refuses, and what keys of older versions are
 * called today. A key that is neither known nor refused is a label of a NodePool's own.
 *
 * Source: karpenter 1.14.1 pkg/apis/v1/labels.go, karpenter-provider-aws 1.14.1 pkg/apis/v1/labels.go and its
 * NodePool's CustomResourceDefinition. */
#ifndef GPUSLICE_KARPENTER_LABEL_H
#define GPUSLICE_KARPENTER_LABEL_H

#include "karpenter/names.h"

/* True if requirements may use the key: Karpenter and its AWS provider give it values. Aliases are known, too. */
bool karpenter_label_known(const char *key);

/* True if Karpenter refuses the key in the requirements of pods and NodePools: its own that are not known, and
 * LABEL_HOSTNAME. */
bool karpenter_label_refused(const char *key);

/* True if the key's domain ends with the group's name, as Karpenter compares them. */
bool karpenter_key_of(const char *key, const char *group);

/* The known key that a mistyped one is probably meant to be, or NULL: the key is known, or none is near. */
const char *karpenter_label_nearest(const char *key);

/* The values that nodes can have of the label, ended by NULL; NULL if it can have any. */
const char *const *karpenter_label_values(const char *key);

/* The key that Karpenter reads a beta key of Kubernetes as, or NULL. */
const char *karpenter_label_alias(const char *key);

/* What a key of Karpenter before v1 is called today: a label, annotation or taint. */
struct karpenter_old_key {
    const char *key;
    const char *today; /* NULL: nothing took its place */
};

/* Ended by a NULL key. */
extern const struct karpenter_old_key karpenter_old_keys[];

/* The key's name of today, or NULL: it is no old key, or nothing took its place. */
const char *karpenter_key_today(const char *key);

#endif
