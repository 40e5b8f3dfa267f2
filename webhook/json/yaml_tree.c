/* Values with their marks, in parallel. Does not depend on YAML syntax. All recursion is bounded by the reader's limit
 * of nesting. */
#include "json/yaml_tree.h"

#include "base/vec.h"

#include <string.h>

static void marks_fini(struct yaml_mark *mark)
{
    for (size_t i = 0; i < mark->count; i++)
        marks_fini(&mark->children[i]);
    free(mark->children);
    *mark = (struct yaml_mark){0};
}

void yaml_document_fini(struct yaml_document *document)
{
    json_decref(document->value);
    document->value = NULL;
    marks_fini(&document->mark);
}

void yaml_documents_fini(struct yaml_documents *documents)
{
    for (size_t i = 0; i < documents->count; i++)
        yaml_document_fini(&documents->items[i]);
    free(documents->items);
    *documents = (struct yaml_documents){0};
}

static int mark_add(struct yaml_mark *mark, struct yaml_mark *child, struct err *err)
{
    if (!GROW(mark->children, mark->count))
        return err_nomem(err);
    mark->children[mark->count++] = TAKE(*child);
    return 0;
}

int yaml_node_append(struct yaml_document *array, struct yaml_document *element, struct err *err)
{
    if (json_array_append_new(array->value, TAKE(element->value)) < 0)
        return err_nomem(err);
    return mark_add(&array->mark, &element->mark, err);
}

int yaml_node_add_member(struct yaml_document *object, const char *key, struct yaml_document *member, struct err *err)
{
    if (json_object_set_new_nocheck(object->value, key, TAKE(member->value)) < 0)
        return err_nomem(err);
    return mark_add(&object->mark, &member->mark, err);
}

int yaml_node_merge(struct yaml_document *object, struct yaml_document *source, struct err *err)
{
    size_t index = 0;
    const char *key;
    json_t *value;
    json_object_foreach(source->value, key, value) {
        struct yaml_mark *mark = &source->mark.children[index++];
        if (json_object_get(object->value, key))
            continue;
        AUTO(yaml_document) member = {.value = json_incref(value), .mark = TAKE(*mark)};
        if (yaml_node_add_member(object, key, &member, err) < 0)
            return -1;
    }

    return 0;
}

const struct yaml_mark *yaml_node_mark_of(const struct yaml_document *object, const char *key)
{
    size_t index = 0;
    const char *other;
    json_t *value;
    json_object_foreach(object->value, other, value) {
        if (strcmp(other, key) == 0)
            break;
        index++;
    }
    return &object->mark.children[index];
}

int yaml_mark_make_children(struct yaml_mark *mark, size_t count, struct err *err)
{
    size_t room = 1; /* what GROW() expects of an array with that count */
    while (room < count)
        room *= 2;
    mark->children = count ? calloc(room, sizeof(*mark->children)) : NULL;
    if (count && !mark->children)
        return err_nomem(err);
    mark->count = count;
    return 0;
}

/* On failure *ret_copy holds the part that was copied, and the caller frees it. */
static int marks_copy(const struct yaml_mark *mark, struct yaml_mark *ret_copy, struct err *err)
{
    *ret_copy = *mark;
    ret_copy->count = 0;
    if (yaml_mark_make_children(ret_copy, mark->count, err) < 0)
        return -1;
    for (size_t i = 0; i < mark->count; i++) {
        if (marks_copy(&mark->children[i], &ret_copy->children[i], err) < 0)
            return -1;
    }
    return 0;
}

int yaml_node_copy(const struct yaml_document *node, struct yaml_document *ret_copy, struct err *err)
{
    AUTO(yaml_document) copy = {.value = json_deep_copy(node->value)};
    if (!copy.value)
        return err_nomem(err);
    if (marks_copy(&node->mark, &copy.mark, err) < 0)
        return -1;
    *ret_copy = TAKE(copy);
    return 0;
}

static void measure_mark_tree(const struct yaml_mark *mark, unsigned level, size_t *nodes, unsigned *depth)
{
    ++*nodes;
    if (level > *depth)
        *depth = level;
    for (size_t i = 0; i < mark->count; i++)
        measure_mark_tree(&mark->children[i], level + 1, nodes, depth);
}

void yaml_mark_measure(const struct yaml_mark *mark, size_t *ret_nodes, unsigned *ret_depth)
{
    *ret_nodes = 0;
    *ret_depth = 0;
    measure_mark_tree(mark, 0, ret_nodes, ret_depth);
}

int yaml_anchors_add(struct yaml_anchors *anchors, const char *name, const struct yaml_document *node, struct err *err)
{
    if (!anchors->names)
        anchors->names = json_object();
    if (!GROW(anchors->items, anchors->count))
        return err_nomem(err);

    struct yaml_anchor *anchor = &anchors->items[anchors->count];
    *anchor = (struct yaml_anchor){0};
    if (json_object_set_new_nocheck(anchors->names, name, json_integer((json_int_t)anchors->count)) < 0)
        return err_nomem(err);
    anchors->count++;
    yaml_mark_measure(&node->mark, &anchor->nodes, &anchor->depth);
    return yaml_node_copy(node, &anchor->node, err);
}

const struct yaml_anchor *yaml_anchors_get(const struct yaml_anchors *anchors, const char *name)
{
    const json_t *index = json_object_get(anchors->names, name);
    return index ? &anchors->items[json_integer_value(index)] : NULL;
}

void yaml_anchors_fini(struct yaml_anchors *anchors)
{
    for (size_t i = 0; i < anchors->count; i++)
        yaml_document_fini(&anchors->items[i].node);
    free(anchors->items);
    json_decref(anchors->names);
    *anchors = (struct yaml_anchors){0};
}
