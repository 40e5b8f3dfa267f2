/* The table of workloads. The paths are those of each kind's current versions (see docs/workloads.md for the projects).
 */
#include "workload/kinds.h"

#include "nvidia/names.h"

#include "base/cleanup.h"
#include "core/names.h"

#include <string.h>

#define TEMPLATE        \
    {                   \
        "spec.template" \
    }
#define KUBEFLOW    "kubeflow.org"
#define ARGO        "argoproj.io"
#define KRUISE      "apps.kruise.io"
#define RAY         "ray.io"
#define KNATIVE     "serving.knative.dev"
#define TRAINER     "trainer.kubeflow.org"
#define CLUSTER(at) at ".headGroupSpec.template", at ".workerGroupSpecs[].template"
#define JOBS(at)                                      \
    {                                                 \
        at ".replicatedJobs[].template.spec.template" \
    }

const struct workload workloads[] = {
    {.kind = {"", "PodTemplate"}, .paths = {"template"}},
    {.kind = {"", "ReplicationController"}, .paths = TEMPLATE},
    {.kind = {"apps", "ReplicaSet"}, .paths = TEMPLATE},
    {.kind = {"apps", "Deployment"}, .paths = TEMPLATE},
    {.kind = {"apps", "StatefulSet"}, .paths = TEMPLATE},
    {.kind = {"apps", "DaemonSet"}, .paths = TEMPLATE, .flags = WORKLOAD_DAEMONSET},
    {.kind = {"batch", "Job"}, .paths = TEMPLATE},
    {.kind = {"batch", "CronJob"}, .paths = {"spec.jobTemplate.spec.template"}},

    {.kind = {ARGO, "Rollout"}, .paths = TEMPLATE},
    {.kind = {ARGO, "Workflow"}, .paths = {"spec.templates[]"}, SHAPE_ARGO_TEMPLATE, WORKLOAD_JUDGED_ONLY, "main"},
    {.kind = {ARGO, "WorkflowTemplate"},
     .paths = {"spec.templates[]"},
     SHAPE_ARGO_TEMPLATE,
     WORKLOAD_JUDGED_ONLY,
     "main"},
    {.kind = {ARGO, "ClusterWorkflowTemplate"},
     .paths = {"spec.templates[]"},
     SHAPE_ARGO_TEMPLATE,
     WORKLOAD_JUDGED_ONLY,
     "main"},
    {.kind = {ARGO, "CronWorkflow"},
     .paths = {"spec.workflowSpec.templates[]"},
     SHAPE_ARGO_TEMPLATE,
     WORKLOAD_JUDGED_ONLY,
     "main"},

    {.kind = {KNATIVE, "Service"}, .paths = TEMPLATE, .container_name = "user-container"},
    {.kind = {KNATIVE, "Configuration"}, .paths = TEMPLATE, .container_name = "user-container"},
    {.kind = {"serving.kserve.io", "InferenceService"},
     .paths = {"spec.predictor", "spec.transformer", "spec.explainer"},
     SHAPE_COMPONENT,
     WORKLOAD_CARRIES,
     "kserve-container"},

    {.kind = {KUBEFLOW, "Notebook"}, .paths = TEMPLATE, .flags = WORKLOAD_CARRIES},
    {.kind = {KUBEFLOW, "PyTorchJob"}, .paths = {"spec.pytorchReplicaSpecs.*.template"}},
    {.kind = {KUBEFLOW, "TFJob"}, .paths = {"spec.tfReplicaSpecs.*.template"}},
    {.kind = {KUBEFLOW, "MPIJob"}, .paths = {"spec.mpiReplicaSpecs.*.template"}},
    {.kind = {KUBEFLOW, "XGBoostJob"}, .paths = {"spec.xgbReplicaSpecs.*.template"}},
    {.kind = {KUBEFLOW, "PaddleJob"}, .paths = {"spec.paddleReplicaSpecs.*.template"}},
    {.kind = {KUBEFLOW, "JAXJob"}, .paths = {"spec.jaxReplicaSpecs.*.template"}},
    {.kind = {TRAINER, "TrainJob"}},
    {.kind = {TRAINER, "TrainingRuntime"}, .paths = JOBS("spec.template.spec")},
    {.kind = {TRAINER, "ClusterTrainingRuntime"}, .paths = JOBS("spec.template.spec")},

    {.kind = {RAY, "RayCluster"}, .paths = {CLUSTER("spec")}},
    {.kind = {RAY, "RayJob"}, .paths = {CLUSTER("spec.rayClusterSpec"), "spec.submitterPodTemplate"}},
    {.kind = {RAY, "RayService"}, .paths = {CLUSTER("spec.rayClusterConfig")}},

    {.kind = {"jobset.x-k8s.io", "JobSet"}, .paths = JOBS("spec")},
    {.kind = {"leaderworkerset.x-k8s.io", "LeaderWorkerSet"},
     .paths = {"spec.leaderWorkerTemplate.leaderTemplate", "spec.leaderWorkerTemplate.workerTemplate"}},
    {.kind = {"batch.volcano.sh", "Job"}, .paths = {"spec.tasks[].template"}},
    {.kind = {"kueue.x-k8s.io", "Workload"}, .paths = {"spec.podSets[].template"}, .flags = WORKLOAD_JUDGED_ONLY},

    {.kind = {KRUISE, "CloneSet"}, .paths = TEMPLATE},
    {.kind = {KRUISE, "StatefulSet"}, .paths = TEMPLATE},
    {.kind = {KRUISE, "DaemonSet"}, .paths = TEMPLATE, .flags = WORKLOAD_DAEMONSET},
    {.kind = {KRUISE, "BroadcastJob"}, .paths = TEMPLATE},
    {.kind = {KRUISE, "AdvancedCronJob"},
     .paths = {"spec.template.jobTemplate.spec.template", "spec.template.broadcastJobTemplate.spec.template"}},

    {.kind = {"sparkoperator.k8s.io", "SparkApplication"}},
    {.kind = {"sparkoperator.k8s.io", "ScheduledSparkApplication"}},
    {.kind = {NVIDIA_APPS_GROUP, "NIMService"}},
    {.kind = {"autoscaling.x-k8s.io", "CapacityBuffer"}},
};
const size_t workload_count = ARRAY_SIZE(workloads);

const struct workload *workload_find(struct kind kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(workloads); i++) {
        if (kind_same(workloads[i].kind, kind))
            return &workloads[i];
    }
    return NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

bool workload_is_excluded(const char *group)
{
    static const char *const groups[] = {
        "admissionregistration.k8s.io", "apiextensions.k8s.io", OWN_GROUP, "kustomize.config.k8s.io", "kyverno.io",
        "operators.coreos.com",         "policies.kyverno.io",
    };
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        if (strcmp(group, groups[i]) == 0)
            return true;
    }
    return strcmp(group, "gatekeeper.sh") == 0 || ends_with(group, ".gatekeeper.sh");
}

bool workload_may_make_pods(const char *group)
{
    return strchr(group, '.') && !ends_with(group, ".k8s.io") && !workload_is_excluded(group);
}
