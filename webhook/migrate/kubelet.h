/* The kubelet settings of NodePools, which belong to the EC2NodeClass since karpenter.sh/v1. NodePools that share a
 * class and have different settings get a copy of the class each. Private to migrate/. Source: the v1 migration guide
 * of Karpenter 1.0. */
#pragma once

#include "migrate/rules.h"

/* Sets class_name and kubelet of all objects. Call it before the others, and before objects are converted. */
void kubelets_find(struct migration *migration);

/* Returns the class for the kubelet of `object`: `shared`, if no other object of the input that uses that class has
 * other settings; else a copy <class>-<object>, which objects with the same settings share. Returns NULL only when out
 * of memory, which is recorded. */
struct output *kubelet_class(struct migration *migration, struct source_object *object, struct output *shared);

/* Converts the kubelet settings of a Provisioner or of a NodePool of v1beta1 to spec.kubelet of draft->pool's class. */
void rule_kubelet(struct draft *draft, const struct node *node, const struct rule *rule);

/* Moves the settings in ANNOTATION_BETA_KUBELET of a NodePool of v1 to its class. Call it after all objects have become
 * outputs. */
void kubelet_from_annotation(struct migration *migration, struct source_object *object);
