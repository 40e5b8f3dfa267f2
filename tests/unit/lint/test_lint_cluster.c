/* Tests the rules about namespaces and policies: each has a case in which it must be found, and many have one in which
 * it must not be found. Also tests what concerns all rules: the unchanged base, positions, silencing, and the
 * documentation. */
#include "tests/support/lint_fixture.h"

#define SPACES   "namespaces.yaml"
#define POLICIES "policies/policies.yaml"
#define CLASSES  "policies/classes.yaml"
#define POOLS    "policies/pools.yaml"
#define QUOTA    "requests.nvidia.com/mig-1g.5gb: \"8\""

#define SETTINGS(spec) \
    "apiVersion: gpuslice.dev/v1alpha1\nkind: SliceSettings\nmetadata: {name: default}\nspec: " spec "\n"
#define FURTHER "policies/settings.yaml", NULL, SETTINGS("{gpuResources: [example.com/gpu, \"example.com/GRID_*\"]}")
#define SENDS(entry, more)                                                                               \
    "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: " \
    "a}\nwebhooks:\n"                                                                                    \
    "- name: " entry                                                                                     \
    "\n  matchConditions:\n  - {name: asks, expression: \"c.exists(k, k.startsWith('nvidia.com/')" more ")\"}\n"

static const struct lint_case cases[] = {
    BAD(RULE_WEBHOOK_NAME_MISSING, "neither of two names", {FURTHER},
        {"webhook.yaml", NULL, SENDS("enabled.inject.gpuslice.dev", "")}),
    BAD(RULE_WEBHOOK_NAME_MISSING, "one of two names", {FURTHER},
        {"webhook.yaml", NULL, SENDS("required.inject.gpuslice.dev", " || k == 'example.com/gpu'")}),
    BAD(RULE_WEBHOOK_NAME_MISSING, "only some names of a pattern", {FURTHER},
        {"webhook.yaml", NULL,
         SENDS("enabled.inject.gpuslice.dev", " || k == 'example.com/gpu' || k.startsWith('example.com/GRID_T4')")}),
    BAD(RULE_WEBHOOK_NAME_MISSING, "a pattern that is compared as a whole name", {FURTHER},
        {"webhook.yaml", NULL,
         SENDS("enabled.inject.gpuslice.dev", " || k == 'example.com/gpu' || k == 'example.com/GRID_'")}),
    GOOD(RULE_WEBHOOK_NAME_MISSING, "both names", {FURTHER},
         {"webhook.yaml", NULL,
          SENDS("enabled.inject.gpuslice.dev", " || k == 'example.com/gpu' || k.startsWith('example.com/GRID_')")}),
    GOOD(RULE_WEBHOOK_NAME_MISSING, "the whole domain", {FURTHER},
         {"webhook.yaml", NULL, SENDS("enabled.inject.gpuslice.dev", " || k.startsWith('example.com/')")}),
    GOOD(RULE_WEBHOOK_NAME_MISSING, "NVIDIA's names are always sent",
         {"policies/settings.yaml", NULL, SETTINGS("{gpuResources: [nvidia.com/a100, \"nvidia.com/GRID_*\"]}")},
         {"webhook.yaml", NULL, SENDS("enabled.inject.gpuslice.dev", "")}, {"chart.yaml", NULL, "gpuResources: []\n"}),
    GOOD(RULE_WEBHOOK_NAME_MISSING, "a webhook that is sent every pod", {FURTHER},
         {"webhook.yaml", NULL,
          "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\nmetadata: {name: "
          "a}\nwebhooks:\n- {name: all.enabled.inject.gpuslice.dev, matchConditions: [{name: b, expression: "
          "\"true\"}]}\n"}),
    GOOD(RULE_WEBHOOK_NAME_MISSING, "another webhook", {FURTHER}, {"webhook.yaml", NULL, SENDS("gpu.example.com", "")}),
    GOOD(RULE_WEBHOOK_NAME_MISSING, "a policy set without names",
         {"webhook.yaml", NULL, SENDS("enabled.inject.gpuslice.dev", "")}),
    BAD(RULE_WEBHOOK_NAME_MISSING, "values that lack one name", {FURTHER},
        {"chart.yaml", NULL, "gpuResources: [example.com/gpu]\n"}),
    BAD(RULE_WEBHOOK_NAME_MISSING, "values that name none", {FURTHER},
        {"chart.yaml", NULL, "policies: {source: configMap}\n"}),
    BAD(RULE_WEBHOOK_NAME_MISSING, "values of a chart that depends on gpuslice", {FURTHER},
        {"chart.yaml", NULL, "gpuslice: {gpuResources: [example.com/gpu]}\n"}),
    GOOD(RULE_WEBHOOK_NAME_MISSING, "values that have both names", {FURTHER},
         {"chart.yaml", NULL, "gpuResources: [example.com/gpu, \"example.com/GRID_*\"]\n"}),
    GOOD(RULE_WEBHOOK_NAME_MISSING, "values of another chart", {FURTHER}, {"chart.yaml", NULL, "replicas: 2\n"}),
    BAD(RULE_NAMESPACE_LABEL_UNKNOWN, "true is not a value",
        {SPACES, "labels: {gpuslice.dev/inject: enabled}", "labels: {gpuslice.dev/inject: \"true\"}"}),
    BAD(RULE_NAMESPACE_LABEL_UNKNOWN, "the class is an annotation",
        {SPACES, "labels: {gpuslice.dev/inject: enabled}",
         "labels: {gpuslice.dev/inject: enabled, gpuslice.dev/class: t4-third}"}),
    SAYS(RULE_NAMESPACE_LABEL_UNKNOWN, "namespace annotation gpuslice.dev/inject has no effect: make it a label",
         {SPACES, "labels: {gpuslice.dev/inject: enabled}", "annotations: {gpuslice.dev/inject: enabled}"}),
    SAYS(RULE_NAMESPACE_LABEL_UNKNOWN, "gpuslice.dev/injected is unknown: did you mean gpuslice.dev/inject?",
         {SPACES, "labels: {gpuslice.dev/inject: enabled}", "labels: {gpuslice.dev/injected: enabled}"}),
    SAYS(RULE_NAMESPACE_LABEL_UNKNOWN, "which means nothing: use verbose",
         {SPACES, "labels: {gpuslice.dev/inject: enabled}",
          "labels: {gpuslice.dev/inject: enabled}\n  annotations: {gpuslice.dev/advise: loud}"}),
    GOOD(RULE_NAMESPACE_LABEL_UNKNOWN, "an annotation that silences a rule",
         {SPACES, "labels: {gpuslice.dev/inject: enabled}",
          "labels: {gpuslice.dev/inject: enabled}\n  annotations: {gpuslice.dev/lint-ignore: pool-unused}"}),
    BAD(RULE_NAMESPACE_WITHOUT_POLICY, "no policy matches the namespace",
        {POLICIES, "  priority: 0\n", "  priority: 0\n  namespaces: {names: [other]}\n"}),
    BAD(RULE_NAMESPACE_NEEDS_PODS_ALL, "a policy with the guard", {SPACES, "gpuslice.dev/pods: all, ", ""}),
    BAD(RULE_NAMESPACE_NEEDS_PODS_ALL, "inject: always",
        {POLICIES, "  priority: 100\n", "  priority: 100\n  inject: always\n"}),
    BAD(RULE_NAMESPACE_CLASS_REFUSED, "an unknown class",
        {SPACES, "gpuslice.dev/class: a100-1g5gb", "gpuslice.dev/class: a100"}),
    BAD(RULE_NAMESPACE_CLASS_REFUSED, "a class that the policy does not allow",
        {SPACES, "labels: {gpuslice.dev/inject: enabled}",
         "labels: {gpuslice.dev/inject: enabled}\n  annotations: {gpuslice.dev/class: gpu-whole}"}),
    BAD(RULE_NAMESPACE_CLASS_REFUSED, "none, which the policy does not allow",
        {SPACES, "labels: {gpuslice.dev/inject: enabled}",
         "labels: {gpuslice.dev/inject: enabled}\n  annotations: {gpuslice.dev/class: none}"}),
    BAD(RULE_NAMESPACE_CLASS_REFUSED, "more memory than any class has",
        {SPACES, "labels: {gpuslice.dev/inject: enabled}",
         "labels: {gpuslice.dev/inject: enabled}\n  annotations: {gpuslice.dev/memory: 800Gi}"}),
    BAD(RULE_NAMESPACE_CLASS_REFUSED, "a memory that is not a quantity",
        {SPACES, "labels: {gpuslice.dev/inject: enabled}",
         "labels: {gpuslice.dev/inject: enabled}\n  annotations: {gpuslice.dev/memory: much}"}),
    BAD(RULE_NAMESPACE_CLASS_REFUSED, "a memory without its unit",
        {SPACES, "labels: {gpuslice.dev/inject: enabled}",
         "labels: {gpuslice.dev/inject: enabled}\n  annotations: {gpuslice.dev/memory: \"16\"}"}),
    GOOD(RULE_NAMESPACE_CLASS_REFUSED, "empty annotations count as left out",
         {SPACES, "labels: {gpuslice.dev/inject: enabled}",
          "labels: {gpuslice.dev/inject: enabled}\n  annotations: {gpuslice.dev/class: \"\", gpuslice.dev/memory: "
          "\" \"}"}),
    GOOD(RULE_NAMESPACE_CLASS_REFUSED, "memory that a class has",
         {SPACES, "labels: {gpuslice.dev/inject: enabled}",
          "labels: {gpuslice.dev/inject: enabled}\n  annotations: {gpuslice.dev/memory: 2Gi}"}),
    BAD(RULE_QUOTA_ON_OLD_RESOURCE, "no class of the namespace gives nvidia.com/gpu",
        {SPACES, QUOTA, "requests.nvidia.com/gpu: \"8\""},
        {POLICIES, "allowed: [t4-third, l4-quarter, gpu-whole, \"a100-*\", \"h100-*\"], default: t4-third",
         "allowed: [\"a100-*\", \"h100-*\", l4-quarter], default: a100-1g5gb"},
        {POLICIES, "allowed: [t4-third, a100-1g5gb]", "allowed: [t4-third, a100-1g5gb, gpu-whole]"}),
    GOOD(RULE_QUOTA_ON_OLD_RESOURCE, "none of it, as `render --quota` writes it",
         {SPACES, QUOTA, "requests.nvidia.com/gpu: \"0\""},
         {POLICIES, "allowed: [t4-third, l4-quarter, gpu-whole, \"a100-*\", \"h100-*\"], default: t4-third",
          "allowed: [\"a100-*\", \"h100-*\", l4-quarter], default: a100-1g5gb"},
         {POLICIES, "allowed: [t4-third, a100-1g5gb]", "allowed: [t4-third, a100-1g5gb, gpu-whole]"}),
    GOOD(RULE_QUOTA_ON_OLD_RESOURCE, "a third of a T4 is called nvidia.com/gpu",
         {SPACES, QUOTA, "requests.nvidia.com/gpu: \"8\""}),
    BAD(RULE_QUOTA_ON_UNUSED_RESOURCE, "a MIG profile of another GPU",
        {SPACES, QUOTA, "requests.nvidia.com/mig-1g.6gb: \"8\""}),
    BAD(RULE_QUOTA_ON_OLD_RESOURCE, "another GPU name, whose requests become slices", {FURTHER},
        {SPACES, QUOTA, "requests.example.com/gpu: \"8\""}),
    GOOD(RULE_QUOTA_ON_UNUSED_RESOURCE, "a network device is not a slice",
         {SPACES, QUOTA, "requests.nvidia.com/hostdev: \"8\""}),
    BAD(RULE_QUOTA_NOT_COUNTED, "without the prefix requests.", {SPACES, QUOTA, "nvidia.com/mig-1g.5gb: \"8\""}),
    BAD(RULE_LIMIT_RANGE_REFUSES, "a maximum on a resource that no class gives",
        {SPACES, "max: {cpu: \"8\"}", "max: {nvidia.com/mig-1g.6gb: \"1\"}"}),
    BAD(RULE_LIMIT_RANGE_REFUSES, "a maximum on the resource of one class refuses the other classes",
        {SPACES, "max: {cpu: \"8\"}", "max: {nvidia.com/gpu: \"1\"}"}),
    GOOD(RULE_LIMIT_RANGE_REFUSES, "in a namespace that has not opted in",
         {SPACES, "metadata: {name: cpus, namespace: ml}", "metadata: {name: cpus, namespace: outside}"},
         {SPACES, "max: {cpu: \"8\"}", "max: {nvidia.com/gpu: \"1\"}"}),
    GOOD(RULE_LIMIT_RANGE_REFUSES, "a maximum with a default of zero",
         {SPACES, "max: {cpu: \"8\"}", "max: {nvidia.com/gpu: \"1\"}\n    default: {nvidia.com/gpu: 0}"}),
    BAD(RULE_LIMIT_RANGE_REFUSES, "a minimum with a default of zero",
        {SPACES, "max: {cpu: \"8\"}", "min: {nvidia.com/gpu: \"1\"}\n    default: {nvidia.com/gpu: 0}"}),
    GOOD(RULE_LIMIT_RANGE_DEFAULT, "a default of zero",
         {SPACES, "max: {cpu: \"8\"}", "default: {nvidia.com/gpu: \"0\"}"}),
    GOOD(RULE_LIMIT_RANGE_DEFAULT, "a network device is not a GPU",
         {SPACES, "max: {cpu: \"8\"}", "default: {nvidia.com/hostdev: \"1\"}"}),
    BAD(RULE_LIMIT_RANGE_DEFAULT, "a default, which is applied again after the webhook",
        {SPACES, "max: {cpu: \"8\"}", "default: {nvidia.com/gpu: \"1\"}"}),
    BAD(RULE_CLASS_NOT_ALLOWED, "no policy lists it", {POLICIES, "l4-quarter, ", ""}),
    BAD(RULE_CLASS_PRICE_OF_THE_TABLE, "one class among several without a price", {CLASSES, "price: \"0.18\", ", ""}),
    BAD(RULE_CLASS_PRICE_OF_THE_TABLE, "the last class of a policy", {CLASSES, "price: \"3.44\", ", ""}),
    GOOD(RULE_CLASS_PRICE_OF_THE_TABLE, "no policy allows it", {CLASSES, "price: \"0.21\", ", ""},
         {POLICIES, "l4-quarter, ", ""}),
    BAD(RULE_POOL_UNUSED, "no class uses it",
        {CLASSES, "pools: [h100-sevenths, h100-balanced]", "pools: [h100-balanced]"}),
    BAD(RULE_POLICY_MATCHES_NO_NAMESPACE, "a label that no namespace has",
        {POLICIES, "team-tier: guarded", "team-tier: closed"}),
    BAD(RULE_POLICY_MATCHES_NO_NAMESPACE, "a selector that contradicts itself",
        {POLICIES, "selector: {matchLabels: {team-tier: guarded}}",
         "selector: {matchLabels: {team-tier: guarded}, matchExpressions: [{key: team-tier, operator: NotIn, values: "
         "[guarded]}]}"}),
    BAD(RULE_POLICY_SHADOWED, "a policy for all namespaces comes first",
        {POLICIES, "  priority: 0\n", "  priority: 300\n"}),
    GOOD(RULE_POLICY_SHADOWED, "a policy with a selector comes first",
         {POLICIES, "  priority: 200\n", "  priority: 50\n"}),
    BAD(RULE_POLICY_EQUAL_PRIORITY, "two policies of priority 100 match the namespace",
        {POLICIES, "priority: 200", "priority: 100"},
        {POLICIES, "matchLabels: {team-tier: guarded}", "matchLabels: {kind: book}"},
        {SPACES, "team-tier: ml}", "team-tier: ml, kind: book}"}),
    BAD(RULE_KUSTOMIZATION_RESOURCE_MISSING, "a file that was renamed",
        {"kustomization.yaml", "- nodepool-t4-thirds.yaml", "- nodepool-t4.yaml"}),
    BAD(RULE_KUSTOMIZATION_RESOURCE_UNNAMED, "a file that was forgotten",
        {"kustomization.yaml", "- nodepool-t4-thirds.yaml\n", ""}),
};

TEST(rules__of_the_cluster__found_where_they_are_broken)
{
    try_cases(cases, ARRAY_SIZE(cases));
}

TEST(rules__of_the_cluster__each_has_a_case)
{
    expect_all_rules(rules_cluster, cases, ARRAY_SIZE(cases));
}

/* -- All rules -- */

static void look_for_list(void *context, struct lint *lint)
{
    AUTO(buf) list;
    lint_fixture_list(lint, &list);
    check_text("findings", buf_text(&list), context);
}

TEST(base__unchanged__nothing_is_found)
{
    AUTO(lint_fixture) fixture = lint_fixture_make();
    lint_fixture_lint(&fixture, "base", NULL, (char[]){""}, look_for_list);
}

#define T4_NODE_POOL "nodepool-t4-thirds.yaml"

TEST(findings__in_a_file_or_an_embedded_config__have_line_and_column)
{
    static const struct {
        const char *name;
        struct lint_edit edit;
        const char *expected;
    } places[] = {
        {"a value of an object",
         {T4_NODE_POOL, "consolidateAfter: 5m", "consolidateAfter: 0s"},
         "nodepool-t4-thirds.yaml:19:23: removes empty nodes at once (consolidateAfter 0s) "
         "[consolidate-after-short]\n"
         "nodepool-t4-thirds.yaml:19:23: consolidateAfter is \"0s\"; spec.nodes of SlicePool \"t4-thirds\" says 5m "
         "[rendered-edited]\n"},
        {"a value in the text of a ConfigMap",
         {"device-plugin-config.yaml", "mps:\n        renameByDefault: true\n",
          "mps:\n        renameByDefault: true\n        rename: x\n"},
         "device-plugin-config.yaml:42:9: unknown field \"rename\" in sharing.mps; it belongs at "
         "sharing.timeSlicing.resources[].rename [device-plugin-unknown-field]\n"},
    };
    AUTO(lint_fixture) fixture = lint_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        char expected[1024];
        (void)snprintf(expected, sizeof(expected), "%s", places[i].expected);
        lint_fixture_edit(&fixture, places[i].name, &places[i].edit);
        lint_fixture_lint(&fixture, places[i].name, NULL, expected, look_for_list);
        lint_fixture_restore(&fixture, &places[i].edit);
    }
}

TEST(silencing__by_option_comment_and_annotation__leaves_the_rule_out)
{
    static const struct lint_edit broken = {
        T4_NODE_POOL, "      taints:\n",
        "      taints:\n      - {key: example.com/own, value: x, effect: NoSchedule}\n"};
    static const struct lint_edit also = {"gpu-operator-values.yaml", "daemonsets:\n  tolerations:\n",
                                          "daemonsets:\n  tolerations:\n  - {operator: Exists}\n"};
    static const struct lint_edit worker = {"gpu-operator-values.yaml", "  worker:\n    tolerations:\n",
                                            "  worker:\n    tolerations:\n    - {operator: Exists}\n"};
    static const struct lint_edit silences[] = {
        {T4_NODE_POOL, "apiVersion:", "# gpuslice.dev/lint-ignore: overlay-missing, taint-not-tolerated\napiVersion:"},
        {T4_NODE_POOL, "  labels:\n    app",
         "  annotations: {gpuslice.dev/lint-ignore: taint-not-tolerated}\n  labels:\n    app"},
        {T4_NODE_POOL, "  labels:\n    app",
         "  annotations:\n    \"gpuslice.dev/lint-ignore\": \"taint-not-tolerated\"\n  labels:\n    app"},
    };
    AUTO(lint_fixture) fixture = lint_fixture_make();
    AUTO(strlist) disabled = {0};
    struct err err;
    check_success("disabled", strlist_add(&disabled, "taint-not-tolerated", &err), &err);
    lint_fixture_edit(&fixture, "operator", &also);
    lint_fixture_edit(&fixture, "worker", &worker);
    lint_fixture_edit(&fixture, "taint", &broken);
    lint_fixture_lint(&fixture, "by option", &disabled, (char[]){""}, look_for_list);
    for (size_t i = 0; i < ARRAY_SIZE(silences); i++) {
        lint_fixture_edit(&fixture, "silence", &silences[i]);
        lint_fixture_lint(&fixture, silences[i].to, NULL, (char[]){""}, look_for_list);
        lint_fixture_restore(&fixture, &silences[i]);
        lint_fixture_edit(&fixture, "taint", &broken);
    }
}

TEST(silencing__in_another_document__has_no_effect)
{
    static const struct lint_edit broken = {"apps.yaml", "values: [l4-quarters]", "values: [l4-fifths]"};
    static const struct lint_edit elsewhere = {"apps.yaml", "# Converted",
                                               "# gpuslice.dev/lint-ignore: affinity-values-disjoint\n# Converted"};
    static const struct lint_case item = {RULE_AFFINITY_VALUES_DISJOINT, true, "elsewhere", {{0}}};
    AUTO(lint_fixture) fixture = lint_fixture_make();
    struct lint_look look = {.item = &item};
    buf_init(&look.faults, LINT_FIXTURE_TEXT_MAX);
    lint_fixture_edit(&fixture, "broken", &broken);
    lint_fixture_edit(&fixture, "elsewhere", &elsewhere);
    lint_fixture_lint(&fixture, "elsewhere", NULL, &look, look_for_rule);
    AUTO(buf) faults = look.faults;
    check_text("elsewhere", buf_text(&faults), "");
}

TEST(rules__all__have_an_id_texts_and_a_row_in_the_documentation)
{
    AUTO(buf) page;
    lint_fixture_read("docs/linting.md", &page);
    for (enum rule_id i = 0; i < RULES; i++) {
        const struct rule *rule = rule_get(i);
        AUTO(buf) row;
        assert_non_null(rule);
        buf_init(&row, 4096);
        buf_addf(&row, "\n| `%s` | %s | %s |\n", rule->id, severity_name(rule->severity), rule->what);
        if (!strstr(buf_text(&page), buf_text(&row)))
            fail_msg("docs/linting.md lacks the row%s", buf_text(&row));
        assert_ptr_equal(rule_find(rule->id), rule);
        assert_true(*rule->why && *rule->fix && *rule->example && *rule->source);
        assert_int_equal(strspn(rule->id, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(rule->id));
    }
    assert_null(rule_find("no-such-rule"));
    assert_string_equal(rule_nearest("overlay-mising"), "overlay-missing");
}
