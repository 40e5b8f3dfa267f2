/* Workloads: the kinds whose controllers make pods out of a template, and where that stands (core/v1 PodTemplateSpec).
 */
#ifndef GPUSLICE_ADMISSION_WORKLOADS_H
#define GPUSLICE_ADMISSION_WORKLOADS_H

#include "core/kind.h"

#include <stdbool.h>

enum { WORKLOAD_PATH_MAX = 5 };

struct workload {
    struct kind kind;
    const char *template_path[WORKLOAD_PATH_MAX]; /* ends with NULL */
    const char *template_pointer;                 /* the same as RFC 6901 text */
    bool is_daemonset;                            /* its pods are known by their owner (step_scope) */
};

/* NULL for other kinds. */
const struct workload *workload_find(struct kind kind);
/* The same for an object with that apiVersion and kind, neither of them NULL. */
const struct workload *workload_of(const char *api_version, const char *kind);

#endif
