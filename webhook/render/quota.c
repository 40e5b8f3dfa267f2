/* Renders ResourceQuota and LimitRange for the resources of a namespace's classes, and example namespaces if no
 * namespaces are given. A quota counts what the webhook has written: a quota on nvidia.com/gpu does not limit pods that
 * get nvidia.com/mig-1g.5gb, and a LimitRange on the old name refuses every converted pod. */
#include "render/plan.h"

#include <stdio.h>
#include <string.h>

/* Collects the resources of the policy's classes, sorted, without duplicates. */
static int resources_of(const struct policy *policy, struct strlist *ret_resources, struct err *err)
{
    for (size_t i = 0; i < policy->allowed_count; i++) {
        const char *resource = policy->allowed_classes[i]->resource;
        if (!strlist_has(ret_resources, resource) && strlist_add(ret_resources, resource, err) < 0)
            return -1;
    }
    strlist_sort(ret_resources);
    return 0;
}

static int64_t limit_of(const struct pool *pool, const char *resource)
{
    for (size_t i = 0; i < pool->nodes.limit_count; i++) {
        if (strcmp(pool->nodes.limits[i].resource, resource) == 0)
            return pool->nodes.limits[i].slices;
    }
    return 0;
}

static bool draws_on(const struct policy *policy, const struct pool *pool, const char *resource)
{
    for (size_t i = 0; i < policy->allowed_count; i++) {
        const struct slice_class *slice_class = policy->allowed_classes[i];
        if (strcmp(slice_class->resource, resource) == 0 && plan_class_uses(slice_class, pool))
            return true;
    }
    return false;
}

/* Returns how many slices of the resource the pools of the policy's classes may have in total, or 0 if one of these
 * pools has no limit. */
static int64_t most_of(const struct plan *plan, const struct policy *policy, const char *resource)
{
    int64_t sum = 0;
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        const struct pool *pool = &plan->set->pools[i];
        int64_t limit = limit_of(pool, resource);
        if (!draws_on(policy, pool, resource))
            continue;
        if (limit == 0)
            return 0;
        sum += limit;
    }
    return sum;
}

enum { UNKNOWN_LIMIT = 16 };

static int64_t most_per_container(const struct policy *policy, const char *resource)
{
    int64_t most = 1;
    for (size_t i = 0; i < policy->allowed_count; i++) {
        const struct slice_class *slice_class = policy->allowed_classes[i];
        if (strcmp(slice_class->resource, resource) == 0 && slice_class->per_container > most)
            most = slice_class->per_container;
    }
    return most;
}

/* One namespace for which files are rendered. */
struct subject {
    const char *name;
    const struct keyvalues *labels;
    const struct policy *policy;
    enum render_use use;
};

static int render_namespace(struct plan *plan, const struct subject *subject, struct err *err)
{
    buf_addf(&plan->comment,
             "An example: a namespace that is opted in and to which SlicePolicy %s (%s) applies.\n"
             "While the webhook is down, pods are admitted unchanged (`enabled`), or refused if they ask for a GPU "
             "(`required`).\n",
             subject->policy->name, plan_file(plan, &subject->policy->mark));
    json_t *object = json_pack("{s:s, s:s, s:{s:s, s:o}}", "apiVersion", "v1", "kind", "Namespace", "metadata", "name",
                               subject->name, "labels", build_map(subject->labels));
    return plan_add(plan, subject->use, object, err, "namespace-%s.yaml", subject->name);
}

static int render_resource_quota(struct plan *plan, const struct subject *subject, const struct strlist *resources,
                                 struct err *err)
{
    char key[RENDER_NAME_SIZE];
    json_t *hard = json_object();
    for (size_t i = 0; i < resources->count; i++) {
        int64_t most = most_of(plan, subject->policy, resources->items[i]);
        (void)snprintf(key, sizeof(key), "requests.%s", resources->items[i]);
        json_put(&hard, key, build_number_text(most ? most : UNKNOWN_LIMIT));
    }
    if (!strlist_has(resources, GPU_RESOURCE_WHOLE))
        json_put(&hard, "requests." GPU_RESOURCE_WHOLE, json_string("0"));

    buf_addf(&plan->comment,
             "Limits what namespace %s may use of the resources of its classes (SlicePolicy %s, %s).\n"
             "Each number is the limit of the pools (nodes.limits), or %d if a pool has no limit: lower the numbers.\n",
             subject->name, subject->policy->name, plan_file(plan, &subject->policy->mark), UNKNOWN_LIMIT);
    json_t *object = build_object("v1", "ResourceQuota", "gpuslice", subject->name);
    json_put(&object, "spec", json_pack("{s:o}", "hard", hard));
    return plan_add(plan, subject->use, object, err, "resourcequota-%s.yaml", subject->name);
}

/* A maximum without a default becomes the default of every container (core/v1 defaulting of LimitRange), so that all of
 * them would request a GPU. */
static int render_limit_range(struct plan *plan, const struct subject *subject, const struct strlist *resources,
                              struct err *err)
{
    json_t *maxima = json_object();
    json_t *zeros = json_object();
    for (size_t i = 0; i < resources->count; i++) {
        json_put(&maxima, resources->items[i],
                 build_number_text(most_per_container(subject->policy, resources->items[i])));
        json_put(&zeros, resources->items[i], json_string("0"));
    }

    buf_add_string(
        &plan->comment,
        "The most that one container may ask for, of the resources that the webhook writes.\n"
        "Do not leave out the defaults of 0: a maximum without a default becomes the default, and every container "
        "of the\nnamespace would ask for a GPU. 0 is not a request.\n");
    json_t *object = build_object("v1", "LimitRange", "gpuslice", subject->name);
    json_put(&object, "spec",
             json_pack("{s:[{s:s, s:o, s:O, s:o}]}", "limits", "type", "Container", "max", maxima, "default", zeros,
                       "defaultRequest", zeros));
    return plan_add(plan, subject->use, object, err, "limitrange-%s.yaml", subject->name);
}

static int render_limits(struct plan *plan, const struct subject *subject, struct err *err)
{
    AUTO(strlist) resources = {0};
    if (resources_of(subject->policy, &resources, err) < 0)
        return -1;
    if (resources.count == 0)
        return 0;
    if (render_resource_quota(plan, subject, &resources, err) < 0)
        return -1;
    return render_limit_range(plan, subject, &resources, err);
}

static int render_known(struct plan *plan, struct err *err)
{
    const struct namespaces *namespaces = plan->options->namespaces;
    for (size_t i = 0; i < namespaces->count; i++) {
        const struct namespace_info *info = &namespaces->items[i];
        const struct policy *policy = policy_set_match(plan->set, info->name, &info->labels);
        const struct subject subject = {info->name, &info->labels, policy, RENDER_APPLIED};
        if (namespace_opts_in(&info->labels) && policy && render_limits(plan, &subject, err) < 0)
            return -1;
    }
    return 0;
}

static int example_labels(const struct policy *policy, struct keyvalues *labels, struct err *err)
{
    if (keyvalues_set(labels, LABEL_INJECT, "enabled", err) < 0)
        return -1;
    if (policy->visible_devices == VISIBLE_DEVICES_GUARD || policy->inject == INJECT_ALWAYS) {
        if (keyvalues_set(labels, LABEL_PODS, "all", err) < 0)
            return -1;
    }

    for (size_t i = 0; i < policy->namespace_selector.count; i++) {
        const struct requirement *item = &policy->namespace_selector.items[i];
        const char *value = item->op == OP_IN ? item->values[0] : item->op == OP_EXISTS ? "true" : NULL;
        if (value && keyvalues_set(labels, item->key, value, err) < 0)
            return -1;
    }

    return 0;
}

static void example_name(const struct policy *policy, char name[RENDER_NAME_SIZE])
{
    (void)snprintf(name, RENDER_NAME_SIZE, "example-%s", policy->name);
    if (policy->namespace_names.count == 0)
        return;
    AUTO(buf) made;
    buf_init(&made, RENDER_NAME_SIZE - 1);
    for (const char *c = pattern_text(policy->namespace_names.items[0]); *c; c++) {
        if (*c == '*')
            buf_add_string(&made, "example");
        else
            buf_add_char(&made, *c == '?' ? 'x' : *c);
    }
    (void)snprintf(name, RENDER_NAME_SIZE, "%s", buf_text(&made));
}

/* Renders an example namespace that the policy applies to, if one can be constructed. */
static int render_example(struct plan *plan, const struct policy *policy, struct err *err)
{
    char name[RENDER_NAME_SIZE];
    struct keyvalues labels = {0};
    int result = example_labels(policy, &labels, err);

    example_name(policy, name);
    if (result == 0) {
        const struct subject subject = {name, &labels, policy, RENDER_EXAMPLE};
        if (policy_set_match(plan->set, name, &labels) != policy)
            result = plan_note(plan, err,
                               "no example namespace for SlicePolicy %s: none could be constructed to which it applies",
                               policy->name);
        else if (render_namespace(plan, &subject, err) < 0 || render_limits(plan, &subject, err) < 0)
            result = -1;
    }

    keyvalues_fini(&labels);
    return result;
}

int render_quota(struct plan *plan, struct err *err)
{
    if (plan->options->namespaces)
        return render_known(plan, err);
    for (size_t i = 0; i < plan->set->policy_count; i++) {
        if (render_example(plan, &plan->set->policies[i], err) < 0)
            return -1;
    }
    return 0;
}
