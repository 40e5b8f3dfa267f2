/* What `mutate`, `explain` and `lint` say about their input as a whole: namespaces that are not known, and workloads
 * whose pods get nothing. */
#include "base/text.h"
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"

#define TEAM_PODS(NAME, NS)                                                           \
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: " NAME ", namespace: " NS "}\n" \
    "spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}\n"
#define NAMESPACES                                                                                      \
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: team, labels: {gpuslice.dev/inject: enabled}}\n" \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: quiet}\n"                                   \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: odd, labels: {gpuslice.dev/inject: \"true\"}}\n"

/* Runs a command with FILE and NS (the Namespaces above) as paths, and compares its stderr, in which FILE stands for
 * the path of the input. A negative status stands for any. */
static void expect_errors(const char *const arguments[], const char *input, int status, const char *errors,
                          struct buf *out)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) file = temp_path(folder, "input.yaml");
    AUTO(string) ns = temp_path(folder, "namespaces.yaml");
    AUTO(program_output) output = {0};
    const char *real[16] = {NULL};
    temp_write(folder, "input.yaml", input);
    temp_write(folder, "namespaces.yaml", NAMESPACES);
    for (size_t i = 0; arguments[i]; i++)
        real[i] = strcmp(arguments[i], "FILE") == 0 ? file : strcmp(arguments[i], "NS") == 0 ? ns : arguments[i];
    cli_run(real, NULL, &output);
    AUTO(string) printed = cli_replace(buf_text(&output.errors), file, "FILE");
    check_text(arguments[0], printed, errors);
    if (status >= 0 && output.status != status)
        fail_msg("%s: ended with %d, expected %d", arguments[0], output.status, status);
    if (out)
        buf_add_string(out, buf_text(&output.out));
}

/* -- Namespaces -- */

static const char *const commands[][4] = {
    {"explain", "FILE"}, {"mutate", "FILE"}, {"mutate", "-o", "diff", "FILE"}, {"mutate", "-o", "patch", "FILE"}};

TEST(inputs__no_namespaces__said_once)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const char *const *command = commands[i];
        expect_errors((const char *[]){command[0], command[1], command[2], command[3], NULL},
                      TEAM_PODS("a", "x") TEAM_PODS("b", "z") TEAM_PODS("d", "x"), 0, CLI_NO_NAMESPACES, NULL);
    }
    expect_errors((const char *[]){"explain", "FILE", NULL}, TEAM_PODS("a", "[]") TEAM_PODS("b", "x"), 2,
                  CLI_NO_NAMESPACES "FILE:2:1: Pod/a in default: the pod's metadata.namespace must be a string\n",
                  NULL);
}

TEST(inputs__no_namespaces_and_no_pod__not_said)
{
    expect_errors((const char *[]){"explain", "FILE", NULL}, "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n", 0,
                  "", NULL);
    expect_errors((const char *[]){"mutate", "FILE", NULL}, "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n", 0,
                  "", NULL);
    expect_errors((const char *[]){"explain", "--namespaces", "NS", "FILE", NULL}, TEAM_PODS("a", "team"), 0, "", NULL);
}

TEST(inputs__unknown_namespaces__once_each_with_their_number)
{
    static const char input[] = TEAM_PODS("a", "x") TEAM_PODS("b", "z") TEAM_PODS("c", "team") TEAM_PODS("d", "x")
        TEAM_PODS("e", "w") TEAM_PODS("f", "x") TEAM_PODS("g", "w");
    static const char expected[] =
        "FILE:2:1: Pod/a in x: namespace \"x\" is not known; it is not in the --namespaces file (the same for 2 other "
        "objects of this namespace)\n"
        "FILE:7:1: Pod/b in z: namespace \"z\" is not known; it is not in the --namespaces file\n"
        "FILE:22:1: Pod/e in w: namespace \"w\" is not known; it is not in the --namespaces file (the same for 1 other "
        "object of this namespace)\n";
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        const char *const *command = commands[i];
        expect_errors((const char *[]){command[0], "--namespaces", "NS", command[1], command[2], command[3], NULL},
                      input, 2, expected, NULL);
    }
}

#define LINT(...) ((const char *[]){"lint", __VA_ARGS__, NULL})
static const char not_among[] =
    "gpuslice: no Namespace is among the FILEs: pods are checked as they are written, not as the webhook would change "
    "them; add the output of kubectl get namespaces -o yaml\n";

TEST(lint__unknown_namespaces__said_once_each)
{
    static const char input[] = TEAM_PODS("a", "x") TEAM_PODS("b", "x") TEAM_PODS("c", "z") TEAM_PODS("d", "team");
    expect_errors(LINT("FILE"), input, -1, not_among, NULL);
    expect_errors(LINT("--no-policies", "FILE"), input, -1, "", NULL);
    expect_errors(LINT("FILE"), "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c}]}\n", 0,
                  "", NULL);
    expect_errors(LINT("FILE", "NS"), input, -1,
                  "gpuslice: namespace \"x\" is not among the FILEs: pods in it are checked as they are written (with "
                  "GPU requests: 2)\n"
                  "gpuslice: namespace \"z\" is not among the FILEs: pods in it are checked as they are written (with "
                  "GPU requests: 1)\n",
                  NULL);
}

TEST(lint__name_that_is_a_boolean__said_so)
{
    static const char *const names[] = {"y", "off", "No", "7"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        AUTO(program_output) output = {0};
        AUTO(string) input =
            text_asprintf("apiVersion: v1\nkind: LimitRange\nmetadata: {name: %s}\nspec: {limits: []}\n", names[i]);
        assert_non_null(input);
        cli_run((const char *[]){"lint", "-", NULL}, input, &output);
        if (!strstr(buf_text(&output.out),
                    "standard input:3:18: error: LimitRange/: metadata.name is not a text; put it in "
                    "quotes (YAML reads y, n, yes, no, on and off as booleans)"))
            fail_msg("%s: %s", names[i], buf_text(&output.out));
    }
}

/* -- Templates that are YAML -- */

TEST(inputs__quoted_template__refused)
{
    static const struct {
        const char *name, *metadata;
    } cases[] = {{"namespace", "{name: a, namespace: \"{{ .Release.Namespace }}\"}"},
                 {"name", "{name: \"{{ .Release.Name }}-web\", namespace: team}"},
                 {"name in single quotes", "{name: 'web-{{ include \"x\" . }}'}"},
                 {"block", "\n  name: >-\n    {{ .Values.name }}\n"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(buf) text;
        buf_init(&text, ERR_TEXT_SIZE);
        buf_addf(&text, "apiVersion: v1\nkind: Pod\nmetadata: %s\nspec: {containers: [{name: c}]}\n",
                 cases[i].metadata);
        for (size_t j = 0; j < ARRAY_SIZE(commands); j++) {
            const char *const *command = commands[j];
            expect_errors((const char *[]){command[0], command[1], command[2], command[3], NULL}, buf_text(&text), 2,
                          "FILE:1:1: its name or namespace holds {{, as in a Helm template; render it (helm template) "
                          "first, and pass the result\n",
                          NULL);
        }
    }
}

/* A workflow's own parameters look the same. */
TEST(inputs__braces_elsewhere__accepted_and_named_only_in_errors)
{
    expect_errors((const char *[]){"explain", "--namespaces", "NS", "FILE", NULL},
                  "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: team}\n"
                  "spec: {containers: [{name: c, args: [\"{{inputs.parameters.x}}\"]}]}\n",
                  0, "", NULL);
    expect_errors((const char *[]){"explain", "--namespaces", "NS", "FILE", NULL},
                  "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: team}\n"
                  "spec: {containers: \"{{ .Values.containers }}\"}\n",
                  2,
                  "FILE:1:1: Pod/a in team: the pod's spec.containers must be an array; it holds {{...}}: if it is a "
                  "Helm template, render it first (helm template)\n",
                  NULL);
}

/* -- No policy -- */

static void expect_explained(const char *input, const char *policy)
{
    AUTO(buf) out;
    buf_init(&out, ERR_TEXT_SIZE * 16);
    expect_errors((const char *[]){"explain", "--namespaces", "NS", "FILE", NULL}, input, 0, "", &out);
    if (!strstr(buf_text(&out), policy))
        fail_msg("no \"%s\" in\n%s", policy, buf_text(&out));
}

TEST(explain__no_policy_was_looked_for__why)
{
    static const char opt_in[] = "not looked for: the namespace is not opted in\n"
                                 "              to opt it in: kubectl label --overwrite namespace quiet "
                                 "gpuslice.dev/inject=enabled\n";
    expect_explained(TEAM_PODS("a", "quiet"), opt_in);
    expect_explained("apiVersion: batch/v1\nkind: Job\nmetadata: {name: a, namespace: quiet}\n"
                     "spec: {template: {spec: {containers: [{name: c}]}}}\n",
                     opt_in);
    expect_explained(TEAM_PODS("a", "odd"), "kubectl label --overwrite namespace odd gpuslice.dev/inject=enabled\n");
    expect_explained("apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: a, namespace: team}\n"
                     "spec: {template: {spec: {containers: [{name: c}]}}}\n",
                     "  policy      not looked for: pods of a DaemonSet get no slice\n");
    expect_explained("apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: a, namespace: team}\n"
                     "spec: {template: {spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}}\n",
                     "  policy      not looked for: pods of a DaemonSet get no slice\n");
    expect_explained("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: team}\n"
                     "spec: {nodeName: node-1, containers: [{name: c}]}\n",
                     "  policy      not looked for: a pod with spec.nodeName gets no slice\n");
    expect_explained("apiVersion: v1\nkind: Pod\n"
                     "metadata: {name: a, namespace: team, labels: {gpuslice.dev/inject: disabled}}\n"
                     "spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}\n",
                     "  policy      not looked for: the pod opts out by its label gpuslice.dev/inject: disabled\n");
}

/* Only a policy that enforces would change a pod that exists if it were created today. */
TEST(explain__pod_that_exists_under_a_policy_that_does_not_enforce__would_stay_as_it_is)
{
    static const struct {
        const char *gpus, *today;
    } cases[] = {
        {"1", "would give it class a10g-half\n"},
        {"2", "would deny it [too_many_slices]\n"},
    };
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) file = temp_path(folder, "namespaces.yaml");
    temp_write(folder, "namespaces.yaml",
               "apiVersion: v1\nkind: Namespace\n"
               "metadata: {name: a, labels: {gpuslice.dev/inject: enabled, team-tier: trial}}\n");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        AUTO(string) expected = NULL;
        AUTO(string) pod =
            cli_replace("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: a, uid: u}\n"
                        "spec: {nodeName: n, containers: [{name: c, resources: {limits: {nvidia.com/gpu: GPUS}}}]}\n",
                        "GPUS", cases[i].gpus);
        assert_true(asprintf(&expected,
                             "  pod         exists, with no record; created today it would stay as it is: policy "
                             "trial, which does not enforce, %s",
                             cases[i].today) > 0);
        cli_run((const char *[]){"explain", "-p", "policies", "-N", file, "-", NULL}, pod, &output);
        if (output.status != 0 || !strstr(buf_text(&output.out), expected))
            fail_msg("%s%s", buf_text(&output.out), buf_text(&output.errors));
    }
}

/* A template without metadata gets its changes, and a subject that fails does not keep the next from being explained.
 */
TEST(explain__templates_without_metadata__every_kind)
{
    static const struct {
        const char *kind, *spec;
    } kinds[] = {
        {"apps/v1 Deployment", "template: {spec: POD}"},
        {"apps/v1 ReplicaSet", "template: {spec: POD}"},
        {"apps/v1 StatefulSet", "template: {spec: POD}"},
        {"batch/v1 Job", "template: {spec: POD}"},
        {"batch/v1 CronJob", "jobTemplate: {spec: {template: {spec: POD}}}"},
        {"batch/v1 Job", "template: {metadata: null, spec: POD}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        AUTO(buf) text;
        AUTO(buf) out;
        AUTO(string) spec =
            cli_replace(kinds[i].spec, "POD", "{containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}");
        buf_init(&text, ERR_TEXT_SIZE * 4);
        buf_init(&out, ERR_TEXT_SIZE * 64);
        const char *blank = strchr(kinds[i].kind, ' ');
        buf_addf(&text,
                 "apiVersion: v1\nkind: List\nitems:\n"
                 "- {apiVersion: v1, kind: Pod, metadata: {name: bad, namespace: team}, spec: {containers: 1}}\n"
                 "- {apiVersion: %.*s, kind: %s, metadata: {name: good, namespace: team}, spec: {%s}}\n",
                 (int)(blank - kinds[i].kind), kinds[i].kind, blank + 1, spec);
        expect_errors((const char *[]){"explain", "--namespaces", "NS", "FILE", NULL}, buf_text(&text), 2,
                      "FILE:4:3: Pod/bad in team: the pod's spec.containers must be an array\n", &out);
        if (!strstr(buf_text(&out), "/good in team: injected [injected]") ||
            !strstr(buf_text(&out), "/metadata/labels"))
            fail_msg("%s: %s", kinds[i].kind, buf_text(&out));
    }
}
