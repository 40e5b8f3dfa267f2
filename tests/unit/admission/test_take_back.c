/* Taking back what an earlier round wrote for another class. The namespaces and classes are those of rounds_fixture. */
#include "admission/edits/take_back.h"
#include "tests/support/rounds_fixture.h"

#define GPU(n)                      "\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"" n "\"},\"requests\":{\"nvidia.com/gpu\":\"" n "\"}}"
#define A                           "{\"name\":\"a\"," GPU("1") "}"
#define IDLE(name)                  "{\"name\":\"" name "\",\"resources\":{}}" /* as the API server writes it */
#define PLACED(containers, more)    "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[" containers "]" more "}}"
#define POD(containers)             PLACED(containers, "")
#define EXPRESSION(key, op, values) "{\"key\":\"" key "\",\"operator\":\"" op "\",\"values\":[" values "]}"
#define IN(key, values)             EXPRESSION(key, "In", values)
#define POOL_IN(values)             IN("gpuslice.dev/pool", values)
#define TERM(expressions)           "{\"matchExpressions\":[" expressions "]}"
#define TOLERATES(key, effect)      "{\"key\":\"" key "\",\"operator\":\"Exists\",\"effect\":\"" effect "\"}"
#define AFFINITY(terms)                                                                                                  \
    ",\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[" terms \
    "]}}}"

/* Pods as authors write them, of many shapes. */
static const char *const pods[] = {
    POD(A),
    POD("{\"name\":\"a\"," GPU("2") "}"),
    POD("{\"name\":\"a\"," GPU("3") "}"),
    POD(A ",{\"name\":\"b\"," GPU("1") "}," IDLE("c")),
    POD(IDLE("a") "," IDLE("b")),
    POD("{\"name\":\"a\",\"resources\":{\"limits\":{\"nvidia.com/mig-1g.5gb\":\"1\"},\"requests\":{\"nvidia.com/mig-1g.5gb\":"
        "\"1\"}}}"),
    POD("{\"name\":\"a\",\"env\":[{\"name\":\"X\",\"value\":\"1\"}],\"resources\":{\"limits\":{\"cpu\":\"1\",\"nvidia.com/"
        "gpu\":\"1\"},\"requests\":{\"cpu\":\"1\",\"nvidia.com/gpu\":\"1\"}}}"),
    PLACED(A, AFFINITY(TERM(IN("zone", "\"a\"")))),
    PLACED(A, AFFINITY(TERM(IN("disk", "\"a\"")) "," TERM(IN("zone", "\"b\"") "," IN("disk", "\"c\"")))),
    PLACED(A, AFFINITY("{}," TERM(IN("zone", "\"a\"")))),
    PLACED(A, AFFINITY("{\"matchFields\":[" IN("metadata.name", "\"n\"") "]}")),
    PLACED(A, AFFINITY(TERM(EXPRESSION("gpuslice.dev/pool", "NotIn", "\"x\"")))),
    PLACED(A, AFFINITY(TERM("{\"key\":\"gpuslice.dev/pool\",\"operator\":\"Exists\"}"))),
    PLACED(A, ",\"affinity\":{\"podAffinity\":{}}"),
    PLACED(A, ",\"affinity\":{\"nodeAffinity\":{\"preferredDuringSchedulingIgnoredDuringExecution\":[{\"weight\":1,"
              "\"preference\":" TERM(IN("zone", "\"a\"")) "}]}}"),
    PLACED(A, ",\"tolerations\":[{\"key\":\"own\",\"operator\":\"Exists\"}],\"runtimeClassName\":\"kata\""),
    PLACED(A, ",\"nodeSelector\":{\"disk\":\"ssd\"},\"initContainers\":[{\"name\":\"i\"," GPU("1") "}]"),
    "{\"metadata\":{\"name\":\"p\",\"labels\":{\"app\":\"x\"},\"annotations\":{\"gpuslice.dev/containers\":\"b\"}},\"spec\":{"
    "\"containers\":[" IDLE("a") "," IDLE("b") "]}}",
};

/* A pod that comes from one namespace is decided in another as if its author had created it there. */
static void check_move(const struct rounds_fixture *fixture, const char *from, const char *to, const char *pod)
{
    AUTO(rounds_result) there = rounds_mutate(fixture, from, pod);
    if (strcmp(there.decision, "injected") != 0)
        return;
    AUTO(rounds_result) moved = rounds_mutate(fixture, to, there.pod);
    AUTO(rounds_result) direct = rounds_mutate(fixture, to, pod);
    check_text(there.pod, moved.reason, direct.reason);
    check_text(there.pod, moved.decision, direct.decision);
    check_text(there.pod, moved.message, direct.message);
    check_text(there.pod, moved.class_name, direct.class_name);
    if (strcmp(direct.decision, "denied") == 0)
        return;

    check_same_json(there.pod, moved.pod, direct.pod);
    expect_quiet("moved", fixture, to, moved.pod);
    if (strcmp(direct.decision, "injected") != 0 || strcmp(to, "guard") == 0) /* the guard's variable stays */
        return;
    AUTO(rounds_result) back = rounds_mutate(fixture, from, moved.pod);
    check_same_json("back", back.pod, there.pod);
    expect_quiet("back", fixture, from, back.pod);
}

TEST(take_back__any_pod_between_any_classes__decided_as_the_pod_of_its_author)
{
    static const char *const from[] = {"thirds", "mig", "small-mig", "wholes", "shared", "two-pools", "always"};
    static const char *const to[] = {"thirds", "small-mig", "wholes", "shared", "two-pools"};
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(from); j++) {
            for (size_t k = 0; k < ARRAY_SIZE(to); k++)
                if (strcmp(from[j], to[k]) != 0)
                    check_move(&fixture, from[j], to[k], pods[i]);
        }
    }
}

TEST(take_back__policies_that_keep_or_deny__judge_the_request_of_the_author)
{
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        check_move(&fixture, "thirds", "keep", pods[i]);
        check_move(&fixture, "shared", "keep", pods[i]);
        check_move(&fixture, "thirds", "whole-deny", pods[i]);
        check_move(&fixture, "thirds", "guard", pods[i]);
        check_move(&fixture, "wholes", "always", pods[i]);
    }
}

/* Only the mode enforce writes; the reason is the one that it would give. */
TEST(take_back__modes_warn_and_shadow__leave_the_pod_as_it_came)
{
    static const char *const modes[] = {"warn", "shadow"};
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    AUTO(rounds_result) there = rounds_mutate(&fixture, "thirds", POD(A));
    for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
        AUTO(rounds_result) moved = rounds_mutate(&fixture, modes[i], there.pod);
        check_text(modes[i], moved.decision, "would_inject");
        check_text(modes[i], moved.reason, "injected");
        check_text(modes[i], moved.class_name, "a100-1g5gb");
        check_text(modes[i], moved.pod, there.pod);
        assert_int_equal(moved.warnings.count, i == 0 ? 1 : 0);
    }
}

/* Without a class of today nothing replaces what is there. */
TEST(take_back__no_class_applies__warning)
{
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    AUTO(rounds_result) there = rounds_mutate(&fixture, "mig", POD(A));
    AUTO(rounds_result) moved = rounds_mutate(&fixture, "none", there.pod);
    check_text("reason", moved.reason, "no_class");
    check_text("pod", moved.pod, there.pod);
    assert_int_equal(moved.warnings.count, 2);
    check_text("warning", moved.warnings.text[1],
               "left as it is: what was written for slice class a100-1g5gb, which the record names");
}

TEST(take_back__asked_for_nothing_and_nobody_chooses__only_taken_back)
{
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        AUTO(rounds_result) there = rounds_mutate(&fixture, "always", pods[i]);
        if (strstr(pods[i], "nvidia.com/"))
            continue;
        AUTO(rounds_result) moved = rounds_mutate(&fixture, "thirds", there.pod);
        check_text(pods[i], moved.decision, "allowed");
        check_text(pods[i], moved.reason, "no_gpu_request");
        check_same_json(pods[i], moved.pod, pods[i]);
        check_text(pods[i], moved.warnings.count > 0 ? moved.warnings.text[0] : "",
                   "the slice of class a100-1g5gb in the record goes: the pod asks for no GPU itself");
        AUTO(rounds_result) kept = rounds_mutate(&fixture, "warn-third", there.pod);
        check_text(pods[i], kept.reason, "no_gpu_request");
        check_text(pods[i], kept.warnings.count > 0 ? kept.warnings.text[0] : "",
                   "left as it is: what was written for slice class a100-1g5gb, which the record names");
    }
}

TEST(take_back__record_without_was__asks_for_slices_in_the_same_quantity)
{
    static const struct {
        const char *from, *to, *quantity, *resource;
    } cases[] = {
        {"thirds", "mig", "1", "nvidia.com/mig-1g.5gb"},
        {"thirds", "keep", "1", "nvidia.com/mig-1g.5gb"},
        {"mig", "wholes", "2", "nvidia.com/gpu"},
        {"mig", "small-mig", "1", "nvidia.com/mig-2g.10gb"},
        {"thirds", "whole-deny", "1", "nvidia.com/mig-1g.5gb"},
        {"shared", "thirds", "1", "nvidia.com/gpu"},
    };
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char was[128];
        char expected[128];
        AUTO(string) pod = text_replaced(POD("{\"name\":\"a\"," GPU("N") "}"), "\"N\"", cases[i].quantity);
        AUTO(string) whole = text_replaced(pod, "\"N\"", cases[i].quantity);
        AUTO(rounds_result) there = rounds_mutate(&fixture, cases[i].from, whole);
        (void)snprintf(was, sizeof(was), ",\\\"was\\\":{\\\"a\\\":{\\\"nvidia.com/gpu\\\":%s}}", cases[i].quantity);
        (void)snprintf(expected, sizeof(expected), "\"limits\":{\"%s\":\"%s\"}", cases[i].resource, cases[i].quantity);
        AUTO(string) old = text_replaced(there.pod, was, "");
        AUTO(rounds_result) moved = rounds_mutate(&fixture, cases[i].to, old);
        check_text(moved.message, moved.reason, "injected");
        check_text("was", moved.was, "");
        if (!strstr(moved.pod, expected))
            fail_msg("%s to %s: no %s in %s", cases[i].from, cases[i].to, expected, moved.pod);
        expect_quiet("old", &fixture, cases[i].to, moved.pod);
        AUTO(rounds_result) back = rounds_mutate(&fixture, cases[i].from, moved.pod);
        check_text(back.message, back.reason, "injected");
    }
}

/* As the namespaces, with the class's name changed to one that does not exist. */
TEST(take_back__class_no_longer_exists__decided_as_the_pod_of_its_author)
{
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        AUTO(rounds_result) there = rounds_mutate(&fixture, "thirds", pods[i]);
        if (strcmp(there.decision, "injected") != 0)
            continue;
        AUTO(string) relabelled =
            text_replaced(there.pod, "\"gpuslice.dev/class\":\"t4-third\"", "\"gpuslice.dev/class\":\"gone\"");
        AUTO(string) gone = text_replaced(relabelled, "\"class\\\":\\\"t4-third", "\"class\\\":\\\"gone");
        AUTO(rounds_result) moved = rounds_mutate(&fixture, "mig", gone);
        AUTO(rounds_result) direct = rounds_mutate(&fixture, "mig", pods[i]);
        check_text(pods[i], moved.reason, direct.reason);
        if (strcmp(direct.decision, "denied") != 0)
            check_same_json(pods[i], moved.pod, direct.pod);
        expect_quiet("gone", &fixture, "mig", moved.pod);
    }
}

#define RECORD(class, name, was)                                                                            \
    "\"annotations\":{\"gpuslice.dev/applied\":\"{\\\"class\\\":\\\"" class                                 \
        "\\\",\\\"policy\\\":\\\"p\\\",\\\"revision\\\":\\\"0123456789ab\\\",\\\"containers\\\":[\\\"" name \
        "\\\"],\\\"was\\\":{\\\"" name "\\\":{" was "}}}\"}"
#define WAS_GPU "\\\"nvidia.com/gpu\\\":1"
#define RECORDED(class, name, was, containers, more) \
    "{\"metadata\":{\"name\":\"p\"," RECORD(class, name, was) "},\"spec\":{\"containers\":[" containers "]" more "}}"
#define MIG_A "{\"name\":\"a\",\"resources\":{\"limits\":{\"nvidia.com/mig-1g.5gb\":\"1\"}}}"

/* Whatever an author writes into a record, only what is exactly what we write goes. */
TEST(take_back__what_differs_from_the_class__stays)
{
    static const struct {
        const char *name, *ns, *pod, *reason, *kept;
    } cases[] = {
        {"a narrower set", "only", RECORDED("t4-any", "a", WAS_GPU, A, AFFINITY(TERM(POOL_IN("\"thirds\"")))),
         "placement_conflict", POOL_IN("\"thirds\"")},
        {"a wider set", "thirds",
         RECORDED("a100-1g5gb", "a", WAS_GPU, MIG_A, AFFINITY(TERM(POOL_IN("\"sevenths\",\"thirds\"")))), "injected",
         POOL_IN("\"sevenths\",\"thirds\"")},
        {"NotIn", "mig",
         RECORDED("t4-third", "a", WAS_GPU, A,
                  AFFINITY(TERM(EXPRESSION("gpuslice.dev/pool", "NotIn", "\"sevenths\"")))),
         "placement_conflict", "NotIn"},
        {"another key", "mig", RECORDED("t4-third", "a", WAS_GPU, A, AFFINITY(TERM(IN("pool", "\"thirds\"")))),
         "injected", IN("pool", "\"thirds\"")},
        {"of several of a class that is gone, all but the last", "mig",
         RECORDED("gone", "a", WAS_GPU, A, AFFINITY(TERM(POOL_IN("\"x\"") "," POOL_IN("\"thirds\"")))),
         "placement_conflict", POOL_IN("\"x\"")},
        {"the nodeSelector", "mig",
         RECORDED("t4-third", "a", WAS_GPU, A, ",\"nodeSelector\":{\"gpuslice.dev/pool\":\"thirds\"}"),
         "placement_conflict", "\"nodeSelector\":{\"gpuslice.dev/pool\":\"thirds\"}"},
        {"another toleration", "mig",
         RECORDED(
             "t4-third", "a", WAS_GPU, A,
             ",\"tolerations\":[{\"key\":\"gpuslice.dev/pool\",\"operator\":\"Equal\",\"value\":\"x\",\"effect\":\"NoExecute\"}]"),
         "injected", "\"value\":\"x\",\"effect\":\"NoExecute\""},
        {"a taint of a pool that is gone with its class", "mig",
         RECORDED("gone", "a", WAS_GPU, A,
                  AFFINITY(TERM(POOL_IN("\"x\""))) ",\"tolerations\":[" TOLERATES("team", "NoSchedule") "]"),
         "injected", TOLERATES("team", "NoSchedule")},
        {"a taint of a pool that a class that is gone did not require", "mig",
         RECORDED("gone", "a", WAS_GPU, A,
                  AFFINITY(TERM(POOL_IN("\"wholes\""))) ",\"tolerations\":[" TOLERATES("team", "NoSchedule") "]"),
         "injected", TOLERATES("team", "NoSchedule")},
        {"another effect than that of the pool of a class that is gone", "mig",
         RECORDED("gone", "a", WAS_GPU, A,
                  AFFINITY(TERM(POOL_IN("\"thirds\""))) ",\"tolerations\":[" TOLERATES("team", "PreferNoSchedule") "]"),
         "injected", TOLERATES("team", "PreferNoSchedule")},
        {"a variable of another value", "shared",
         RECORDED("t4-third", "a", WAS_GPU,
                  "{\"name\":\"a\",\"env\":[{\"name\":\"MPS\",\"value\":\"50\"}]," GPU("1") "}", ""),
         "env_conflict", "\"value\":\"50\""},
        {"another runtimeClassName", "mig", RECORDED("l4-quarter", "a", WAS_GPU, A, ",\"runtimeClassName\":\"kata\""),
         "injected", "kata"},
        {"a container that the record does not name", "mig",
         RECORDED("t4-third", "a", "", A ",{\"name\":\"b\"," GPU("1") "}", ""), "injected",
         "\\\"was\\\":{\\\"b\\\":{\\\"nvidia.com/gpu\\\":1}}"},
        {"a container that does not exist", "mig", RECORDED("t4-third", "z", WAS_GPU, A, ""), "injected",
         "\\\"was\\\":{\\\"a\\\":{\\\"nvidia.com/gpu\\\":1}}"},
        {"a named container without the slice", "mig", RECORDED("a100-2g10gb", "a", "", A, ""), "injected",
         "\\\"was\\\":{\\\"a\\\":{\\\"nvidia.com/gpu\\\":1}}"},
        {"a slice of another class", "mig",
         RECORDED("gpu-whole", "a", WAS_GPU,
                  "{\"name\":\"a\",\"resources\":{\"limits\":{\"nvidia.com/mig-2g.10gb\":\"1\"}}}", ""),
         "other_slice_denied", "nvidia.com/mig-2g.10gb"},
        {"more than the class gives", "thirds", RECORDED("a100-1g5gb", "a", "\\\"nvidia.com/gpu\\\":9", MIG_A, ""),
         "too_many_slices", "9"},
        {"a slice that it did not ask for", "thirds",
         RECORDED("a100-1g5gb", "a", "\\\"nvidia.com/mig-2g.10gb\\\":1", MIG_A, ""), "other_slice_denied", "mig-2g"},
        {"two resources", "thirds", RECORDED("a100-1g5gb", "a", WAS_GPU ",\\\"nvidia.com/gpu.shared\\\":1", MIG_A, ""),
         "mixed_request", "gpu.shared"},
    };
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(rounds_result) result = rounds_mutate(&fixture, cases[i].ns, cases[i].pod);
        check_text(cases[i].name, result.reason, cases[i].reason);
        if (!strstr(result.pod, cases[i].kept))
            fail_msg("%s: no %s in %s", cases[i].name, cases[i].kept, result.pod);
        if (strcmp(result.decision, "denied") != 0)
            expect_quiet(cases[i].name, &fixture, cases[i].ns, result.pod);
    }
}

/* Another webhook added a term, or a LimitRange its default, after the first round. */
TEST(take_back__changed_between_the_rounds__only_ours_goes)
{
    static const struct {
        const char *name, *ns, *pod, *as;
    } cases[] = {
        {"a term of its own", "mig",
         RECORDED("t4-third", "a", WAS_GPU, A,
                  AFFINITY(TERM(POOL_IN("\"thirds\"")) "," TERM(IN("zone", "\"a\"") "," POOL_IN("\"thirds\"")))),
         PLACED(A, AFFINITY(TERM(IN("zone", "\"a\""))))},
        {"an expression in our term", "mig",
         RECORDED("t4-third", "a", WAS_GPU, A, AFFINITY(TERM(POOL_IN("\"thirds\"") "," IN("zone", "\"a\"")))),
         PLACED(A, AFFINITY(TERM(IN("zone", "\"a\""))))},
        {"an empty term, which matches no node", "mig",
         RECORDED("t4-third", "a", WAS_GPU, A, AFFINITY("{}," TERM(POOL_IN("\"thirds\"")))), POD(A)},
        {"empty terms of each form", "mig",
         RECORDED("t4-third", "a", WAS_GPU, A,
                  AFFINITY(TERM(POOL_IN("\"thirds\"")) ",{\"matchExpressions\":null},{\"matchExpressions\":[],"
                                                       "\"matchFields\":[]}")),
         POD(A)},
        {"an empty term, of a class that is gone", "mig",
         RECORDED("gone", "a", WAS_GPU, A, AFFINITY(TERM(POOL_IN("\"x\"")) ",{}")), POD(A)},
        {"empty terms alone", "mig", RECORDED("t4-third", "a", WAS_GPU, A, AFFINITY("{},{}")),
         PLACED(A, AFFINITY("{},{}"))},
        {"the values in another order", "mig",
         RECORDED("t4-any", "a", WAS_GPU, A, AFFINITY(TERM(POOL_IN("\"wholes\",\"thirds\"")))), POD(A)},
        {"taints of the nodes of several pools, of a class that is gone", "mig",
         RECORDED("gone", "a", WAS_GPU, A,
                  AFFINITY(TERM(POOL_IN("\"wholes\",\"thirds\""))) ",\"tolerations\":[" TOLERATES(
                      "team", "NoExecute") "," TOLERATES("own", "NoSchedule") "," TOLERATES("team", "NoSchedule") "]"),
         PLACED(A, ",\"tolerations\":[" TOLERATES("own", "NoSchedule") "]")},
        {"a default of a LimitRange", "wholes",
         RECORDED(
             "a100-1g5gb", "a", "",
             "{\"name\":\"a\",\"resources\":{\"limits\":{\"nvidia.com/mig-1g.5gb\":\"1\",\"nvidia.com/gpu\":\"1\"}}}",
             ""),
         POD(IDLE("a"))},
        {"the label", "mig",
         "{\"metadata\":{\"name\":\"p\",\"labels\":{\"gpuslice.dev/class\":\"t4-third\"}," RECORD(
             "t4-third", "a", WAS_GPU) "},\"spec\":{\"containers\":[" A "]}}",
         POD(A)},
    };
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(rounds_result) result = rounds_mutate(&fixture, cases[i].ns, cases[i].pod);
        AUTO(rounds_result) direct = rounds_mutate(&fixture, cases[i].ns, cases[i].as);
        check_text(cases[i].name, result.reason, direct.reason);
        check_same_json(cases[i].name, result.pod, direct.pod);
        expect_quiet(cases[i].name, &fixture, cases[i].ns, result.pod);
    }
}

/* The variable of the guard goes from containers that get a slice, and stays in the others. */
TEST(take_back__variable_of_the_guard__goes_where_a_slice_is)
{
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    AUTO(rounds_result) there = rounds_mutate(&fixture, "guard", POD(A "," IDLE("b")));
    assert_non_null(strstr(there.pod, "\"value\":\"void\""));
    AUTO(string) asks = text_replaced(there.pod, "\"b\",\"resources\":{}", "\"b\"," GPU("1"));
    AUTO(rounds_result) joined = rounds_mutate(&fixture, "guard", asks);
    check_text("joined", joined.reason, "injected");
    assert_null(strstr(joined.pod, "void"));
    expect_quiet("joined", &fixture, "guard", joined.pod);

    AUTO(rounds_result) moved = rounds_mutate(&fixture, "wholes", asks);
    check_text("moved", moved.reason, "injected");
    assert_null(strstr(moved.pod, "void"));
    AUTO(rounds_result) idle = rounds_mutate(&fixture, "wholes", there.pod);
    assert_non_null(strstr(idle.pod, "\"value\":\"void\""));

    AUTO(rounds_result) own = rounds_mutate(
        &fixture, "guard",
        POD("{\"name\":\"a\",\"env\":[{\"name\":\"NVIDIA_VISIBLE_DEVICES\",\"value\":\"void\"}]," GPU("1") "}"));
    check_text("without a record, too", own.reason, "injected");
    assert_null(strstr(own.pod, "void"));
    AUTO(rounds_result) other = rounds_mutate(
        &fixture, "guard",
        POD("{\"name\":\"a\",\"env\":[{\"name\":\"NVIDIA_VISIBLE_DEVICES\",\"value\":\"all\"}]," GPU("1") "}"));
    check_text("another value is the author's", other.reason, "visible_devices_denied");
}

/* For the commands that judge a pod that exists, whatever class its record names. */
TEST(take_back_from_object__any_class__pod_of_its_author)
{
    static const char *const from[] = {"thirds", "mig", "shared", "two-pools", "always", "guard"};
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(from); j++) {
            struct err err;
            struct changes changes;
            AUTO(rounds_result) there = rounds_mutate(&fixture, from[j], pods[i]);
            if (strcmp(there.decision, "injected") != 0)
                continue;
            AUTO(cjson) object = cJSON_Parse(there.pod);
            changes_init(&changes, PATCH_MAX);
            check_success(from[j], take_back_from_object(&changes, object, fixture.loaded.set, &err), &err);
            changes_fini(&changes);
            AUTO(cjson_text) printed = cJSON_PrintUnformatted(object);
            check_same_json(from[j], printed, pods[i]);
        }
    }
}

TEST(take_back_from_object__no_record_that_parses__unchanged)
{
    struct err err;
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    struct changes changes;
    AUTO(cjson) object =
        cJSON_Parse("{\"metadata\":{\"annotations\":{\"gpuslice.dev/applied\":\"x\"}},\"spec\":{\"containers\":[]}}");
    changes_init(&changes, PATCH_MAX);
    check_success("x", take_back_from_object(&changes, object, fixture.loaded.set, &err), &err);
    assert_int_equal(changes.patch.count, 0);
    changes_fini(&changes);
    assert_non_null(cjson_find(object, PATH("metadata", "annotations", "gpuslice.dev/applied")));
}
