/* core/names: the table of our keys, compared with that of docs/annotations.md. */
#include "core/names.h"

#include "base/cleanup.h"
#include "base/file.h"
#include "tests/support/check.h"

#include <stdio.h>

enum { DOCS_MAX = 64 * 1024, ROWS_MAX = 64, CELL_SIZE = 256 };

struct docs_row {
    char where[CELL_SIZE], key[CELL_SIZE], values[CELL_SIZE];
};

struct docs {
    struct docs_row rows[ROWS_MAX];
    size_t count;
};

static const char *const objects[] = {[KEY_OF_NAMESPACE] = "Namespace",
                                      [KEY_OF_POD] = "Pod",
                                      [KEY_OF_NODE] = "Node",
                                      [KEY_OF_CLUSTER_QUEUE] = "ClusterQueue",
                                      [KEY_OF_FILE] = "File"};
static const char *const places[] = {[KEY_IS_LABEL] = "label",
                                     [KEY_IS_ANNOTATION] = "annotation",
                                     [KEY_IS_TAINT] = "taint",
                                     [KEY_IS_RESOURCE] = "resource",
                                     [KEY_IS_COMMENT] = "comment"};

/* A row without a key has further values of the row above it. */
static void add_row(struct docs *docs, const char *line)
{
    char cells[3][CELL_SIZE];
    if (sscanf(line, "|%255[^|]|%255[^|]|%255[^|]", cells[0], cells[1], cells[2]) != 3)
        return;
    if (strcmp(cells[1], " ") == 0) {
        assert_true(docs->count > 0);
        char *values = docs->rows[docs->count - 1].values;
        (void)snprintf(values + strlen(values), CELL_SIZE - strlen(values), "%s", cells[2]);
    } else if (strstr(cells[1], OWN_PREFIX)) {
        assert_true(docs->count < ROWS_MAX);
        struct docs_row *row = &docs->rows[docs->count++];
        memcpy(row->where, cells[0], CELL_SIZE);
        memcpy(row->key, cells[1], CELL_SIZE);
        memcpy(row->values, cells[2], CELL_SIZE);
    }
}

static void read_docs(struct docs *docs)
{
    AUTO(buf) text;
    struct err err;
    buf_init(&text, DOCS_MAX);
    assert_int_equal(file_read("docs/annotations.md", &text, &err), 0);
    AUTO(string) lines = strdup(buf_text(&text));
    assert_non_null(lines);
    char *rest = lines;
    for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        add_row(docs, line);
}

static const struct docs_row *row_of(const struct docs *docs, const struct own_key *key)
{
    char where[CELL_SIZE];
    char name[CELL_SIZE];
    (void)snprintf(where, sizeof(where), " %s %s ", objects[key->object], places[key->place]);
    (void)snprintf(name, sizeof(name), " `%s` ", key->key);
    for (size_t i = 0; i < docs->count; i++) {
        if (strcmp(docs->rows[i].where, where) == 0 && strcmp(docs->rows[i].key, name) == 0)
            return &docs->rows[i];
    }
    return NULL;
}

TEST(own_keys__docs_annotations__same_rows_and_values)
{
    struct docs docs = {0};
    size_t count = 0;
    read_docs(&docs);
    for (const struct own_key *key = own_keys; key->key; key++, count++) {
        const struct docs_row *row = row_of(&docs, key);
        if (!row) {
            fail_msg("docs/annotations.md has no row: %s %s %s", objects[key->object], places[key->place], key->key);
            continue;
        }
        for (size_t i = 0; i < ARRAY_SIZE(key->values) && key->values[i]; i++) {
            char value[CELL_SIZE];
            (void)snprintf(value, sizeof(value), " `%s` ", key->values[i]);
            if (!strstr(row->values, value))
                fail_msg("docs/annotations.md: %s:%s lacks the value %s", row->where, row->key, key->values[i]);
        }
    }
    assert_int_equal(docs.count, count);
}

TEST(own_key_find__wrong_place__null)
{
    const struct own_key *inject = own_key_find(LABEL_INJECT, KEY_OF_NAMESPACE, KEY_IS_LABEL);
    const struct own_key *named = own_key_find(ANNOTATION_CLASS, KEY_OF_NAMESPACE, KEY_IS_ANNOTATION);
    assert_non_null(inject);
    assert_non_null(named);
    assert_true(own_key_takes(inject, "required"));
    assert_false(own_key_takes(inject, "disabled"));
    assert_true(own_key_takes(own_key_find(LABEL_INJECT, KEY_OF_POD, KEY_IS_LABEL), "disabled"));
    assert_true(own_key_takes(named, "anything"));
    assert_null(own_key_find(LABEL_INJECT, KEY_OF_NAMESPACE, KEY_IS_ANNOTATION));
    assert_null(own_key_find(LABEL_PODS, KEY_OF_POD, KEY_IS_LABEL));
    assert_null(own_key_find(OWN_PREFIX "classes", KEY_OF_POD, KEY_IS_ANNOTATION));
    assert_true(own_key_is(OWN_PREFIX "classes"));
    assert_false(own_key_is("gpuslice.development/class"));
}

/* Each fault of a kind: the wrong place, the wrong object, a misspelt key, a value that means nothing. */
TEST(own_key_fault__uses__says_where_the_key_belongs)
{
    static const struct {
        enum key_object object;
        enum key_place place;
        const char *who, *key, *value, *expected;
    } rows[] = {
        {KEY_OF_POD, KEY_IS_ANNOTATION, "pod", ANNOTATION_CLASS, "a", ""},
        {KEY_OF_POD, KEY_IS_ANNOTATION, "pod", ANNOTATION_CLASS, "t4-third", ""},
        {KEY_OF_POD, KEY_IS_LABEL, "pod", LABEL_CLASS, "a", ""},
        {KEY_OF_POD, KEY_IS_ANNOTATION, "pod", ANNOTATION_APPLIED, "{}", ""},
        {KEY_OF_POD, KEY_IS_LABEL, "pod", LABEL_INJECT, "disabled", ""},
        {KEY_OF_NAMESPACE, KEY_IS_LABEL, "namespace", LABEL_INJECT, "required", ""},
        {KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, "namespace", ANNOTATION_ADVISE, "verbose", ""},
        {KEY_OF_WORKLOAD, KEY_IS_ANNOTATION, "Job", COMMENT_LINT_IGNORE, "pool-unused", ""},

        {KEY_OF_POD, KEY_IS_LABEL, "pod", ANNOTATION_MEMORY, "8Gi",
         "pod label gpuslice.dev/memory has no effect: make it an annotation"},
        {KEY_OF_POD, KEY_IS_ANNOTATION, "pod", LABEL_INJECT, "disabled",
         "pod annotation gpuslice.dev/inject has no effect: make it a label"},
        {KEY_OF_POD, KEY_IS_ANNOTATION, "pod", LABEL_INJECT, "false",
         "pod annotation gpuslice.dev/inject has no effect: make it a label, with the value disabled"},
        {KEY_OF_NAMESPACE, KEY_IS_LABEL, "namespace", ANNOTATION_CLASS, "a",
         "namespace label gpuslice.dev/class has no effect: make it an annotation"},
        {KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, "namespace", LABEL_INJECT, "enabled",
         "namespace annotation gpuslice.dev/inject has no effect: make it a label"},
        {KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, "namespace", LABEL_PODS, "all",
         "namespace annotation gpuslice.dev/pods has no effect: make it a label"},

        {KEY_OF_WORKLOAD, KEY_IS_ANNOTATION, "Deployment", ANNOTATION_CLASS, "a",
         "Deployment annotation gpuslice.dev/class has no effect: make it an annotation of its pod template"},
        {KEY_OF_WORKLOAD, KEY_IS_LABEL, "StatefulSet", LABEL_CLASS, "a",
         "StatefulSet label gpuslice.dev/class has no effect: make it an annotation of its pod template"},
        {KEY_OF_WORKLOAD, KEY_IS_LABEL, "Job", LABEL_INJECT, "disabled",
         "Job label gpuslice.dev/inject has no effect: make it a label of its pod template"},
        {KEY_OF_WORKLOAD, KEY_IS_ANNOTATION, "Job", ANNOTATION_APPLIED, "{}",
         "Job annotation gpuslice.dev/applied has no effect: gpuslice itself writes it, on pods"},
        {KEY_OF_POD, KEY_IS_LABEL, "pod", LABEL_PODS, "all",
         "pod label gpuslice.dev/pods has no effect: make it a label of its namespace"},
        {KEY_OF_POD, KEY_IS_LABEL, "pod", LABEL_INJECT, "enabled",
         "pod label gpuslice.dev/inject has no effect: make it a label of its namespace"},
        {KEY_OF_POD, KEY_IS_ANNOTATION, "pod", ANNOTATION_ADVISE, "verbose",
         "pod annotation gpuslice.dev/advise has no effect: make it an annotation of its namespace"},
        {KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, "namespace", ANNOTATION_CONTAINERS, "a",
         "namespace annotation gpuslice.dev/containers has no effect: make it an annotation of its pods"},
        {KEY_OF_POD, KEY_IS_LABEL, "pod", LABEL_POOL, "a",
         "pod label gpuslice.dev/pool has no effect: it is of nodes; gpuslice.dev/class is for pods"},

        {KEY_OF_POD, KEY_IS_ANNOTATION, "pod", OWN_PREFIX "clas", "a",
         "pod annotation gpuslice.dev/clas is unknown: did you mean gpuslice.dev/class?"},
        {KEY_OF_POD, KEY_IS_ANNOTATION, "pod", OWN_PREFIX "Class", "a",
         "pod annotation gpuslice.dev/Class is unknown: did you mean gpuslice.dev/class?"},
        {KEY_OF_WORKLOAD, KEY_IS_ANNOTATION, "Job", OWN_PREFIX "mem", "8Gi",
         "Job annotation gpuslice.dev/mem is unknown to gpuslice and has no effect"},
        {KEY_OF_NAMESPACE, KEY_IS_LABEL, "namespace", OWN_PREFIX "injection", "enabled",
         "namespace label gpuslice.dev/injection is unknown: did you mean gpuslice.dev/inject?"},
        {KEY_OF_POD, KEY_IS_ANNOTATION, "pod", OWN_PREFIX "container", "a",
         "pod annotation gpuslice.dev/container is unknown: did you mean gpuslice.dev/containers?"},
        {KEY_OF_POD, KEY_IS_ANNOTATION, "pod", OWN_PREFIX, "a",
         "pod annotation gpuslice.dev/ is unknown to gpuslice and has no effect"},

        {KEY_OF_POD, KEY_IS_LABEL, "pod", LABEL_INJECT, "false",
         "pod label gpuslice.dev/inject is \"false\", which means nothing: use disabled"},
        {KEY_OF_NAMESPACE, KEY_IS_LABEL, "namespace", LABEL_INJECT, "disabled",
         "namespace label gpuslice.dev/inject is \"disabled\", which means nothing: use enabled or required"},
        {KEY_OF_NAMESPACE, KEY_IS_LABEL, "namespace", LABEL_PODS, "true",
         "namespace label gpuslice.dev/pods is \"true\", which means nothing: use all"},
        {KEY_OF_POD, KEY_IS_ANNOTATION, "pod", ANNOTATION_CLASS, "",
         "pod annotation gpuslice.dev/class is empty: it counts as left out"},
        {KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, "namespace", ANNOTATION_MEMORY, " \t",
         "namespace annotation gpuslice.dev/memory is empty: it counts as left out"},
        {KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, "namespace", ANNOTATION_ADVISE, "",
         "namespace annotation gpuslice.dev/advise is empty: it counts as left out"},
        {KEY_OF_NAMESPACE, KEY_IS_LABEL, "namespace", LABEL_INJECT, "",
         "namespace label gpuslice.dev/inject is \"\", which means nothing: use enabled or required"},
        {KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, "namespace", ANNOTATION_ADVISE, "yes",
         "namespace annotation gpuslice.dev/advise is \"yes\", which means nothing: use verbose"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct own_key_use use = {rows[i].object, rows[i].place, rows[i].who, rows[i].key, rows[i].value};
        char text[OWN_KEY_TEXT_SIZE] = "";
        assert_int_equal(own_key_fault(&use, text), *rows[i].expected != '\0');
        check_text(rows[i].key, text, rows[i].expected);
        assert_true(strlen(text) <= 110);
    }
}
