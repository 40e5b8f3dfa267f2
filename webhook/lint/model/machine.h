/* Instance types as Karpenter's AWS provider describes them, as far as GPUs are concerned: names, labels, number of
 * GPUs. Source: karpenter-provider-aws pkg/providers/instancetype/types.go (v1.14.1). */
#ifndef GPUSLICE_LINT_MODEL_MACHINE_H
#define GPUSLICE_LINT_MODEL_MACHINE_H

#include "gpu/table.h"
#include "lint/model/needs.h"

struct machine_type {
    const char *name;
    const struct gpu_model *gpu;          /* NULL: the GPU table does not know the instance type */
    const struct gpu_instance_type *type; /* likewise */
};

enum label_state { LABEL_UNKNOWN, LABEL_ABSENT, LABEL_VALUE };
enum { MACHINE_LABEL_SIZE = 64 };

/* The label that a node of that type carries. UNKNOWN for what differs from node to node (zone, capacity type) and for
 * what the table does not tell (CPUs, memory); ABSENT for labels that are not the instance type's. */
enum label_state machine_label(const struct machine_type *machine, const char *key, char ret_value[MACHINE_LABEL_SIZE]);

/* Is there nothing about the instance type that `needs` rule out? */
bool machine_meets(const struct machine_type *machine, const struct needs *needs);

/* Of the size in the name: 4 for xlarge, 4 n for n-xlarge; 0 where the name does not tell (metal). */
int64_t machine_cpus(const char *name);

/* The table's GPU and instance type of that name; false if it has none. */
bool machine_find(const struct gpu_table *gpus, const char *name, struct machine_type *ret_machine);

#endif
