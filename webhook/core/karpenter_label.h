/* Which labels of karpenter.k8s.aws a NodePool may have: Karpenter refuses every other one of that domain.
 *
 * Source: Karpenter AWS provider 1.14.1, pkg/apis/v1/labels.go and its NodePool's CustomResourceDefinition. */
#ifndef GPUSLICE_CORE_KARPENTER_LABEL_H
#define GPUSLICE_CORE_KARPENTER_LABEL_H

#include <stdbool.h>

/* `name` is what follows "karpenter.k8s.aws/". */
bool karpenter_aws_label_known(const char *name);

#endif
