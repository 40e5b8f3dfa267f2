/* Decodes the common parts of our objects. */
#include "policy/object.h"

#include <string.h>

enum { MESSAGE_MAX = 1024 };

static const char *const kind_names[] = {[KIND_CLASS] = SLICE_CLASS,
                                         [KIND_POLICY] = SLICE_POLICY,
                                         [KIND_POOL] = SLICE_POOL,
                                         [KIND_SETTINGS] = SLICE_SETTINGS,
                                         [KIND_TEST] = SLICE_TEST};

const char *object_kind_name(enum object_kind kind)
{
    return kind_names[kind];
}

void decode_elsewhere(const struct node *node, void *target)
{
    (void)node;
    (void)target;
}

void object_nomem(const struct node *node)
{
    node->document->problems->out_of_memory = true;
}

static bool identify_version(const struct node *object)
{
    struct node version = node_member(*object, "apiVersion");
    if (!version.value) {
        node_problem(object, "apiVersion is missing, must be %s", OWN_API_VERSION);
        return false;
    }
    if (!node_expect(&version, JSON_STRING))
        return false;
    if (strcmp(json_string_value(version.value), OWN_API_VERSION) == 0)
        return true;
    node_problem(&version, "is \"%s\", must be %s", json_string_value(version.value), OWN_API_VERSION);
    return false;
}

bool object_identify(const struct node *object, enum object_kind *ret_kind)
{
    static const char must_be[] = "must be SlicePool, SliceClass, SlicePolicy, SliceSettings or SliceTest";

    if (!node_expect(object, JSON_OBJECT) || !identify_version(object))
        return false;

    struct node kind = node_member(*object, "kind");
    if (!kind.value) {
        node_problem(object, "kind is missing, %s", must_be);
        return false;
    }
    if (!node_expect(&kind, JSON_STRING))
        return false;

    for (size_t i = 0; i < ARRAY_SIZE(kind_names); i++) {
        if (strcmp(json_string_value(kind.value), kind_names[i]) == 0) {
            *ret_kind = (enum object_kind)i;
            return true;
        }
    }

    node_problem(&kind, "is \"%s\", %s", json_string_value(kind.value), must_be);
    return false;
}

bool object_name_node(const struct node *object, struct node *ret_name)
{
    *ret_name = node_find(*object, PATH("metadata", "name"));
    return json_is_string(ret_name->value);
}

/* Labels and annotations are checked but not kept, because only other tools need them. */
static const struct field metadata_fields[] = {
    {"name", .find_fault = name_dns_label_fault, .flags = FIELD_REQUIRED},
    {"labels", decode_labels, NOT_KEPT},
    {"annotations", decode_annotations, NOT_KEPT},
};

void object_decode(const struct node *object, const struct field *spec, void *base, struct mark *ret_mark)
{
    const struct field fields[] = {
        {"apiVersion", decode_elsewhere, .flags = FIELD_REQUIRED},
        {"kind", decode_elsewhere, .flags = FIELD_REQUIRED},
        {"metadata", FIELDS(metadata_fields), .flags = FIELD_REQUIRED},
        *spec,
    };
    char **ret_name = base;
    struct node name;

    decode_object(object, fields, ARRAY_SIZE(fields), base);

    bool named = object_name_node(object, &name);
    *ret_mark = node_mark(named ? name : *object);

    const struct object_scope *scope = object->document->context;
    if (scope)
        ret_mark->file = scope->file;
    if (!*ret_name)
        *ret_name = strdup("");
    if (!*ret_name)
        object_nomem(object);
}

void object_unknown(const struct node *node, enum object_kind kind, const char *name, struct names names)
{
    const struct object_scope *scope = node->document->context;
    if (scope && scope->incomplete)
        return;

    const char *nearest = names_nearest(names, name);
    if (nearest) {
        node_problem(node, "there is no %s \"%s\"; did you mean \"%s\"?", kind_names[kind], name, nearest);
        return;
    }

    AUTO(buf) list;

    buf_init(&list, MESSAGE_MAX);
    names_list(names, name, &list);
    node_problem(node, "there is no %s \"%s\"; there %s %s", kind_names[kind], name, names.count == 1 ? "is" : "are",
                 names.count ? buf_text(&list) : "none of that kind");
}
