/* workload/existing and offline/: pods that exist, judged as at their creation. */
#include "tests/support/check.h"
#include "tests/support/subject_fixture.h"

#include "workload/existing.h"

TEST(existing_is__manifests__by_uid_or_status)
{
    static const struct {
        const char *pod;
        bool exists;
    } cases[] = {
        {JSON({"metadata":{"uid":"u"}}), true},
        {JSON({"metadata":{"name":"a"},"status":{"phase":"Pending"}}), true},
        {JSON({"status":{"phase":"Running"}}), true},
        {JSON({"metadata":{"uid":"","creationTimestamp":null},"status":{}}), false},
        {JSON({"metadata":{"name":"a"},"spec":{"nodeName":"n"}}), false},
        {JSON({"metadata":{"uid":7},"status":null}), false},
        {"{}", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(json) pod = json_loads(cases[i].pod, 0, NULL);
        if (existing_is(pod) != cases[i].exists)
            fail_msg("%s", cases[i].pod);
    }
}

TEST(existing_at_creation__parts__only_what_the_author_sent)
{
    static const struct {
        const char *pod, *expected;
    } cases[] = {
        {JSON({"metadata":{"name":"a","uid":"u","resourceVersion":"1","generation":1,"creationTimestamp":"t",
                           "managedFields":[],"labels":{"x":"y"},"ownerReferences":[{"kind":"Job"}]},
               "status":{"phase":"Running"},"spec":{"nodeName":"n","schedulerName":"s"}}),
         JSON({"metadata":{"name":"a","labels":{"x":"y"},"ownerReferences":[{"kind":"Job"}]},
               "spec":{"schedulerName":"s"}})},
        {JSON({"spec":{"serviceAccount":"default","serviceAccountName":"default","priority":0,
                       "preemptionPolicy":"PreemptLowerPriority","priorityClassName":"high"}}),
         JSON({"spec":{"priorityClassName":"high"}})},
        {JSON({"spec":{"serviceAccount":"own","serviceAccountName":"own"}}),
         JSON({"spec":{"serviceAccountName":"own"}})},
        {JSON({"spec":{"volumes":[{"name":"data"},{"name":"kube-api-access-x1"}],
                       "containers":[{"name":"a","volumeMounts":[{"name":"kube-api-access-x1"}]},{"name":"b",
                                      "volumeMounts":[{"name":"data"},{"name":"kube-api-access-x1"}]}],
                       "initContainers":[{"name":"i","volumeMounts":[{"name":"kube-api-access-x1"}]}],
                       "ephemeralContainers":[{"name":"debugger"}]}}),
         JSON({"spec":{"volumes":[{"name":"data"}],
                       "containers":[{"name":"a"},{"name":"b","volumeMounts":[{"name":"data"}]}],
                       "initContainers":[{"name":"i"}]}})},
        {JSON({"spec":{"volumes":[{"name":"kube-api-access-x1"}]}}), JSON({"spec":{}})},
        {JSON({"spec":{"tolerations":[
             {"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":300},
             {"key":"node.kubernetes.io/unreachable","operator":"Exists","effect":"NoExecute","tolerationSeconds":300},
             {"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":60},
             {"key":"own","operator":"Exists"}]}}),
         JSON({"spec":{"tolerations":[
             {"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","tolerationSeconds":60},
             {"key":"own","operator":"Exists"}]}})},
        {JSON({"spec":{"volumes":7,"containers":{"a":1},"tolerations":"x"},"metadata":null}),
         JSON({"spec":{"volumes":7,"containers":{"a":1},"tolerations":"x"},"metadata":null})},
        {"{}", "{}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(json) pod = json_loads(cases[i].pod, 0, NULL);
        AUTO(json) before = json_deep_copy(pod);
        AUTO(json) got = existing_at_creation(pod);
        AUTO(string) text = json_dumps(got, JSON_COMPACT);
        check_json("at creation", text, cases[i].expected);
        assert_true(json_equal(pod, before));
    }
}

#define LIVE(annotations, gpus)                                                                                        \
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\",\"uid\":\"u\",\"annotations\":{" annotations \
    "}},\"status\":{\"phase\":\"Running\"},\"spec\":{\"nodeName\":\"n\",\"containers\":[{\"name\":\"main\","           \
    "\"resources\":{\"limits\":{\"nvidia.com/gpu\":" gpus "}}}]}}"
#define RECORD                                                                                            \
    "\"gpuslice.dev/applied\":\"{\\\"class\\\":\\\"t4-third\\\",\\\"policy\\\":\\\"ml-teams\\\","         \
    "\\\"revision\\\":\\\"0123456789ab\\\",\\\"containers\\\":[\\\"main\\\"],\\\"was\\\":{\\\"main\\\":{" \
    "\\\"nvidia.com/gpu\\\":1}}}\""

TEST(subject_describe_existing__pods__record_and_what_would_happen_today)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {LIVE("", "1"), "exists, with no record; created today it would get class t4-third"},
        {LIVE(RECORD, "1"), "exists, with a record of class t4-third (policy ml-teams, revision 0123456789ab); created "
                            "today it would get class t4-third"},
        {LIVE("", "2"), "exists, with no record; created today it would be denied [too_many_slices]"},
        {LIVE("\"gpuslice.dev/applied\":\"{}\"", "1"),
         "exists, with a record that cannot be read; created today it would get class t4-third"},
        {LIVE("\"gpuslice.dev/class\":\"none\"", "1"),
         "exists, with no record; created today it would be denied [class_not_allowed]"},
    };
    struct subject_fixture fixture;
    subject_fixture_lay(&fixture, POLICIES("t4-third"));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(reading) reading;
        AUTO(buf) line;
        struct err err = {0};
        buf_init(&line, TEXT_MAX);
        const struct input *input = subject_fixture_first(&fixture, cases[i].text, &reading);
        assert_non_null(input->subject.existing);
        check_success("", subject_describe_existing(&input->subject, &input->judgement, &line, &err), &err);
        check_text(cases[i].text, buf_text(&line), cases[i].expected);
        assert_null(json_object_get(input->rewritten, "status"));
    }
    subject_fixture_clear(&fixture);
}

/* What we wrote goes, also where the class of the record is the one of today. */
static void check_created(struct subject_fixture *fixture)
{
    AUTO(reading) reading;
    AUTO(reading) again;
    const struct input *first = subject_fixture_first(fixture, LIVE("", "1"), &reading);
    AUTO(json) live = json_deep_copy(first->rewritten);
    (void)json_object_set_new(json_object_get(live, "metadata"), "uid", json_string("u"));
    AUTO(string) text = json_dumps(live, JSON_COMPACT);
    assert_non_null(strstr(text, "gpuslice.dev/pool"));

    const struct input *second = subject_fixture_first(fixture, text, &again);
    AUTO(string) created = json_dumps(second->subject.object, JSON_COMPACT | JSON_SORT_KEYS);
    check_text(
        "created", created,
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"containers\":["
        "{\"name\":\"main\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":1},\"requests\":{\"nvidia.com/gpu\":\"1\"}}}]}}");
}

TEST(subjects_from__pod_with_our_edits__is_as_at_its_creation)
{
    struct subject_fixture fixture;
    subject_fixture_lay(&fixture, POLICIES("t4-third"));
    check_created(&fixture);
    subject_fixture_clear(&fixture);
}

/* The object within an AdmissionReview is a request, whatever it carries. */
TEST(subjects_from__review_of_a_pod_with_a_uid__is_a_request)
{
    AUTO(subject) subject = {0};
    AUTO(string) text = NULL;
    if (asprintf(&text,
                 "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"r\","
                 "\"kind\":{\"kind\":\"Pod\"},\"namespace\":\"ml\",\"operation\":\"CREATE\",\"object\":%s}}",
                 LIVE("", "1")) < 0)
        abort();
    subject_fixture_subject(text, &subject);
    assert_null(subject.existing);
    assert_non_null(strstr(subject.review, "nodeName"));
}
