/* `gpuslice mutate` and `gpuslice explain`: on the pods of docs/examples with the shipped policies, in every output
 * format, on terminals, and with unreadable input. */
#include "json/unconst.h"
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"

#include <openssl/evp.h>
#include <signal.h>

enum { TEXT_MAX = 1 << 20 };

#define NAMESPACES    "--namespaces", "docs/examples/namespaces.yaml"
#define MIG_POD       "docs/examples/mig-pod.yaml"
#define TIMESLICE_POD "docs/examples/timeslice-pod.yaml"
#define DENIED_POD           \
    "apiVersion: v1\n"       \
    "kind: Pod\n"            \
    "metadata:\n"            \
    "  name: big\n"          \
    "  namespace: ml-team\n" \
    "spec:\n"                \
    "  containers:\n"        \
    "  - name: big\n"        \
    "    resources:\n"       \
    "      limits:\n"        \
    "        nvidia.com/gpu: 2\n"
#define DENIED                                                                                                             \
    "Pod/big in ml-team: denied [too_many_slices]: container \"big\" asks for nvidia.com/gpu: \"2\", but "                 \
    "slice class \"t4-third\" gives 1 to a container (two shares of a GPU are not twice a share); set the pod's "          \
    "annotation gpuslice.dev/class to \"gpu-whole\" (a whole L4 with 23034Mi), which takes this request as it is, or ask " \
    "for at most 1 in each container [policy ml-teams]\n"

/* Returns a copy of the text with REVISION for the revision, and without the commit; free() it. */
static char *normal(const char *text)
{
    char revision[13];
    cli_revision(revision);
    char *same = cli_replace(text, revision, "REVISION");
    char *commit = strstr(same, " (commit ");
    if (commit)
        memmove(commit, strchr(commit, ')') + 1, strlen(strchr(commit, ')') + 1) + 1);
    return same;
}

static void expect_run(const char *const arguments[], const char *input, int status, const char *out,
                       const char *errors)
{
    AUTO(program_output) output = {0};
    cli_run(arguments, input, &output);
    AUTO(string) text = normal(buf_text(&output.out));
    check_text("errors", buf_text(&output.errors), errors);
    check_text("output", text, out);
    assert_int_equal(output.status, status);
}

/* Like expect_run(), with the expected stdout in a file of tests/cli. */
static void expect_golden(const char *const arguments[], const char *input, int status, const char *name,
                          const char *errors)
{
    AUTO(string) out = cli_golden(name);
    expect_run(arguments, input, status, out, errors);
}

TEST(mutate__output_formats__exact)
{
    expect_golden((const char *[]){"mutate", NAMESPACES, MIG_POD, NULL}, NULL, 0, "mig.yaml", "");
    expect_golden((const char *[]){"mutate", "-o", "yaml", NAMESPACES, MIG_POD, NULL}, NULL, 0, "mig.yaml", "");
    expect_golden((const char *[]){"mutate", "-o", "json", NAMESPACES, MIG_POD, NULL}, NULL, 0, "mig.json", "");
    expect_golden((const char *[]){"mutate", "-o", "diff", NAMESPACES, MIG_POD, NULL}, NULL, 0, "mig.diff", "");
    expect_golden((const char *[]){"mutate", "-o", "patch", NAMESPACES, MIG_POD, NULL}, NULL, 0, "mig.patch", "");
    expect_golden((const char *[]){"mutate", "-o", "diff", NAMESPACES, TIMESLICE_POD, NULL}, NULL, 0, "timeslice.diff",
                  "");
}

/* The patch in the review has the operations that -o patch prints. */
TEST(mutate__review__envelope_and_patch)
{
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"mutate", "-o", "review", NAMESPACES, MIG_POD, NULL}, NULL, &output);
    assert_int_equal(output.status, 0);
    char *patch = strstr(output.out.data, "\"patch\":\"");
    assert_non_null(patch);
    patch += strlen("\"patch\":\"");
    size_t length = strcspn(patch, "\"");
    AUTO(string) coded = strndup(patch, length);
    memmove(patch, patch + length, strlen(patch + length) + 1);
    AUTO(string) envelope = normal(buf_text(&output.out));
    check_json(
        "envelope", envelope,
        JSON({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",
              "response":{"uid":"00000000-0000-0000-0000-000000000000","allowed":true,"patchType":"JSONPatch",
               "patch":"",
               "auditAnnotations":{"decision":"injected","reason":"injected","class":"a100-1g5gb","policy":"ml-teams",
                "revision":"REVISION"}}})
        "\n");
    AUTO(string) decoded = calloc(1, length + 1);
    assert_true(decoded && coded);
    int decoded_length = EVP_DecodeBlock((unsigned char *)decoded, (const unsigned char *)coded, (int)length);
    assert_true(decoded_length > 0);
    AUTO(string) found = normal(decoded);
    AUTO(string) patch_file = cli_golden("mig.patch");
    AUTO(string) one_line = cli_replace(patch_file, "\n  ", "");
    AUTO(string) expected = cli_replace(one_line, "\n]\n", "]");
    check_text("patch", found, expected);
}

/* `serve` denies a pod with a GPU and too many values without reading it completely, and so must `mutate`. */
TEST(mutate__too_many_values__denied)
{
    AUTO(program_output) output = {0};
    AUTO(buf) review;
    buf_init(&review, 4 << 20);
    buf_add_string(&review,
                   "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"u\","
                   "\"kind\":{\"group\":\"\",\"kind\":\"Pod\"},\"namespace\":\"ml-team\",\"operation\":\"CREATE\","
                   "\"userInfo\":{},\"object\":{\"spec\":{\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":"
                   "{\"nvidia.com/gpu\":\"1\"}},\"args\":[\"\"");
    for (int i = 0; i < 200000; i++)
        buf_add_string(&review, ",\"\"");
    buf_add_string(&review, "]}]}}}}");
    cli_run((const char *[]){"mutate", "-o", "review", NAMESPACES, "-", NULL}, buf_text(&review), &output);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(buf_text(&output.out), JSON("reason":"too_large")));
}

static size_t list_items(const char **at)
{
    json_error_t fault;
    AUTO(json) value = json_loads(*at, JSON_DISABLE_EOF_CHECK, &fault);
    if (!value)
        fail_msg("%s: %.200s", fault.text, *at);
    *at += fault.position;
    return json_array_size(json_object_get(value, "items"));
}

/* `mutate` begins to print a List of more than 8 MiB before it knows whether more objects follow. */
TEST(mutate__objects_after_a_large_list__list_is_closed)
{
    /* Long items, so that the List is large with few of them. */
    static const char format[] = JSON({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},
        "spec":{"containers":[{"name":"c","image":"%01000d"}]}});
    char pod[sizeof(format) + 1000];
    AUTO(program_output) output = {0};
    AUTO(buf) text;
    size_t count = 0;

    (void)snprintf(pod, sizeof(pod), format, 0);
    buf_init(&text, 16 << 20);
    for (buf_add_string(&text, "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":["); text.length < 9 << 20; count++)
        buf_addf(&text, "%s%s", count ? "," : "", pod);
    buf_addf(&text, "]}\n%s\n", pod);
    cli_run((const char *[]){"mutate", "-o", "json", "-n", "ml-team", NAMESPACES, "-", NULL}, buf_text(&text), &output);
    assert_int_equal(output.status, 0);
    const char *at = buf_text(&output.out);
    assert_int_equal(list_items(&at), count);
    assert_int_equal(list_items(&at), 0);
    check_text("rest", at, "\n");
}

TEST(mutate__list__printed_as_a_list)
{
    static const char list[] =
        "apiVersion: v1\nkind: List\nitems:\n"
        "- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: ml-team},"
        " spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}\n"
        "- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n"
        "- {apiVersion: v1, kind: Pod, metadata: {name: d, namespace: default}, spec: {containers: [{name: c}]}}\n";
    expect_golden((const char *[]){"mutate", NAMESPACES, "-", NULL}, list, 0, "list.yaml", "");
}

TEST(mutate__its_own_output__unchanged)
{
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"mutate", NAMESPACES, MIG_POD, NULL}, NULL, &output);
    expect_golden((const char *[]){"mutate", NAMESPACES, "-", NULL}, buf_text(&output.out), 0, "mig.yaml", "");
    expect_run((const char *[]){"mutate", "-o", "patch", NAMESPACES, "-", NULL}, buf_text(&output.out), 0, "[]\n", "");
}

TEST(mutate__denied__message_and_status_1)
{
    expect_run((const char *[]){"mutate", NAMESPACES, "-", NULL}, DENIED_POD, 1, DENIED_POD, DENIED);
    expect_run((const char *[]){"mutate", "-o", "patch", NAMESPACES, "-", NULL}, DENIED_POD, 1, "[]\n", DENIED);
    expect_run((const char *[]){"mutate", "-o", "diff", NAMESPACES, "-", NULL}, DENIED_POD, 1,
               "  Pod/big in ml-team: denied [too_many_slices]\n"
               "    container \"big\" asks for nvidia.com/gpu: \"2\", but slice class \"t4-third\"\n"
               "    gives 1 to a container (two shares of a GPU are not twice a share); set\n"
               "    the pod's annotation gpuslice.dev/class to \"gpu-whole\" (a whole L4 with\n"
               "    23034Mi), which takes this request as it is, or ask for at most 1 in each\n"
               "    container [policy ml-teams]\n",
               "");
}

#define MISPLACED                                                                                                 \
    "apiVersion: apps/v1\nkind: Deployment\n"                                                                     \
    "metadata: {name: web, namespace: ml-team, annotations: {gpuslice.dev/class: a100-1g5gb}}\n"                  \
    "spec:\n  selector: {matchLabels: {gpuslice.dev/class: t4-third}}\n"                                          \
    "  template: {spec: {containers: [{name: a, image: b}]}}\n"                                                   \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: typo, annotations: {gpuslice.dev/inject: enabled}}\n" \
    "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: fine, labels: {gpuslice.dev/inject: enabled}}\n"
#define MISPLACED_KEY \
    "Deployment annotation gpuslice.dev/class has no effect: make it an annotation of its pod template\n"
#define MISPLACED_SELECTOR \
    "Deployment selector: remove gpuslice.dev/class, which gpuslice writes: pods may stop matching\n"
#define MISPLACED_LABEL "namespace annotation gpuslice.dev/inject has no effect: make it a label\n"

/* Of a workload and of a Namespace, which mutate and explain do not decide about. */
/* The record says that the container asked for nothing, and no policy gives it a slice of the class of today. */
TEST(mutate__taken_back_and_no_slice__title_and_warning_say_so)
{
    static const char pod[] =
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: back\n  namespace: ml-team\n  annotations:\n"
        "    gpuslice.dev/applied: '{\"class\":\"a100-1g5gb\",\"policy\":\"p\",\"revision\":\"0123456789ab\","
        "\"containers\":[\"a\"],\"was\":{\"a\":{}}}'\n"
        "spec:\n  containers:\n  - name: a\n    image: x\n    resources:\n      limits:\n        nvidia.com/mig-1g.5gb: 1\n";
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"mutate", "-o", "diff", NAMESPACES, "-", NULL}, pod, &output);
    assert_int_equal(output.status, 0);
    if (!strstr(buf_text(&output.out), "\n+++ without what was written for slice class a100-1g5gb (policy ml-teams") ||
        !strstr(buf_text(&output.out), "the slice of class a100-1g5gb in the record goes: the pod asks for no GPU"))
        fail_msg("%s", buf_text(&output.out));
}

TEST(mutate_and_explain__misplaced_keys__warnings)
{
    expect_run((const char *[]){"mutate", "-o", "patch", NAMESPACES, "-", NULL}, MISPLACED, 0, "[]\n[]\n[]\n",
               "Deployment/web in ml-team: warning: " MISPLACED_KEY
               "Deployment/web in ml-team: warning: " MISPLACED_SELECTOR "Namespace/typo: warning: " MISPLACED_LABEL);
    expect_run((const char *[]){"mutate", "-o", "diff", NAMESPACES, "-", NULL}, MISPLACED, 0,
               "  Deployment/web in ml-team: unchanged [no_gpu_request]\n"
               "  warning: " MISPLACED_KEY "  warning: " MISPLACED_SELECTOR,
               "Namespace/typo: warning: " MISPLACED_LABEL);
    expect_run((const char *[]){"explain", NAMESPACES, "-", NULL}, strstr(MISPLACED, "---"), 0,
               "Namespace/typo\n  warning     " MISPLACED_LABEL, "");
}

/* The policy of namespace trial has mode shadow. */
TEST(mutate__enforce__decides_as_if_the_mode_were_enforce)
{
#define TRIAL_POD(name, quantity)                                                                             \
    "apiVersion: v1\nkind: Pod\nmetadata: {name: " name ", namespace: trial}\nspec: {containers: [{name: c, " \
    "resources: {limits: {nvidia.com/gpu: " quantity "}}}]}\n"
#define TOO_MANY                                                                                                 \
    "container \"c\" asks for nvidia.com/gpu: \"2\", but slice class \"a10g-half\" gives 1 to a container (two " \
    "shares of a GPU are not twice a share); ask for at most 1 in each container [policy trial]"
    expect_run((const char *[]){"mutate", "-o", "diff", NAMESPACES, "-", NULL}, TRIAL_POD("p", "1"), 0,
               "  Pod/p in trial: unchanged, policy trial would give it slice class a10g-half (--enforce shows how) "
               "[injected]\n",
               "");
    expect_run((const char *[]){"mutate", "-o", "patch", NAMESPACES, "-", NULL}, TRIAL_POD("p", "2"), 0, "[]\n", "");
    expect_run((const char *[]){"mutate", "-o", "patch", "--enforce", NAMESPACES, "-", NULL}, TRIAL_POD("p", "2"), 1,
               "[]\n", "Pod/p in trial: denied [too_many_slices]: " TOO_MANY "\n");
}

TEST(mutate__cannot_be_read__message_and_status_2)
{
    static const struct {
        const char *input; /* NULL: there is no input on stdin */
        const char *const arguments[8];
        const char *errors;
    } cases[] = {
        {NULL, {"mutate", "nowhere/pod.yaml"}, "gpuslice: nowhere/pod.yaml: No such file or directory\n"},
        {NULL, {"mutate", "/proc/self/mem"}, "gpuslice: /proc/self/mem: Input/output error\n"},
        {NULL,
         {"mutate", "--namespaces", "nowhere.yaml", MIG_POD},
         "gpuslice: nowhere.yaml: No such file or directory\n"},
        {NULL, {"mutate", "--policies", "nowhere", MIG_POD}, "gpuslice: nowhere: No such file or directory\n"},
        {"a: [\n",
         {"mutate", "-"},
         "standard input:2:1: not YAML: did not find expected node content while parsing a flow node that begins on "
         "line 2\n"},
        {"a: [\n",
         {"explain", "-"},
         "standard input:2:1: not YAML: did not find expected node content while parsing a flow node that "
         "begins on line 2\n"},
        {"apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: nowhere}\nspec: {containers: [{name: c}]}\n",
         {"mutate", NAMESPACES, "-"},
         "standard input:1:1: Pod/x in nowhere: namespace \"nowhere\" is not known; it is not in the --namespaces file\n"},
        {"apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: ml-team}\nspec: {containers: [{name: c, env: "
         "{}}]}\n",
         {"mutate", NAMESPACES, "-"},
         "standard input:1:1: Pod/x in ml-team: the pod's spec.containers[0].env must be an array\n"},
        {NULL, {"explain", "nowhere/pod.yaml"}, "gpuslice: nowhere/pod.yaml: No such file or directory\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_run(cases[i].arguments, cases[i].input, 2, "", cases[i].errors);
}

TEST(mutate__one_file_of_two_missing__other_printed_and_status_2)
{
    expect_golden((const char *[]){"mutate", NAMESPACES, MIG_POD, "nowhere.yaml", NULL}, NULL, 2, "mig.yaml",
                  "gpuslice: nowhere.yaml: No such file or directory\n");
}

TEST(explain__mig_pod__every_rule)
{
    expect_golden((const char *[]){"explain", NAMESPACES, MIG_POD, NULL}, NULL, 0, "mig.explained", "");
}

TEST(explain__denied__message_and_status_1)
{
    expect_run(
        (const char *[]){"explain", NAMESPACES, "-", NULL}, DENIED_POD, 1,
        "Pod/big in ml-team: denied [too_many_slices]\n"
        "  policy      ml-teams, priority 100 (policies/policies/ml-teams.yaml:6)\n"
        "              matches too, but lost: default, priority 0 (policies/policies/default.yaml:5)\n"
        "  class       t4-third (policies/classes/t4-third.yaml:4), the policy's default\n"
        "  slice       nvidia.com/gpu, 5Gi as a share, on t4-thirds\n"
        "  price       $0.1753 an hour, g4dn.xlarge of t4-thirds, full, on demand\n"
        "              prices on demand are of us-east-1 (table of 2026-08; prices 2026-07-20)\n"
        "  containers  big: 2\n"
        "  message     container \"big\" asks for nvidia.com/gpu: \"2\", but slice class \"t4-third\" gives 1 "
        "to a container (two shares of a GPU are not twice a share); set the pod's annotation "
        "gpuslice.dev/class to \"gpu-whole\" (a whole L4 with 23034Mi), which takes this request as it is, or ask for at "
        "most 1 in each container [policy ml-teams]\n"
        "  revision    REVISION\n",
        "");
}

static void expect_on_terminal(const char *const arguments[], const char *expected)
{
    AUTO(buf) out;
    buf_init(&out, TEXT_MAX);
    assert_int_equal(cli_run_on_terminal(arguments, &out), 0);
    AUTO(string) text = normal(buf_text(&out));
    check_text("terminal", text, expected);
}

/* Returns the diff in colour, where the beginning of a line determines its colour; free() it. */
static char *coloured_diff(const char *diff)
{
    AUTO(buf) out;
    buf_init(&out, TEXT_MAX);
    for (const char *line = diff; *line; line += strcspn(line, "\n") + 1) {
        bool title = strncmp(line, "---", 3) == 0 || strncmp(line, "+++", 3) == 0;
        const char *colour = title ? "1" : *line == '@' ? "36" : *line == '-' ? "31" : *line == '+' ? "32" : "2";
        buf_addf(&out, "\033[%sm%.*s\033[0m\n", colour, (int)strcspn(line, "\n"), line);
    }
    return buf_take(&out);
}

TEST(diff__on_a_terminal__coloured_unless_no_color_or_dumb)
{
    static const char *const arguments[] = {"mutate", "-o", "diff", NAMESPACES, MIG_POD, NULL};
    AUTO(string) plain = cli_golden("mig.diff");
    AUTO(string) coloured = coloured_diff(plain);
    assert_non_null(coloured);
    (void)setenv("TERM", "xterm", 1);
    (void)unsetenv("NO_COLOR");
    expect_on_terminal(arguments, coloured);
    expect_run(arguments, NULL, 0, plain, ""); /* no terminal */
    (void)setenv("NO_COLOR", "", 1);           /* no-color.org: an empty value has no effect */
    expect_on_terminal(arguments, coloured);
    (void)setenv("NO_COLOR", "1", 1);
    expect_on_terminal(arguments, plain);
    (void)unsetenv("NO_COLOR");
    (void)setenv("TERM", "dumb", 1);
    expect_on_terminal(arguments, plain);
    (void)unsetenv("TERM");
    expect_on_terminal(arguments, plain);
}

TEST(yaml__on_a_terminal__never_coloured)
{
    (void)setenv("TERM", "xterm", 1);
    AUTO(string) plain = cli_golden("mig.yaml");
    expect_on_terminal((const char *[]){"mutate", NAMESPACES, MIG_POD, NULL}, plain);
}

BEFORE_TESTS()
{
    (void)signal(SIGHUP, SIG_IGN); /* sent when a terminal closes */
    (void)unsetenv("GPUSLICE_POLICIES");
}
