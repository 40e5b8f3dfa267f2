/* Converts each folder of tests/migrate and compares the result with its `expected`. Checks that the report mentions
 * every field, that carried values are at their targets, that the result has only fields that Karpenter's CRDs have,
 * that the policies load, and that a second conversion changes nothing. */
#include "tests/support/migrate_fixture.h"

#include "karpenter/fields.h"
#include "policy/set.h"
#include "tests/support/cli.h"
#include "tests/support/temp_dir.h"

#include <dirent.h>
#include <sys/stat.h>

#define FOLDER "tests/migrate"

struct subject {
    char folder[300];
    struct strlist inputs;
    const struct gpu_table *gpus;
    const struct report *report;
    const struct yaml_documents *result;
};

static void compare_file(const char *folder, const char *name, const char *text)
{
    AUTO(buf) expected;
    struct err err;
    char path[600];
    buf_init(&expected, CASE_TEXT_MAX);
    (void)snprintf(path, sizeof(path), "%s/expected/%s", folder, name);
    if (getenv("GOLDEN_UPDATE")) {
        char parent[400];
        (void)snprintf(parent, sizeof(parent), "%s/expected", folder);
        (void)mkdir(parent, 0755);
        check_success(path, file_write(path, text, strlen(text), 0644, &err), &err);
        return;
    }
    check_success(path, file_read(path, &expected, &err), &err);
    check_text(path, text, buf_text(&expected));
}

static void compare_report(const struct subject *subject, const struct report *report, const char *name)
{
    AUTO(buf) text;
    char prefix[400];
    buf_init(&text, CASE_TEXT_MAX);
    report_print_text(report, true, &text);
    (void)snprintf(prefix, sizeof(prefix), "%s/", subject->folder);
    AUTO(string) bare = cli_replace(buf_text(&text), prefix, "");
    compare_file(subject->folder, name, bare);
}

/* True if `path` is `above` or is below it. */
static bool is_below(const char *path, const char *above)
{
    size_t length = strlen(above);
    return strncmp(path, above, length) == 0 &&
           (length == 0 || strchr(".[", path[length])); /* strchr() also finds the NUL */
}

static bool covers_everything_below(enum fate fate)
{
    return fate == FATE_KEPT || fate == FATE_NEEDLESS || fate == FATE_LOST;
}

struct leaf {
    const char *file, *path;
    unsigned first_line, line; /* the first line of its document, and its own line */
    size_t least;              /* the path of an entry must have at least this length */
};

static const struct report_entry *find_entry(const struct report *report, const struct leaf *leaf)
{
    const struct report_entry *found = NULL;
    for (size_t i = 0; i < report->count; i++) {
        const struct report_entry *entry = &report->items[i];
        bool covers = entry->fate != FATE_ADDED && strcmp(entry->file, leaf->file) == 0 &&
                      is_below(leaf->path, entry->path) && entry->line >= leaf->first_line &&
                      entry->line <= leaf->line && strlen(entry->path) >= leaf->least;
        bool whole = *entry->path == '\0' || strchr(entry->path, '.') == NULL;
        if (covers && strcmp(entry->path, leaf->path) != 0 && whole && !covers_everything_below(entry->fate))
            covers = false;
        if (covers && (!found || strlen(entry->path) > strlen(found->path) || entry->fate == FATE_CARRIED))
            found = entry;
    }
    return found;
}

static const json_t *find_object(const struct subject *subject, const char *title)
{
    for (size_t i = 0; i < subject->result->count; i++) {
        const json_t *value = subject->result->items[i].value;
        char own[400];
        (void)snprintf(own, sizeof(own), "%s %s", tree_text(value, "kind"),
                       tree_text(json_object_get(value, "metadata"), "name"));
        if (strcmp(own, title) == 0)
            return value;
    }
    return NULL;
}

/* Returns the object with that title or, for "ConfigMap plugin, key ts-3", the document in that key of the object. */
static json_t *target_of(const struct subject *subject, const char *title)
{
    const char *comma = strstr(title, ", key ");
    if (!comma)
        return json_incref(json_unconst(find_object(subject, title)));
    AUTO(string) bare = strndup(title, (size_t)(comma - title));
    const char *text = tree_text(json_object_get(find_object(subject, bare), "data"), comma + 6);
    AUTO(yaml_documents) documents = {0};
    AUTO(problems) problems = {0};
    struct err err;
    assert_non_null(text);
    check_success(title, yaml_read("t", text, strlen(text), YAML_STRICT, &documents, &problems, &err), &err);
    return json_incref(documents.items[0].value);
}

static void check_carried(const struct subject *subject, const struct report_entry *entry, const json_t *leaf)
{
    AUTO(json) target = target_of(subject, entry->target_object);
    const json_t *found = case_lookup(target, entry->target_path);
    if (!found || !json_equal(json_unconst(found), json_unconst(leaf)))
        fail_msg("%s: %s is not %s of %s", subject->folder, entry->path, entry->target_path, entry->target_object);
}

static void check_leaf(const struct subject *subject, const struct node *node, const struct leaf *from)
{
    AUTO(buf) path;
    buf_init(&path, CASE_TEXT_MAX);
    node_path(*node, &path);
    struct leaf leaf = *from;
    leaf.path = buf_text(&path);
    leaf.line = node->mark->line > from->line ? node->mark->line : from->line;
    const struct report_entry *entry = find_entry(subject->report, &leaf);
    if (!entry)
        fail_msg("%s: %s:%u: %s is not in the report", subject->folder, leaf.file, leaf.line, leaf.path);
    else if (entry->fate == FATE_CARRIED)
        check_carried(subject, entry, node->value);
}

static void check_leaves(const struct subject *subject, const struct node *node, const struct leaf *from);

/* Checks the leaves of the configuration of the device plugin in a string; does nothing for other strings. */
static void check_embedded(const struct subject *subject, const struct node *node, const struct leaf *from)
{
    const char *text = json_string_value(node->value);
    AUTO(yaml_documents) documents = {0};
    AUTO(problems) problems = {0};
    AUTO(buf) path;
    struct err err;
    buf_init(&path, CASE_TEXT_MAX);
    node_path(*node, &path);
    if (!text || yaml_read("t", text, strlen(text), YAML_STRICT, &documents, &problems, &err) < 0 ||
        documents.count != 1 || !json_object_get(documents.items[0].value, "sharing"))
        return;
    struct document document = document_of("t", &documents.items[0], NULL);
    document.outer = *node;
    struct node root = node_root(&document);
    struct leaf inner = *from;
    inner.line = UINT32_MAX;
    inner.least = path.length + 1;
    check_leaves(subject, &root, &inner);
}

static void check_leaves(const struct subject *subject, const struct node *node, const struct leaf *from)
{
    NODE_CHILDREN(*node, child) {
        check_leaves(subject, &child, from);
    }
    if (node_count(*node) > 0)
        return;
    check_leaf(subject, node, from);
    AUTO(buf) path;
    buf_init(&path, CASE_TEXT_MAX);
    node_path(node_parent(*node), &path);
    if (strcmp(buf_text(&path), "data") == 0)
        check_embedded(subject, node, from);
}

static void check_all_leaves(const struct subject *subject)
{
    for (size_t i = 0; i < subject->inputs.count; i++) {
        const char *path = subject->inputs.items[i];
        AUTO(buf) text;
        AUTO(yaml_documents) documents = {0};
        buf_init(&text, CASE_TEXT_MAX);
        if (strstr(path, ".sh") || strstr(path, "printed"))
            continue; /* its lines are in the golden report; YAML as it is printed must be repaired first */
        case_read(path, &text, &documents);
        for (size_t j = 0; j < documents.count; j++) {
            struct document document = document_of(path, &documents.items[j], NULL);
            struct node root = node_root(&document);
            check_leaves(subject, &root, &(struct leaf){.file = path, .first_line = documents.items[j].mark.line});
        }
    }
}

static const struct field_spec *find_row(const struct field_spec *fields, const char *path)
{
    while (fields->path && strcmp(fields->path, path) != 0)
        fields++;
    return fields->path ? fields : NULL;
}

/* Checks that the CRD has each field; the API server would drop others, so they are not carried. */
static void check_fields(const struct subject *subject, const struct node *node, const struct field_spec *fields,
                         const char *path)
{
    const struct field_spec *row = find_row(fields, path);
    if (*path && !row)
        fail_msg("%s: the result has %s, which is no field", subject->folder, path);
    if (row && row->type != F_OBJECT && row->type != F_LIST)
        return;
    NODE_CHILDREN(*node, child) {
        char below[400];
        (void)snprintf(below, sizeof(below), "%s%s%s", path, *path && child.key ? "." : "",
                       child.key ? child.key : "[]");
        check_fields(subject, &child, fields, below);
    }
}

static void check_all_fields(const struct subject *subject)
{
    for (size_t i = 0; i < subject->result->count; i++) {
        struct document document = document_of("t", &subject->result->items[i], NULL);
        struct node root = node_root(&document);
        const char *version = tree_text(root.value, "apiVersion");
        if (version && strcmp(version, "karpenter.sh/v1") == 0)
            check_fields(subject, &root, fields_node_pool, "");
        else if (version && strcmp(version, "karpenter.k8s.aws/v1") == 0)
            check_fields(subject, &root, fields_ec2_node_class, "");
    }
}

/* Checks that a conversion of the result changes nothing. */
static void check_second_round(const struct subject *subject, const char *manifests)
{
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(strlist) paths = {0};
    AUTO(buf) text;
    AUTO(yaml_documents) again = {0};
    AUTO(problems) problems = {0};
    struct err err;
    temp_write(folder, "in.yaml", manifests);
    case_inputs(folder, &paths);
    AUTO(migration) migration = case_convert(&paths, subject->gpus, NULL, MIGRATION_MANIFESTS);
    case_print(migration, &text);
    check_success(subject->folder, yaml_read("t", buf_text(&text), text.length, YAML_STRICT, &again, &problems, &err),
                  &err);
    assert_int_equal(again.count, subject->result->count);
    for (size_t i = 0; i < again.count; i++) {
        size_t j = 0;
        while (j < again.count && !json_equal(again.items[j].value, subject->result->items[i].value))
            j++;
        if (j == again.count)
            fail_msg("%s: a second round changes document %zu:\n%s", subject->folder, i, buf_text(&text));
    }
}

static void check_policies(const struct subject *subject)
{
    AUTO(migration) migration = case_convert(&subject->inputs, subject->gpus, NULL, MIGRATION_POLICIES);
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(problems) problems = {0};
    AUTO(policy_set) set = NULL;
    AUTO(buf) text;
    struct err err;
    case_print(migration, &text);
    compare_file(subject->folder, "policies.yaml", buf_text(&text));
    if (strstr(subject->folder, "/policies-")) /* in other cases it adds little to report.txt */
        compare_report(subject, migration_report(migration), "policies-report.txt");
    check_success(subject->folder, migration_write(migration, folder, &err), &err);
    if (*buf_text(&text))
        check_success(subject->folder, policy_set_load(folder, subject->gpus, &set, &problems, &err), &err);
}

static void run_case(const char *name, const struct gpu_table *gpus)
{
    struct subject subject = {.gpus = gpus};
    AUTO(buf) manifests;
    AUTO(buf) again;
    AUTO(yaml_documents) result = {0};
    AUTO(problems) problems = {0};
    struct err err;
    (void)snprintf(subject.folder, sizeof(subject.folder), FOLDER "/%s", name);
    case_inputs(subject.folder, &subject.inputs);
    AUTO(strlist) inputs = subject.inputs;
    AUTO(migration) migration = case_convert(&inputs, gpus, NULL, MIGRATION_MANIFESTS);
    AUTO(migration) second = case_convert(&inputs, gpus, NULL, MIGRATION_MANIFESTS);
    case_print(migration, &manifests);
    case_print(second, &again);
    check_text(name, buf_text(&again), buf_text(&manifests));
    check_success(name, yaml_read("t", buf_text(&manifests), manifests.length, YAML_STRICT, &result, &problems, &err),
                  &err);
    subject.report = migration_report(migration);
    subject.result = &result;
    compare_file(subject.folder, "manifests.yaml", buf_text(&manifests));
    compare_report(&subject, subject.report, "report.txt");
    check_all_leaves(&subject);
    check_all_fields(&subject);
    check_second_round(&subject, buf_text(&manifests));
    check_policies(&subject);
}

static int is_case(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && entry->d_type == DT_DIR;
}

TEST(migrate__every_case__golden_complete_and_stable)
{
    AUTO(gpu_table) gpus = NULL;
    struct dirent **entries;
    struct err err;
    check_success("table", gpu_table_load(&gpus, &err), &err);
    int count = scandir(FOLDER, &entries, is_case, alphasort);
    assert_true(count >= 30);
    for (int i = 0; i < count; i++) {
        run_case(entries[i]->d_name, gpus);
        free(entries[i]);
    }
    free(entries);
}

TEST(migrate__two_config_maps_of_one_name__each_has_its_own_comments)
{
    AUTO(gpu_table) gpus = NULL;
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(strlist) paths = {0};
    AUTO(buf) out;
    struct err err;
    check_success("table", gpu_table_load(&gpus, &err), &err);
    temp_write(folder, "in.yaml",
               "{apiVersion: v1, kind: ConfigMap, metadata: {name: p, namespace: a}, data: {one: 'flags: {migStrategy: "
               "none}'}}\n---\n"
               "{apiVersion: v1, kind: ConfigMap, metadata: {name: p, namespace: b}, data: {two: 'flags: {migStrategy: "
               "none}'}}\n");
    case_inputs(folder, &paths);
    AUTO(migration) migration = case_convert(&paths, gpus, NULL, MIGRATION_MANIFESTS);
    case_print(migration, &out);

    const char *second = strstr(buf_text(&out), "---\n");
    const char *comment = strstr(buf_text(&out), "# Key two ");
    assert_non_null(second);
    assert_non_null(comment);
    assert_true(comment > second);
}
