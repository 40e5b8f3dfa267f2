/* Checks kustomization.yaml: its kind and apiVersion, that its resources exist, and that it names the node-side files
 * of its folder. */
#include "base/spelling.h"
#include "base/text.h"
#include "lint/check/check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Returns the length of the folder part of a path, with its slash. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* True for URLs and remote bases, which are not checked. */
static bool is_remote(const char *resource)
{
    return strstr(resource, "://") || strchr(resource, '?') || strncmp(resource, "github.com/", 11) == 0 ||
           strncmp(resource, "git@", 4) == 0;
}

static void check_named(struct lint *lint, const struct manifest *object, const char *name)
{
    struct node resources = node_member(object->node, "resources");
    const char *path = object->node.document->file;
    NODE_ELEMENTS(resources, resource) {
        const char *full =
            arena_printf(&lint->model.arena, "%.*s%s", (int)folder_length(path), path, node_text(resource));
        if (!is_remote(node_text(resource)) && access(full, F_OK) != 0)
            SAY(lint, RULE_KUSTOMIZATION_RESOURCE_MISSING, resource, name, "there is no %s", node_text(resource));
    }
}

static bool kustomization_names(const struct manifest *kustomization, const char *name)
{
    static const char *const lists[] = {"resources", "patches", "patchesStrategicMerge", "components"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        struct node list = node_member(kustomization->node, lists[i]);
        NODE_ELEMENTS(list, item) {
            const char *text = json_is_object(item.value) ? node_text(node_member(item, "path")) : node_text(item);
            text += strncmp(text, "./", 2) == 0 ? 2 : 0;
            if (strcmp(text, name) == 0)
                return true;
        }
    }
    return false;
}

/* True for node-side objects, which are never applied if the kustomization of their folder does not name their file. */
static bool is_node_side(const struct manifest *object)
{
    return text_begins(object->api_version, "karpenter.") || object_is(object, CONFIG_MAP_KIND) ||
           object_is(object, DAEMON_SET_KIND) || object_is(object, SERVICE_ACCOUNT_KIND) ||
           object_is(object, CLUSTER_ROLE_KIND) || object_is(object, CLUSTER_ROLE_BINDING_KIND);
}

static void check_unnamed(struct lint *lint, const struct manifest *kustomization, const char *name)
{
    const char *path = kustomization->node.document->file;
    size_t folder = folder_length(path);
    for (size_t i = 0; i < lint->sources.objects.count; i++) {
        const struct manifest *object = lint->sources.objects.items[i];
        const char *other = object->node.document->file;
        if (folder_length(other) != folder || strncmp(other, path, folder) != 0 || !is_node_side(object) ||
            kustomization_names(kustomization, other + folder))
            continue;
        SAY(lint, RULE_KUSTOMIZATION_RESOURCE_UNNAMED, node_member(kustomization->node, "resources"), name,
            "does not name %s, so its %s is never applied", other + folder, object_title(&lint->model.arena, object));
    }
}

/* kustomize accepts a missing kind and apiVersion, but no wrong ones. */
static void check_head(struct lint *lint, const struct manifest *object, const char *name)
{
    static const char *const known[] = {"kind", "apiVersion", "resources"};
    struct node kind = node_member(object->node, "kind");
    struct node version = node_member(object->node, "apiVersion");

    if (kind.value && !text_is_any(node_text(kind), WORDS("Kustomization", "Component")))
        SAY(lint, RULE_FIELD_INVALID, kind, name, "kind is \"%s\", must be Kustomization", node_text(kind));

    if (version.value &&
        !text_is_any(node_text(version), WORDS("kustomize.config.k8s.io/v1beta1", "kustomize.config.k8s.io/v1alpha1")))
        SAY(lint, RULE_FIELD_INVALID, version, name, "apiVersion is \"%s\", must be kustomize.config.k8s.io/v1beta1",
            node_text(version));

    NODE_MEMBERS(object->node, member) {
        for (size_t j = 0; j < ARRAY_SIZE(known); j++) {
            if (spelling_distance(member.key, known[j]) == 1)
                SAY_KEY(lint, RULE_UNKNOWN_FIELD, member, name, "unknown field \"%s\"; did you mean \"%s\"?",
                        member.key, known[j]);
        }
    }
}

void lint_check_kustomization(struct lint *lint, const struct manifest *object, const char *title)
{
    const char *path = object->node.document->file;
    const char *name = path + folder_length(path);
    (void)title; /* findings name the file */
    if (!object_is(object, KUSTOMIZATION_KIND) && !text_is_any(name, WORDS("kustomization.yaml", "kustomization.yml")))
        return;
    check_head(lint, object, name);
    check_named(lint, object, name);
    check_unnamed(lint, object, name);
}
