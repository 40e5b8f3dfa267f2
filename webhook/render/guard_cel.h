/* What the guard must know of a policy set, as CEL expressions. Private to render/. */
#ifndef GPUSLICE_RENDER_GUARD_CEL_H
#define GPUSLICE_RENDER_GUARD_CEL_H

#include "base/buf.h"
#include "policy/set.h"

/* gpu_resource_is(), and the names that DRA takes for extended resources. */
#define GUARD_IS_GPU(k) \
    "(" k " == 'nvidia.com/gpu' || " k " == 'nvidia.com/gpu.shared' || " k ".startsWith('nvidia.com/mig-'))"
#define GUARD_IS_DRA(k) k ".startsWith('deviceclass.resource.kubernetes.io/')"

/* {'class': 'resource', ...} and {'class': {'label key': ['value', ...]}}. */
void guard_resources(const struct policy_set *set, struct buf *out);
void guard_labels(const struct policy_set *set, struct buf *out);

/* {'policy': {'rules': ['word', ...], 'allowed': ['class', ...], 'default': ['class']}, ...}; '' stands for no policy.
 * Rules: 'only looks'; 'lenient' where pods that ask can pass unplaced; 'keeps whole GPUs'; 'pods choose'; 'none', a
 * choice like any other; 'keeps claims' or 'denies claims', neither where the namespace's label says it. */
void guard_policies(const struct policy_set *set, struct buf *out);

/* By namespaceObject, the name of the first policy that matches, or ''. */
void guard_policy(const struct policy_set *set, struct buf *out);

#endif
