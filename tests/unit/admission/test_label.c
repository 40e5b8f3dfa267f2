/* The label of the class: written, overwritten on bare pods, never changed under a controller. */
#include "tests/support/rounds_fixture.h"

#define GPU          "\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1\"},\"requests\":{\"nvidia.com/gpu\":\"1\"}}"
#define ASKS         "\"spec\":{\"containers\":[{\"name\":\"a\"," GPU "}]}}"
#define ASKS_TWO     "\"spec\":{\"containers\":[{\"name\":\"a\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"2\"}}}]}}"
#define IDLE         "\"spec\":{\"containers\":[{\"name\":\"a\"}]}}"
#define LABEL(value) "\"labels\":{\"app\":\"x\",\"gpuslice.dev/class\":\"" value "\"}"
#define OWNER(more)  ",\"ownerReferences\":[{\"kind\":\"ReplicaSet\",\"name\":\"vllm-6db5\"" more "}]"
#define CONTROLLED   OWNER(",\"controller\":true")
#define RECORD(class)                                                                                                      \
    ",\"annotations\":{\"gpuslice.dev/applied\":\"{\\\"class\\\":\\\"" class                                               \
        "\\\",\\\"policy\\\":\\\"p\\\",\\\"revision\\\":\\\"0123456789ab\\\",\\\"containers\\\":[\\\"a\\\"],\\\"was\\\":{" \
        "\\\"a\\\":{\\\"nvidia.com/gpu\\\":1}}}\"}"
#define POD(metadata, spec) "{\"metadata\":{" metadata "}," spec

TEST(label__of_another_class__kept_overwritten_or_denied)
{
    static const struct {
        const char *name, *ns, *pod, *decision, *reason;
        const char *label; /* afterwards */
        bool warned;
    } cases[] = {
        {"a controller", "mig", POD(LABEL("t4-third") CONTROLLED, ASKS), "denied", "label_conflict", "t4-third", false},
        {"a controller, and no class has that name", "mig", POD(LABEL("mine") CONTROLLED, ASKS), "denied",
         "label_conflict", "mine", false},
        {"a controller and an empty value", "mig", POD(LABEL("") CONTROLLED, ASKS), "denied", "label_conflict", "",
         false},
        {"a second owner that is the controller", "mig",
         POD(LABEL(
                 "mine") ",\"ownerReferences\":[{\"kind\":\"A\",\"name\":\"a\"},{\"kind\":\"Job\",\"name\":\"b\",\"controller\":true}]",
             ASKS),
         "denied", "label_conflict", "mine", false},
        {"mode warn", "warn", POD(LABEL("mine") CONTROLLED, ASKS), "would_deny", "label_conflict", "mine", true},
        {"mode shadow", "shadow", POD(LABEL("mine") CONTROLLED, ASKS), "would_deny", "label_conflict", "mine", false},
        {"a controller and the class itself", "mig", POD(LABEL("a100-1g5gb") CONTROLLED, ASKS), "injected", "injected",
         "a100-1g5gb", false},
        {"no controller", "mig", POD(LABEL("t4-third"), ASKS), "injected", "injected", "a100-1g5gb", true},
        {"an owner that is no controller", "mig", POD(LABEL("mine") OWNER(""), ASKS), "injected", "injected",
         "a100-1g5gb", true},
        {"an owner that says so", "mig", POD(LABEL("mine") OWNER(",\"controller\":false"), ASKS), "injected",
         "injected", "a100-1g5gb", true},
        {"a record of that very class", "mig", POD(LABEL("t4-third") CONTROLLED RECORD("t4-third"), ASKS), "injected",
         "injected", "t4-third", true},
        {"a record of a class that is gone", "mig", POD(LABEL("gone") CONTROLLED RECORD("gone"), ASKS), "injected",
         "injected", "gone", true},
        {"a record of a third class", "mig", POD(LABEL("mine") CONTROLLED RECORD("t4-third"), ASKS), "denied",
         "label_conflict", "mine", false},
        {"a record that does not match the pod", "mig", POD(LABEL("mine") CONTROLLED RECORD("a100-1g5gb"), ASKS),
         "denied", "label_conflict", "mine", false},
        {"no slice", "mig", POD(LABEL("t4-third") CONTROLLED, IDLE), "allowed", "no_gpu_request", "t4-third", false},
        {"a request that is kept", "keep", POD(LABEL("t4-third") CONTROLLED, ASKS), "allowed", "whole_gpu_kept",
         "t4-third", false},
        {"no class", "none", POD(LABEL("t4-third") CONTROLLED, ASKS), "allowed", "no_class", "t4-third", true},
    };
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char label[128];
        (void)snprintf(label, sizeof(label), "\"gpuslice.dev/class\":\"%s\"", cases[i].label);
        AUTO(rounds_result) first = rounds_mutate(&fixture, cases[i].ns, cases[i].pod);
        check_text(cases[i].name, first.reason, cases[i].reason);
        check_text(cases[i].name, first.decision, cases[i].decision);
        if (!strstr(first.pod, label) || (first.warnings.count > 0) != cases[i].warned)
            fail_msg("%s: %zu warnings, %s", cases[i].name, first.warnings.count, first.pod);

        AUTO(rounds_result) second = rounds_mutate(&fixture, cases[i].ns, first.pod);
        if (second.operations > 0 || (strcmp(first.decision, "injected") == 0 && second.message[0]))
            fail_msg("%s: the second round does %s %s", cases[i].name, second.patch, second.message);
    }
}

TEST(label__added_under_a_controller__not_denied_when_another_webhook_changes_it)
{
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    AUTO(rounds_result) first = rounds_mutate(&fixture, "mig", POD("\"labels\":{}" CONTROLLED, ASKS));
    char *label = strstr(first.pod, "\"gpuslice.dev/class\":\"a100-1g5gb\"");
    assert_non_null(label);
    memcpy(label, "\"gpuslice.dev/class\":\"t4-third..\"", strlen("\"gpuslice.dev/class\":\"a100-1g5gb\""));
    AUTO(rounds_result) second = rounds_mutate(&fixture, "mig", first.pod);
    assert_int_equal(second.operations, 0);
    check_text("warning", second.warnings.text[0],
               "label gpuslice.dev/class stays t4-third.., as a controller may select by it; the class is a100-1g5gb");
}

/* The pod of a workload's template has an owner without a name. */
static char *replaced_name(const char *pod)
{
    const char *name = strstr(pod, "vllm-6db5");
    char *text = NULL;
    assert_non_null(name);
    assert_true(asprintf(&text, "%.*s%s", (int)(name - pod), pod, name + strlen("vllm-6db5")) > 0);
    return text;
}

TEST(label__denial__says_what_to_do)
{
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    AUTO(rounds_result) result = rounds_mutate(&fixture, "mig", POD(LABEL("t4-third") CONTROLLED, ASKS));
    check_text("message", result.message,
               "the pod has the label gpuslice.dev/class: \"t4-third\", but gets slice class \"a100-1g5gb\", and its "
               "controller (ReplicaSet \"vllm-6db5\") may select its pods by that label; remove the label from the pod "
               "template and from the selector, because gpuslice writes it, and choose a class by the annotation "
               "gpuslice.dev/class [policy mig]");

    AUTO(string) template = replaced_name(POD(LABEL("t4-third") CONTROLLED, ASKS));
    AUTO(rounds_result) advised = rounds_mutate(&fixture, "mig", template);
    assert_non_null(strstr(advised.message, "and its controller (ReplicaSet) may select"));
}

/* A class whose label cannot be written would be denied too. */
TEST(label__remedy_of_another_denial__never_ends_in_a_label_conflict)
{
    static const struct {
        const char *name, *pod, *remedy;
    } cases[] = {
        {"a controller, and the class of now", POD(LABEL("t4-third") CONTROLLED, ASKS_TWO), NULL},
        {"a controller, and no class", POD(LABEL("mine") CONTROLLED, ASKS_TWO), NULL},
        {"a controller, and the class that takes it", POD(LABEL("gpu-whole") CONTROLLED, ASKS_TWO), "\"gpu-whole\""},
        {"a controller, and no label", POD("\"labels\":{}" CONTROLLED, ASKS_TWO), "\""},
        {"no controller", POD(LABEL("t4-third"), ASKS_TWO), "\""},
        {"a controller, and a record of that very class",
         POD(LABEL("gone") CONTROLLED RECORD("gone"), "\"spec\":{\"containers\":[{\"name\":\"a\"," GPU
                                                      "},{\"name\":\"b\",\"resources\":{\"limits\":{\"nvidia.com/"
                                                      "gpu\":\"2\"}}}]}}"),
         "\""},
    };
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char remedy[128];
        (void)snprintf(remedy, sizeof(remedy), "set the pod's annotation gpuslice.dev/class to %s",
                       cases[i].remedy ? cases[i].remedy : "");
        AUTO(rounds_result) result = rounds_mutate(&fixture, "thirds", cases[i].pod);
        check_text(cases[i].name, result.reason, "too_many_slices");
        if ((strstr(result.message, remedy) != NULL) != (cases[i].remedy != NULL) ||
            !strstr(result.message, "ask for at most 1 in each container"))
            fail_msg("%s: %s", cases[i].name, result.message);
    }
}
