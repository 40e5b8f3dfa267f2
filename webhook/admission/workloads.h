/* Workloads: kinds whose controllers create pods from a template (core/v1 PodTemplateSpec), and the template's path. */
#pragma once

#include "core/kind.h"

#include <jansson.h>
#include <stdbool.h>

enum { WORKLOAD_PATH_MAX = 5 };

struct workload {
    struct kind kind;
    const char *template_path[WORKLOAD_PATH_MAX]; /* ends with NULL */
    const char *template_pointer;                 /* the same path as an RFC 6901 pointer */
    bool is_daemonset;                            /* its pods need an owner, by which step_scope recognises them */
};

/* Returns NULL for other kinds. */
const struct workload *workload_find(struct kind kind);
/* Like workload_find(), for an apiVersion and a kind, neither of which may be NULL. */
const struct workload *workload_of(const char *api_version, const char *kind);

/* Builds a pod with everything that the decision reads of the pod that the workload's controller would create. Returns
 * NULL if out of memory. */
json_t *workload_pod(const struct workload *workload, const json_t *template);
