/* Finds templates by the paths of a known kind, or by their shape. shapes.c makes pods of them. */
#include "workload/templates.h"

#include "base/vec.h"
#include "json/cursor.h"
#include "json/find.h"
#include "json/pointer.h"
#include "workload/shapes.h"

#include <stdio.h>
#include <string.h>

enum { PATH_BYTES_MAX = 1024 };

/* The way from the object to a value. Its text is made only where a template is found. */
struct step {
    const struct step *outer; /* NULL: the object itself */
    const char *key;          /* NULL: an element of a list */
    size_t index;
};

struct search {
    struct pod_templates *found;
    struct err *err;
    bool failed;
    bool asks; /* a field was seen that asks for an extended resource */
};

static bool way_print(const struct step *step, struct buf *pointer, struct buf *path)
{
    if (!step)
        return true;
    if (!way_print(step->outer, pointer, path) ||
        (step->key && strnlen(step->key, PATH_BYTES_MAX + 1) > PATH_BYTES_MAX))
        return false;
    if (step->key) {
        pointer_add_key(pointer, step->key);
        node_path_add_key(path, step->key);
    } else {
        pointer_add_index(pointer, step->index);
        buf_addf(path, "[%zu]", step->index);
    }
    return pointer->failure == ERR_NONE && path->failure == ERR_NONE;
}

static void search_add(struct search *search, const struct step *step, cJSON *value, const char *unjudged)
{
    struct pod_templates *found = search->found;
    AUTO(buf) pointer;
    AUTO(buf) path;
    buf_init(&pointer, PATH_BYTES_MAX);
    buf_init(&path, PATH_BYTES_MAX);
    if (!way_print(step, &pointer, &path))
        unjudged = "its path is longer than 1 KiB";

    struct pod_template template = {
        .pointer = strdup(buf_text(&pointer)), .path = strdup(buf_text(&path)), .value = value, .unjudged = unjudged};
    if (template.pointer && template.path && GROW(found->items, found->count)) {
        found->items[found->count++] = template;
        return;
    }
    free(template.pointer);
    free(template.path);
    search->failed = true;
    (void)err_nomem(search->err);
}

/* -- Known kinds -- */

static void walk(struct search *search, const struct step *step, cJSON *value, const char *path);

static void walk_children(struct search *search, const struct step *step, cJSON *parent, const char *path)
{
    struct step next = {.outer = step};
    cJSON *child;
    cJSON_ArrayForEach(child, parent) {
        next.key = cJSON_IsObject(parent) ? child->string : NULL;
        walk(search, &next, child, path);
        next.index++;
    }
}

/* Follows the rest of a path (see struct workload) from `value`. */
static void walk(struct search *search, const struct step *step, cJSON *value, const char *path)
{
    char key[64];
    if (search->failed)
        return;
    if (*path == '\0') {
        const struct workload *workload = search->found->workload;
        const char *unjudged;
        if (cJSON_IsObject(value) && shape_holds(workload, search->found->object, value, &unjudged))
            search_add(search, step, value, unjudged);
        return;
    }
    if (path[0] == '[') {
        if (cJSON_IsArray(value))
            walk_children(search, step, value, path + strlen("[]") + (path[2] == '.'));
        return;
    }
    size_t length = strcspn(path, ".[");
    const char *rest = path + length + (path[length] == '.');
    if (path[0] == '*') {
        if (cJSON_IsObject(value))
            walk_children(search, step, value, rest);
        return;
    }
    (void)snprintf(key, sizeof(key), "%.*s", (int)length, path);
    const struct step next = {.outer = step, .key = key};
    cJSON *child = cJSON_IsObject(value) ? cjson_find(value, PATH(key)) : NULL;
    if (child)
        walk(search, &next, child, rest);
}

/* -- Unknown kinds -- */

static bool is_text(const cJSON *object, const char *key)
{
    return cJSON_IsString(cjson_member(object, key));
}

/* True for {metadata?, spec: {containers: [{name, image}, ...]}}. */
static bool looks_like_template(const cJSON *value)
{
    const cJSON *metadata = cjson_find(value, PATH("metadata"));
    const cJSON *containers = cjson_find(value, PATH("spec", "containers"));
    const cJSON *container;
    if (!cJSON_IsArray(containers) || !containers->child || (metadata && !cJSON_IsObject(metadata)))
        return false;
    cJSON_ArrayForEach(container, containers) {
        if (!is_text(container, "name") || !is_text(container, "image"))
            return false;
    }
    return true;
}

static bool has_extended_resource(const cJSON *list)
{
    const cJSON *amount;
    cJSON_ArrayForEach(amount, list) {
        if (amount->string && strchr(amount->string, '/'))
            return true;
    }
    return false;
}

/* True for the resource requirements of a container, by whatever name, that ask for an extended resource. */
static bool asks_extended_resource(const cJSON *member)
{
    static const char *const keys[] = {"resources", "computeResources", "resourcesPerNode"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (strcmp(member->string, keys[i]) == 0)
            return has_extended_resource(cjson_find(member, PATH("limits"))) ||
                   has_extended_resource(cjson_find(member, PATH("requests")));
    }
    return false;
}

static void search_below(struct search *search, const struct step *step, cJSON *parent)
{
    struct step next = {.outer = step};
    cJSON *child;
    cJSON_ArrayForEach(child, parent) {
        if (search->failed)
            return;
        next.key = cJSON_IsObject(parent) ? child->string : NULL;
        if (next.key && asks_extended_resource(child))
            search->asks = true;
        if (cJSON_IsObject(child) && looks_like_template(child))
            search_add(search, &next, child, NULL);
        else
            search_below(search, &next, child);
        next.index++;
    }
}

/* -- All kinds -- */

int templates_find(cJSON *object, struct kind kind, struct pod_templates *ret_templates, struct err *err)
{
    struct search search = {.found = ret_templates, .err = err};
    ret_templates->object = object;
    ret_templates->kind = kind;
    ret_templates->workload = workload_find(kind);

    if (ret_templates->workload) {
        const char *const *paths = ret_templates->workload->paths;
        for (size_t i = 0; i < WORKLOAD_PATHS_MAX && paths[i]; i++)
            walk(&search, NULL, object, paths[i]);
        ret_templates->could_hold = ret_templates->count == 0;
    } else if (!workload_is_excluded(kind.group) && !kind_same(kind, POD_KIND)) {
        const struct step spec = {.key = "spec"};
        cJSON *below = cjson_find(object, PATH("spec"));
        search_below(&search, &spec, below);
        ret_templates->could_hold = ret_templates->count == 0 && search.asks && workload_may_make_pods(kind.group);
    }

    if (!search.failed)
        return 0;
    templates_fini(ret_templates);
    return -1;
}

void templates_fini(struct pod_templates *templates)
{
    for (size_t i = 0; i < templates->count; i++) {
        free(templates->items[i].pointer);
        free(templates->items[i].path);
    }
    free(templates->items);
    *templates = (struct pod_templates){0};
}

int templates_take_pod(struct pod_templates *templates, size_t index, cJSON **ret_pod, struct err *err)
{
    struct pod_template *template = &templates->items[index];
    const struct shape_source source = {templates->workload, templates->kind, templates->object};
    if (shape_take_pod(&source, template->value, &templates->inherited_values, ret_pod, err) < 0)
        return -1;
    if (!*ret_pod)
        template->unjudged = "the templates of the object inherit too much";
    return 0;
}

bool templates_are_single(const struct pod_templates *templates)
{
    const struct workload *workload = templates->workload;
    return workload && workload->paths[0] && !workload->paths[1] && !strpbrk(workload->paths[0], "[*") &&
           templates->count == 1;
}
