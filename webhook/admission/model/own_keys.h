/* Warns about what was meant for gpuslice, but is not where gpuslice reads it: keys of our domain in the metadata of
 * pods, workloads and namespaces (the table is in core/names), and selectors of workloads. Admission, /advise and the
 * offline commands warn alike. */
#pragma once

#include "admission/model/warnings.h"
#include "core/names.h"
#include "policy/namespaces.h"

#include <cjson/cJSON.h>

/* Adds one warning for each label and annotation of `metadata` (NULL: none) that is not in its place. `who` is the
 * object, for the text: "pod", "Deployment". */
void own_keys_warn(const cJSON *metadata, enum key_object object, const char *who, struct warnings *warnings);

/* The same for a namespace. */
void own_keys_warn_namespace(const struct namespace_info *ns, struct warnings *warnings);

/* Warns about a workload's own metadata, not that of its template, and about a selector that names a label which
 * gpuslice writes. `kind` is for the text. If the pods get the labels and annotations of the workload (`carries`), its
 * metadata is not checked here but as that of its pods. */
void workload_warn(const cJSON *workload, const char *kind, bool carries, struct warnings *warnings);
