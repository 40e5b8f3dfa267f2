/* The labels that Karpenter's AWS provider gives to nodes of an instance type, as far as they follow from the GPU table
 * and the type's name. Callers must distinguish three cases: a type in the table, one that is known to have no NVIDIA
 * GPU, and one about which nothing is known.
 *
 * Source: karpenter-provider-aws 1.14.1, pkg/providers/instancetype/types.go (computeRequirements). */
#pragma once

#include "core/requirement.h"
#include "gpu/table.h"

enum instance_knowledge {
    INSTANCE_UNKNOWN,     /* it may have GPUs, or not exist */
    INSTANCE_WITHOUT_GPU, /* its family has no NVIDIA GPU */
    INSTANCE_IN_TABLE,
};

struct instance {
    const char *name;
    enum instance_knowledge knowledge;
    const struct gpu_instance_type *type; /* NULL unless INSTANCE_IN_TABLE */
    const struct gpu_model *gpu;          /* NULL unless INSTANCE_IN_TABLE */
};

/* The name must outlive the result. */
struct instance instance_find(const struct gpu_table *gpus, const char *name);
struct instance instance_of(const struct gpu_instance_type *type);

enum label_state {
    LABEL_UNKNOWN, /* not a label of instance types, or its value is not known */
    LABEL_ABSENT,
    LABEL_VALUE,
};
enum { INSTANCE_LABEL_SIZE = 64 };

/* Finds the value of the label on nodes of that type. `ret_value` is meaningful only for LABEL_VALUE. */
enum label_state instance_label(const struct instance *instance, const char *key, char ret_value[INSTANCE_LABEL_SIZE]);

/* False if the requirement rules the type out. A label that is unknown rules nothing out, because Karpenter decides. */
bool instance_may_meet(const struct instance *instance, const struct requirement *requirement);

/* Like instance_may_meet(), but false for a type of the table if the value of a GPU label is unknown: otherwise the
 * type would match the name and memory of any GPU. */
bool instance_matches(const struct instance *instance, const struct requirement *requirement);

/* True if requirements on the label restrict the instance types by name: type, family, category. */
bool instance_label_names(const char *key);

/* True if requirements on the label restrict the GPUs of a node: instance_label_names(), and the labels of GPUs. */
bool instance_label_narrows(const char *key);

/* Returns what is known of the instance types whose label `key` has that value. instance_label_names() must be true for
 * `key`. */
enum instance_knowledge instance_value_knowledge(const struct gpu_table *gpus, const char *key, const char *value);
