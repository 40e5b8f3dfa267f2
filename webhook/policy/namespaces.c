/* Namespaces from a file. Must not know the Kubernetes API's watch (kube/) or what the labels mean. */
#include "base/file.h"
#include "json/unconst.h"
#include "policy/names.h"
#include "policy/namespaces.h"
#include "policy/object.h"

#include <string.h>

enum { NAMESPACES_FILE_MAX = 8 << 20 };

/* A namespace and where it was written. */
struct found {
    struct namespace_info info;
    unsigned line, column;
};

struct reading {
    struct found *items;
    size_t count, capacity;
};

static void info_fini(struct namespace_info *info)
{
    free(info->name);
    keyvalues_fini(&info->labels);
    keyvalues_fini(&info->annotations);
}

static void reading_fini(struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++)
        info_fini(&reading->items[i].info);
    free(reading->items);
}
DEFINE_AUTO_FINI(reading, struct reading, reading_fini);

static struct found *add_found(struct reading *reading)
{
    if (reading->count == reading->capacity) {
        size_t capacity = reading->capacity ? reading->capacity * 2 : 64;
        struct found *items = realloc(reading->items, capacity * sizeof(*items));
        if (!items)
            return NULL;
        reading->items = items;
        reading->capacity = capacity;
    }
    struct found *found = &reading->items[reading->count++];
    *found = (struct found){0};
    return found;
}

/* Annotations can be large (kubectl keeps whole manifests in one); ours are all that is ever asked for. */
static void decode_own_annotations(const struct node *node, struct keyvalues *annotations)
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

static void decode_name(const struct node *name, struct found *found)
{
    decode_string(name, &found->info.name);
    const char *fault = found->info.name ? name_dns_label_fault(found->info.name) : NULL;
    if (fault)
        node_problem(name, "\"%s\" %s", found->info.name, fault);
    found->line = name->mark->line;
    found->column = name->mark->column;
}

static void read_namespace(const struct node *object, struct reading *reading)
{
    struct node metadata = node_member(*object, "metadata");
    if (!metadata.value) {
        node_problem(object, "field \"metadata\" is missing");
        return;
    }
    if (!node_expect(&metadata, JSON_OBJECT))
        return;
    struct node name = node_member(metadata, "name");
    struct node labels = node_member(metadata, "labels");
    struct node annotations = node_member(metadata, "annotations");
    if (!name.value) {
        node_problem(&metadata, "field \"name\" is missing");
        return;
    }
    struct found *found = add_found(reading);
    if (!found) {
        object_nomem(object);
        return;
    }
    decode_name(&name, found);
    if (labels.value)
        decode_labels(&labels, &found->info.labels);
    if (annotations.value)
        decode_own_annotations(&annotations, &found->info.annotations);
}

/* The text of a member, or `absent`. */
static const char *text_of(const struct node *object, const char *key, const char *absent)
{
    const char *text = json_string_value(json_object_get(object->value, key));
    return text ? text : absent;
}

static bool is_v1(const struct node *object, const char *kind)
{
    return strcmp(text_of(object, "apiVersion", ""), "v1") == 0 && strcmp(text_of(object, "kind", ""), kind) == 0;
}

static void report_kind(const struct node *object)
{
    node_problem(object, "is %s of apiVersion %s, must be Namespace, NamespaceList or List of v1",
                 text_of(object, "kind", "an object without a kind"), text_of(object, "apiVersion", "(none)"));
}

/* The API server leaves kind and apiVersion out of a NamespaceList's items; kubectl's List has them. */
static void read_list(const struct node *list, struct reading *reading)
{
    bool typed = is_v1(list, "NamespaceList");
    struct node items = node_member(*list, "items");
    if (!items.value || !node_expect(&items, JSON_ARRAY))
        return;
    NODE_ELEMENTS(items, item) {
        bool bare = typed && !json_object_get(item.value, "kind") && !json_object_get(item.value, "apiVersion");
        if (!node_expect(&item, JSON_OBJECT))
            continue;
        if (bare || is_v1(&item, "Namespace"))
            read_namespace(&item, reading);
        else
            report_kind(&item);
    }
}

static void read_document(const struct node *object, struct reading *reading)
{
    if (!node_expect(object, JSON_OBJECT))
        return;
    if (is_v1(object, "Namespace"))
        read_namespace(object, reading);
    else if (is_v1(object, "List") || is_v1(object, "NamespaceList"))
        read_list(object, reading);
    else
        report_kind(object);
}

static int compare_found(const void *left, const void *right)
{
    const struct found *a = left;
    const struct found *b = right;
    int order = strcmp(a->info.name, b->info.name);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order ? order : (a->column > b->column) - (a->column < b->column);
}

static void report_duplicates(const struct reading *reading, const char *path, struct problems *problems)
{
    const struct found *first = reading->items;
    for (size_t i = 1; i < reading->count; i++) {
        const struct found *found = &reading->items[i];
        if (strcmp(found->info.name, first->info.name) != 0)
            first = found;
        else
            problems_add(problems, path, found->line, found->column,
                         "there is a Namespace \"%s\" already, at line %u; must be there once", found->info.name,
                         first->line);
    }
}

static int read_file(const char *path, struct yaml_documents *ret_documents, struct problems *problems, struct err *err)
{
    AUTO(buf) text;
    buf_init(&text, NAMESPACES_FILE_MAX);
    if (file_read(path, &text, err) < 0)
        return -1;
    return yaml_read(path, buf_text(&text), text.length, YAML_ALIASES, ret_documents, problems, err);
}

/* Sorted, and each there once: or the problems say so. Names without which nothing can be sorted are problems too. */
static int check(struct reading *reading, const char *path, struct problems *problems, struct err *err)
{
    bool named = true;
    for (size_t i = 0; i < reading->count; i++)
        named = named && reading->items[i].info.name;
    if (named && reading->count > 1) {
        qsort(reading->items, reading->count, sizeof(*reading->items), compare_found);
        report_duplicates(reading, path, problems);
    }
    problems_sort(problems);
    return problems_check(problems, err);
}

static struct namespaces *take_namespaces(struct reading *reading)
{
    struct namespaces *namespaces = calloc(1, sizeof(*namespaces));
    if (!namespaces)
        return NULL;
    refs_init(&namespaces->refs);
    namespaces->items = calloc(reading->count + 1, sizeof(*namespaces->items));
    if (!namespaces->items) {
        free(namespaces);
        return NULL;
    }
    for (size_t i = 0; i < reading->count; i++)
        namespaces->items[namespaces->count++] = reading->items[i].info;
    reading->count = 0;
    return namespaces;
}

int namespaces_load(const char *path, struct namespaces **ret_namespaces, struct problems *problems, struct err *err)
{
    AUTO(yaml_documents) documents = {0};
    AUTO(reading) reading = {0};
    if (read_file(path, &documents, problems, err) < 0)
        return -1;
    for (size_t i = 0; i < documents.count; i++) {
        struct document document = document_of(path, &documents.items[i], problems);
        struct node root = node_root(&document);
        read_document(&root, &reading);
    }
    if (check(&reading, path, problems, err) < 0)
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
