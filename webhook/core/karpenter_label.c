/* The list, and nothing of what policies or manifests make of it. */
#include "core/karpenter_label.h"

#include "base/cleanup.h"

#include <string.h>

static const char *const known[] = {
    "instance-tenancy",
    "capacity-reservation-type",
    "capacity-reservation-id",
    "capacity-reservation-interruptible",
    "ec2nodeclass",
    "instance-encryption-in-transit-supported",
    "instance-category",
    "instance-hypervisor",
    "instance-family",
    "instance-generation",
    "instance-local-nvme",
    "instance-size",
    "instance-cpu",
    "instance-cpu-manufacturer",
    "instance-cpu-sustained-clock-speed-mhz",
    "instance-memory",
    "instance-ebs-bandwidth",
    "instance-network-bandwidth",
    "instance-gpu-name",
    "instance-gpu-manufacturer",
    "instance-gpu-count",
    "instance-gpu-memory",
    "instance-accelerator-name",
    "instance-accelerator-manufacturer",
    "instance-accelerator-count",
    "instance-capability-flex",
    "placement-group-id",
    "placement-group-partition",
};

bool karpenter_aws_label_known(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (strcmp(known[i], name) == 0)
            return true;
    }
    return false;
}
