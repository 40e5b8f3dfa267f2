/* karpenter/instance: the labels of instance types, and what is known about types that are not in the table. */
#include "karpenter/instance.h"

#include "tests/support/check.h"

#include <string.h>

#define AWS "karpenter.k8s.aws/instance-"

static struct gpu_table *table;

BEFORE_TESTS()
{
    struct err err = {0};
    check_success("gpu_table_load", gpu_table_load(&table, &err), &err);
}

AFTER_TESTS()
{
    gpu_table_free(table);
}

static const char unknown[] = "(unknown)";
static const char absent[] = "(absent)";

TEST(instance_label__table)
{
    static const struct {
        const char *type, *key, *value;
    } cases[] = {
        {"g4dn.xlarge", "node.kubernetes.io/instance-type", "g4dn.xlarge"},
        {"g4dn.xlarge", "beta.kubernetes.io/instance-type", "g4dn.xlarge"},
        {"g4dn.xlarge", "kubernetes.io/arch", "amd64"},
        {"g4dn.xlarge", "kubernetes.io/os", "linux"},
        {"g4dn.xlarge", AWS "family", "g4dn"},
        {"g4dn.xlarge", AWS "category", "g"},
        {"g4dn.xlarge", AWS "generation", "4"},
        {"g4dn.xlarge", AWS "size", "xlarge"},
        {"g4dn.xlarge", AWS "capability-flex", "false"},
        {"g4dn.xlarge", AWS "gpu-name", "t4"},
        {"g4dn.xlarge", AWS "gpu-manufacturer", "nvidia"},
        {"g4dn.xlarge", AWS "gpu-count", "1"},
        {"g4dn.xlarge", AWS "gpu-memory", "16384"},
        {"g4dn.xlarge", AWS "accelerator-name", absent},
        {"g4dn.xlarge", AWS "cpu", "4"},
        {"g4dn.xlarge", AWS "memory", "16384"},
        {"g4dn.xlarge", AWS "local-nvme", "125"},
        {"g4dn.xlarge", AWS "network-bandwidth", "5000"},
        {"g4dn.xlarge", AWS "hypervisor", unknown},
        {"g4dn.xlarge", "topology.kubernetes.io/zone", unknown},
        {"g4dn.xlarge", "example.com/own", unknown},
        {"g5g.xlarge", "kubernetes.io/arch", "arm64"},
        {"g5g.xlarge", AWS "local-nvme", absent},
        {"g6f.large", AWS "gpu-count", "0"},
        {"g6f.large", AWS "gpu-memory", "2861"},
        {"gr6f.4xlarge", AWS "category", "gr"},
        {"g7.2xlarge", AWS "gpu-name", "rtx-pro-4500"},
        {"p6-b200.48xlarge", AWS "gpu-memory", "183359"},
        {"p6-b200.48xlarge", AWS "family", "p6-b200"},
        {"p6-b200.48xlarge", AWS "generation", "6"},
        {"p6e-gb200.36xlarge", AWS "gpu-name", unknown},
        {"p6e-gb200.36xlarge", AWS "gpu-count", "4"},
        {"p6e-gb200.36xlarge", AWS "cpu", unknown},
        {"m7i-flex.large", AWS "capability-flex", "true"},
        {"m7i-flex.large", AWS "gpu-name", absent},
        {"m7i-flex.large", AWS "gpu-count", absent},
        {"m7i-flex.large", "kubernetes.io/os", unknown},
        {"u-6tb1.metal", AWS "category", "u"},
        {"u-6tb1.metal", AWS "generation", "1"},
        {"mac-m4.metal", AWS "category", absent},
        {"mac-m4.metal", AWS "generation", absent},
        {"mac-m4.metal", AWS "family", "mac-m4"},
        {"g4ad.xlarge", AWS "gpu-name", "radeon-pro-v520"},
        {"g4ad.xlarge", AWS "gpu-manufacturer", "amd"},
        {"g4ad.xlarge", AWS "gpu-count", unknown},
        {"g8.xlarge", AWS "generation", "8"},
        {"g8.xlarge", AWS "gpu-name", unknown},
        {"g8.xlarge", AWS "gpu-manufacturer", unknown},
        {"g8.xlarge", AWS "gpu-memory", unknown},
        {"g8.xlarge", "kubernetes.io/arch", unknown},
        {"nonsense", AWS "family", absent},
        {"nonsense", AWS "size", absent},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[INSTANCE_LABEL_SIZE];
        struct instance instance = instance_find(table, cases[i].type);
        enum label_state label = instance_label(&instance, cases[i].key, text);
        const char *got = label == LABEL_VALUE ? text : label == LABEL_ABSENT ? absent : unknown;
        if (strcmp(got, cases[i].value) != 0)
            fail_msg("%s %s: got %s, wanted %s", cases[i].type, cases[i].key, got, cases[i].value);
    }
}

TEST(instance_label__longer_than_any_label__cut)
{
    char text[INSTANCE_LABEL_SIZE];
    char name[300];
    memset(name, 'g', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    struct instance instance = instance_find(table, name);
    assert_int_equal(instance.knowledge, INSTANCE_UNKNOWN);
    assert_int_equal(instance_label(&instance, "node.kubernetes.io/instance-type", text), LABEL_VALUE);
    assert_int_equal(strlen(text), INSTANCE_LABEL_SIZE - 1);
}

TEST(instance_find__names__knowledge)
{
    static const struct {
        const char *name;
        enum instance_knowledge knowledge;
    } cases[] = {
        {"g4dn.xlarge", INSTANCE_IN_TABLE},      {"g6f.large", INSTANCE_IN_TABLE},
        {"g4dn.3xlarge", INSTANCE_UNKNOWN},      {"g4dn", INSTANCE_UNKNOWN},
        {"g8.xlarge", INSTANCE_UNKNOWN},         {"p2.xlarge", INSTANCE_UNKNOWN},
        {"g3s.xlarge", INSTANCE_UNKNOWN},        {"q1.large", INSTANCE_UNKNOWN},
        {"M5.large", INSTANCE_UNKNOWN},          {"", INSTANCE_UNKNOWN},
        {"m5.large", INSTANCE_WITHOUT_GPU},      {"c8gn.metal-24xl", INSTANCE_WITHOUT_GPU},
        {"r7iz.xlarge", INSTANCE_WITHOUT_GPU},   {"t4g.micro", INSTANCE_WITHOUT_GPU},
        {"i7ie.large", INSTANCE_WITHOUT_GPU},    {"im4gn.large", INSTANCE_WITHOUT_GPU},
        {"is4gen.large", INSTANCE_WITHOUT_GPU},  {"x2iedn.xlarge", INSTANCE_WITHOUT_GPU},
        {"d3en.xlarge", INSTANCE_WITHOUT_GPU},   {"h1.2xlarge", INSTANCE_WITHOUT_GPU},
        {"z1d.large", INSTANCE_WITHOUT_GPU},     {"hpc7g.16xlarge", INSTANCE_WITHOUT_GPU},
        {"a1.large", INSTANCE_WITHOUT_GPU},      {"inf2.xlarge", INSTANCE_WITHOUT_GPU},
        {"trn2.48xlarge", INSTANCE_WITHOUT_GPU}, {"dl2q.24xlarge", INSTANCE_WITHOUT_GPU},
        {"f2.6xlarge", INSTANCE_WITHOUT_GPU},    {"vt1.3xlarge", INSTANCE_WITHOUT_GPU},
        {"mac2.metal", INSTANCE_WITHOUT_GPU},    {"u7in-16tb.224xlarge", INSTANCE_WITHOUT_GPU},
        {"g4ad.xlarge", INSTANCE_WITHOUT_GPU},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct instance instance = instance_find(table, cases[i].name);
        if (instance.knowledge != cases[i].knowledge || !instance.type != (instance.knowledge != INSTANCE_IN_TABLE) ||
            !instance.gpu != !instance.type)
            fail_msg("%s: %d", cases[i].name, instance.knowledge);
    }
}

TEST(instance_value_knowledge__families_and_categories)
{
    static const struct {
        const char *key, *value;
        enum instance_knowledge knowledge;
    } cases[] = {
        {AWS "family", "g6f", INSTANCE_IN_TABLE},
        {AWS "family", "g4ad", INSTANCE_WITHOUT_GPU},
        {AWS "family", "m7i-flex", INSTANCE_WITHOUT_GPU},
        {AWS "family", "g8", INSTANCE_UNKNOWN},
        {AWS "category", "gr", INSTANCE_IN_TABLE},
        {AWS "category", "c", INSTANCE_WITHOUT_GPU},
        {AWS "category", "q", INSTANCE_UNKNOWN},
        {"node.kubernetes.io/instance-type", "p4d.24xlarge", INSTANCE_IN_TABLE},
        {"node.kubernetes.io/instance-type", "g9.large", INSTANCE_UNKNOWN},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (instance_value_knowledge(table, cases[i].key, cases[i].value) != cases[i].knowledge)
            fail_msg("%s", cases[i].value);
    }
}

/* True if the type may meet the requirement; `value` is NULL for none. */
static bool may_meet(const char *type, const char *key, enum requirement_op op, const char *value)
{
    struct instance instance = instance_find(table, type);
    return instance_may_meet(
        &instance, &(struct requirement){.key = key, .op = op, .values = &value, .value_count = value != NULL});
}

TEST(instance_may_meet__unknown_labels__do_not_rule_out)
{
    assert_true(may_meet("g4dn.xlarge", AWS "gpu-memory", OP_IN, "16384"));
    assert_false(may_meet("g4dn.xlarge", AWS "gpu-memory", OP_IN, "1234"));
    assert_false(may_meet("g4dn.xlarge", AWS "gpu-memory", OP_GT, "16384"));
    assert_false(may_meet("g4dn.xlarge", AWS "accelerator-name", OP_EXISTS, NULL));
    assert_true(may_meet("g4dn.xlarge", AWS "hypervisor", OP_IN, "xen"));
    assert_true(may_meet("g5g.xlarge", AWS "local-nvme", OP_DOES_NOT_EXIST, NULL));
    assert_false(may_meet("g5g.xlarge", AWS "local-nvme", OP_GT, "0"));
    assert_true(may_meet("m5.large", AWS "gpu-name", OP_NOT_IN, "t4"));
    assert_false(may_meet("m5.large", AWS "gpu-name", OP_EXISTS, NULL));
    assert_true(may_meet("g8.xlarge", AWS "gpu-name", OP_IN, "b400"));
    assert_true(may_meet("g8.xlarge", AWS "gpu-name", OP_DOES_NOT_EXIST, NULL));
    assert_false(may_meet("g8.xlarge", AWS "family", OP_IN, "g7"));
}

/* A type of the table whose GPU label is unknown must not match, or it would match every value. */
TEST(instance_matches__known_type_with_unknown_gpu_label__false)
{
    static const char *const value = "t4";
    const struct requirement name = {.key = AWS "gpu-name", .op = OP_IN, .values = &value, .value_count = 1};
    struct instance gb200 = instance_find(table, "p6e-gb200.36xlarge");
    struct instance t4 = instance_find(table, "g4dn.xlarge");
    struct instance newer = instance_find(table, "g8.xlarge");
    assert_true(instance_may_meet(&gb200, &name));
    assert_false(instance_matches(&gb200, &name));
    assert_true(instance_matches(&t4, &name));
    assert_true(instance_matches(&newer, &name));
}

TEST(instance_label_names_and_narrows__keys)
{
    assert_true(instance_label_names("node.kubernetes.io/instance-type"));
    assert_true(instance_label_names(AWS "category"));
    assert_false(instance_label_names(AWS "gpu-name"));
    assert_true(instance_label_narrows(AWS "family"));
    assert_true(instance_label_narrows(AWS "gpu-memory"));
    assert_false(instance_label_narrows(AWS "cpu"));
    assert_false(instance_label_narrows("topology.kubernetes.io/zone"));
}
