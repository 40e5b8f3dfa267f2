/* The state of one lint run, and the checks. Each check_*.c here checks one kind of object or property; the texts of
 * the rules are in lint/rules/. */
#pragma once

#include "core/field_spec.h"
#include "core/names.h"
#include "lint/check/finding.h"
#include "lint/model/verdict.h"

struct lint_options {
    const struct gpu_table *gpus;
    const struct policy_set *policies; /* NULL: only manifests are checked */
    const struct strlist *disabled;    /* ids of rules */
};

struct lint {
    const struct lint_options *options;
    const struct policy_set *policies;
    struct sources sources;
    struct manifests policy_texts; /* the policy files that have findings, read again for their lines */
    struct problems policy_problems;
    struct namespaces *namespaces; /* those of the manifests; may be empty */
    struct model model;
    struct subjects_list pods;
    struct lint_pod **samples; /* in the order of policies->classes; empty without policies */
    struct findings findings;
};

/* Add a finding at the value of a node, at its key, or at a mark in the policies (line 0: the whole file). */
#define SAY(lint, rule, node, ...)     findings_add(&(lint)->findings, rule_of(rule, node), spot_of(node), __VA_ARGS__)
#define SAY_KEY(lint, rule, node, ...) findings_add(&(lint)->findings, rule_get(rule), spot_of_key(node), __VA_ARGS__)
#define SAY_AT(lint, rule, mark, ...) \
    findings_add(&(lint)->findings, rule_get(rule), (struct spot){mark, 1}, __VA_ARGS__)

/* Checks a document against a table of its fields (karpenter/fields.h, nvidia/fields.h): reports fields that are
 * unknown, misplaced or missing, or have an invalid value. The API server prunes or rejects fields that a CRD does not
 * have; NVIDIA's readers mostly ignore them. Unknown and misplaced fields violate the rule `unknown`. */
void fields_check(struct lint *lint, struct node document, const struct field_spec *fields, const char *title,
                  enum rule_id unknown);

/* Reports each label and annotation of ours in `metadata` that has no effect on such an object (core/names.h). `who` is
 * the object, for the text. */
void own_keys_check(struct lint *lint, struct node metadata, enum key_object object, const char *who, const char *title,
                    enum rule_id rule);

/* A lint_check runs once, an object_check for each object (`title` is that of object_title()), a node_pool_check for
 * each NodePool. */
typedef void lint_check(struct lint *lint);
typedef void object_check(struct lint *lint, const struct manifest *object, const char *title);
typedef void node_pool_check(struct lint *lint, const struct node_pool *node_pool);
lint_check lint_check_old_names, lint_check_policies, lint_check_classes, lint_check_pods, lint_check_own_keys,
    lint_check_overlays, lint_check_plugin, lint_check_mig, lint_check_operator, lint_check_layout,
    lint_check_plugin_names;
object_check lint_check_karpenter_kind, lint_check_api_version, lint_check_fields, lint_check_node_class,
    lint_check_mig_key, lint_check_namespace, lint_check_kustomization, lint_check_resource_names;
node_pool_check lint_check_node_pool, lint_check_node_labels, lint_check_limits, lint_check_class_reference,
    lint_check_reservation, lint_check_registered, lint_check_mig_layout, lint_check_spec_nodes;
