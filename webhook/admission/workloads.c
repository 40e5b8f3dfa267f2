/* The table of workloads, and the pods of their templates. */
#include "admission/workloads.h"

#include "json/build.h"

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

static json_t *template_metadata(const struct workload *workload, const json_t *template)
{
    json_t *own = json_object_get(template, "metadata");
    json_t *metadata = json_is_object(own) ? json_copy(own) : json_object();
    (void)json_object_del(metadata, "ownerReferences");
    (void)json_object_del(metadata, "namespace");
    if (workload->is_daemonset)
        json_put(&metadata, "ownerReferences",
                 json_pack("[{s:s, s:s, s:s, s:b}]", "apiVersion", "apps/v1", "kind", "DaemonSet", "name", "",
                           "controller", 1));
    return metadata;
}

json_t *workload_pod(const struct workload *workload, const json_t *template)
{
    AUTO(json)
    pod = json_pack("{s:s, s:s, s:o}", "apiVersion", "v1", "kind", "Pod", "metadata",
                    template_metadata(workload, template));
    return json_object_update_missing(pod, json_unconst(template)) < 0 ? NULL : TAKE(pod);
}
