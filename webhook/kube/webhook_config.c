/* Reads and patches webhook configurations. Does not depend on certificates. */
#include "kube/webhook_config.h"

#include "base/units.h"
#include "json/base64.h"
#include "json/unconst.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 384, BUNDLE_MAX = MIB, BASE64_MAX = 2 * MIB, POINTER_SIZE = 64 };

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
    *config = (struct webhook_config){0};
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

static int read_entry(const json_t *webhook, struct webhook_entry *entry, struct err *err)
{
    const json_t *client = json_object_get(webhook, "clientConfig");
    const json_t *service = json_object_get(client, "service");
    entry->name = json_text(webhook, "name");
    entry->service_namespace = json_text(service, "namespace");
    entry->service_name = json_text(service, "name");
    entry->bundle = decode_bundle(json_text(client, "caBundle"));
    return entry->bundle ? 0 : err_nomem(err);
}

/* Takes over the object. */
static int take_object(json_t *object, struct webhook_config *ret_config, struct err *err)
{
    AUTO(webhook_config) config = {.object = object};
    const json_t *webhooks = json_object_get(object, "webhooks");
    size_t count = json_array_size(webhooks);
    config.entries = calloc(count + 1, sizeof(*config.entries));
    if (!config.entries)
        return err_nomem(err);

    for (size_t i = 0; i < count; i++) {
        config.entry_count = i + 1;
        if (read_entry(json_array_get(webhooks, i), &config.entries[i], err) < 0)
            return -1;
    }

    webhook_config_fini(ret_config);
    *ret_config = TAKE(config);
    return 0;
}

int webhook_config_read(struct object_caller *caller, const struct webhook_config_ref *ref,
                        struct webhook_config *ret_config, struct err *err)
{
    char path[PATH_SIZE];
    enum object_outcome outcome;
    json_t *object = NULL;
    struct webhook_config config = {0};
    path_of(ref, path);
    if (object_read(caller, path, RIGHTS, &outcome, &object, err) < 0 ||
        (object && take_object(object, &config, err) < 0))
        return -1;
    *ret_config = config;
    return 0;
}

static int add_operation(json_t *patch, const char *op, const char *path, const char *value, struct err *err)
{
    json_t *operation = json_pack("{s:s, s:s, s:s}", "op", op, "path", path, "value", value);
    return operation && json_array_append_new(patch, operation) == 0 ? 0 : err_nomem(err);
}

/* `add` replaces an existing member (RFC 6902 section 4.1). */
static int add_entry(json_t *patch, size_t index, const char *name, const char *encoded, struct err *err)
{
    char path[POINTER_SIZE];
    (void)snprintf(path, sizeof(path), "/webhooks/%zu/name", index);
    if (add_operation(patch, "test", path, name, err) < 0)
        return -1;
    (void)snprintf(path, sizeof(path), "/webhooks/%zu/clientConfig/caBundle", index);
    return add_operation(patch, "add", path, encoded, err);
}

static int make_patch(const struct webhook_config *config, const bool wanted[], const char *bundle, json_t *patch,
                      struct err *err)
{
    AUTO(buf) encoded;
    buf_init(&encoded, BASE64_MAX);
    base64_add(&encoded, bundle, strlen(bundle));
    if (buf_check(&encoded, err) < 0 ||
        add_operation(patch, "test", "/metadata/resourceVersion", object_revision(config->object), err) < 0)
        return -1;
    for (size_t i = 0; i < config->entry_count; i++) {
        if (wanted[i] && add_entry(patch, i, config->entries[i].name, buf_text(&encoded), err) < 0)
            return -1;
    }
    return 0;
}

int webhook_config_patch(struct object_caller *caller, const struct webhook_config_ref *ref,
                         struct webhook_config *config, const bool wanted[], const char *bundle,
                         enum object_outcome *ret_outcome, struct err *err)
{
    char path[PATH_SIZE];
    enum object_outcome outcome;
    json_t *object = NULL;
    AUTO(json) patch = json_array();
    path_of(ref, path);
    if (!patch)
        return err_nomem(err);

    if (make_patch(config, wanted, bundle, patch, err) < 0)
        return -1;

    const struct object_write write = {
        .method = "PATCH", .path = path, .type = "application/json-patch+json", .body = patch, .rights = RIGHTS};
    if (object_write(caller, &write, &outcome, &object, err) < 0 || (object && take_object(object, config, err) < 0))
        return -1;

    *ret_outcome = outcome;
    return 0;
}
