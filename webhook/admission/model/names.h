/* The labels and annotations by which namespaces and pods speak with gpuslice (docs/annotations.md). */
#ifndef GPUSLICE_ADMISSION_MODEL_NAMES_H
#define GPUSLICE_ADMISSION_MODEL_NAMES_H

#define LABEL_INJECT                 "gpuslice.dev/inject" /* namespace: enabled, required; pod: disabled */
#define LABEL_CLASS                  "gpuslice.dev/class"  /* written on pods */
#define ANNOTATION_CLASS             "gpuslice.dev/class"
#define ANNOTATION_MEMORY            "gpuslice.dev/memory"
#define ANNOTATION_CONTAINERS        "gpuslice.dev/containers"
#define ANNOTATION_APPLIED           "gpuslice.dev/applied" /* written on pods: the record */
#define ANNOTATION_DEFAULT_CONTAINER "kubectl.kubernetes.io/default-container"
#define CLASS_NONE                   "none"

#endif
