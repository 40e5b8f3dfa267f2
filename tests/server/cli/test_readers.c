/* Gives the same forms of input to every command that reads objects. Each command must find both objects, and all
 * commands must report the same problem with a form that has one. */
#include "base/text.h"
#include "base/units.h"
#include "tests/support/check.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"

#include <stdlib.h>

enum { TEXT_MAX = 64 * MIB };

#define BOM      "\xEF\xBB\xBF"
#define TEMPLATE "{{- if .Values.gpu }}\nkind: Pod\n{{- end }}\n"

/* A command, and the two objects of one kind that its input contains. In texts, $ stands for a or b, and NOTE for the
 * note of the form. In arguments, FILE is the input, FOLDER the folder of the input, and PODS a file of pods. */
static const struct reader {
    const char *name;
    const char *arguments[10];
    const char *api_version, *kind;
    const char *metadata, *spec; /* as JSON */
    const char *seen;            /* what the command prints about an object */
    bool skips_templates;        /* other commands refuse them */
    bool is_whole;               /* the command refuses the whole input if one object is invalid */
} readers[] = {
    {"policies",
     {"classes", "--policies", "FOLDER"},
     "gpuslice.dev/v1alpha1",
     "SliceClass",
     JSON({"name": "class-$", "annotations": {"note": "NOTE"}}),
     JSON({"pools": ["thirds"]}),
     "class-$",
     false,
     true},
    {"--namespaces",
     {"mutate", "-o", "diff", "--namespaces", "FILE", "PODS"},
     "v1",
     "Namespace",
     JSON({"name": "team-$", "annotations": {"gpuslice.dev/note": "NOTE"}}),
     "{}",
     "in team-$",
     false,
     true},
    {"mutate",
     {"mutate", "FILE"},
     "v1",
     "Pod",
     JSON({"name": "pod-$", "annotations": {"note": "NOTE"}}),
     JSON({"containers": [{"name": "c"}]}),
     "name: pod-$",
     false,
     false},
    {"mutate -o json",
     {"mutate", "-o", "json", "FILE"},
     "v1",
     "Pod",
     JSON({"name": "pod-$", "annotations": {"note": "NOTE"}}),
     JSON({"containers": [{"name": "c"}]}),
     JSON("name": "pod-$"),
     false,
     false},
    {"explain",
     {"explain", "FILE"},
     "v1",
     "Pod",
     JSON({"name": "pod-$", "annotations": {"note": "NOTE"}}),
     JSON({"containers": [{"name": "c"}]}),
     "Pod/pod-$ in default",
     false,
     false},
    {"test",
     {"test", "FILE"},
     "gpuslice.dev/v1alpha1",
     "SliceTest",
     JSON({"name": "case-$"}),
     JSON({"namespace":{"name":"ml-team"},"expect":{"decision":"allowed"},
           "pod":{"metadata":{"name":"p","annotations":{"note":"NOTE"}},"spec":{"containers":[{"name":"c"}]}}}),
     "ok   case-$",
     false,
     false},
    {"lint",
     {"lint", "--no-policies", "FILE"},
     "karpenter.sh/v1alpha5",
     "Provisioner",
     JSON({"name": "gpu-$", "annotations": {"note": "NOTE"}}),
     "{}",
     "Provisioner/gpu-$",
     true,
     false},
    {"migrate",
     {"migrate", "FILE"},
     "karpenter.sh/v1alpha5",
     "Provisioner",
     JSON({"name": "gpu-$", "annotations": {"note": "NOTE"}}),
     "{}",
     "name: gpu-$",
     false,
     true},
};

static char *filled(const char *text, const char *letter, const char *note)
{
    AUTO(string) lettered = cli_replace(text, "$", letter);
    return cli_replace(lettered, "NOTE", note);
}

/* Adds the object a or b as JSON, with or without apiVersion and kind. */
static void add_json(const struct reader *reader, const char *letter, const char *note, bool with_kind, struct buf *out)
{
    AUTO(string) metadata = filled(reader->metadata, letter, note);
    AUTO(string) spec = filled(reader->spec, letter, note);
    buf_add_char(out, '{');
    if (with_kind)
        buf_addf(out, JSON("apiVersion": "%s", "kind": "%s") ", ", reader->api_version, reader->kind);
    buf_addf(out, "\"metadata\": %s, \"spec\": %s}", metadata, spec);
}

static void add_yaml(const struct reader *reader, const char *letter, const char *note, struct buf *out)
{
    AUTO(string) metadata = filled(reader->metadata, letter, note);
    AUTO(string) spec = filled(reader->spec, letter, note);
    buf_addf(out, "apiVersion: %s\nkind: %s\nmetadata: %s\nspec: %s\n", reader->api_version, reader->kind, metadata,
             spec);
}

/* A form of input. In its text, @A and @B stand for the objects as YAML, @JA and @JB for the objects as JSON, @IA and
 * @IB for JSON without apiVersion and kind, and @VERSION and @KIND for that apiVersion and kind. */
struct form {
    const char *name, *text;
    const char *note;      /* NULL: "plain" */
    const char *complaint; /* the problem that a command must report; NULL: none */
};

static const struct form forms[] = {
    {"documents", "@A---\n@B", NULL, NULL},
    {"JSON in a row", "@JA\n@JB\n", NULL, NULL},
    {"JSON in a row on one line", "@JA@JB", NULL, NULL},
    {"JSON before YAML", "@JA\n---\n@B", NULL, NULL},
    {"List", "apiVersion: v1\nkind: List\nitems:\n- @JA\n- @JB\n", NULL, NULL},
    {"List in JSON", "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [@JA, @JB]}", NULL, NULL},
    {"nested lists", "kind: List\napiVersion: v1\nitems: [{kind: List, apiVersion: v1, items: [@JA]}, @JB]\n", NULL,
     NULL},
    {"typed list", "{\"kind\": \"@KINDList\", \"apiVersion\": \"@VERSION\", \"items\": [@IA, @IB]}", NULL, NULL},
    {"typed list with a whole object", "kind: @KINDList\napiVersion: @VERSION\nitems:\n- @JA\n- @IB\n", NULL, NULL},
    {"nested typed list",
     "kind: List\napiVersion: v1\nitems:\n- kind: @KINDList\n  apiVersion: @VERSION\n  items: [@IA]\n- @JB\n", NULL,
     NULL},
    {"byte order marks", BOM "@A---\n" BOM "@B", NULL, NULL},
    {"byte order mark before JSON", BOM "@JA @JB", NULL, NULL},
    {"surrogate pairs", "@JA\n@JB\n", "\\ud83d\\ude00", NULL},
    {"placeholders", "@A---\n@B", "${TEAM}", NULL},
    {"a template among objects", "@A---\n" TEMPLATE "---\n@B", NULL, "is a template (it holds {{ and is not YAML)"},
    {"a duplicate key with a placeholder", "@A---\n{a: 1, a: \"${A}\"}\n---\n@B", NULL, "key \"a\" is given twice"},
    {"text after JSON", "@JA oops\n@JB\n", NULL, "follows a JSON document; must begin on a line of its own"},
    {"placeholders that are not YAML", "@A---\n[${A}, b]\n---\n@B", NULL,
     "is a template (it holds ${ and is not YAML)"},
};

/* Returns `text` with the object in place of the token. Frees `text`. */
static char *put_object(char *text, const char *token, const struct buf *object)
{
    AUTO(string) old = text;
    return cli_replace(old, token, buf_text(object));
}

static char *text_of(const struct form *form, const struct reader *reader)
{
    static const char *const letters[] = {"a", "b"};
    static const char *const tokens[][3] = {{"@JA", "@IA", "@A"}, {"@JB", "@IB", "@B"}};
    const char *note = form->note ? form->note : "plain";
    AUTO(string) with_version = cli_replace(form->text, "@VERSION", reader->api_version);
    char *text = cli_replace(with_version, "@KIND", reader->kind);
    for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
        AUTO(buf) whole;
        AUTO(buf) item;
        AUTO(buf) yaml;
        buf_init(&whole, TEXT_MAX);
        buf_init(&item, TEXT_MAX);
        buf_init(&yaml, TEXT_MAX);
        add_json(reader, letters[i], note, true, &whole);
        add_json(reader, letters[i], note, false, &item);
        add_yaml(reader, letters[i], note, &yaml);
        text = put_object(text, tokens[i][0], &whole);
        text = put_object(text, tokens[i][1], &item);
        text = put_object(text, tokens[i][2], &yaml);
    }
    return text;
}

/* -- Running -- */

/* Writes the input, and the other objects that commands need: pods of both namespaces, and a pool for the classes. */
static void write_files(const char *folder, const char *text)
{
    temp_write(
        folder, "pods.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: team-a}\nspec: {containers: [{name: c}]}\n---\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: team-b}\nspec: {containers: [{name: c}]}\n");
    temp_mkdir(folder, "policies");
    temp_write(folder, "policies/pool.yaml",
               "apiVersion: gpuslice.dev/v1alpha1\nkind: SlicePool\nmetadata: {name: thirds}\n"
               "spec: {gpu: t4, sharing: {timeSlicing: {replicas: 3}}}\n");
    temp_write(folder, "policies/input.yaml", text);
}

static void run(const struct reader *reader, const char *text, struct program_output *ret_output)
{
    static const char *const names[][2] = {
        {"FOLDER", "policies"}, {"FILE", "policies/input.yaml"}, {"PODS", "pods.yaml"}};
    AUTO(temp_dir) folder = temp_dir_new();
    char paths[ARRAY_SIZE(names)][256];
    const char *arguments[ARRAY_SIZE(reader->arguments) + 1] = {NULL};
    write_files(folder, text);
    for (size_t i = 0; i < ARRAY_SIZE(reader->arguments) && reader->arguments[i]; i++) {
        arguments[i] = reader->arguments[i];
        for (size_t j = 0; j < ARRAY_SIZE(names); j++) {
            if (strcmp(arguments[i], names[j][0]) != 0)
                continue;
            (void)snprintf(paths[j], sizeof(paths[j]), "%s/%s", folder, names[j][1]);
            arguments[i] = paths[j];
        }
    }
    cli_run(arguments, NULL, ret_output);
}

static void expect_seen(const struct form *form, const struct reader *reader, const struct program_output *output)
{
    static const char *const letters[] = {"a", "b"};
    for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
        AUTO(string) seen = cli_replace(reader->seen, "$", letters[i]);
        if (!strstr(buf_text(&output->out), seen))
            fail_msg("%s: %s: no \"%s\" in\n%s\nerrors:\n%s", reader->name, form->name, seen, buf_text(&output->out),
                     buf_text(&output->errors));
    }
}

/* Unless the command refuses the whole input, it must also find both objects. */
static void expect_complaint(const struct form *form, const struct reader *reader, const struct program_output *output)
{
    if (reader->skips_templates) {
        expect_seen(form, reader, output);
        return;
    }
    if (output->status != 2 || !strstr(buf_text(&output->errors), form->complaint))
        fail_msg("%s: %s: status %d,\n%s", reader->name, form->name, output->status, buf_text(&output->errors));
    if (!reader->is_whole)
        expect_seen(form, reader, output);
}

TEST(readers__every_form__both_objects_are_found)
{
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(readers); j++) {
            AUTO(string) text = text_of(&forms[i], &readers[j]);
            AUTO(program_output) output = {0};
            run(&readers[j], text, &output);
            if (forms[i].complaint)
                expect_complaint(&forms[i], &readers[j], &output);
            else
                expect_seen(&forms[i], &readers[j], &output);
        }
    }
}

/* Line ends of old Macs. Read as YAML alone, each of these forms would be one document, or none after its comment. */
TEST(readers__carriage_returns__both_objects_are_found)
{
    static const struct form lines[] = {
        {"documents", "@A---\n@B", NULL, NULL},
        {"a comment first", "# one\n@A# two\n---\n# three\n@B", NULL, NULL},
        {"directives", "%YAML 1.1\n---\n@A---\n@B", NULL, NULL},
        {"JSON in a row", "@JA\n@JB\n", NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(readers); j++) {
            AUTO(string) text = text_of(&lines[i], &readers[j]);
            AUTO(string) returns = cli_replace(text, "\n", "\r");
            AUTO(program_output) output = {0};
            run(&readers[j], returns, &output);
            expect_seen(&lines[i], &readers[j], &output);
        }
    }
}

/* The marks of UTF-16 in both orders; Windows PowerShell 5 writes the first with > and Out-File. */
TEST(readers__UTF_16__one_line_that_says_so)
{
    static const struct form inputs[] = {{"little endian", "\xFF\xFE@A", NULL, NULL},
                                         {"big endian", "\xFE\xFF@A", NULL, NULL},
                                         {"JSON", "\xFF\xFE@JA", NULL, NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(readers); j++) {
            AUTO(string) text = text_of(&inputs[i], &readers[j]);
            AUTO(program_output) output = {0};
            run(&readers[j], text, &output);
            if (output.status != 2 || !strstr(buf_text(&output.errors), ":1:1: is UTF-16; save it as UTF-8\n"))
                fail_msg("%s: %s: %s", readers[j].name, inputs[i].name, buf_text(&output.errors));
        }
    }
}

/* Output of two runs in a row is input. */
TEST(mutate__own_output__is_input_of_every_command)
{
    static const char input[] =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c}]}\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\n"
        "spec: {template: {spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}}\n";
    static const char *const outputs[] = {"json", "yaml"};
    static const char *const again[][4] = {{"mutate", "-o", "json", "-"},
                                           {"mutate", "-"},
                                           {"mutate", "-o", "diff", "-"},
                                           {"explain", "-"},
                                           {"migrate", "-"},
                                           {"lint", "-"}};
    for (size_t i = 0; i < ARRAY_SIZE(outputs); i++) {
        AUTO(program_output) first = {0};
        cli_run((const char *[]){"mutate", "-o", outputs[i], "-", NULL}, input, &first);
        assert_int_equal(first.status, 0);
        for (size_t j = 0; j < ARRAY_SIZE(again); j++) {
            const char *const *command = again[j];
            AUTO(program_output) second = {0};
            cli_run((const char *[]){command[0], command[1], command[2], command[3], NULL}, buf_text(&first.out),
                    &second);
            if (second.status != 0)
                fail_msg("%s %s: %s", command[0], outputs[i], buf_text(&second.errors));
            if (j < 2 && strcmp(outputs[i], j == 0 ? "json" : "yaml") == 0)
                check_text(command[0], buf_text(&second.out), buf_text(&first.out));
        }
    }
}

/* The second of two JSON objects has the fault. */
TEST(readers__JSON_in_a_row__positions_of_later_objects)
{
    static const struct {
        const char *name, *between, *position;
    } cases[] = {{"lines", "\n", "standard input:2:1: "},
                 {"one line", "", "standard input:1:94: "},
                 {"a blank", " ", "standard input:1:95: "},
                 {"empty lines", "\n\n\n  ", "standard input:4:3: "}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        static const char *const commands[] = {"mutate", "explain"};
        AUTO(string) input = text_asprintf(
            JSON({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"ä"}]}})
            "%s" JSON({"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"},"spec":{"containers":1}}),
            cases[i].between);
        assert_non_null(input);
        for (size_t j = 0; j < ARRAY_SIZE(commands); j++) {
            AUTO(program_output) output = {0};
            cli_run((const char *[]){commands[j], "-", NULL}, input, &output);
            assert_int_equal(output.status, 2);
            if (!strstr(buf_text(&output.errors), cases[i].position))
                fail_msg("%s: %s", cases[i].name, buf_text(&output.errors));
        }
    }
}

/* -- Lists of any size -- */

/* A List of 40 MB, in the form of `kubectl get pods -A -o json`, for a program whose data may have 30 MB. */
TEST(readers__large_list__read_pod_by_pod)
{
    enum { PODS = 8000, RUN_MS = 60000 };
    static const struct {
        const char *command, *last;
    } cases[] = {
        {"explain -", "Pod/p7999 in default: allowed"},
        {"mutate -o json -", JSON("name": "p7999")},
        {"mutate -o diff -", "Pod/p7999 in default"},
    };
    static char filler[4800];
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(buf) list;
    struct err err = {0};
    buf_init(&list, TEXT_MAX);
    memset(filler, 'x', sizeof(filler) - 1);
    buf_add_string(&list, "{\n    \"apiVersion\": \"v1\",\n    \"items\": [");
    for (int i = 0; i < PODS; i++)
        buf_addf(
            &list,
            "%s\n        " JSON({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p%d","annotations":{"note":"%s"}},
                                 "spec":{"containers":[{"name":"c"}]}}),
            i > 0 ? "," : "", i, filler);
    buf_add_string(&list, "\n    ],\n    \"kind\": \"List\"\n}\n");
    temp_write(folder, "list.json", buf_text(&list));
    (void)setenv("LIST", folder, 1);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char line[256];
        AUTO(program_output) output = {0};
        (void)snprintf(line, sizeof(line), "%s exec \"${GPUSLICE_BIN:-build/gcc/gpuslice}\" %s <\"$LIST\"/list.json",
                       SANITIZED ? "" : "ulimit -d 30000;", cases[i].command);
        check_success(line, program_run((const char *[]){"/bin/sh", "-c", line, NULL}, RUN_MS, &output, &err), &err);
        check_text(line, buf_text(&output.errors), CLI_NO_NAMESPACES);
        assert_int_equal(output.status, 0);
        assert_non_null(strstr(buf_text(&output.out), cases[i].last));
    }
}

TEST(explain__template_without_metadata__every_change)
{
    AUTO(program_output) output = {0};
    cli_run((const char *[]){"explain", "-", NULL},
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n"
            "      containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]\n",
            &output);
    check_text("errors", buf_text(&output.errors), CLI_NO_NAMESPACES);
    assert_int_equal(output.status, 0);
    assert_non_null(strstr(buf_text(&output.out), "    add       /metadata/labels\n"));
}

/* The second of three objects cannot be decided. */
TEST(readers__one_object_fails__the_others_are_printed)
{
    static const char input[] = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c}]}\n---\n"
                                "apiVersion: v1\nkind: Pod\nmetadata: {name: \"${NAME}\"}\nspec: {containers: 7}\n---\n"
                                "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec: {containers: [{name: c}]}\n";
    static const struct {
        const char *arguments[5], *first, *last;
    } cases[] = {
        {{"explain", "-"}, "Pod/a in default", "Pod/b in default"},
        {{"mutate", "-"}, "name: a\n", "name: b\n"},
        {{"mutate", "-o", "json", "-"}, JSON("name": "a"), JSON("name": "b")},
        {{"mutate", "-o", "diff", "-"}, "Pod/a in default", "Pod/b in default"},
        {{"mutate", "-o", "patch", "-"}, "[]\n[]\n", ""},
        {{"mutate", "-o", "review", "-"}, JSON("decision":"allowed"), ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(program_output) output = {0};
        cli_run(cases[i].arguments, input, &output);
        check_text(
            "errors", buf_text(&output.errors),
            CLI_NO_NAMESPACES
            "standard input:6:1: Pod/${NAME} in default: the pod's spec.containers must be an array; it holds ${...}: "
            "fill that in first (envsubst, Terraform)\n");
        assert_int_equal(output.status, 2);
        if (!strstr(buf_text(&output.out), cases[i].first) || !strstr(buf_text(&output.out), cases[i].last))
            fail_msg("%s: %s", cases[i].arguments[2], buf_text(&output.out));
    }
}
