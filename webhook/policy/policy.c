/* Decodes SlicePolicy, and matches namespaces. */
#include "base/text.h"
#include "policy/object.h"
#include "policy/policy.h"

#include <string.h>

static const char *const default_sidecars[] = {
    "istio-proxy",      "linkerd-proxy",       "wait",          "queue-proxy",
    "vault-agent",      "gke-gcsfuse-sidecar", "linkerd-init",  "istio-init",
    "istio-validation", "aws-for-fluent-bit",  "datadog-agent",
};

void policy_fini(struct policy *policy)
{
    free(policy->name);
    patterns_fini(&policy->namespace_names);
    requirements_fini(&policy->namespace_selector);
    patterns_fini(&policy->allowed);
    free(policy->default_name);
    free(policy->contact);
    strlist_fini(&policy->target_names);
    strlist_fini(&policy->sidecars);
    free(policy->allowed_classes);
    free(policy->by_price);
    *policy = (struct policy){0};
}

/* An empty list is refused, because it could be meant as "none" or as "all". */
#define NO_PATTERN "is empty, must have at least one pattern; or leave the field out"

static const struct field namespaces_fields[] = {
    {"names", decode_patterns, offsetof(struct policy, namespace_names), .if_empty = NO_PATTERN},
    {"selector", decode_selector, offsetof(struct policy, namespace_selector)},
};

static const struct field classes_fields[] = {
    {"allowed", decode_patterns, offsetof(struct policy, allowed), .if_empty = NO_PATTERN},
    {"default", decode_text, offsetof(struct policy, default_name)},
    {"podChoice", decode_bool, offsetof(struct policy, pod_choice)},
};

static void decode_container_names(const struct node *node, void *target)
{
    static const struct field name = {.find_fault = name_dns_label_fault};
    const struct strlist *names = target;
    decode_strings(node, target);
    NODE_ELEMENTS(*node, element) {
        if (names->count > 0)
            decode_field(&element, &name, NULL);
    }
}

static void decode_target(const struct node *node, void *target)
{
    static const char must_be[] = "must be main, all or a list of container names";
    struct policy *policy = target;
    const char *word = json_string_value(node->value);
    if (word && (strcmp(word, "main") == 0 || strcmp(word, "all") == 0)) {
        policy->target = *word == 'm' ? TARGET_MAIN : TARGET_ALL;
        return;
    }

    if (word) {
        node_problem(node, "is \"%s\", %s", word, must_be);
    } else if (!json_is_array(node->value)) {
        node_problem(node, "%s", must_be);
    } else {
        policy->target = TARGET_NAMES;
        decode_container_names(node, &policy->target_names);
        if (json_array_size(node->value) == 0)
            node_problem(node, "is empty, %s", must_be);
    }
}

/* A denial ends with the contact, so it must fit into one line. */
static const char *contact_fault(const char *text)
{
    size_t characters = 0;
    if (!text[strspn(text, " ")])
        return "is empty, must say whom to ask; or leave the field out";
    for (size_t length; *text; text += length, characters++) {
        length = text_sequence_length(text, strlen(text));
        if (length == 0 || text_unprintable_length(text) > 0)
            return "must be one line of printable text";
    }
    return characters > CONTACT_CHARACTERS ? "must have at most 100 characters" : NULL;
}

/* In the order of the enums. */
static const char *const inject_words[] = {"onRequest", "always", NULL};
static const char *const whole_gpu_words[] = {"convert", "keep", "deny", NULL};
static const char *const other_slice_words[] = {"deny", "keep", "convert", NULL};
static const char *const claims_words[] = {"keep", "deny", NULL};
static const char *const conflict_words[] = {"deny", "keep", "override", NULL};
static const char *const visible_devices_words[] = {"leave", "guard", NULL};
static const char *const other_accelerators_words[] = {"warn", "deny", "ignore", NULL};
static const char *const mode_words[] = {"enforce", "warn", "shadow", NULL};

static const struct field spec_fields[] = {
    {"priority", decode_integer, offsetof(struct policy, priority)},
    {"namespaces", FIELDS(namespaces_fields)},
    {"classes", FIELDS(classes_fields)},
    {"inject", .words = inject_words, .offset = offsetof(struct policy, inject)},
    {"target", decode_target},
    {"sidecars", decode_container_names, offsetof(struct policy, sidecars)},
    {"wholeGPU", .words = whole_gpu_words, .offset = offsetof(struct policy, whole_gpu)},
    {"otherSlice", .words = other_slice_words, .offset = offsetof(struct policy, other_slice)},
    {"claims", .words = claims_words, .offset = offsetof(struct policy, claims)},
    {"conflict", .words = conflict_words, .offset = offsetof(struct policy, conflict)},
    {"visibleDevices", .words = visible_devices_words, .offset = offsetof(struct policy, visible_devices)},
    {"otherAccelerators", .words = other_accelerators_words, .offset = offsetof(struct policy, other_accelerators)},
    {"contact", .find_fault = contact_fault, .offset = offsetof(struct policy, contact)},
    {"mode", .words = mode_words, .offset = offsetof(struct policy, mode)},
};

static void fill_sidecars(const struct node *object, struct policy *policy)
{
    struct err err;
    for (size_t i = 0; i < ARRAY_SIZE(default_sidecars); i++) {
        if (strlist_add(&policy->sidecars, default_sidecars[i], &err) < 0)
            object_nomem(object);
    }
}

/* Reports a policy that has neither classes.default (which may be none) nor classes.allowed: it would give no pod a
 * class. A policy that guards visible devices may lack both. */
static void check_gives_class(const struct node *place, const struct policy *policy)
{
    struct node classes = node_member(*place, "classes");
    bool given = classes.value;
    if (given && (!json_is_object(classes.value) || node_member(classes, "default").value ||
                  node_member(classes, "allowed").value))
        return;
    if (policy->visible_devices == VISIBLE_DEVICES_GUARD)
        return;
    node_problem(given ? &classes : place,
                 "gives no pod a class, must have classes.default or classes.allowed; both can be left out only if "
                 "visibleDevices is guard");
}

void policy_decode(const struct node *object, struct policy *ret_policy)
{
    static const struct field spec_field = {"spec", FIELDS(spec_fields)};
    *ret_policy = (struct policy){.pod_choice = true, .claims = CLAIMS_BY_NAMESPACE};
    object_decode(object, &spec_field, ret_policy, &ret_policy->mark);

    struct node spec = node_member(*object, "spec");
    if (!json_is_object(object->value) || (spec.value && !json_is_object(spec.value)))
        return;

    if (!node_member(spec, "sidecars").value)
        fill_sidecars(object, ret_policy);
    check_gives_class(spec.value ? &spec : object, ret_policy);
}

bool policy_matches(const struct policy *policy, const char *name, const struct keyvalues *labels)
{
    if (policy->namespace_names.count > 0 && !patterns_match(&policy->namespace_names, name))
        return false;
    return selector_matches(&policy->namespace_selector, labels);
}

bool policy_allows(const struct policy *policy, const struct slice_class *slice_class)
{
    for (size_t i = 0; i < policy->allowed_count; i++) {
        if (policy->allowed_classes[i] == slice_class)
            return true;
    }
    return false;
}

const struct slice_class *policy_class_by_memory(const struct policy *policy, int64_t bytes)
{
    for (size_t i = 0; i < policy->allowed_count; i++) {
        if (policy->by_price[i]->memory_bytes >= bytes)
            return policy->by_price[i];
    }
    return NULL;
}

bool policy_uses_table_prices(const struct policy *policy)
{
    bool any = false;
    for (size_t i = 0; i < policy->allowed_count; i++)
        any = any || policy->allowed_classes[i]->own_price == 0;
    return any && policy->allowed_count > 1;
}
