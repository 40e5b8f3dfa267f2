/* `gpuslice lint`: on the output of `gpuslice render`, in both output formats, on terminals, with wrong use and with
 * unreadable files. */
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"

#include <jansson.h>

#define BASE     "tests/lint/base/cluster"
#define POLICIES "--policies", "tests/lint/base/policies"

static void run(const char *const arguments[], int status, struct program_output *output)
{
    cli_run(arguments, NULL, output);
    if (output->status != status)
        fail_msg("ended with %d, expected %d:\n%s%s", output->status, status, buf_text(&output->out),
                 buf_text(&output->errors));
}

/* Does not compare the numbers of files and objects, which differ from set to set. The shipped classes have no price,
 * and the shipped pools no release of their images, which is reported once for each. */
static void expect_clean(const char *const arguments[])
{
    AUTO(program_output) output = {0};
    run(arguments, 0, &output);
    if (strncmp(buf_text(&output.out), "0 errors, 0 warnings, 0 info in ", 32) != 0 &&
        (!strstr(buf_text(&output.out), "\n0 errors, 0 warnings, 2 info in ") ||
         !strstr(buf_text(&output.out), "[class-price-of-the-table]") ||
         !strstr(buf_text(&output.out), "[ami-latest]")))
        fail_msg("%s", buf_text(&output.out));
    check_text("errors", buf_text(&output.errors), "");
}

TEST(lint__of_what_render_writes__finds_nothing)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) nodes = temp_path(folder, "nodes");
    AUTO(string) kwok = temp_path(folder, "kwok");
    AUTO(program_output) output = {0};
    AUTO(program_output) again = {0};
    run((const char *[]){"render", "--cluster", "demo", "--quota", "--dra", "--guard", "-d", nodes, NULL}, 0, &output);
    expect_clean((const char *[]){"lint", nodes, NULL});
    expect_clean((const char *[]){"lint", nodes, "docs/examples", NULL});
    expect_clean((const char *[]){"lint", nodes, "docs/examples/namespaces.yaml", "docs/examples/frameworks", NULL});
    run((const char *[]){"render", "--node-class", "kwok", "-d", kwok, NULL}, 0, &again);
    expect_clean((const char *[]){"lint", kwok, NULL});
}

TEST(lint__standard_input__like_a_file)
{
    AUTO(program_output) rendered = {0};
    AUTO(program_output) output = {0};
    run((const char *[]){"render", "--cluster", "demo", NULL}, 0, &rendered);
    cli_run((const char *[]){"lint", "-", NULL}, buf_text(&rendered.out), &output);
    if (output.status != 0)
        fail_msg("%s%s", buf_text(&output.out), buf_text(&output.errors));
}

/* Writes a pod that needs a label of no NodePool, in a namespace that has not opted in. Returns its path; free() it. */
static char *write_broken_pod(const char *folder)
{
    temp_write(folder, "pod.yaml",
               "apiVersion: v1\n"
               "kind: Pod\n"
               "metadata: {name: guide, namespace: outside}\n"
               "spec:\n"
               "  nodeSelector:\n"
               "    example.com/team: a\n"
               "  tolerations: [{key: nvidia.com/gpu, operator: Exists}]\n"
               "  containers:\n"
               "  - name: main\n"
               "    resources: {limits: {nvidia.com/gpu: 1}}\n");
    return temp_path(folder, "pod.yaml");
}

#define SENTENCE                                                                                           \
    "the pod needs example.com/team In [a], but no NodePool defines that key, so Karpenter makes no node " \
    "(its error: label \"example.com/team\" does not have known values)"

TEST(lint__text__position_excerpt_caret_why_and_fix)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) pod = write_broken_pod(folder);
    AUTO(program_output) output = {0};
    AUTO(string) expected = NULL;
    assert_true(asprintf(&expected,
                         "%s:6:23: error: Pod/guide: " SENTENCE " [affinity-key-undefined]\n"
                         "    6 |     example.com/team: a\n"
                         "      |                       ^\n"
                         "  why: Karpenter makes a node only if it knows beforehand",
                         pod) > 0);
    run((const char *[]){"lint", POLICIES, BASE, pod, NULL}, 1, &output);
    if (strncmp(buf_text(&output.out), expected, strlen(expected)) != 0)
        fail_msg("%s", buf_text(&output.out));
    assert_non_null(strstr(buf_text(&output.out), "\n  fix: Put the label under"));
    assert_non_null(strstr(buf_text(&output.out), "\n1 error, 0 warnings, 0 info in 30 files, 37 objects\n"));
    assert_null(strstr(buf_text(&output.out), "\033["));
}

/* Makes an object with more values than are read for a decision. Returns its path; free() it. */
static char *write_huge(const char *folder, const char *name, const char *head, const char *tail)
{
    AUTO(buf) text;
    buf_init(&text, 1024 * 1024);
    buf_addf(&text, "%s\"z\":[0", head);
    for (size_t i = 0; i < 200000; i++)
        buf_add_string(&text, ",0");
    buf_addf(&text, "],%s", tail);
    temp_write(folder, name, buf_text(&text));
    return temp_path(folder, name);
}

#define SPEC_WITH_A_GPU \
    "\"containers\":[{\"name\":\"c\",\"image\":\"x\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":1}}}]}"

/* Such an object is neither passed over nor the end of the run. */
TEST(lint__object_too_large_to_judge__named_and_the_others_checked)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(program_output) output = {0};
    AUTO(string) large_pod = write_huge(
        folder, "a.json", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"huge\"},\"spec\":{",
        SPEC_WITH_A_GPU "}");
    AUTO(string) large_job = write_huge(
        folder, "b.json", "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"huge\"},\"spec\":{",
        "\"template\":{\"spec\":{" SPEC_WITH_A_GPU "}}}");
    AUTO(string) pod = write_broken_pod(folder);
    run((const char *[]){"lint", POLICIES, BASE, large_pod, large_job, pod, NULL}, 1, &output);
    const char *text = buf_text(&output.out);
    if (!strstr(text, "warning: Pod/huge: its pods are not checked: byte ") ||
        !strstr(text, "warning: Job/huge: its pods are not checked: byte ") || !strstr(text, "error: Pod/guide: ") ||
        !strstr(text, "over 200000 values [workload-not-judged]"))
        fail_msg("%.2000s%s", text, buf_text(&output.errors));
}

#define E20 "éééééééééééééééééééé"
#define E80 E20 E20 E20 E20

/* An excerpt has at most 160 bytes; here byte 160 is inside a character. */
TEST(lint__long_line__excerpt_is_cut_between_characters)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(program_output) output = {0};
    temp_write(folder, "pod.yaml",
               "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: outside}\nspec:\n"
               "  nodeSelector:\n"
               "    example.com/team: a #" E80 "\n"
               "  tolerations: [{key: nvidia.com/gpu, operator: Exists}]\n"
               "  containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]\n");
    AUTO(string) pod = temp_path(folder, "pod.yaml");
    run((const char *[]){"lint", POLICIES, BASE, pod, NULL}, 1, &output);
    if (!strstr(buf_text(&output.out), "    6 |     example.com/team: a #" E20 E20 E20 "ééééééé\n"))
        fail_msg("%s", buf_text(&output.out));
}

TEST(lint__on_a_terminal__in_colour)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) pod = write_broken_pod(folder);
    AUTO(buf) out;
    buf_init(&out, 1 << 20);
    assert_int_equal(cli_run_on_terminal((const char *[]){"lint", POLICIES, BASE, pod, NULL}, &out), 1);
    assert_non_null(strstr(buf_text(&out), "\033[31merror\033[0m"));
}

static const json_t *verdict_of(const json_t *all, const char *name)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(all, "verdicts"), index, item) {
        if (strcmp(json_string_value(json_object_get(item, "name")), name) == 0)
            return item;
    }
    fail_msg("no verdict on %s", name);
    return NULL;
}

TEST(lint__json__findings_verdicts_and_summary)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) pod = write_broken_pod(folder);
    AUTO(program_output) output = {0};
    run((const char *[]){"lint", "-o", "json", POLICIES, BASE, pod, NULL}, 1, &output);
    json_t *all = json_loads(buf_text(&output.out), 0, NULL);
    assert_non_null(all);
    const json_t *finding = json_array_get(json_object_get(all, "findings"), 0);
    check_text("rule", json_string_value(json_object_get(finding, "rule")), "affinity-key-undefined");
    check_text("severity", json_string_value(json_object_get(finding, "severity")), "error");
    check_text("message", json_string_value(json_object_get(finding, "message")), SENTENCE);
    check_text("object", json_string_value(json_object_get(finding, "object")), "Pod/guide");
    assert_int_equal(json_integer_value(json_object_get(finding, "line")), 6);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(all, "summary"), "errors")), 1);
    assert_true(json_is_false(json_object_get(verdict_of(all, "guide"), "schedulable")));
    check_text("rule", json_string_value(json_object_get(verdict_of(all, "guide"), "rule")), "affinity-key-undefined");
    assert_true(json_is_true(json_object_get(verdict_of(all, "server"), "schedulable")));
    check_text("class", json_string_value(json_object_get(verdict_of(all, "server"), "class")), "a100-1g5gb");
    check_text("pool", json_string_value(json_object_get(verdict_of(all, "server"), "nodePool")), "a100-sevenths");
    json_decref(all);
}

/* It is unknown which GPUs the nodes have, and therefore whether the pod is schedulable. */
TEST(lint__json__unknown_instance_types__verdict_null)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(program_output) output = {0};
    temp_write(
        folder, "all.yaml",
        "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: own}\nspec: {template: {spec: {requirements: "
        "[{key: karpenter.k8s.aws/instance-family, operator: In, values: [g8]}], nodeClassRef: {group: "
        "karpenter.k8s.aws, kind: EC2NodeClass, name: own}}}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: "
        "asks}\nspec: {containers: [{name: a, image: b, resources: {limits: {nvidia.com/gpu: 1}}}]}\n");
    cli_run((const char *[]){"lint", "-o", "json", "--no-policies", folder, NULL}, NULL, &output);
    json_t *all = json_loads(buf_text(&output.out), 0, NULL);
    assert_non_null(all);
    assert_true(json_is_null(json_object_get(verdict_of(all, "asks"), "schedulable")));
    check_text("rule", json_string_value(json_object_get(verdict_of(all, "asks"), "rule")), "instance-type-unknown");
    check_text(
        "reason", json_string_value(json_object_get(verdict_of(all, "asks"), "reason")),
        "asks for nvidia.com/gpu: 1, but the GPUs of NodePool/own's nodes are unknown: not all of its instance types are "
        "in the GPU table");
    json_decref(all);
}

TEST(lint__disabled__exit_status_0)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) pod = write_broken_pod(folder);
    expect_clean((const char *[]){"lint", "-d", "affinity-key-undefined", POLICIES, BASE, pod, NULL});
}

TEST(lint__info_alone__exit_status_0)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) pod = write_broken_pod(folder);
    AUTO(program_output) output = {0};
    run((const char *[]){"lint", POLICIES, pod, NULL}, 0, &output);
    assert_non_null(strstr(buf_text(&output.out), "[node-pools-absent]"));
}

TEST(lint__unreadable_file__exit_status_2_and_others_checked)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) pod = write_broken_pod(folder);
    AUTO(program_output) output = {0};
    temp_write(folder, "a.yaml", "a: [\n");
    temp_write(folder, "template.yaml", "{{- if .Values.a }}\nkind: Pod\n{{- end }}\n");
    run((const char *[]){"lint", POLICIES, BASE, folder, NULL}, 2, &output);
    assert_non_null(strstr(buf_text(&output.errors), "/a.yaml:2:1: "));
    assert_null(strstr(buf_text(&output.errors), "template.yaml"));
    assert_non_null(strstr(buf_text(&output.out), "[affinity-key-undefined]"));
}

TEST(lint__wrong_use__exit_status_2)
{
    static const struct {
        const char *const arguments[6];
        const char *complaint;
    } uses[] = {
        {{"lint", NULL}, "no FILE or folder given"},
        {{"lint", "-o", "xml", BASE, NULL}, "unknown output \"xml\"; use text or json"},
        {{"lint", "-d", "overlay-mising", BASE, NULL},
         "unknown rule \"overlay-mising\"; did you mean \"overlay-missing\"?"},
        {{"lint", "--explain", "nothing-like-it-at-all-anywhere", NULL}, "--rules lists them"},
        {{"lint", "/nowhere", NULL}, "/nowhere"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
        AUTO(program_output) output = {0};
        run(uses[i].arguments, 2, &output);
        if (!strstr(buf_text(&output.errors), uses[i].complaint))
            fail_msg("%s: %s", uses[i].complaint, buf_text(&output.errors));
    }
}

TEST(lint__rules_and_explain__printed)
{
    AUTO(program_output) rules = {0};
    AUTO(program_output) rule = {0};
    run((const char *[]){"lint", "--rules", NULL}, 0, &rules);
    assert_non_null(
        strstr(buf_text(&rules.out), "\n  overlay-missing                    error    pool without a NodeOverlay"));
    run((const char *[]){"lint", "--explain", "overlay-missing", NULL}, 0, &rule);
    static const char *const parts[] = {
        "overlay-missing (error)\n",          "\nWhy\n",    "\nFix\n",
        "\nExample\n    kind: NodeOverlay\n", "\nSource\n", "gpuslice.dev/lint-ignore: overlay-missing\n"};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (!strstr(buf_text(&rule.out), parts[i]))
            fail_msg("%s is not in %s", parts[i], buf_text(&rule.out));
    }
}
