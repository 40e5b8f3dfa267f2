/* The sentences of denials, and that the longest names do not cut what would pass. */
#include "tests/support/check.h"
#include "tests/support/remedy_fixture.h"

/* The sentence about a pod of one container, `request`, in the namespace of a policy. */
static void check_sentence(struct engine_fixture *fixture, const char *policy, const char *request,
                           const char *annotation, const char *expected)
{
    char message[SENTENCE];
    struct attempt attempt = {.policy = policy, .pod = remedy_pod(request, 1, annotation, "")};
    remedy_ask_engine(fixture, &attempt, message);
    cJSON_Delete(attempt.pod);
    check_text(request, message, expected);
}

TEST(denial__sentences__exact)
{
#define GPU(quantity)   "container \"c0\" asks for nvidia.com/gpu: " quantity
#define WHOLE_NUMBERS   "GPUs are counted in whole numbers, the same in limits and requests: "
#define ANNOTATE(class) "set the pod's annotation gpuslice.dev/class to \"" class "\" "
#define THIRD           "a third of a T4 with 5Gi"
#define AS_IT_IS        ", which takes this request as it is"
#define NOT_ITS_OWN     "which is not the resource of its slice class (otherSlice: deny); "
#define ASK_THIRD       "ask for nvidia.com/gpu: \"1\", which is " THIRD " (slice class \"t4-third\")"
    static const struct {
        const char *policy, *request, *annotation, *expected;
    } cases[] = {
        {"choosing", JSON({"limits":{"nvidia.com/mig-1g.10gb":"1"}}), "",
         "container \"c0\" asks for nvidia.com/mig-1g.10gb, " NOT_ITS_OWN ANNOTATE(
             "h100-1g10gb") "(a 1g.10gb slice of an H100 with 9984Mi)" AS_IT_IS ", or " ASK_THIRD " [policy choosing]"},
        {"fixed", JSON({"limits":{"nvidia.com/mig-1g.10gb":"1"}}), "",
         "container \"c0\" asks for nvidia.com/mig-1g.10gb, " NOT_ITS_OWN ASK_THIRD
         ", or the owner of namespace \"fixed-ns\" can set its annotation gpuslice.dev/class to \"h100-1g10gb\" "
         "(a 1g.10gb slice of an H100 with 9984Mi)" AS_IT_IS " [policy fixed]"},
        {"choosing", JSON({"limits":{"nvidia.com/mig-1g.12gb":"2"}}), "",
         "container \"c0\" asks for nvidia.com/mig-1g.12gb, " NOT_ITS_OWN ASK_THIRD " [policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/mig-1g.5gb":"3"}}), "",
         "container \"c0\" asks for nvidia.com/mig-1g.5gb, " NOT_ITS_OWN ASK_THIRD " [policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu.shared":"1"}}), "",
         "container \"c0\" asks for nvidia.com/gpu.shared, " NOT_ITS_OWN ANNOTATE(
             "a10g-half") "(half of an A10G with 11514Mi)" AS_IT_IS ", or " ASK_THIRD " [policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"4"}}), "",
         GPU("\"4\", but slice class \"t4-third\" gives 1 to a container (two shares of a GPU are not twice a share); ")
             ANNOTATE("gpu-whole") "(a whole L4 with 23034Mi)" AS_IT_IS ", or ask for at most 1 in each container "
                                   "[policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"5"}}), "",
         GPU("\"5\", but slice class \"t4-third\" gives 1 to a container (two shares of a GPU are not twice a share); "
             "ask for at most 1 in each container [policy choosing]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"3"}}), JSON("gpuslice.dev/memory":"40Gi"),
         "the pod asks for 40Gi of GPU memory, but the largest slice allowed here is h100-3g40gb with 40448Mi; ask for at most 40448Mi [policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"2"}}),
         JSON("gpuslice.dev/class":"t4-third","gpuslice.dev/memory":"6Gi"),
         "the pod asks for slice class \"t4-third\" and 6Gi of GPU memory, but a slice of that class has 5Gi; " ANNOTATE(
             "gpu-whole") "(a whole L4 with 23034Mi)" AS_IT_IS ", or leave out the annotation gpuslice.dev/memory "
                          "[policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/mig-1g.10gb":"1"}}),
         JSON("gpuslice.dev/class":"t4-third","gpuslice.dev/memory":"6Gi"),
         "the pod asks for slice class \"t4-third\" and 6Gi of GPU memory, but a slice of that class has 5Gi; " ANNOTATE(
             "h100-1g10gb") "(a 1g.10gb slice of an H100 with 9984Mi)" AS_IT_IS ", or leave out the annotation "
                            "gpuslice.dev/memory [policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"2"}}), JSON("gpuslice.dev/memory":"6Gi"),
         GPU("\"2\", but slice class \"a10g-half\" gives 1 to a container (two shares of a GPU are not twice a share); ")
             ANNOTATE("gpu-whole") "(a whole L4 with 23034Mi)" AS_IT_IS ", or ask for at most 1 in each container "
                                   "[policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"0.5"}}), "",
         GPU("\"0.5\", which is not a whole number; " WHOLE_NUMBERS "ask for \"1\", which already is " THIRD
             " (slice class \"t4-third\") [policy choosing]")},
        {"choosing", JSON({"requests":{"nvidia.com/gpu":"500m"}}), "",
         GPU("\"500m\" (in requests only), which is not a whole number; " WHOLE_NUMBERS
             "ask for \"1\", which already is " THIRD " (slice class \"t4-third\") [policy choosing]")},
        {"mig", JSON({"limits":{"nvidia.com/gpu":0.25}}), "",
         GPU("\"0.25\", which is not a whole number; " WHOLE_NUMBERS
             "ask for \"1\", which already is a 1g.5gb slice of an A100 with 4864Mi (slice class \"a100-1g5gb\") "
             "[policy mig]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"0.5"}}), JSON("gpuslice.dev/class":"gpu-whole"),
         GPU("\"0.5\", which is not a whole number; " WHOLE_NUMBERS
             "ask for \"1\", which is a whole L4 with 23034Mi (slice class \"gpu-whole\") [policy choosing]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"2"}}), "",
         GPU("limit \"1\", request \"2\", which differ; " WHOLE_NUMBERS "ask for \"1\" [policy choosing]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"4"},"requests":{"nvidia.com/gpu":"2"}}),
         JSON("gpuslice.dev/class":"gpu-whole"),
         GPU("limit \"4\", request \"2\", which differ; " WHOLE_NUMBERS "ask for \"4\" [policy choosing]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"0"},"requests":{"nvidia.com/gpu":"1"}}), "",
         GPU("limit \"0\", request \"1\", which differ; " WHOLE_NUMBERS "ask for \"1\" [policy choosing]")},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"0.5"}}), "",
         GPU("limit \"1\", request \"0.5\", one of which is not a whole number; " WHOLE_NUMBERS
             "ask for \"1\", which already is " THIRD " (slice class \"t4-third\") [policy choosing]")},
        {"whole-deny", JSON({"limits":{"nvidia.com/gpu":"1"}}), "",
         "container \"c0\" asks for nvidia.com/gpu, which is a whole GPU unless the pod names a slice class (wholeGPU: "
         "deny); " ANNOTATE("t4-third") "(" THIRD ")" AS_IT_IS " [policy whole-deny]"},
        {"whole-deny-fixed", JSON({"limits":{"nvidia.com/gpu":"1"}}), "",
         "container \"c0\" asks for nvidia.com/gpu, which is a whole GPU unless the pod names a slice class (wholeGPU: "
         "deny); no GPU request passes here, because pods may not choose a class (podChoice: false) "
         "[policy whole-deny-fixed]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"1","nvidia.com/mig-1g.5gb":"1"}}), "",
         "container \"c0\" asks for both nvidia.com/gpu and nvidia.com/mig-1g.5gb, and would hold two devices; ask for "
         "nvidia.com/gpu alone [policy choosing]"},
        {"choosing", JSON({"limits":{"nvidia.com/gpu":"9","nvidia.com/mig-1g.5gb":"1"}}), "",
         "container \"c0\" asks for both nvidia.com/gpu and nvidia.com/mig-1g.5gb, and would hold two devices; " ASK_THIRD
         " [policy choosing]"},
        {"no-default-fixed", JSON({"limits":{"nvidia.com/mig-3g.40gb":"1"}}), "",
         "the pod asks for a GPU, but no slice class applies to it; the owner of namespace \"no-default-fixed-ns\" can set "
         "its annotation gpuslice.dev/class to \"h100-3g40gb\" (a 3g.40gb slice of an H100 with 40448Mi)" AS_IT_IS
         "; allowed here: a100-1g5gb (4864Mi), a10g-half (11514Mi), gpu-whole (23034Mi), h100-1g10gb (9984Mi), "
         "h100-3g40gb (40448Mi), t4-third (5Gi) [policy no-default-fixed]"},
        {"strict", JSON({"limits":{"nvidia.com/gpumem":"5000"}}), "",
         "container \"c0\" asks for nvidia.com/gpumem, which no slice pool offers (otherAccelerators: deny); remove it from "
         "limits and requests, and ask for nvidia.com/gpu: \"1\" in one container, which is " THIRD
         " (slice class \"t4-third\") [policy strict]"},
    };
    AUTO(engine_fixture) fixture = remedy_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_sentence(&fixture, cases[i].policy, cases[i].request, cases[i].annotation, cases[i].expected);
}

static void check_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

/* Names are cut before the remedy is, and the longest legal names of classes, namespaces and policies are whole. */
TEST(denial__longest_names__remedy_is_not_lost)
{
#define LONG(letter) letter "-3456789-123456789-123456789-123456789-123456789-123456789-123"
#define CONTACT      "ask the people of the platform team, who read their channel, or write to the address in the wiki"
    static const char objects[] =
        POOL(LONG("p"), "gpu: rtx-pro-6000-blackwell-96gb, sharing: {mig: {layout: {1g.24gb+me: 1}}}")
            POOL(LONG("q"), "gpu: rtx-pro-6000-blackwell-96gb, sharing: {mig: {layout: {1g.24gb: 4}}}")
                CLASS(LONG("c"), "pools: [" LONG("p") "]") CLASS(LONG("d"), "pools: [" LONG("q") "]") API
        "kind: SlicePolicy\nmetadata: {name: " LONG("y") "}\nspec: {contact: \"" CONTACT "\", "
                                                         "classes: {allowed: [\"*\"], default: " LONG(
                                                             "c") ", podChoice: false}}\n";
    AUTO(engine_fixture) fixture = engine_fixture_make(objects, NAMESPACE(LONG("n"), "required"));
    static const char *const starts[] = {
        "{\"spec\":{\"containers\":[{\"name\":\"" LONG("x") LONG("x") LONG("x") LONG("x") LONG("x") "\",\"resources\":",
        "{\"spec\":{\"nodeSelector\":{\"gpuslice.dev/pool\":\"" LONG("q") "\"},\"containers\":[{\"name\":\"" LONG(
            "x") "\",\"resources\":",
        "{\"spec\":{\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":["
        "{\"matchExpressions\":[{\"key\":\"gpuslice.dev/pool\",\"operator\":\"In\",\"values\":[\"" LONG("q") "\",\"" LONG("r") "\",\"" LONG(
            "s") "\",\"" LONG("t") "\",\"" LONG("u") "\",\"" LONG("v") "\"]}]}]}}},\"containers\":[{\"name\":\"" LONG("x") "\",\"resources\":",
    };
    static const char *const ends[] = {
        JSON({"limits":{"nvidia.com/mig-1g.24gb":1}}}]}}),
        JSON({"limits":{"nvidia.com/gpu":1}}}]}}),
        JSON({"limits":{"nvidia.com/gpu":1}}}]}}),
    };
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        char pod[4096];
        AUTO(buf) out;
        struct answer_facts facts;
        struct err err;
        (void)snprintf(pod, sizeof(pod), "%s%s", starts[i], ends[i]);
        AUTO(string) review = review_text_of(KIND_POD, LONG("n"), pod, "");
        const struct post post = {.body = review, .length = strlen(review)};
        buf_init(&out, 1 << 20);
        check_success("long", engine_answer(fixture.engine, &routes[ROUTE_MUTATE], &post, &out, &facts, &err), &err);
        check_has(buf_text(&out),
                  "the owner of namespace \\\"" LONG("n") "\\\" can set its annotation gpuslice.dev/class to \\\"" LONG(
                      "d") "\\\" (a 1g.24gb slice of an RTX PRO 6000 Blackwell with ");
        check_has(buf_text(&out), "), which takes this request as it is [policy " LONG("y") ", contact: " CONTACT "]");
    }
}
