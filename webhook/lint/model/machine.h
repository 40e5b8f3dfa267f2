/* Compares instance types with what NodePools and pods need. */
#ifndef GPUSLICE_LINT_MODEL_MACHINE_H
#define GPUSLICE_LINT_MODEL_MACHINE_H

#include "karpenter/instance.h"
#include "lint/model/needs.h"

/* Finds the value of a label on a node of that type. LABEL_UNKNOWN for labels that differ between nodes (zone, capacity
 * type) and for those whose values are not known; LABEL_ABSENT for labels that Karpenter does not set itself.
 * *ret_value is set only for LABEL_VALUE. */
enum label_state machine_label(const struct instance *instance, const char *key, char ret_value[INSTANCE_LABEL_SIZE]);

/* True unless one of `needs` rules out the instance type. */
bool machine_meets(const struct instance *instance, const struct needs *needs);

/* Returns the number of CPUs from the table, or from the size in the name: 4 for xlarge, 4 n for n-xlarge. Returns 0 if
 * it is in neither. */
int64_t machine_cpus(const struct instance *instance);

/* Returns the number of GPUs of a node of that type; 1 if it has a share of a GPU. */
unsigned machine_devices(const struct gpu_instance_type *type);

#endif
