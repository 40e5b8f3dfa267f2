/* Converts labels, requirements and taints to those of a NodePool, from a Provisioner, a NodeTemplate or a NodePool of
 * v1beta1. Defines which label keys a NodePool cannot have. Private to migrate/. Sources: sigs.k8s.io/karpenter v1.14.1
 * pkg/apis/v1/labels.go, the rules of the CRDs. */
#pragma once

#include "migrate/rules.h"

/* All of them add to the fields that another source has put into the NodePool. rule->target is the path of the
 * requirements or taints. */
void rule_pool_labels(struct draft *draft, const struct node *node, const struct rule *rule);
void rule_pool_requirements(struct draft *draft, const struct node *node, const struct rule *rule);
void rule_pool_taints(struct draft *draft, const struct node *node, const struct rule *rule);
/* The fields of a Provisioner or a NodeTemplate, below `spec`, that describe nodes. */
extern const struct rule node_rules[];
/* Fields of old guides that name values of a label: instance types, zones. */
extern const struct rule synonym_rules[];
/* True if the field, below `spec`, is in one of the two tables. */
bool pool_field_describes_nodes(const char *name);

/* Returns the taint of the list with the same key and effect, or NULL. */
const json_t *pool_find_taint(const json_t *list, const json_t *taint);

/* Returns the reason why a NodePool cannot have the label key, or NULL if it can. */
const char *pool_label_refused(const char *key);
/* Returns the current value of the label: the new key, if the label selects a configuration of the device plugin. */
const char *pool_label_value(const struct migration *migration, const char *key, const char *value);
/* Adds a label to the template. Returns false if it has the key with another value. */
bool pool_put_label(struct migration *migration, json_t *pool, const char *key, const char *value);
