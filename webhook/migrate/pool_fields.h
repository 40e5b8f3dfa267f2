/* Labels, requirements and taints of a NodePool, from a Provisioner, a NodeTemplate or a NodePool of v1beta1: which
 * keys Karpenter keeps for itself, and what of then means another thing today. Private to migrate/. Sources:
 * sigs.k8s.io/karpenter v1.14.1 pkg/apis/v1/labels.go, the CRDs' own rules. */
#ifndef GPUSLICE_MIGRATE_POOL_FIELDS_H
#define GPUSLICE_MIGRATE_POOL_FIELDS_H

#include "migrate/rules.h"

/* All add to what is there already, from another source. */
void rule_pool_labels(struct draft *draft, const struct node *node, const struct rule *rule);
void rule_pool_requirements(struct draft *draft, const struct node *node, const struct rule *rule);
void rule_pool_taints(struct draft *draft, const struct node *node, const struct rule *rule); /* target: where to */
/* One instance type or a list of them: a requirement. */
void rule_pool_instance_types(struct draft *draft, const struct node *node, const struct rule *rule);

/* Why no NodePool can have the label key, or NULL. */
const char *pool_label_refused(const char *key);
/* What the label's value is today: configurations of the device plugin may have got another key. */
const char *pool_label_value(const struct migration *migration, const char *key, const char *value);
/* Puts a label into the template. False if it has the key already with another value. */
bool pool_put_label(struct migration *migration, json_t *pool, const char *key, const char *value);

#endif
