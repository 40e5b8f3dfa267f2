/* Decodes SliceSettings, and checks which resource names can be added. */
#include "base/text.h"
#include "nvidia/names.h"
#include "policy/object.h"
#include "policy/settings.h"

#include <string.h>

void settings_fini(struct slice_settings *settings)
{
    free(settings->name);
    gpu_names_fini(&settings->gpu_names);
    *settings = (struct slice_settings){0};
}

/* Returns what is wrong with the name of an extended resource, or NULL. The name may end with `*`. Syntax:
 * IsExtendedResourceName in k8s.io/kubernetes/pkg/apis/core/v1/helper. */
static const char *pattern_fault(const char *text)
{
    char name[512];
    size_t length = strlen(text);
    const char *star = strchr(text, '*');
    const char *slash = strchr(text, '/');

    if (star && star[1])
        return "has a \"*\" in it, must have it at the end of the name only";
    if (!slash || (star && star < slash))
        return "has no domain, must be a domain, a slash and a name: example.com/gpu";
    if (length >= sizeof(name))
        return "is too long for the name of a resource";

    memcpy(name, text, length + 1);
    if (star)
        name[length - 1] = 'x'; /* any character that a name can end with */
    return name_qualified_fault(name);
}

/* True if Kubernetes reserves the domain or prefix of the name, so that no device plugin can register the name. */
static bool is_kubernetes_own(const char *text)
{
    static const char own[] = "kubernetes.io";
    size_t length = strcspn(text, "/");
    size_t tail = sizeof(own) - 1;
    if (text_begins(text, "requests."))
        return true;
    return length >= tail && strncmp(text + length - tail, own, tail) == 0 &&
           (length == tail || text[length - tail - 1] == '.');
}

/* Returns the first entry of the list that can match the same name as the pattern, or NULL. */
static const struct resource_pattern *find_overlapping_pattern(const struct resource_patterns *list,
                                                               const struct resource_pattern *pattern)
{
    for (size_t i = 0; i < list->count; i++) {
        if (resource_patterns_meet(&list->items[i], pattern))
            return &list->items[i];
    }
    return NULL;
}

/* True if `text` may follow the entries `before` of a list. Otherwise reports the reason. */
static bool check_pattern(const struct node *node, const char *text, const struct resource_patterns *before)
{
    const char *fault = pattern_fault(text);
    const struct resource_pattern pattern = resource_pattern_of(text);
    const struct resource_pattern *same = find_overlapping_pattern(before, &pattern);
    if (fault)
        node_problem(node, "\"%s\" %s", text, fault);
    else if (is_kubernetes_own(text))
        node_problem(node,
                     "\"%s\" is in a domain that Kubernetes reserves, must be a name that a device plugin can register",
                     text);
    else if (same && strcmp(same->text, text) == 0)
        node_problem(node, "\"%s\" is listed twice", text);
    else if (same)
        node_problem(node, "\"%s\" and \"%s\" match the same names; leave one of them out", text, same->text);
    else
        return true;

    return false;
}

static bool gpu_fits(const struct node *node, const char *text, const struct gpu_names *names)
{
    const struct resource_pattern pattern = resource_pattern_of(text);
    const struct known_resource *row = known_resource_meeting(&pattern);

    if (!check_pattern(node, text, &names->gpus))
        return false;
    if (!row)
        return true;

    if (pattern.open && !resource_pattern_covers(&row->pattern, &pattern))
        node_problem(node, "\"%s\" would also match %s, which is %s; must be a narrower name", text, row->pattern.text,
                     row->what);
    else if (row->kind == RESOURCE_GPU)
        node_problem(node, "\"%s\" is %s; leave it out", text, row->what);
    else
        node_problem(node, "\"%s\" is %s, must be another name of an NVIDIA GPU", text, row->what);

    return false;
}

static bool other_fits(const struct node *node, const char *text, const struct gpu_names *names)
{
    const struct resource_pattern pattern = resource_pattern_of(text);
    const struct resource_pattern *gpu = find_overlapping_pattern(&names->gpus, &pattern);
    const struct known_resource *row = known_resource_meeting(&pattern);

    if (!check_pattern(node, text, &names->others))
        return false;

    if (!text_begins(text, NVIDIA_PREFIX))
        node_problem(node, "\"%s\" must begin with nvidia.com/: other devices need not be listed", text);
    else if (gpu)
        node_problem(node, "\"%s\" is among spec.gpuResources (%s), must be a device that is not a GPU", text,
                     gpu->text);
    else if (row && row->kind != RESOURCE_NETWORK)
        node_problem(node, "\"%s\" matches %s, which is %s; must be a device that is not a GPU", text,
                     row->pattern.text, row->what);
    else
        return true;

    return false;
}

/* Decodes one list of names. `fits` returns true if an entry is allowed in it, and otherwise reports why not. */
static void decode_list(const struct node *node, struct gpu_names *names, struct resource_patterns *list,
                        bool (*fits)(const struct node *, const char *, const struct gpu_names *))
{
    AUTO(strlist) texts = {0};
    struct err err;
    decode_strings(node, &texts);
    if (texts.count > GPU_NAMES_MAX)
        node_problem(node, "has %zu names, must have %d at most; a \"*\" at the end matches many", texts.count,
                     GPU_NAMES_MAX);
    for (size_t i = 0; i < texts.count && texts.count <= GPU_NAMES_MAX; i++) {
        struct node element = node_element(*node, i);
        if (fits(&element, texts.items[i], names) && resource_patterns_add(list, texts.items[i], &err) < 0)
            object_nomem(node);
    }
}

/* The fixed name ensures that a set has only one SliceSettings: two objects of a kind cannot have the same name. */
static void check_name(const struct node *object)
{
    struct node name;
    if (object_name_node(object, &name) && strcmp(node_text(name), SETTINGS_NAME) != 0)
        node_problem(&name, "is \"%s\", must be %s: a set has one SliceSettings at most", node_text(name),
                     SETTINGS_NAME);
}

/* Decodes spec.gpuResources first: spec.otherDevices is checked against it. */
static void decode_names(const struct node *spec, struct gpu_names *names)
{
    struct node gpus = node_member(*spec, "gpuResources");
    struct node others = node_member(*spec, "otherDevices");
    if (gpus.value)
        decode_list(&gpus, names, &names->gpus, gpu_fits);
    if (others.value)
        decode_list(&others, names, &names->others, other_fits);
}

void settings_decode(const struct node *object, struct slice_settings *ret_settings)
{
    static const struct field spec_fields[] = {{"gpuResources", decode_elsewhere}, {"otherDevices", decode_elsewhere}};
    static const struct field spec_field = {"spec", FIELDS(spec_fields), .flags = FIELD_REQUIRED};

    *ret_settings = (struct slice_settings){0};
    object_decode(object, &spec_field, ret_settings, &ret_settings->mark);
    check_name(object);

    struct node spec = node_member(*object, "spec");
    if (json_is_object(spec.value))
        decode_names(&spec, &ret_settings->gpu_names);
}
