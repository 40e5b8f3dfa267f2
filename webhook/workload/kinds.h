/* Kinds of objects from which controllers create pods, and where these objects describe the pods. docs/workloads.md has
 * this table; a test compares the two. */
#pragma once

#include "core/kind.h"

#include <stddef.h>

enum workload_shape {
    SHAPE_POD_TEMPLATE,  /* {metadata, spec}, as core/v1 PodTemplateSpec */
    SHAPE_COMPONENT,     /* a PodSpec with other fields in the same object, among them `annotations` and `labels` of its
                            pods: the components of a KServe InferenceService */
    SHAPE_ARGO_TEMPLATE, /* one container, script or containerSet and some fields of a PodSpec: a template of Argo
                            Workflows */
};

enum workload_flags {
    WORKLOAD_DAEMONSET = 1,   /* its pods are bound to nodes; the controller is a DaemonSet, by which step_scope
                                 recognises them */
    WORKLOAD_CARRIES = 2,     /* the controller copies the annotations and labels of the object to its pods */
    WORKLOAD_JUDGED_ONLY = 4, /* its templates are not rewritten */
};

enum { WORKLOAD_PATHS_MAX = 5 };

struct workload {
    struct kind kind;
    /* Paths of the templates, ended by NULL: keys with dots between them. "[]" after a key stands for each element of a
     * list, "*" for each member of an object. Without a path, the object has only fields from which its controller
     * makes pods. */
    const char *paths[WORKLOAD_PATHS_MAX];
    enum workload_shape shape;
    unsigned flags;
    const char *container_name; /* that a container without a name gets; NULL: such a container is an error */
};

/* Returns NULL for kinds that are not in the table. */
const struct workload *workload_find(struct kind kind);

/* True for kinds of the groups of policy engines and of the API's own machinery. Their objects may hold pieces of pods
 * that are patterns, schemas or patches, so they are never searched for templates. */
bool workload_is_excluded(const char *group);

/* True if objects of the group could make pods by fields of their own: all groups but those of Kubernetes itself. */
bool workload_may_make_pods(const char *group);

extern const struct workload workloads[];
extern const size_t workload_count;
