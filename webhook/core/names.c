/* The table of our keys. */
#include "core/names.h"

#include "base/spelling.h"
#include "base/text.h"

#include <string.h>

const struct own_key own_keys[] = {
    {LABEL_INJECT, KEY_OF_NAMESPACE, KEY_IS_LABEL, {"enabled", "required"}, false},
    {LABEL_PODS, KEY_OF_NAMESPACE, KEY_IS_LABEL, {"all"}, false},
    {ANNOTATION_CLASS, KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, {NULL}, false},
    {ANNOTATION_MEMORY, KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, {NULL}, false},
    {ANNOTATION_ADVISE, KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, {ADVISE_VERBOSE}, false},
    {ANNOTATION_CLASS, KEY_OF_POD, KEY_IS_ANNOTATION, {NULL}, false},
    {ANNOTATION_MEMORY, KEY_OF_POD, KEY_IS_ANNOTATION, {NULL}, false},
    {ANNOTATION_CONTAINERS, KEY_OF_POD, KEY_IS_ANNOTATION, {NULL}, false},
    {LABEL_INJECT, KEY_OF_POD, KEY_IS_LABEL, {"disabled"}, false},
    {LABEL_CLASS, KEY_OF_POD, KEY_IS_LABEL, {NULL}, true},
    {ANNOTATION_APPLIED, KEY_OF_POD, KEY_IS_ANNOTATION, {NULL}, true},
    {LABEL_POOL, KEY_OF_NODE, KEY_IS_LABEL, {NULL}, false},
    {LABEL_POOL, KEY_OF_NODE, KEY_IS_TAINT, {NULL}, false},
    {TAINT_LAYOUT, KEY_OF_NODE, KEY_IS_TAINT, {LAYOUT_PENDING}, false},
    {RESOURCE_GPU_MEMORY, KEY_OF_CLUSTER_QUEUE, KEY_IS_RESOURCE, {NULL}, false},
    {COMMENT_LINT_IGNORE, KEY_OF_FILE, KEY_IS_COMMENT, {NULL}, false},
    {NULL, KEY_OF_FILE, KEY_IS_COMMENT, {NULL}, false},
};

const struct own_key *own_key_find(const char *key, enum key_object object, enum key_place place)
{
    for (const struct own_key *own = own_keys; own->key; own++) {
        if (own->object == object && own->place == place && strcmp(own->key, key) == 0)
            return own;
    }
    return NULL;
}

bool own_key_takes(const struct own_key *key, const char *value)
{
    return !key->values[0] || text_is_any(value, key->values);
}

bool namespace_opts_in(const struct keyvalues *labels)
{
    const char *inject = keyvalues_get(labels, LABEL_INJECT);
    return inject && own_key_takes(own_key_find(LABEL_INJECT, KEY_OF_NAMESPACE, KEY_IS_LABEL), inject);
}

bool own_key_is(const char *key)
{
    return text_begins(key, OWN_PREFIX);
}

/* -- Keys that are not in their place -- */

static const char *const object_names[] = {
    [KEY_OF_NAMESPACE] = "its namespace",        [KEY_OF_POD] = "its pods",
    [KEY_OF_WORKLOAD] = "the workload",          [KEY_OF_NODE] = "nodes",
    [KEY_OF_CLUSTER_QUEUE] = "the ClusterQueue", [KEY_OF_FILE] = "the file",
};
static const char *const place_names[] = {
    [KEY_IS_LABEL] = "label",       [KEY_IS_ANNOTATION] = "annotation", [KEY_IS_TAINT] = "taint",
    [KEY_IS_RESOURCE] = "resource", [KEY_IS_COMMENT] = "comment",
};

/* Returns how likely the row is what the author meant; 0 if it is a row of another key. What gpuslice writes itself is
 * meant least. On a pod or workload a value that only this row takes is the best hint; on a namespace it is not,
 * because `inject: disabled` there means a namespace that is not opted in. */
static int key_likeness(const struct own_key *row, const struct own_key_use *use)
{
    if (strcmp(row->key, use->key) != 0)
        return 0;
    return 1 + (row->written ? 0 : 8) +
           (use->object != KEY_OF_NAMESPACE && row->values[0] && own_key_takes(row, use->value) ? 4 : 0) +
           (row->object == use->object || (row->object == KEY_OF_POD && use->object == KEY_OF_WORKLOAD) ? 2 : 0) +
           (row->place == use->place ? 1 : 0);
}

/* Returns the row that the author most likely meant, or NULL if no row has the key. */
static const struct own_key *key_meant(const struct own_key_use *use)
{
    const struct own_key *best = NULL;
    for (const struct own_key *own = own_keys; own->key; own++) {
        if (key_likeness(own, use) > (best ? key_likeness(best, use) : 0))
            best = own;
    }
    return best;
}

/* Returns the key of namespaces or pods that a misspelt one most likely means, or NULL. */
static const char *key_nearest(const char *key)
{
    const char *name = key + strlen(OWN_PREFIX);
    struct spelling_search search = {.mistyped = name, .limit = spelling_tolerance(name)};
    for (const struct own_key *own = own_keys; own->key; own++) {
        if ((own->object == KEY_OF_NAMESPACE || own->object == KEY_OF_POD) && !own->written)
            spelling_consider(&search, own->key + strlen(OWN_PREFIX));
    }
    return search.nearest;
}

static void unknown_key_text(const struct own_key_use *use, const char *found, char ret_text[OWN_KEY_TEXT_SIZE])
{
    const char *nearest = key_nearest(use->key);
    if (nearest)
        text_printf(ret_text, OWN_KEY_TEXT_SIZE, "%s is unknown: did you mean " OWN_PREFIX "%s?", found, nearest);
    else
        text_printf(ret_text, OWN_KEY_TEXT_SIZE, "%s is unknown to gpuslice and has no effect", found);
}

static void misplaced_key_text(const struct own_key_use *use, const struct own_key *meant, const char *found,
                               char ret_text[OWN_KEY_TEXT_SIZE])
{
    const bool named = meant->values[0] && !own_key_takes(meant, use->value);
    const bool here = meant->object == use->object;
    if (meant->written)
        text_printf(ret_text, OWN_KEY_TEXT_SIZE, "%s has no effect: gpuslice itself writes it, on pods", found);
    else if (meant->object == KEY_OF_NODE)
        text_printf(ret_text, OWN_KEY_TEXT_SIZE, "%s has no effect: it is of nodes; " ANNOTATION_CLASS " is for pods",
                    found);
    else
        text_printf(ret_text, OWN_KEY_TEXT_SIZE, "%s has no effect: make it a%s %s%s%s%s%s", found,
                    meant->place == KEY_IS_ANNOTATION ? "n" : "", place_names[meant->place], here ? "" : " of ",
                    here                                                            ? ""
                    : use->object == KEY_OF_WORKLOAD && meant->object == KEY_OF_POD ? "its pod template"
                                                                                    : object_names[meant->object],
                    named ? ", with the value " : "", named ? meant->values[0] : "");
}

/* Charts render "" for an annotation whose value is not set. */
static bool own_key_is_empty(const struct own_key *key, const char *value)
{
    return key->place == KEY_IS_ANNOTATION && !key->written && text_is_blank(value);
}

bool own_key_fault(const struct own_key_use *use, char ret_text[OWN_KEY_TEXT_SIZE])
{
    const struct own_key *row = own_key_find(use->key, use->object, use->place);
    const bool ignores = use->place == KEY_IS_ANNOTATION && strcmp(use->key, COMMENT_LINT_IGNORE) == 0;
    const bool empty = row && own_key_is_empty(row, use->value);
    if ((row && !empty && own_key_takes(row, use->value)) || ignores)
        return false;

    char found[OWN_KEY_TEXT_SIZE];
    text_printf(found, sizeof(found), "%.30s %s %.50s", use->who, place_names[use->place], use->key);

    const struct own_key *meant = key_meant(use);
    if (empty)
        text_printf(ret_text, OWN_KEY_TEXT_SIZE, "%s is empty: it counts as left out", found);
    else if (!meant)
        unknown_key_text(use, found, ret_text);
    else if (meant != row)
        misplaced_key_text(use, meant, found, ret_text);
    else
        text_printf(ret_text, OWN_KEY_TEXT_SIZE, "%s is \"%.20s\", which means nothing: use %s%s%s", found, use->value,
                    row->values[0], row->values[1] ? " or " : "", row->values[1] ? row->values[1] : "");
    return true;
}
