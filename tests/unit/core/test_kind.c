/* core/kind: an object's kind is its group and its name. */
#include "core/kind.h"

#include "base/cleanup.h"
#include "tests/support/check.h"

TEST(kind_is__any_version__group_and_name_count)
{
    static const struct {
        const char *group, *name, *api_version, *kind;
        bool same;
    } cases[] = {
        {"karpenter.sh", "NodePool", "karpenter.sh/v1", "NodePool", true},
        {"karpenter.sh", "NodePool", "karpenter.sh/v1beta1", "NodePool", true},
        {"karpenter.sh", "NodePool", "karpenter.sh/v1", "NodeClaim", false},
        {"karpenter.sh", "NodePool", "karpenter.sh", "NodePool", false},
        {"karpenter.sh", "NodePool", "karpenter.shop/v1", "NodePool", false},
        {"karpenter.sh", "NodePool", "x.karpenter.sh/v1", "NodePool", false},
        {"karpenter.sh", "NodePool", "", "NodePool", false},
        {"", "Pod", "v1", "Pod", true},
        {"", "Pod", "v2", "Pod", true},
        {"", "Pod", "", "Pod", false},
        {"", "Pod", "/v1", "Pod", false},
        {"", "Pod", "metrics.k8s.io/v1", "Pod", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (kind_is(KIND(cases[i].group, cases[i].name), cases[i].api_version, cases[i].kind) != cases[i].same)
            fail_msg("%s %s is %s %s: want %d", cases[i].api_version, cases[i].kind, cases[i].group, cases[i].name,
                     cases[i].same);
    }
}
