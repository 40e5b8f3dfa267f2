/* Help and wrong use of all commands; the commands `version`, `gpu`, `classes` and `certs issue`. Other
 * commands have test programs of their own. */
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"
#include "tests/support/webhook.h"

#include <signal.h>
#include <sys/stat.h>

static const char *const command_names[] = {"serve", "mutate", "explain", "test",  "classes", "render",
                                            "lint",  "gpu",    "migrate", "certs", "version"};

/* Runs gpuslice and compares its exit status, stdout (unless `out` is NULL) and stderr (unless `errors` is NULL). */
static void expect_run(const char *name, const char *const arguments[], int status, const char *out, const char *errors)
{
    AUTO(program_output) output = {0};
    cli_run(arguments, NULL, &output);
    if (output.status != status)
        fail_msg("%s: ended with %d, expected %d: %s", name, output.status, status, buf_text(&output.errors));
    if (out)
        check_text(name, buf_text(&output.out), out);
    if (errors)
        check_text(name, buf_text(&output.errors), errors);
}

TEST(help__of_each_command__on_stdout_with_an_example)
{
    for (size_t i = 0; i < ARRAY_SIZE(command_names); i++) {
        AUTO(program_output) output = {0};
        char usage[64];
        char example[64];
        (void)snprintf(usage, sizeof(usage), "Usage: gpuslice %s [OPTION...]", command_names[i]);
        (void)snprintf(example, sizeof(example), "\n  gpuslice %s", command_names[i]);
        cli_run((const char *[]){command_names[i], "--help", NULL}, NULL, &output);
        const char *text = buf_text(&output.out);
        assert_int_equal(output.status, 0);
        check_text(command_names[i], buf_text(&output.errors), "");
        if (strncmp(text, usage, strlen(usage)) != 0 || !strstr(text, "Example"))
            fail_msg("%s: %s", command_names[i], text);
        /* Users copy the example, so it must be on one line: argp may not wrap it. */
        const char *line = strstr(strstr(text, "Example"), example);
        if (!line || line[1 + strcspn(line + 1, "\n") + 1] >= 'a')
            fail_msg("%s has no example in one line: %s", command_names[i], text);
    }
}

TEST(help__of_all__lists_the_commands)
{
    static const char *const ways[] = {"--help", "-h", "help"};
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        AUTO(program_output) output = {0};
        cli_run((const char *[]){ways[i], NULL}, NULL, &output);
        assert_int_equal(output.status, 0);
        check_text(ways[i], buf_text(&output.errors), "");
        for (size_t j = 0; j < ARRAY_SIZE(command_names); j++) {
            char line[32];
            (void)snprintf(line, sizeof(line), "\n  %-9s ", command_names[j]);
            if (!strstr(buf_text(&output.out), line))
                fail_msg("%s does not list %s: %s", ways[i], command_names[j], buf_text(&output.out));
        }
    }
}

/* The first line is the message; argp adds "Try ... --help", which it may wrap. */
TEST(wrong_use__of_each_command__message_and_status_2)
{
    static const struct {
        const char *const arguments[8];
        const char *text;
    } cases[] = {
        {{"serve", "--nonsense"}, "gpuslice serve: unrecognized option '--nonsense'\n"},
        {{"serve", "-N", "a", "--kubeconfig", "b"},
         "gpuslice serve: --namespaces and --kubeconfig are mutually exclusive\n"},
        {{"mutate"}, "gpuslice mutate: no FILE given; use - for standard input\n"},
        {{"mutate", "-o", "xml", "-"},
         "gpuslice mutate: unknown output \"xml\"; use yaml, json, diff, patch or review\n"},
        {{"mutate", "-o"}, "gpuslice mutate: option requires an argument -- 'o'\n"},
        {{"explain"}, "gpuslice explain: no FILE given; use - for standard input\n"},
        {{"test", "--nonsense"}, "gpuslice test: unrecognized option '--nonsense'\n"},
        {{"classes", "t4-third"}, "gpuslice classes: Too many arguments\n"},
        {{"classes", "-N", "n.yaml"}, "gpuslice classes: --namespaces is of use with --for only\n"},
        {{"gpu"}, "gpuslice gpu: expected a subcommand: list, show, fit or probe\n"},
        {{"gpu", "show"}, "gpuslice gpu: expected a subcommand: list, show, fit or probe\n"},
        {{"gpu", "list", "t4"}, "gpuslice gpu: expected a subcommand: list, show, fit or probe\n"},
        {{"gpu", "fit"}, "gpuslice gpu fit: expected --gpu MODEL PROFILE=COUNT..., or --pool NAME\n"},
        {{"gpu", "fit", "--gpu", "t4"}, "gpuslice gpu fit: expected --gpu MODEL PROFILE=COUNT..., or --pool NAME\n"},
        {{"gpu", "fit", "--gpu", "t4", "--pool", "x"}, "gpuslice gpu fit: --gpu and --pool are mutually exclusive\n"},
        {{"gpu", "fit", "--pool", "x", "1g.5gb"},
         "gpuslice gpu fit: --pool has a layout of its own; PROFILE=COUNT goes with --gpu\n"},
        {{"gpu", "fit", "-o", "xml"}, "gpuslice gpu fit: unknown output \"xml\"; use text or json\n"},
        {{"gpu", "probe", "-o", "xml"}, "gpuslice gpu probe: unknown output \"xml\"; use text or json\n"},
        {{"gpu", "probe", "now"}, "gpuslice gpu probe: Too many arguments\n"},
        {{"migrate"}, "gpuslice migrate: no FILE given; use - for standard input\n"},
        {{"migrate", "-o", "json", "-"}, "gpuslice migrate: unknown output \"json\"; use manifests or policies\n"},
        {{"migrate", "--report-format", "xml", "-"},
         "gpuslice migrate: unknown report format \"xml\"; use text or json\n"},
        {{"migrate", "--report", "-", "-"},
         "gpuslice migrate: --report - needs -d DIR: the result goes to standard output otherwise\n"},
        {{"certs"}, "gpuslice certs: expected a subcommand: issue, show or rotate\n"},
        {{"certs", "issue"}, "gpuslice certs: no --host given: the name by which the API server calls the webhook\n"},
        {{"certs", "issue", "--host", "a.test", "--days", "0"},
         "gpuslice certs: --days 0: must be a whole number from 1 to 3650\n"},
        {{"version", "now"}, "gpuslice version: Too many arguments\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        cli_run(cases[i].arguments, NULL, &output);
        const char *errors = buf_text(&output.errors);
        if (output.status != 2 || output.out.length > 0 || strncmp(errors, cases[i].text, strlen(cases[i].text)) != 0)
            fail_msg("%s: ended with %d and printed %s", cases[i].text, output.status, errors);
        const char *rest = errors + strlen(cases[i].text);
        if (strncmp(rest, "Try `gpuslice ", strlen("Try `gpuslice ")) != 0)
            fail_msg("%s: also printed %s", cases[i].text, rest);
    }
}

TEST(command__missing_or_unknown__message_and_status_2)
{
    AUTO(program_output) output = {0};
    expect_run("unknown", (const char *[]){"mutilate", NULL}, 2, "",
               "gpuslice: unknown command \"mutilate\"; `gpuslice --help` lists them\n");
    cli_run((const char *[]){NULL}, NULL, &output);
    assert_int_equal(output.status, 2);
    check_text("none", buf_text(&output.out), "");
    assert_memory_equal(buf_text(&output.errors), "Usage: gpuslice COMMAND [OPTION...]\n", 36);
}

TEST(version__both_ways__the_same)
{
    AUTO(program_output) output = {0};
    char version[32];
    char commit[64];
    int length = 0;
    cli_run((const char *[]){"version", NULL}, NULL, &output);
    assert_int_equal(output.status, 0);
    assert_int_equal(sscanf(buf_text(&output.out), "gpuslice %31[0-9.] (commit %63[0-9a-z])\nlibmicrohttpd %n", version,
                            commit, &length),
                     2);
    assert_true(length > 0);
    expect_run("--version", (const char *[]){"--version", NULL}, 0, buf_text(&output.out), "");
}

TEST(stdout__full__message_and_status_2)
{
    static const char *const commands[][4] = {
        {"--help"},
        {"version"},
        {"gpu", "list"},
        {"classes"},
        {"explain", "docs/examples/mig-pod.yaml"},
        {"mutate", "docs/examples/mig-pod.yaml"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        AUTO(program_output) output = {0};
        struct err err;
        char line[256];
        (void)snprintf(line, sizeof(line), "exec \"$0\" %s %s >/dev/full", commands[i][0],
                       commands[i][1] ? commands[i][1] : "");
        const char *const argv[] = {"/bin/sh", "-c", line, webhook_binary(), NULL};
        check_success(line, program_run(argv, WEBHOOK_WAIT_MS, &output, &err), &err);
        check_text(line, buf_text(&output.errors), "gpuslice: standard output: No space left on device\n");
        assert_int_equal(output.status, 2);
    }
}

TEST(gpu__list__a_line_for_each)
{
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"gpu", "list", NULL}, NULL, &output);
    assert_int_equal(output.status, 0);
    static const char *const lines[] = {
        "ID                           MEMORY   CUT BY MIG INSTANCES          $/HOUR    $/GPU     GPU\n",
        "\nt4                           15 GiB   no         g4dn.xlarge        0.5260    0.5260    T4 16GB\n",
        "\nh100-80gb                    79 GiB   into 7     p5.4xlarge         6.8800    6.8800    H100 80GB (SXM5, PCIe), H800 80GB\n",
        "\na30-24gb                     23 GiB   into 4     -                  -         -         A30 24GB\n",
        "on demand in us-east-1 (table of 2026-08; prices 2026-07-20). Spot prices are not known.\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        if (!strstr(buf_text(&output.out), lines[i]))
            fail_msg("not in it: %s\n%s", lines[i], buf_text(&output.out));
    }
}

TEST(gpu__show__share_of_a_gpu__no_price_of_a_gpu)
{
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"gpu", "show", "l4", NULL}, NULL, &output);
    assert_int_equal(output.status, 0);
    assert_non_null(
        strstr(buf_text(&output.out), "g6f.large            amd64  share 2861         2      8      0.2020    -\n"));
    assert_non_null(strstr(buf_text(&output.out),
                           "g6.12xlarge          amd64  4     22888        48     192    4.6016    1.1504\n"));
}

TEST(gpu__show__profiles_and_instances)
{
    expect_run(
        "show", (const char *[]){"gpu", "show", "h100-80gb", NULL}, 0,
        "h100-80gb: H100 80GB (SXM5, PCIe), H800 80GB, hopper, 81152Mi; time-slicing, MPS up to 48 clients, MIG\n"
        "\n"
        "MIG PROFILE     RESOURCE                         MAX  COMPUTE MEMORY SLICE MEMORY STARTS\n"
        "1g.10gb         nvidia.com/mig-1g.10gb           7    1       1      9984 MiB     0,1,2,3,4,5,6\n"
        "1g.10gb+me      nvidia.com/mig-1g.10gb.me        1    1       1      9984 MiB     0,1,2,3,4,5,6\n"
        "1g.20gb         nvidia.com/mig-1g.20gb           4    1       2      20096 MiB    0,2,4,6\n"
        "2g.20gb         nvidia.com/mig-2g.20gb           3    2       2      20096 MiB    0,2,4\n"
        "3g.40gb         nvidia.com/mig-3g.40gb           2    3       4      40448 MiB    0,4\n"
        "4g.40gb         nvidia.com/mig-4g.40gb           1    4       4      40448 MiB    0\n"
        "7g.80gb         nvidia.com/mig-7g.80gb           1    7       8      81152 MiB    0\n"
        "\n"
        "One GPU has 7 compute slices and 8 memory units; an instance takes consecutive memory units from "
        "one of its profile's STARTS.\n"
        "Placements: nvml. ~ marks memory that is taken from the profile's name, because no driver's figure is known.\n"
        "\n"
        "AWS INSTANCE TYPE    ARCH   GPUS  LABEL MEMORY VCPUS  GIB    $/HOUR    $/GPU\n"
        "p5.4xlarge           amd64  1     81920        16     256    6.8800    6.8800\n"
        "p5.48xlarge          amd64  8     81920        192    2048   55.0400   6.8800\n"
        "\n"
        "LABEL MEMORY is the label karpenter.k8s.aws/instance-gpu-memory, in MiB, which is not what the driver "
        "reports. $/HOUR is of an instance and $/GPU of one of its GPUs, on demand in us-east-1 (table of 2026-08; prices "
        "2026-07-20). Spot prices are not known.\n",
        "");
    expect_run("near", (const char *[]){"gpu", "show", "a100", NULL}, 2, "",
               "gpuslice: the table has no GPU \"a100\"; did you mean \"a100-40gb\"? `gpuslice gpu list` prints all\n");
    expect_run("far", (const char *[]){"gpu", "show", "abacus", NULL}, 2, "",
               "gpuslice: the table has no GPU \"abacus\"; `gpuslice gpu list` prints all\n");
}

#define CLASSES                                                                                                   \
    "CLASS      GPU   MEMORY   ISOLATION  $/HOUR  DESCRIPTION\n"                                                  \
    "a10g-half  a10g  11514Mi  none       0.5030\n"                                                               \
    "t4-third   t4    5Gi      none       0.1753\n"                                                               \
    "\n$/HOUR is of a slice whose node is full. Prices that the policies do not give are on demand in us-east-1 " \
    "(table of 2026-08; prices 2026-07-20). Spot prices are not known.\n"

TEST(policies__from_option_environment_or_default__found)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) nowhere = temp_path(folder, "nowhere");
    AUTO(string) message = NULL;
    temp_write(folder, "policy.yaml", WEBHOOK_POLICIES("t4-third"));
    if (asprintf(&message, "gpuslice: %s: No such file or directory\n", nowhere) < 0)
        fail_msg("out of memory");
    expect_run("option", (const char *[]){"classes", "--policies", folder, NULL}, 0, CLASSES, "");
    (void)setenv("GPUSLICE_POLICIES", folder, 1);
    expect_run("environment", (const char *[]){"classes", NULL}, 0, CLASSES, "");
    expect_run("option first", (const char *[]){"classes", "-p", nowhere, NULL}, 2, "", message);
    (void)setenv("GPUSLICE_POLICIES", nowhere, 1);
    expect_run("environment, wrong", (const char *[]){"classes", NULL}, 2, "", message);
    expect_run("option, not the environment", (const char *[]){"classes", "-p", folder, NULL}, 0, CLASSES, "");
    (void)unsetenv("GPUSLICE_POLICIES");
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"classes", NULL}, NULL, &output); /* the folder "policies" */
    assert_non_null(
        strstr(buf_text(&output.out),
               "\na100-1g5gb      a100-40gb                    4864Mi   hardware            0.3921  A seventh of "));
}

TEST(classes__for_a_namespace__what_its_pods_may_ask_for)
{
    static const struct {
        const char *name, *labels, *annotations, *expected;
    } cases[] = {
        {"the default of the policy", "gpuslice.dev/inject: enabled", "",
         "namespace team: policy default (policies/policies/default.yaml:5)\n"
         "  a pod gets   t4-third, by the policy's default\n"
         "  a pod may    choose by its annotation gpuslice.dev/class or gpuslice.dev/memory\n\n"
         "CLASS       GPU        MEMORY  ISOLATION  $/HOUR  DESCRIPTION\n"
         "a100-1g5gb  a100-40gb  4864Mi  hardware   0.3921  A seventh of an A100 40GB (MIG 1g.5gb)\n"
         "t4-third    t4         5Gi     none       0.1753  A third of a T4, shared in time\n"},
        {"a class of the namespace", "gpuslice.dev/inject: required", "gpuslice.dev/class: a100-1g5gb",
         "\n  a pod gets   a100-1g5gb, by the namespace's annotation gpuslice.dev/class\n"},
        {"memory of the namespace", "gpuslice.dev/inject: enabled, team-tier: ml", "gpuslice.dev/memory: 16Gi",
         "\n  a pod gets   gpu-whole, by the namespace's annotation gpuslice.dev/memory\n"},
        {"empty annotations", "gpuslice.dev/inject: enabled", "gpuslice.dev/class: \"\", gpuslice.dev/memory: \" \"",
         "\n  a pod gets   t4-third, by the policy's default\n"},
        {"a class that is not allowed", "gpuslice.dev/inject: enabled", "gpuslice.dev/class: h100-3g40gb",
         "\n  a pod gets   refused: the namespace's annotation gpuslice.dev/class is \"h100-3g40gb\", which the policy "
         "does not allow\n"},
        {"memory without its unit", "gpuslice.dev/inject: enabled", "gpuslice.dev/memory: \"16\"",
         "\n  a pod gets   refused: the namespace's annotation gpuslice.dev/memory is \"16\", which the policy does not "
         "allow\n"},
        {"none", "gpuslice.dev/inject: enabled, team-tier: ml", "gpuslice.dev/class: none",
         "\n  a pod gets   no slice, unless it chooses one\n"},
        {"none in the table", "gpuslice.dev/inject: enabled, team-tier: ml", "",
         "\nnone            -                            -        -          -       No slice: the pod stays as it is\n"},
        {"pods may not choose", "gpuslice.dev/inject: enabled, team-tier: trial", "",
         "\n  a pod may    not choose (podChoice: false); the annotations of the namespace may\n"},
        {"not opted in", "gpuslice.dev/inject: \"true\"", "",
         "namespace team is not opted in (label gpuslice.dev/inject): its pods get no slices\n"},
    };
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) file = temp_path(folder, "namespaces.yaml");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        AUTO(string) text = NULL;
        assert_true(
            asprintf(&text,
                     "apiVersion: v1\nkind: Namespace\nmetadata: {name: team, labels: {%s}, annotations: {%s}}\n",
                     cases[i].labels, cases[i].annotations) > 0);
        temp_write(folder, "namespaces.yaml", text);
        cli_run((const char *[]){"classes", "-p", "policies", "-N", file, "--for", "team", NULL}, NULL, &output);
        if (output.status != 0 || !strstr(buf_text(&output.out), cases[i].expected))
            fail_msg("%s: %s%s", cases[i].name, buf_text(&output.out), buf_text(&output.errors));
    }
}

TEST(classes__for_a_namespace_without_namespaces__says_what_it_assumes)
{
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"classes", "-p", "policies", "--for", "team", NULL}, NULL, &output);
    assert_int_equal(output.status, 0);
    check_text("errors", buf_text(&output.errors), CLI_NO_NAMESPACES);
}

TEST(classes__wide__resources_and_pools_too)
{
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"classes", "-p", "policies", "-o", "wide", NULL}, NULL, &output);
    assert_non_null(strstr(buf_text(&output.out),
                           "\nh100-1g10gb     h100-80gb                    9984Mi   hardware            0.8600  "
                           "p5.4xlarge of h100-balanced, full, on demand      "
                           "nvidia.com/mig-1g.10gb  h100-7x1g10gb $0.9829, h100-balanced $0.8600  A seventh of "));
}

TEST(policies__with_limits_over_a_node__warned_on_standard_error)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(program_output) output = {0};
    temp_write(folder, "p.yaml",
               "apiVersion: gpuslice.dev/v1alpha1\nkind: SlicePool\nmetadata: {name: p}\n"
               "spec: {gpu: t4, sharing: {whole: {}}, nodes: {instanceTypes: [g4dn.xlarge]}}\n---\n"
               "apiVersion: gpuslice.dev/v1alpha1\nkind: SliceClass\nmetadata: {name: c}\n"
               "spec: {pools: [p], limits: {perPod: 2}}\n");
    cli_run((const char *[]){"classes", "-p", folder, NULL}, NULL, &output);
    AUTO(string) errors = cli_replace(buf_text(&output.errors), folder, "DIR");
    assert_int_equal(output.status, 0);
    check_text("warning", errors,
               "DIR/p.yaml:9:37: warning: spec.limits.perPod: is 2, but no node of its pools has more than 1 slice: a "
               "pod that asks for more stays Pending\n");
}

TEST(policies__broken__each_problem_a_line)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(program_output) output = {0};
    temp_write(folder, "policy.yaml",
               "apiVersion: gpuslice.dev/v1alpha1\nkind: SlicePool\nmetadata: {name: a}\n"
               "spec: {gpu: t5, sharing: {hole: {}}}\n");
    cli_run((const char *[]){"classes", "-p", folder, NULL}, NULL, &output);
    AUTO(string) errors = cli_replace(buf_text(&output.errors), folder, "DIR");
    assert_int_equal(output.status, 2);
    check_text(
        "problems", errors,
        "DIR/policy.yaml:4:13: spec.gpu: there is no GPU \"t5\" in the table; did you mean \"t4\"? `gpuslice gpu "
        "list` shows all\n"
        "DIR/policy.yaml:4:27: spec.sharing.hole: unknown field \"hole\"; did you mean \"whole\"?\n"
        "gpuslice: 2 problems, the first: DIR/policy.yaml:4:13: spec.gpu: there is no GPU \"t5\" in the table; "
        "did you mean \"t4\"? `gpuslice gpu list` shows all\n");
}

/* `classes`, `render` and `lint` refuse a label that no instance type with the pool's GPU has. */
TEST(policies__impossible_instance_label__refused_by_all)
{
    static const char *const labels[][2] = {{"gpu-memory", "1234"}, {"gpu-count", "1234"},
                                            {"gpu-name", "t5"},     {"gpu-manufacturer", "amd"},
                                            {"memory", "1234"},     {"network-bandwidth", "1234"}};
    static const char *const commands[] = {"classes", "render", "lint"};
    AUTO(temp_dir) folder = temp_dir_new();
    for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
        AUTO(string) text = NULL;
        assert_true(asprintf(&text,
                             "apiVersion: gpuslice.dev/v1alpha1\nkind: SlicePool\nmetadata: {name: a}\n"
                             "spec:\n  gpu: t4\n  sharing: {whole: {}}\n  nodes:\n    requirements:\n"
                             "    - {key: karpenter.k8s.aws/instance-%s, operator: In, values: [\"%s\"]}\n",
                             labels[i][0], labels[i][1]) > 0);
        temp_write(folder, "policy.yaml", text);
        for (size_t j = 0; j < ARRAY_SIZE(commands); j++) {
            bool files = strcmp(commands[j], "lint") == 0;
            AUTO(program_output) output = {0};
            cli_run((const char *[]){commands[j], "-p", folder, files ? folder : NULL, NULL}, NULL, &output);
            assert_int_equal(output.status, 2);
            if (!strstr(buf_text(&output.errors), "policy.yaml:9:5: spec.nodes.requirements: leaves no instance type "
                                                  "with the t4, of which there are g4dn.xlarge, "))
                fail_msg("%s of %s: %s", commands[j], labels[i][0], buf_text(&output.errors));
        }
    }
}

static void expect_mode(const char *folder, const char *name, mode_t mode)
{
    struct stat info;
    AUTO(string) path = temp_path(folder, name);
    assert_int_equal(stat(path, &info), 0);
    if ((info.st_mode & 07777) != mode)
        fail_msg("%s has mode %o", name, info.st_mode & 07777);
}

/* `serve` can serve the certificate, and ca.crt verifies it. */
TEST(certs__issue__served_and_verified)
{
    struct webhook *webhook = webhook_new();
    struct err err = {0};
    int status = -1;
    AUTO(string) cert = temp_path(webhook->folder, "tls.crt");
    AUTO(string) key = temp_path(webhook->folder, "tls.key");
    AUTO(string) message = NULL;
    AUTO(https_client) client = NULL;
    const char *folder = webhook->folder;
    if (asprintf(&message, "wrote %s/tls.crt, %s/tls.key and %s/ca.crt, valid for 30 days\n", folder, folder, folder) <
        0)
        fail_msg("out of memory");
    expect_run("issue",
               (const char *[]){"certs", "issue", "--host", "gpuslice.gpuslice-system.svc", "-H", "127.0.0.1", "--days",
                                "30", "--out", folder, NULL},
               0, message, "");
    expect_mode(folder, "tls.crt", 0644);
    expect_mode(folder, "tls.key", 0600);
    expect_mode(folder, "ca.crt", 0644);
    AUTO(string) ca = temp_path(folder, "ca.crt");
    AUTO(program_output) output = {0};
    int result = program_run((const char *[]){"/bin/cat", ca, NULL}, WEBHOOK_WAIT_MS, &output, &err);
    if (result == 0)
        result = webhook_start(webhook, (const char *[]){"--tls-cert", cert, "--tls-key", key, NULL}, &err);
    if (result == 0)
        result = webhook_connect(webhook, buf_text(&output.out), "gpuslice.gpuslice-system.svc", &client, &err);
    if (result == 0)
        result = webhook_end(webhook, SIGTERM, &status, &err);
    webhook_free(webhook);
    check_success("serve", result, &err);
    assert_int_equal(status, 0);
}

TEST(certs__wrong_host_or_folder__message_and_status_2)
{
    expect_run("host", (const char *[]){"certs", "issue", "--host", "a b", NULL}, 2, "",
               "gpuslice: \"a b\" is neither a DNS name nor an IP address; expected e.g. svc.ns.svc\n");
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) nowhere = temp_path(folder, "nowhere");
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"certs", "issue", "-H", "a.test", "-o", nowhere, NULL}, NULL, &output);
    AUTO(string) errors = cli_replace(buf_text(&output.errors), folder, "DIR");
    assert_int_equal(output.status, 2);
    assert_non_null(strstr(errors, "gpuslice: DIR/nowhere/"));
    assert_non_null(strstr(errors, ": No such file or directory\n"));
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)unsetenv("GPUSLICE_POLICIES");
}
