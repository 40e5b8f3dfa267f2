/* The node side of a policy set: the Kubernetes objects and files that make nodes offer what the classes request
 * (docs/rendering.md). Deterministic: the same input gives the same bytes. */
#pragma once

#include "policy/namespaces.h"
#include "policy/set.h"
#include "render/files.h"

enum render_node_class { RENDER_EC2, RENDER_KWOK };

/* RENDER_GUARD_GPU_ONLY leaves out the rules that close guarded namespaces to pods without GPUs while the webhook is
 * down. */
enum render_guard { RENDER_GUARD_NONE, RENDER_GUARD_FULL, RENDER_GUARD_GPU_ONLY };

struct render_options {
    const char *directory; /* the folder of the policies; file names in comments are relative to it */
    const char *cluster;   /* the name of the cluster, or NULL */
    struct strlist pools;  /* render only the objects of these pools; empty: everything */
    enum render_node_class node_class;
    enum render_guard guard;
    bool quota, dra;
    const struct namespaces *namespaces; /* for quotas; NULL: example namespaces are rendered */
};

/* Renders the files for the set. Adds to `problems` pools that contradict each other, and names and labels of pools
 * that cannot be rendered. Errors: ERR_INVALID if there are problems; ERR_NOT_FOUND if options->pools names an unknown
 * pool, or the cluster's name is needed and missing; ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int render(const struct policy_set *set, const struct render_options *options,
                      struct render_files *ret_files, struct problems *problems, struct err *err);
