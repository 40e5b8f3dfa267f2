/* What tests of certificates in a fake cluster share: the objects of the cluster, and functions that read them. */
#pragma once

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

/* Two entries of the Service gs/gpuslice, one by URL, and one of another Service. */
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

void cluster_fill(struct fake_cluster *cluster);
char *decoded(const char *encoded);

/* Returns the caBundle of an entry, or "" if it has none; free() it. */
char *bundle_at(struct fake_cluster *cluster, const char *path, size_t entry);

/* Returns the decoded value of a key of the Secret, or "" if there is none; free() it. */
char *stored_text(struct fake_cluster *cluster, const char *key);
size_t certs_in(const char *bundle);
