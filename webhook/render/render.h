/* The node side of a policy set: the Kubernetes objects and files that make nodes offer what the classes ask for.
 * Contract: SPEC of the files in docs/rendering.md. Pure but for its arguments; same input, same bytes. */
#ifndef GPUSLICE_RENDER_RENDER_H
#define GPUSLICE_RENDER_RENDER_H

#include "policy/namespaces.h"
#include "policy/set.h"
#include "render/files.h"

enum render_node_class { RENDER_EC2, RENDER_KWOK };
/* GPU_ONLY: without what closes guarded namespaces to plain pods while the webhook is away. */
enum render_guard { RENDER_GUARD_NONE, RENDER_GUARD_FULL, RENDER_GUARD_GPU_ONLY };

struct render_options {
    const char *directory; /* of the policies, as it was loaded: files are named relative to it */
    const char *cluster;   /* the name of the cluster, or NULL */
    struct strlist pools;  /* only these pools' own objects; none: everything */
    enum render_node_class node_class;
    enum render_guard guard;
    bool quota, dra;
    const struct namespaces *namespaces; /* for quota; NULL: examples are made up */
};

/* What contradicts itself goes to `problems`, with both places. Errors: ERR_INVALID when there were any; ERR_NOT_FOUND
 * (no pool of a name, the cluster's name is needed), ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int render(const struct policy_set *set, const struct render_options *options,
                      struct render_files *ret_files, struct problems *problems, struct err *err);

#endif
