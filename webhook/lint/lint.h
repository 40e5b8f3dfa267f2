/* lint: policies and the cluster's manifests held against each other.
 *
 * Knows the engine (a workload is judged as the pod that it will be), the GPU table and NVIDIA's and Karpenter's rules;
 * no socket, no clock, no output. Each family of rules has a file check_<family>.c; their texts are in rules_*.c. */
#ifndef GPUSLICE_LINT_LINT_H
#define GPUSLICE_LINT_LINT_H

#include "lint/finding.h"
#include "lint/rules.h"
#include "lint/verdict.h"

struct lint_options {
    const struct gpu_table *gpus;
    const struct policy_set *policies; /* or NULL: manifests only */
    const struct strlist *disabled;    /* ids of rules */
};

struct lint {
    const struct lint_options *options;
    const struct policy_set *policies;
    struct sources sources;
    struct namespaces *namespaces; /* those of the manifests; NULL for none */
    struct model model;
    struct subjects_list pods;
    struct malformed *malformed;
    size_t malformed_count;
    struct lint_pod **samples; /* for policies->classes[i]; NULL without policies */
    struct findings findings;
};

/* Reads `paths` (files and folders) and judges. What cannot be read goes to `problems`, the rest is judged all the
 * same. The policies must outlive *ret_lint, which the caller clears, also after an error. Errors: ERR_NOT_FOUND,
 * ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int lint_run(const struct lint_options *options, char *const paths[], size_t path_count,
                        struct lint *ret_lint, struct problems *problems, struct err *err);
void lint_fini(struct lint *lint);

/* The text of a file that findings are in: of a manifest, or read again for a policy; NULL if it cannot be. */
const char *lint_text(void *lint, const char *file);

/* Says something; see findings_add(). */
#define SAY(lint, rule, ...)      findings_add(&(lint)->findings, rule_get(rule), __VA_ARGS__)
#define SAY_KEY(lint, rule, ...)  findings_add_key(&(lint)->findings, rule_get(rule), __VA_ARGS__)
#define SAY_LINE(lint, rule, ...) findings_add_line(&(lint)->findings, rule_get(rule), __VA_ARGS__)

/* metadata.name, or the object itself where it has none. */
struct spot object_name_spot(const struct lint_object *object);

/* The families, in the order in which they look. */
typedef void lint_check(struct lint *lint);
lint_check check_pods, check_classes, check_node_pools, check_node_labels, check_limits, check_node_classes,
    check_overlays, check_plugin, check_mig, check_operator, check_namespaces, check_policies, check_legacy,
    check_fields, check_kustomization, check_spec_nodes, check_layout, check_resource_names;

DEFINE_AUTO_FINI(lint, struct lint, lint_fini);

#endif
