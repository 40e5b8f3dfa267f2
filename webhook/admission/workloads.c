/* The table of workloads. Does not depend on what is done with a template. */
#include "admission/workloads.h"

#include "base/cleanup.h"

#define SPEC_TEMPLATE {"spec", "template"}, "/spec/template"
#define JOB_TEMPLATE  {"spec", "jobTemplate", "spec", "template"}, "/spec/jobTemplate/spec/template"

static const struct workload workloads[] = {
    {{"apps", "Deployment"}, SPEC_TEMPLATE, false}, {{"apps", "StatefulSet"}, SPEC_TEMPLATE, false},
    {{"apps", "DaemonSet"}, SPEC_TEMPLATE, true},   {{"apps", "ReplicaSet"}, SPEC_TEMPLATE, false},
    {{"batch", "Job"}, SPEC_TEMPLATE, false},       {{"batch", "CronJob"}, JOB_TEMPLATE, false},
};

const struct workload *workload_find(struct kind kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(workloads); i++) {
        if (kind_same(workloads[i].kind, kind))
            return &workloads[i];
    }
    return NULL;
}

const struct workload *workload_of(const char *api_version, const char *kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(workloads); i++) {
        if (kind_is(workloads[i].kind, api_version, kind))
            return &workloads[i];
    }
    return NULL;
}
