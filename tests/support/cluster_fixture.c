#include "tests/support/cluster_fixture.h"

void cluster_fill(struct fake_cluster *cluster)
{
    fake_cluster_put(cluster, MUTATING_PATH, MUTATING);
    fake_cluster_put(cluster, ADVISE_PATH, ADVISE);
}

char *decoded(const char *encoded)
{
    AUTO(buf) text;
    struct err err;
    buf_init(&text, 1 << 20);
    if (!encoded || base64_decode(encoded, &text, &err) < 0)
        return strdup("");
    buf_add_string(&text, "");
    return text.data ? buf_take(&text) : strdup("");
}

char *bundle_at(struct fake_cluster *cluster, const char *path, size_t entry)
{
    AUTO(json) config = fake_cluster_get(cluster, path);
    const json_t *webhook = json_array_get(json_object_get(config, "webhooks"), entry);
    return decoded(json_string_value(json_object_get(json_object_get(webhook, "clientConfig"), "caBundle")));
}

char *stored_text(struct fake_cluster *cluster, const char *key)
{
    AUTO(json) secret = fake_cluster_get(cluster, SECRET_PATH);
    return decoded(json_string_value(json_object_get(json_object_get(secret, "data"), key)));
}

size_t certs_in(const char *bundle)
{
    struct err err;
    struct cert_facts *list = NULL;
    size_t count = 0;
    if (cert_facts_list(bundle, "bundle", &list, &count, &err) < 0)
        return 0;
    free(list);
    return count;
}
