/* What the guard must know of a policy set, as CEL expressions. Private to render/. */
#ifndef GPUSLICE_RENDER_GUARD_CEL_H
#define GPUSLICE_RENDER_GUARD_CEL_H

#include "base/buf.h"
#include "policy/set.h"

/* gpu_resource_is() and DRA's implicit names. */
#define GUARD_IS_GPU(k)                                                                                      \
    "(" k " == 'nvidia.com/gpu' || " k " == 'nvidia.com/gpu.shared' || " k ".startsWith('nvidia.com/mig-') " \
    "|| " k ".startsWith('deviceclass.resource.kubernetes.io/'))"

/* {'class': 'resource', ...} and {'class': {'label key': ['value', ...]}}. */
void guard_resources(const struct policy_set *set, struct buf *out);
void guard_labels(const struct policy_set *set, struct buf *out);

/* By namespaceObject, the first policy that matches: 'strict'; 'lenient' where pods that ask can pass unplaced; 'open'
 * where they can unless the namespace requires (no default class, or no policy); 'none' where they can if, moreover,
 * the class none was chosen. */
void guard_mode(const struct policy_set *set, struct buf *out);

/* Likewise 'keep', 'deny', or '' where the namespace's label says it. */
void guard_claims(const struct policy_set *set, struct buf *out);

#endif
