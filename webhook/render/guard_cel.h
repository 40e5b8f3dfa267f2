/* What the guard must know of a policy set, as CEL expressions. Private to render/. */
#ifndef GPUSLICE_RENDER_GUARD_CEL_H
#define GPUSLICE_RENDER_GUARD_CEL_H

#include "base/buf.h"
#include "policy/set.h"

/* The names that DRA takes for extended resources. */
#define GUARD_IS_DRA(k) k ".startsWith('" DRA_RESOURCE_PREFIX "')"

/* Of variables.containers those that ask for a GPU; and for each of these the keys of limits and requests by which it
 * asks. */
void guard_asking(const struct policy_set *set, struct buf *out);
void guard_asked(const struct policy_set *set, struct buf *out);

/* {'class': [the most slices of a container, of a pod], ...}. */
void guard_limits(const struct policy_set *set, struct buf *out);

/* The limits and the requests of a container. */
#define GUARD_QUANTITIES_OF(c) "[" c ".?resources.?limits.orValue({}), " c ".?resources.?requests.orValue({})]"

/* More names than any container has are not looked at one by one, which could keep an API server busy for seconds: such
 * a container asks for what no class has. */
#define GUARD_TOO_MANY(m) "size(" m ") > 100"

/* {'class': 'resource', ...} and {'class': {'label key': ['value', ...]}}. */
void guard_resources(const struct policy_set *set, struct buf *out);
void guard_labels(const struct policy_set *set, struct buf *out);

/* {'policy': {'rules': ['word', ...], 'allowed': ['class', ...], 'default': ['class']}, ...}; '' stands for no policy.
 * Rules: 'only looks'; 'lenient' where pods that ask can pass unplaced; 'keeps whole GPUs'; 'pods choose'; 'none', a
 * choice like any other; 'keeps claims' or 'denies claims', neither where the namespace's label says it; 'guards', the
 * variable NVIDIA_VISIBLE_DEVICES. */
void guard_policies(const struct policy_set *set, struct buf *out);

/* By namespaceObject, the name of the first policy that matches, or ''. */
void guard_policy(const struct policy_set *set, struct buf *out);

#endif
