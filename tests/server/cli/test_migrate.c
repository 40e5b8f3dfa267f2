/* `gpuslice migrate`: where it writes the result and the report, its exit statuses, and its messages about unreadable
 * input. tests/unit/migrate/test_migrate.c tests the conversion. */
#include "base/file.h"
#include "base/strlist.h"
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"
#include "tests/support/webhook.h"

#include <jansson.h>
#include <sys/stat.h>

#define GUIDE "tests/migrate/guide/"

enum { FILE_MAX = 1 << 20 };

/* Input that migrates completely: nothing is lost, and nothing needs manual attention. */
static const char sound[] = "apiVersion: karpenter.sh/v1alpha5\n"
                            "kind: Provisioner\n"
                            "metadata: {name: a}\n"
                            "spec: {providerRef: {name: a}}\n"
                            "---\n"
                            "apiVersion: karpenter.k8s.aws/v1alpha1\n"
                            "kind: AWSNodeTemplate\n"
                            "metadata: {name: a}\n"
                            "spec:\n"
                            "  subnetSelector: {karpenter.sh/discovery: prod}\n"
                            "  securityGroupSelector: {karpenter.sh/discovery: prod}\n"
                            "  instanceProfile: nodes\n";

static void read_file(const char *folder, const char *name, struct buf *out)
{
    AUTO(string) path = temp_path(folder, name);
    struct err err;
    buf_init(out, FILE_MAX);
    check_success(name, file_read(path, out, &err), &err);
}

TEST(migrate__carried_lost_or_unreadable__exit_status)
{
    static const struct {
        const char *name, *input;
        int status;
    } cases[] = {
        {"all carried", sound, 0},
        {"nothing to migrate", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", 0},
        {"lost",
         "apiVersion: karpenter.k8s.aws/v1alpha1\nkind: AWSNodeTemplate\nmetadata: {name: a}\n"
         "spec: {launchTemplate: x}\n",
         1},
        {"empty", "", 1},
        {"only comments", "# apiVersion: v1\n---\n# kind: Pod\n", 1},
        {"an empty List", "apiVersion: v1\nkind: List\nitems: []\n", 1},
        {"a script without labels or manifests", "#!/bin/sh\neksctl create cluster\n", 1},
        {"Helm values", "devicePlugin: {enabled: true}\n", 1},
        {"no apiVersion", "kind: Pod\nmetadata: {name: a}\n", 1},
        {"a placeholder of envsubst",
         "apiVersion: karpenter.sh/v1alpha5\nkind: Provisioner\nmetadata: {name: a, labels: {cluster: \"${CLUSTER}\"}}\n",
         1},
        {"a placeholder in the metadata", "apiVersion: v1\nkind: Pod\nmetadata: {name: <name>}\n", 1},
        {"a placeholder that passes through", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {a: '${A}'}\n", 0},
        {"a script that is read",
         "#!/bin/sh\ncat <<EOF > a.yaml\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\nEOF\n"
         "kubectl apply -f a.yaml\n",
         0},
        {"a script of which nothing is read", "#!/bin/sh\neksctl create cluster\n", 1},
        {"a script with nothing but notes", "#!/bin/sh\ncat <<EOF > notes.txt\ntext\nEOF\n", 1},
        {"a file that is not in the input", "helm repo update\nkubectl apply -f other.yaml\n", 1},
        {"not YAML", "a: [\n", 2},
        {"not an object", "- a\n", 2},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        cli_run((const char *[]){"migrate", "-", NULL}, cases[i].input, &output);
        if (output.status != cases[i].status)
            fail_msg("%s: ended with %d: %s", cases[i].name, output.status, buf_text(&output.errors));
        assert_true(cases[i].status != 2 || output.out.length == 0);
    }
}

/* Each is named at the object, once. */
TEST(migrate__placeholders__named)
{
    static const struct {
        const char *input, *found;
    } cases[] = {
        {"apiVersion: karpenter.k8s.aws/v1beta1\nkind: EC2NodeClass\nmetadata: {name: a}\n"
         "spec: {role: \"R-${CLUSTER}\", tags: {c: \"${CLUSTER}\", <key>: b}, userData: \"#!/bin/sh\\necho ${A}\\n\"}\n",
         ":1:1: EC2NodeClass a: needs manual attention: holds ${CLUSTER}, <key>: replace the placeholders in the "
         "result\n"},
        {"apiVersion: karpenter.sh/v1alpha5\nkind: Provisioner\nmetadata: {name: \"{{ .Values.name }}\"}\n",
         "holds {{ .Values.name }}: replace the placeholder in the result\n"},
        {"apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nmetadata: {name: a}\n"
         "spec: {amiSelectorTerms: [{alias: \"al2023@${VERSION}\"}]}\n",
         ":1:1: EC2NodeClass a: needs manual attention: holds ${VERSION}: replace the placeholder in the result\n"},
        {"apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: a}\nspec: {weight: \"{{ .Values.weight }}\"}\n",
         "holds {{ .Values.weight }}: replace the placeholder in the result\n"},
        {"apiVersion: karpenter.sh/v1alpha1\nkind: NodeOverlay\nmetadata: {name: a}\nspec: {price: <price>}\n",
         "holds <price>: replace the placeholder in the result\n"},
        {"apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: \"${NS}\"}\n",
         ":1:1: Pod a: needs manual attention: holds ${NS}: replace the placeholder in the result\n"},
        {"apiVersion: karpenter.sh/v1beta1\nkind: NodePool\nmetadata: {name: a}\n"
         "spec: {weight: 1, template: {metadata: {labels: {team: <your team>}}}}\n",
         "holds <your team>: replace the placeholder in the result\n"},
        {"apiVersion: karpenter.k8s.aws/v1beta1\nkind: EC2NodeClass\nmetadata: {name: a}\n"
         "spec: {role: KarpenterNodeRole-$CLUSTER, context: in-your-vpc, tags: {a: YOUR_TEAM, b: your-team, c: US$ 5}}\n",
         "holds $CLUSTER, YOUR_TEAM, your-team: replace the placeholders in the result\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        cli_run((const char *[]){"migrate", "-", NULL}, cases[i].input, &output);
        assert_int_equal(output.status, 1);
        if (!strstr(buf_text(&output.errors), cases[i].found))
            fail_msg("%s is not in\n%s", cases[i].found, buf_text(&output.errors));
    }
}

/* Windows' editors write one; kubectl ignores it. */
TEST(migrate__byte_order_mark__before_a_script_or_manifest)
{
    static const char *const inputs[] = {
        "\xef\xbb\xbfkubectl label node a nvidia.com/mig.config=all-1g.5gb\n",
        "\xef\xbb\xbf#!/bin/sh\r\nkubectl label node a nvidia.com/mig.config=all-1g.5gb\r\n",
        "\xef\xbb\xbf"
        "apiVersion: karpenter.sh/v1alpha5\r\nkind: Provisioner\r\nmetadata: {name: a}\r\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
        AUTO(program_output) output = {0};
        cli_run((const char *[]){"migrate", "-", NULL}, inputs[i], &output);
        assert_int_equal(output.status, 1);
        assert_non_null(strstr(buf_text(&output.out), "kind: NodePool\n"));
    }
}

/* kubectl apply would replace the first object with the second. */
TEST(migrate__one_name_twice__needs_manual_attention)
{
    AUTO(program_output) output = {0};
    char twice[2 * sizeof(sound) + 8];
    (void)snprintf(twice, sizeof(twice), "%s---\n%s", sound, sound);
    cli_run((const char *[]){"migrate", "-", NULL}, twice, &output);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(buf_text(&output.errors), "needs manual attention: the input has another NodePool a"));
}

TEST(migrate__report_cannot_be_written__status_2)
{
    AUTO(program_output) output = {0};
    struct err err;
    static const char line[] =
        "\"$0\" migrate " GUIDE "provisioner.yaml 2>/dev/full >/dev/null; status=$?; "
        "\"$0\" migrate --report /dev/full " GUIDE "provisioner.yaml >/dev/null || echo $status $?";
    const char *const argv[] = {"/bin/sh", "-c", line, webhook_binary(), NULL};
    check_success(line, program_run(argv, WEBHOOK_WAIT_MS, &output, &err), &err);
    check_text("stderr, then --report", buf_text(&output.out), "2 2\n");
    check_text("why", buf_text(&output.errors), "gpuslice: /dev/full: No space left on device\n");
}

TEST(migrate__names_of_400_characters__two_files)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(program_output) output = {0};
    AUTO(strlist) files = {0};
    struct err err;
    char text[2000];
    (void)snprintf(text, sizeof(text), "kind: A\nmetadata: {name: %0400d}\n---\nkind: A\nmetadata: {name: %0400dx}\n",
                   0, 0);
    cli_run((const char *[]){"migrate", "-d", folder, "-", NULL}, text, &output);
    assert_int_equal(output.status, 1); /* they have no apiVersion */
    check_success("list", file_list(folder, (const char *const[]){".yaml", NULL}, &files, &err), &err);
    assert_int_equal(files.count, 2);
}

TEST(migrate__unreadable_files__each_reported)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) first = temp_path(folder, "a.yaml");
    AUTO(string) second = temp_path(folder, "b.yaml");
    AUTO(string) third = temp_path(folder, "none.yaml");
    AUTO(program_output) output = {0};
    temp_write(folder, "a.yaml", "kind: A\n---\nspec: {a: 1, a: 2}\n");
    temp_write(folder, "b.yaml", "text\n");
    cli_run((const char *[]){"migrate", first, second, third, NULL}, NULL, &output);
    assert_int_equal(output.status, 2);
    AUTO(string) bare = cli_replace(buf_text(&output.errors), folder, "DIR");
    check_text("errors", bare,
               "gpuslice: DIR/none.yaml: No such file or directory\n"
               "DIR/a.yaml:3:14: key \"a\" is given twice, first on line 3\n"
               "DIR/b.yaml:1:1: is not an object; a manifest has apiVersion, kind and metadata\n");
}

TEST(migrate__cluster_given__in_the_discovery_tags)
{
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"migrate", "--cluster", "prod-1", GUIDE "provisioner.yaml", NULL}, NULL, &output);
    assert_int_equal(output.status, 1); /* the role's name is a guess */
    assert_non_null(strstr(buf_text(&output.out), "karpenter.sh/discovery: prod-1\n"));
    assert_non_null(strstr(buf_text(&output.out), "role: KarpenterNodeRole-prod-1\n"));
    assert_null(strstr(buf_text(&output.out), "CLUSTER_NAME"));
}

TEST(migrate__directory__one_file_per_object_and_report_on_stdout)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) directory = temp_path(folder, "today");
    AUTO(program_output) output = {0};
    static const char *const names[] = {
        "ec2nodeclass-gpu-nodes.yaml",
        "nodepool-gpu.yaml",
        "nodepool-all-1g-5gb.yaml",
        "nodeoverlay-gpu-1gpu.yaml",
        "nodeoverlay-all-1g-5gb-8gpu.yaml",
        "configmap-time-slicing-config.yaml",
        "pod-gpu-timeslice-1.yaml",
        "pod-gpu-mig-1.yaml",
        "karpenter-values.yaml",
        "gpu-operator-values.yaml",
    };
    static const char *const suffixes[] = {".yaml", NULL};
    AUTO(strlist) files = {0};
    struct err err;
    cli_run((const char *[]){"migrate", "-d", directory, "--report", "-", "--report-format", "json",
                             GUIDE "provisioner.yaml", GUIDE "time-slicing.yaml", GUIDE "mig.sh", GUIDE "pods.yaml",
                             NULL},
            NULL, &output);
    assert_int_equal(output.status, 1);
    check_text("errors", buf_text(&output.errors), "");
    json_t *report = json_loads(buf_text(&output.out), 0, NULL);
    assert_true(json_array_size(json_object_get(report, "entries")) > 30);
    json_decref(report);
    assert_int_equal(file_list(directory, suffixes, &files, &err), 0);
    assert_int_equal(files.count, ARRAY_SIZE(names));
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        AUTO(buf) text;
        read_file(directory, names[i], &text);
        assert_true(text.length > 0);
    }
    AUTO(buf) values;
    read_file(directory, "gpu-operator-values.yaml", &values);
    check_text(
        "values", buf_text(&values),
        "# driver and toolkit are off, because the images of the EC2NodeClasses contain both.\n"
        "mig:\n  strategy: mixed\ndevicePlugin:\n  config:\n    name: time-slicing-config\n    default: no-sharing\n"
        "driver:\n  enabled: false\ntoolkit:\n  enabled: false\n");
}

TEST(migrate__two_objects_of_one_name__two_files)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(program_output) output = {0};
    AUTO(buf) second;
    cli_run((const char *[]){"migrate", "-d", folder, "-", NULL},
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: one}\n---\n"
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: two}\n",
            &output);
    assert_int_equal(output.status, 0);
    read_file(folder, "pod-a-2.yaml", &second);
    check_text("second", buf_text(&second), "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: two\n");
}

TEST(migrate__report_to_a_file__text_or_json_by_its_name)
{
    static const struct {
        const char *file, *format, *begins;
    } cases[] = {{"r.txt", NULL, "standard input:1:1: "},
                 {"r.json", NULL, "{\"totals\": {"},
                 {"s.json", "text", "standard input:1:1: "},
                 {"s.txt", "json", "{\"totals\": {"}};
    AUTO(temp_dir) folder = temp_dir_new();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(string) path = temp_path(folder, cases[i].file);
        AUTO(program_output) output = {0};
        AUTO(buf) report;
        const char *arguments[] = {"migrate",       "-", "--report", path, cases[i].format ? "--report-format" : NULL,
                                   cases[i].format, NULL};
        cli_run(arguments, sound, &output);
        assert_int_equal(output.status, 0);
        check_text("errors", buf_text(&output.errors), "");
        read_file(folder, cases[i].file, &report);
        if (strncmp(buf_text(&report), cases[i].begins, strlen(cases[i].begins)) != 0)
            fail_msg("%s: %s", cases[i].file, buf_text(&report));
    }
}

TEST(migrate__policies__accepted_by_mutate)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(program_output) made = {0};
    AUTO(program_output) mutated = {0};
    cli_run((const char *[]){"migrate", "-o", "policies", "-d", folder, GUIDE "provisioner.yaml",
                             GUIDE "time-slicing.yaml", GUIDE "mig.sh", NULL},
            NULL, &made);
    assert_int_equal(made.status, 1);
    cli_run((const char *[]){"mutate", "-p", folder, GUIDE "pods.yaml", NULL}, NULL, &mutated);
    assert_int_equal(mutated.status, 0);
    assert_non_null(strstr(buf_text(&mutated.out), "gpuslice.dev/class: gpu\n"));
    assert_non_null(strstr(buf_text(&mutated.out), "- key: gpuslice.dev/pool\n"));
}

TEST(migrate__directory_without_parent__message_and_status_2)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) path = temp_path(folder, "none/deeper");
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"migrate", "-d", path, "-", NULL}, sound, &output);
    assert_int_equal(output.status, 2);
    assert_non_null(strstr(buf_text(&output.errors), "none/deeper: No such file or directory\n"));
}

/* -- From what `render` writes to policies, and back -- */

/* Removes comments, and the default expiry, which the second round writes out. */
static char *bare(const char *text)
{
    AUTO(string) copy = cli_replace(text, "      expireAfter: 720h\n", "");
    char *to = copy;
    for (const char *line = copy; *line;) {
        size_t length = strcspn(line, "\n") + 1;
        if (*line != '#') {
            memmove(to, line, length);
            to += length;
        }
        line += length;
    }
    *to = '\0';
    return strdup(copy);
}

static void render_to(const char *policies, const char *folder)
{
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"render", "--policies", policies, "--cluster", "example", "-d", folder, NULL}, NULL,
            &output);
    if (output.status != 0)
        fail_msg("%s: render ended with %d: %s", policies, output.status, buf_text(&output.errors));
}

/* Compares the NodePools, overlays and node classes of both folders; `first` has at least one. */
static void compare_nodes(const char *first, const char *second)
{
    AUTO(strlist) paths = {0};
    struct err err;
    size_t compared = 0;
    check_success(first, file_list(first, (const char *const[]){".yaml", NULL}, &paths, &err), &err);
    for (size_t i = 0; i < paths.count; i++) {
        const char *name = strrchr(paths.items[i], '/') + 1;
        AUTO(buf) left;
        AUTO(buf) right;
        if (strncmp(name, "node", 4) != 0 && strncmp(name, "ec2", 3) != 0)
            continue;
        read_file(first, name, &left);
        read_file(second, name, &right);
        AUTO(string) bare_left = bare(buf_text(&left));
        AUTO(string) bare_right = bare(buf_text(&right));
        check_text(name, bare_right, bare_left);
        compared++;
    }
    assert_true(compared > 0);
}

TEST(migrate__what_render_writes__policies_that_render_the_same)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) first = temp_path(folder, "first");
    AUTO(string) policies = temp_path(folder, "policies");
    AUTO(string) second = temp_path(folder, "second");
    AUTO(program_output) output = {0};
    render_to("policies", first);
    cli_run((const char *[]){"migrate", "-o", "policies", "-d", policies, first, NULL}, NULL, &output);
    if (output.status != 0)
        fail_msg("migrate ended with %d: %s", output.status, buf_text(&output.errors));
    render_to(policies, second);
    compare_nodes(first, second);
}

/* What people write by hand becomes pools that no longer change. */
TEST(migrate__policies_of_todays_manifests__stable_from_the_first_round)
{
    static const char *const inputs[] = {"tests/migrate/policies-of-today/in.yaml",
                                         "tests/migrate/policies-of-today-inferred/in.yaml",
                                         "tests/migrate/policies-of-today-bottlerocket/in.yaml"};
    for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
        AUTO(temp_dir) folder = temp_dir_new();
        AUTO(string) policies = temp_path(folder, "policies");
        AUTO(string) first = temp_path(folder, "first");
        AUTO(string) again = temp_path(folder, "again");
        AUTO(string) second = temp_path(folder, "second");
        AUTO(program_output) output = {0};
        AUTO(program_output) round = {0};
        cli_run((const char *[]){"migrate", "-o", "policies", "-d", policies, inputs[i], NULL}, NULL, &output);
        assert_int_equal(output.status, 1);
        render_to(policies, first);
        cli_run((const char *[]){"migrate", "-o", "policies", "-d", again, first, NULL}, NULL, &round);
        render_to(again, second);
        compare_nodes(first, second);
    }
}

/* Values that only the reader of policies refuses. */
TEST(migrate__values_that_no_policy_has__said_with_status_1)
{
    static const struct {
        const char *field, *message;
    } cases[] = {
        {"taints: [{key: a, value: b c, effect: NoSchedule}]", "\"b c\" is not a label value"},
        {"taints: [{key: a, value: b, effect: NoSchedule, operator: Equal}]", "spec.taints[2].operator: unknown field"},
        {"terminationGracePeriod: soon", "terminationGracePeriod"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        char text[600];
        (void)snprintf(text, sizeof(text),
                       "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: a}\nspec: {template: {spec: {%s, "
                       "nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: a}, requirements: [{key: "
                       "node.kubernetes.io/instance-type, operator: In, values: [g6.xlarge]}]}}}\n",
                       cases[i].field);
        cli_run((const char *[]){"migrate", "-o", "policies", "-", NULL}, text, &output);
        if (output.status != 1 || !strstr(buf_text(&output.errors), cases[i].message) ||
            !strstr(buf_text(&output.errors), "the policies load only after"))
            fail_msg("%s: ended with %d: %s", cases[i].field, output.status, buf_text(&output.errors));
    }
}

TEST(migrate__no_policies__says_why_with_status_1)
{
    static const struct {
        const char *input, *says;
    } cases[] = {
        {"{apiVersion: v1, kind: Pod, metadata: {name: a}}\n", "the input has no NodePool"},
        {"{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: web}, spec: {template: {spec: {requirements: "
         "[{key: node.kubernetes.io/instance-type, operator: In, values: [c5.large]}]}}}}\n",
         "NodePool web: kept: not part of the policies: its instance types have no NVIDIA GPU"},
        {"{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: a}, spec: {template: {spec: {requirements: "
         "[{key: karpenter.k8s.aws/instance-family, operator: In, values: [g5, g6]}]}}}}\n",
         "no NodePool of the input becomes a SlicePool"},
        {"{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: a}}\n", "it has no template"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        cli_run((const char *[]){"migrate", "-o", "policies", "-", NULL}, cases[i].input, &output);
        if (output.status != 1 || !strstr(buf_text(&output.errors), cases[i].says) || output.out.length > 0)
            fail_msg("%s: ended with %d: %s", cases[i].says, output.status, buf_text(&output.errors));
    }
}

/* Where people keep the values that decide how the nodes of a NodePool without a label are shared. */
TEST(migrate__helm_values_in_any_wrapping__decide_how_gpus_are_shared)
{
    static const char pool[] =
        "{apiVersion: karpenter.sh/v1, kind: NodePool, metadata: {name: a}, spec: {template: {spec: {nodeClassRef: "
        "{group: karpenter.k8s.aws, kind: EC2NodeClass, name: elsewhere}, requirements: [{key: "
        "node.kubernetes.io/instance-type, operator: In, values: [g5.xlarge]}]}}}}\n---\n"
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {three: 'sharing: {timeSlicing: {resources: "
        "[{name: nvidia.com/gpu, replicas: 3}]}}', five: 'sharing: {mps: {renameByDefault: true, resources: [{name: "
        "nvidia.com/gpu, replicas: 5}]}}'}}\n---\n";
    static const struct {
        const char *values, *sharing;
    } cases[] = {
        {"devicePlugin: {config: {name: c, default: three}}\n", "timeSlicing:\n      replicas: 3"},
        {"gpu-operator: {devicePlugin: {config: {name: c, default: five}}}\n", "mps:\n      replicas: 5"},
        {"devicePlugin: {config: {name: c}}\n", "whole: {}"},
        {"config: {name: c, default: five}\n", "mps:\n      replicas: 5"},
        {"nvidia-device-plugin: {config: {map: {only: 'sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, "
         "replicas: 7}]}}'}}}\n",
         "timeSlicing:\n      replicas: 7"},
        {"{apiVersion: nvidia.com/v1, kind: ClusterPolicy, metadata: {name: p}, spec: {devicePlugin: {config: {name: "
         "c, default: three}}}}\n",
         "timeSlicing:\n      replicas: 3"},
        {"{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: r}, spec: {values: "
         "{devicePlugin: {config: {name: c, default: five}}}}}\n",
         "mps:\n      replicas: 5"},
        {"{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: r}, spec: {source: {helm: {values: "
         "'devicePlugin: {config: {name: c, default: three}}'}}}}\n",
         "timeSlicing:\n      replicas: 3"},
        {"{apiVersion: helm.cattle.io/v1, kind: HelmChart, metadata: {name: r}, spec: {valuesContent: 'devicePlugin: "
         "{config: {name: d, default: own, data: {own: \"sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, "
         "replicas: 9}]}}\"}}}'}}\n",
         "timeSlicing:\n      replicas: 9"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        char input[2 * sizeof(pool) + 1024];
        (void)snprintf(input, sizeof(input), "%s%s", pool, cases[i].values);
        cli_run((const char *[]){"migrate", "-o", "policies", "-", NULL}, input, &output);
        if (!strstr(buf_text(&output.out), cases[i].sharing))
            fail_msg("%s: %s\n%s", cases[i].values, buf_text(&output.out), buf_text(&output.errors));
    }
}
