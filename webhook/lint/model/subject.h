/* The pods that lint checks: those of manifests, as the webhook changes them, one for each class, and one of a
 * namespace that has not opted in. */
#pragma once

#include "admission/decide.h"
#include "lint/model/model.h"

struct pod_toleration {
    struct toleration toleration;
    struct node node; /* without a document if the class added it */
};

struct lint_pod {
    const char *title; /* "Deployment/vllm", "RayCluster/rc spec.headGroupSpec.template", "SliceClass/t4-third" */
    const struct manifest *object;               /* NULL for a class */
    struct node node;                            /* the part that has the form of a pod; zeroed for a class */
    const char *ns;                              /* its namespace; "" for a class */
    const struct namespace_info *namespace_info; /* from the manifests, or NULL */
    const struct gpu_names *gpu_names;           /* what counts as a GPU; NULL: only the built-in names */
    bool of_daemonset;
    bool carries; /* a pod gets the labels and annotations of its workload, or might, because its kind is unknown */
    bool decided; /* its namespace is opted in, so the engine decided about it */
    bool without_gpus; /* decided, requests no GPU, and its policy does not ignore other accelerators */

    bool at_template;  /* it is of a kind that can have several templates: findings about it as a whole are at `node` */
    const char *today; /* of a pod that exists, which is checked as it stands: what it would get if it were created
                          today, such as "denied [...]: ..."; "" if that is unknown; NULL for others */
    bool settled;      /* of a pod that exists: it has a node or has ended, so it no longer waits for one */
    bool recorded;     /* of a pod that exists: it has a record, so it got a slice, even if its class is gone */

    const struct slice_class *slice_class; /* the class that it got or was made for, or NULL */
    enum outcome outcome;
    const char *reason;  /* that of the decision; "" if there is none */
    const char *message; /* that of a denial */

    struct needs *alternatives; /* its nodeSelector with each required term, or alone without required affinity; if
                                   none, no node matches */
    size_t alternative_count;
    bool match_fields, uses_claims;
    struct node match_fields_node;
    struct pod_toleration *tolerations;
    size_t toleration_count;
    struct amounts asks; /* GPU resources as the scheduler counts them; for a pod with a slice, also accelerators that
                            no pool offers */
    int64_t most_in_container;
    const char *runtime_class; /* "" if there is none */

    cJSON *root; /* owned; the strings point into it */
    struct pod pod;
};

/* A pod or template that does not have the form of one, or that cannot be judged, and why. */
struct malformed {
    struct node node; /* subject_node() */
    const char *title;
    const char *text;
};

/* The arrays are in the arena. */
struct subjects_list {
    struct lint_pod *items;
    size_t count;
    struct malformed *malformed, *unjudged;
    size_t malformed_count, unjudged_count;
};

/* Reads the pods of workloads and of Pod objects into the zeroed *ret_pods. If `policies` or `namespaces` is NULL, the
 * pods are left unchanged. Errors: ERR_NOMEM. */
MUST_CHECK int subjects_build(struct arena *arena, const struct sources *sources, const struct policy_set *policies,
                              const struct namespaces *namespaces, struct subjects_list *ret_pods, struct err *err);
void subjects_list_fini(struct subjects_list *list);

/* Returns a pod with one slice of the class; NULL when out of memory. */
struct lint_pod *subject_of_class(struct arena *arena, const struct slice_class *slice_class);

/* Returns a pod of a namespace that has not opted in, which requests a whole GPU and has the toleration that the
 * ExtendedResourceToleration plugin adds (enabled on EKS); NULL when out of memory. */
struct lint_pod *subject_of_other_namespace(struct arena *arena);

/* Returns where to report what concerns the whole pod: its name or, where its object can have several templates, its
 * template. */
struct node subject_node(const struct lint_pod *pod);

DEFINE_AUTO_FINI(subjects_list, struct subjects_list, subjects_list_fini);
