/* cmd/subjects: what is found in files, the reviews made for it, and what is decided about it. */
#include "tests/support/check.h"
#include "tests/support/subject_text.h"

#include "admission/workloads.h"
#include "json/pointer.h"
#include "json/yaml_read.h"

#define ENVELOPE(namespace_name, pod)                                                    \
    "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{" \
    "\"uid\":\"00000000-0000-0000-0000-000000000000\","                                  \
    "\"kind\":{\"group\":\"\",\"version\":\"v1\",\"kind\":\"Pod\"},"                     \
    "\"resource\":{\"group\":\"\",\"version\":\"v1\",\"resource\":\"pods\"},"            \
    "\"namespace\":\"" namespace_name "\",\"operation\":\"CREATE\",\"object\":" pod ",\"dryRun\":false}}"

#define SPEC JSON({"containers":[{"name":"main"}]})

BEFORE_TESTS()
{
    static struct desk desk;
    desk_lay(&desk, POLICIES("t4-third"));
    *state = &desk;
}

AFTER_TESTS()
{
    desk_clear(*state);
}

TEST(workload_find__all_kinds__pointer_is_the_path)
{
    static const struct {
        const char *group, *kind;
        bool known, is_daemonset;
    } cases[] = {
        {"apps", "Deployment", true, false}, {"apps", "StatefulSet", true, false}, {"apps", "DaemonSet", true, true},
        {"apps", "ReplicaSet", true, false}, {"batch", "Job", true, false},        {"batch", "CronJob", true, false},
        {"", "Deployment", false, false},    {"apps", "Job", false, false},        {"apps", "deployment", false, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct workload *workload = workload_find(KIND(cases[i].group, cases[i].kind));
        AUTO(buf) pointer;
        buf_init(&pointer, TEXT_MAX);
        if ((workload != NULL) != cases[i].known)
            fail_msg("%s/%s", cases[i].group, cases[i].kind);
        if (!workload)
            continue;
        for (size_t j = 0; workload->template_path[j]; j++)
            pointer_add_key(&pointer, workload->template_path[j]);
        assert_string_equal(buf_text(&pointer), workload->template_pointer);
        assert_int_equal(workload->is_daemonset, cases[i].is_daemonset);
    }
}

TEST(subjects_read__one_object__subject_and_review)
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
         ENVELOPE("ml", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"labels\":{\"app\":\"d\"}},"
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
         ENVELOPE("default", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{},\"spec\":" SPEC "}")},
        {"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: half}\n", SUBJECT_OTHER, "Deployment/half", "", NULL},
        {"apiVersion: other/v1\nkind: Pod\nmetadata: {name: x, namespace: ml}\n", SUBJECT_OTHER, "Pod/x in ml", "",
         NULL},
        {"apiVersion: v1\nkind: Namespace\nmetadata: {name: \"a\\nb\\e[31m\"}\n", SUBJECT_OTHER, "Namespace/a?b?[31m",
         "", NULL},
        {"apiVersion: v1\nkind: Pod\nmetadata: &m {name: a}\nextra: *m\n", SUBJECT_POD, "Pod/a in default", "",
         ENVELOPE("default", JSON({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"extra":{"name":"a"}}))},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(subjects) subjects = {0};
        AUTO(problems) problems = {0};
        AUTO(buf) title;
        struct err err = {0};
        buf_init(&title, TEXT_MAX);
        if (desk_read(*state, "x.yaml", cases[i].text, &subjects, &problems, &err) < 0)
            fail_msg("%s: %s", cases[i].text, err.text);
        assert_int_equal(subjects.count, 1);
        const struct subject *subject = &subjects.items[0];
        subject_title(subject, &title);
        assert_string_equal(buf_text(&title), cases[i].title);
        assert_int_equal(subject->form, cases[i].form);
        assert_string_equal(subject->pod_pointer, cases[i].pod_pointer);
        if (!cases[i].review) {
            assert_null(subject->review);
            continue;
        }
        assert_string_equal(subject->review, cases[i].review);
        assert_int_equal(subject->review_length, strlen(cases[i].review));
    }
}

TEST(subjects_read__review_in_json__its_very_bytes)
{
    static const char text[] = " {\"kind\": \"AdmissionReview\", \"apiVersion\":\"admission.k8s.io/v1\",\n"
                               "\"request\":{\"uid\":\"u\\u0031\",\"kind\":{\"kind\":\"Pod\"},\"namespace\":\"ml\",\n"
                               "\"name\":\"gone\",\"operation\":\"DELETE\",\"object\":null, \"options\": 1.50}}\n\n";
    AUTO(subjects) subjects = {0};
    AUTO(problems) problems = {0};
    AUTO(buf) title;
    struct err err = {0};
    buf_init(&title, TEXT_MAX);
    assert_int_equal(desk_read(*state, "x.json", text, &subjects, &problems, &err), 0);
    assert_int_equal(subjects.count, 1);
    const struct subject *subject = &subjects.items[0];
    assert_int_equal(subject->form, SUBJECT_REVIEW);
    assert_null(subject->object);
    subject_title(subject, &title);
    assert_string_equal(buf_text(&title), "Pod/gone in ml");
    assert_int_equal(subject->review_length, strlen(text));
    assert_string_equal(subject->review, text);
}

TEST(subjects_read__review_in_yaml__as_json)
{
    static const char text[] = "apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nrequest:\n  uid: u\n"
                               "  kind: {kind: Pod}\n  object: {metadata: {name: a}, ratio: 0.5}\n";
    AUTO(subjects) subjects = {0};
    AUTO(problems) problems = {0};
    struct err err = {0};
    assert_int_equal(desk_read(*state, "x.yaml", text, &subjects, &problems, &err), 0);
    assert_int_equal(subjects.count, 1);
    assert_string_equal(subjects.items[0].name, "a");
    check_json("review", subjects.items[0].review,
               JSON({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",
                     "request":{"uid":"u","kind":{"kind":"Pod"},"object":{"metadata":{"name":"a"},"ratio":0.5}}}));
}

TEST(subjects_read__lists__their_objects_in_order)
{
    static const struct {
        const char *text, *titles;
        bool list;
    } cases[] = {
        {"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n"
         "- {apiVersion: v1, kind: Service, metadata: {name: s}}\n",
         "Pod/a in default, Service/s, ", true},
        {JSON({"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"a","namespace":"ml"}}]}),
         "Pod/a in ml, ", true},
        {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n"
         "  items: [{apiVersion: v1, kind: Pod}]\n- {apiVersion: v1, kind: Pod, metadata: {name: b}}\n",
         "Pod in default, Pod/b in default, ", true},
        {"apiVersion: v1\nkind: List\nitems: []\n", "", true},
        {"apiVersion: v1\nkind: List\n", "", true},
        {"apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod}]\n---\n{apiVersion: v1, kind: Pod}\n",
         "Pod in default, Pod in default, ", false},
        {"apiVersion: example.com/v1\nkind: ShoppingList\nmetadata: {name: x}\n", "ShoppingList/x, ", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(subjects) subjects = {0};
        AUTO(problems) problems = {0};
        AUTO(buf) titles;
        struct err err = {0};
        buf_init(&titles, TEXT_MAX);
        if (desk_read(*state, "x.yaml", cases[i].text, &subjects, &problems, &err) < 0)
            fail_msg("%s: %s", cases[i].text, err.text);
        for (size_t j = 0; j < subjects.count; j++) {
            subject_title(&subjects.items[j], &titles);
            buf_add_string(&titles, ", ");
        }
        assert_string_equal(buf_text(&titles), cases[i].titles);
        if (subjects.list != cases[i].list)
            fail_msg("%s: list is %d", cases[i].text, subjects.list);
    }
}

TEST(subjects_read__list_and_another_file__no_list)
{
    AUTO(subjects) subjects = {0};
    AUTO(problems) problems = {0};
    struct err err = {0};
    static const char list[] = "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod}]}\n";
    assert_int_equal(desk_read(*state, "x.yaml", list, &subjects, &problems, &err), 0);
    assert_true(subjects.list);
    assert_int_equal(desk_read(*state, "y.yaml", list, &subjects, &problems, &err), 0);
    assert_false(subjects.list);
    assert_int_equal(subjects.count, 2);
}

TEST(subjects_read__wrong_input__problems_with_their_places)
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
        struct desk *desk = *state;
        AUTO(subjects) subjects = {0};
        AUTO(problems) problems = {0};
        AUTO(buf) text;
        struct err err = {0};
        buf_init(&text, TEXT_MAX);
        assert_int_equal(desk_read(desk, "x", cases[i].text, &subjects, &problems, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        for (size_t j = 0; j < problems.count; j++) {
            char *file = strdup("x");
            assert_non_null(file);
            assert_string_equal(problems.items[j].file, desk->file);
            free(problems.items[j].file);
            problems.items[j].file = file;
        }
        problems_print(&problems, &text);
        assert_string_equal(buf_text(&text), cases[i].problems);
    }
}

TEST(subjects_read__no_file__not_found)
{
    AUTO(subjects) subjects = {0};
    AUTO(problems) problems = {0};
    struct err err = {0};
    assert_int_equal(subjects_read("/nonexistent/pod.yaml", "default", &subjects, &problems, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.text, "/nonexistent/pod.yaml: No such file or directory");
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
        AUTO(inputs) inputs;
        desk_judge(*state, cases[i].text, &inputs);
        assert_int_equal(inputs.subjects.count, 1);
        assert_string_equal(outcome_name(inputs.judgements[0].decision.out.outcome), outcome_name(cases[i].outcome));
        assert_string_equal(reason_name(inputs.judgements[0].decision.out.reason), reason_name(cases[i].reason));
        assert_int_equal(judgement_denies(&inputs.judgements[0]), cases[i].outcome == OUTCOME_DENIED);
    }
}

TEST(subject_judge__not_a_pods_creation__at_sight)
{
    AUTO(inputs) inputs;
    desk_judge(*state,
               "{apiVersion: admission.k8s.io/v1, kind: AdmissionReview, request: {uid: u, operation: DELETE, "
               "kind: {kind: Pod}, name: a, namespace: ml, object: null}}",
               &inputs);
    AUTO(json) operations = NULL;
    AUTO(json) object = NULL;
    struct err err = {0};
    assert_int_equal(inputs.judgements[0].decision.out.reason, REASON_NOT_POD_CREATE);
    assert_int_equal(subject_patch(&inputs.subjects.items[0], &inputs.judgements[0], &operations, &err), 0);
    assert_int_equal(json_array_size(operations), 0);
    assert_int_equal(subject_rewrite(&inputs.subjects.items[0], &inputs.judgements[0], &object, &err), 0);
    assert_true(json_is_null(object));
}

TEST(subject_judge__namespace_not_in_the_file__unavailable)
{
    struct desk *desk = *state;
    AUTO(subjects) subjects = {0};
    AUTO(problems) problems = {0};
    AUTO(judgement) judgement = {0};
    struct err err = {0};
    struct namespaces none = {0};
    assert_int_equal(desk_read(desk, "x.yaml", A_POD GPU_CONTAINER("1"), &subjects, &problems, &err), 0);
    assert_int_equal(subject_judge(&subjects.items[0], desk->loaded.set, &none, &judgement, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_string_equal(err.text, "namespace \"ml\" is not known");
}

/* The template has no metadata, the pod made of it has: the patch must work on what was given. */
TEST(subject_rewrite__template_without_metadata__gets_it)
{
    AUTO(inputs) inputs;
    desk_judge(*state,
               "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec:\n  jobTemplate:\n    spec:\n"
               "      template:\n        spec:\n          containers: [{name: main, resources: {limits: "
               "{nvidia.com/gpu: 1}}}]\n",
               &inputs);
    AUTO(json) operations = NULL;
    AUTO(json) object = NULL;
    struct err err = {0};
    assert_int_equal(subject_patch(&inputs.subjects.items[0], &inputs.judgements[0], &operations, &err), 0);
    const json_t *first = json_array_get(operations, 0);
    assert_string_equal(json_string_value(json_object_get(first, "op")), "add");
    assert_string_equal(json_string_value(json_object_get(first, "path")), "/spec/jobTemplate/spec/template/metadata");
    assert_int_equal(json_object_size(json_object_get(first, "value")), 0);
    assert_int_equal(subject_rewrite(&inputs.subjects.items[0], &inputs.judgements[0], &object, &err), 0);
    const json_t *written =
        pointer_get(object, "/spec/jobTemplate/spec/template/metadata/labels/gpuslice.dev~1class", &err);
    assert_string_equal(json_string_value(written), "t4-third");
    assert_null(pointer_get(inputs.subjects.items[0].object, "/spec/jobTemplate/spec/template/metadata", &err));
}
