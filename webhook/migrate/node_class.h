/* EC2NodeClass of karpenter.k8s.aws/v1 from AWSNodeTemplate, the NodeTemplate of old guides, the inline provider of a
 * Provisioner, and EC2NodeClass of v1beta1. Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_NODE_CLASS_H
#define GPUSLICE_MIGRATE_NODE_CLASS_H

#include "migrate/rules.h"

/* object->made becomes the output. */
void node_class_from_template(struct migration *migration, struct source_object *object); /* either kind */
void node_class_from_beta(struct migration *migration, struct source_object *object);
/* `provider` of a Provisioner. */
struct output *node_class_from_provider(struct migration *migration, const struct source_object *provisioner,
                                        const struct node *provider);
/* One that the input does not describe at all, with what it must have. `object` is what needs it. */
struct output *node_class_make(struct migration *migration, const struct source_object *object, const char *name);

/* kubeletConfiguration or kubelet at `node` into spec.kubelet of `out`; only told as lost where it is NULL. */
void node_class_kubelet(struct draft *draft, const struct node *node, struct output *out, const char *class_name);

/* Is it a field of EC2NodeClass, and not of the NodePool, that a NodeTemplate has under spec? */
bool node_class_has_fields(const struct source_object *object);

#endif
