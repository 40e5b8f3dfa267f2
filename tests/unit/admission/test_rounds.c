/* The rounds of one pod: the record keeps what was replaced, and a round after which nothing changed is quiet. */
#include "json/apply.h"
#include "tests/support/rounds_fixture.h"

#define GPU(n)          "\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"" n "\"},\"requests\":{\"nvidia.com/gpu\":\"" n "\"}}"
#define A(n)            "{\"name\":\"a\"," GPU(n) "}"
#define B(n)            "{\"name\":\"b\"," GPU(n) "}"
#define IDLE(name)      "{\"name\":\"" name "\"}"
#define POD(containers) "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[" containers "]}}"

TEST(record__written__has_what_was_replaced)
{
    static const struct {
        const char *name, *ns, *pod, *was;
    } cases[] = {
        {"a GPU that becomes a MIG slice", "mig", POD(A("1")), JSON({"a":{"nvidia.com/gpu":1}})},
        {"a GPU that stays", "thirds", POD(A("1")), JSON({"a":{"nvidia.com/gpu":1}})},
        {"two GPUs", "wholes", POD(A("2")), JSON({"a":{"nvidia.com/gpu":2}})},
        {"nothing", "always", POD(IDLE("a") "," IDLE("b")), JSON({"a":{}})},
        {"one of two containers", "mig", POD(IDLE("b") "," A("1")), JSON({"a":{"nvidia.com/gpu":1}})},
        {"an empty name", "always", POD(IDLE("")), JSON({"":{}})},
        {"two of one name", "mig", POD(A("1") "," A("1")), JSON({"a":{"nvidia.com/gpu":1}})},
        {"no container", "always", POD(""), ""},
    };
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(rounds_result) first = rounds_mutate(&fixture, cases[i].ns, cases[i].pod);
        check_text(cases[i].name, first.was, cases[i].was);
        expect_quiet(cases[i].name, &fixture, cases[i].ns, first.pod);
    }
}

TEST(record__container_joins__keeps_was_of_the_others)
{
    static const struct {
        const char *name, *ns, *pod, *part, *by, *was;
    } cases[] = {
        {"one that asks", "mig", POD(A("1")), "\"containers\":[", "\"containers\":[" B("1") ",",
         JSON({"b":{"nvidia.com/gpu":1},"a":{"nvidia.com/gpu":1}})},
        {"one that asks for the slice", "mig", POD(A("1")), "\"containers\":[",
         "\"containers\":[{\"name\":\"b\",\"resources\":{\"limits\":{\"nvidia.com/mig-1g.5gb\":\"1\"}}},",
         JSON({"b":{"nvidia.com/mig-1g.5gb":1},"a":{"nvidia.com/gpu":1}})},
        {"one beside a target", "always", POD(IDLE("a")), "\"containers\":[", "\"containers\":[" B("1") ",",
         JSON({"b":{"nvidia.com/gpu":1},"a":{}})},
        {"nobody", "mig", POD(A("1")), "\"containers\":[", "\"containers\":[" IDLE("b") ",",
         JSON({"a":{"nvidia.com/gpu":1}})},
    };
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(rounds_result) first = rounds_mutate(&fixture, cases[i].ns, cases[i].pod);
        AUTO(string) joined = text_replaced(first.pod, cases[i].part, cases[i].by);
        AUTO(rounds_result) second = rounds_mutate(&fixture, cases[i].ns, joined);
        check_text(cases[i].name, second.was, cases[i].was);
        expect_quiet(cases[i].name, &fixture, cases[i].ns, second.pod);
    }
}

/* A record of an earlier version does not say what it replaced, so no later one can. */
TEST(record__without_was__stays_without)
{
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    AUTO(rounds_result) first = rounds_mutate(&fixture, "mig", POD(A("1")));
    AUTO(string) old = text_replaced(first.pod, ",\\\"was\\\":{\\\"a\\\":{\\\"nvidia.com/gpu\\\":1}}", "");
    expect_quiet("it is valid", &fixture, "mig", old);
    AUTO(string) joined = text_replaced(old, "\"containers\":[{", "\"containers\":[" B("1") ",{");
    AUTO(rounds_result) second = rounds_mutate(&fixture, "mig", joined);
    check_text("was", second.was, "");
    assert_non_null(strstr(second.pod, "\\\"containers\\\":[\\\"b\\\",\\\"a\\\"]}"));
    expect_quiet("after that", &fixture, "mig", second.pod);
}

TEST(record__containers_in_another_order__valid)
{
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    AUTO(rounds_result) first = rounds_mutate(&fixture, "mig", POD(A("1") "," B("1")));
    AUTO(string) other = text_replaced(first.pod, "[\\\"a\\\",\\\"b\\\"]", "[\\\"b\\\",\\\"a\\\"]");
    expect_quiet("another order", &fixture, "mig", other);
}

TEST(record__three_containers_with_names_of_20__under_600_bytes)
{
#define LONG(c) "{\"name\":\"" c c c c "\"," GPU("1") "}"
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    AUTO(rounds_result) first = rounds_mutate(&fixture, "mig", POD(LONG("aaaaa") "," LONG("bbbbb") "," LONG("ccccc")));
    const char *record = strstr(first.pod, "\"{\\\"class\\\"");
    assert_non_null(record);
    const char *end = strstr(record, "}\"");
    assert_non_null(end);
    assert_in_range(end - record, 200, 500); /* with a backslash before each quote */
}

#define OP(op, path, value) "{\"op\":\"" op "\",\"path\":\"" path "\",\"value\":" value "}"
#define REMOVE(path)        "{\"op\":\"remove\",\"path\":\"" path "\"}"
#define REQUIRED            "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
#define ZONE                "{\"matchExpressions\":[{\"key\":\"zone\",\"operator\":\"In\",\"values\":[\"a\"]}]}"
#define MIG_LIMIT           "/spec/containers/0/resources/limits/nvidia.com~1mig-1g.5gb"
#define MIG_REQUEST         "/spec/containers/0/resources/requests/nvidia.com~1mig-1g.5gb"

/* What another webhook does to the pod. */
static char *changed(const char *pod, const char *operations)
{
    struct err err;
    AUTO(string) text = NULL;
    assert_true(asprintf(&text, "[%s]", operations) > 0);
    AUTO(json) document = json_loads(pod, 0, NULL);
    AUTO(json) patch = json_loads(text, 0, NULL);
    check_success(text, patch_apply(&document, patch, &err), &err);
    return json_dumps(document, JSON_COMPACT);
}

struct change {
    const char *name, *ns, *operations, *reason;
};

/* Decides about a pod with the containers a and b, which ask for a GPU, then about what another webhook makes of it.
 * Then a third round must be quiet. */
static void check_change(const struct rounds_fixture *fixture, const struct change *change)
{
    AUTO(rounds_result) first = rounds_mutate(fixture, change->ns, POD(A("1") "," B("1")));
    check_text(change->name, first.reason, "injected");
    AUTO(string) between = changed(first.pod, change->operations);
    AUTO(rounds_result) second = rounds_mutate(fixture, change->ns, between);
    check_text(change->name, second.reason, change->reason);
    if (strcmp(second.decision, "denied") != 0)
        expect_quiet(change->name, fixture, change->ns, second.pod);
}

TEST(rounds__changed_in_between__repaired)
{
    static const struct change changes[] = {
        {"tolerations replaced", "mig", OP("replace", "/spec/tolerations", "[]"), "injected"},
        {"affinity replaced", "mig", OP("replace", "/spec/affinity", "{}"), "injected"},
        {"terms replaced", "mig", OP("replace", REQUIRED "/nodeSelectorTerms", "[" ZONE "]"), "injected"},
        {"a term added", "mig", OP("add", REQUIRED "/nodeSelectorTerms/-", ZONE), "injected"},
        {"annotations wiped", "mig", REMOVE("/metadata/annotations"), "injected"},
        {"a request dropped", "mig", REMOVE(MIG_REQUEST), "injected"},
        {"the old request put back", "mig", OP("add", "/spec/containers/0/resources/limits/nvidia.com~1gpu", "\"1\""),
         "injected"},
        {"a container renamed", "mig", OP("replace", "/spec/containers/0/name", "\"c\""), "injected"},
        {"a container removed", "mig", REMOVE("/spec/containers/1"), "injected"},
        {"a container that asks", "mig", OP("add", "/spec/containers/-", "{\"name\":\"c\"," GPU("1") "}"), "injected"},
        {"a container that does not ask", "mig", OP("add", "/spec/containers/-", "{\"name\":\"c\"}"),
         "already_conforms"},
        {"containers in another order", "mig",
         REMOVE("/spec/containers/0") "," OP(
             "add", "/spec/containers/-",
             "{\"name\":\"a\",\"resources\":{\"limits\":{\"nvidia.com/mig-1g.5gb\":\"1\"},\"requests\":{\"nvidia.com/mig-1g.5gb\":\"1\"}}}"),
         "already_conforms"},
        {"the label changed", "mig", OP("replace", "/metadata/labels/gpuslice.dev~1class", "\"mine\""), "injected"},
        {"labels wiped", "mig", REMOVE("/metadata/labels"), "injected"},
        {"a variable of the class removed", "shared", REMOVE("/spec/containers/0/env"), "injected"},
        {"the runtimeClassName removed", "shared", REMOVE("/spec/runtimeClassName"), "injected"},
    };
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
        check_change(&fixture, &changes[i]);
}

TEST(rounds__contradicted_in_between__judged_as_ever)
{
    static const struct change changes[] = {
        {"a node", "mig", OP("add", "/spec/nodeName", "\"n\""), "bound_gpu"},
        {"a selector", "mig", OP("add", "/spec/nodeSelector", "{\"gpuslice.dev/pool\":\"x\"}"), "placement_conflict"},
        {"a variable", "shared", OP("replace", "/spec/containers/0/env/0/value", "\"50\""), "env_conflict"},
        {"a runtimeClassName", "shared", OP("replace", "/spec/runtimeClassName", "\"kata\""), "runtime_class_conflict"},
        {"visible devices", "guard",
         OP("add", "/spec/containers/0/env", "[{\"name\":\"NVIDIA_VISIBLE_DEVICES\",\"value\":\"all\"}]"),
         "visible_devices_denied"},
        {"one too many", "small-mig", OP("add", "/spec/containers/-", "{\"name\":\"c\"," GPU("1") "}"),
         "too_many_slices"},
        {"another slice", "mig",
         OP("add", "/spec/containers/-",
            "{\"name\":\"c\",\"resources\":{\"limits\":{\"nvidia.com/gpu.shared\":\"1\"}}}"),
         "other_slice_denied"},
    };
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
        check_change(&fixture, &changes[i]);
}

/* Nobody asks any more, so there is no slice. What else was written stays, and the warning says so. */
TEST(rounds__resources_wiped_in_between__warning)
{
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    AUTO(rounds_result) first = rounds_mutate(&fixture, "mig", POD(A("1")));
    AUTO(string) between = changed(first.pod, OP("replace", "/spec/containers/0/resources", "{}"));
    AUTO(rounds_result) second = rounds_mutate(&fixture, "mig", between);
    check_text("reason", second.reason, "no_gpu_request");
    check_text("warning", second.warnings.text[0],
               "left as it is: what was written for slice class a100-1g5gb, which the record names");
}
