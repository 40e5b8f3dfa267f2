/* Namespaces from a file, as kubectl and the API server write them. */
#include "policy/namespaces.h"
#include "tests/support/policy_fixture.h"

struct read {
    struct namespaces *namespaces;
    struct err err;
    char *problems;
};

static struct read read_text(const char *text)
{
    struct read result = {0};
    struct problems problems = {0};
    char folder[FOLDER_SIZE];
    char path[256];
    AUTO(buf) printed;
    buf_init(&printed, 1 << 16);
    folder_make(folder);
    folder_put(folder, "ns.yaml", text);
    (void)snprintf(path, sizeof(path), "%s/ns.yaml", folder);
    int loaded = namespaces_load(path, &result.namespaces, &problems, &result.err);
    folder_remove(folder);
    assert_int_equal(loaded, result.namespaces ? 0 : -1);
    problems_print(&problems, &printed);
    problems_fini(&problems);
    result.problems = strdup(buf_text(&printed));
    assert_non_null(result.problems);
    (void)snprintf(path, sizeof(path), "%s/", folder);
    remove_all(result.problems, path);
    return result;
}

static void read_fini(struct read *read)
{
    namespaces_unref(read->namespaces);
    free(read->problems);
}
DEFINE_AUTO_FINI(read, struct read, read_fini);

static const struct {
    const char *name, *text;
} forms[] = {
    {"two documents", "apiVersion: v1\nkind: Namespace\nmetadata: {name: b, labels: {l: v}}\n---\n"
                      "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"},
    {"kubectl's list",
     "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: b\n    labels:\n"
     "      l: v\n  spec:\n    finalizers:\n    - kubernetes\n  status:\n    phase: Active\n"
     "- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: a\nkind: List\nmetadata:\n"
     "  resourceVersion: \"\"\n"},
    {"the API server's list", JSON({"kind":"NamespaceList","apiVersion":"v1","metadata":{"resourceVersion":"375"},
                                    "items":[{"metadata":{"name":"b","labels":{"l":"v"}}},
                                     {"metadata":{"name":"a","labels":null,"annotations":null}}]})},
    {"aliases", "apiVersion: v1\nkind: Namespace\nmetadata: {name: b, labels: &l {l: v}}\n---\n"
                "apiVersion: v1\nkind: List\nitems:\n- &n {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n"},
};

TEST(namespaces_load__forms__sorted_with_labels)
{
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        AUTO(read) read = read_text(forms[i].text);
        if (!read.namespaces)
            fail_msg("%s: %s", forms[i].name, read.problems);
        assert_int_equal(read.namespaces->count, 2);
        assert_string_equal(read.namespaces->items[0].name, "a");
        assert_int_equal(read.namespaces->items[0].labels.count, 0);
        assert_string_equal(read.namespaces->items[1].name, "b");
        assert_string_equal(keyvalues_get(&read.namespaces->items[1].labels, "l"), "v");
    }
}

TEST(namespaces_load__annotations__only_ours_are_kept)
{
    AUTO(read)
    read = read_text("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  annotations:\n"
                     "    gpuslice.dev/class: t4-third\n    gpuslice.dev/memory: 8Gi\n    gpuslice.device/x: y\n"
                     "    kubectl.kubernetes.io/last-applied-configuration: |\n      {}\n");
    const struct namespace_info *info = namespaces_find(read.namespaces, "a");
    assert_int_equal(info->annotations.count, 2);
    assert_string_equal(keyvalues_get(&info->annotations, "gpuslice.dev/class"), "t4-third");
    assert_string_equal(keyvalues_get(&info->annotations, "gpuslice.dev/memory"), "8Gi");
}

TEST(namespaces_find__names__only_the_exact)
{
    AUTO(read) read = read_text(forms[0].text);
    assert_string_equal(namespaces_find(read.namespaces, "b")->name, "b");
    assert_null(namespaces_find(read.namespaces, ""));
    assert_null(namespaces_find(read.namespaces, "ab"));
    assert_null(namespaces_find(read.namespaces, "c"));
}

TEST(namespaces_load__nothing__an_empty_snapshot)
{
    static const char *const texts[] = {"", "# nothing\n", "apiVersion: v1\nkind: List\nitems: []\n",
                                        "apiVersion: v1\nkind: List\nitems: null\n"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        AUTO(read) read = read_text(texts[i]);
        assert_non_null(read.namespaces);
        assert_int_equal(read.namespaces->count, 0);
        assert_null(namespaces_find(read.namespaces, "a"));
    }
}

static const struct {
    const char *name, *text, *problems;
} broken[] = {
    {"another kind", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
     "ns.yaml:1:1: is Pod of apiVersion v1, must be Namespace, NamespaceList or List of v1\n"},
    {"another version", "apiVersion: v2\nkind: Namespace\nmetadata: {name: a}\n",
     "ns.yaml:1:1: is Namespace of apiVersion v2, must be Namespace, NamespaceList or List of v1\n"},
    {"no kind", "metadata: {name: a}\n",
     "ns.yaml:1:1: is an object without a kind of apiVersion (none), must be Namespace, NamespaceList or List of v1\n"},
    {"another kind in a list", "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n- a\n",
     "ns.yaml:4:3: items[0]: is Pod of apiVersion v1, must be Namespace, NamespaceList or List of v1\n"
     "ns.yaml:5:3: items[1]: is a string, must be an object\n"},
    {"a bare item in a List", "apiVersion: v1\nkind: List\nitems: [{metadata: {name: a}}]\n",
     "ns.yaml:3:9: items[0]: is an object without a kind of apiVersion (none), must be Namespace, NamespaceList or "
     "List of "
     "v1\n"},
    {"items an object", "apiVersion: v1\nkind: List\nitems: {}\n",
     "ns.yaml:3:8: items: is an object, must be a list\n"},
    {"a list of names", "[a, b]\n", "ns.yaml:1:1: is a list, must be an object\n"},
    {"no metadata", "apiVersion: v1\nkind: Namespace\n", "ns.yaml:1:1: field \"metadata\" is missing\n"},
    {"metadata a name", "apiVersion: v1\nkind: Namespace\nmetadata: a\n",
     "ns.yaml:3:11: metadata: is a string, must be an object\n"},
    {"no name", "apiVersion: v1\nkind: Namespace\nmetadata: {}\n",
     "ns.yaml:3:11: metadata: field \"name\" is missing\n"},
    {"no name and a boolean label", "apiVersion: v1\nkind: Namespace\nmetadata: {labels: {b: true}}\n",
     "ns.yaml:3:11: metadata: field \"name\" is missing\n"
     "ns.yaml:3:24: metadata.labels.b: is a boolean, must be a string; put it in quotes\n"},
    {"a number for a name", "apiVersion: v1\nkind: Namespace\nmetadata: {name: 1}\n",
     "ns.yaml:3:18: metadata.name: is an integer, must be a string; put it in quotes\n"},
    {"upper case", "apiVersion: v1\nkind: Namespace\nmetadata: {name: A}\n",
     "ns.yaml:3:18: metadata.name: \"A\" must consist of lower-case letters, digits and '-'\n"},
    {"a boolean label", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {b: true}}\n",
     "ns.yaml:3:33: metadata.labels.b: is a boolean, must be a string; put it in quotes\n"},
    {"annotations a list", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: []}\n",
     "ns.yaml:3:34: metadata.annotations: is a list, must be an object\n"},
    {"an annotation of ours a number",
     "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: {gpuslice.dev/memory: 8}}\n",
     "ns.yaml:3:56: metadata.annotations[\"gpuslice.dev/memory\"]: is an integer, must be a string; put it in "
     "quotes\n"},
    {"one name twice",
     "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n"
     "- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n",
     "ns.yaml:5:54: there is a Namespace \"a\" already, at line 4; must be there once\n"},
    {"all at once", "apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: A}\n",
     "ns.yaml:1:1: is Pod of apiVersion v1, must be Namespace, NamespaceList or List of v1\n"
     "ns.yaml:6:18: metadata.name: \"A\" must consist of lower-case letters, digits and '-'\n"},
};

TEST(namespaces_load__broken__every_mistake_at_its_position)
{
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
        AUTO(read) read = read_text(broken[i].text);
        if (strcmp(read.problems, broken[i].problems) != 0)
            fail_msg("%s: found\n%swanted\n%s", broken[i].name, read.problems, broken[i].problems);
        assert_null(read.namespaces);
        assert_int_equal(read.err.code, ERR_INVALID);
    }
}

TEST(namespaces_load__no_file__not_found)
{
    struct namespaces *namespaces = NULL;
    struct problems problems = {0};
    struct err err;
    assert_int_equal(namespaces_load("/nonexistent/ns.yaml", &namespaces, &problems, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_null(namespaces);
    assert_int_equal(problems.count, 0);
}

TEST(namespaces_unref__of_two_references__freed_with_the_last)
{
    AUTO(read) read = read_text(forms[0].text);
    struct namespaces *second = namespaces_ref(read.namespaces);
    namespaces_unref(read.namespaces);
    read.namespaces = NULL;
    assert_string_equal(second->items[0].name, "a");
    namespaces_unref(second);
    namespaces_unref(NULL);
}
