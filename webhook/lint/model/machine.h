/* Instance types against what NodePools and pods need of them. */
#ifndef GPUSLICE_LINT_MODEL_MACHINE_H
#define GPUSLICE_LINT_MODEL_MACHINE_H

#include "karpenter/instance.h"
#include "lint/model/needs.h"

/* The label that a node of that type carries. UNKNOWN for what differs from node to node (zone, capacity type) and for
 * what nothing tells; ABSENT for labels that Karpenter gives to no node by itself. */
enum label_state machine_label(const struct instance *instance, const char *key, char ret_value[INSTANCE_LABEL_SIZE]);

/* True unless something about the instance type is ruled out by `needs`. */
bool machine_meets(const struct instance *instance, const struct needs *needs);

/* By the table, else by the size in the name: 4 for xlarge, 4 n for n-xlarge; 0 where neither tells. */
int64_t machine_cpus(const struct instance *instance);

/* GPUs that a node of that type has: 1 where it has a share of one. */
unsigned machine_devices(const struct gpu_instance_type *type);

#endif
