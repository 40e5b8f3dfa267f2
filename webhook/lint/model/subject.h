/* Pods that lint judges: those of manifests, as they are after the webhook, and the one that each class makes. */
#ifndef GPUSLICE_LINT_MODEL_SUBJECT_H
#define GPUSLICE_LINT_MODEL_SUBJECT_H

#include "admission/decide.h"
#include "admission/workloads.h"
#include "lint/model/model.h"

/* One way to place the pod: its nodeSelector with one of its ORed terms. */
struct alternative {
    struct needs needs;
};

struct lint_pod {
    const char *title;                           /* "Deployment/vllm", "SliceClass/t4-third" */
    const struct manifest *object;               /* NULL for a class */
    struct node node;                            /* of what is shaped like a pod; of a class: zeroed */
    const char *ns;                              /* its namespace; "" for a class */
    const struct namespace_info *namespace_info; /* of the manifests, or NULL */
    const struct gpu_names *gpu_names;           /* what counts as a GPU; NULL: the built-in names alone */
    bool of_daemonset;
    bool decided; /* its namespace has opted in, and the engine decided */
    bool unheard; /* decided as a pod that asks for no GPU */

    const struct slice_class *slice_class; /* what it got, or whose pod it is; NULL for none */
    enum outcome outcome;
    const char *reason;  /* of the decision; "" where there was none */
    const char *message; /* of a denial */

    struct alternative *alternatives; /* none: it matches no node */
    size_t alternative_count;
    bool match_fields, uses_claims;
    struct node match_fields_node;
    struct toleration *tolerations;
    struct node *toleration_nodes; /* document NULL: written by the class */
    size_t toleration_count;
    struct amounts asks; /* GPU resources, as the scheduler counts them; beside a slice, what no pool offers, too */
    int64_t most_in_container;
    const char *runtime_class; /* "" for none */

    cJSON *root; /* owned: what the strings point into */
    struct pod pod;
};

struct subjects_list {
    struct lint_pod **items;
    size_t count;
};

/* Reads the pods of workloads and of Pod objects. `policies` and `namespaces` may be NULL: then they are taken as they
 * stand. What is not shaped like a pod goes to ret_malformed with its complaint (parallel arrays in the arena). Errors:
 * ERR_NOMEM. */
struct malformed {
    const struct manifest *object;
    const char *text;
};
MUST_CHECK int subjects_build(struct arena *arena, const struct sources *sources, const struct policy_set *policies,
                              const struct namespaces *namespaces, struct subjects_list *ret_pods,
                              struct malformed **ret_malformed, size_t *ret_malformed_count, struct err *err);
void subjects_list_fini(struct subjects_list *list);

/* The pod that a class makes: one slice. NULL when out of memory. */
struct lint_pod *subject_of_class(struct arena *arena, const struct slice_class *slice_class);

/* Any pod of a namespace that has not opted in, which asks for a whole GPU: with the toleration that the
 * ExtendedResourceToleration plugin adds (EKS has it on). */
struct lint_pod *subject_of_stranger(struct arena *arena);

DEFINE_AUTO_FINI(subjects_list, struct subjects_list, subjects_list_fini);

#endif
