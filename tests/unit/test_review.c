/* Reading AdmissionReviews: what is refused and how, and what is understood. */
#include "admission/review.h"
#include "tests/unit/check.h"

#define V1            "\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\","
#define REQUEST(text) "{" V1 "\"request\":{" text "}}"

static int parse(const char *text, struct review *review, struct err *err)
{
    return review_parse(review, text, strlen(text), err);
}

static void review_parse__no_review__is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *expected;
    } cases[] = {
        {"empty", "", "byte 0: the text ends, must be a value"},
        {"not JSON", "apiVersion: v1", "byte 0: 'a', must be a value"},
        {"cut off", "{" V1 "\"request\":{", "byte 72: the text ends, must be a key in double quotes or }"},
        {"more behind it", REQUEST("\"uid\":\"1\"") "{}", "byte 83: '{', must be the end of the text"},
        {"a string with NUL", REQUEST("\"uid\":\"\\u0000\""), "byte 79: \\u0000 in a string is not taken"},
        {"no object", "[]", "the body must be an AdmissionReview object"},
        {"null", "null", "the body must be an AdmissionReview object"},
        {"no apiVersion", "{\"kind\":\"AdmissionReview\"}", "apiVersion is \"\", must be \"admission.k8s.io/v1\""},
        {"apiVersion of another type", "{\"apiVersion\":1}", "apiVersion is \"\", must be \"admission.k8s.io/v1\""},
        {"v1beta1", "{\"apiVersion\":\"admission.k8s.io/v1beta1\",\"kind\":\"AdmissionReview\"}",
         "apiVersion is \"admission.k8s.io/v1beta1\", must be \"admission.k8s.io/v1\""},
        {"no kind", "{\"apiVersion\":\"admission.k8s.io/v1\"}", "kind is \"\", must be \"AdmissionReview\""},
        {"another kind", "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"Review\"}",
         "kind is \"Review\", must be \"AdmissionReview\""},
        {"no request", "{" V1 "\"response\":{}}", "the AdmissionReview has no request"},
        {"request null", "{" V1 "\"request\":null}", "the AdmissionReview has no request"},
        {"no uid", REQUEST(""), "request.uid is empty: the answer could not be told from another's"},
        {"uid empty", REQUEST("\"uid\":\"\""), "request.uid is empty: the answer could not be told from another's"},
        {"uid of another type", REQUEST("\"uid\":[]"), "request.uid must be a string"},
        {"namespace of another type", REQUEST("\"uid\":\"1\",\"namespace\":{}"), "request.namespace must be a string"},
        {"operation of another type", REQUEST("\"uid\":\"1\",\"operation\":1"), "request.operation must be a string"},
        {"subresource of another type", REQUEST("\"uid\":\"1\",\"subResource\":true"),
         "request.subResource must be a string"},
        {"object of another type", REQUEST("\"uid\":\"1\",\"object\":[]"), "request.object must be an object"},
        {"old object of another type", REQUEST("\"uid\":\"1\",\"oldObject\":\"x\""),
         "request.oldObject must be an object"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(review) review = {0};
        struct err err = {0};
        check_failure(cases[i].name, parse(cases[i].text, &review, &err), &err, ERR_INVALID, cases[i].expected);
        if (review.root)
            fail_msg("%s: the output was touched", cases[i].name);
    }
}

static void review_parse__least__everything_else_is_empty(void **state)
{
    (void)state;
    AUTO(review) review = {0};
    struct err err;
    check_success("least", parse(REQUEST("\"uid\":\"1\"") "\r\n\t ", &review, &err), &err);
    check_text("uid", review.uid, "1");
    check_text("namespace", review.namespace_name, "");
    check_text("operation", review.operation, "");
    check_text("group", review.group, "");
    check_text("kind", review.kind, "");
    check_text("subresource", review.subresource, "");
    assert_null(review.object);
    assert_null(review.old_object);
    assert_false(review.dry_run);
    assert_false(review.made_by_node);
    assert_false(review_is_pod_create(&review));
}

static void review_parse__whole__is_understood(void **state)
{
    (void)state;
    AUTO(review) review = {0};
    struct err err;
    check_success(
        "whole",
        parse(REQUEST("\"uid\":\"u\",\"kind\":{\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\"},"
                      "\"subResource\":\"scale\",\"namespace\":\"ml\",\"operation\":\"UPDATE\",\"dryRun\":true,"
                      "\"userInfo\":{\"groups\":[7,\"a\",\"system:nodes\"]},\"object\":{\"a\":1},"
                      "\"oldObject\":{\"b\":2}"),
              &review, &err),
        &err);
    check_text("uid", review.uid, "u");
    check_text("namespace", review.namespace_name, "ml");
    check_text("operation", review.operation, "UPDATE");
    check_text("group", review.group, "apps");
    check_text("kind", review.kind, "Deployment");
    check_text("subresource", review.subresource, "scale");
    assert_non_null(cJSON_GetObjectItem(review.object, "a"));
    assert_non_null(cJSON_GetObjectItem(review.old_object, "b"));
    assert_true(review.dry_run);
    assert_true(review.made_by_node);
}

static void review_parse__members_null__count_as_absent(void **state)
{
    (void)state;
    AUTO(review) review = {0};
    struct err err;
    check_success("null",
                  parse(REQUEST("\"uid\":\"u\",\"kind\":null,\"subResource\":null,\"namespace\":null,\"object\":null,"
                                "\"oldObject\":null,\"dryRun\":null,\"userInfo\":null,\"operation\":null"),
                        &review, &err),
                  &err);
    check_text("namespace", review.namespace_name, "");
    assert_null(review.object);
    assert_false(review.dry_run);
}

static void review_is_pod_create__others__are_not(void **state)
{
    (void)state;
    static const struct {
        const char *name, *group, *kind, *operation, *subresource;
        bool expected;
    } cases[] = {
        {"the creation of a pod", "", "Pod", "CREATE", "", true},
        {"an update", "", "Pod", "UPDATE", "", false},
        {"a delete", "", "Pod", "DELETE", "", false},
        {"connect", "", "Pod", "CONNECT", "", false},
        {"a binding", "", "Binding", "CREATE", "binding", false},
        {"a subresource that sends pods", "", "Pod", "CREATE", "resize", false},
        {"another group's pod", "metrics.k8s.io", "Pod", "CREATE", "", false},
        {"another kind", "", "Service", "CREATE", "", false},
        {"another spelling", "", "pod", "create", "", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct review review = {.group = cases[i].group,
                                      .kind = cases[i].kind,
                                      .operation = cases[i].operation,
                                      .subresource = cases[i].subresource};
        if (review_is_pod_create(&review) != cases[i].expected)
            fail_msg("%s: expected %s", cases[i].name, cases[i].expected ? "true" : "false");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(review_parse__no_review__is_refused),
        cmocka_unit_test(review_parse__least__everything_else_is_empty),
        cmocka_unit_test(review_parse__whole__is_understood),
        cmocka_unit_test(review_parse__members_null__count_as_absent),
        cmocka_unit_test(review_is_pod_create__others__are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
