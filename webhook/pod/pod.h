/* A read-only view of a Pod. Depends on Kubernetes' rules for pods, not on policies.
 *
 * It reads the cJSON tree that it was made from, which must outlive it. Edits change that tree, so the functions here
 * see all earlier edits, except for what containers ask for (struct container). */
#pragma once

#include "json/find.h"
#include "json/patch.h"
#include "pod/asks.h"

#include <stdint.h>

enum container_kind {
    CONTAINER_INIT,
    CONTAINER_SIDECAR, /* an init container with restartPolicy Always (KEP-753), which keeps running */
    CONTAINER_MAIN,
};

enum { CONTAINER_POINTER_SIZE = 40 };

struct container {
    cJSON *object;
    char pointer[CONTAINER_POINTER_SIZE]; /* "/spec/initContainers/0" */
    const char *name;
    enum container_kind kind;
    struct asks asks; /* of the pod before any edit */
};

struct pod {
    cJSON *object;
    struct container *containers; /* init containers first, then containers, each in the pod's order */
    size_t count;
    const struct container **by_name; /* private: sorted by name */
};

#define POD_FOREACH_CONTAINER(pod, item) \
    for (const struct container *item = (pod)->containers; item < (pod)->containers + (pod)->count; item++)

/* Checks the shape and finds the containers. `names` says which resources count as GPUs (NULL: the built-in names).
 * Errors: ERR_INVALID with the field's path, ERR_NOMEM. */
MUST_CHECK int pod_init(struct pod *ret_pod, cJSON *object, const struct gpu_names *names, struct err *err);
void pod_fini(struct pod *pod);

struct place pod_place(const struct pod *pod);
struct place container_place(const struct container *container);

/* Return NULL if absent. */
const char *pod_label(const struct pod *pod, const char *key);
const char *pod_annotation(const struct pod *pod, const char *key);
const char *pod_namespace(const struct pod *pod);
const char *pod_node_name(const struct pod *pod);                               /* NULL also for "" */
const struct container *pod_container(const struct pod *pod, const char *name); /* binary search; the first of equals */

/* Returns the container of the same name that is next before this one in the pod, or NULL. Binary search. */
const struct container *pod_previous_namesake(const struct pod *pod, const struct container *container);

/* Returns the owner reference of the pod's controller (metav1.GetControllerOf), or NULL. */
const cJSON *pod_controller(const struct pod *pod);
bool pod_is_of_daemonset(const struct pod *pod);

/* Returns the last variable of that name, which is the one that kubelet uses, or NULL. */
const cJSON *container_env(const struct container *container, const char *name);

bool container_asks_gpu(const struct container *container);
bool pod_asks_gpu(const struct pod *pod);

/* True if the pod or a container of it uses dynamic resource allocation: spec.resourceClaims, resources.claims, or a
 * resource deviceclass.resource.kubernetes.io/... */
bool pod_uses_claims(const struct pod *pod);

/* Computes the pod's quantity from those of its containers (counts[i] is for pod->containers[i]): the larger of the sum
 * that runs in the end (containers and native sidecars) and the most that any init container needs together with the
 * sidecars started before it. Saturates at INT64_MAX. Source: k8s.io/component-helpers
 * resource.AggregateContainerRequests. */
int64_t pod_effective_sum(const struct pod *pod, const int64_t counts[]);

DEFINE_AUTO_FINI(pod, struct pod, pod_fini);
