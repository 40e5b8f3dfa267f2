/* Reads namespaces from files. */
#include "policy/namespaces.h"

#include "base/vec.h"
#include "json/unconst.h"
#include "manifest/read.h"
#include "policy/names.h"
#include "policy/object.h"

#include <string.h>

/* A namespace and the position of its name. */
struct found {
    struct namespace_info info;
    char *file;
    unsigned line, column;
};

struct reading {
    struct found *items;
    size_t count;
};

static void info_fini(struct namespace_info *info)
{
    free(info->name);
    keyvalues_fini(&info->labels);
    keyvalues_fini(&info->annotations);
}

static void found_fini(struct found *found)
{
    info_fini(&found->info);
    free(found->file);
}

static void reading_fini(struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++)
        found_fini(&reading->items[i]);
    free(reading->items);
}
DEFINE_AUTO_FINI(reading, struct reading, reading_fini);

/* Keeps only annotations of gpuslice.dev: others are never used and can be large (kubectl stores whole manifests in
 * one). */
static void decode_own_annotations(const struct node *node, void *annotations)
{
    struct err err;
    if (!node_expect(node, JSON_OBJECT))
        return;
    NODE_MEMBERS(*node, member) {
        if (!own_key_is(member.key) || json_is_null(member.value))
            continue;
        if (node_expect(&member, JSON_STRING) &&
            keyvalues_set(annotations, member.key, json_string_value(member.value), &err) < 0)
            object_nomem(node);
    }
}

static const struct field metadata_fields[] = {
    {"name", .find_fault = name_dns_label_fault, .offset = offsetof(struct namespace_info, name),
     .flags = FIELD_REQUIRED},
    {"labels", decode_labels, offsetof(struct namespace_info, labels), 0},
    {"annotations", decode_own_annotations, offsetof(struct namespace_info, annotations), 0},
};

static void read_namespace(const struct node *object, struct reading *reading)
{
    struct node metadata = node_member(*object, "metadata");
    if (!metadata.value) {
        node_problem(object, "field \"metadata\" is missing");
        return;
    }

    char *file = GROW(reading->items, reading->count) ? strdup(object->document->file) : NULL;
    if (!file) {
        object_nomem(object);
        return;
    }

    struct mark mark = node_mark(node_member(metadata, "name"));
    struct found *found = &reading->items[reading->count++];
    *found = (struct found){.file = file, .line = mark.line, .column = mark.column};
    decode_known(&metadata, metadata_fields, ARRAY_SIZE(metadata_fields), &found->info);
}

static bool is_v1(const struct manifest *manifest, const char *kind)
{
    return strcmp(manifest->api_version, "v1") == 0 && strcmp(manifest->kind, kind) == 0;
}

static void report_kind(const struct manifest *manifest)
{
    node_problem(&manifest->node, "is %s of apiVersion %s, must be Namespace, NamespaceList or List of v1",
                 *manifest->kind ? manifest->kind : "an object without a kind",
                 *manifest->api_version ? manifest->api_version : "(none)");
}

/* Each item of a List is a manifest of its own. Of a List without items, only the kind and the type of `items` are
 * checked. */
static void read_manifest(const struct manifest *manifest, struct reading *reading)
{
    struct node items = node_member(manifest->node, "items");
    if (manifest->form == MANIFEST_TEMPLATE)
        manifest_refuse_template(manifest);
    else if ((manifest->form == MANIFEST_LIST && node_count(items) > 0) || !node_expect(&manifest->node, JSON_OBJECT))
        return;
    else if (is_v1(manifest, "Namespace"))
        read_namespace(&manifest->node, reading);
    else if (!is_v1(manifest, "List") && !is_v1(manifest, "NamespaceList"))
        report_kind(manifest);
    else if (items.value)
        (void)node_expect(&items, JSON_ARRAY);
}

static int compare_found(const void *left, const void *right)
{
    const struct found *a = left;
    const struct found *b = right;
    int order = strcmp(a->info.name, b->info.name);
    if (order == 0)
        order = strcmp(a->file, b->file);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order ? order : (a->column > b->column) - (a->column < b->column);
}

static void report_duplicates(const struct reading *reading, struct problems *problems)
{
    const struct found *first = reading->items;
    for (size_t i = 1; i < reading->count; i++) {
        const struct found *found = &reading->items[i];
        if (strcmp(found->info.name, first->info.name) != 0) {
            first = found;
            continue;
        }
        bool same = strcmp(found->file, first->file) == 0;
        problems_add(problems, found->file, found->line, found->column,
                     "there is a Namespace \"%s\" already, at %s%s%u; must be there once", found->info.name,
                     same ? "line" : first->file, same ? " " : ":", first->line);
    }
}

static int read_file(const char *path, struct reading *reading, struct problems *problems, struct err *err)
{
    AUTO(manifest_reader) reader = NULL;
    if (manifest_open(path, NULL, problems, &reader, err) < 0)
        return -1;
    for (;;) {
        AUTO(manifest) manifest = NULL;
        if (manifest_next(reader, &manifest, err) < 0)
            return -1;
        if (!manifest)
            return 0;
        read_manifest(manifest, reading);
    }
}

/* Sorts the namespaces and reports duplicates. Does neither if a name is missing, which has been reported. */
static int sort_and_report_duplicates(struct reading *reading, struct problems *problems, struct err *err)
{
    bool named = true;
    for (size_t i = 0; i < reading->count; i++)
        named = named && reading->items[i].info.name;
    if (named && reading->count > 1) {
        qsort(reading->items, reading->count, sizeof(*reading->items), compare_found);
        report_duplicates(reading, problems);
    }
    problems_sort(problems);
    return problems_check(problems, err);
}

struct namespaces *namespaces_new(size_t room)
{
    struct namespaces *namespaces = calloc(1, sizeof(*namespaces));
    if (!namespaces)
        return NULL;

    refs_init(&namespaces->refs);
    namespaces->items = calloc(room + 1, sizeof(*namespaces->items));
    if (!namespaces->items) {
        free(namespaces);
        return NULL;
    }

    return namespaces;
}

static struct namespaces *take_namespaces(struct reading *reading)
{
    struct namespaces *namespaces = namespaces_new(reading->count);
    for (size_t i = 0; namespaces && i < reading->count; i++) {
        namespaces->items[namespaces->count++] = reading->items[i].info;
        reading->items[i].info = (struct namespace_info){0};
    }

    return namespaces;
}

int namespaces_load(const char *path, struct namespaces **ret_namespaces, struct problems *problems, struct err *err)
{
    AUTO(reading) reading = {0};
    if (read_file(path, &reading, problems, err) < 0)
        return -1;
    if (sort_and_report_duplicates(&reading, problems, err) < 0)
        return -1;
    struct namespaces *namespaces = take_namespaces(&reading);
    if (!namespaces)
        return err_nomem(err);
    *ret_namespaces = namespaces;
    return 0;
}

struct namespaces *namespaces_ref(struct namespaces *namespaces)
{
    refs_up(&namespaces->refs);
    return namespaces;
}

void namespaces_unref(struct namespaces *namespaces)
{
    if (!namespaces || !refs_down(&namespaces->refs))
        return;
    for (size_t i = 0; i < namespaces->count; i++)
        info_fini(&namespaces->items[i]);
    free(namespaces->items);
    free(namespaces);
}

const struct namespace_info *namespaces_find(const struct namespaces *namespaces, const char *name)
{
    return names_find(NAMES(namespaces->items, namespaces->count), name);
}
