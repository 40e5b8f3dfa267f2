/* Requests for accelerators that no slice pool offers: what is said of them, alongside a slice and alone. */
#include "tests/support/check.h"
#include "tests/support/engine_fixture.h"

#define POLICIES                                                                                                       \
    GUIDE_POLICY "---\n" API "kind: SlicePolicy\nmetadata: {name: denies}\n"                                           \
                 "spec: {priority: 9, namespaces: {names: [denies]}, classes: {default: t4-third, podChoice: false}, " \
                 "wholeGPU: keep, otherAccelerators: deny}\n"
#define NAMESPACES    GUIDE_NAMESPACES "---\n" NAMESPACE("denies", "enabled")
#define LIMITS(list)  "{\"spec\":{\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{" list "}}}]}}"
#define ONE(resource) "\"" resource "\":\"1\""
#define BESIDE(other) LIMITS(ONE("nvidia.com/gpu") "," ONE(other))
#define PENDING(other) \
    INJECTED "container c asks for " other ", which no pool offers: remove it, or the pod stays Pending\n"
#define MEANT(other) "container c asks for " other ", which is no GPU: did you mean nvidia.com/gpu?\n"
#define INJECTED     "injected [injected]\n"
#define NO_REQUEST   "allowed [no_gpu_request]\n"

TEST(accelerators__pods__one_warning_with_what_to_do)
{
    static const struct decided_row rows[] = {
        {"HAMi's memory", "ml", BESIDE("nvidia.com/gpumem"), PENDING("nvidia.com/gpumem")},
        {"HAMi's share of memory", "ml", BESIDE("nvidia.com/gpumem-percentage"),
         PENDING("nvidia.com/gpumem-percentage")},
        {"HAMi's cores", "strict", BESIDE("nvidia.com/gpucores"), PENDING("nvidia.com/gpucores")},
        {"AMD", "ml", BESIDE("amd.com/gpu"), PENDING("amd.com/gpu")},
        {"Gaudi", "ml", BESIDE("habana.ai/gaudi"), PENDING("habana.ai/gaudi")},
        {"TPU", "ml", BESIDE("google.com/tpu"), PENDING("google.com/tpu")},
        {"Neuron", "ml", BESIDE("aws.amazon.com/neuron"), PENDING("aws.amazon.com/neuron")},
        {"a misspelt name beside a slice", "ml", BESIDE("nvidia.com/gpus"),
         INJECTED "container c asks for nvidia.com/gpus, which no pool offers: did you mean nvidia.com/gpu?\n"},
        {"misspelt", "ml", LIMITS(ONE("nvidia.com/gpus")), NO_REQUEST MEANT("nvidia.com/gpus")},
        {"misspelt, required", "strict", LIMITS(ONE("nvidia.com/GPU")), NO_REQUEST MEANT("nvidia.com/GPU")},
        {"a misspelt domain", "ml", LIMITS(ONE("nvdia.com/gpu")), NO_REQUEST MEANT("nvdia.com/gpu")},
        {"of old", "ml", LIMITS(ONE("alpha.kubernetes.io/nvidia-gpu")),
         NO_REQUEST MEANT("alpha.kubernetes.io/nvidia-gpu")},
        {"HAMi's memory alone", "ml", LIMITS(ONE("nvidia.com/gpumem")),
         NO_REQUEST "container c asks for nvidia.com/gpumem, which is not known as a GPU: it gets no slice\n"},
        {"AMD alone", "ml", LIMITS(ONE("amd.com/gpu")), NO_REQUEST},
        {"a network device", "ml", BESIDE("rdma/hca"), INJECTED},
        {"denied", "denies", LIMITS(ONE("nvidia.com/gpus")),
         "denied [other_accelerator_denied]\n"
         "container \"c\" asks for nvidia.com/gpus (did you mean nvidia.com/gpu?), which no slice pool offers "
         "(otherAccelerators: deny); remove it from limits and requests [policy denies]\n"},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(POLICIES, NAMESPACES);
    check_decided(&fixture, rows, ARRAY_SIZE(rows));
}
