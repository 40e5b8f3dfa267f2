/* Compares instance types with what NodePools and pods need. */
#ifndef GPUSLICE_LINT_MODEL_MACHINE_H
#define GPUSLICE_LINT_MODEL_MACHINE_H

#include "karpenter/instance.h"
#include "lint/model/needs.h"

/* Finds the value of a label on a node of that type. UNKNOWN for labels that differ between nodes (zone, capacity type)
 * and for those that nothing tells; ABSENT for labels that Karpenter does not set by itself. */
enum label_state machine_label(const struct instance *instance, const char *key, char ret_value[INSTANCE_LABEL_SIZE]);

/* True unless `needs` rule out the instance type. */
bool machine_meets(const struct instance *instance, const struct needs *needs);

/* Returns the number of CPUs by the table, else by the size in the name: 4 for xlarge, 4 n for n-xlarge; 0 if neither
 * tells. */
int64_t machine_cpus(const struct instance *instance);

/* Returns the number of GPUs of a node of that type: 1 if it has a share of one. */
unsigned machine_devices(const struct gpu_instance_type *type);

#endif
