/* offline/subjects: the objects of files, the reviews made of them, and the decisions about them. */
#include "tests/support/check.h"
#include "tests/support/subject_fixture.h"

#include "base/units.h"
#include "json/pointer.h"
#include "json/yaml_read.h"

#define ENVELOPE(namespace_name, pod)                                                    \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{" \
    "\"uid\":\"00000000-0000-0000-0000-000000000000\","                                  \
    "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"                     \
    "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"            \
    "\"namespace\":\"" namespace_name "\",\"operation\":\"CREATE\",\"object\":" pod ",\"dryRun\":false}}"

#define OWNER(version, kind) \
    "\"ownerReferences\":[{\"apiVersion\":\"" version "\",\"kind\":\"" kind "\",\"name\":\"\",\"controller\":true}]"
#define SPEC JSON({"containers":[{"name":"main"}]})

BEFORE_TESTS()
{
    static struct subject_fixture fixture;
    subject_fixture_lay(&fixture, POLICIES("t4-third"));
    *state = &fixture;
}

AFTER_TESTS()
{
    subject_fixture_clear(*state);
}

TEST(subject_from__one_object__subject_and_review)
{
    static const struct {
        const char *text;
        enum subject_form form;
        const char *title, *pod_pointer, *review;
    } cases[] = {
        {"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: main}]}\n", SUBJECT_POD,
         "Pod/a in default", "",
         ENVELOPE("default",
                  "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"spec\":" SPEC "}")},
        {JSON({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "gen-", "namespace": "ml"}}),
         SUBJECT_POD, "Pod/gen-* in ml", "",
         ENVELOPE("ml", JSON({"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"gen-","namespace":"ml"}}))},
        {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: ml}\nspec:\n  template:\n"
         "    metadata: {labels: {app: d}, namespace: other, ownerReferences: [{kind: DaemonSet}]}\n"
         "    spec: {containers: [{name: main}]}\n",
         SUBJECT_TEMPLATE, "Deployment/d in ml", "/spec/template",
         ENVELOPE("ml", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"labels\":{\"app\":\"d\"}," OWNER(
                            "apps/v1", "Deployment") "},"
                                                     "\"spec\":" SPEC "}")},
        {"apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: "
         "main}]}}}\n",
         SUBJECT_TEMPLATE, "DaemonSet/d in default", "/spec/template",
         ENVELOPE("default",
                  "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"ownerReferences\":[{\"apiVersion\":"
                  "\"apps/v1\",\"kind\":\"DaemonSet\",\"name\":\"\",\"controller\":true}]},\"spec\":" SPEC "}")},
        {"apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\n"
         "spec: {jobTemplate: {spec: {template: {metadata: null, spec: {containers: [{name: main}]}}}}}\n",
         SUBJECT_TEMPLATE, "CronJob/c in default", "/spec/jobTemplate/spec/template",
         ENVELOPE("default", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{" OWNER(
                                 "batch/v1", "CronJob") "},\"spec\":" SPEC "}")},
        {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: half}\n", SUBJECT_UNJUDGED, "Deployment/half", "",
         NULL},
        {"apiVersion: other/v1\nkind: Pod\nmetadata: {name: x, namespace: ml}\n", SUBJECT_OTHER, "Pod/x in ml", "",
         NULL},
        {"apiVersion: v1\nkind: Namespace\nmetadata: {name: \"a\\nb\\e[31m\"}\n", SUBJECT_OTHER, "Namespace/a?b?[31m",
         "", NULL},
        {"apiVersion: v1\nkind: Pod\nmetadata: &m {name: a}\nextra: *m\n", SUBJECT_POD, "Pod/a in default", "",
         ENVELOPE("default", JSON({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"extra":{"name":"a"}}))},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(subject) subject = {0};
        AUTO(buf) title;
        buf_init(&title, TEXT_MAX);
        subject_fixture_subject(cases[i].text, &subject);
        subject_title(&subject, &title);
        assert_string_equal(buf_text(&title), cases[i].title);
        assert_int_equal(subject.form, cases[i].form);
        assert_string_equal(subject.pod_pointer, cases[i].pod_pointer);
        if (!cases[i].review) {
            assert_null(subject.review);
            continue;
        }
        assert_string_equal(subject.review, cases[i].review);
    }
}

TEST(subject_from__review_in_json__same_bytes)
{
    static const char text[] = " {\"kind\": \"AdmissionReview\", \"apiVersion\":\"admission.k8s.io/v1\",\n"
                               "\"request\":{\"uid\":\"u\\u0031\",\"kind\":{\"kind\":\"Pod\"},\"namespace\":\"ml\",\n"
                               "\"name\":\"gone\",\"operation\":\"DELETE\",\"object\":null, \"options\": 1.50}}";
    AUTO(subject) subject = {0};
    AUTO(buf) title;
    AUTO(string) more = NULL;
    buf_init(&title, TEXT_MAX);
    if (asprintf(&more, "%s\n\n", text) < 0)
        abort();
    subject_fixture_subject(more, &subject);
    assert_int_equal(subject.form, SUBJECT_REVIEW);
    assert_null(subject.object);
    subject_title(&subject, &title);
    assert_string_equal(buf_text(&title), "Pod/gone in ml");
    assert_string_equal(subject.review, text);
}

TEST(subject_from__review_in_yaml__as_json)
{
    AUTO(subject) subject = {0};
    subject_fixture_subject("apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  uid: u\n"
                            "  kind: {kind: Pod}\n  object: {metadata: {name: a}, ratio: 0.5}\n",
                            &subject);
    assert_string_equal(subject.name, "a");
    check_json("review", subject.review,
               JSON({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",
                     "request":{"uid":"u","kind":{"kind":"Pod"},"object":{"metadata":{"name":"a"},"ratio":0.5}}}));
}

/* A name is cut to at most 1024 bytes, between two characters. */
TEST(subject_title__long_name__cut_between_characters)
{
    AUTO(subject) subject = {0};
    AUTO(buf) text;
    AUTO(buf) title;
    buf_init(&text, TEXT_MAX);
    buf_init(&title, TEXT_MAX);
    buf_add_string(&text, "apiVersion: v1\nkind: Service\nmetadata: {name: a");
    for (int i = 0; i < 1000; i++)
        buf_add_string(&text, "\xC3\xA4");
    buf_add_string(&text, "}\n");
    subject_fixture_subject(buf_text(&text), &subject);
    subject_title(&subject, &title);
    assert_int_equal(title.length, strlen("Service/a") + 2 * 511);
    assert_memory_equal(title.data + title.length - 2, "\xC3\xA4", 2);
}

#define SPEC_OF "spec: {containers: [{name: c}]}"

TEST(inputs_next__lists__their_objects_in_order)
{
    static const struct {
        const char *text, *titles;
        bool list;
    } cases[] = {
        {"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}, " SPEC_OF "}\n"
         "- {apiVersion: v1, kind: Service, metadata: {name: s}}\n",
         "Pod/a in default, Service/s, ", true},
        {JSON({"apiVersion":"v1","kind":"PodList",
               "items":[{"metadata":{"name":"a","namespace":"ml"},"spec":{"containers":[]}}]}), "Pod/a in ml, ", true},
        {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n"
         "  items: [{apiVersion: v1, kind: Pod, " SPEC_OF
         "}]\n- {apiVersion: v1, kind: Pod, metadata: {name: b}, " SPEC_OF "}\n",
         "Pod in default, Pod/b in default, ", true},
        {"apiVersion: v1\nkind: List\nitems: []\n", "", true},
        {"apiVersion: v1\nkind: List\n", "", true},
        {"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod, " SPEC_OF
         "}]\n---\n{apiVersion: v1, kind: Pod, " SPEC_OF "}\n",
         "Pod in default, Pod in default, ", false},
        {"apiVersion: example.com/v1\nkind: ShoppingList\nmetadata: {name: x}\n", "ShoppingList/x, ", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(reading) reading;
        AUTO(buf) titles;
        const struct input *input;
        buf_init(&titles, TEXT_MAX);
        subject_fixture_open(*state, "x.yaml", cases[i].text, &reading);
        while ((input = subject_fixture_next(&reading)) != NULL) {
            subject_title(&input->subject, &titles);
            buf_add_string(&titles, ", ");
            if (reading.inputs.is_list != cases[i].list)
                fail_msg("%s: while reading, list is %d", cases[i].text, reading.inputs.is_list);
        }
        assert_string_equal(buf_text(&titles), cases[i].titles);
        if (reading.inputs.is_list != cases[i].list)
            fail_msg("%s: list is %d", cases[i].text, reading.inputs.is_list);
    }
}

TEST(inputs_next__list_and_another_file__no_list)
{
    static const char list[] = "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, " SPEC_OF "}]}\n";
    AUTO(reading) first;
    AUTO(reading) second;
    subject_fixture_open(*state, "x.yaml", list, &first);
    subject_fixture_open(*state, "y.yaml", list, &second);
    char *both[] = {first.path, second.path};
    first.inputs.paths = both;
    first.inputs.path_count = 2;
    assert_non_null(subject_fixture_next(&first));
    assert_false(first.inputs.is_list);
    assert_non_null(subject_fixture_next(&first));
    assert_null(subject_fixture_next(&first));
    assert_false(first.inputs.is_list);
}

TEST(inputs_next__wrong_input__problems_with_their_positions)
{
    static const struct {
        const char *text, *problems;
    } cases[] = {
        {"", "x: holds no Kubernetes object\n"},
        {"---\n---\n", "x: holds no Kubernetes object\n"},
        {"kind: Pod\n---\n- x\n---\nword\n",
         "x:1:1: has no apiVersion, must be a Kubernetes object with both apiVersion and kind\n"
         "x:3:1: is a list, must be a Kubernetes object with apiVersion and kind\n"
         "x:5:1: is a single value, must be a Kubernetes object with apiVersion and kind\n"},
        {"apiVersion: v1\n", "x:1:1: has no kind, must be a Kubernetes object with both apiVersion and kind\n"},
        {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n- 7\n",
         "x:4:3: has no kind, must be a Kubernetes object with both apiVersion and kind\n"
         "x:5:3: is a single value, must be a Kubernetes object with apiVersion and kind\n"},
        {"a: 1\na: 2\n", "x:2:1: key \"a\" is given twice, first on line 1\n"},
        {"{\"kind\":\"Pod\",\n \"kind\":\"Pod\"}", "x:2:7: duplicate object key near '\"kind\"'\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(reading) reading;
        AUTO(buf) text;
        buf_init(&text, TEXT_MAX);
        subject_fixture_open(*state, "x", cases[i].text, &reading);
        assert_null(subject_fixture_next(&reading));
        for (size_t j = 0; j < reading.problems.count; j++) {
            char *file = strdup("x");
            assert_non_null(file);
            assert_string_equal(reading.problems.items[j].file, reading.path);
            free(reading.problems.items[j].file);
            reading.problems.items[j].file = file;
        }
        problems_print(&reading.problems, &text);
        assert_string_equal(buf_text(&text), cases[i].problems);
    }
}

TEST(inputs_next__missing_file__not_found_then_the_next_file)
{
    AUTO(reading) reading;
    const struct input *input;
    struct err err = {0};
    subject_fixture_open(*state, "x.yaml", "{apiVersion: v1, kind: Pod, " SPEC_OF "}\n", &reading);
    char nowhere[] = "/nonexistent/pod.yaml";
    char *both[] = {nowhere, reading.path};
    reading.inputs.paths = both;
    reading.inputs.path_count = 2;
    check_failure("none", inputs_next(&reading.inputs, &input, &err), &err, ERR_NOT_FOUND,
                  "/nonexistent/pod.yaml: No such file or directory");
    assert_non_null(subject_fixture_next(&reading));
    assert_null(subject_fixture_next(&reading));
}

/* The document's size is reported; that the file holds no object must not be reported too. */
TEST(inputs_next__document_too_large__one_problem)
{
    AUTO(reading) reading;
    AUTO(string) text = malloc(8 * MIB + 2);
    assert_non_null(text);
    memset(text, 'a', 8 * MIB + 1);
    text[8 * MIB + 1] = '\0';
    subject_fixture_open(*state, "x.yaml", text, &reading);
    assert_null(subject_fixture_next(&reading));
    assert_int_equal(reading.problems.count, 1);
    assert_non_null(strstr(reading.problems.items[0].text, "has more than 8 MiB"));
}

#define A_POD                "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ml}\nspec:\n  containers:\n"
#define GPU_CONTAINER(count) "  - {name: main, resources: {limits: {nvidia.com/gpu: " count "}}}\n"

TEST(subject_judge__pods__outcome_and_reason)
{
    static const struct {
        const char *text;
        enum outcome outcome;
        enum reason reason;
    } cases[] = {
        {A_POD GPU_CONTAINER("1"), OUTCOME_INJECTED, REASON_INJECTED},
        {A_POD GPU_CONTAINER("2"), OUTCOME_DENIED, REASON_TOO_MANY_SLICES},
        {A_POD "  - {name: main}\n", OUTCOME_ALLOWED, REASON_NO_GPU_REQUEST},
        {"apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: d}\n"
         "spec: {template: {spec: {containers: [{name: main}]}}}\n",
         OUTCOME_ALLOWED, REASON_DAEMONSET_POD},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(reading) reading;
        const struct input *input = subject_fixture_first(*state, cases[i].text, &reading);
        assert_string_equal(outcome_name(input->judgement.decision.out.outcome), outcome_name(cases[i].outcome));
        assert_string_equal(reason_name(input->judgement.decision.out.reason), reason_name(cases[i].reason));
        assert_int_equal(reading.inputs.denied, cases[i].outcome == OUTCOME_DENIED);
        assert_null(subject_fixture_next(&reading));
    }
}

TEST(subject_judge__not_a_pods_creation__without_namespace)
{
    AUTO(reading) reading;
    const struct input *input = subject_fixture_first(
        *state,
        "{apiVersion: admission.k8s.io/v1, kind: AdmissionReview, request: {uid: u, operation: DELETE, "
        "kind: {kind: Pod}, name: a, namespace: ml, object: null}}",
        &reading);
    AUTO(json) operations = NULL;
    AUTO(json) object = NULL;
    struct err err = {0};
    assert_int_equal(input->judgement.decision.out.reason, REASON_NOT_POD_CREATE);
    assert_int_equal(subject_patch(&input->subject, &input->judgement, &operations, &err), 0);
    assert_int_equal(json_array_size(operations), 0);
    assert_int_equal(subject_rewrite(&input->subject, &input->judgement, &object, &err), 0);
    assert_true(json_is_null(object));
}

TEST(subject_judge__namespace_not_in_the_file__unavailable)
{
    struct subject_fixture *fixture = *state;
    AUTO(subject) subject = {0};
    AUTO(judgement) judgement = {0};
    struct err err = {0};
    struct namespaces none = {0};
    subject_fixture_subject(A_POD GPU_CONTAINER("1"), &subject);
    check_failure("none", subject_judge(&subject, fixture->loaded.set, &none, &judgement, &err), &err, ERR_UNAVAILABLE,
                  "namespace \"ml\" is not known");
}

/* The template has no metadata, but the pod made of it has. The patch must apply to the template. */
TEST(subject_rewrite__template_without_metadata__gets_it)
{
    AUTO(reading) reading;
    const struct input *input = subject_fixture_first(
        *state,
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec:\n  jobTemplate:\n    spec:\n"
        "      template:\n        spec:\n          containers: [{name: main, resources: {limits: "
        "{nvidia.com/gpu: 1}}}]\n",
        &reading);
    AUTO(json) operations = NULL;
    AUTO(json) object = NULL;
    struct err err = {0};
    assert_int_equal(subject_patch(&input->subject, &input->judgement, &operations, &err), 0);
    const json_t *first = json_array_get(operations, 0);
    assert_string_equal(json_string_value(json_object_get(first, "op")), "add");
    assert_string_equal(json_string_value(json_object_get(first, "path")), "/spec/jobTemplate/spec/template/metadata");
    assert_int_equal(json_object_size(json_object_get(first, "value")), 0);
    assert_int_equal(subject_rewrite(&input->subject, &input->judgement, &object, &err), 0);
    const json_t *written =
        pointer_get(object, "/spec/jobTemplate/spec/template/metadata/labels/gpuslice.dev~1class", &err);
    assert_string_equal(json_string_value(written), "t4-third");
    assert_null(pointer_get(input->subject.object, "/spec/jobTemplate/spec/template/metadata", &err));
}

/* -- Objects with several templates -- */

#define GPU_TEMPLATE(count) \
    "{spec: {containers: [{name: main, image: x, resources: {limits: {nvidia.com/gpu: " count "}}}]}}"
#define RAY(head, first, second)                                                            \
    "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: rc, namespace: ml}\nspec:\n" \
    "  headGroupSpec: {template: " head "}\n  workerGroupSpecs: [{template: " first "}, {template: " second "}]\n"
#define IDLE "{spec: {containers: [{name: main, image: x}]}}"

/* Reads all inputs of a text; adds "title: outcome" or "title: not judged" for each. */
static void list_inputs(struct subject_fixture *fixture, const char *text, bool any_kind, struct reading *reading,
                        struct buf *lines)
{
    const struct input *input;
    subject_fixture_open(fixture, "objects.yaml", text, reading);
    reading->inputs.any_kind = any_kind;
    while ((input = subject_fixture_next(reading))) {
        subject_title(&input->subject, lines);
        if (subject_has_pod(&input->subject))
            buf_addf(lines, ": %s%s%s\n", outcome_name(input->judgement.decision.out.outcome),
                     input->rewrites ? "" : ", not rewritten", input->is_last ? ", last" : "");
        else
            buf_addf(lines, ": %s%s\n", input->subject.unjudged ? input->subject.unjudged : "other",
                     input->is_last ? ", last" : "");
    }
    for (size_t i = 0; i < reading->problems.count; i++)
        buf_addf(lines, "problem: %s\n", reading->problems.items[i].text);
}

TEST(inputs_next__templates__each_is_an_input)
{
    static const struct {
        const char *text, *expected;
        bool unjudged;
    } cases[] = {
        {RAY(IDLE, GPU_TEMPLATE("1"), GPU_TEMPLATE("2")),
         "RayCluster/rc spec.headGroupSpec.template in ml: allowed\n"
         "RayCluster/rc spec.workerGroupSpecs[0].template in ml: injected\n"
         "RayCluster/rc spec.workerGroupSpecs[1].template in ml: denied, last\n",
         false},
        {RAY(IDLE, "{spec: {containers: [{name: 7}]}}", GPU_TEMPLATE("1")),
         "RayCluster/rc spec.headGroupSpec.template in ml: allowed\n"
         "RayCluster/rc spec.workerGroupSpecs[1].template in ml: injected, last\n"
         "problem: RayCluster/rc spec.workerGroupSpecs[0].template in ml: the pod's spec.containers[0].name must be a string\n",
         false},
        {"apiVersion: kubeflow.org/v1\nkind: PyTorchJob\nmetadata: {name: p, namespace: ml}\n"
         "spec: {pytorchReplicaSpecs: {Master: {template: " GPU_TEMPLATE("1") "}}}\n",
         "PyTorchJob/p spec.pytorchReplicaSpecs.Master.template in ml: injected, last\n", false},
        {"apiVersion: kubeflow.org/v1\nkind: Notebook\nmetadata: {name: nb, namespace: ml, annotations: "
         "{gpuslice.dev/class: none}}\nspec: {template: " GPU_TEMPLATE("1") "}\n",
         "Notebook/nb in ml: denied, last\n", false},
        {"apiVersion: v1\nkind: PodTemplate\nmetadata: {name: t, namespace: ml}\ntemplate: " GPU_TEMPLATE("1") "\n",
         "PodTemplate/t in ml: injected, last\n", false},
        {"apiVersion: v1\nkind: ReplicationController\nmetadata: {name: r}\nspec: {template: " GPU_TEMPLATE("2") "}\n",
         "ReplicationController/r in default: denied, last\n", false},
        {"apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet\nmetadata: {name: j, namespace: ml}\nspec: "
         "{replicatedJobs: [{template: {spec: {template: " GPU_TEMPLATE("1") "}}}]}\n",
         "JobSet/j spec.replicatedJobs[0].template.spec.template in ml: injected, last\n", false},
        {"apiVersion: leaderworkerset.x-k8s.io/v1\nkind: LeaderWorkerSet\nmetadata: {name: l, namespace: ml}\nspec: "
         "{leaderWorkerTemplate: {workerTemplate: " GPU_TEMPLATE("1") "}}\n",
         "LeaderWorkerSet/l spec.leaderWorkerTemplate.workerTemplate in ml: injected, last\n", false},
        {"apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\nmetadata: {name: v, namespace: ml}\nspec: {tasks: "
         "[{template: " GPU_TEMPLATE("1") "}]}\n",
         "Job/v spec.tasks[0].template in ml: injected, last\n", false},
        {"apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: w, namespace: ml}\nspec: {templates: "
         "[{container: {image: x, resources: {limits: {nvidia.com/gpu: 2}}}}]}\n",
         "Workflow/w spec.templates[0] in ml: denied, not rewritten, last\n", false},
        {"apiVersion: kueue.x-k8s.io/v1beta1\nkind: Workload\nmetadata: {name: k, namespace: ml}\nspec: {podSets: "
         "[{template: " GPU_TEMPLATE("1") "}]}\n",
         "Workload/k spec.podSets[0].template in ml: injected, not rewritten, last\n", false},
        {"apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: i, namespace: ml}\nspec: "
         "{predictor: {model: {}}, transformer: {containers: [{image: x}]}}\n",
         "InferenceService/i spec.predictor in ml: its container comes from a serving runtime\n"
         "InferenceService/i spec.transformer in ml: allowed, last\n",
         true},
        {"apiVersion: sparkoperator.k8s.io/v1beta2\nkind: SparkApplication\nmetadata: {name: s, namespace: ml}\n",
         "SparkApplication/s in ml: no pod template that gpuslice knows, last\n", true},
        {"apiVersion: example.com/v1\nkind: Train\nmetadata: {name: t, namespace: ml}\nspec: {a: " GPU_TEMPLATE(
             "1") "}\n",
         "Train/t spec.a in ml: injected, not rewritten, last\n", false},
        {"apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: " GPU_TEMPLATE(
             "2") "}\n",
         "Deployment/d spec.template in default: denied, not rewritten, last\n", false},
        {"apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: k}\nspec: {a: " GPU_TEMPLATE("2") "}\n",
         "ClusterPolicy/k: other, last\n", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(reading) reading;
        AUTO(buf) lines;
        buf_init(&lines, TEXT_MAX);
        list_inputs(*state, cases[i].text, false, &reading, &lines);
        check_text(cases[i].text, buf_text(&lines), cases[i].expected);
        assert_int_equal(reading.inputs.unjudged, cases[i].unjudged);
    }
}

static const char *text_at(const struct input *input, const char *pointer)
{
    struct err absent;
    const char *text = json_string_value(pointer_get(json_unconst(input->rewritten), pointer, &absent));
    return text ? text : "";
}

TEST(inputs_next__templates__all_are_rewritten_in_place)
{
    static const struct {
        const char *text;
        const char *pointers[3]; /* each leads to "t4-third" */
    } cases[] = {
        {RAY(GPU_TEMPLATE("1"), GPU_TEMPLATE("2"), GPU_TEMPLATE("1")),
         {"/spec/headGroupSpec/template/metadata/labels/gpuslice.dev~1class",
          "/spec/workerGroupSpecs/1/template/metadata/labels/gpuslice.dev~1class"}},
        {"apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: i, annotations: "
         "{gpuslice.dev/class: t4-third}}\nspec: {predictor: {containers: [{image: x}]}, transformer: {containers: "
         "[{image: x}]}}\n",
         {"/spec/predictor/labels/gpuslice.dev~1class", "/spec/transformer/labels/gpuslice.dev~1class"}},
        {"apiVersion: kubeflow.org/v1\nkind: Notebook\nmetadata: {name: n, annotations: {gpuslice.dev/class: "
         "t4-third, gpuslice.dev/applied: x}}\nspec: {template: " IDLE "}\n",
         {"/spec/template/metadata/labels/gpuslice.dev~1class"}},
        {"apiVersion: example.com/v1\nkind: Train\nmetadata: {name: t}\nspec: {\"a/b\": " GPU_TEMPLATE("1") "}\n",
         {"/spec/a~1b/metadata/labels/gpuslice.dev~1class"}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(reading) reading;
        subject_fixture_open(*state, "objects.yaml", cases[i].text, &reading);
        reading.inputs.any_kind = true;
        const struct input *input = subject_fixture_next(&reading);
        if (!input)
            fail_msg("%s", reading.problems.items[0].text);
        for (size_t j = 0; j < ARRAY_SIZE(cases[i].pointers) && cases[i].pointers[j]; j++)
            check_text(cases[i].pointers[j], text_at(input, cases[i].pointers[j]), "t4-third");
        assert_null(pointer_get(input->subject.object, cases[i].pointers[0], &(struct err){0}));
    }
}
