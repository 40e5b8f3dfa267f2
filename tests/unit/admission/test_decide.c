/* Decisions: what the second round of an admission does to a pod that already has its slice, and that a failure leaves
 * nothing allocated. */
#include "admission/decide.h"
#include "tests/support/check.h"
#include "tests/support/engine_fixture.h"

#define POLICIES                      \
    GUIDE_POLICY                      \
    "---\n" API "kind: SlicePolicy\n" \
    "metadata: {name: guard}\n"       \
    "spec: {priority: 7, namespaces: {names: [guarded]}, classes: {default: a100-1g5gb}, visibleDevices: guard}\n"
#define NAMESPACES GUIDE_NAMESPACES "---\n" NAMESPACE("guarded", "enabled")

static void decide_on(const struct engine_fixture *fixture, const struct review *review, struct pod *pod,
                      struct decision *decision)
{
    struct err err;
    check_success("pod", pod_init(pod, review->object, &fixture->loaded.set->settings.gpu_names, &err), &err);
    const struct decision_input input = {fixture->loaded.set,
                                         namespaces_find(fixture->namespaces, review->namespace_name), review, pod};
    check_success("decide", decide(&routes[ROUTE_MUTATE], &input, decision, &err), &err);
    decision->in = NULL; /* input goes out of scope here */
}

/* Decides about a pod. Then adds the container `sidecar` to it and deletes the key `lost` of its spec, as another
 * webhook would; both may be NULL. Then decides about the changed pod, which is what the API server would send. */
static void second_round(const struct engine_fixture *fixture, const char *ns, const char *sidecar, const char *lost,
                         struct decision *ret_decision)
{
    struct err err;
    AUTO(review) review = {0};
    AUTO(pod) first = {0};
    AUTO(pod) second = {0};
    AUTO(decision) injected = {0};
    AUTO(string) text = review_text_of(
        KIND_POD, ns, JSON({"metadata":{"name":"p"},"spec":{"containers":[{"name":"main","resources":
                            {"limits":{"nvidia.com/gpu":"1"}}}]}}), "");
    check_success("review", review_parse(&review, text, strlen(text), &err), &err);
    decide_on(fixture, &review, &first, &injected);
    assert_string_equal(reason_name(injected.out.reason), "injected");
    cJSON *spec = cJSON_GetObjectItem(review.object, "spec");
    if (lost)
        cJSON_DeleteItemFromObject(spec, lost);
    if (sidecar)
        assert_true(cJSON_AddItemToArray(cJSON_GetObjectItem(spec, "containers"), cJSON_Parse(sidecar)));
    decide_on(fixture, &review, &second, ret_decision);
}

/* The reason is guarded if only the guard changed the pod. Each second decision repeats the record of the first. */
TEST(decide__second_round__reason_tells_what_was_changed)
{
    static const char sidecar[] = JSON({"name":"proxy"});
    static const struct {
        const char *ns, *sidecar, *lost, *reason;
    } cases[] = {
        {"guarded", NULL, NULL, "already_conforms"},     {"guarded", sidecar, NULL, "guarded"},
        {"guarded", sidecar, "tolerations", "injected"}, {"guarded", NULL, "tolerations", "injected"},
        {"ml", sidecar, NULL, "already_conforms"},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(POLICIES, NAMESPACES);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(decision) decision = {0};
        second_round(&fixture, cases[i].ns, cases[i].sidecar, cases[i].lost, &decision);
        assert_string_equal(reason_name(decision.out.reason), cases[i].reason);
        assert_int_equal(changes_are_guards(&decision.out.changes), strcmp(cases[i].reason, "guarded") == 0);
        assert_true(decision_repeats_record(&decision));
    }
}

TEST(decide__failure__leaves_nothing)
{
    struct err err;
    AUTO(engine_fixture) fixture = engine_fixture_make(POLICIES, NAMESPACES);
    AUTO(review) review = {0};
    AUTO(pod) pod = {0};
    AUTO(decision) decision = {0};
    AUTO(string) text =
        review_text_of(KIND_POD, "ml", JSON({"metadata":{"namespace":"other"},"spec":{"containers":[]}}), "");
    check_success("review", review_parse(&review, text, strlen(text), &err), &err);
    check_success("pod", pod_init(&pod, review.object, &fixture.loaded.set->settings.gpu_names, &err), &err);
    const struct decision_input input = {fixture.loaded.set, namespaces_find(fixture.namespaces, "ml"), &review, &pod};
    assert_int_equal(decide(&routes[ROUTE_MUTATE], &input, &decision, &err), -1);
    assert_null(decision.in);
    assert_null(decision.owned.slices);
    assert_int_equal(decision.out.reason, REASON_NONE);
}
