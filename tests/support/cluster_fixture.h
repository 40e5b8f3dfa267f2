/* What tests of certificates in a fake cluster share: its objects, and looks at them. */
#ifndef GPUSLICE_TESTS_CLUSTER_FIXTURE_H
#define GPUSLICE_TESTS_CLUSTER_FIXTURE_H

#include "base/buf.h"
#include "certs/facts.h"
#include "json/base64.h"
#include "json/unconst.h"
#include "tests/support/fake_cluster.h"
#include "tests/support/test.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SECRET_PATH   "/api/v1/namespaces/gs/secrets/certs"
#define SECRETS_PATH  "/api/v1/namespaces/gs/secrets"
#define MUTATING_PATH "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/inject"
#define ADVISE_PATH   "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/advise"

#define SERVICE(NAMESPACE, NAME) "{\"service\":{\"namespace\":\"" NAMESPACE "\",\"name\":\"" NAME "\",\"port\":443}"
#define ENTRY(NAME, CLIENT)                                                                                  \
    "{\"name\":\"" NAME "\",\"clientConfig\":" CLIENT "},\"failurePolicy\":\"Ignore\",\"timeoutSeconds\":3," \
    "\"rules\":[{\"operations\":[\"CREATE\"]}]}"

/* Two entries of the Service gs/gpuslice, one by URL, one of somebody else's. */
#define MUTATING                                                                                                \
    "{\"kind\":\"MutatingWebhookConfiguration\",\"metadata\":{\"name\":\"inject\",\"labels\":{\"a\":\"b\"}},"   \
    "\"webhooks\":[" ENTRY("a", SERVICE("gs", "gpuslice")) "," ENTRY("b", SERVICE("gs", "gpuslice")) "," ENTRY( \
        "url", "{\"url\":\"https://127.0.0.1:1/mutate\"") "," ENTRY("other",                                    \
                                                                    SERVICE("gs", "other") ",\"caBundle\":"     \
                                                                                           "\"Zm9yZWlnbg==\"") "]}"
#define ADVISE                                                                                              \
    "{\"kind\":\"ValidatingWebhookConfiguration\",\"metadata\":{\"name\":\"advise\"},\"webhooks\":[" ENTRY( \
        "advise", SERVICE("gs", "gpuslice") ",\"caBundle\":\"Cg==\"") "]}"

enum { ENTRY_A, ENTRY_B, ENTRY_URL, ENTRY_OTHER };

static inline void cluster_fill(struct fake_cluster *cluster)
{
    fake_cluster_put(cluster, MUTATING_PATH, MUTATING);
    fake_cluster_put(cluster, ADVISE_PATH, ADVISE);
}

static inline char *decoded(const char *encoded)
{
    AUTO(buf) text;
    struct err err;
    buf_init(&text, 1 << 20);
    if (!encoded || base64_decode(encoded, &text, &err) < 0)
        return strdup("");
    buf_add_string(&text, "");
    return text.data ? buf_take(&text) : strdup("");
}

/* The caBundle of an entry; free() it. "" where there is none. */
static inline char *bundle_at(struct fake_cluster *cluster, const char *path, size_t entry)
{
    AUTO(json) config = fake_cluster_get(cluster, path);
    const json_t *webhook = json_array_get(json_object_get(config, "webhooks"), entry);
    return decoded(json_string_value(json_object_get(json_object_get(webhook, "clientConfig"), "caBundle")));
}

/* The text under a key of the Secret; "" where there is none. */
static inline char *stored_text(struct fake_cluster *cluster, const char *key)
{
    AUTO(json) secret = fake_cluster_get(cluster, SECRET_PATH);
    return decoded(json_string_value(json_object_get(json_object_get(secret, "data"), key)));
}

static inline size_t certs_in(const char *bundle)
{
    struct err err;
    struct cert_facts *list = NULL;
    size_t count = 0;
    if (cert_facts_list(bundle, "bundle", &list, &count, &err) < 0)
        return 0;
    free(list);
    return count;
}

#endif
