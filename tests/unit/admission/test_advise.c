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
/* The namespaces of the guide, with the annotation that brings the warning about a plain success back. */
#define VERBOSE_NAMESPACE(name, inject)                                                                                \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " name ", labels: {team: ml, gpuslice.dev/inject: " inject \
    "}, annotations: {gpuslice.dev/advise: verbose}}\n"
#define QUIET_NAMESPACE(name, annotation)                          \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: " name \
    ", labels: {team: ml, gpuslice.dev/inject: enabled}, "         \
    "annotations: {" annotation "}}\n"
#define NAMESPACES                                                 \
    VERBOSE_NAMESPACE("ml", "enabled")                             \
    VERBOSE_NAMESPACE("strict", "required")                        \
    QUIET_NAMESPACE("quiet", "")                                   \
    QUIET_NAMESPACE("quiet-class", "gpuslice.dev/class: t4-third") \
    QUIET_NAMESPACE("quiet-memory", "gpuslice.dev/memory: 5Gi")    \
    QUIET_NAMESPACE("quiet-word", "gpuslice.dev/advise: loud")     \
    MODE_NAMESPACE("warn")                                         \
    MODE_NAMESPACE("shadow")                                       \
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
         "pods of this DaemonSet will be denied [daemonset_gpu]: a pod of a DaemonSet asks for a GPU, but cannot be...\n"},
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

/* A workload's own metadata and selector are looked at with its templates: not when none changed. */
TEST(advise__keys_of_ours_on_the_workload__one_warning_each)
{
#define WITH_KEYS(more, pod) \
    "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"t4-third\"}},\"spec\":{" more "\"template\":" pod "}}"
#define SELECTS         "\"selector\":{\"matchLabels\":{\"gpuslice.dev/class\":\"a\"}},"
#define MISPLACED(kind) kind " annotation gpuslice.dev/class has no effect: make it an annotation of its pod template\n"
    static const struct row rows[] = {
        {"an annotation", APPS("Deployment"), "ml", WITH_KEYS("", IDLE), "", MISPLACED("Deployment")},
        {"and a selector", APPS("StatefulSet"), "ml", WITH_KEYS(SELECTS, IDLE), "",
         MISPLACED(
             "StatefulSet") "StatefulSet selector: remove gpuslice.dev/class, which gpuslice writes: pods may stop matching\n"},
        {"a new template", APPS("Deployment"), "ml", WITH_KEYS("", IDLE), OLD(WORKLOAD(ASKS("1"))),
         MISPLACED("Deployment")},
        {"an unchanged template", APPS("Deployment"), "ml", WITH_KEYS("", IDLE), OLD(WORKLOAD(IDLE)), ""},
        {"mode shadow", APPS("Deployment"), "shadow", WITH_KEYS("", IDLE), "", ""},
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
         "pods of this Deployment will be denied [too_many_slices]: container \"main\" asks for nvidia.com/gpu: \"2\",...\n"},
        {"a class that does not exist", BATCH("Job"), "ml",
         WORKLOAD("{" ANNOTATED("x") ",\"spec\":{\"containers\":[{\"name\":\"main\"}]}}"), "",
         "pods of this Job will be denied [class_unknown]: the pod asks for slice class \"x\", which does not exist;...\n"},
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

TEST(advise__plain_success__is_quiet)
{
#define TWO_CONTAINERS(class)                                                                                     \
    "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"" class "\"}},\"spec\":{\"containers\":[{\"name\":" \
                                                                      "\"a\"},{\"name\":\"b\"}]}}"
    static const struct row rows[] = {
        {"the policy's default", APPS("Deployment"), "quiet", WORKLOAD(ASKS("1")), "", ""},
        {"the namespace's class", APPS("Deployment"), "quiet-class", WORKLOAD(ASKS("1")), "", ""},
        {"the namespace's memory", BATCH("CronJob"), "quiet-memory", CRON(ASKS("1")), "", ""},
        {"another word in the annotation", BATCH("Job"), "quiet-word", WORKLOAD(ASKS("1")), "",
         GETS("Job") "\nnamespace annotation gpuslice.dev/advise is \"loud\", which means nothing: use verbose\n"},
        {"a class that the template chooses", APPS("Deployment"), "quiet",
         WORKLOAD("{" ANNOTATED("a100-1g5gb") ",\"spec\":{\"containers\":[{\"name\":\"main\"}]}}"), "",
         GETS("Deployment") "\n"},
        {"a warning", APPS("StatefulSet"), "quiet", WORKLOAD(TWO_CONTAINERS("t4-third")), "",
         "pods of this StatefulSet get slice class t4-third (nvidia.com/gpu) in: a\n"
         "container a, the first of 2, gets the slice; gpuslice.dev/containers names another\n"},
        {"a denial", APPS("Deployment"), "quiet", WORKLOAD(ASKS("0.5")), "",
         "pods of this Deployment will be denied [invalid_quantity]: container \"main\" asks for nvidia.com/gpu:...\n"},
    };
    check_rows(rows, ARRAY_SIZE(rows));
}

TEST(advise__option_verbose__tells_of_a_plain_success)
{
    AUTO(engine_fixture) fixture = engine_fixture_make(POLICIES, NAMESPACES);
    char lines[LINES_SIZE];
    AUTO(string) review = review_text_of(APPS("Deployment"), "quiet", WORKLOAD(ASKS("1")), "");
    engine_set_verbose_advice(fixture.engine, true);
    advise_lines(&fixture, "verbose", review, lines);
    check_text("verbose", lines, GETS("Deployment") "\n");
}

/* The log line names the workload, and the reason and class of its pods. */
TEST(advise__facts__name_workload_reason_and_class)
{
#define NAMELESS(pod) "{\"metadata\":{\"generateName\":\"train-\"},\"spec\":{\"template\":" pod "}}"
    static const struct {
        const char *kind, *ns, *object, *subject, *reason, *class_name, *policy, *denial;
    } cases[] = {
        {APPS("Deployment"), "quiet", WORKLOAD(ASKS("1")), "Deployment/w", "injected", "a100-1g5gb", "teams", ""},
        {BATCH("Job"), "ml", NAMELESS(ASKS("1")), "Job/train-*", "injected", "a100-1g5gb", "teams", ""},
        {APPS("Deployment"), "ml", WORKLOAD(IDLE), "Deployment/w", "no_gpu_request", "a100-1g5gb", "teams", ""},
        {APPS("StatefulSet"), "ml", WORKLOAD("{" ANNOTATED("x") ",\"spec\":{\"containers\":[{\"name\":\"main\"}]}}"),
         "StatefulSet/w", "class_unknown", "", "teams",
         "the pod asks for slice class \"x\", which does not exist; allowed here: a100-1g5gb (4864Mi), t4-third (5Gi) "
         "[policy teams]"},
        {APPS("Deployment"), "shadow", WORKLOAD(ASKS("0.5")), "Deployment/w", "invalid_quantity", "a100-1g5gb",
         "shadow",
         "container \"main\" asks for nvidia.com/gpu: \"0.5\", which is not a whole number; GPUs are counted in whole "
         "numbers, the same in limits and requests: ask for \"1\", which already is a 1g.5gb slice of an A100 with 4864Mi "
         "(slice class \"a100-1g5gb\") [policy shadow]"},
        {APPS("Deployment"), "plain", WORKLOAD(ASKS("1")), "Deployment/w", "namespace_not_enabled", "", "", ""},
        {APPS("Deployment"), "nowhere", WORKLOAD(ASKS("1")), "Deployment/w", "", "", "", ""},
        {APPS("Deployment"), "ml", JSON({"spec":{}}), "Deployment/", "", "", "", ""},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(POLICIES, NAMESPACES);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(string) review =
            review_text_of(cases[i].kind, cases[i].ns, cases[i].object, JSON(,"userInfo":{"username":"ada"}));
        AUTO(buf) out;
        struct answer_facts facts;
        struct err err;
        const struct post post = {.body = review, .length = strlen(review)};
        buf_init(&out, LINES_SIZE);
        check_success(review, engine_answer(fixture.engine, &routes[ROUTE_ADVISE], &post, &out, &facts, &err), &err);
        check_text(review, facts.decision, "advised");
        check_text(review, facts.subject, cases[i].subject);
        check_text(review, facts.reason, cases[i].reason);
        check_text(review, facts.class_name, cases[i].class_name);
        check_text(review, facts.policy, cases[i].policy);
        check_text(review, facts.denial, cases[i].denial);
        check_text(review, facts.user, cases[i].denial[0] ? "ada" : "");
        check_text(review, facts.uid, "u");
        assert_int_equal(facts.slices, 0);
    }
}
