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

/* The known key that a mistyped one is probably meant to be, or NULL: the key is known, or none is near. */
const char *karpenter_label_nearest(const char *key);

/* The key that Karpenter reads a beta key of Kubernetes as, or NULL. */
const char *karpenter_label_alias(const char *key);

#endif
