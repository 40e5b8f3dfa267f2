/* `gpuslice lint` and `gpuslice migrate` with the same forms of manifests: Lists of any kind, YAML in ConfigMaps,
 * templates. */
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"
#include "tests/support/webhook.h"

#define OLD_KIND "Karpenter no longer knows Provisioner of karpenter.sh/v1alpha5"
#define POOL     "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata:\n  name: a\n"

/* A form of input that contains the Provisioner a, which has the unknown field spec.odd. */
struct form {
    const char *name, *text;
    const char *place;  /* position and path of the unknown field in migrate's report */
    const char *object; /* title of the Provisioner in migrate's report */
};

static const struct form forms[] = {
    {"alone",
     "apiVersion: karpenter.sh/v1alpha5\n"
     "kind: Provisioner\n"
     "metadata: {name: a}\n"
     "spec: {odd: 1}\n",
     ":4:8: spec.odd", "Provisioner a"},
    {"List",
     "apiVersion: v1\n"
     "kind: List\n"
     "items:\n"
     "- apiVersion: karpenter.sh/v1alpha5\n"
     "  kind: Provisioner\n"
     "  metadata: {name: a}\n"
     "  spec: {odd: 1}\n",
     ":7:10: items[0].spec.odd", "Provisioner a"},
    {"List in a List",
     "apiVersion: v1\n"
     "kind: List\n"
     "metadata: {}\n"
     "items:\n"
     "- apiVersion: v1\n"
     "  kind: List\n"
     "  metadata: {}\n"
     "  items:\n"
     "  - apiVersion: karpenter.sh/v1alpha5\n"
     "    kind: Provisioner\n"
     "    metadata: {name: a}\n"
     "    spec: {odd: 1}\n",
     ":12:12: items[0].items[0].spec.odd", "Provisioner a"},
    {"typed list",
     "apiVersion: karpenter.sh/v1alpha5\n"
     "kind: ProvisionerList\n"
     "metadata: {resourceVersion: \"1\"}\n"
     "items:\n"
     "- metadata: {name: a}\n"
     "  spec: {odd: 1}\n",
     ":6:10: items[0].spec.odd", "Provisioner a"},
    {"typed list whose items have a kind and no apiVersion",
     "apiVersion: karpenter.sh/v1alpha5\n"
     "kind: ProvisionerList\n"
     "items:\n"
     "- kind: Provisioner\n"
     "  metadata: {name: a}\n"
     "  spec: {odd: 1}\n",
     ":6:10: items[0].spec.odd", "Provisioner a"},
    {"typed list whose items have an apiVersion and no kind",
     "apiVersion: karpenter.sh/v1alpha5\n"
     "kind: ProvisionerList\n"
     "items:\n"
     "- apiVersion: karpenter.sh/v1alpha5\n"
     "  metadata: {name: a}\n"
     "  spec: {odd: 1}\n",
     ":6:10: items[0].spec.odd", "Provisioner a"},
    {"typed list in a List, each with its kind last",
     "{\"items\": [{\"items\": [{\"metadata\": {\"name\": \"a\"},\n"
     "\"spec\": {\"odd\": 1}}],\n"
     "\"kind\": \"ProvisionerList\", \"apiVersion\": \"karpenter.sh/v1alpha5\"}],\n"
     "\"kind\": \"List\", \"apiVersion\": \"v1\"}\n",
     ":2:10: items[0].items[0].spec.odd", "Provisioner a"},
    {"after another JSON object",
     "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"}} {\"apiVersion\": "
     "\"karpenter.sh/v1alpha5\",\n"
     "\"kind\": \"Provisioner\", \"metadata\": {\"name\": \"a\"}, \"spec\": {\"odd\": 1}}\n",
     ":2:60: spec.odd", "Provisioner a"},
    {"with a byte order mark",
     "\xEF\xBB\xBF"
     "apiVersion: karpenter.sh/v1alpha5\n"
     "kind: Provisioner\n"
     "metadata: {name: a}\n"
     "spec: {odd: 1}\n",
     ":4:8: spec.odd", "Provisioner a"},
};

static void expect(const char *name, const struct buf *got, const char *text)
{
    if (!strstr(buf_text(got), text))
        fail_msg("%s: \"%s\" is not in\n%s", name, text, buf_text(got));
}

TEST(lint__every_form__finds_the_object)
{
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        AUTO(program_output) output = {0};
        cli_run((const char *[]){"lint", "--no-policies", "-", NULL}, forms[i].text, &output);
        check_text(forms[i].name, buf_text(&output.errors), "");
        expect(forms[i].name, &output.out, "Provisioner/a: " OLD_KIND);
    }
}

TEST(migrate__every_form__converts_the_object_and_reports_positions)
{
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        AUTO(program_output) text = {0};
        AUTO(program_output) json = {0};
        AUTO(buf) object;
        buf_init(&object, ERR_TEXT_SIZE);
        buf_addf(&object, JSON("object": "%s"), forms[i].object);
        cli_run((const char *[]){"migrate", "-", NULL}, forms[i].text, &text);
        cli_run((const char *[]){"migrate", "--report", "/dev/stderr", "--report-format", "json", "-", NULL},
                forms[i].text, &json);
        expect(forms[i].name, &text.out, POOL);
        expect(forms[i].name, &text.errors, forms[i].place);
        expect(forms[i].name, &json.errors, buf_text(&object));
    }
}

/* Outside of the list, each item needs the apiVersion and kind that the list implied. */
TEST(migrate__pods_of_a_typed_list__with_their_kind)
{
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"migrate", "-", NULL},
            "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n", &output);
    assert_int_equal(output.status, 0);
    check_text("pods", buf_text(&output.out),
               "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n---\n"
               "apiVersion: v1\nkind: Pod\nmetadata:\n  name: b\n");
}

/* The first non-blank line of a block determines its indentation. */
TEST(block_that_begins_with_a_blank_line__lint_and_migrate__one_position)
{
    static const char text[] = "apiVersion: v1\n"
                               "kind: ConfigMap\n"
                               "metadata: {name: plugin}\n"
                               "data:\n"
                               "  whole: |\n"
                               "\n"
                               "    version: v1\n"
                               "    sharing:\n"
                               "      timeSlicing:\n"
                               "        odd: 1\n"
                               "        resources:\n"
                               "        - {name: nvidia.com/gpu, replicas: 3}\n";
    AUTO(program_output) lint = {0};
    AUTO(program_output) migrate = {0};
    cli_run((const char *[]){"lint", "--no-policies", "-", NULL}, text, &lint);
    cli_run((const char *[]){"migrate", "--report-all", "-", NULL}, text, &migrate);
    expect("lint", &lint.out, ":10:9: error: ConfigMap/plugin: unknown field \"odd\"");
    expect("migrate", &migrate.errors, ":7:5: data.whole.version: carried");
    expect("migrate", &migrate.errors, ":10:9: data.whole.sharing.timeSlicing.odd: lost");
    expect("migrate", &migrate.errors, ":12:12: data.whole.sharing.timeSlicing.resources[0].name: carried");
}

TEST(templates__lint_and_migrate__counted_and_refused)
{
    static const struct {
        const char *text, *lint, *migrate;
    } cases[] = {
        {"kind: Pod\nmetadata: {name: {{ .Values.name }}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n",
         "gpuslice: 1 document is a template and was not checked; render it first (helm template, envsubst)\n",
         ":1:1: is a template (it holds {{ and is not YAML); render it (helm template) first"},
        {"{{ if .a }}\nkind: A\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n---\n{{ end }}\n",
         "gpuslice: 2 documents are templates and were not checked; render them first (helm template, envsubst)\n",
         ":8:1: is a template"},
        {"kind: Pod\nmetadata: {name: a, labels: {${LABELS}, }}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n",
         "gpuslice: 1 document is a template and was not checked; render it first (helm template, envsubst)\n",
         ":1:1: is a template (it holds ${ and is not YAML)"},
        {"{% for p in pools %}\nkind: A\n{% endfor %}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n",
         "gpuslice: 1 document is a template and was not checked; render it first (helm template, envsubst)\n",
         ":1:1: is a template (it holds {% and is not YAML); render it (Jinja) first"},
        {"AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Role: {Type: 'AWS::IAM::Role', Name: !Sub 'a-${B}'}\n"
         "---\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n",
         "gpuslice: 1 document is a template and was not checked; render it first (helm template, envsubst)\n",
         ":1:1: is a CloudFormation template, not a manifest; give the manifests alone\n"},
        {"Resources:\n  Profile:\n    Type: AWS::IAM::InstanceProfile\n    Roles: [!Ref Role]\n    Arn: !GetAtt Role.Arn\n"
         "---\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n",
         "gpuslice: 1 document is a template and was not checked; render it first (helm template, envsubst)\n",
         ":1:1: is a CloudFormation template"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) lint = {0};
        AUTO(program_output) migrate = {0};
        cli_run((const char *[]){"lint", "--no-policies", "-", NULL}, cases[i].text, &lint);
        cli_run((const char *[]){"migrate", "-", NULL}, cases[i].text, &migrate);
        assert_int_equal(lint.status, 0);
        check_text(cases[i].text, buf_text(&lint.errors), cases[i].lint);
        expect(cases[i].text, &lint.out, "in 1 file, 1 object\n");
        assert_int_equal(migrate.status, 2);
        check_text(cases[i].text, buf_text(&migrate.out), "");
        expect(cases[i].text, &migrate.errors, cases[i].migrate);
    }
}

/* The heredocs of Terraform hold manifests and commands, and "---" between them, which are not documents of the file.
 */
TEST(terraform__every_command__one_line)
{
    static const char *const texts[] = {
        "resource \"kubectl_manifest\" \"pool\" {\n  yaml_body = <<-YAML\n    kind: Pod\n    metadata:\n      name: a\n"
        "  YAML\n}\n",
        "# pools\nlocals {\n  name = \"{{ a }}\"\n}\nresource \"null_resource\" \"a\" {\n  command = <<EOT\n"
        "kubectl apply -f - <<EOF\nkind: Pod\n---\nkind: Pod\nEOF\nEOT\n}\n",
        "module \"eks\" {\r\n  source = \"terraform-aws-modules/eks/aws\"\r\n}\r\n",
        "\xef\xbb\xbfvariable \"a\" {\n}\n---\n- not: [read\n",
    };
    static const char line[] =
        "standard input:1:1: is Terraform, not a manifest; give the YAML that it applies (the text of its heredocs)\n";

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        AUTO(program_output) lint = {0};
        AUTO(program_output) migrate = {0};
        AUTO(program_output) mutate = {0};
        cli_run((const char *[]){"lint", "--no-policies", "-", NULL}, texts[i], &lint);
        cli_run((const char *[]){"migrate", "-", NULL}, texts[i], &migrate);
        cli_run((const char *[]){"mutate", "-p", "policies", "-", NULL}, texts[i], &mutate);
        assert_int_equal(migrate.status, 2);
        assert_int_equal(mutate.status, 2);
        check_text("migrate", buf_text(&migrate.errors), line);
        expect("mutate", &mutate.errors, line);
        check_text(
            "lint", buf_text(&lint.errors),
            "gpuslice: 1 document is a template and was not checked; render it first (helm template, envsubst)\n");
    }
}

/* YAML that only looks a little like Terraform or CloudFormation. */
TEST(manifests_about_terraform__read)
{
    static const char *const texts[] = {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  main.tf: |\n    resource \"a\" \"b\" {\n    }\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {t: 'AWSTemplateFormatVersion Resources: AWS::'}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {resource: {}, module: '{% a %}'}\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        AUTO(program_output) migrate = {0};
        cli_run((const char *[]){"migrate", "-", NULL}, texts[i], &migrate);
        assert_int_equal(migrate.status, 0);
    }
}

/* What kubectl get --raw prints of policies, namespaces and pods. */
TEST(typed_lists__policies_namespaces_pods__read_by_every_command)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) namespaces = temp_path(folder, "namespaces.json");
    AUTO(string) pods = temp_path(folder, "pods.json");
    AUTO(string) set = temp_path(folder, "set");
    AUTO(program_output) mutate = {0};
    AUTO(program_output) explain = {0};
    AUTO(program_output) classes = {0};
    AUTO(program_output) lint = {0};
    temp_mkdir(folder, "set");
    temp_write(
        folder, "set/pools.yaml",
        JSON({"apiVersion":"gpuslice.dev/v1alpha1","kind":"SlicePoolList","items":[{"metadata":{"name":"shared"},
              "spec":{"gpu":"t4","sharing":{"timeSlicing":{"replicas":3}}}}]}));
    temp_write(folder, "set/classes.yaml",
               JSON({"kind":"SliceClassList","apiVersion":"gpuslice.dev/v1alpha1","items":[{"kind":"SliceClass",
                     "metadata":{"name":"third"},"spec":{"pools":["shared"]}}]}));
    temp_write(folder, "set/policies.yaml",
               JSON({"items":[{"metadata":{"name":"all"},"spec":{"classes":{"allowed":["third"],"default":"third"}}}],
                     "kind":"SlicePolicyList","apiVersion":"gpuslice.dev/v1alpha1"}));
    temp_write(folder, "namespaces.json",
               JSON({"apiVersion":"v1","kind":"NamespaceList","items":[{"metadata":{"name":"team",
                     "labels":{"gpuslice.dev/inject":"enabled"}}}]}));
    temp_write(folder, "pods.json",
               JSON({"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"p","namespace":"team"},
                     "spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"nvidia.com/gpu":1}}}]}}]}));

    cli_run((const char *[]){"mutate", "-p", set, "-N", namespaces, pods, NULL}, NULL, &mutate);
    cli_run((const char *[]){"explain", "-p", set, "-N", namespaces, pods, NULL}, NULL, &explain);
    cli_run((const char *[]){"classes", "-p", set, NULL}, NULL, &classes);
    cli_run((const char *[]){"lint", "-p", set, namespaces, pods, NULL}, NULL, &lint);
    expect("mutate", &mutate.out, "gpuslice.dev/class: third\n");
    expect("explain", &explain.out, "Pod/p in team: injected");
    expect("classes", &classes.out, "third");
    expect("lint", &lint.out, "0 errors, 0 warnings, ");
    expect("lint", &lint.out, " in 2 files, 2 objects");
}
