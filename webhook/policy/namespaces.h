/* The known namespaces: an immutable snapshot, shared by reference count. This module reads it from files; kube/ fills
 * it from the Kubernetes API. */
#ifndef GPUSLICE_POLICY_NAMESPACES_H
#define GPUSLICE_POLICY_NAMESPACES_H

#include "base/problems.h"
#include "base/refs.h"
#include "core/keyvalue.h"

struct namespace_info {
    char *name;
    struct keyvalues labels;
    struct keyvalues annotations; /* only those of gpuslice.dev/ are kept */
};

struct namespaces {
    struct refs refs;
    struct namespace_info *items; /* sorted by name */
    size_t count;
};

/* Reads v1 Namespace objects from a file, a folder or standard input, alone or in Lists (such as the output of `kubectl
 * get ns -o yaml`). Ignores other fields. Other kinds are errors, and so is a second object with the same name. Errors:
 * ERR_INVALID with problems, ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int namespaces_load(const char *path, struct namespaces **ret_namespaces, struct problems *problems,
                               struct err *err);

/* Makes a snapshot without namespaces, whose items have room for `room` of them. The caller fills these in by name and
 * counts them. Returns NULL when out of memory. */
struct namespaces *namespaces_new(size_t room);
struct namespaces *namespaces_ref(struct namespaces *namespaces);
void namespaces_unref(struct namespaces *namespaces);
const struct namespace_info *namespaces_find(const struct namespaces *namespaces, const char *name);

DEFINE_AUTO(namespaces, struct namespaces *, namespaces_unref);

#endif
