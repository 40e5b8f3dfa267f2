/* The shape of pods: which are refused, with which path in the error, and which pass. */
#include "pod/shape.h"
#include "tests/support/check.h"

#include "json/patch.h"

static void check_shape(const char *name, const char *text, const char *expected)
{
    struct err err = {0};
    AUTO(cjson) pod = cJSON_Parse(text);
    if (!pod)
        fail_msg("%s: the test's own JSON is broken", name);
    int result = pod_shape_check(pod, &err);
    if (expected)
        check_failure(name, result, &err, ERR_INVALID, expected);
    else
        check_success(name, result, &err);
}

TEST(pod_shape_check__valid__passes)
{
    static const struct {
        const char *name, *text;
    } cases[] = {
        {"least", JSON({"spec":{"containers":[]}})},
        {"a nil slice of Go", JSON({"spec":{"containers":null}})},
        {"metadata null", JSON({"metadata":null,"spec":{"containers":[{"name":"a"}]}})},
        {"all null",
         JSON({"metadata":{"name":null,"labels":null,"annotations":null,"ownerReferences":null},
               "spec":{"containers":[{"name":"a","resources":null,"env":null,"restartPolicy":null}],
                "initContainers":null,"nodeName":null,"nodeSelector":null,"runtimeClassName":null,"affinity":null,
                "tolerations":null,"resourceClaims":null}})},
        {"quantities as text and number",
         JSON({"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":1,"nvidia.com/gpu":"1"}}}]}})},
        {"null quantities",
         JSON({"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":null,"nvidia.com/gpu":null}}}]}})},
        {"fields that it does not read",
         JSON({"spec":{"containers":[{"name":"a","image":7,"ports":"none"}],"volumes":3,"new":[[]]},"status":[],
               "metadata":{"managedFields":{},"uid":7}})},
        {"a whole affinity", JSON({"spec":{"containers":[],
                                    "affinity":{"podAffinity":7,
                                     "nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{}],
                                      "requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
                                        {},
                                        {"matchExpressions":[{"key":"a","operator":"In","values":["b"]}]}]}}}}})},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_shape(cases[i].name, cases[i].text, NULL);
}

TEST(pod_shape_check__wrong_type__names_the_field)
{
#define SPEC(text)      "{\"spec\":{\"containers\":[{\"name\":\"a\"}]," text "}}"
#define CONTAINER(text) "{\"spec\":{\"containers\":[{\"name\":\"a\"},{" text "}]}}"
#define META(text)      "{\"spec\":{\"containers\":[]},\"metadata\":{" text "}}"
#define TERMS(text)                                                                             \
    SPEC("\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{" \
         "\"nodeSelectorTerms\":" text "}}}")
#define TERM_PATH \
    "the pod's spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"
    static const struct {
        const char *name, *text, *expected;
    } cases[] = {
        {"no object", "[]", "the pod must be an object"},
        {"no spec", "{}", "the pod's spec is missing"},
        {"spec null", JSON({"spec":null}), "the pod's spec is missing"},
        {"spec", JSON({"spec":[]}), "the pod's spec must be an object"},
        {"no containers", JSON({"spec":{}}), "the pod's spec.containers is missing"},
        {"containers", JSON({"spec":{"containers":{}}}), "the pod's spec.containers must be an array"},
        {"a container", JSON({"spec":{"containers":["a"]}}), "the pod's spec.containers[0] must be an object"},
        {"a container null", JSON({"spec":{"containers":[null]}}), "the pod's spec.containers[0] must be an object"},
        {"no name", CONTAINER(JSON("image":"b")), "the pod's spec.containers[1].name is missing"},
        {"name", CONTAINER(JSON("name":1)), "the pod's spec.containers[1].name must be a string"},
        {"init containers", SPEC(JSON("initContainers":[{"name":"i","restartPolicy":true}])),
         "the pod's spec.initContainers[0].restartPolicy must be a string"},
        {"resources", CONTAINER(JSON("name":"b","resources":[])),
         "the pod's spec.containers[1].resources must be an object"},
        {"limits", CONTAINER(JSON("name":"b","resources":{"limits":"1"})),
         "the pod's spec.containers[1].resources.limits must be an object"},
        {"a limit", CONTAINER(JSON("name":"b","resources":{"limits":{"nvidia.com/gpu":[]}})),
         "the pod's spec.containers[1].resources.limits.nvidia.com/gpu must be a quantity"},
        {"claims", CONTAINER(JSON("name":"b","resources":{"claims":["gpu"]})),
         "the pod's spec.containers[1].resources.claims[0] must be an object"},
        {"env", CONTAINER(JSON("name":"b","env":[{"value":"x"}])),
         "the pod's spec.containers[1].env[0].name is missing"},
        {"env value", CONTAINER(JSON("name":"b","env":[{"name":"A","value":1}])),
         "the pod's spec.containers[1].env[0].value must be a string"},
        {"labels", META(JSON("labels":{"a":1})), "the pod's metadata.labels.a must be a string"},
        {"annotations", META(JSON("annotations":"a")), "the pod's metadata.annotations must be an object"},
        {"owners", META(JSON("ownerReferences":[{"name":"x"}])),
         "the pod's metadata.ownerReferences[0].kind is missing"},
        {"controller", META(JSON("ownerReferences":[{"name":"x","kind":"Job","controller":"true"}])),
         "the pod's metadata.ownerReferences[0].controller must be true or false"},
        {"namespace", META(JSON("namespace":7)), "the pod's metadata.namespace must be a string"},
        {"node name", SPEC(JSON("nodeName":{})), "the pod's spec.nodeName must be a string"},
        {"node selector", SPEC(JSON("nodeSelector":{"a":true})), "the pod's spec.nodeSelector.a must be a string"},
        {"runtime class", SPEC(JSON("runtimeClassName":false)), "the pod's spec.runtimeClassName must be a string"},
        {"tolerations", SPEC(JSON("tolerations":{"key":"a"})), "the pod's spec.tolerations must be an array"},
        {"toleration seconds", SPEC(JSON("tolerations":[{},{"tolerationSeconds":"5"}])),
         "the pod's spec.tolerations[1].tolerationSeconds must be a number"},
        {"resource claims", SPEC(JSON("resourceClaims":"gpu")), "the pod's spec.resourceClaims must be an array"},
        {"affinity", SPEC(JSON("affinity":[])), "the pod's spec.affinity must be an object"},
        {"preferred", SPEC(JSON("affinity":{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[1]}})),
         "the pod's spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0] must be an object"},
        {"terms", TERMS("{}"), TERM_PATH " must be an array"},
        {"a term", TERMS("[{},null]"), TERM_PATH "[1] must be an object"},
        {"an expression", TERMS(JSON([{"matchExpressions":[{"key":"a"}]}])),
         TERM_PATH "[0].matchExpressions[0].operator is missing"},
        {"a value", TERMS(JSON([{"matchFields":[{"key":"a","operator":"In","values":[1]}]}])),
         TERM_PATH "[0].matchFields[0].values[0] must be a string"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_shape(cases[i].name, cases[i].text, cases[i].expected);
}
