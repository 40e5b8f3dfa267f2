/* manifest/read: which objects are found in YAML, JSON and mixed files, and at which positions. */
#include "manifest/read.h"

#include "tests/support/check.h"
#include "tests/support/temp_dir.h"

enum { TEXT_MAX = 1 << 20 };

#define BOM "\xEF\xBB\xBF"

static const char *const form_names[] = {[MANIFEST_OBJECT] = "object",
                                         [MANIFEST_LIST] = "list",
                                         [MANIFEST_OTHER] = "other",
                                         [MANIFEST_TEMPLATE] = "template"};

/* Adds "form apiVersion Kind/name in namespace at line:column path" and the flags of the manifest. */
static void add_manifest(const struct manifest *manifest, struct buf *out)
{
    AUTO(buf) path;
    buf_init(&path, TEXT_MAX);
    node_path(manifest->node, &path);
    buf_addf(out, "%s %s %s/%s", form_names[manifest->form], manifest->api_version, manifest->kind, manifest->name);
    buf_addf(out, "%s%s at %u:%u%s%s", *manifest->namespace_name ? " in " : "", manifest->namespace_name,
             manifest->node.mark->line, manifest->node.mark->column, path.length ? " " : "", buf_text(&path));
    buf_addf(out, "%s%s%s%s%s\n", manifest->is_item ? ", item" : "", manifest->is_alone ? ", alone" : "",
             manifest->is_json ? ", json" : "", manifest->is_lean ? ", lean" : "",
             manifest->placeholder ? ", placeholder" : "");
}

/* Adds all manifests of the reader, then the problems. */
static void drain(struct manifest_reader *reader, struct problems *problems, struct buf *out)
{
    struct err err = {0};
    for (;;) {
        AUTO(manifest) manifest = NULL;
        check_success("next", manifest_next(reader, &manifest, &err), &err);
        if (!manifest)
            break;
        add_manifest(manifest, out);
    }
    problems_print(problems, out);
}

static void read_text(const char *text, size_t length, struct manifest_counts *ret_counts, struct buf *out)
{
    AUTO(problems) problems = {0};
    AUTO(manifest_reader) reader = NULL;
    struct err err = {0};
    check_success("open", manifest_open_text("f", text, length, NULL, &problems, &reader, &err), &err);
    drain(reader, &problems, out);
    *ret_counts = manifest_counts(reader);
}

struct reading {
    const char *name, *text, *found;
};

static void check_readings(const struct reading *readings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct manifest_counts counts;
        AUTO(buf) out;
        buf_init(&out, TEXT_MAX);
        read_text(readings[i].text, strlen(readings[i].text), &counts, &out);
        check_text(readings[i].name, buf_text(&out), readings[i].found);
    }
}

TEST(manifest__streams__one_document_at_a_time)
{
    static const struct reading readings[] = {
        {"nothing", "", ""},
        {"comments and markers", "# a\n---\n\n---\n...\n# b", ""},
        {"null", "null\n---\n~\n", ""},
        {"one", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ns}\n",
         "object v1 Pod/a in ns at 1:1, alone\n"},
        {"two", "kind: A\n---\n# c\nkind: B\n", "object  A/ at 1:1\nobject  B/ at 4:1\n"},
        {"markers with more on their lines", "--- {kind: A}\n--- # c\nkind: B\n...\n--- !!map\nkind: C\n...\n",
         "object  A/ at 1:5\nobject  B/ at 3:1\nobject  C/ at 5:5\n"},
        {"directives", "%YAML 1.1\n# c\n---\nkind: A\n...\n%YAML 1.1\n---\nkind: B\n",
         "object  A/ at 4:1\nobject  B/ at 8:1\n"},
        {"all indented", "  kind: A\n  name: b\n---\n\n  kind: B\n", "object  A/ at 1:3\nobject  B/ at 5:3\n"},
        {"CR LF", "kind: A\r\n---\r\nkind: B\r\n", "object  A/ at 1:1\nobject  B/ at 3:1\n"},
        {"no line feed at the end", "kind: A\n---\nkind: B", "object  A/ at 1:1\nobject  B/ at 3:1\n"},
        {"byte order mark", BOM "kind: A\nmetadata: {name: a}\n", "object  A/a at 1:1, alone\n"},
        {"byte order marks of files put together",
         BOM "kind: A\nb: 1\n---\n" BOM "kind: B\nc: 1\n" BOM "---\nkind: C\n",
         "object  A/ at 1:1\nobject  B/ at 4:1\nobject  C/ at 7:1\n"},
        {"marker in a block", "kind: A\ntext: |\n  ---\n  a\n", "object  A/ at 1:1, alone\n"},
        {"not an object", "- a\n---\nword\n", "other  / at 1:1\nother  / at 3:1\n"},
        {"broken among good ones", "kind: A\n---\na: [\n---\nkind: C\na: 1\na: 2\n---\nkind: D\n",
         "object  A/ at 1:1\nobject  D/ at 9:1\n"
         "f:4:1: not YAML: did not find expected node content while parsing a flow node that begins on line 4\n"
         "f:7:1: key \"a\" is given twice, first on line 6\n"},
        {"anchors", "kind: A\na: &a {b: 1}\nc: *a\n---\nkind: B\na: *a\n",
         "object  A/ at 1:1\nf:6:4: alias *a: there is no complete value with anchor &a before it\n"},
    };
    check_readings(readings, ARRAY_SIZE(readings));
}

TEST(manifest__json__objects_in_a_row_and_beside_yaml)
{
    static const struct reading readings[] = {
        {"one", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n \"metadata\": {\"name\": \"a\"}}\n",
         "object v1 Pod/a at 1:1, alone, json\n"},
        {"in a row", "{\"kind\":\"A\"}\n{\n  \"kind\": \"B\"\n}\n{\"kind\":\"C\"} {\"kind\":\"D\"}{\"kind\":\"E\"}",
         "object  A/ at 1:1, json\nobject  B/ at 2:1, json\nobject  C/ at 5:1, json\nobject  D/ at 5:14, json\n"
         "object  E/ at 5:26, json\n"},
        {"with YAML", "kind: A\n---\n{\"kind\":\"B\"} # c\n---\nkind: C\n...\n{\"kind\":\"D\"}\nkind: E\n",
         "object  A/ at 1:1\nobject  B/ at 3:1, json\nobject  C/ at 5:1\nobject  D/ at 7:1, json\nobject  E/ at 8:1\n"},
        {"byte order mark", BOM JSON({"kind":"A"}), "object  A/ at 1:1, alone, json\n"},
        {"surrogate pair", JSON({"kind":"A","metadata":{"name":"\ud83d\ude00"}}),
         "object  A/\xF0\x9F\x98\x80 at 1:1, alone, json\n"},
        {"brackets in strings", JSON({"kind":"A}\"]"}{"kind":"B"}),
         "object  A}\"]/ at 1:1, json\nobject  B/ at 1:17, json\n"},
        {"empty", "{}{ \n }", "object  / at 1:1, json\nobject  / at 1:3, json\n"},
        {"a flow mapping", "{\"kind\": \"A\", name: b}\n{\"kind\": 'B', # c\n \"x\": y}\n",
         "object  A/ at 1:1\nobject  B/ at 2:1\n"},
        {"a flow mapping with brackets in comments and quotes",
         "{\"kind\": 'A', # }\n \"b\": it's, 'c}': ['d''}'], \"e\": \"#}\" }\n{\"kind\": 'B'} # {\n---\n{\"kind\":\"C\"}\n",
         "object  A/ at 1:1\nobject  B/ at 3:1\nobject  C/ at 5:1, json\n"},
        {"a comma too much", "{\"kind\":\"A\"}\n{\"kind\":\"B\",\n}\n{\"kind\":\"C\"}",
         "object  A/ at 1:1, json\nobject  B/ at 2:1\nobject  C/ at 4:1, json\n"},
        {"broken among good ones", JSON({"kind":"A"}) "\n" JSON({"kind":"B", "x" 7}) "\n" JSON({"kind":"C"}) "\n",
         "object  A/ at 1:1, json\nobject  C/ at 3:1, json\nf:2:18: ':' expected near '7'\n"},
        {"a key twice", JSON({"kind":"A"} {"kind":"B","kind":"C"}),
         "object  A/ at 1:1, json\nf:1:31: duplicate object key near '\"kind\"'\n"},
        {"not closed", "{\"kind\":\"A\", \"b\": [1}\n---\nkind: C\n",
         "object  C/ at 3:1\nf:1:21: ']' expected near '}'\n"},
        {"a review that only an API server writes", JSON({"kind":"AdmissionReview","request":{"name":"\u0000"}}),
         "object  AdmissionReview/ at 1:1, alone, json, lean\n"},
    };
    check_readings(readings, ARRAY_SIZE(readings));
}

TEST(manifest__lists__taken_apart)
{
    static const struct reading readings[] = {
        {"List", "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- kind: B\n",
         "object v1 Pod/a at 4:3 items[0], item, alone\nobject  B/ at 5:3 items[1], item, alone\n"
         "list v1 List/ at 1:1, alone\n"},
        {"typed", "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"a\"}},\n{}]}",
         "object v1 Pod/a at 1:46 items[0], item, alone, json\nobject v1 Pod/ at 2:1 items[1], item, alone, json\n"
         "list v1 PodList/ at 1:1, alone, json\n"},
        {"typed, of others",
         "kind: ProvisionerList\napiVersion: k/v1\nitems: [{apiVersion: x, kind: Other}, {apiVersion: z}]\n",
         "object x Other/ at 3:9 items[0], item, alone\nobject z Provisioner/ at 3:39 items[1], item, alone\n"
         "list k/v1 ProvisionerList/ at 1:1, alone\n"},
        {"without a kind in a List", "kind: List\napiVersion: v1\nitems: [{a: 1}]\n",
         "object  / at 3:9 items[0], item, alone\nlist v1 List/ at 1:1, alone\n"},
        {"nested",
         "kind: List\nitems:\n- kind: PodList\n  apiVersion: v1\n  items: [{}, {kind: List, items: [{kind: A}]}]\n- 7\n",
         "object v1 Pod/ at 5:11 items[0].items[0], item, alone\n"
         "object  A/ at 5:36 items[0].items[1].items[0], item, alone\n"
         "list  List/ at 5:15 items[0].items[1], item, alone\nlist v1 PodList/ at 3:3 items[0], item, alone\n"
         "other  / at 6:3 items[1], item, alone\nlist  List/ at 1:1, alone\n"},
        {"empty",
         "kind: List\nitems: []\n---\nkind: List\nitems: null\n---\nkind: List\n---\nkind: PodList\nitems: []\n",
         "list  List/ at 1:1\nlist  List/ at 4:1\nlist  List/ at 7:1\nlist  PodList/ at 9:1\n"},
        {"no lists",
         "kind: ShoppingList\n---\nkind: PodList\nitems: {}\n---\nkind: List\nitems: a\n---\nkind: Listed\nitems: []\n",
         "object  ShoppingList/ at 1:1\nobject  PodList/ at 3:1\nobject  List/ at 6:1\nobject  Listed/ at 9:1\n"},
    };
    check_readings(readings, ARRAY_SIZE(readings));
}

TEST(manifest__templates_and_placeholders__recognised_and_counted)
{
    static const char text[] =
        "kind: A\n---\n{{- if .Values.b }}\nkind: B\n---\nkind: {{ .Values.kind }}\n{{- end }}\n---\n"
        "name: \"{{ .Values.c }}\"\nkind: C\n---\nkind: D\nname: ${NAME}\n---\n[${a}, b]\n---\n"
        "kind: E\ncommand: [a, \"b ${c} d\"]\n---\nkind: F\nx: ${\n---\nbroken: *x\n";
    struct manifest_counts counts;
    AUTO(buf) out;
    buf_init(&out, TEXT_MAX);
    read_text(text, strlen(text), &counts, &out);
    check_text("templates", buf_text(&out),
               "object  A/ at 1:1\ntemplate  / at 3:1\ntemplate  / at 6:1\nobject  C/ at 9:1, placeholder\n"
               "object  D/ at 12:1, placeholder\ntemplate  / at 15:1\nobject  E/ at 17:1, placeholder\n"
               "object  F/ at 20:1\n"
               "f:23:9: alias *x: there is no complete value with anchor &x before it\n");
    assert_int_equal(counts.documents, 9);
    assert_int_equal(counts.templates, 3);
}

static void refused(const char *text, struct problems *problems)
{
    AUTO(manifest_reader) reader = NULL;
    AUTO(manifest) manifest = NULL;
    struct err err = {0};
    check_success("open", manifest_open_text("f", text, strlen(text), NULL, problems, &reader, &err), &err);
    check_success("next", manifest_next(reader, &manifest, &err), &err);
    assert_int_equal(manifest->form, MANIFEST_TEMPLATE);
    manifest_refuse_template(manifest);
}

TEST(manifest_refuse_template__each__what_to_do)
{
    AUTO(problems) problems = {0};
    AUTO(buf) out;
    buf_init(&out, TEXT_MAX);
    refused("\n{{ a }}: {{ b }}: 1\n", &problems);
    refused("[${a}, b]\n", &problems);
    problems_print(&problems, &out);
    check_text(
        "problems", buf_text(&out),
        "f:2:1: is a template (it holds {{ and is not YAML); render it (helm template) first, and pass the result\n"
        "f:1:1: is a template (it holds ${ and is not YAML); fill it in (envsubst, Terraform) first, and pass the result\n");
}

/* -- Lines and bytes -- */

TEST(manifest_line__of_a_document__its_lines_only)
{
    static const char text[] = "kind: A\n# a\n---\n\n# c\n\nkind: B\nlast: 1";
    AUTO(problems) problems = {0};
    AUTO(manifest_reader) reader = NULL;
    AUTO(manifest) first = NULL;
    AUTO(manifest) second = NULL;
    struct err err = {0};
    size_t length;
    check_success("open", manifest_open_text("f", text, strlen(text), NULL, &problems, &reader, &err), &err);
    check_success("first", manifest_next(reader, &first, &err), &err);
    check_success("second", manifest_next(reader, &second, &err), &err);
    check_text("text", manifest_text(second, &length), "# c\n\nkind: B\nlast: 1");
    assert_null(manifest_line(second, 4, &length));
    assert_memory_equal(manifest_line(second, 5, &length), "# c", 3);
    assert_memory_equal(manifest_line(second, 7, &length), "kind: B", 7);
    assert_int_equal(length, 7);
    assert_memory_equal(manifest_line(second, 8, &length), "last: 1", 7);
    assert_null(manifest_line(second, 9, &length));
    assert_non_null(manifest_line(first, 2, &length));
    assert_null(manifest_line(first, 3, &length));
}

/* -- Files -- */

static void read_path(const char *path, const struct manifest_options *options, struct buf *out)
{
    AUTO(problems) problems = {0};
    AUTO(manifest_reader) reader = NULL;
    struct err err = {0};
    check_success(path, manifest_open(path, options, &problems, &reader, &err), &err);
    drain(reader, &problems, out);
}

TEST(manifest_open__folders_and_files__by_suffix)
{
    static const char *const yaml[] = {".yaml", NULL};
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(string) other = temp_path(folder, "d.txt");
    AUTO(buf) out;
    buf_init(&out, TEXT_MAX);
    temp_write(folder, "a.yaml", "kind: A\n");
    temp_write(folder, "b.json", JSON({"kind":"B"}));
    temp_write(folder, "c.yml", "kind: C\n");
    temp_write(folder, "d.txt", "kind: D\n");
    read_path(folder, NULL, &out);
    buf_add_char(&out, '\n');
    read_path(folder, &(struct manifest_options){.suffixes = yaml}, &out);
    read_path(other, NULL, &out);
    check_text("found", buf_text(&out),
               "object  A/ at 1:1\nobject  B/ at 1:1, json\nobject  C/ at 1:1\n\n"
               "object  A/ at 1:1, alone\nobject  D/ at 1:1, alone\n");
}

TEST(manifest_open__nothing_there__not_found)
{
    AUTO(problems) problems = {0};
    AUTO(manifest_reader) reader = NULL;
    struct err err = {0};
    check_failure("none", manifest_open("/nonexistent/x", NULL, &problems, &reader, &err), &err, ERR_NOT_FOUND,
                  "/nonexistent/x: No such file or directory");
}

TEST(manifest_next__strict__no_anchors)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(problems) problems = {0};
    AUTO(manifests) manifests = {0};
    struct err err = {0};
    temp_write(folder, "a.yaml", "a: &a 1\n---\n" JSON({"b": 1}) "\n");
    check_success("read",
                  manifests_read(&manifests, folder, &(struct manifest_options){.flags = YAML_STRICT}, &problems, &err),
                  &err);
    assert_int_equal(manifests.count, 1);
    assert_int_equal(problems.count, 1);
    assert_int_equal(problems.items[0].line, 1);
}
