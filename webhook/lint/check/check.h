/* One run of lint, as the checks see it. Each family of rules has a file check_<family>.c here; their texts are in
 * lint/rules/. */
#ifndef GPUSLICE_LINT_CHECK_CHECK_H
#define GPUSLICE_LINT_CHECK_CHECK_H

#include "lint/check/finding.h"
#include "lint/model/verdict.h"

struct lint_options {
    const struct gpu_table *gpus;
    const struct policy_set *policies; /* or NULL: manifests only */
    const struct strlist *disabled;    /* ids of rules */
};

struct lint {
    const struct lint_options *options;
    const struct policy_set *policies;
    struct sources sources;
    struct manifests policy_texts; /* of the files of policies that findings are in, read again for their lines */
    struct problems policy_problems;
    struct namespaces *namespaces; /* those of the manifests; NULL for none */
    struct model model;
    struct subjects_list pods;
    struct malformed *malformed;
    size_t malformed_count;
    struct lint_pod **samples; /* for policies->classes[i]; NULL without policies */
    struct findings findings;
};

/* Says something; see findings_add(). */
#define SAY(lint, rule, ...)      findings_add(&(lint)->findings, rule_get(rule), __VA_ARGS__)
#define SAY_KEY(lint, rule, ...)  findings_add_key(&(lint)->findings, rule_get(rule), __VA_ARGS__)
#define SAY_LINE(lint, rule, ...) findings_add_line(&(lint)->findings, rule_get(rule), __VA_ARGS__)

/* The families, in the order in which they look. */
typedef void lint_check(struct lint *lint);
lint_check check_pods, check_classes, check_node_pools, check_node_labels, check_limits, check_node_classes,
    check_overlays, check_plugin, check_mig, check_operator, check_namespaces, check_policies, check_legacy,
    check_fields, check_kustomization, check_spec_nodes, check_layout, check_resource_names;

#endif
