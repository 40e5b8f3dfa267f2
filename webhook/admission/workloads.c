/* The table of workloads. Knows nothing of what is done with a template. */
#include "admission/workloads.h"

#include "base/cleanup.h"

#include <string.h>

#define SPEC_TEMPLATE {"spec", "template"}, "/spec/template"
#define JOB_TEMPLATE  {"spec", "jobTemplate", "spec", "template"}, "/spec/jobTemplate/spec/template"

static const struct workload workloads[] = {
    {"apps", "Deployment", SPEC_TEMPLATE, false}, {"apps", "StatefulSet", SPEC_TEMPLATE, false},
    {"apps", "DaemonSet", SPEC_TEMPLATE, true},   {"apps", "ReplicaSet", SPEC_TEMPLATE, false},
    {"batch", "Job", SPEC_TEMPLATE, false},       {"batch", "CronJob", JOB_TEMPLATE, false},
};

const struct workload *workload_find(const char *group, const char *kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(workloads); i++) {
        if (strcmp(workloads[i].group, group) == 0 && strcmp(workloads[i].kind, kind) == 0)
            return &workloads[i];
    }
    return NULL;
}
