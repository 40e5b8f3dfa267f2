/* Advice on workloads: which kinds get it, when there is none, and its text. */
#include "json/patch.h"
#include "tests/support/check.h"
#include "tests/support/engine_fixture.h"

#define ASKS(quantity)                                                                                                 \
    "{\"spec\":{\"containers\":[{\"name\":\"main\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"" quantity "\"}}}]" \
    "}}"
#define IDLE             JSON({"spec":{"containers":[{"name":"web"}]}})
#define WORKLOAD(pod)    "{\"metadata\":{\"name\":\"w\"},\"spec\":{\"template\":" pod "}}"
#define CRON(pod)        "{\"spec\":{\"jobTemplate\":{\"spec\":{\"template\":" pod "}}}}"
#define APPS(kind)       "\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"" kind "\""
#define BATCH(kind)      "\"group\":\"batch\",\"version\":\"v1\",\"kind\":\"" kind "\""
#define GETS(kind)       "pods of this " kind " get slice class a100-1g5gb (nvidia.com/mig-1g.5gb) in: main"
#define OLD(object)      ",\"oldObject\":" object
#define LINES_SIZE       2048
#define ANNOTATED(value) "\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"" value "\"}}"

/* Two more policies, with mode warn and mode shadow. */
#define POLICIES                                                                                              \
    GUIDE_POLICY "---\n" API "kind: SlicePolicy\nmetadata: {name: warn}\n"                                    \
                 "spec: {namespaces: {names: [warn]}, classes: {default: a100-1g5gb}, mode: warn}\n---\n" API \
                 "kind: SlicePolicy\nmetadata: {name: shadow}\n"                                              \
                 "spec: {namespaces: {names: [shadow]}, classes: {default: a100-1g5gb}, mode: shadow}\n"
#define MODE_NAMESPACE(name) \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " name ", labels: {gpuslice.dev/inject: enabled}}\n"
#define NAMESPACES                                                   \
    GUIDE_NAMESPACES MODE_NAMESPACE("warn") MODE_NAMESPACE("shadow") \
        MODE_NAMESPACE("lonely") "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: plain, labels: {team: ml}}\n"

/* Sets `lines` to the warnings of the answer, a line each without its prefix, and checks the rest of the answer. */
static void advise_lines(struct engine_fixture *fixture, const char *name, const char *review, char lines[LINES_SIZE])
{
    static const char head[] = "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"response\":{"
                               "\"uid\":\"u\",\"allowed\":true";
    AUTO(buf) out;
    struct answer_facts facts;
    struct err err;
    const struct post post = {.body = review, .length = strlen(review)};
    buf_init(&out, LINES_SIZE);
    check_success(name, engine_answer(fixture->engine, &routes[ROUTE_ADVISE], &post, &out, &facts, &err), &err);
    check_text(name, facts.decision, "advised");
    assert_memory_equal(buf_text(&out), head, sizeof(head) - 1);
    AUTO(cjson) answer = cJSON_Parse(buf_text(&out));
    const cJSON *response = cJSON_GetObjectItem(answer, "response");
    const cJSON *warnings = cJSON_GetObjectItem(response, "warnings");
    assert_int_equal(cJSON_GetArraySize(response), warnings ? 3 : 2);
    lines[0] = '\0';
    const cJSON *line;
    cJSON_ArrayForEach(line, warnings) {
        size_t used = strlen(lines);
        assert_true(strlen(line->valuestring) <= 120);
        assert_memory_equal(line->valuestring, "gpuslice: ", 10);
        (void)snprintf(lines + used, LINES_SIZE - used, "%s\n", line->valuestring + 10);
    }
}

struct row {
    const char *name, *kind, *namespace_name, *object, *more, *expected;
};

static void check_rows(const struct row *rows, size_t count)
{
    AUTO(engine_fixture) fixture = engine_fixture_make(POLICIES, NAMESPACES);
    for (size_t i = 0; i < count; i++) {
        char lines[LINES_SIZE];
        AUTO(string) review = review_text_of(rows[i].kind, rows[i].namespace_name, rows[i].object, rows[i].more);
        advise_lines(&fixture, rows[i].name, review, lines);
        check_text(rows[i].name, lines, rows[i].expected);
    }
}

TEST(advise__kinds__each_template_is_found)
{
    static const struct row rows[] = {
        {"Deployment", APPS("Deployment"), "ml", WORKLOAD(ASKS("1")), "", GETS("Deployment") "\n"},
        {"StatefulSet", APPS("StatefulSet"), "ml", WORKLOAD(ASKS("1")), "", GETS("StatefulSet") "\n"},
        {"ReplicaSet", APPS("ReplicaSet"), "ml", WORKLOAD(ASKS("1")), "", GETS("ReplicaSet") "\n"},
        {"Job", BATCH("Job"), "ml", WORKLOAD(ASKS("1")), "", GETS("Job") "\n"},
        {"CronJob", BATCH("CronJob"), "ml", CRON(ASKS("1")), "", GETS("CronJob") "\n"},
        {"DaemonSet: its pods cannot be placed", APPS("DaemonSet"), "ml", WORKLOAD(ASKS("1")), "",
         "a pod of a DaemonSet asks for a GPU; it is left unchanged and is not placed on a slice pool\n"},
        {"DaemonSet, required", APPS("DaemonSet"), "strict", WORKLOAD(ASKS("1")), "",
         "pods of this DaemonSet will be denied: a pod of a DaemonSet asks for a GPU, but cannot be placed on a...\n"},
        {"DaemonSet without GPU", APPS("DaemonSet"), "strict", WORKLOAD(IDLE), "", ""},
        {"a Deployment of another group", JSON("group":"extensions","kind":"Deployment"), "ml", WORKLOAD(ASKS("1")), "",
         ""},
        {"a Job with the template path of a CronJob", BATCH("Job"), "ml", CRON(ASKS("1")), "", ""},
        {"a Pod", KIND_POD, "ml", ASKS("1"), "", ""},
        {"another kind", JSON("group":"kubeflow.org","kind":"PyTorchJob"), "ml", WORKLOAD(ASKS("1")), "", ""},
    };
    check_rows(rows, ARRAY_SIZE(rows));
}

TEST(advise__template_unchanged_or_missing__is_silent)
{
    static const struct row rows[] = {
        {"created", APPS("Deployment"), "ml", WORKLOAD(ASKS("1")), OLD("null"), GETS("Deployment") "\n"},
        {"the same", APPS("Deployment"), "ml", WORKLOAD(ASKS("1")), OLD(WORKLOAD(ASKS("1"))), ""},
        {"scaled", APPS("Deployment"), "ml", "{\"spec\":{\"replicas\":3,\"template\":" ASKS("1") "}}",
         OLD("{\"spec\":{\"replicas\":1,\"template\":" ASKS("1") "}}"), ""},
        {"changed", APPS("Deployment"), "ml", WORKLOAD(ASKS("1")), OLD(WORKLOAD(ASKS("2"))), GETS("Deployment") "\n"},
        {"had no template", APPS("Deployment"), "ml", WORKLOAD(ASKS("1")), OLD(JSON({"spec":{}})),
         GETS("Deployment") "\n"},
        {"unchanged, though refused", APPS("Deployment"), "ml", WORKLOAD(ASKS("2")), OLD(WORKLOAD(ASKS("2"))), ""},
        {"a CronJob, the same", BATCH("CronJob"), "ml", CRON(ASKS("1")), OLD(CRON(ASKS("1"))), ""},
        {"deleted", APPS("Deployment"), "ml", "null", OLD(WORKLOAD(ASKS("1"))), ""},
        {"no template", APPS("Deployment"), "ml", JSON({"spec":{}}), "", ""},
        {"a template of another type", APPS("Deployment"), "ml", WORKLOAD("[]"), "", ""},
    };
    check_rows(rows, ARRAY_SIZE(rows));
}

TEST(advise__outcomes__exact_text)
{
    static const struct row rows[] = {
        {"nothing would be done", APPS("Deployment"), "ml", WORKLOAD(IDLE), "", ""},
        {"a namespace that is not enabled", APPS("Deployment"), "plain", WORKLOAD(ASKS("1")), "", ""},
        {"no policy", APPS("Deployment"), "lonely", WORKLOAD(ASKS("1")), "",
         "no SlicePolicy matches namespace lonely: the GPU request is left unchanged\n"},
        {"a denial is shortened", APPS("Deployment"), "ml", WORKLOAD(ASKS("2")), "",
         "pods of this Deployment will be denied: container \"main\" asks for nvidia.com/gpu: \"2\", but slice class...\n"},
        {"a class that does not exist", BATCH("Job"), "ml",
         WORKLOAD("{" ANNOTATED("x") ",\"spec\":{\"containers\":[{\"name\":\"main\"}]}}"), "",
         "pods of this Job will be denied: the pod asks for slice class \"x\", which does not exist; allowed here:...\n"},
        {"several containers, with a warning of the decision", APPS("StatefulSet"), "ml",
         WORKLOAD("{" ANNOTATED("t4-third") ",\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}}"), "",
         "pods of this StatefulSet get slice class t4-third (nvidia.com/gpu) in: a\n"
         "container a, the first of 2, gets the slice; gpuslice.dev/containers names another\n"},
        {"slices in two containers", APPS("Deployment"), "ml",
         WORKLOAD(JSON({"metadata":{"annotations":{"gpuslice.dev/class":"t4-third","gpuslice.dev/containers":"b,i"}},
                        "spec":{"initContainers":[{"name":"i"}],"containers":[{"name":"a"},{"name":"b"}]}})),
         "", "pods of this Deployment get slice class t4-third (nvidia.com/gpu) in: i, b\n"},
        {"the template's namespace and owners do not count", APPS("Deployment"), "ml",
         WORKLOAD(JSON({"metadata":{"namespace":"other",
                         "ownerReferences":[{"kind":"DaemonSet","name":"d","controller":true}]},
                        "spec":{"containers":[{"name":"main","resources":{"limits":{"nvidia.com/gpu":"1"}}}]}})), "",
         GETS("Deployment") "\n"},
        {"template metadata null", APPS("Deployment"), "ml",
         WORKLOAD(JSON({"metadata":null,
                        "spec":{"containers":[{"name":"main","resources":{"limits":{"nvidia.com/gpu":"1"}}}]}})), "",
         GETS("Deployment") "\n"},
        {"mode warn", APPS("Deployment"), "warn", WORKLOAD(ASKS("1")), "",
         "mode warn: would get slice class a100-1g5gb, nvidia.com/mig-1g.5gb (policy warn)\n"},
        {"mode shadow", APPS("Deployment"), "shadow", WORKLOAD(ASKS("2")), "", ""},
        {"opted out", APPS("Deployment"), "ml",
         WORKLOAD(JSON({"metadata":{"labels":{"gpuslice.dev/inject":"disabled"}},
                        "spec":{"containers":[{"name":"main","resources":{"limits":{"nvidia.com/gpu":"1"}}}]}})), "",
         ""},
    };
    check_rows(rows, ARRAY_SIZE(rows));
}

#define RAY_KIND           JSON("group":"ray.io","version":"v1","kind":"RayCluster")
#define RAY(head, workers) "{\"spec\":{\"headGroupSpec\":{\"template\":" head "},\"workerGroupSpecs\":[" workers "]}}"
#define GROUP(template)    "{\"template\":" template "}"
#define NAMED_ASKS(image) \
    JSON({"spec":{"containers":[{"name":"main","image":image,"resources":{"limits":{"nvidia.com/gpu":"1"}}}]}})
#define MALFORMED     JSON({"spec":{"containers":[{"name":7}]}})
#define GETS_AT(path) path ": pods get slice class a100-1g5gb (nvidia.com/mig-1g.5gb) in: main\n"
#define WORKER_0      "spec.workerGroupSpecs[0].template"
#define WORKER_1      "spec.workerGroupSpecs[1].template"

TEST(advise__other_kinds__each_template_gets_a_warning)
{
    static const struct row rows[] = {
        {"ReplicationController", JSON("group":"","version":"v1","kind":"ReplicationController"), "ml",
         WORKLOAD(ASKS("1")), "", GETS("ReplicationController") "\n"},
        {"Rollout", JSON("group":"argoproj.io","kind":"Rollout"), "ml", WORKLOAD(ASKS("1")), "", GETS("Rollout") "\n"},
        {"head and workers", RAY_KIND, "ml", RAY(IDLE, GROUP(ASKS("1")) "," GROUP(ASKS("1"))), "",
         GETS_AT(WORKER_0) GETS_AT(WORKER_1)},
        {"one is malformed", RAY_KIND, "ml", RAY(IDLE, GROUP(MALFORMED) "," GROUP(ASKS("1"))), "",
         WORKER_0 ": the pod's spec.containers[0].name must be a string\n" GETS_AT(WORKER_1)},
        {"none has changed", RAY_KIND, "ml", RAY(ASKS("1"), GROUP(ASKS("1"))), OLD(RAY(ASKS("1"), GROUP(ASKS("1")))),
         ""},
        {"one has changed", RAY_KIND, "ml", RAY(ASKS("1"), GROUP(ASKS("1")) "," GROUP(ASKS("1"))),
         OLD(RAY(ASKS("1"), GROUP(ASKS("2")) "," GROUP(ASKS("1")))), GETS_AT(WORKER_0)},
        {"one was added", RAY_KIND, "ml", RAY(ASKS("1"), GROUP(ASKS("1")) "," GROUP(ASKS("1"))),
         OLD(RAY(ASKS("1"), GROUP(ASKS("1")))), GETS_AT(WORKER_1)},
        {"one was removed", RAY_KIND, "ml", RAY(ASKS("1"), ""), OLD(RAY(ASKS("1"), GROUP(ASKS("1")))), ""},
        {"annotations that go down have changed", JSON("group":"kubeflow.org","kind":"Notebook"), "ml",
         "{" ANNOTATED("a100-1g5gb") ",\"spec\":{\"template\":" ASKS("1") "}}", OLD(WORKLOAD(ASKS("1"))),
         GETS("Notebook") "\n"},
        {"a component", JSON("group":"serving.kserve.io","kind":"InferenceService"), "ml",
         JSON({"spec":{"predictor":{"containers":[{"image":"x","resources":{"limits":{"nvidia.com/gpu":"1"}}}]}}}), "",
         "pods of this InferenceService get slice class a100-1g5gb (nvidia.com/mig-1g.5gb) in: "
         "kserve-container\n"},
        {"a component that cannot be judged", JSON("group":"serving.kserve.io","kind":"InferenceService"), "ml",
         JSON({"spec":{"predictor":{"model":{"resources":{"limits":{"nvidia.com/gpu":"1"}}}}}}), "", ""},
        {"a step of a workflow", JSON("group":"argoproj.io","kind":"Workflow"), "ml",
         JSON({"spec":{"templates":[{"container":{"image":"x","resources":{"limits":{"nvidia.com/gpu":"1"}}}}]}}), "",
         GETS("Workflow") "\n"},
        {"an unknown kind", JSON("group":"example.com","kind":"Train"), "ml",
         "{\"spec\":{\"a\":[" NAMED_ASKS("x") "]}}", "", GETS("Train") "\n"},
        {"a policy that holds a pattern", JSON("group":"kyverno.io","kind":"ClusterPolicy"), "ml",
         "{\"spec\":{\"a\":[" NAMED_ASKS("x") "]}}", "", ""},
        {"a subresource", JSON("group":"apps","kind":"Deployment"), "ml", WORKLOAD(ASKS("1")),
         ",\"subResource\":\"status\"", ""},
    };
    check_rows(rows, ARRAY_SIZE(rows));
}
