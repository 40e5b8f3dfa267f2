/* CEL expressions for the parts of a policy set that the guard needs. Private to render/. */
#pragma once

#include "base/buf.h"
#include "policy/set.h"

/* True if k is the name by which a container requests a device class of DRA. */
#define GUARD_IS_DRA(k) k ".startsWith('" DRA_RESOURCE_PREFIX "')"

/* guard_asking() adds an expression for the list of the containers in variables.containers that request a GPU.
 * guard_asked() adds one for a list of lists: for each of these containers, the GPU resources in its limits and
 * requests. */
void guard_asking(const struct policy_set *set, struct buf *out);
void guard_asked(const struct policy_set *set, struct buf *out);

/* Adds {'class': [maximum slices of a container, of a pod], ...}. */
void guard_limits(const struct policy_set *set, struct buf *out);

/* The limits and the requests of a container. */
#define GUARD_QUANTITIES_OF(c) "[" c ".?resources.?limits.orValue({}), " c ".?resources.?requests.orValue({})]"

/* Checking an excessive number of names one by one could keep the API server busy for seconds, so a container with more
 * than 100 names in its limits or requests counts as asking for a resource that no class has. */
#define GUARD_TOO_MANY(m) "size(" m ") > 100"

/* guard_resources() adds {'class': 'resource', ...}, guard_labels() {'class': {'label key': ['value', ...]}, ...}. */
void guard_resources(const struct policy_set *set, struct buf *out);
void guard_labels(const struct policy_set *set, struct buf *out);

/* Adds {'policy': {'rules': ['word', ...], 'allowed': ['class', ...], 'default': ['class']}, ...}. The entry of
 * key '' is used where no policy applies. Rules: 'only looks' (mode warn or shadow); 'lenient' (pods that request GPUs
 * need no placement); 'keeps whole GPUs'; 'pods choose'; 'none' (the class none may be chosen); 'keeps claims' or
 * 'denies claims' (without either, the namespace's label decides); 'guards' (visibleDevices: guard). */
void guard_policies(const struct policy_set *set, struct buf *out);

/* Adds an expression for the name of the first policy that matches namespaceObject, or ''. */
void guard_policy(const struct policy_set *set, struct buf *out);
