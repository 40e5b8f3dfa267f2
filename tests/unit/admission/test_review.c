/* Reading AdmissionReviews: what is refused, with which error, and what is read. */
#include "admission/model/review.h"
#include "base/buf.h"
#include "json/patch.h"
#include "tests/support/check.h"

#define V1            JSON("apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview") ","
#define REQUEST(text) "{" V1 "\"request\":{" text "}}"

static int parse(const char *text, struct review *review, struct err *err)
{
    return review_parse(review, text, strlen(text), err);
}

TEST(review_parse__not_a_review__is_refused)
{
    static const struct {
        const char *name, *text, *expected;
    } cases[] = {
        {"empty", "", "byte 0: the text ends, must be a value"},
        {"not JSON", "apiVersion: v1", "byte 0: 'a', must be a value"},
        {"cut off", "{" V1 "\"request\":{", "byte 72: the text ends, must be a key in double quotes or }"},
        {"text after it", REQUEST(JSON("uid":"1")) "{}", "byte 83: '{', must be the end of the text"},
        {"no object", "[]", "the body must be an AdmissionReview object"},
        {"null", "null", "the body must be an AdmissionReview object"},
        {"no apiVersion", JSON({"kind":"AdmissionReview"}), "apiVersion is \"\", must be \"admission.k8s.io/v1\""},
        {"apiVersion of another type", JSON({"apiVersion":1}), "apiVersion is \"\", must be \"admission.k8s.io/v1\""},
        {"v1beta1", JSON({"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}),
         "apiVersion is \"admission.k8s.io/v1beta1\", must be \"admission.k8s.io/v1\""},
        {"no kind", JSON({"apiVersion":"admission.k8s.io/v1"}), "kind is \"\", must be \"AdmissionReview\""},
        {"another kind", JSON({"apiVersion":"admission.k8s.io/v1","kind":"Review"}),
         "kind is \"Review\", must be \"AdmissionReview\""},
        {"no request", "{" V1 "\"response\":{}}", "the AdmissionReview has no request"},
        {"request null", "{" V1 "\"request\":null}", "the AdmissionReview has no request"},
        {"no uid", REQUEST(""), "request.uid is empty: the response could not be matched to its request"},
        {"uid empty", REQUEST(JSON("uid":"")),
         "request.uid is empty: the response could not be matched to its request"},
        {"uid of another type", REQUEST(JSON("uid":[])), "request.uid must be a string"},
        {"namespace of another type", REQUEST(JSON("uid":"1","namespace":{})), "request.namespace must be a string"},
        {"operation of another type", REQUEST(JSON("uid":"1","operation":1)), "request.operation must be a string"},
        {"subresource of another type", REQUEST(JSON("uid":"1","subResource":true)),
         "request.subResource must be a string"},
        {"group of another type", REQUEST(JSON("uid":"1","kind":{"group":1})), "request.kind.group must be a string"},
        {"object of another type", REQUEST(JSON("uid":"1","object":[])), "request.object must be an object"},
        {"old object of another type", REQUEST(JSON("uid":"1","oldObject":"x")), "request.oldObject must be an object"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(review) review = {0};
        struct err err = {0};
        check_failure(cases[i].name, parse(cases[i].text, &review, &err), &err, ERR_INVALID, cases[i].expected);
        if (review.root)
            fail_msg("%s: the output was changed", cases[i].name);
    }
}

TEST(review_parse__only_uid__everything_else_is_empty)
{
    AUTO(review) review = {0};
    struct err err;
    check_success("only uid", parse(REQUEST(JSON("uid":"1")) "\r\n\t ", &review, &err), &err);
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

TEST(review_parse__all_members__are_read)
{
    AUTO(review) review = {0};
    struct err err;
    check_success(
        "all members",
        parse(
            REQUEST(
                JSON("uid":"u","kind":{"group":"apps","version":"v1","kind":"Deployment"},"subResource":"scale",
                     "namespace":"ml","operation":"UPDATE","dryRun":true,"userInfo":{"groups":[7,"a","system:nodes"]},
                     "object":{"a":1},"oldObject":{"b":2})),
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

TEST(review_parse__members_null__count_as_absent)
{
    AUTO(review) review = {0};
    struct err err;
    check_success(
        "null",
        parse(REQUEST(JSON("uid":"u","kind":null,"subResource":null,"namespace":null,"object":null,"oldObject":null,
                           "dryRun":null,"userInfo":null,"operation":null)),
              &review, &err),
        &err);
    check_text("namespace", review.namespace_name, "");
    assert_null(review.object);
    assert_false(review.dry_run);
}

TEST(review_is_pod_create__reviews__only_the_creation_of_a_pod)
{
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

#define ENVELOPE \
    JSON("uid":"u","kind":{"group":"","version":"v1","kind":"Pod"},"name":"p","namespace":"ml","operation":"CREATE") ","
#define MAKER JSON("userInfo":{"groups":["a","system:nodes"]})

/* Texts that API servers send; cJSON by itself cannot read all of them. */
TEST(review_parse__texts_of_api_servers__are_read)
{
    static const struct {
        const char *name, *object, *expected; /* what the object is in the tree */
    } cases[] = {
        {"NUL in values and keys", JSON({"a":"x\u0000y","b\u0000c":"\u0000"}),
         "{\"a\":\"x\xEF\xBF\xBDy\",\"b\xEF\xBF\xBD"
         "c\":\"\xEF\xBF\xBD\"}"},
        {"an escaped backslash before u0000", JSON({"a":"\\u0000"}), JSON({"a":"\\u0000"})},
        {"several managedFields, with invalid UTF-8",
         "{\"metadata\":{\"managedFields\":[{\"fieldsV1\":{\"f:\xFF\":\"\\ud800\"}}]},\"spec\":{\"volumes\":[{"
         "\"metadata\":{\"managedFields\":[1]}},{\"metadata\":{\"managedFields\":[2]}}]}}",
         JSON({"metadata":{"managedFields":[]},
               "spec":{"volumes":[{"metadata":{"managedFields":[]}},{"metadata":{"managedFields":[]}}]}})},
        {"Go's escapes", JSON({"a":"\u003c\u003e\u0026\u2028\ufffd"}), "{\"a\":\"<>&\xE2\x80\xA8\xEF\xBF\xBD\"}"},
        {"long numbers", JSON({"a":1000000000000000000000000000000000000000000000000000000000000000000000}),
         JSON({"a":1e+69})},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(review) review = {0};
        AUTO(buf) text;
        struct err err;
        buf_init(&text, 4096);
        buf_addf(&text, REQUEST(ENVELOPE MAKER ",\"object\":%s,\"oldObject\":%s"), cases[i].object, cases[i].object);
        check_success(cases[i].name, parse(buf_text(&text), &review, &err), &err);
        AUTO(cjson_text) object = cJSON_PrintUnformatted(review.object);
        AUTO(cjson_text) old_object = cJSON_PrintUnformatted(review.old_object);
        check_json(cases[i].name, object, cases[i].expected);
        check_json(cases[i].name, old_object, cases[i].expected);
    }
}

TEST(review_parse__depth_of_the_api_server__is_read)
{
    enum { LEVELS = 10000 };
    static const char *const keys[] = {"managedFields", "anything"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        AUTO(review) review = {0};
        AUTO(buf) text;
        struct err err;
        buf_init(&text, 1 << 20);
        buf_addf(&text, "{" V1 "\"request\":{" ENVELOPE "\"object\":{\"%s\":", keys[i]);
        for (int level = 0; level < LEVELS; level++)
            buf_add_string(&text, level % 2 ? "{\"a\":" : "[");
        buf_add_char(&text, '1');
        for (int level = LEVELS; level-- > 0;)
            buf_add_char(&text, level % 2 ? '}' : ']');
        buf_add_string(&text, ",\"after\":2}}}");
        check_success(keys[i], parse(buf_text(&text), &review, &err), &err);
        assert_true(cJSON_IsNumber(cJSON_GetObjectItem(review.object, "after")));
    }
}

static void check_envelope(const char *name, const char *text, bool has_object)
{
    AUTO(review) review = {0};
    struct err err;
    check_success(name, review_parse_envelope(&review, text, strlen(text), &err), &err);
    check_text(name, review.uid, "u");
    check_text(name, review.name, "p");
    check_text(name, review.namespace_name, "ml");
    if (!review_is_pod_create(&review) || !review.made_by_node || !review.dry_run)
        fail_msg("%s: a member was not read", name);
    if (cJSON_GetArraySize(review.object) != 0 || (review.object != NULL) != has_object)
        fail_msg("%s: the object was read", name);
}

TEST(review_parse_envelope__any_order__all_members_but_the_object_are_read)
{
    check_envelope("the order of API servers",
                   REQUEST(ENVELOPE MAKER "," JSON("object":{"a":1},"oldObject":null,"dryRun":true)), false);
    check_envelope("the object is not JSON", REQUEST(ENVELOPE MAKER ",\"object\":{{{,\"dryRun\":true"), false);
    check_envelope("userInfo after the object", REQUEST(ENVELOPE JSON("object":{"a":1},"dryRun":true) "," MAKER), true);
    check_envelope("all members after the object",
                   REQUEST(JSON("object":{"a":1},"dryRun":true,"oldObject":{"b":[]}) "," ENVELOPE MAKER), true);
    check_envelope("apiVersion and kind after the request",
                   "{\"request\":{" ENVELOPE MAKER ",\"object\":{\"a\":1},\"dryRun\":true}," V1 "\"a\":1}", true);
    check_envelope("no object", REQUEST(ENVELOPE MAKER "," JSON("dryRun":true)), false);
}

TEST(review_parse_envelope__faults__are_those_of_review_parse)
{
    static const struct {
        const char *name, *text, *expected;
    } cases[] = {
        {"no uid", REQUEST(JSON("object":{})),
         "request.uid is empty: the response could not be matched to its request"},
        {"cut off", "{" V1 "\"request\":{\"object\":{", "byte 82: the text ends, must be a key in double quotes or }"},
        {"another version", JSON({"apiVersion":"v1","request":{"object":{}}}),
         "apiVersion is \"v1\", must be \"admission.k8s.io/v1\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(review) review = {0};
        struct err err = {0};
        check_failure(cases[i].name, review_parse_envelope(&review, cases[i].text, strlen(cases[i].text), &err), &err,
                      ERR_INVALID, cases[i].expected);
    }
}
