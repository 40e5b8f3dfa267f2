/* Fields of Karpenter's objects.
 * Source: kubernetes-sigs/karpenter pkg/apis/crds, karpenter-provider-aws pkg/apis/crds (v1.14.1). */
#pragma once

#include "core/field_spec.h"

/* Each array ends with a row whose path is NULL. */
extern const struct field_spec fields_node_pool[], fields_node_overlay[], fields_ec2_node_class[];
