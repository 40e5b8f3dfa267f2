/* What Karpenter's AWS provider says of an instance type: the labels that its nodes will carry, as far as the GPU table
 * and the type's name tell. Whoever asks must keep three answers apart: a type of the table, one that is known to have
 * no NVIDIA GPU, and one of which nothing is known.
 *
 * Source: karpenter-provider-aws 1.14.1, pkg/providers/instancetype/types.go (computeRequirements). */
#ifndef GPUSLICE_KARPENTER_INSTANCE_H
#define GPUSLICE_KARPENTER_INSTANCE_H

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
    const struct gpu_model *gpu;          /* likewise */
};

/* The name must outlive the result. */
struct instance instance_find(const struct gpu_table *gpus, const char *name);
struct instance instance_of(const struct gpu_instance_type *type);

enum label_state {
    LABEL_UNKNOWN, /* not the instance type's, or nothing tells */
    LABEL_ABSENT,
    LABEL_VALUE,
};
enum { INSTANCE_LABEL_SIZE = 64 };

/* The label that nodes of that type carry; *ret_value is written for LABEL_VALUE only. */
enum label_state instance_label(const struct instance *instance, const char *key, char ret_value[INSTANCE_LABEL_SIZE]);

/* False if the requirement rules the type out. What is unknown rules out nothing: Karpenter decides. */
bool instance_may_meet(const struct instance *instance, const struct requirement *requirement);

/* The same, but a type of the table whose GPU label is not known does not match what is required of it: it would match
 * the name and memory of any GPU. */
bool instance_matches(const struct instance *instance, const struct requirement *requirement);

/* True if requirements on the label say which instance types there can be by name: type, family, category. */
bool instance_label_names(const char *key);

/* True if requirements on the label say which GPUs there can be: those by name, and the labels of GPUs. */
bool instance_label_narrows(const char *key);

/* What is known of the instance types for which a label that names them has that value. */
enum instance_knowledge instance_value_knowledge(const struct gpu_table *gpus, const char *key, const char *value);

#endif
