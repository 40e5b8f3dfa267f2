/* Copies of pods with a slice that have lost their annotations, as `kubectl debug --copy-to` makes them. */
#include "tests/support/rounds_fixture.h"

#define GPU(n)            "\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"" n "\"},\"requests\":{\"nvidia.com/gpu\":\"" n "\"}}"
#define A                 "\"containers\":[{\"name\":\"a\"," GPU("1") "}]"
#define ASKS(resource)    "\"containers\":[{\"name\":\"a\",\"resources\":{\"limits\":{\"" resource "\":\"1\"}}}]"
#define IN(key, values)   "{\"key\":\"" key "\",\"operator\":\"In\",\"values\":[" values "]}"
#define POOL(values)      IN("gpuslice.dev/pool", values)
#define TERM(expressions) "{\"matchExpressions\":[" expressions "]}"
#define AFFINITY(terms)                                                                                                  \
    ",\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[" terms \
    "]}}}"
#define POD(containers, terms) "{\"metadata\":{\"name\":\"p\"},\"spec\":{" containers AFFINITY(terms) "}}"
#define CHOSEN(class) \
    "{\"metadata\":{\"name\":\"p\",\"annotations\":{\"gpuslice.dev/class\":\"" class "\"}},\"spec\":{" A "}}"

/* The copy that each profile of `kubectl debug` but legacy makes: without labels, annotations and probes. */
static char *copy_of(const char *pod)
{
    AUTO(cjson) object = cJSON_Parse(pod);
    cJSON *metadata = cJSON_GetObjectItem(object, "metadata");
    cJSON_DeleteItemFromObject(metadata, "annotations");
    cJSON_DeleteItemFromObject(metadata, "labels");
    AUTO(cjson_text) printed = cJSON_PrintUnformatted(object);
    return strdup(printed);
}

TEST(copy__of_a_pod_that_chose__has_its_class)
{
    static const struct {
        const char *pod, *class_name;
    } cases[] = {
        {CHOSEN("t4-third"), "t4-third"},       {CHOSEN("a100-1g5gb"), "a100-1g5gb"},
        {CHOSEN("a100-2g10gb"), "a100-2g10gb"}, {CHOSEN("gpu-whole"), "gpu-whole"},
        {CHOSEN("t4-any"), "t4-any"},           {CHOSEN("l4-quarter"), "l4-quarter"},
    };
    static const char *const namespaces[] = {"mig",    "wholes", "shared",     "none",
                                             "always", "keep",   "whole-deny", "guard"};
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(namespaces); j++) {
            AUTO(rounds_result) first = rounds_mutate(&fixture, namespaces[j], cases[i].pod);
            AUTO(string) copy = copy_of(first.pod);
            AUTO(rounds_result) second = rounds_mutate(&fixture, namespaces[j], copy);
            check_text(copy, second.decision, "injected");
            check_text(copy, second.class_name, cases[i].class_name);
            AUTO(rounds_result) third = rounds_mutate(&fixture, namespaces[j], second.pod);
            check_text(copy, third.class_name, cases[i].class_name);
            assert_int_equal(third.operations, 0);
        }
    }
}

TEST(copy__of_the_class_that_applies_anyway__only_record_and_label)
{
    static const char *const namespaces[] = {"thirds", "thirds-too", "mig", "wholes", "shared", "two-pools"};
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
        AUTO(rounds_result) first =
            rounds_mutate(&fixture, namespaces[i], "{\"metadata\":{\"name\":\"p\"},\"spec\":{" A "}}");
        AUTO(string) copy = copy_of(first.pod);
        AUTO(rounds_result) second = rounds_mutate(&fixture, namespaces[i], copy);
        check_text(namespaces[i], second.class_name, first.class_name);
        assert_int_equal(second.operations, 2);
    }
}

TEST(copy__by_its_shape__chooses_or_not)
{
    static const struct {
        const char *name, *ns, *pod, *class_name, *reason;
    } cases[] = {
        {"made by hand", "thirds", POD(ASKS("nvidia.com/mig-1g.5gb"), TERM(POOL("\"sevenths\""))), "a100-1g5gb",
         "injected"},
        {"the resource decides between classes of a pool", "thirds",
         POD(ASKS("nvidia.com/mig-2g.10gb"), TERM(POOL("\"sevenths\""))), "a100-2g10gb", "injected"},
        {"of two classes the first name", "mig", POD(A, TERM(POOL("\"thirds\""))), "t4-third", "injected"},
        {"of two classes the one that applies anyway", "thirds-too", POD(A, TERM(POOL("\"thirds\""))), "t4-third-too",
         "injected"},
        {"each term", "mig", POD(A, TERM(POOL("\"wholes\"")) "," TERM(IN("zone", "\"a\"") "," POOL("\"wholes\""))),
         "gpu-whole", "injected"},
        {"an empty term counts for nothing", "mig", POD(A, "{}," TERM(POOL("\"wholes\""))), "gpu-whole", "injected"},
        {"not in each term", "mig", POD(A, TERM(POOL("\"wholes\"")) "," TERM(IN("zone", "\"a\""))), "a100-1g5gb",
         "injected"},
        {"only empty terms", "mig", POD(A, "{}"), "a100-1g5gb", "injected"},
        {"values in another order", "mig", POD(A, TERM(POOL("\"wholes\",\"thirds\""))), "t4-any", "injected"},
        {"another set of pools", "mig", POD(A, TERM(POOL("\"wholes\",\"quarters\""))), "a100-1g5gb",
         "placement_conflict"},
        {"another resource", "thirds", POD(A, TERM(POOL("\"sevenths\""))), "t4-third", "placement_conflict"},
        {"no choice: podChoice false", "fixed", POD(A, TERM(POOL("\"wholes\""))), "a100-1g5gb", "placement_conflict"},
        {"no choice: not allowed", "only", POD(A, TERM(POOL("\"wholes\""))), "a100-1g5gb", "placement_conflict"},
        {"an annotation counts more", "mig",
         "{\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"none\"}},\"spec\":{" A AFFINITY(
             TERM(POOL("\"wholes\""))) "}}",
         "", "no_class"},
        {"a whole GPU that would be kept", "keep", POD(A, TERM(POOL("\"wholes\""))), "gpu-whole", "injected"},
        {"mode warn", "warn", POD(A, TERM(POOL("\"wholes\""))), "gpu-whole", "injected"},
    };
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(rounds_result) first = rounds_mutate(&fixture, cases[i].ns, cases[i].pod);
        check_text(cases[i].name, first.class_name, cases[i].class_name);
        check_text(cases[i].name, first.reason, cases[i].reason);
        AUTO(rounds_result) second = rounds_mutate(&fixture, cases[i].ns, first.pod);
        if (strcmp(first.decision, "injected") == 0 && second.operations > 0)
            fail_msg("%s: the second round does %s", cases[i].name, second.patch);
    }
}

TEST(copy__choice_does_not_hold__denial_says_so)
{
    static const char affinity[] =
        "; the pod's node affinity looks like that of a copy of a pod with slice class \"gpu-whole\", ";
    AUTO(rounds_fixture) fixture = rounds_fixture_make();
    AUTO(rounds_result) only = rounds_mutate(&fixture, "only", POD(A, TERM(POOL("\"wholes\""))));
    AUTO(rounds_result) fixed = rounds_mutate(&fixture, "fixed", POD(A, TERM(POOL("\"wholes\""))));
    AUTO(rounds_result) other =
        rounds_mutate(&fixture, "only", POD(ASKS("nvidia.com/mig-2g.10gb"), TERM(POOL("\"sevenths\""))));
    assert_non_null(strstr(only.message, affinity));
    assert_non_null(strstr(only.message, "which is not allowed here: remove that affinity, and choose a class by the "
                                         "annotation gpuslice.dev/class [policy only]"));
    assert_non_null(strstr(fixed.message, affinity));
    assert_non_null(strstr(fixed.message,
                           "by the annotation gpuslice.dev/class or by a copy (podChoice: false): remove that "
                           "affinity [policy fixed]"));
    check_text("other", other.reason, "other_slice_denied");
    assert_non_null(
        strstr(other.message, "a copy of a pod with slice class \"a100-2g10gb\", which is not allowed here"));
}
