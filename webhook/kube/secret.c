/* Reads and writes Secrets. Does not depend on certificates. */
#include "kube/secret.h"

#include "base/units.h"
#include "json/base64.h"
#include "json/unconst.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 640, TEXT_MAX = MIB };

#define RIGHTS "get and update of that Secret (and create of secrets, if it does not exist)"

static void path_of(const struct object_ref *ref, bool with_name, char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "/api/v1/namespaces/%s/secrets%s%s", ref->namespace_name, with_name ? "/" : "",
                   with_name ? ref->name : "");
}

int secret_read(struct object_caller *caller, const struct object_ref *ref, json_t **ret_secret, struct err *err)
{
    char path[PATH_SIZE];
    path_of(ref, true, path);
    return object_read(caller, path, RIGHTS, ret_secret, err);
}

int secret_text(const json_t *secret, const char *key, char **ret_text, struct err *err)
{
    const char *encoded = json_string_value(json_object_get(json_object_get(secret, "data"), key));
    AUTO(buf) text;
    if (!encoded || !*encoded) {
        *ret_text = NULL;
        return 0;
    }

    buf_init_secret(&text, TEXT_MAX);
    if (base64_decode(encoded, &text, err) < 0)
        return err_wrap(err, "%s", key);
    if (buf_check(&text, err) < 0)
        return -1;
    if (strlen(buf_text(&text)) != text.length)
        return err_set(err, ERR_INVALID, "%s: has a NUL byte in it", key);

    char *taken = buf_take(&text);
    if (!taken)
        return err_nomem(err);

    *ret_text = taken;
    return 0;
}

/* Returns 0, or -1 if out of memory. */
static int set_text(json_t *data, const char *key, const char *text)
{
    if (text && *text)
        return json_object_set_new(data, key, base64_string(text));
    (void)json_object_del(data, key); /* fails if it does not exist */
    return 0;
}

static json_t *new_secret(const struct object_ref *ref)
{
    return json_pack("{s:s, s:s, s:s, s:{s:s, s:s}}", "apiVersion", "v1", "kind", "Secret", "type", "kubernetes.io/tls",
                     "metadata", "name", ref->name, "namespace", ref->namespace_name);
}

int secret_write(struct object_caller *caller, const struct object_ref *ref, const json_t *secret,
                 const struct secret_texts *texts, json_t **ret_secret, struct err *err)
{
    char path[PATH_SIZE];
    AUTO(json) changed = secret ? json_deep_copy(secret) : new_secret(ref);
    if (!changed)
        return err_nomem(err);

    json_t *data = json_object_get(changed, "data");
    if (!json_is_object(data)) {
        data = json_object();
        if (json_object_set_new(changed, "data", data) != 0)
            return err_nomem(err);
    }

    for (size_t i = 0; i < texts->count; i++) {
        if (set_text(data, texts->keys[i], texts->texts[i]) != 0)
            return err_nomem(err);
    }

    path_of(ref, secret, path);
    const struct object_write write = {
        .method = secret ? "PUT" : "POST", .path = path, .type = "application/json", .body = changed, .rights = RIGHTS};
    return object_write(caller, &write, ret_secret, err);
}
