/* Karpenter's names: groups and kinds with their versions, and the keys of labels, annotations, taints and tags. All
 * other code takes them from here. karpenter/label.h says which label keys Karpenter resolves.
 *
 * Source: karpenter 1.14.1 pkg/apis/v1 (labels.go, taints.go), karpenter-provider-aws 1.14.1 pkg/apis/v1/labels.go; for
 * names before v1, v0.32 and v0.37 of both. */
#pragma once

#include "core/kind.h"

/* -- Groups and versions -- */

#define KARPENTER_GROUP      "karpenter.sh"
#define KARPENTER_AWS_GROUP  "karpenter.k8s.aws"
#define KARPENTER_KWOK_GROUP "karpenter.kwok.sh"

/* The beginnings of keys and versions. */
#define KARPENTER_PREFIX     KARPENTER_GROUP "/"
#define KARPENTER_AWS_PREFIX KARPENTER_AWS_GROUP "/"

#define KARPENTER_V1            KARPENTER_PREFIX "v1"
#define KARPENTER_V1ALPHA1      KARPENTER_PREFIX "v1alpha1" /* of NodeOverlay, and of Karpenter's first objects */
#define KARPENTER_V1ALPHA5      KARPENTER_PREFIX "v1alpha5"
#define KARPENTER_V1BETA1       KARPENTER_PREFIX "v1beta1"
#define KARPENTER_AWS_V1        KARPENTER_AWS_PREFIX "v1"
#define KARPENTER_AWS_V1ALPHA1  KARPENTER_AWS_PREFIX "v1alpha1"
#define KARPENTER_AWS_V1BETA1   KARPENTER_AWS_PREFIX "v1beta1"
#define KARPENTER_KWOK_V1ALPHA1 KARPENTER_KWOK_GROUP "/v1alpha1"

/* -- Kinds -- */

#define NODE_POOL         "NodePool"
#define NODE_CLAIM        "NodeClaim"
#define NODE_OVERLAY      "NodeOverlay"
#define EC2_NODE_CLASS    "EC2NodeClass"
#define KWOK_NODE_CLASS   "KWOKNodeClass"
#define PROVISIONER       "Provisioner"     /* NodePool before v1beta1 */
#define AWS_NODE_TEMPLATE "AWSNodeTemplate" /* EC2NodeClass before v1beta1 */
#define NODE_TEMPLATE     "NodeTemplate"    /* AWSNodeTemplate as some guides call it */
#define MACHINE           "Machine"         /* NodeClaim before v1beta1 */

#define NODE_POOL_KIND      KIND(KARPENTER_GROUP, NODE_POOL)
#define NODE_OVERLAY_KIND   KIND(KARPENTER_GROUP, NODE_OVERLAY)
#define EC2_NODE_CLASS_KIND KIND(KARPENTER_AWS_GROUP, EC2_NODE_CLASS)

/* -- Defaults -- */

#define EXPIRE_AFTER_DEFAULT "720h" /* of a NodePool's spec.template.spec.expireAfter */
enum { NODE_OVERLAY_WEIGHT = 10 };  /* of the overlays that we write; leaves room below and above for others */

/* -- Labels of nodes that Karpenter resolves: Kubernetes' -- */

#define LABEL_INSTANCE_TYPE "node.kubernetes.io/instance-type"
#define LABEL_WINDOWS_BUILD "node.kubernetes.io/windows-build"
#define LABEL_ARCH          "kubernetes.io/arch"
#define LABEL_OS            "kubernetes.io/os"
#define LABEL_HOSTNAME      "kubernetes.io/hostname" /* refused, because a node that does not exist yet has none */
#define LABEL_ZONE          "topology.kubernetes.io/zone"
#define LABEL_REGION        "topology.kubernetes.io/region"
#define LABEL_ZONE_ID       "topology.k8s.aws/zone-id"

/* -- Labels: Karpenter's -- */

#define LABEL_NODE_POOL     KARPENTER_PREFIX "nodepool"
#define LABEL_NODE_CLAIM    KARPENTER_PREFIX "nodeclaim" /* also a tag of instances */
#define LABEL_CAPACITY_TYPE KARPENTER_PREFIX "capacity-type"
#define CAPACITY_ON_DEMAND  "on-demand" /* the value of LABEL_CAPACITY_TYPE that a NodePool has by default */
#define CAPACITY_SPOT       "spot"
#define CAPACITY_RESERVED   "reserved" /* without RESERVATION_TERMS in the node class, there is no such capacity */
#define RESERVATION_TERMS   "capacityReservationSelectorTerms"

/* -- Labels: its AWS provider's -- */

#define AWS_INSTANCE_PREFIX KARPENTER_AWS_PREFIX "instance-"

#define LABEL_EC2_NODE_CLASS                     KARPENTER_AWS_PREFIX "ec2nodeclass"
#define LABEL_CAPACITY_RESERVATION_ID            KARPENTER_AWS_PREFIX "capacity-reservation-id"
#define LABEL_CAPACITY_RESERVATION_INTERRUPTIBLE KARPENTER_AWS_PREFIX "capacity-reservation-interruptible"
#define LABEL_CAPACITY_RESERVATION_TYPE          KARPENTER_AWS_PREFIX "capacity-reservation-type"
#define LABEL_PLACEMENT_GROUP_ID                 KARPENTER_AWS_PREFIX "placement-group-id"
#define LABEL_PLACEMENT_GROUP_PARTITION          KARPENTER_AWS_PREFIX "placement-group-partition"
#define LABEL_INSTANCE_CATEGORY                  AWS_INSTANCE_PREFIX "category"
#define LABEL_INSTANCE_FAMILY                    AWS_INSTANCE_PREFIX "family"
#define LABEL_INSTANCE_GENERATION                AWS_INSTANCE_PREFIX "generation"
#define LABEL_INSTANCE_SIZE                      AWS_INSTANCE_PREFIX "size"
#define LABEL_INSTANCE_TENANCY                   AWS_INSTANCE_PREFIX "tenancy"
#define LABEL_INSTANCE_HYPERVISOR                AWS_INSTANCE_PREFIX "hypervisor"
#define LABEL_INSTANCE_CPU                       AWS_INSTANCE_PREFIX "cpu"
#define LABEL_INSTANCE_CPU_MANUFACTURER          AWS_INSTANCE_PREFIX "cpu-manufacturer"
#define LABEL_INSTANCE_CPU_CLOCK_SPEED           AWS_INSTANCE_PREFIX "cpu-sustained-clock-speed-mhz"
#define LABEL_INSTANCE_MEMORY                    AWS_INSTANCE_PREFIX "memory"
#define LABEL_INSTANCE_LOCAL_NVME                AWS_INSTANCE_PREFIX "local-nvme"
#define LABEL_INSTANCE_EBS_BANDWIDTH             AWS_INSTANCE_PREFIX "ebs-bandwidth"
#define LABEL_INSTANCE_NETWORK_BANDWIDTH         AWS_INSTANCE_PREFIX "network-bandwidth"
#define LABEL_INSTANCE_ENCRYPTION_IN_TRANSIT     AWS_INSTANCE_PREFIX "encryption-in-transit-supported"
#define LABEL_INSTANCE_CAPABILITY_FLEX           AWS_INSTANCE_PREFIX "capability-flex"
#define LABEL_INSTANCE_GPU_NAME                  AWS_INSTANCE_PREFIX "gpu-name"
#define LABEL_INSTANCE_GPU_MANUFACTURER          AWS_INSTANCE_PREFIX "gpu-manufacturer"
#define LABEL_INSTANCE_GPU_COUNT                 AWS_INSTANCE_PREFIX "gpu-count"
#define LABEL_INSTANCE_GPU_MEMORY                AWS_INSTANCE_PREFIX "gpu-memory"
#define LABEL_INSTANCE_ACCELERATOR_NAME          AWS_INSTANCE_PREFIX "accelerator-name"
#define LABEL_INSTANCE_ACCELERATOR_MANUFACTURER  AWS_INSTANCE_PREFIX "accelerator-manufacturer"
#define LABEL_INSTANCE_ACCELERATOR_COUNT         AWS_INSTANCE_PREFIX "accelerator-count"
#define LABEL_INSTANCE_PODS                      AWS_INSTANCE_PREFIX "pods" /* before v1; nothing replaced it */

/* -- Other keys -- */

#define TAG_DISCOVERY                 KARPENTER_PREFIX "discovery" /* of subnets and security groups, by convention */
#define TAG_CLUSTER_PREFIX            "kubernetes.io/cluster/"     /* followed by the cluster's name */
#define TAINT_DISRUPTED               KARPENTER_PREFIX "disrupted"
#define TAINT_DISRUPTION              KARPENTER_PREFIX "disruption" /* TAINT_DISRUPTED before v1 */
#define ANNOTATION_DO_NOT_DISRUPT     KARPENTER_PREFIX "do-not-disrupt"
#define ANNOTATION_DO_NOT_EVICT       KARPENTER_PREFIX "do-not-evict"       /* ANNOTATION_DO_NOT_DISRUPT before v1 */
#define ANNOTATION_DO_NOT_CONSOLIDATE KARPENTER_PREFIX "do-not-consolidate" /* ANNOTATION_DO_NOT_DISRUPT before v1 */
#define LABEL_PROVISIONER_NAME        KARPENTER_PREFIX "provisioner-name"   /* LABEL_NODE_POOL before v1beta1 */
#define ANNOTATION_PROVISIONER_HASH   KARPENTER_PREFIX "provisioner-hash"
#define ANNOTATION_NODE_POOL_HASH     KARPENTER_PREFIX "nodepool-hash"
#define ANNOTATION_NODE_TEMPLATE_HASH KARPENTER_AWS_PREFIX "nodetemplate-hash"
#define ANNOTATION_NODE_CLASS_HASH    KARPENTER_AWS_PREFIX "ec2nodeclass-hash"

/* What Karpenter 1.0 wrote into NodePools that it converted from v1beta1, because v1 has no place for it. */
#define ANNOTATION_BETA_KUBELET   "compatibility.karpenter.sh/v1beta1-kubelet-conversion"
#define ANNOTATION_BETA_CLASS_REF "compatibility.karpenter.sh/v1beta1-nodeclass-reference"

/* -- Versions of images in an alias, as POSIX extended regular expressions: a release of EKS' AL2023 images is named by
 * its day, and Bottlerocket's with or without a v (karpenter-provider-aws 1.15.2, pkg/providers/amifamily). -- */

#define AMI_LATEST               "latest"
#define AMI_VERSION_AL2023       "v20[2-9][0-9](0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
#define AMI_VERSION_BOTTLEROCKET "v?[0-9]+[.][0-9]+[.][0-9]+(-[0-9a-f]+)?"
