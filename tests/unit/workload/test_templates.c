/* workload/: the table of kinds, where their templates are found, and the pods that are made of them. */
#include "tests/support/check.h"

#include "json/find.h"
#include "json/patch.h"
#include "workload/shapes.h"
#include "workload/templates.h"

enum { TEXT_MAX = 64 * 1024 };

#define CONTAINERS    JSON([{"name":"a","image":"x"}])
#define TEMPLATE      "{\"spec\":{\"containers\":" CONTAINERS "}}"
#define SPEC(members) "{\"spec\":{" members "}}"
#define AT_TEMPLATE   SPEC("\"template\":" TEMPLATE)
#define IN_JOBS       "\"replicatedJobs\":[{\"template\":{\"spec\":{\"template\":" TEMPLATE "}}}]"
#define REPLICAS(key) SPEC("\"" key "\":{\"Worker\":{\"template\":" TEMPLATE "}}")
#define RAY           "\"headGroupSpec\":{\"template\":" TEMPLATE "},\"workerGroupSpecs\":[{\"template\":" TEMPLATE "}]"
#define CONTAINER     JSON({"container":{"image":"x"}})

struct row {
    const char *group, *kind, *object;
    const char *expected; /* a path a line, with ": why" for what is not judged */
};

/* Lists what is found; "could hold\n" alone if nothing is and that is worth a line. */
static void list(const struct row *row, cJSON *object, struct pod_templates *ret_templates, struct buf *lines)
{
    struct err err = {0};
    check_success(row->kind, templates_find(object, KIND(row->group, row->kind), ret_templates, &err), &err);
    for (size_t i = 0; i < ret_templates->count; i++) {
        const struct pod_template *item = &ret_templates->items[i];
        buf_addf(lines, "%s%s%s\n", item->path, item->unjudged ? ": " : "", item->unjudged ? item->unjudged : "");
    }
    buf_add_string(lines, ret_templates->could_hold ? "could hold\n" : "");
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO(cjson) object = cJSON_Parse(rows[i].object);
        AUTO(templates) templates = {0};
        AUTO(buf) lines;
        buf_init(&lines, TEXT_MAX);
        if (!object)
            fail_msg("%s: %s", rows[i].kind, rows[i].object);
        list(&rows[i], object, &templates, &lines);
        check_text(rows[i].kind, buf_text(&lines), rows[i].expected);
    }
}

static const struct row known[] = {
    {"", "PodTemplate", "{\"template\":" TEMPLATE "}", "template\n"},
    {"", "ReplicationController", AT_TEMPLATE, "spec.template\n"},
    {"apps", "ReplicaSet", AT_TEMPLATE, "spec.template\n"},
    {"apps", "Deployment", AT_TEMPLATE, "spec.template\n"},
    {"apps", "StatefulSet", AT_TEMPLATE, "spec.template\n"},
    {"apps", "DaemonSet", AT_TEMPLATE, "spec.template\n"},
    {"batch", "Job", AT_TEMPLATE, "spec.template\n"},
    {"batch", "CronJob", SPEC("\"jobTemplate\":" AT_TEMPLATE), "spec.jobTemplate.spec.template\n"},
    {"argoproj.io", "Rollout", AT_TEMPLATE, "spec.template\n"},
    {"argoproj.io", "Workflow", SPEC("\"templates\":[{\"dag\":{}}," CONTAINER "]"), "spec.templates[1]\n"},
    {"argoproj.io", "WorkflowTemplate", SPEC("\"templates\":[" CONTAINER "]"), "spec.templates[0]\n"},
    {"argoproj.io", "ClusterWorkflowTemplate", SPEC("\"templates\":[{\"script\":{}}]"), "spec.templates[0]\n"},
    {"argoproj.io", "CronWorkflow", SPEC("\"workflowSpec\":{\"templates\":[" CONTAINER "]}"),
     "spec.workflowSpec.templates[0]\n"},
    {"serving.knative.dev", "Service", AT_TEMPLATE, "spec.template\n"},
    {"serving.knative.dev", "Configuration", AT_TEMPLATE, "spec.template\n"},
    {"serving.kserve.io", "InferenceService",
     SPEC("\"predictor\":{\"containers\":" CONTAINERS "},\"transformer\":{\"containers\":" CONTAINERS
          "},\"explainer\":{\"art\":{}}"),
     "spec.predictor\nspec.transformer\nspec.explainer: its container comes from a serving runtime\n"},
    {"kubeflow.org", "Notebook", AT_TEMPLATE, "spec.template\n"},
    {"kubeflow.org", "PyTorchJob", REPLICAS("pytorchReplicaSpecs"), "spec.pytorchReplicaSpecs.Worker.template\n"},
    {"kubeflow.org", "TFJob", REPLICAS("tfReplicaSpecs"), "spec.tfReplicaSpecs.Worker.template\n"},
    {"kubeflow.org", "MPIJob", REPLICAS("mpiReplicaSpecs"), "spec.mpiReplicaSpecs.Worker.template\n"},
    {"kubeflow.org", "XGBoostJob", REPLICAS("xgbReplicaSpecs"), "spec.xgbReplicaSpecs.Worker.template\n"},
    {"kubeflow.org", "PaddleJob", REPLICAS("paddleReplicaSpecs"), "spec.paddleReplicaSpecs.Worker.template\n"},
    {"kubeflow.org", "JAXJob", REPLICAS("jaxReplicaSpecs"), "spec.jaxReplicaSpecs.Worker.template\n"},
    {"trainer.kubeflow.org", "TrainJob", SPEC("\"trainer\":{\"image\":\"x\"}"), "could hold\n"},
    {"trainer.kubeflow.org", "TrainingRuntime", SPEC("\"template\":{\"spec\":{" IN_JOBS "}}"),
     "spec.template.spec.replicatedJobs[0].template.spec.template\n"},
    {"trainer.kubeflow.org", "ClusterTrainingRuntime", SPEC("\"template\":{\"spec\":{" IN_JOBS "}}"),
     "spec.template.spec.replicatedJobs[0].template.spec.template\n"},
    {"ray.io", "RayCluster", SPEC(RAY), "spec.headGroupSpec.template\nspec.workerGroupSpecs[0].template\n"},
    {"ray.io", "RayJob", SPEC("\"rayClusterSpec\":{" RAY "},\"submitterPodTemplate\":" TEMPLATE),
     "spec.rayClusterSpec.headGroupSpec.template\nspec.rayClusterSpec.workerGroupSpecs[0].template\n"
     "spec.submitterPodTemplate\n"},
    {"ray.io", "RayService", SPEC("\"rayClusterConfig\":{" RAY "}"),
     "spec.rayClusterConfig.headGroupSpec.template\nspec.rayClusterConfig.workerGroupSpecs[0].template\n"},
    {"jobset.x-k8s.io", "JobSet", SPEC(IN_JOBS), "spec.replicatedJobs[0].template.spec.template\n"},
    {"leaderworkerset.x-k8s.io", "LeaderWorkerSet",
     SPEC("\"leaderWorkerTemplate\":{\"workerTemplate\":" TEMPLATE ",\"leaderTemplate\":" TEMPLATE "}"),
     "spec.leaderWorkerTemplate.leaderTemplate\nspec.leaderWorkerTemplate.workerTemplate\n"},
    {"batch.volcano.sh", "Job", SPEC("\"tasks\":[{\"template\":" TEMPLATE "},{\"template\":" TEMPLATE "}]"),
     "spec.tasks[0].template\nspec.tasks[1].template\n"},
    {"kueue.x-k8s.io", "Workload", SPEC("\"podSets\":[{\"template\":" TEMPLATE "}]"), "spec.podSets[0].template\n"},
    {"apps.kruise.io", "CloneSet", AT_TEMPLATE, "spec.template\n"},
    {"apps.kruise.io", "StatefulSet", AT_TEMPLATE, "spec.template\n"},
    {"apps.kruise.io", "DaemonSet", AT_TEMPLATE, "spec.template\n"},
    {"apps.kruise.io", "BroadcastJob", AT_TEMPLATE, "spec.template\n"},
    {"apps.kruise.io", "AdvancedCronJob", SPEC("\"template\":{\"jobTemplate\":" AT_TEMPLATE "}"),
     "spec.template.jobTemplate.spec.template\n"},
    {"sparkoperator.k8s.io", "SparkApplication", SPEC("\"driver\":{\"template\":" TEMPLATE "}"), "could hold\n"},
    {"sparkoperator.k8s.io", "ScheduledSparkApplication", SPEC("\"template\":{\"driver\":{}}"), "could hold\n"},
    {"apps.nvidia.com", "NIMService", SPEC("\"resources\":{}"), "could hold\n"},
    {"autoscaling.x-k8s.io", "CapacityBuffer", SPEC("\"podTemplateRef\":{}"), "could hold\n"},
};

TEST(templates_find__known_kinds__at_their_paths)
{
    check_rows(known, ARRAY_SIZE(known));
}

TEST(workload_find__rows__each_has_an_input_above_and_is_found)
{
    assert_int_equal(workload_count, ARRAY_SIZE(known));
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        const struct workload *workload = workload_find(KIND(known[i].group, known[i].kind));
        if (workload != &workloads[i])
            fail_msg("row %zu: %s", i, known[i].kind);
        assert_true(workload->paths[WORKLOAD_PATHS_MAX - 1] == NULL);
    }
}

TEST(templates_find__known_kinds_without_a_template__could_hold)
{
    static const struct row rows[] = {
        {"apps", "Deployment", SPEC("\"template\":null"), "could hold\n"},
        {"apps", "Deployment", SPEC("\"template\":[]"), "could hold\n"},
        {"apps", "Deployment", "{}", "could hold\n"},
        {"batch", "Job", SPEC("\"jobTemplate\":" AT_TEMPLATE), "could hold\n"},
        {"apps", "Deployment", SPEC("\"template\":{}"), "spec.template\n"},
        {"argoproj.io", "Rollout", SPEC("\"workloadRef\":{\"name\":\"x\"}"), "could hold\n"},
        {"kubeflow.org", "PyTorchJob", SPEC("\"pytorchReplicaSpecs\":[{\"template\":" TEMPLATE "}]"), "could hold\n"},
        {"jobset.x-k8s.io", "JobSet", SPEC("\"replicatedJobs\":{\"a\":{\"template\":" AT_TEMPLATE "}}"),
         "could hold\n"},
        {"serving.kserve.io", "InferenceService", SPEC("\"predictor\":{\"minReplicas\":1}"),
         "spec.predictor: it has no containers\n"},
        {"serving.kserve.io", "InferenceService", SPEC("\"predictor\":{\"model\":{},\"containers\":" CONTAINERS "}"),
         "spec.predictor: its container comes from a serving runtime\n"},
        {"argoproj.io", "Workflow", SPEC("\"templates\":[{\"steps\":[]}]"), "could hold\n"},
        {"argoproj.io", "Workflow", SPEC("\"podSpecPatch\":\"x\",\"templates\":[" CONTAINER "]"),
         "spec.templates[0]: a podSpecPatch changes its pod\n"},
        {"argoproj.io", "Workflow", SPEC("\"templates\":[{\"container\":{},\"podSpecPatch\":\"x\"}," CONTAINER "]"),
         "spec.templates[0]: a podSpecPatch changes its pod\nspec.templates[1]\n"},
        {"argoproj.io", "Workflow", SPEC("\"templateDefaults\":{\"retries\":1},\"templates\":[" CONTAINER "]"),
         "spec.templates[0]: templateDefaults change its pod\n"},
    };
    check_rows(rows, ARRAY_SIZE(rows));
}

#define WITHIN(value) SPEC("\"a\":[{\"b/c\":" value "}]")
#define HIT           "spec.a[0][\"b/c\"]\n"

TEST(templates_find__unknown_kinds__by_shape)
{
    static const struct row rows[] = {
        {"extensions", "Deployment", AT_TEMPLATE, "spec.template\n"},
        {"example.com", "Train", WITHIN(TEMPLATE), HIT},
        {"example.com", "Named", WITHIN("{\"metadata\":{\"labels\":{}},\"spec\":{\"containers\":" CONTAINERS "}}"),
         HIT},
        {"example.com", "Null", WITHIN("{\"metadata\":null,\"spec\":{\"containers\":" CONTAINERS "}}"), HIT},
        {"example.com", "More", WITHIN("{\"replicas\":2,\"spec\":{\"containers\":" CONTAINERS "}}"), HIT},
        {"example.com", "Several", SPEC("\"a\":" TEMPLATE ",\"b\":{\"c\":" TEMPLATE "}"), "spec.a\nspec.b.c\n"},
        {"example.com", "Within", SPEC("\"a\":{\"spec\":{\"containers\":" CONTAINERS ",\"b\":" TEMPLATE "}}"),
         "spec.a\n"},
        {"example.com", "Wrapped",
         SPEC("\"components\":[{\"template\":{\"kind\":\"Job\",\"spec\":{\"template\":" TEMPLATE "}}}]"),
         "spec.components[0].template.spec.template\n"},
        {"kubeflow.org", "PodDefault", AT_TEMPLATE, "spec.template\n"},
    };
    check_rows(rows, ARRAY_SIZE(rows));
}

TEST(templates_find__not_the_shape__nothing)
{
    static const struct row rows[] = {
        {"example.com", "Metadata", WITHIN("{\"metadata\":[],\"spec\":{\"containers\":" CONTAINERS "}}"), ""},
        {"example.com", "Empty", WITHIN(JSON({"spec":{"containers":[]}})), ""},
        {"example.com", "Image", WITHIN(JSON({"spec":{"containers":[{"name":"a"}]}})), ""},
        {"example.com", "Name", WITHIN(JSON({"spec":{"containers":[{"image":"a"}]}})), ""},
        {"example.com", "Second", WITHIN(JSON({"spec":{"containers":[{"name":"a","image":"x"},{"name":"b"}]}})), ""},
        {"example.com", "Number", WITHIN(JSON({"spec":{"containers":[{"name":1,"image":"x"}]}})), ""},
        {"example.com", "Text", WITHIN(JSON({"spec":{"containers":["a"]}})), ""},
        {"example.com", "Init", WITHIN(JSON({"spec":{"initContainers":[{"name":"a","image":"x"}]}})), ""},
        {"example.com", "Inline", WITHIN("{\"containers\":" CONTAINERS "}"), ""},
        {"example.com", "Resources", SPEC("\"resources\":{\"limits\":{}}"), ""},
        {"example.com", "Status", "{\"status\":{\"template\":" TEMPLATE "}}", ""},
        {"example.com", "Beside", "{\"template\":" TEMPLATE "}", ""},
        {"example.com", "Spec itself", "{\"spec\":{\"containers\":" CONTAINERS "}}", ""},
        {"example.com", "Nothing", SPEC("\"template\":{\"spec\":{\"nodeClassRef\":{}}}"), ""},
        {"", "PersistentVolumeClaim", SPEC("\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}"), ""},
        {"", "ConfigMap", "{\"data\":{}}", ""},
        {"resource.k8s.io", "ResourceClaimTemplate", SPEC("\"spec\":{\"resources\":{\"limits\":{\"a.b/c\":1}}}"), ""},
        {"", "Pod", "{\"spec\":{\"containers\":" CONTAINERS "}}", ""},
        {"kyverno.io", "ClusterPolicy", AT_TEMPLATE, ""},
        {"constraints.gatekeeper.sh", "K8sGpu", AT_TEMPLATE, ""},
        {"gatekeeper.sh", "Any", AT_TEMPLATE, ""},
        {"notgatekeeper.sh", "Any", AT_TEMPLATE, "spec.template\n"},
        {"admissionregistration.k8s.io", "MutatingAdmissionPolicy", AT_TEMPLATE, ""},
        {"apiextensions.k8s.io", "CustomResourceDefinition", AT_TEMPLATE, ""},
        {"kustomize.config.k8s.io", "Component", AT_TEMPLATE, ""},
        {"operators.coreos.com", "ClusterServiceVersion", AT_TEMPLATE, ""},
    };
    check_rows(rows, ARRAY_SIZE(rows));
}

/* A path that an author makes long is not repeated for each template below it. */
TEST(templates_find__long_path__not_judged)
{
    char key[2048];
    memset(key, 'k', sizeof(key) - 1);
    key[sizeof(key) - 1] = '\0';
    AUTO(string) text = NULL;
    if (asprintf(&text, "{\"spec\":{\"%s\":%s}}", key, TEMPLATE) < 0)
        abort();
    const struct row row = {"example.com", "Long", text, "spec: its path is longer than 1 KiB\n"};
    check_rows(&row, 1);
}

/* -- Pods -- */

#define OWNER(version, kind) \
    "\"ownerReferences\":[{\"apiVersion\":\"" version "\",\"kind\":\"" kind "\",\"name\":\"\",\"controller\":true}]"
#define POD(metadata, spec) "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{" metadata "},\"spec\":{" spec "}}"
#define MAIN                "\"containers\":" CONTAINERS

static const struct pod_row {
    const char *name, *group, *kind, *object, *pod;
} pods[] = {
    {"no metadata", "apps", "Deployment", AT_TEMPLATE, POD(OWNER("apps/v1", "Deployment"), MAIN)},
    {"what a controller sets", "", "ReplicationController",
     SPEC("\"template\":{\"kind\":\"x\",\"metadata\":{\"namespace\":\"other\",\"labels\":{\"a\":\"b\"},"
          "\"ownerReferences\":[{\"kind\":\"DaemonSet\",\"controller\":true}]},\"spec\":{" MAIN "}}"),
     POD("\"labels\":{\"a\":\"b\"}," OWNER("v1", "ReplicationController"), MAIN)},
    {"metadata of another type", "batch", "Job", SPEC("\"template\":{\"metadata\":7,\"spec\":{" MAIN "}}"),
     POD(OWNER("batch/v1", "Job"), MAIN)},
    {"annotations of the object stay there", "apps", "Deployment",
     "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"a\"}},\"spec\":{\"template\":" TEMPLATE "}}",
     POD(OWNER("apps/v1", "Deployment"), MAIN)},
    {"annotations of a Notebook go down", "kubeflow.org", "Notebook",
     "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"a\",\"other\":\"b\"},\"labels\":{"
     "\"gpuslice.dev/inject\":\"disabled\"}},\"spec\":{\"template\":" TEMPLATE "}}",
     POD(OWNER("kubeflow.org/v1", "Notebook") ",\"annotations\":{\"gpuslice.dev/class\":\"a\"},\"labels\":{"
                                              "\"gpuslice.dev/inject\":\"disabled\"}",
         MAIN)},
    {"a component", "serving.kserve.io", "InferenceService",
     "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"a\",\"gpuslice.dev/memory\":\"1Gi\"}},"
     "\"spec\":{\"predictor\":{\"minReplicas\":1,\"annotations\":{\"gpuslice.dev/class\":\"b\"},"
     "\"containers\":[{\"image\":\"x\"}]}}}",
     POD(OWNER("serving.kserve.io/v1", "InferenceService") ",\"annotations\":{\"gpuslice.dev/class\":\"b\","
                                                           "\"gpuslice.dev/memory\":\"1Gi\"}",
         "\"minReplicas\":1,\"containers\":[{\"image\":\"x\",\"name\":\"kserve-container\"}]")},
    {"Knative names the container", "serving.knative.dev", "Service",
     SPEC("\"template\":{\"spec\":{\"containers\":[{\"image\":\"x\"}]}}"),
     POD(OWNER("serving.knative.dev/v1", "Service"), "\"containers\":[{\"image\":\"x\",\"name\":\"user-container\"}]")},
    {"Knative numbers several containers", "serving.knative.dev", "Service",
     SPEC(
         "\"template\":{\"spec\":{\"containers\":[{\"image\":\"x\"},{\"image\":\"y\",\"name\":\"b\"},{\"image\":\"z\"}],"
         "\"initContainers\":[{\"image\":\"i\"}]}}"),
     POD(OWNER("serving.knative.dev/v1", "Service"),
         "\"containers\":[{\"image\":\"x\",\"name\":\"user-container-0\"},{\"image\":\"y\",\"name\":\"b\"},{\"image\":\"z\","
         "\"name\":\"user-container-1\"}],\"initContainers\":[{\"image\":\"i\",\"name\":\"init-container\"}]")},
    {"Knative's container without a list", "serving.knative.dev", "Service",
     SPEC("\"template\":{\"spec\":{\"containers\":{\"a\":{\"image\":\"x\"}},\"initContainers\":7}}"),
     POD(OWNER("serving.knative.dev/v1", "Service"), "\"containers\":{\"a\":{\"image\":\"x\"}},\"initContainers\":7")},
    {"KServe names the first container only", "serving.kserve.io", "InferenceService",
     SPEC("\"predictor\":{\"containers\":[{\"image\":\"x\"},{\"image\":\"y\"}]}"),
     POD(OWNER("serving.kserve.io/v1", "InferenceService"),
         "\"containers\":[{\"image\":\"x\",\"name\":\"kserve-container\"},{\"image\":\"y\"}]")},
    {"a workflow's template", "argoproj.io", "Workflow",
     SPEC("\"tolerations\":[{\"key\":\"a\"}],\"nodeSelector\":{\"b\":\"c\"},\"podMetadata\":{\"annotations\":{"
          "\"gpuslice.dev/class\":\"d\"}},\"templates\":[{\"nodeSelector\":{\"e\":\"f\"},\"container\":{\"image\":"
          "\"x\"},\"sidecars\":[{\"name\":\"s\"}],\"initContainers\":[{\"name\":\"i\"}],\"inputs\":{}}]"),
     POD(OWNER("argoproj.io/v1", "Workflow") ",\"annotations\":{\"gpuslice.dev/class\":\"d\"}",
         "\"containers\":[{\"image\":\"x\",\"name\":\"main\"},{\"name\":\"s\"}],\"initContainers\":[{\"name\":\"i\"}],"
         "\"nodeSelector\":{\"e\":\"f\"},\"tolerations\":[{\"key\":\"a\"}]")},
    {"a set of containers", "argoproj.io", "CronWorkflow",
     SPEC(
         "\"workflowSpec\":{\"nodeSelector\":{\"b\":\"c\"},\"templates\":[{\"containerSet\":{\"containers\":" CONTAINERS
         "}}]}"),
     POD(OWNER("argoproj.io/v1", "CronWorkflow"), MAIN ",\"nodeSelector\":{\"b\":\"c\"}")},
    {"a DaemonSet", "apps.kruise.io", "DaemonSet", AT_TEMPLATE, POD(OWNER("apps.kruise.io/v1", "DaemonSet"), MAIN)},
};

TEST(templates_take_pod__shapes__as_the_controller_makes_it)
{
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        AUTO(cjson) object = cJSON_Parse(pods[i].object);
        AUTO(templates) templates = {0};
        AUTO(cjson) pod = NULL;
        struct err err = {0};
        check_success(pods[i].name, templates_find(object, KIND(pods[i].group, pods[i].kind), &templates, &err), &err);
        assert_int_equal(templates.count, 1);
        check_success(pods[i].name, templates_take_pod(&templates, 0, &pod, &err), &err);
        AUTO(cjson_text) text = cJSON_PrintUnformatted(pod);
        check_text(pods[i].name, text, pods[i].pod);
    }
}

/* The copies would take the square of the time that reading takes. */
TEST(templates_take_pod__much_is_inherited_often__not_judged)
{
    AUTO(cjson) object = cJSON_Parse(SPEC("\"tolerations\":[],\"templates\":[]"));
    cJSON *tolerations = cjson_find(object, PATH("spec", "tolerations"));
    cJSON *list = cjson_find(object, PATH("spec", "templates"));
    for (int i = 0; i < 1000; i++) {
        assert_true(cjson_add(tolerations, NULL, cJSON_CreateObject()));
        assert_true(cjson_add(list, NULL, cJSON_Parse(CONTAINER)));
    }
    AUTO(templates) templates = {0};
    struct err err = {0};
    size_t judged = 0;
    check_success("", templates_find(object, KIND("argoproj.io", "Workflow"), &templates, &err), &err);
    for (size_t i = 0; i < templates.count; i++) {
        AUTO(cjson) pod = NULL;
        check_success("", templates_take_pod(&templates, i, &pod, &err), &err);
        judged += pod != NULL;
        assert_true((pod == NULL) == (templates.items[i].unjudged != NULL));
    }
    assert_int_equal(templates.count, 1000);
    assert_int_equal(judged, 99);
}

TEST(shape_add_pointer__shapes__place_in_the_object)
{
    static const struct {
        const char *group, *kind, *pointer, *in_pod, *expected;
    } cases[] = {
        {"apps", "Deployment", "/spec/template", "/metadata/labels/a~1b", "/spec/template/metadata/labels/a~1b"},
        {"x.io", "Unknown", "/spec/t/0", "/spec/containers/0", "/spec/t/0/spec/containers/0"},
        {"serving.kserve.io", "InferenceService", "/spec/predictor", "/spec/tolerations/-",
         "/spec/predictor/tolerations/-"},
        {"serving.kserve.io", "InferenceService", "/spec/predictor", "/metadata/annotations",
         "/spec/predictor/annotations"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) out;
        buf_init(&out, TEXT_MAX);
        shape_add_pointer(workload_find(KIND(cases[i].group, cases[i].kind)), cases[i].pointer, cases[i].in_pod, &out);
        check_text(cases[i].kind, buf_text(&out), cases[i].expected);
    }
}

TEST(templates_are_single__kinds__by_their_paths)
{
    static const struct row rows[] = {
        {"apps", "Deployment", AT_TEMPLATE, "yes"},
        {"batch", "CronJob", SPEC("\"jobTemplate\":" AT_TEMPLATE), "yes"},
        {"ray.io", "RayCluster", SPEC(RAY), "no"},
        {"kubeflow.org", "TFJob", REPLICAS("tfReplicaSpecs"), "no"},
        {"jobset.x-k8s.io", "JobSet", SPEC(IN_JOBS), "no"},
        {"extensions", "Deployment", AT_TEMPLATE, "no"},
        {"apps", "Deployment", "{}", "no"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        AUTO(cjson) object = cJSON_Parse(rows[i].object);
        AUTO(templates) templates = {0};
        struct err err = {0};
        check_success("", templates_find(object, KIND(rows[i].group, rows[i].kind), &templates, &err), &err);
        check_text(rows[i].kind, templates_are_single(&templates) ? "yes" : "no", rows[i].expected);
    }
}
