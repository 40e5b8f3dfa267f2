/* Decodes SliceClass. class_resolve.c derives the remaining members from the pools of the class. */
#include "base/vec.h"
#include "json/unconst.h"
#include "nvidia/names.h"
#include "policy/class.h"
#include "policy/object.h"
#include "policy/price.h"

#include <inttypes.h>
#include <string.h>

enum { WEIGHT_MAX = 100 };

static void preferences_fini(struct preferences *list)
{
    for (size_t i = 0; i < list->count; i++)
        requirements_fini(&list->items[i].requirements);
    free(list->items);
}

static void env_vars_fini(struct env_vars *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].value);
    }
    free(list->items);
}

void class_fini(struct slice_class *slice_class)
{
    free(slice_class->name);
    free(slice_class->description);
    strlist_fini(&slice_class->pool_names);
    free(slice_class->profile_name);
    requirements_fini(&slice_class->own_requirements);
    preferences_fini(&slice_class->preferences);
    keyvalues_fini(&slice_class->node_selector);
    tolerations_fini(&slice_class->own_tolerations);
    free(slice_class->runtime_class);
    keyvalues_fini(&slice_class->labels);
    keyvalues_fini(&slice_class->annotations);
    env_vars_fini(&slice_class->env);

    free(slice_class->pools);
    requirements_fini(&slice_class->requirements);
    tolerations_fini(&slice_class->tolerations);
    *slice_class = (struct slice_class){0};
}

static void decode_pools(const struct node *node, void *target)
{
    const struct strlist *names = target;

    decode_strings(node, target);
    if (names->count != json_array_size(node->value))
        return;

    for (size_t i = 1; i < names->count; i++) {
        struct node element = node_element(*node, i);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(names->items[i], names->items[j]) == 0)
                node_problem(&element, "\"%s\" is already at %zu, must be named once", names->items[i], j);
        }
    }
}

static void decode_limits(const struct node *node, void *target)
{
    static const struct field fields[] = {
        {"perContainer", .low = 1, .high = INT32_MAX, .offset = offsetof(struct slice_class, per_container)},
        {"perPod", .low = 1, .high = INT32_MAX, .offset = offsetof(struct slice_class, per_pod)},
    };
    const struct slice_class *slice_class = target;
    decode_object(node, fields, ARRAY_SIZE(fields), target);
    struct node per_pod = node_member(*node, "perPod");
    if (slice_class->per_pod && slice_class->per_pod < slice_class->per_container && per_pod.value)
        node_problem(&per_pod, "is %" PRId64 ", must be at least perContainer, which is %" PRId64, slice_class->per_pod,
                     slice_class->per_container);
}

static void decode_preference(const struct node *node, void *target)
{
    static const struct field fields[] = {
        {"weight", .low = 1, .high = WEIGHT_MAX, .offset = offsetof(struct preference, weight),
         .flags = FIELD_REQUIRED},
        {"requirements", decode_requirements, offsetof(struct preference, requirements), FIELD_REQUIRED,
         .if_empty = "is empty, must have at least one requirement: an empty preference prefers nothing"},
    };
    struct preferences *list = target;
    if (!GROW(list->items, list->count)) {
        object_nomem(node);
        return;
    }
    struct preference *added = &list->items[list->count++];
    *added = (struct preference){0};
    decode_object(node, fields, ARRAY_SIZE(fields), added);
}

static const struct field preference = {.decode = decode_preference};

static const struct field placement_fields[] = {
    {"requirements", decode_requirements, offsetof(struct slice_class, own_requirements)},
    {"preferences", .elements = &preference, .offset = offsetof(struct slice_class, preferences)},
    {"nodeSelector", decode_labels, offsetof(struct slice_class, node_selector)},
    {"tolerations", decode_tolerations, offsetof(struct slice_class, own_tolerations)},
};

/* core/v1 requires a DNS subdomain. With any other name, the API server would reject every pod of the class. */
static void decode_runtime_class(const struct node *node, void *target)
{
    char *const *name = target;

    decode_text(node, target);
    if (!*name || !**name)
        return;

    AUTO(string) copy = strdup(*name);
    if (!copy) {
        object_nomem(node);
        return;
    }

    char *rest = copy;
    for (const char *part = strsep(&rest, "."); part; part = strsep(&rest, ".")) {
        if (name_dns_label_fault(part)) {
            node_problem(node, "\"%s\" must be the name of a RuntimeClass: lower-case letters, digits, '-' and '.'",
                         *name);
            return;
        }
    }
}

/* Refuses keys in our domain: the webhook records its decision in them, and a class that sets them would forge the
 * record. */
static void refuse_own_keys(const struct node *map)
{
    NODE_MEMBERS(*map, member) {
        if (own_key_is(member.key) && !json_is_null(member.value))
            node_problem_key(&member, "keys of %s are written by the webhook alone, must be a key of another domain",
                             OWN_PREFIX);
    }
}

static void decode_pod_labels(const struct node *node, void *target)
{
    decode_labels(node, target);
    refuse_own_keys(node);
}

static void decode_pod_annotations(const struct node *node, void *target)
{
    decode_annotations(node, target);
    refuse_own_keys(node);
}

/* Returns what is wrong with the name of a variable, or NULL. Syntax: IsEnvVarName of
 * k8s.io/apimachinery/pkg/util/validation; newer versions of Kubernetes accept more names. */
static const char *env_name_fault(const char *name)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
    if (strcmp(name, VISIBLE_DEVICES) == 0)
        return "must not be set by a class: the device plugin sets it to the slice's own device, and any other value "
               "can show the container GPUs that it was not given";
    if (name[strspn(name, characters)])
        return "must consist of letters, digits, '_', '-' and '.'";
    if (name[0] >= '0' && name[0] <= '9')
        return "must not start with a digit";
    if (strcmp(name, ".") == 0 || strncmp(name, "..", 2) == 0)
        return "must not be \".\" or start with \"..\"";
    return NULL;
}

static void decode_env_name(const struct node *node, void *target)
{
    char *const *name = target;
    decode_text(node, target);
    const char *fault = *name && **name ? env_name_fault(*name) : NULL;
    if (fault)
        node_problem(node, "\"%s\" %s", *name, fault);
}

static void decode_env_var(const struct node *node, void *target)
{
    static const struct field fields[] = {
        {"name", decode_env_name, offsetof(struct env_var, name), FIELD_REQUIRED},
        {"value", decode_string, offsetof(struct env_var, value), FIELD_REQUIRED},
    };
    struct env_vars *list = target;
    if (!GROW(list->items, list->count)) {
        object_nomem(node);
        return;
    }

    struct env_var *added = &list->items[list->count++];
    *added = (struct env_var){0};
    decode_object(node, fields, ARRAY_SIZE(fields), added);

    struct node name = node_member(*node, "name");
    if (!added->name || !name.value)
        return;

    for (const struct env_var *other = list->items; other < added; other++) {
        if (other->name && strcmp(other->name, added->name) == 0) {
            node_problem(&name, "\"%s\" is set twice, must be set once", added->name);
            return;
        }
    }
}

static const struct field env_var = {.decode = decode_env_var};

static const struct field pod_fields[] = {
    {"runtimeClassName", decode_runtime_class, offsetof(struct slice_class, runtime_class)},
    {"labels", decode_pod_labels, offsetof(struct slice_class, labels)},
    {"annotations", decode_pod_annotations, offsetof(struct slice_class, annotations)},
    {"env", .elements = &env_var, .offset = offsetof(struct slice_class, env)},
};

static const struct field spec_fields[] = {
    {"description", decode_string, offsetof(struct slice_class, description)},
    {"pools", decode_pools, offsetof(struct slice_class, pool_names), FIELD_REQUIRED,
     .if_empty = "is empty, must name at least one SlicePool"},
    {"profile", decode_text, offsetof(struct slice_class, profile_name)},
    {"limits", decode_limits},
    {"price", decode_price, offsetof(struct slice_class, own_price)},
    {"placement", FIELDS(placement_fields)},
    {"pod", FIELDS(pod_fields)},
};

void class_decode(const struct node *object, struct slice_class *ret_class)
{
    static const struct field spec = {"spec", FIELDS(spec_fields), .flags = FIELD_REQUIRED};
    struct node name;
    *ret_class = (struct slice_class){.per_container = 1};
    object_decode(object, &spec, ret_class, &ret_class->mark);
    if (object_name_node(object, &name) && strcmp(node_text(name), CLASS_NONE) == 0)
        node_problem(&name, "\"none\" is reserved: it means no slice, must be another name");
}
