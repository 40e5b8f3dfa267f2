/* EC2NodeClass of karpenter.k8s.aws/v1 from AWSNodeTemplate, the NodeTemplate of old guides, the inline provider of a
 * Provisioner, and EC2NodeClass of v1beta1. Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_NODE_CLASS_H
#define GPUSLICE_MIGRATE_NODE_CLASS_H

#include "migrate/rules.h"

/* Sets object->made to the output. */
void node_class_from_template(struct migration *migration, struct source_object *object); /* either kind */
void node_class_from_beta(struct migration *migration, struct source_object *object);
/* Converts `provider` of a Provisioner. */
struct output *node_class_from_provider(struct migration *migration, const struct source_object *provisioner,
                                        const struct node *provider);
/* Makes one that is not in the input, with its required fields. `object` is the one that needs it. */
struct output *node_class_make(struct migration *migration, const struct source_object *object, const char *name);

/* Converts kubeletConfiguration or kubelet at `node` to spec.kubelet of `out`; if `out` is NULL, only reports it as
 * lost. */
void node_class_kubelet(struct draft *draft, const struct node *node, struct output *out, const char *class_name);

/* True if a field under spec of a NodeTemplate belongs to the EC2NodeClass, and not to the NodePool. */
bool node_class_has_fields(const struct source_object *object);

#endif
