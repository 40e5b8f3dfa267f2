/* `gpuslice test`: what a case may expect, what it must not, and what is printed when it fails. */
#include "base/text.h"
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"

#define HEAD(NAME) "apiVersion: gpuslice.dev/v1alpha1\nkind: SliceTest\nmetadata: {name: " NAME "}\nspec:\n"
#define NS         "  namespace: {name: research, labels: {gpuslice.dev/inject: enabled}}\n"
#define POD        "  pod: {spec: {containers: [{name: cuda, resources: {limits: {nvidia.com/gpu: 1}}}]}}\n"
#define CPU_POD    "  pod: {spec: {containers: [{name: cuda}]}}\n"

#define SLICE_TEST(NAME, EXPECT) "---\n" HEAD(NAME) NS POD "  expect: {" EXPECT "}\n"

/* Runs `gpuslice test` with the input as FILE.yaml, and compares everything that it prints. FILE stands for its path.
 */
static void expect_output(const char *name, const char *input, const char *pattern, int status, const char *out,
                          const char *errors)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) file = temp_path(folder, "cases.yaml");
    AUTO(program_output) output = {0};
    temp_write(folder, "cases.yaml", input);
    cli_run((const char *[]){"test", file, pattern ? "--run" : NULL, pattern, NULL}, NULL, &output);
    AUTO(string) printed = cli_replace(buf_text(&output.out), file, "FILE");
    AUTO(string) complaints = cli_replace(buf_text(&output.errors), file, "FILE");
    check_text(name, printed, out);
    check_text(name, complaints, errors);
    if (output.status != status)
        fail_msg("%s: ended with %d, expected %d", name, output.status, status);
}

TEST(slice_test__passes_and_fails__prints_expected_and_got)
{
    expect_output("passes", SLICE_TEST("a third", "decision: injected, class: t4-third"), NULL, 0,
                  "ok   a third\n1 passed, 0 failed\n", "");
    expect_output("fails",
                  SLICE_TEST("a third", "decision: injected, class: t4-third, slices: {cuda: 1}")
                      SLICE_TEST("a half", "decision: denied, reason: claims_denied, class: a10g-half, "
                                           "slices: {cuda: 2}, values: {/spec/nodeSelector: {}, "
                                           "/spec/tolerations/0/key: example.com/gpu, /metadata/labels: null}, "
                                           "messages: [no such words]"),
                  NULL, 1,
                  "ok   a third\n"
                  "FAIL a half (FILE:10:1)\n"
                  "     decision: expected denied, got injected\n"
                  "     reason: expected claims_denied, got injected\n"
                  "     class: expected a10g-half, got t4-third\n"
                  "     no message contains \"no such words\"; there are no messages\n"
                  "     slices: expected {\"cuda\":2}, got {\"cuda\":1}\n"
                  "     /spec/nodeSelector: expected {}, got nothing\n"
                  "     /spec/tolerations/0/key: expected \"example.com/gpu\", got \"nvidia.com/gpu\"\n"
                  "     /metadata/labels: expected nothing, got {\"gpuslice.dev/class\":\"t4-third\"}\n"
                  "1 passed, 1 failed\n",
                  "");
}

/* -- What fails a case before it runs -- */

/* A case that is not valid in one place. */
struct invalid {
    const char *name;
    const char *version, *pod, *expect; /* the pod NULL: POD */
    const char *problem;                /* after "FILE:" */
};

static const struct invalid invalid[] = {
    /* Words. */
    {"decision", NULL, NULL, "{decision: inject}",
     "8:22: spec.expect.decision: is \"inject\", must be allowed, injected, guarded, denied, would_inject or "
     "would_deny"},
    {"decision far off", NULL, NULL, "{decision: mutated}",
     "8:22: spec.expect.decision: is \"mutated\", must be allowed, injected, guarded, denied, would_inject or "
     "would_deny"},
    {"decision empty", NULL, NULL, "{decision: \"\"}", "8:22: spec.expect.decision: is \"\", must be allowed, "},
    {"decision as a boolean", NULL, NULL, "{decision: yes}", "spec.expect.decision: is a boolean, must be allowed, "},
    {"reason as a number", NULL, NULL, "{decision: denied, reason: 7}", "spec.expect.reason: is an integer, must be "},
    {"decision in capitals", NULL, NULL, "{decision: Denied}", "is \"Denied\", must be allowed, "},
    {"reason", NULL, NULL, "{decision: injected, reason: injectd}",
     "8:40: spec.expect.reason: is \"injectd\"; did you mean \"injected\"?"},
    {"reason with dashes", NULL, NULL, "{decision: denied, reason: too-many-slices}",
     "did you mean \"too_many_slices\"?"},
    {"reason far off", NULL, NULL, "{decision: denied, reason: x}",
     "8:38: spec.expect.reason: is \"x\", must be not_pod_create, node_created_pod, "},
    {"reason empty", NULL, NULL, "{decision: denied, reason: \"\"}", "spec.expect.reason: is \"\", must be "},
    {"class", NULL, NULL, "{decision: injected, class: t4third}",
     "8:39: spec.expect.class: is \"t4third\", which is not a class of these policies; did you mean \"t4-third\"?"},
    {"class far off", NULL, NULL, "{decision: injected, class: something-else-entirely}",
     "which is not a class of these policies; they have a100-1g5gb, "},
    {"class None", NULL, NULL, "{decision: injected, class: None}", "is \"None\", which is not a class of these"},
    {"null class", NULL, NULL, "{decision: injected, class: null}",
     "8:39: spec.expect.class: is null, which checks nothing; leave it out, or write none if there must be no class"},
    {"null messages", NULL, NULL, "{decision: injected, messages: }",
     "spec.expect.messages: is null, which checks nothing; leave it out"},
    {"null slices", NULL, NULL, "{decision: injected, slices: ~}",
     "spec.expect.slices: is null, which checks nothing; leave it out"},
    {"misspelt field", NULL, NULL, "{decision: injected, klass: t4-third}",
     "8:32: spec.expect.klass: unknown field \"klass\"; did you mean \"class\"?"},
    /* Pointers. */
    {"pointer with dots", NULL, NULL, "{decision: injected, values: {spec.tolerations: null}}",
     "8:41: spec.expect.values[\"spec.tolerations\"]: pointer \"spec.tolerations\" must be empty or begin with /"},
    {"pointer without a slash", NULL, NULL, "{decision: injected, values: {spec/affinity: null}}",
     "pointer \"spec/affinity\" must be empty or begin with /"},
    {"pointer with a tilde", NULL, NULL, "{decision: injected, values: {/metadata/labels/a~b: null}}",
     "~ must be followed by 0 or 1"},
    {"pointer that ends in a tilde", NULL, NULL, "{decision: injected, values: {/metadata/labels/a~: null}}",
     "~ must be followed by 0 or 1"},
    {"pointer without spec", NULL, NULL, "{decision: injected, values: {/affinity: null}}",
     "8:41: spec.expect.values[\"/affinity\"]: leads to \"affinity\", which no pod has; pointers begin with /metadata "
     "or /spec"},
    {"pointer with a double slash", NULL, NULL, "{decision: injected, values: {//spec/affinity: null}}",
     "leads to \"\", which no pod has"},
    {"pointer to a misspelt root", NULL, NULL, "{decision: injected, values: {/Spec/affinity: null}}",
     "leads to \"Spec\", which no pod has"},
    /* The version. */
    {"version v1", "gpuslice.dev/v1", NULL, "{decision: injected}",
     "1:13: apiVersion: is \"gpuslice.dev/v1\", must be gpuslice.dev/v1alpha1"},
    {"version v1beta1", "gpuslice.dev/v1beta1", NULL, "{decision: injected}", "1:13: apiVersion: is "},
    {"version without a group", "v1alpha1", NULL, "{decision: injected}", "1:13: apiVersion: is \"v1alpha1\""},
    {"misspelt group", "gpuslices.dev/v1alpha1", NULL, "{decision: injected}", "1:13: apiVersion: is "},
    {"no version", "null", NULL, "{decision: injected}", "1:1: field \"apiVersion\" is missing"},
    /* The pod. */
    {"no pod", NULL, "", "{decision: injected}", "6:3: spec: must have one of the fields \"pod\" and \"object\""},
    {"Deployment", NULL,
     "  pod: {apiVersion: apps/v1, kind: Deployment, spec: {template: {spec: {containers: [{name: a}]}}}}\n",
     "{decision: allowed}", "7:36: spec.pod.kind: is \"Deployment\", must be Pod; a workload goes into spec.object"},
    {"Deployment without a kind", NULL, "  pod: {spec: {template: {spec: {containers: [{name: a}]}}}}\n",
     "{decision: allowed}", "7:8: spec.pod: has no spec.containers, which every pod has"},
    {"pod without spec", NULL, "  pod: {containers: [{name: a}]}\n", "{decision: allowed}",
     "7:8: spec.pod: has no spec.containers"},
    {"pod of another version", NULL, "  pod: {apiVersion: v2, kind: Pod, spec: {containers: [{name: a}]}}\n",
     "{decision: allowed}", "spec.pod.apiVersion: is \"v2\", must be v1"},
    {"another namespace", NULL, "  pod: {metadata: {namespace: other}, spec: {containers: [{name: a}]}}\n",
     "{decision: allowed}", "7:31: spec.pod.metadata.namespace: is \"other\", but spec.namespace.name is \"research\""},
    {"malformed containers", NULL, "  pod: {spec: {containers: [{name: a, resources: 7}]}}\n", "{decision: allowed}",
     "7:8: spec.pod: the pod's spec.containers[0].resources must be an object"},
    {"malformed labels", NULL, "  pod: {metadata: {labels: [a]}, spec: {containers: [{name: a}]}}\n",
     "{decision: allowed}", "7:8: spec.pod: the pod's metadata.labels must be an object"},
    {"a list as pod", NULL, "  pod: [{name: a}]\n", "{decision: allowed}",
     "7:8: spec.pod: is a list, must be an object"},
    {"pod and object", NULL, POD "  object: {apiVersion: apps/v1, kind: Deployment}\n", "{decision: injected}",
     "spec: must have one of the fields \"pod\" and \"object\""},
    {"object in another namespace", NULL,
     "  object: {apiVersion: apps/v1, kind: Deployment, metadata: {namespace: other}, spec: {template: {spec: "
     "{containers: [{name: a}]}}}}\n",
     "{decision: allowed}", "spec.object.metadata.namespace: is \"other\", but spec.namespace.name is \"research\""},
    {"object without a kind", NULL, "  object: {spec: {template: {spec: {containers: [{name: a}]}}}}\n",
     "{decision: allowed}", "7:11: spec.object: has no kind, must be a Kubernetes object"},
    {"object without pods", NULL, "  object: {apiVersion: v1, kind: Service, metadata: {name: a}}\n",
     "{decision: allowed}", "FAIL wrong (standard input:1:1)\n     cannot be decided: makes no pods\n"},
    {"templates of a pod", NULL, POD "  templates: {a: {decision: injected}}\n", "{decision: injected}",
     "spec: field \"templates\" is for an object; a pod takes \"expect\""},
    {"wrong word in templates", NULL,
     "  object: {apiVersion: apps/v1, kind: Deployment}\n  templates: {a: {decision: denied, reason: injectd}}\n",
     "{decision: allowed}", "8:45: spec.templates.a.reason: is \"injectd\"; did you mean \"injected\"?"},
    {"null in templates", NULL,
     "  object: {apiVersion: apps/v1, kind: Deployment}\n  templates: {a: {decision: denied, class: null}}\n",
     "{decision: allowed}", "spec.templates.a.class: is null, which checks nothing"},
    /* Slices. */
    {"slices of another container", NULL, NULL, "{decision: injected, slices: {cuba: 1}}",
     "8:41: spec.expect.slices.cuba: is not a container of the pod"},
    {"slices as a word", NULL, NULL, "{decision: injected, slices: {cuda: one}}",
     "8:47: spec.expect.slices.cuda: is a string, must be an integer"},
    {"negative slices", NULL, NULL, "{decision: injected, slices: {cuda: -1}}", "8:47: spec.expect.slices.cuda: is -1"},
};

/* Each case is between two that run. */
TEST(slice_test__not_valid__fails_with_its_position_and_the_others_run)
{
    for (size_t i = 0; i < ARRAY_SIZE(invalid); i++) {
        const struct invalid *item = &invalid[i];
        AUTO(buf) text;
        AUTO(buf) problem;
        AUTO(program_output) output = {0};
        buf_init(&text, ERR_TEXT_SIZE * 4);
        buf_init(&problem, ERR_TEXT_SIZE);
        buf_addf(&text, "apiVersion: %s\nkind: SliceTest\nmetadata:\n  name: wrong\nspec:\n" NS "%s  expect: %s\n",
                 item->version ? item->version : "gpuslice.dev/v1alpha1", item->pod ? item->pod : POD, item->expect);
        buf_add_string(&text, SLICE_TEST("right", "decision: injected"));
        buf_addf(&problem, item->problem[0] >= '0' && item->problem[0] <= '9' ? "     standard input:%s" : "%s",
                 item->problem);
        cli_run((const char *[]){"test", "-", NULL}, buf_text(&text), &output);
        check_text(item->name, buf_text(&output.errors), "");
        if (!text_begins(buf_text(&output.out), "FAIL wrong (standard input:1:1)\n     ") ||
            !strstr(buf_text(&output.out), buf_text(&problem)) ||
            !strstr(buf_text(&output.out), "\nok   right\n1 passed, 1 failed\n") || output.status != 1)
            fail_msg("%s: status %d, no \"%s\" in\n%s", item->name, output.status, buf_text(&problem),
                     buf_text(&output.out));
    }
}

TEST(slice_test__misspelt_kind__fails)
{
    expect_output("kind", "apiVersion: gpuslice.dev/v1alpha1\nkind: SliceTset\nmetadata: {name: a}\n", NULL, 1,
                  "FAIL a (FILE:1:1)\n"
                  "     FILE:1:1: field \"spec\" is missing\n"
                  "     FILE:2:7: kind: is \"SliceTset\", must be SliceTest\n"
                  "0 passed, 1 failed\n",
                  "");
}

/* -- Expectations -- */

TEST(slice_test__class_none_and_no_slices__hold_without_a_class)
{
    expect_output("none",
                  HEAD("other namespace") "  namespace: {name: research}\n" POD
                                          "  expect: {decision: allowed, class: none, slices: {cuda: 0}}\n",
                  NULL, 0, "ok   other namespace\n1 passed, 0 failed\n", "");
    expect_output("some", SLICE_TEST("a", "decision: injected, class: none, slices: {}"), NULL, 1,
                  "FAIL a (FILE:2:1)\n     class: expected none, got t4-third\n"
                  "     slices: expected {}, got {\"cuda\":1}\n0 passed, 1 failed\n",
                  "");
    expect_output("only the decision", SLICE_TEST("a", "decision: injected"), NULL, 0, "ok   a\n1 passed, 0 failed\n",
                  "");
}

/* Pointers that lead nowhere in this pod. */
TEST(slice_test__null_through_a_list_or_a_text__fails)
{
    expect_output("null",
                  SLICE_TEST("a", "decision: injected, values: {/spec/containers/cuda/env: null, "
                                  "/spec/containers/-: null, /spec/tolerations/01: null, "
                                  "/spec/containers/0/name/x: null, /spec/containers/7/name: null, "
                                  "/spec/nodeSelector/a: null}"),
                  NULL, 1,
                  "FAIL a (FILE:2:1)\n"
                  "     /spec/containers/cuda/env: leads through a list without a number, or below a single value\n"
                  "     /spec/containers/-: leads through a list without a number, or below a single value\n"
                  "     /spec/tolerations/01: leads through a list without a number, or below a single value\n"
                  "     /spec/containers/0/name/x: leads through a list without a number, or below a single value\n"
                  "0 passed, 1 failed\n",
                  "");
}

#define MANY "  pod: {spec: {containers: [{name: cuda, resources: {limits: {nvidia.com/gpu: 100}}}]}}\n"
#define DENIAL                                                                                             \
    "     denied [too_many_slices]: container \"cuda\" asks for nvidia.com/gpu: \"100\", but slice class " \
    "\"t4-third\" gives 1"

static void expect_said(const char *name, const char *pod, const char *expect, const char *const lines[])
{
    AUTO(program_output) output = {0};
    AUTO(string) text = text_asprintf(HEAD("a") NS "%s  expect: %s\n", pod, expect);
    assert_non_null(text);
    cli_run((const char *[]){"test", "-", NULL}, text, &output);
    if (output.status != 1)
        fail_msg("%s: status %d", name, output.status);
    for (; *lines; lines++) {
        if (!strstr(buf_text(&output.out), *lines))
            fail_msg("%s: no \"%s\" in\n%s", name, *lines, buf_text(&output.out));
    }
}

TEST(slice_test__unexpected_denial_or_missing_message__shows_what_was_said)
{
    expect_said("denial", MANY, "{decision: injected}",
                WORDS("     decision: expected injected, got denied\n", DENIAL));
    expect_said("another reason", MANY, "{decision: denied, reason: claims_denied}",
                WORDS("     reason: expected claims_denied, got too_many_slices\n", DENIAL));
    expect_said("message", MANY, "{decision: denied, messages: [hello, asks for]}",
                WORDS("     no message contains \"hello\"\n", DENIAL));
    expect_said("warning", "  pod: {spec: {containers: [{name: cuda, resources: {limits: {nvidia.com/gpus: 1}}}]}}\n",
                "{decision: allowed, messages: [hello]}",
                WORDS("     no message contains \"hello\"\n     warning: ", "nvidia.com/gpus"));
    expect_said("silence", CPU_POD, "{decision: allowed, messages: [hello]}",
                WORDS("     no message contains \"hello\"; there are no messages\n"));
}

TEST(slice_test__name_with_line_breaks__stays_on_its_line)
{
    expect_output("name", HEAD("\"a\\nok   b\\e[2J\"") NS POD "  expect: {decision: injected}\n", NULL, 0,
                  "ok   a ok   b [2J\n1 passed, 0 failed\n", "");
}

/* -- Workloads -- */

#define GPU_SPEC(NAME)        "{containers: [{name: " NAME ", resources: {limits: {nvidia.com/gpu: 1}}}]}"
#define OBJECT(OBJECT_, REST) HEAD("a") NS "  object: " OBJECT_ "\n" REST
#define RAY                                                                                             \
    "{apiVersion: ray.io/v1, kind: RayCluster, metadata: {name: rc}, spec: {headGroupSpec: {template: " \
    "{spec: {containers: [{name: head}]}}}, workerGroupSpecs: [{template: {spec: " GPU_SPEC("worker") "}}]}}"

TEST(slice_test__object__every_template_as_expected)
{
    static const struct {
        const char *name, *input, *faults; /* NULL: it passes */
    } cases[] = {
        {"Deployment",
         OBJECT("{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {template: {spec: " GPU_SPEC(
                    "c") "}}}",
                "  expect: {decision: injected, class: t4-third, slices: {c: 1}, values: {/metadata/labels: "
                "{gpuslice.dev/class: t4-third}, /spec/nodeSelector: null}}\n"),
         NULL},
        {"CronJob",
         OBJECT(
             "{apiVersion: batch/v1, kind: CronJob, metadata: {name: d}, spec: {jobTemplate: {spec: {template: {spec: " GPU_SPEC(
                 "c") "}}}}}",
             "  expect: {decision: denied, slices: {c: 1}}\n"),
         "     decision: expected denied, got injected\n"},
        {"one expectation for both", OBJECT(RAY, "  expect: {decision: injected}\n"),
         "     spec.headGroupSpec.template:\n     decision: expected injected, got allowed\n"},
        {"each template",
         OBJECT(RAY, "  templates:\n"
                     "    spec.headGroupSpec.template: {decision: allowed, slices: {}}\n"
                     "    \"spec.workerGroupSpecs[0].template\": {decision: injected, slices: {worker: 1}}\n"),
         NULL},
        {"the others",
         OBJECT(RAY, "  expect: {decision: injected}\n"
                     "  templates: {spec.headGroupSpec.template: {decision: allowed}}\n"),
         NULL},
        {"one without expectation", OBJECT(RAY, "  templates: {spec.headGroupSpec.template: {decision: allowed}}\n"),
         "     spec.workerGroupSpecs[0].template:\n     nothing is expected of this pod template; name it in "
         "spec.templates, or add expect\n"},
        {"a template that is not there",
         OBJECT(RAY, "  expect: {decision: injected}\n  templates: {spec.headGroupSpec.template: {decision: allowed}, "
                     "spec.workers: {decision: denied}}\n"),
         "     the object has no pod template spec.workers\n"},
        {"slices of another container",
         OBJECT(RAY, "  expect: {decision: injected, slices: {worker: 1, wroker: 0}}\n"
                     "  templates: {spec.headGroupSpec.template: {decision: allowed}}\n"),
         "     spec.workerGroupSpecs[0].template:\n     slices: expected {\"worker\":1,\"wroker\":0}, got {\"worker\":1}\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(string) out = text_asprintf("%s%s%s", cases[i].faults ? "FAIL a (FILE:1:1)\n" : "ok   a\n",
                                         cases[i].faults ? cases[i].faults : "",
                                         cases[i].faults ? "0 passed, 1 failed\n" : "1 passed, 0 failed\n");
        assert_non_null(out);
        expect_output(cases[i].name, cases[i].input, NULL, cases[i].faults ? 1 : 0, out, "");
    }
}

/* -- Which cases run -- */

TEST(slice_test__run_pattern__counts_the_others)
{
    static const char cases[] = SLICE_TEST("a third", "decision: injected") SLICE_TEST("a half", "decision: denied")
        SLICE_TEST("a bad one", "decision: bad");
    expect_output("one", cases, "a third", 0, "ok   a third\n1 passed, 0 failed, 2 left out by --run\n", "");
    expect_output("star", cases, "*h*", 1,
                  "ok   a third\nFAIL a half (FILE:10:1)\n     decision: expected denied, got injected\n"
                  "1 passed, 1 failed, 1 left out by --run\n",
                  "");
    expect_output("set", cases, "a [t]?ird", 0, "ok   a third\n1 passed, 0 failed, 2 left out by --run\n", "");
    expect_output("part", cases, "third", 2, "",
                  "gpuslice: the name of none of 3 SliceTests matches --run \"third\"\n");
}

/* Reading the memory of a process from its beginning fails, also for root. */
TEST(slice_test__unreadable_file__the_others_of_the_folder_run)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(program_output) output = {0};
    temp_link(folder, "/proc/self/mem", "a.yaml");
    temp_write(folder, "b.yaml", "a: [\n");
    temp_write(folder, "c.yaml", "a: {{ .Values.a }}\n");
    temp_write(folder, "d.yaml", SLICE_TEST("fails", "decision: denied") SLICE_TEST("last", "decision: injected"));
    cli_run((const char *[]){"test", folder, NULL}, NULL, &output);
    AUTO(string) errors = cli_replace(buf_text(&output.errors), folder, "DIR");
    assert_non_null(strstr(buf_text(&output.out), "ok   last\n1 passed, 1 failed\n"));
    assert_int_equal(output.status, 2);
    assert_non_null(strstr(errors, "gpuslice: DIR/a.yaml: Input/output error\n"));
    assert_non_null(strstr(errors, "DIR/b.yaml:2:1: not YAML: "));
    assert_non_null(strstr(errors, "DIR/c.yaml:1:1: is a template "));
}

TEST(slice_test__very_long_expected_value__fails)
{
    enum { LONG = 100000 };
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) file = temp_path(folder, "test.yaml");
    AUTO(string) letters = malloc(LONG + 1);
    AUTO(string) expect = NULL;
    AUTO(program_output) output = {0};
    assert_non_null(letters);
    memset(letters, 'x', LONG);
    letters[LONG] = '\0';
    if (asprintf(&expect, SLICE_TEST("a", "decision: injected, values: {/metadata/labels/a: %s}"), letters) < 0)
        fail_msg("out of memory");
    temp_write(folder, "test.yaml", expect);
    cli_run((const char *[]){"test", file, NULL}, NULL, &output);
    assert_int_equal(output.status, 1);
    assert_non_null(strstr(buf_text(&output.out), "xx\", got nothing\n0 passed, 1 failed\n"));
}
