/* Combines the two halves of a TLS generation. Does not depend on files or clusters. */
#include "service/credentials.h"

#include <pthread.h>
#include <string.h>

struct service_credentials {
    struct tls *tls;
    const char *const *client_names;
    pthread_mutex_t mutex; /* guards the members below */
    char *cert, *key, *client_ca;
};

int service_credentials_new(const char *const *client_names, struct service_credentials **ret_credentials,
                            struct err *err)
{
    struct service_credentials *allocated = calloc(1, sizeof(*allocated));
    if (!allocated)
        return err_nomem(err);
    (void)pthread_mutex_init(&allocated->mutex, NULL); /* cannot fail with default attributes (glibc) */
    AUTO(service_credentials) credentials = allocated;
    credentials->client_names = client_names;
    if (tls_new(NULL, &credentials->tls, err) < 0)
        return -1;
    *ret_credentials = TAKE(credentials);
    return 0;
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void service_credentials_free(struct service_credentials *credentials)
{
    if (!credentials)
        return;
    tls_free(credentials->tls);
    free(credentials->cert);
    wipe(credentials->key);
    free(credentials->client_ca);
    (void)pthread_mutex_destroy(&credentials->mutex);
    free(credentials);
}

static int copy_optional_text(const char *text, char **ret_copy, struct err *err)
{
    *ret_copy = text ? strdup(text) : NULL;
    return *ret_copy || !text ? 0 : err_nomem(err);
}

/* Call it with the mutex held. The texts may be the current ones. */
static int credentials_use_locked(struct service_credentials *credentials, const char *cert, const char *key,
                                  const char *client_ca, struct err *err)
{
    AUTO(string) own_cert = NULL;
    AUTO(string) own_ca = NULL;
    char *own_key = NULL;
    const struct tls_material material = {
        .cert_pem = cert, .key_pem = key, .client_ca_pem = client_ca, .client_names = credentials->client_names};
    int result = copy_optional_text(cert, &own_cert, err);
    if (result == 0)
        result = copy_optional_text(client_ca, &own_ca, err);
    if (result == 0)
        result = copy_optional_text(key, &own_key, err);
    if (result == 0 && cert)
        result = tls_swap(credentials->tls, &material, err);
    if (result < 0) {
        wipe(own_key);
        return -1;
    }

    free(credentials->cert);
    wipe(credentials->key);
    free(credentials->client_ca);
    credentials->cert = TAKE(own_cert);
    credentials->key = own_key;
    credentials->client_ca = TAKE(own_ca);
    return 0;
}

int service_credentials_set_pair(struct service_credentials *credentials, const char *cert_pem, const char *key_pem,
                                 struct err *err)
{
    (void)pthread_mutex_lock(&credentials->mutex);
    int result = credentials_use_locked(credentials, cert_pem, key_pem, credentials->client_ca, err);
    (void)pthread_mutex_unlock(&credentials->mutex);
    return result;
}

int service_credentials_set_clients(struct service_credentials *credentials, const char *ca_pem, struct err *err)
{
    (void)pthread_mutex_lock(&credentials->mutex);
    int result = credentials_use_locked(credentials, credentials->cert, credentials->key, ca_pem, err);
    (void)pthread_mutex_unlock(&credentials->mutex);
    return result;
}

struct tls *service_credentials_tls(struct service_credentials *credentials)
{
    return credentials->tls;
}
