/* karpenter/label: which keys Karpenter knows or refuses, and the known key nearest to a mistyped one. */
#include "karpenter/label.h"

#include "base/cleanup.h"
#include "tests/support/check.h"

TEST(karpenter_label__table__known_refused_nearest)
{
    static const struct {
        const char *key;
        bool known, refused;
        const char *nearest;
    } cases[] = {
        {"karpenter.k8s.aws/instance-category", true, false, NULL},
        {"karpenter.k8s.aws/instance-categry", false, true, "karpenter.k8s.aws/instance-category"},
        {"karpenter.k8s.aws/placement-group-id", true, false, NULL},
        {"karpenter.k8s.aws/placement-group-idd", false, true, "karpenter.k8s.aws/placement-group-id"},
        {"karpenter.k8s.aws/capacity-reservation-typ", false, true, "karpenter.k8s.aws/capacity-reservation-type"},
        {"karpenter.k8s.aws/ec2nodeclas", false, true, "karpenter.k8s.aws/ec2nodeclass"},
        {"karpenter.k8s.aws/instance-pods", false, true, NULL},
        {"karpenter.k8s.aws/colour", false, true, NULL},
        {"eu.karpenter.k8s.aws/instance-category", false, true, NULL},
        {"karpenter.sh/capacity-type", true, false, NULL},
        {"karpenter.sh/provisioner-name", false, true, NULL},
        {"kubernetes.io/hostname", false, true, NULL},
        {"kubernetes.io/arhc", false, false, "kubernetes.io/arch"},
        {"beta.kubernetes.io/arch", true, false, NULL},
        {"topology.kubernetes.io/zone", true, false, NULL},
        {"example.com/team", false, false, NULL},
        {"team", false, false, NULL},
        {"", false, false, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *nearest = karpenter_label_nearest(cases[i].key);
        if (karpenter_label_known(cases[i].key) != cases[i].known)
            fail_msg("%s: known: want %d", cases[i].key, cases[i].known);
        if (karpenter_label_refused(cases[i].key) != cases[i].refused)
            fail_msg("%s: refused: want %d", cases[i].key, cases[i].refused);
        if (strcmp(nearest ? nearest : "-", cases[i].nearest ? cases[i].nearest : "-") != 0)
            fail_msg("%s: nearest is %s", cases[i].key, nearest ? nearest : "none");
    }
}

TEST(karpenter_label_alias__beta_keys__current_key)
{
    assert_string_equal(karpenter_label_alias("beta.kubernetes.io/os"), LABEL_OS);
    assert_string_equal(karpenter_label_alias("failure-domain.beta.kubernetes.io/zone"), LABEL_ZONE);
    assert_null(karpenter_label_alias(LABEL_OS));
}

TEST(karpenter_key_today__old_keys__current_key)
{
    assert_string_equal(karpenter_key_today("karpenter.sh/provisioner-name"), LABEL_NODE_POOL);
    assert_string_equal(karpenter_key_today("karpenter.sh/disruption"), TAINT_DISRUPTED);
    assert_null(karpenter_key_today(LABEL_INSTANCE_PODS));
    assert_null(karpenter_key_today(LABEL_NODE_POOL));
}

TEST(karpenter_label_values__limited_and_other_keys__listed_or_null)
{
    const char *const *values = karpenter_label_values(LABEL_CAPACITY_TYPE);
    assert_non_null(values);
    assert_string_equal(values[0], CAPACITY_ON_DEMAND);
    assert_non_null(karpenter_label_values(LABEL_ARCH));
    assert_null(karpenter_label_values(LABEL_INSTANCE_TYPE));
    assert_null(karpenter_label_values("team"));
}
