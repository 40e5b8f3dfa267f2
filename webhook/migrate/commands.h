/* Converts commands of scripts other than `kubectl label node`. Private to migrate/. */
#pragma once

#include "migrate/work.h"

/* Reports a `kubectl apply -f FILE` whose file is neither written by a script of the input nor an input itself. */
void applied_files_note(struct migration *migration, const struct source_command *command);

/* Converts a helm command: the values that it sets for the GPU Operator and Karpenter go to their values files. Call it
 * before the values of the result are written. Source: helm 3, `helm install --help`. */
void helm_convert(struct migration *migration, const struct source_command *command);

/* Takes the cluster's name and the default instance profile that helm sets for Karpenter. Call it before the node
 * classes are converted. */
void helm_note_cluster(struct migration *migration, const struct source_command *command);

/* Switches off the driver and toolkit in gpu-operator-values.yaml if the images of the result contain both. Call it
 * last. */
void operator_values_finish(struct migration *migration);
