/* Combines the two halves of a TLS generation. Does not depend on files or clusters. */
#include "service/credentials.h"

#include "base/lock.h"
#include "certs/pem.h"

#include <string.h>

struct service_credentials {
    struct tls *tls;
    const char *const *client_names;
    pthread_mutex_t mutex; /* guards the texts */
    struct cert_pem pem;   /* `ca` is the CA of client certificates */
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

void service_credentials_free(struct service_credentials *credentials)
{
    if (!credentials)
        return;
    tls_free(credentials->tls);
    cert_pem_fini(&credentials->pem);
    (void)pthread_mutex_destroy(&credentials->mutex);
    free(credentials);
}

/* Replaces all three texts; each may be the current one, or NULL. Call it with the mutex held. */
static int credentials_use_locked(struct service_credentials *credentials, const char *cert, const char *key,
                                  const char *client_ca, struct err *err)
{
    const struct tls_material material = {
        .cert_pem = cert, .key_pem = key, .client_ca_pem = client_ca, .client_names = credentials->client_names};
    AUTO(cert_pem)
    copy = {.cert = cert ? strdup(cert) : NULL,
            .key = key ? strdup(key) : NULL,
            .ca = client_ca ? strdup(client_ca) : NULL};
    if (!copy.cert != !cert || !copy.key != !key || !copy.ca != !client_ca)
        return err_nomem(err);
    if (cert && tls_swap(credentials->tls, &material, err) < 0)
        return -1;

    cert_pem_fini(&credentials->pem);
    credentials->pem = TAKE(copy);
    return 0;
}

int service_credentials_set_pair(struct service_credentials *credentials, const char *cert_pem, const char *key_pem,
                                 struct err *err)
{
    AUTO(lock) held = lock_take(&credentials->mutex);
    return credentials_use_locked(credentials, cert_pem, key_pem, credentials->pem.ca, err);
}

int service_credentials_set_clients(struct service_credentials *credentials, const char *ca_pem, struct err *err)
{
    AUTO(lock) held = lock_take(&credentials->mutex);
    return credentials_use_locked(credentials, credentials->pem.cert, credentials->pem.key, ca_pem, err);
}

struct tls *service_credentials_tls(struct service_credentials *credentials)
{
    return credentials->tls;
}
