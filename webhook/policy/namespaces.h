/* A snapshot of the known namespaces, which is immutable and has a reference count. namespaces_load() reads it from
 * files; kube/ fills it from the Kubernetes API. */
#pragma once

#include "base/problems.h"
#include "base/refs.h"
#include "core/keyvalue.h"

struct namespace_info {
    char *name;
    struct keyvalues labels;
    struct keyvalues annotations; /* those of gpuslice.dev/; others may be left out */
};

struct namespaces {
    struct refs refs;
    struct namespace_info *items; /* sorted by name */
    size_t count;
};

/* Reads v1 Namespace objects from a file, a folder or standard input, alone or in Lists (such as the output of `kubectl
 * get ns -o yaml`). Ignores fields other than the name, the labels and our annotations. Errors: ERR_INVALID with
 * problems (also for an object of another kind, and for a second namespace with the same name), ERR_NOT_FOUND, ERR_IO,
 * ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int namespaces_load(const char *path, struct namespaces **ret_namespaces, struct problems *problems,
                               struct err *err);

/* Makes an empty snapshot with room for `room` items, which the caller adds in the order of their names. Returns NULL
 * if out of memory. */
struct namespaces *namespaces_new(size_t room);
struct namespaces *namespaces_ref(struct namespaces *namespaces);
void namespaces_unref(struct namespaces *namespaces);
/* Returns the namespace of that name, or NULL. */
const struct namespace_info *namespaces_find(const struct namespaces *namespaces, const char *name);

DEFINE_AUTO(namespaces, struct namespaces *, namespaces_unref);

/* -- The source of a review's namespace: a snapshot, or the Kubernetes API (kube/) -- */

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
    /* Finds a namespace by name. Several threads may call it at once. May block until `deadline_ns` of CLOCK_MONOTONIC;
     * if that is 0, for as long as the source allows. Errors: ERR_UNAVAILABLE if the namespace is unknown or the API
     * server cannot be reached (callers must not deny a pod for this); ERR_NOMEM. */
    int (*find)(void *context, const char *name, int64_t deadline_ns, struct namespace_ref *ret_ref, struct err *err);
    void *context;
};
