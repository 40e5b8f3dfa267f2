/* One run: reads the manifests, builds the model, and runs all checks. The order of the checks does not matter, because
 * findings are sorted. */
#include "lint/lint.h"

#include <string.h>

static lint_check *const checks[] = {
    lint_check_old_names, lint_check_policies, lint_check_classes,      lint_check_pods,
    lint_check_own_keys,  lint_check_overlays, lint_check_plugin,       lint_check_mig,
    lint_check_operator,  lint_check_layout,   lint_check_plugin_names,
};
static object_check *const object_checks[] = {
    lint_check_karpenter_kind, lint_check_api_version, lint_check_fields,        lint_check_node_class,
    lint_check_mig_key,        lint_check_namespace,   lint_check_kustomization, lint_check_resource_names,
};
static node_pool_check *const node_pool_checks[] = {
    lint_check_node_pool,   lint_check_node_labels, lint_check_limits,     lint_check_class_reference,
    lint_check_reservation, lint_check_registered,  lint_check_mig_layout, lint_check_spec_nodes,
};

/* -- Namespaces -- */

static int copy_map(struct node from, struct keyvalues *to, struct err *err)
{
    NODE_MEMBERS(from, value) {
        if (json_is_string(value.value) && keyvalues_set(to, value.key, node_text(value), err) < 0)
            return -1;
    }
    return 0;
}

static int compare_namespaces(const void *a, const void *b)
{
    return strcmp(((const struct namespace_info *)a)->name, ((const struct namespace_info *)b)->name);
}

static int read_namespaces(struct lint *lint, struct err *err)
{
    AUTO(namespaces) namespaces = namespaces_new(lint->sources.objects.count);
    if (!namespaces)
        return err_nomem(err);

    for (size_t i = 0; i < lint->sources.objects.count; i++) {
        const struct manifest *object = lint->sources.objects.items[i];
        if (!object_is(object, NAMESPACE_KIND) || !*object->name)
            continue;
        struct namespace_info *info = &namespaces->items[namespaces->count++];
        struct node metadata = node_member(object->node, "metadata");
        info->name = strdup(object->name);
        if (!info->name)
            return err_nomem(err);
        if (copy_map(node_member(metadata, "labels"), &info->labels, err) < 0 ||
            copy_map(node_member(metadata, "annotations"), &info->annotations, err) < 0)
            return -1;
    }

    qsort(namespaces->items, namespaces->count, sizeof(*namespaces->items), compare_namespaces);
    lint->namespaces = TAKE(namespaces);
    return 0;
}

/* -- The run -- */

static int make_samples(struct lint *lint, struct err *err)
{
    size_t count = lint->policies ? lint->policies->class_count : 0;
    lint->samples = arena_alloc(&lint->model.arena, (count + 1) * sizeof(struct lint_pod *));
    if (!lint->samples)
        return err_nomem(err);
    for (size_t i = 0; i < count; i++) {
        lint->samples[i] = subject_of_class(&lint->model.arena, &lint->policies->classes[i]);
        if (!lint->samples[i])
            return err_nomem(err);
    }
    return 0;
}

static int read_all(struct lint *lint, char *const paths[], size_t path_count, struct problems *problems,
                    struct err *err)
{
    for (size_t i = 0; i < path_count; i++) {
        if (sources_read(&lint->sources, paths[i], problems, err) < 0)
            return -1;
    }
    if (read_namespaces(lint, err) < 0)
        return -1;
    if (model_build(&lint->model, &lint->sources, lint->options->gpus, lint->policies, err) < 0)
        return -1;
    if (subjects_build(&lint->model.arena, &lint->sources, lint->policies, lint->namespaces, &lint->pods, err) < 0)
        return -1;
    return make_samples(lint, err);
}

static void run_checks(struct lint *lint)
{
    for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
        checks[i](lint);
    for (size_t i = 0; i < lint->sources.objects.count; i++) {
        const struct manifest *object = lint->sources.objects.items[i];
        const char *title = object_title(&lint->model.arena, object);
        for (size_t j = 0; j < ARRAY_SIZE(object_checks); j++)
            object_checks[j](lint, object, title);
    }
    FOREACH_NODE_POOL(&lint->model, node_pool) {
        for (size_t j = 0; j < ARRAY_SIZE(node_pool_checks); j++)
            node_pool_checks[j](lint, node_pool);
    }
}

int lint_run(const struct lint_options *options, char *const paths[], size_t path_count, struct lint *ret_lint,
             struct problems *problems, struct err *err)
{
    struct lint *lint = ret_lint;
    *lint = (struct lint){.options = options, .policies = options->policies};
    if (read_all(lint, paths, path_count, problems, err) < 0)
        return -1;
    run_checks(lint);
    if (lint->findings.out_of_memory || lint->model.arena.out_of_memory)
        return err_nomem(err);
    findings_sort(&lint->findings);
    findings_filter(&lint->findings, options->disabled, lint_text, lint);
    return lint->model.arena.out_of_memory ? err_nomem(err) : 0;
}

void lint_fini(struct lint *lint)
{
    findings_fini(&lint->findings);
    subjects_list_fini(&lint->pods);
    model_fini(&lint->model);
    namespaces_unref(lint->namespaces);
    manifests_fini(&lint->policy_texts);
    problems_fini(&lint->policy_problems);
    sources_fini(&lint->sources);
    *lint = (struct lint){0};
}

/* Returns the document that contains the line, or NULL. Policies are read again, because their loader keeps no text. */
static const struct manifest *find_text(struct lint *lint, const char *file, unsigned line)
{
    struct err err;
    const struct manifest *found = manifests_at(&lint->sources.objects, file, line);
    if (found || !*file)
        return found;
    if (!manifests_at(&lint->policy_texts, file, 0) &&
        manifests_read(&lint->policy_texts, file, NULL, &lint->policy_problems, &err) < 0)
        return NULL;
    return manifests_at(&lint->policy_texts, file, line);
}

const char *lint_text(void *context, const char *file, unsigned line)
{
    size_t length;
    const struct manifest *found = find_text(context, file, line);
    return found ? manifest_text(found, &length) : NULL;
}

const char *lint_line(struct lint *lint, const char *file, unsigned line, size_t *ret_length)
{
    const struct manifest *found = find_text(lint, file, line);
    return found ? manifest_line(found, line, ret_length) : NULL;
}
