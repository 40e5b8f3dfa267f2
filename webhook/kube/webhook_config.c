/* Reads and patches webhook configurations. Does not depend on certificates. */
#include "kube/webhook_config.h"

#include "base/units.h"
#include "json/base64.h"
#include "json/unconst.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 384, BUNDLE_MAX = MIB, POINTER_SIZE = 64 };

#define RIGHTS "get and patch of that webhook configuration"

static const struct {
    const char *name, *plural;
} kinds[] = {
    [WEBHOOK_MUTATING] = {"MutatingWebhookConfiguration", "mutatingwebhookconfigurations"},
    [WEBHOOK_VALIDATING] = {"ValidatingWebhookConfiguration", "validatingwebhookconfigurations"},
};

const char *webhook_config_kind_name(enum webhook_config_kind kind)
{
    return kinds[kind].name;
}

static void path_of(const struct webhook_config_ref *ref, char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "/apis/admissionregistration.k8s.io/v1/%s/%.253s", kinds[ref->kind].plural,
                   ref->name);
}

void webhook_config_fini(struct webhook_config *config)
{
    for (size_t i = 0; i < config->entry_count; i++)
        free(config->entries[i].bundle);
    free(config->entries);
    json_decref(config->object);
    *config = (struct webhook_config){.ref = config->ref, .service = config->service};
}

/* Returns "" for a bundle that cannot be decoded, so that it counts as absent and is replaced; NULL if out of
 * memory. */
static char *decode_bundle(const char *encoded)
{
    struct err err;
    AUTO(buf) bundle;
    buf_init(&bundle, BUNDLE_MAX);
    if (base64_decode(encoded, &bundle, &err) < 0 || buf_check(&bundle, &err) < 0 || bundle.length == 0)
        return strdup("");
    return buf_take(&bundle);
}

/* True for an entry that calls `service` or a URL, and for any entry if `service` has no name. */
static bool is_wanted(const struct object_ref *service, const json_t *client)
{
    const json_t *called = json_object_get(client, "service");
    const char *name = json_text(called, "name");
    return !service->name[0] || !*name ||
           (strcmp(name, service->name) == 0 && strcmp(json_text(called, "namespace"), service->namespace_name) == 0);
}

static int read_entries(struct webhook_config *config, struct err *err)
{
    const json_t *webhooks = json_object_get(config->object, "webhooks");
    size_t count = json_array_size(webhooks);
    config->entries = calloc(count + 1, sizeof(*config->entries));
    if (!config->entries)
        return err_nomem(err);

    for (size_t i = 0; i < count; i++) {
        const json_t *webhook = json_array_get(webhooks, i);
        const json_t *client = json_object_get(webhook, "clientConfig");
        if (!is_wanted(config->service, client))
            continue;

        struct webhook_entry *entry = &config->entries[config->entry_count++];
        entry->index = i;
        entry->name = json_text(webhook, "name");
        entry->bundle = decode_bundle(json_text(client, "caBundle"));
        if (!entry->bundle)
            return err_nomem(err);
    }

    return 0;
}

/* Replaces what was read by `object`, which it takes over and which may be NULL. */
static int take_object(struct webhook_config *config, json_t *object, struct err *err)
{
    webhook_config_fini(config);
    config->object = object;
    if (!object || read_entries(config, err) == 0)
        return 0;
    webhook_config_fini(config);
    return -1;
}

int webhook_config_read(struct object_caller *caller, struct webhook_config *config, struct err *err)
{
    char path[PATH_SIZE];
    json_t *object = NULL;
    webhook_config_fini(config);
    path_of(&config->ref, path);
    if (object_read(caller, path, RIGHTS, &object, err) < 0)
        return -1;
    return take_object(config, object, err);
}

/* Returns 0, or -1 if out of memory. `add` replaces an existing member (RFC 6902 section 4.1). */
static int add_operations(json_t *patch, const struct webhook_entry *entry, const json_t *encoded)
{
    char name[POINTER_SIZE];
    char bundle[POINTER_SIZE];
    (void)snprintf(name, sizeof(name), "/webhooks/%zu/name", entry->index);
    (void)snprintf(bundle, sizeof(bundle), "/webhooks/%zu/clientConfig/caBundle", entry->index);

    AUTO(json)
    operations = json_pack("[{s:s, s:s, s:s}, {s:s, s:s, s:O}]", "op", "test", "path", name, "value", entry->name, "op",
                           "add", "path", bundle, "value", encoded);
    return operations ? json_array_extend(patch, operations) : -1;
}

int webhook_config_patch(struct object_caller *caller, struct webhook_config *config, const char *bundle,
                         bool *ret_conflict, struct err *err)
{
    char path[PATH_SIZE];
    json_t *object = NULL;
    AUTO(json) encoded = base64_string(bundle);
    AUTO(json)
    patch = json_pack("[{s:s, s:s, s:s}]", "op", "test", "path", "/metadata/resourceVersion", "value",
                      object_revision(config->object));
    if (!encoded || !patch)
        return err_nomem(err);

    for (size_t i = 0; i < config->entry_count; i++) {
        if (config->entries[i].outdated && add_operations(patch, &config->entries[i], encoded) != 0)
            return err_nomem(err);
    }

    path_of(&config->ref, path);
    const struct object_write write = {
        .method = "PATCH", .path = path, .type = "application/json-patch+json", .body = patch, .rights = RIGHTS};
    if (object_write(caller, &write, &object, err) < 0 || (object && take_object(config, object, err) < 0))
        return -1;

    *ret_conflict = !object;
    return 0;
}
