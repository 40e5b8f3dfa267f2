/* The source of a review's namespace: a snapshot from files (policy/namespaces.h) or the Kubernetes API (kube/). */
#ifndef GPUSLICE_POLICY_NAMESPACE_SOURCE_H
#define GPUSLICE_POLICY_NAMESPACE_SOURCE_H

#include "policy/namespaces.h"

#include <stdint.h>

/* A reference to a namespace, which does not change while the reference is held. */
struct namespace_ref {
    const struct namespace_info *info;
    void *held; /* keeps `info` alive; private to the source */
    void (*release)(void *held);
};

static inline void namespace_ref_fini(struct namespace_ref *ref)
{
    if (ref->held)
        ref->release(ref->held);
    *ref = (struct namespace_ref){0};
}
DEFINE_AUTO_FINI(namespace_ref, struct namespace_ref, namespace_ref_fini);

struct namespace_source {
    /* Finds a namespace by name. Several threads may call it at once. May block until `deadline_ns` of CLOCK_MONOTONIC
     * (0: until a limit of the source). Errors: ERR_UNAVAILABLE if the namespace is unknown or the API server cannot be
     * reached (callers must not deny a pod for this); ERR_NOMEM. */
    int (*find)(void *context, const char *name, int64_t deadline_ns, struct namespace_ref *ret_ref, struct err *err);
    void *context;
};

#endif
