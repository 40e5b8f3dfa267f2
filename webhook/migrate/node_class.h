/* Makes an EC2NodeClass of karpenter.k8s.aws/v1 from an AWSNodeTemplate, the NodeTemplate of old guides, the inline
 * provider of a Provisioner, or an EC2NodeClass of v1beta1. Private to migrate/. */
#pragma once

#include "migrate/rules.h"

/* Both set object->node_class to the output. The first converts an AWSNodeTemplate or a NodeTemplate, the second an
 * EC2NodeClass of v1beta1. */
void node_class_from_template(struct migration *migration, struct source_object *object);
void node_class_from_beta(struct migration *migration, struct source_object *object);
/* Converts `provider` of a Provisioner. */
struct output *node_class_from_provider(struct migration *migration, const struct source_object *provisioner,
                                        const struct node *provider);
/* Makes an EC2NodeClass with its required fields for `object`, which has none in the input. */
struct output *node_class_make(struct migration *migration, const struct source_object *object, const char *name);

/* Returns the template of that name, or the only one of the input if `name` is NULL. Returns NULL if there is none, or
 * if `name` is NULL and there are several. */
struct source_object *node_class_template(const struct migration *migration, const char *name);

/* -- selectors.c -- */

/* Converts a selector of an AWSNodeTemplate (a map whose members must all match; a comma in a value means "or") to the
 * list of terms at rule->target (of which one must match entirely). `aws-ids` and `aws::ids` become ids, `aws::name`
 * and `aws::owners` become name and owner, and all others become tags. */
void rule_selector(struct draft *draft, const struct node *node, const struct rule *rule);
