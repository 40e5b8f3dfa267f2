/* Finds the templates of an object of jansson's. Goes through text, because templates are found in cJSON's trees. */
#include "admission/workload_pods.h"

#include "admission/model/review.h"
#include "base/vec.h"
#include "json/patch.h"
#include "json/unconst.h"

#include <string.h>

void workload_pods_fini(struct workload_pods *pods)
{
    for (size_t i = 0; i < pods->count; i++) {
        free(pods->items[i].pointer);
        free(pods->items[i].path);
        free(pods->items[i].review);
    }
    free(pods->items);
    *pods = (struct workload_pods){0};
}

/* Makes the review, unless the template has no pod. */
static int add_review(struct pod_templates *templates, size_t index, const char *namespace_name,
                      struct workload_pod *pod, struct err *err)
{
    AUTO(cjson) made = NULL;
    if (!templates->items[index].unjudged && templates_take_pod(templates, index, &made, err) < 0)
        return -1;
    pod->unjudged = templates->items[index].unjudged;
    if (pod->unjudged)
        return 0;

    AUTO(cjson_text) text = cJSON_PrintUnformatted(made);
    AUTO(json) object = text ? json_loads(text, 0, NULL) : NULL;
    pod->review = review_print_create(object, namespace_name);
    return pod->review ? 0 : err_nomem(err);
}

static int add_all(struct pod_templates *templates, const char *namespace_name, struct workload_pods *pods,
                   struct err *err)
{
    pods->workload = templates->workload;
    pods->is_single = templates_are_single(templates);
    pods->could_hold = templates->could_hold;
    for (size_t i = 0; i < templates->count; i++) {
        if (!GROW(pods->items, pods->count))
            return err_nomem(err);
        struct workload_pod *pod = &pods->items[pods->count++];
        *pod =
            (struct workload_pod){.pointer = TAKE(templates->items[i].pointer), .path = TAKE(templates->items[i].path)};
        if (add_review(templates, i, namespace_name, pod, err) < 0)
            return -1;
    }
    return 0;
}

/* True if the object is certain to have no template, so it need not be copied. */
static bool has_none(const json_t *object, const char *group, const char *kind)
{
    return !workload_find(KIND(group, kind)) &&
           (workload_is_excluded(group) || !json_is_object(json_object_get(object, "spec")));
}

int workload_pods_of(json_t *object, const char *api_version, const char *kind, const char *namespace_name,
                     struct workload_pods *ret_pods, struct err *err)
{
    const char *slash = strchr(api_version, '/');
    AUTO(string) group = strndup(api_version, slash ? (size_t)(slash - api_version) : 0);
    if (!group)
        return err_nomem(err);
    if (has_none(object, group, kind))
        return 0;

    AUTO(string) text = review_print_create(object, namespace_name);
    AUTO(review) review = {0};
    AUTO(templates) templates = {0};
    if (!text)
        return err_nomem(err);
    if (review_parse(&review, text, strlen(text), err) < 0 ||
        templates_find(review.object, KIND(group, kind), &templates, err) < 0)
        return -1;

    AUTO(workload_pods) pods = {0};
    if (add_all(&templates, namespace_name, &pods, err) < 0)
        return -1;
    *ret_pods = TAKE(pods);
    return 0;
}
