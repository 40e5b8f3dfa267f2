/* What the containers of a pod ask: quantities of GPU resources, and what they come to for the pod. */
#ifndef GPUSLICE_POD_ASKS_H
#define GPUSLICE_POD_ASKS_H

#include "pod/pod.h"

enum { ASK_TEXT_SIZE = 40 };

enum ask_kind { ASK_GPU, ASK_DEVICE_CLASS }; /* resources of the device plugin; extended resources that DRA serves */

/* One container's quantity of one resource. A quantity of zero is no ask. */
struct ask {
    const char *resource;     /* points into the pod */
    int64_t quantity;         /* 0 where fault is set */
    const char *fault;        /* NULL, or why it cannot be: "is not a whole number"; static */
    char text[ASK_TEXT_SIZE]; /* the quantity as it was written */
};

/* Does it ask for that resource, in limits or requests? */
bool container_asks_for(const struct container *container, const char *resource, struct ask *ret_ask);

/* Walks the resources of that kind that it asks for, each once, limits before requests. Start with *cursor 0. */
bool container_next_ask(const struct container *container, enum ask_kind kind, size_t *cursor, struct ask *ret_ask);

bool container_asks_gpu(const struct container *container);
bool pod_asks_gpu(const struct pod *pod);

/* Does it use dynamic resource allocation: resourceClaims, or a quantity of deviceclass.resource.kubernetes.io/
 * (KEP-5004)? */
bool pod_uses_claims(const struct pod *pod);
bool container_uses_claims(const struct container *container);

/* The pod's quantity from its containers' (counts[i] for pod->containers[i]): the larger of what runs together in the
 * end (containers and native sidecars) and the most that any init container needs with the sidecars started before it.
 * Source: k8s.io/component-helpers resource.AggregateContainerRequests. Saturates at INT64_MAX. */
int64_t pod_effective_sum(const struct pod *pod, const int64_t counts[]);

#endif
