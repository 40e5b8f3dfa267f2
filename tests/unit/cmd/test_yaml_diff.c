/* cmd/yaml_diff, and the exact texts that `gpuslice mutate` prints. */
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/subject_fixture.h"

#include "base/file.h"
#include "cmd/yaml_diff.h"
#include "json/yaml_read.h"

#define TWO_GPU_POD                                                                                    \
    "apiVersion: v1\nkind: Pod\nmetadata: {name: two-gpu, namespace: ml-team}\nspec:\n  containers:\n" \
    "  - {name: big, image: \"x:1\", resources: {limits: {nvidia.com/gpu: 2}}}\n"
#define PLAIN_POD                                                                                  \
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: ml-team}\nspec:\n  containers:\n" \
    "  - {name: nginx, image: \"nginx:1.27\"}\n"

/* Compares with `expected`, in which REVISION stands for the set's revision. */
static void assert_output(const struct subject_fixture *fixture, const struct buf *out, const char *expected)
{
    AUTO(string) text = cli_replace(expected, "REVISION", fixture->loaded.set->revision);
    assert_string_equal(buf_text(out), text);
}

/* Prints all objects, then calls `end` unless it is NULL. Adds the output to ret_out. */
static void print_all(struct reading *reading, mutate_printer *print, mutate_printer *end, bool colour,
                      struct buf *ret_out)
{
    AUTO(mutate_output) output = {.colour = colour};
    const struct input *input;
    struct err err = {0};
    buf_init(&output.out, TEXT_MAX);
    while ((input = subject_fixture_next(reading)) != NULL)
        check_success("print", print(&output, &reading->inputs, input, &err), &err);
    if (end)
        check_success("end", end(&output, &reading->inputs, NULL, &err), &err);
    assert_int_equal(reading->problems.count, 0);
    buf_add_string(ret_out, buf_text(&output.out));
}

static void expect_print(mutate_printer *print, const char *policies, const char *objects, bool colour,
                         const char *expected)
{
    struct subject_fixture fixture;
    AUTO(buf) out;
    buf_init(&out, TEXT_MAX);
    subject_fixture_lay(&fixture, policies);
    {
        AUTO(reading) reading;
        subject_fixture_open(&fixture, "objects.yaml", objects, &reading);
        print_all(&reading, print, NULL, colour, &out);
    }
    assert_output(&fixture, &out, expected);
    subject_fixture_clear(&fixture);
}

/* Compares the output for a pod of docs/examples with a file of tests/cli, which tests/server/cli/test_mutate.c
 * compares with the output of the whole program. */
static void expect_golden(mutate_printer *print, const char *policies, const char *pod, const char *name)
{
    struct err err = {0};
    AUTO(buf) object;
    AUTO(string) expected = cli_golden(name);
    buf_init(&object, TEXT_MAX);
    check_success(pod, file_read(pod, &object, &err), &err);
    expect_print(print, policies, buf_text(&object), false, expected);
}

TEST(mutate_print_diff__timeslice_example__exact)
{
    expect_golden(mutate_print_diff, POLICIES("t4-third"), "docs/examples/timeslice-pod.yaml", "timeslice.diff");
}

TEST(mutate_print_diff__mig_example__exact)
{
    expect_golden(mutate_print_diff, POLICIES("a100-1g5gb"), "docs/examples/mig-pod.yaml", "mig.diff");
}

TEST(mutate_print_patch__timeslice_example__an_operation_per_line)
{
    expect_golden(mutate_print_patch, POLICIES("t4-third"), "docs/examples/timeslice-pod.yaml", "timeslice.patch");
}

TEST(mutate_print_diff__unchanged_and_denied__exact)
{
    expect_print(
        mutate_print_diff, POLICIES("t4-third"), PLAIN_POD "---\n{apiVersion: v1, kind: Service}\n---\n" TWO_GPU_POD,
        false,
        "  Pod/web in ml-team: unchanged [no_gpu_request]\n\n  Pod/two-gpu in ml-team: denied [too_many_slices]\n"
        "    container \"big\" asks for nvidia.com/gpu: \"2\", but slice class \"t4-third\"\n"
        "    gives 1 to a container (two shares of a GPU are not twice a share); ask\n"
        "    for at most 1 in each container [policy ml-teams]\n");
    expect_print(mutate_print_diff, POLICIES("t4-third"), PLAIN_POD "---\n" TWO_GPU_POD, true,
                 "  Pod/web in ml-team: \033[2munchanged [no_gpu_request]\033[0m\n\n"
                 "  Pod/two-gpu in ml-team: \033[31mdenied [too_many_slices]\033[0m\n"
                 "    \033[2mcontainer \"big\" asks for nvidia.com/gpu: \"2\", but slice class \"t4-third\"\033[0m\n"
                 "    \033[2mgives 1 to a container (two shares of a GPU are not twice a share); ask\033[0m\n"
                 "    \033[2mfor at most 1 in each container [policy ml-teams]\033[0m\n");
}

static void diff_of(const char *old_text, const char *new_text, bool colour, const char *expected)
{
    AUTO(yaml_documents) old_documents = {0};
    AUTO(yaml_documents) new_documents = {0};
    AUTO(problems) problems = {0};
    AUTO(buf) out;
    struct err err = {0};
    buf_init(&out, TEXT_MAX);
    assert_int_equal(yaml_read("old", old_text, strlen(old_text), YAML_STRICT, &old_documents, &problems, &err), 0);
    assert_int_equal(yaml_read("new", new_text, strlen(new_text), YAML_STRICT, &new_documents, &problems, &err), 0);
    assert_int_equal(
        yaml_diff(old_documents.items[0].value, new_documents.items[0].value, "old", "new", colour, &out, &err), 0);
    assert_string_equal(buf_text(&out), expected);
}

TEST(yaml_diff__status_and_managed_fields__not_shown)
{
    diff_of("metadata: {name: a, managedFields: [1]}\nspec: {}\nstatus: {phase: x}\n",
            "metadata: {name: a, managedFields: [2]}\nspec: {}\n", false, "");
    diff_of(
        "metadata: {name: a, managedFields: [1]}\nspec: {status: a}\nstatus: {phase: x}\n",
        "metadata: {name: a}\nspec: {status: b}\n", false,
        "--- old\n+++ new\n@@ -1,4 +1,4 @@ spec.status\n metadata:\n   name: a\n spec:\n-  status: a\n+  status: b\n");
}

TEST(yaml_diff__colour__ends_on_each_line)
{
    diff_of("a: 1\nb: 2\n", "a: 1\nb: 3\n", true,
            "\033[1m--- old\033[0m\n\033[1m+++ new\033[0m\n\033[36m@@ -1,2 +1,2 @@ b\033[0m\n"
            "\033[2m a: 1\033[0m\n\033[31m-b: 2\033[0m\n\033[32m+b: 3\033[0m\n");
}

TEST(yaml_path_add__lines__path_of_the_value)
{
    static const char text[] = "kind: Pod\n"        /* 1 */
                               "metadata:\n"        /* 2 */
                               "  labels:\n"        /* 3 */
                               "    a.b/c: x\n"     /* 4 */
                               "    \"\": empty\n"  /* 5 */
                               "    \"e\\ef\": x\n" /* 6 */
                               "spec:\n"            /* 7 */
                               "  containers:\n"    /* 8 */
                               "  - image: x\n"     /* 9 */
                               "    name: main\n"   /* 10 */
                               "    args:\n"        /* 11 */
                               "    - one\n"        /* 12 */
                               "    - |\n"          /* 13 */
                               "      two\n"        /* 14 */
                               "      three\n"      /* 15 */
                               "  - image: y\n"     /* 16 */
                               "    name: 7\n"      /* 17 */
                               "  nodes:\n"         /* 18 */
                               "  - - a\n"          /* 19 */
                               "    - b\n";         /* 20 */
    static const char *const paths[] = {
        "kind",
        "metadata",
        "metadata.labels",
        "metadata.labels[a.b/c]",
        "metadata.labels[]",
        "metadata.labels[e?f]",
        "spec",
        "spec.containers",
        "spec.containers[main]",
        "spec.containers[main].name",
        "spec.containers[main].args",
        "spec.containers[main].args[0]",
        "spec.containers[main].args[1]",
        "spec.containers[main].args[1]",
        "spec.containers[main].args[1]",
        "spec.containers[1]",
        "spec.containers[1].name",
        "spec.nodes",
        "spec.nodes[0]",
        "spec.nodes[0][1]",
    };
    AUTO(yaml_documents) documents = {0};
    AUTO(problems) problems = {0};
    struct err err = {0};
    if (yaml_read("text", text, strlen(text), YAML_STRICT, &documents, &problems, &err) < 0)
        fail_msg("%s", err.text);
    for (unsigned line = 1; line <= ARRAY_SIZE(paths); line++) {
        AUTO(buf) path;
        buf_init(&path, TEXT_MAX);
        yaml_path_add(&documents.items[0], line, &path);
        if (strcmp(buf_text(&path), paths[line - 1]) != 0)
            fail_msg("line %u: %s, not %s", line, buf_text(&path), paths[line - 1]);
    }
}

TEST(mutate_print__outputs__exact)
{
    static const struct {
        const char *name;
        mutate_printer *print, *end;
        const char *objects, *expected;
    } cases[] = {
        {"yaml", mutate_print_yaml, mutate_end_yaml, PLAIN_POD "---\n{apiVersion: v1, kind: Service, ratio: 0.9}\n",
         "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: ml-team\nspec:\n  containers:\n  - name: "
         "nginx\n"
         "    image: nginx:1.27\n---\napiVersion: v1\nkind: Service\nratio: 0.9\n"},
        {"yaml of a list", mutate_print_yaml, mutate_end_yaml,
         "{apiVersion: v1, kind: PodList, items: [{spec: {containers: []}}]}",
         "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec:\n    containers: []\n"},
        {"yaml of an empty list", mutate_print_yaml, mutate_end_yaml, "{apiVersion: v1, kind: List, items: []}",
         "apiVersion: v1\nkind: List\nitems: []\n"},
        {"json of a list", mutate_print_json, mutate_end_json,
         "{apiVersion: v1, kind: List, items: [{kind: A, apiVersion: v1, x: [0.9]}, {kind: B, apiVersion: v1}]}",
         "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": [\n    {\n      \"kind\": \"A\",\n"
         "      \"apiVersion\": \"v1\",\n      \"x\": [\n        0.9\n      ]\n    },\n    {\n      \"kind\": \"B\",\n"
         "      \"apiVersion\": \"v1\"\n    }\n  ]\n}\n"},
        {"json of an empty list", mutate_print_json, mutate_end_json, "{apiVersion: v1, kind: List}",
         "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": []\n}\n"},
        {"json", mutate_print_json, mutate_end_json,
         "{kind: Service, apiVersion: v1, ratio: 0.9}\n---\n{kind: A, apiVersion: v1}\n",
         "{\n  \"kind\": \"Service\",\n  \"apiVersion\": \"v1\",\n  \"ratio\": 0.9\n}\n"
         "{\n  \"kind\": \"A\",\n  \"apiVersion\": \"v1\"\n}\n"},
        {"json keeps every number", mutate_print_json, mutate_end_json,
         JSON({"kind":"S","apiVersion":"v1","x":0.30000000000000004}),
         "{\n  \"kind\": \"S\",\n  \"apiVersion\": \"v1\",\n  \"x\": 0.30000000000000004\n}\n"},
        {"patch of an unchanged pod", mutate_print_patch, NULL, PLAIN_POD, "[]\n"},
        {"review", mutate_print_review, NULL, PLAIN_POD,
         JSON({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview",
               "response":{"uid":"00000000-0000-0000-0000-000000000000","allowed":true,
                "auditAnnotations":{"decision":"allowed","reason":"no_gpu_request","class":"t4-third",
                 "policy":"ml-teams","revision":"REVISION"}}}) "\n"},
    };
    struct subject_fixture fixture;
    subject_fixture_lay(&fixture, POLICIES("t4-third"));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(reading) reading;
        AUTO(buf) out;
        buf_init(&out, TEXT_MAX);
        subject_fixture_open(&fixture, "objects.yaml", cases[i].objects, &reading);
        print_all(&reading, cases[i].print, cases[i].end, false, &out);
        bool is_one_line = cases[i].print == mutate_print_review;
        AUTO(string) compact = compact_json(cases[i].expected);
        assert_output(&fixture, &out, is_one_line ? compact : cases[i].expected);
    }
    subject_fixture_clear(&fixture);
}

TEST(mutate_print_notes__warning_and_denial__a_line_each)
{
    struct subject_fixture fixture;
    AUTO(buf) out;
    buf_init(&out, TEXT_MAX);
    subject_fixture_lay(&fixture, POLICIES("t4-third"));
    {
        AUTO(reading) reading;
        const struct input *input = subject_fixture_first(&fixture, PLAIN_POD "---\n" TWO_GPU_POD, &reading);
        struct input copy = *input;
        warnings_add(&copy.judgement.decision.out.warnings, "mind the gap");
        mutate_print_notes(&copy, &out);
        reading.inputs.made[0].judgement.decision.out.warnings = copy.judgement.decision.out.warnings;
        mutate_print_notes(subject_fixture_next(&reading), &out);
    }
    assert_output(
        &fixture, &out,
        "Pod/web in ml-team: warning: mind the gap\n"
        "Pod/two-gpu in ml-team: denied [too_many_slices]: container \"big\" asks for nvidia.com/gpu: \"2\", but "
        "slice class \"t4-third\" gives 1 to a container (two shares of a GPU are not twice a share); ask for "
        "at most 1 in each container [policy ml-teams]\n");
    subject_fixture_clear(&fixture);
}
