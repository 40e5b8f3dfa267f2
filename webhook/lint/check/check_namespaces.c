/* Checks namespaces (labels, annotations, the policy that matches), and the quotas and limit ranges in them. */
#include "base/text.h"
#include "core/names.h"
#include "lint/check/check.h"
#include "policy/memory.h"

#include <string.h>

static bool has_opted_in(const struct namespace_info *info)
{
    return info && namespace_opts_in(&info->labels);
}

static const struct policy *policy_of(const struct lint *lint, const struct namespace_info *info)
{
    return lint->policies ? policy_set_match(lint->policies, info->name, &info->labels) : NULL;
}

/* -- The Namespace -- */

static void check_policy(struct lint *lint, const struct manifest *object, const struct namespace_info *info,
                         const struct policy *policy, const char *title)
{
    const char *pods = keyvalues_get(&info->labels, LABEL_PODS);
    struct node name = lint_object_name_node(object);

    if (!policy) {
        SAY(lint, RULE_NAMESPACE_WITHOUT_POLICY, name, title,
            "opted in, but no SlicePolicy matches it: its pods are left unchanged%s",
            strcmp(keyvalues_get(&info->labels, LABEL_INJECT), "required") == 0
                ? ", or are refused if they ask for a GPU"
                : "");
        return;
    }

    bool all = policy->inject == INJECT_ALWAYS || policy->visible_devices == VISIBLE_DEVICES_GUARD;
    if (all && (!pods || strcmp(pods, "all") != 0))
        SAY(lint, RULE_NAMESPACE_NEEDS_PODS_ALL, name, title,
            "SlicePolicy \"%s\" %s, but without the label " LABEL_PODS ": all only pods that ask for a GPU are sent to "
            "the webhook",
            policy->name,
            policy->inject == INJECT_ALWAYS ? "injects always" : "hides the GPUs from pods without a slice");
}

static void check_class(struct lint *lint, const struct policy *policy, struct node annotation, const char *title)
{
    const char *name = node_text(annotation);
    bool none = strcmp(name, CLASS_NONE) == 0;
    const struct slice_class *slice_class = policy_set_class(lint->policies, name);
    bool allowed = none ? policy->none_allowed : slice_class && policy_allows(policy, slice_class);
    if (!none && !slice_class)
        SAY(lint, RULE_NAMESPACE_CLASS_REFUSED, annotation, title,
            "its annotation names the slice class \"%s\", which does not exist", name);
    else if (!allowed)
        SAY(lint, RULE_NAMESPACE_CLASS_REFUSED, annotation, title,
            "its annotation names the slice class \"%s\", which SlicePolicy \"%s\" does not allow", name, policy->name);
}

static void check_memory(struct lint *lint, const struct policy *policy, struct node annotation, const char *title)
{
    int64_t bytes;
    struct err fault;
    if (memory_asked_parse(node_text(annotation), &bytes, &fault) < 0)
        SAY(lint, RULE_NAMESPACE_CLASS_REFUSED, annotation, title, "its annotation asks for \"%s\" of GPU memory, %s",
            node_text(annotation), fault.text);
    else if (!policy_class_by_memory(policy, bytes))
        SAY(lint, RULE_NAMESPACE_CLASS_REFUSED, annotation, title,
            "its annotation asks for %s of GPU memory, more than any slice class that SlicePolicy \"%s\" allows has",
            node_text(annotation), policy->name);
}

/* Checks the annotation that applies: the class annotation determines what pods get or why they are denied; without it,
 * the memory annotation does. */
static void check_annotations(struct lint *lint, const struct manifest *object, const struct policy *policy,
                              const char *title)
{
    struct node annotations = node_find(object->node, PATH("metadata", "annotations"));
    struct node named = node_member(annotations, ANNOTATION_CLASS);
    struct node memory = node_member(annotations, ANNOTATION_MEMORY);
    if (named.value && !text_is_blank(node_text(named)))
        check_class(lint, policy, named, title);
    else if (memory.value && !text_is_blank(node_text(memory)))
        check_memory(lint, policy, memory, title);
}

/* -- Resources of its pods -- */

/* True if pods of the namespace can request the resource after the webhook: an allowed class gives it, or the policy
 * leaves such requests unchanged.
 */
static bool can_be_asked(const struct policy *policy, const char *resource)
{
    for (size_t i = 0; i < policy->allowed_count; i++) {
        if (strcmp(policy->allowed_classes[i]->resource, resource) == 0)
            return true;
    }
    bool whole = !gpu_resource_is_slice(resource);
    if (policy->mode != MODE_ENFORCE || policy->none_allowed)
        return true;
    return whole ? policy->whole_gpu == WHOLE_GPU_KEEP : policy->other_slice == OTHER_SLICE_KEEP;
}

static const char *example_of(const struct policy *policy)
{
    return policy->default_class   ? policy->default_class->resource
           : policy->allowed_count ? policy->allowed_classes[0]->resource
                                   : "";
}

/* True for a GPU, and for a name of nvidia.com/ that may be mistaken for one. */
static bool is_of_gpus(const struct lint *lint, const char *resource)
{
    enum resource_kind kind = gpu_names_kind(lint->model.gpu_names, resource);
    return kind == RESOURCE_GPU || kind == RESOURCE_UNOFFERED;
}

/* Returns the resource that an entry counts (nvidia.com/gpu for "requests.nvidia.com/gpu"), or NULL if the entry does
 * not count GPUs. */
static const char *quota_resource(const struct lint *lint, const char *key)
{
    static const char prefix[] = "requests.";
    if (strncmp(key, prefix, strlen(prefix)) != 0)
        return NULL;
    key += strlen(prefix);
    return is_of_gpus(lint, key) ? key : NULL;
}

static bool is_zero(struct node value)
{
    int64_t quantity;
    return node_quantity(value, &quantity) && quantity == 0;
}

static void check_quota(struct lint *lint, const struct manifest *object, const struct policy *policy,
                        const char *title)
{
    struct node hard = node_find(object->node, PATH("spec", "hard"));

    NODE_MEMBERS(hard, value) {
        const char *resource = quota_resource(lint, value.key);
        if (text_begins(value.key, NVIDIA_PREFIX) || text_begins(value.key, "limits." NVIDIA_PREFIX))
            SAY_KEY(lint, RULE_QUOTA_NOT_COUNTED, value, title,
                    "%s counts nothing: of extended resources quotas count requests.<name> only", value.key);
        if (!resource || can_be_asked(policy, resource))
            continue;
        bool asked = gpu_names_kind(lint->model.gpu_names, resource) == RESOURCE_GPU;
        if (asked && !gpu_resource_is_slice(resource) && is_zero(value))
            continue; /* it refuses pods that the webhook has not converted, as `render --quota` writes it */
        if (asked && !gpu_resource_is_slice(resource))
            SAY_KEY(lint, RULE_QUOTA_ON_OLD_RESOURCE, value, title,
                    "counts %s, but quotas count pods after the webhook, when they ask for %s", resource,
                    example_of(policy));
        else
            SAY_KEY(lint, RULE_QUOTA_ON_UNUSED_RESOURCE, value, title,
                    "counts %s, which no class of SlicePolicy \"%s\" gives", resource, policy->name);
    }
}

/* -- Limit ranges -- */

/* A bound rejects containers that do not request the resource, apart from a maximum with a default of zero. If no
 * default is written, the maximum for containers is also their default (SetDefaults_LimitRangeItem). */
static void check_bound(struct lint *lint, const struct policy *policy, struct node item, const char *field,
                        const char *resource, const char *title)
{
    struct node value = node_find(item, PATH(field, resource));
    struct node preset = node_find(item, PATH("default", resource));
    bool max = strcmp(field, "max") == 0;
    bool of_containers = strcmp(node_text(node_member(item, "type")), "Container") == 0;
    if (max && is_zero(preset))
        return;

    const char *also =
        max && of_containers && !preset.value ? "gives as many to every container that asks for none, and " : "";

    if (!can_be_asked(policy, resource))
        SAY_KEY(lint, RULE_LIMIT_RANGE_REFUSES, value, title,
                "%s on %s %srefuses the pods of the classes, which ask for %s (\"No limit is specified\")", field,
                resource, also, example_of(policy));
    else
        SAY_KEY(lint, RULE_LIMIT_RANGE_REFUSES, value, title,
                "%s on %s %srefuses containers that ask for another resource%s", field, resource, also,
                *also ? "" : ", or for no GPU");
}

static void check_range_field(struct lint *lint, const struct policy *policy, struct node item, const char *field,
                              const char *title)
{
    struct node map = node_member(item, field);
    bool is_default = text_begins(field, "default");
    NODE_MEMBERS(map, value) {
        if (!is_of_gpus(lint, value.key))
            continue;
        if (!is_default)
            check_bound(lint, policy, item, field, value.key, title);
        else if (!is_zero(value)) /* LimitRanger adds its defaults again after the webhook; zero requests nothing */
            SAY_KEY(lint, RULE_LIMIT_RANGE_DEFAULT, value, title,
                    "%s on %s gives a GPU to every container that asks for none, and does so again after the webhook",
                    field, value.key);
    }
}

static void check_range(struct lint *lint, const struct manifest *object, const struct policy *policy,
                        const char *title)
{
    static const char *const fields[] = {"max", "min", "maxLimitRequestRatio", "default", "defaultRequest"};
    struct node limits = node_find(object->node, PATH("spec", "limits"));
    NODE_ELEMENTS(limits, element) {
        for (size_t j = 0; j < ARRAY_SIZE(fields); j++)
            check_range_field(lint, policy, element, fields[j], title);
    }
}

/* -- All -- */

static void check_namespace(struct lint *lint, const struct manifest *object, const char *title)
{
    const struct namespace_info *info = namespaces_find(lint->namespaces, object->name);
    own_keys_check(lint, node_member(object->node, "metadata"), KEY_OF_NAMESPACE, "namespace", title,
                   RULE_NAMESPACE_LABEL_UNKNOWN);
    if (!lint->policies || !has_opted_in(info))
        return;

    const struct policy *policy = policy_of(lint, info);
    check_policy(lint, object, info, policy, title);
    if (policy)
        check_annotations(lint, object, policy, title);
}

void lint_check_namespace(struct lint *lint, const struct manifest *object, const char *title)
{
    const struct namespace_info *info = namespaces_find(lint->namespaces, object->namespace_name);
    const struct policy *policy = has_opted_in(info) ? policy_of(lint, info) : NULL;
    if (object_is(object, NAMESPACE_KIND))
        check_namespace(lint, object, title);
    if (policy && object_is(object, RESOURCE_QUOTA_KIND))
        check_quota(lint, object, policy, title);
    if (policy && object_is(object, LIMIT_RANGE_KIND))
        check_range(lint, object, policy, title);
}
