/* What the command line says about objects as people bring them, with the shipped policies and the namespaces of
 * docs/examples. tests/cases has those of which a SliceTest can say what is right. */
#include "tests/support/check.h"
#include "tests/support/cli.h"

#define GPU(n)   "{containers: [{name: c, image: x, resources: {limits: {nvidia.com/gpu: " n "}}}]}"
#define META(ns) "metadata: {name: a, namespace: " ns "}\n"
#define POD      "apiVersion: v1\nkind: Pod\n"
/* As `kubectl get pod -o yaml` prints it; `own` begins with a comma or is "". */
#define OBSERVED(ns, own, status)                                 \
    POD "metadata: {name: a, namespace: " ns ", uid: u" own "}\n" \
        "spec: {nodeName: node-1, containers: [{name: c, image: x, resources: {limits: {nvidia.com/gpu: 1}}}]}\n" status
#define RECORD(t) ", annotations: {gpuslice.dev/applied: '" t "'}"
#define DEPLOYMENT(own)                                                                 \
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: ml-team" own \
    "}\nspec: {template: {spec: " GPU("1") "}}\n"
#define REVIEW(record)                                                                                 \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u\"," \
    "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"                                   \
    "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"                          \
    "\"namespace\":\"ml-team\",\"operation\":\"CREATE\",\"object\":{\"metadata\":{\"name\":\"p\","     \
    "\"annotations\":{\"gpuslice.dev/applied\":\"" record "\"}},\"spec\":{\"containers\":"             \
    "[{\"name\":\"c\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":1}}}]}}}}"

#define MUTATE(form)                                                               \
    {                                                                              \
        "mutate", "-o", form, "--namespaces", "docs/examples/namespaces.yaml", "-" \
    }
#define EXPLAIN                                                         \
    {                                                                   \
        "explain", "--namespaces", "docs/examples/namespaces.yaml", "-" \
    }
#define LINT                                         \
    {                                                \
        "lint", "docs/examples/namespaces.yaml", "-" \
    }

static const struct cli_case cases[] = {
    /* Workloads of operators: exit status 0 means that they were looked at. */
    {"a Notebook that is denied",
     MUTATE("diff"),
     "apiVersion: kubeflow.org/v1\nkind: Notebook\n" META("ml-team") "spec: {template: {spec: " GPU("2") "}}\n",
     1,
     {"Notebook/a", "gpu-whole"},
     {NULL}},
    {"a PyTorchJob, as reviews of its pods",
     MUTATE("review"),
     "apiVersion: kubeflow.org/v1\nkind: PyTorchJob\n" META(
         "ml-team") "spec: {pytorchReplicaSpecs: {Worker: {template: {spec: " GPU("2") "}}}}\n",
     1,
     {"\"allowed\":false"},
     {NULL}},
    {"a RayCluster, each template by its path",
     EXPLAIN,
     "apiVersion: ray.io/v1\nkind: RayCluster\n" META(
         "ml-team") "spec: {headGroupSpec: {template: {spec: {containers: [{name: h}]}}},\n"
                    "  workerGroupSpecs: [{template: {spec: " GPU("1") "}}]}\n",
     0,
     {"RayCluster/a spec.headGroupSpec.template in ml-team: allowed",
      "spec.workerGroupSpecs[0].template in ml-team: injected"},
     {NULL}},
    {"a JobSet for lint",
     LINT,
     "apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\n" META(
         "ml-team") "spec: {replicatedJobs: [{name: w, template: {spec: {template: {spec: " GPU("2") "}}}}]}\n",
     1,
     {"JobSet/a spec.replicatedJobs[0].template.spec.template", "[workload-denied]"},
     {NULL}},
    {"a SparkApplication, which holds no template",
     EXPLAIN,
     "apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\n" META(
         "ml-team") "spec: {executor: {gpu: {name: nvidia.com/gpu, quantity: 1}}}\n",
     2,
     {"SparkApplication/a in ml-team: no pod template that gpuslice knows: not judged"},
     {NULL}},
    {"a model of KServe without containers",
     MUTATE("diff"),
     "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\n" META(
         "ml-team") "spec: {predictor: {model: {modelFormat: {name: huggingface}, resources: {limits: {nvidia.com/gpu: 2}}}}}\n",
     2,
     {"InferenceService/a spec.predictor in ml-team: its container comes from a serving runtime: not judged"},
     {NULL}},
    {"a ServingRuntime, whose containers are a part of pods",
     EXPLAIN,
     "apiVersion: serving.kserve.io/v1alpha1\nkind: ServingRuntime\n" META("ml-team") "spec: " GPU("1") "\n",
     2,
     {"not judged"},
     {NULL}},
    {"a Deployment with a null template",
     MUTATE("patch"),
     "apiVersion: apps/v1\nkind: Deployment\n" META("ml-team") "spec: {template: null}\n",
     2,
     {"not judged"},
     {NULL}},

    /* Labels in selectors, and keys that are not in their place, for lint. */
    {"a selector with the class",
     LINT,
     "apiVersion: apps/v1\nkind: Deployment\n" META(
         "ml-team") "spec:\n  selector: {matchLabels: {gpuslice.dev/class: a100-1g5gb}}\n"
                    "  template: {metadata: {labels: {gpuslice.dev/class: a100-1g5gb}}, spec: " GPU("1") "}\n",
     1,
     {"[selector-on-written-label]", "label_conflict"},
     {NULL}},
    {"a class on the Deployment",
     LINT,
     DEPLOYMENT(", annotations: {gpuslice.dev/class: a100-1g5gb}"),
     1,
     {"[own-key-unread]", "pod template"},
     {NULL}},
    {"a memory as a label of the Deployment",
     LINT,
     DEPLOYMENT(", labels: {gpuslice.dev/memory: 20Gi}"),
     1,
     {"[own-key-unread]"},
     {NULL}},
    {"a misspelt key of the Deployment",
     LINT,
     DEPLOYMENT(", annotations: {gpuslice.dev/klass: t4-third}"),
     1,
     {"[own-key-unread]", "did you mean gpuslice.dev/class?"},
     {NULL}},
    {"a class on the job template of a CronJob",
     LINT,
     "apiVersion: batch/v1\nkind: CronJob\n" META(
         "ml-team") "spec: {jobTemplate: {metadata: {annotations: {gpuslice.dev/class: t4-third}}, spec: {template: {spec: " GPU("1") "}}}}\n",
     1,
     {"[own-key-unread]", "job template annotation gpuslice.dev/class has no effect"},
     {NULL}},
    {"a namespace that is opted in by an annotation",
     LINT,
     "apiVersion: v1\nkind: Namespace\nmetadata: {name: q, annotations: {gpuslice.dev/inject: enabled}}\n",
     1,
     {"Namespace/q", "make it a label"},
     {NULL}},
    {"an empty class of a pod without a GPU",
     LINT,
     POD "metadata: {name: a, namespace: ml-team, annotations: {gpuslice.dev/class: \"\"}}\n"
         "spec: {containers: [{name: c}]}\n",
     1,
     {"is empty: it counts as left out"},
     {"workload-denied"}},

    /* Pods that exist are judged as at their creation. */
    {"a pod that runs, without a record",
     EXPLAIN,
     OBSERVED("ml-team", "", "status: {phase: Running}\n"),
     0,
     {"exists, with no record; created today it would get class t4-third"},
     {"bound_gpu", "none of"}},
    {"a pod that runs in a required namespace",
     EXPLAIN,
     OBSERVED("production", "", "status: {phase: Running}\n"),
     0,
     {"Pod/a in production: injected", "created today it would get class t4-third"},
     {"bound_gpu", "none of"}},
    {"a pod that has ended, whose class is another today",
     EXPLAIN,
     OBSERVED("mig-team", RECORD(JSON({"class":"t4-third","policy":"ml-teams","revision":"0123456789ab",
                                       "containers":["c"],"was":{"c":{"nvidia.com/gpu":1}}})),
              "status: {phase: Succeeded}\n"),
     0,
     {"with a record of class t4-third (policy ml-teams", "created today it would get class a100-1g5gb"},
     {"bound_gpu", NULL}},
    {"a pod that runs, changed",
     MUTATE("diff"),
     OBSERVED("ml-team", "", ""),
     0,
     {"exists, with no record", "+    gpuslice.dev/class: t4-third"},
     {"bound_gpu", NULL}},
    {"a manifest with a node is no pod that exists",
     EXPLAIN,
     POD META(
         "ml-team") "spec: {nodeName: node-1, containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}\n",
     0,
     {"[bound_gpu]"},
     {"exists", NULL}},

    /* Audit annotations have our decision, whatever the record says. */
    {"a forged record of another policy",
     MUTATE("review"),
     REVIEW("{\\\"class\\\":\\\"t4-third\\\",\\\"policy\\\":\\\"trial\\\",\\\"revision\\\":\\\"000000000000\\\","
            "\\\"containers\\\":[\\\"c\\\"]}"),
     0,
     {"\"class\":\"t4-third\",\"policy\":\"ml-teams\""},
     {"\"revision\":\"000000000000\"", NULL}},
};

TEST(commands__objects_as_people_bring_them__what_is_right)
{
    cli_check_cases(cases, ARRAY_SIZE(cases));
}
