/* Warnings about what was meant for gpuslice and is not read: on pods at admission, on workloads and on namespaces. */
#include "admission/model/own_keys.h"
#include "json/find.h"
#include "json/patch.h"
#include "tests/support/check.h"
#include "tests/support/engine_fixture.h"

#define ASKS              "\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1\"}}"
#define GPU_POD(metadata) "{\"metadata\":" metadata ",\"spec\":{\"containers\":[{\"name\":\"c\"," ASKS "}]}}"
#define TWO(metadata) \
    "{\"metadata\":" metadata ",\"spec\":{\"containers\":[{\"name\":\"a\"," ASKS "},{\"name\":\"b\"}]}}"
#define IDLE_POD(metadata) "{\"metadata\":" metadata ",\"spec\":{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}}"
#define CLAIM(metadata)                                                                                       \
    "{\"metadata\":" metadata ",\"spec\":{\"resourceClaims\":[{\"name\":\"g\",\"resourceClaimName\":\"t\"}]," \
    "\"containers\":[{\"name\":\"c\",\"resources\":{\"claims\":[{\"name\":\"g\"}]}}]}}"
#define ANNOTATED(pairs) "{\"annotations\":{" pairs "}}"
#define LABELLED(pairs)  "{\"labels\":{" pairs "}}"
#define OWN(key, value)  "\"gpuslice.dev/" key "\":\"" value "\""
#define INJECTED         "injected [injected]\n"
#define NO_REQUEST       "allowed [no_gpu_request]\n"

#define NAMESPACES                                                                                                     \
    GUIDE_NAMESPACES                                                                                                   \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: annotated, annotations: {gpuslice.dev/inject: enabled}}\n" \
    "---\napiVersion: v1\nkind: Namespace\n"                                                                           \
    "metadata: {name: labelled, labels: {team: ml, gpuslice.dev/inject: enabled, gpuslice.dev/class: t4-third}}\n"     \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: valued, labels: {gpuslice.dev/inject: \"yes\"}}\n"         \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: misspelt, labels: {gpuslice.dev/injekt: enabled}}\n"

TEST(admission__keys__one_warning_each)
{
    static const struct decided_row rows[] = {
        {"right", "ml", GPU_POD(ANNOTATED(OWN("class", "t4-third"))), INJECTED},
        {"labels instead of annotations", "ml", GPU_POD(LABELLED(OWN("memory", "2Gi") "," OWN("containers", "c"))),
         INJECTED "pod label gpuslice.dev/memory has no effect: make it an annotation\n"
                  "pod label gpuslice.dev/containers has no effect: make it an annotation\n"},
        {"misspelt", "ml", GPU_POD(ANNOTATED(OWN("clas", "t4-third"))),
         INJECTED "pod annotation gpuslice.dev/clas is unknown: did you mean gpuslice.dev/class?\n"},
        {"misspelt, on a pod that asks for nothing", "ml", IDLE_POD(ANNOTATED(OWN("classs", "t4-third"))),
         NO_REQUEST "pod annotation gpuslice.dev/classs is unknown: did you mean gpuslice.dev/class?\n"},
        {"misspelt, beside a right one", "ml", GPU_POD(ANNOTATED(OWN("class", "t4-third") "," OWN("memry", "80Gi"))),
         INJECTED "pod annotation gpuslice.dev/memry is unknown: did you mean gpuslice.dev/memory?\n"},
        {"opting out", "ml",
         GPU_POD("{\"labels\":{" OWN("inject", "false") "},\"annotations\":{" OWN("inject", "disabled") "}}"),
         INJECTED "pod label gpuslice.dev/inject is \"false\", which means nothing: use disabled\n"
                  "pod annotation gpuslice.dev/inject has no effect: make it a label\n"},
        {"of the namespace", "ml", GPU_POD(LABELLED(OWN("pods", "all"))),
         INJECTED "pod label gpuslice.dev/pods has no effect: make it a label of its namespace\n"},
        {"the label alone", "ml", IDLE_POD(LABELLED(OWN("class", "t4-third"))),
         NO_REQUEST "pod label gpuslice.dev/class chooses no class: make it an annotation\n"},
        {"a namespace with the annotation", "annotated", GPU_POD("{}"),
         "allowed [namespace_not_enabled]\nnamespace annotation gpuslice.dev/inject has no effect: make it a label\n"},
        {"a namespace with a misspelt label", "misspelt", GPU_POD("{}"),
         "allowed [namespace_not_enabled]\n"
         "namespace label gpuslice.dev/injekt is unknown: did you mean gpuslice.dev/inject?\n"},
        {"a namespace with a value that means nothing", "valued", GPU_POD("{}"),
         "allowed [namespace_not_enabled]\n"
         "namespace label gpuslice.dev/inject is \"yes\", which means nothing: use enabled or required\n"},
        {"a namespace whose class is a label", "labelled", GPU_POD("{}"),
         INJECTED "namespace label gpuslice.dev/class has no effect: make it an annotation\n"},
        {"the same, but the pod wants nothing", "labelled", IDLE_POD("{}"), NO_REQUEST},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(GUIDE_POLICY, NAMESPACES);
    check_decided(&fixture, rows, ARRAY_SIZE(rows));
}

TEST(admission__keys_without_effect_on_this_pod__one_warning)
{
    static const char *alone = NO_REQUEST
        "gpuslice.dev/containers alone asks for no slice: add gpuslice.dev/class, or ask for nvidia.com/gpu\n";
    const struct decided_row rows[] = {
        {"containers alone", "ml", IDLE_POD(ANNOTATED(OWN("containers", "b"))), alone},
        {"containers alone, of an unknown name", "ml", IDLE_POD(ANNOTATED(OWN("containers", " x, b"))), alone},
        {"containers alone, required", "strict", IDLE_POD(ANNOTATED(OWN("containers", "b"))), alone},
        {"containers without a name", "ml", IDLE_POD(ANNOTATED(OWN("containers", " , "))), NO_REQUEST},
        {"containers with a class", "ml", IDLE_POD(ANNOTATED(OWN("containers", "b") "," OWN("class", "t4-third"))),
         INJECTED},
        {"another asks", "ml", TWO(ANNOTATED(OWN("containers", "b"))),
         INJECTED "gpuslice.dev/containers is not read: other containers ask for GPUs themselves, so b gets none\n"},
        {"another asks, too", "ml", TWO(ANNOTATED(OWN("containers", "a,b"))),
         INJECTED "gpuslice.dev/containers is not read: other containers ask for GPUs themselves, so b gets none\n"},
        {"another asks, with a class", "ml", TWO(ANNOTATED(OWN("containers", "x") "," OWN("class", "t4-third"))),
         INJECTED "gpuslice.dev/containers is not read: other containers ask for GPUs themselves, so x gets none\n"},
        {"the one that is named asks", "ml", TWO(ANNOTATED(OWN("containers", "a"))), INJECTED},
        {"class and claim", "ml", CLAIM(ANNOTATED(OWN("class", "t4-third"))),
         "allowed [claims_kept]\n"
         "gpuslice.dev/class has no effect: the pod uses resource claims, and asks for no nvidia.com/gpu\n"},
        {"memory and claim", "ml", CLAIM(ANNOTATED(OWN("memory", "2Gi"))),
         "allowed [claims_kept]\n"
         "gpuslice.dev/memory has no effect: the pod uses resource claims, and asks for no nvidia.com/gpu\n"},
        {"claim alone", "ml", CLAIM("{}"), "allowed [claims_kept]\n"},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(GUIDE_POLICY, NAMESPACES);
    check_decided(&fixture, rows, ARRAY_SIZE(rows));
}

#define OF_ANOTHER(key) NO_REQUEST "annotation " key " is another scheduler's and not read: the pod asks for no GPU\n"

TEST(admission__annotations_of_other_schedulers__one_warning)
{
    static const struct decided_row rows[] = {
        {"KAI", "strict", IDLE_POD(ANNOTATED("\"gpu-fraction\":\"0.5\"")), OF_ANOTHER("gpu-fraction")},
        {"KAI's memory", "ml", IDLE_POD(ANNOTATED("\"a\":\"b\",\"gpu-memory\":\"2000\"")), OF_ANOTHER("gpu-memory")},
        {"HAMi", "ml",
         IDLE_POD(ANNOTATED("\"nvidia.com/use-gputype\":\"A100\",\"hami.io/gpu-scheduler-policy\":\"binpack\"")),
         OF_ANOTHER("nvidia.com/use-gputype")},
        {"Volcano", "ml", IDLE_POD(ANNOTATED("\"volcano.sh/vgpu-mode\":\"mig\"")), OF_ANOTHER("volcano.sh/vgpu-mode")},
        {"with a GPU request", "ml", GPU_POD(ANNOTATED("\"nvidia.com/use-gputype\":\"A100\"")), INJECTED},
        {"with a class of ours", "ml", IDLE_POD(ANNOTATED(OWN("class", "t4-third") ",\"gpu-fraction\":\"0.5\"")),
         INJECTED "container a, the first of 2, gets the slice; gpuslice.dev/containers names another\n"},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(GUIDE_POLICY, NAMESPACES);
    check_decided(&fixture, rows, ARRAY_SIZE(rows));
}

#define SELECTS(kind) kind " selector: remove gpuslice.dev/class, which gpuslice writes: pods may stop matching\n"
#define MISPLACED     "Deployment annotation gpuslice.dev/class has no effect: make it an annotation of its pod template\n"

TEST(workload_warn__metadata_and_selectors__one_warning_each)
{
    static const struct {
        const char *name, *kind;
        bool carries;
        const char *object, *expected;
    } rows[] = {
        {"nothing", "Deployment", false, JSON({"metadata":{"name":"a","labels":{"app":"a"}},
         "spec":{"selector":{"matchLabels":{"app":"a"}}}}), ""},
        {"annotation", "Deployment", false, JSON({"metadata":{"annotations":{"gpuslice.dev/class":"a"}}}), MISPLACED},
        {"annotation that the controller copies", "RayCluster", true,
         JSON({"metadata":{"annotations":{"gpuslice.dev/class":"a"}}}), ""},
        {"misspelt annotation", "Job", false, JSON({"metadata":{"annotations":{"gpuslice.dev/memori":"8Gi"}}}),
         "Job annotation gpuslice.dev/memori is unknown: did you mean gpuslice.dev/memory?\n"},
        {"labels", "StatefulSet", false, JSON({"metadata":{"labels":{"gpuslice.dev/inject":"disabled"}}}),
         "StatefulSet label gpuslice.dev/inject has no effect: make it a label of its pod template\n"},
        {"matchLabels", "Deployment", false,
         JSON({"spec":{"selector":{"matchLabels":{"app":"a","gpuslice.dev/class":"b"}}}}), SELECTS("Deployment")},
        {"matchExpressions", "ReplicaSet", false,
         JSON({"spec":{"selector":{"matchLabels":{"app":"a"},
               "matchExpressions":[{"key":"gpuslice.dev/class","operator":"Exists"}]}}}), SELECTS("ReplicaSet")},
        {"a map", "ReplicationController", false, JSON({"spec":{"selector":{"gpuslice.dev/class":"b"}}}),
         SELECTS("ReplicationController")},
        {"a selector and the metadata", "Deployment", false,
         JSON({"metadata":{"annotations":{"gpuslice.dev/class":"a"}},
               "spec":{"selector":{"matchLabels":{"gpuslice.dev/class":"b"}}}}), MISPLACED SELECTS("Deployment")},
        {"other types", "Deployment", false,
         JSON({"metadata":{"labels":[],"annotations":{"gpuslice.dev/clas":1}},
               "spec":{"selector":{"matchLabels":[],"matchExpressions":[1,{"key":2}]}}}), ""},
        {"null", "Deployment", false, JSON({"metadata":null,"spec":null}), ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        AUTO(cjson) object = cJSON_Parse(rows[i].object);
        struct warnings warnings = {0};
        char lines[1024] = "";
        assert_non_null(object);
        workload_warn(object, rows[i].kind, rows[i].carries, &warnings);
        for (size_t j = 0; j < warnings.count; j++) {
            const char *text = strstr(warnings.text[j], rows[i].kind);
            size_t used = strlen(lines);
            (void)snprintf(lines + used, sizeof(lines) - used, "%s\n", text ? text : warnings.text[j]);
        }
        check_text(rows[i].name, lines, rows[i].expected);
    }
}
