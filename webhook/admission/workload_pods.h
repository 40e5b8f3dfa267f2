/* The pods of an object that was read from a file: one review for each template, as the API server would send it for
 * the creation of the pod. */
#pragma once

#include "workload/templates.h"

#include <jansson.h>

struct workload_pod {
    char *pointer;        /* of the template, see struct pod_template */
    char *path;           /* the same for people */
    const char *unjudged; /* why there is no review; NULL if there is one */
    char *review;         /* the AdmissionReview as text, or NULL */
};

struct workload_pods {
    const struct workload *workload; /* NULL: a kind that is not in the table */
    struct workload_pod *items;
    size_t count;
    bool is_single;  /* templates_are_single() */
    bool could_hold; /* see struct pod_templates */
};

/* Fills the zeroed *ret_pods with the pods of an object of any kind but Pod. Errors: ERR_LIMIT for more than
 * JSON_LEAN_VALUES values, ERR_NOMEM. */
MUST_CHECK int workload_pods_of(json_t *object, const char *api_version, const char *kind, const char *namespace_name,
                                struct workload_pods *ret_pods, struct err *err);
void workload_pods_fini(struct workload_pods *pods);

DEFINE_AUTO_FINI(workload_pods, struct workload_pods, workload_pods_fini);
