/* Compares the resource names of GPUs in the policy set with the objects that register names, and with those that send
 * pods to the webhook.
 *
 * Sources: k8s-device-plugin v0.20.0, api/config/v1/{resources,replicas}.go (a name without a domain gets nvidia.com/);
 * resource.k8s.io/v1 DeviceClass; charts/gpuslice, whose match conditions compare keys with literals. */
#include "base/text.h"
#include "lint/check/check.h"

#include <string.h>

static const struct gpu_names *names_of(const struct lint *lint)
{
    return &lint->policies->settings.gpu_names;
}

/* -- Objects that register names -- */

/* Reports a name of GPUs that the policy set does not list. `what` is the subject and verb of the message. */
static void check_name(struct lint *lint, struct node node, const char *title, const char *what, const char *suffix)
{
    const char *written = node_text(node);
    const char *name =
        arena_printf(&lint->model.arena, "%s%s%s", strchr(written, '/') ? "" : NVIDIA_PREFIX, written, suffix);
    if (!*written || gpu_names_kind(names_of(lint), name) == RESOURCE_GPU)
        return;
    SAY(lint, RULE_GPU_RESOURCE_UNKNOWN, node, title,
        "%s the name %s, which spec.gpuResources of the SliceSettings does not list: pods that ask for it bypass every "
        "policy",
        what, name);
}

/* Checks the names that the config writes for devices and their shares, even those that the plugin ignores (v0.20.0
 * ignores all but renameByDefault). */
static void check_config(struct lint *lint, const struct plugin_config *config)
{
    static const char *const devices[] = {"gpus", "mig"};
    static const char *const sharers[] = {"timeSlicing", "mps"};
    const char *what = arena_printf(&lint->model.arena, "config %s gives GPUs", config->key);

    for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
        struct node list = node_find(config->root, PATH("resources", devices[i]));
        NODE_ELEMENTS(list, element) {
            check_name(lint, node_member(element, "name"), config->title, what, "");
        }
    }

    for (size_t i = 0; i < ARRAY_SIZE(sharers); i++) {
        struct node sharing = node_find(config->root, PATH("sharing", sharers[i]));
        struct node list = node_member(sharing, "resources");
        bool renamed = json_is_true(node_member(sharing, "renameByDefault").value);
        NODE_ELEMENTS(list, element) {
            struct node rename = node_member(element, "rename");
            check_name(lint, node_member(element, "name"), config->title, what,
                       renamed && !rename.value ? ".shared" : "");
            check_name(lint, rename, config->title, what, "");
        }
    }
}

/* True if a selector of the DeviceClass names NVIDIA's GPU driver. */
static bool selects_gpus(struct node spec)
{
    struct node selectors = node_member(spec, "selectors");
    NODE_ELEMENTS(selectors, element) {
        struct node expression = node_find(element, PATH("cel", "expression"));
        if (strstr(node_text(expression), DRA_DRIVER_GPU))
            return true;
    }
    return false;
}

static void check_device_class(struct lint *lint, const struct manifest *object, const char *title)
{
    struct node spec = node_member(object->node, "spec");
    struct node name = node_member(spec, "extendedResourceName");
    bool nvidia = gpu_names_kind(names_of(lint), node_text(name)) == RESOURCE_UNOFFERED;
    if (selects_gpus(spec) || nvidia)
        check_name(lint, name, title, "maps GPUs to", "");
}

/* -- Objects that send pods to the webhook -- */

/* Copies the quoted literal after the next `mark` to `text`, which becomes "" if none follows or if it does not fit.
 * Returns where to continue, or NULL if there is no `mark`. */
static const char *next_literal(const char *from, const char *mark, char *text, size_t size)
{
    const char *at = strstr(from, mark);
    if (!at)
        return NULL;

    at += strlen(mark);
    at += strspn(at, " ");
    const char *end = *at == '\'' || *at == '"' ? strchr(at + 1, *at) : NULL;
    size_t length = end ? (size_t)(end - at - 1) : 0;
    *text = '\0';

    if (length > 0 && length + 2 < size) {
        memcpy(text, at + 1, length);
        text[length] = '\0';
    }

    return at;
}

/* True if the condition holds for every pod that requests that name. Conditions are written as in the chart:
 * k.startsWith('nvidia.com/') || k == 'example.com/gpu'. */
static bool condition_sends(const char *expression, const struct resource_pattern *wanted)
{
    static const struct {
        const char *mark, *star;
    } forms[] = {{"startsWith(", "*"}, {"==", ""}};

    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        char text[512];
        const char *at = expression;
        while ((at = next_literal(at, forms[i].mark, text, sizeof(text) - 1)) != NULL) {
            if (!*text)
                continue;
            (void)strcat(text, forms[i].star);
            const struct resource_pattern sent = resource_pattern_of(text);
            if (resource_pattern_covers(&sent, wanted))
                return true;
        }
    }

    return false;
}

/* Returns the match condition on resource names, or a node without a value if there is none. */
static struct node find_condition(struct node webhook)
{
    struct node conditions = node_member(webhook, "matchConditions");
    NODE_ELEMENTS(conditions, element) {
        struct node expression = node_member(element, "expression");
        if (strstr(node_text(expression), "'" NVIDIA_PREFIX) || strstr(node_text(expression), "\"" NVIDIA_PREFIX))
            return expression;
    }
    return (struct node){0};
}

static void check_webhook(struct lint *lint, struct node webhook, const char *title)
{
    const struct resource_patterns *gpus = &names_of(lint)->gpus;
    struct node expression = find_condition(webhook);
    for (size_t i = 0; expression.value && i < gpus->count; i++) {
        if (!condition_sends(node_text(expression), &gpus->items[i]))
            SAY(lint, RULE_WEBHOOK_NAME_MISSING, expression, title,
                "webhook %s is not sent pods that ask for %s, which %s:%u lists as a GPU",
                node_text(node_member(webhook, "name")), gpus->items[i].text, lint->policies->settings.mark.file,
                lint->policies->settings.mark.line);
    }
}

static void check_configuration(struct lint *lint, const struct manifest *object, const char *title)
{
    struct node webhooks = node_member(object->node, "webhooks");
    NODE_ELEMENTS(webhooks, element) {
        if (text_ends_any(node_text(node_member(element, "name")), WORDS(OWN_WEBHOOKS)))
            check_webhook(lint, element, title);
    }
}

/* Returns the values of our chart, or a node without a value if there are none. In the values of a chart that depends
 * on ours, they are one member. */
static struct node find_values(const struct manifest *object)
{
    struct node inner = node_member(object->node, MANAGED_BY);
    if (*object->kind || *object->api_version)
        return (struct node){0};
    if (json_is_object(inner.value))
        return inner;
    bool ours = node_member(object->node, "gpuResources").value ||
                node_find(object->node, PATH("policies", "source")).value ||
                json_is_object(node_find(object->node, PATH("webhook", "namespaceSelector")).value);
    return ours ? object->node : (struct node){0};
}

/* True if the chart's match conditions, made from its value gpuResources, hold for pods that request the name. They
 * always hold for names of nvidia.com/. */
static bool values_send(struct node list, const struct resource_pattern *wanted)
{
    const struct resource_pattern always = resource_pattern_of(NVIDIA_PREFIX "*");
    if (resource_pattern_covers(&always, wanted))
        return true;
    NODE_ELEMENTS(list, element) {
        const struct resource_pattern sent = resource_pattern_of(node_text(element));
        if (sent.length > 0 && resource_pattern_covers(&sent, wanted))
            return true;
    }
    return false;
}

static void check_values(struct lint *lint, struct node values)
{
    const struct resource_patterns *gpus = &names_of(lint)->gpus;
    struct node list = node_member(values, "gpuResources");
    for (size_t i = 0; values.value && i < gpus->count; i++) {
        if (!values_send(list, &gpus->items[i]))
            SAY(lint, RULE_WEBHOOK_NAME_MISSING, list.value ? list : values, "values of the chart",
                "%s %s, which %s:%u lists as a GPU: pods that ask for it are not sent to the webhook",
                list.value ? "gpuResources lacks" : "there is no gpuResources that lists", gpus->items[i].text,
                lint->policies->settings.mark.file, lint->policies->settings.mark.line);
    }
}

void lint_check_plugin_names(struct lint *lint)
{
    for (size_t i = 0; lint->policies && i < lint->model.plugin_count; i++)
        check_config(lint, &lint->model.plugins[i]);
}

void lint_check_resource_names(struct lint *lint, const struct manifest *object, const char *title)
{
    if (!lint->policies)
        return;
    if (object_is(object, DEVICE_CLASS_KIND))
        check_device_class(lint, object, title);
    else if (object_is(object, MUTATING_WEBHOOKS_KIND))
        check_configuration(lint, object, title);
    else
        check_values(lint, find_values(object));
}
