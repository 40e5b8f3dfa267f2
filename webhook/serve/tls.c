/* TLS generations. Depends on GnuTLS, which libmicrohttpd uses; does not depend on HTTP or the source of the keys. */
#include "serve/tls.h"

#include "base/lock.h"
#include "base/log.h"
#include "base/refs.h"
#include "base/strlist.h"

#include <assert.h>
#include <gnutls/x509.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

enum { NAME_SIZE = 256 };

struct tls_generation {
    struct refs refs;
    gnutls_certificate_credentials_t credentials;
    bool wants_client; /* client certificates are required */
    bool any_client;   /* with any name */
    struct strlist client_names;
};

struct tls {
    pthread_mutex_t mutex;          /* guards `current` */
    struct tls_generation *current; /* NULL: none yet, and handshakes fail */
};

void tls_generation_unref(struct tls_generation *generation)
{
    if (!generation || !refs_down(&generation->refs))
        return;
    if (generation->credentials)
        gnutls_certificate_free_credentials(generation->credentials);
    strlist_fini(&generation->client_names);
    free(generation);
}

static int gnutls_err(struct err *err, int code, const char *what)
{
    if (code == GNUTLS_E_MEMORY_ERROR || err_memory_ran_out())
        return err_nomem(err);
    if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        return err_set(err, ERR_INVALID, "%s: the private key belongs to another certificate", what);
    return err_set(err, ERR_INVALID, "%s: %s", what, gnutls_strerror(code));
}

/* GnuTLS does not write to the text, but the pointer in its datum is not const. */
static gnutls_datum_t datum_of(const char *pem)
{
    size_t length = strlen(pem);
    assert(length <= INT_MAX);
    return (gnutls_datum_t){.data = (unsigned char *)(uintptr_t)pem, .size = (unsigned)length};
}

static int load_pair(struct tls_generation *generation, const struct tls_material *material, struct err *err)
{
    const gnutls_datum_t cert = datum_of(material->cert_pem);
    const gnutls_datum_t key = datum_of(material->key_pem);
    int result =
        gnutls_certificate_set_x509_key_mem2(generation->credentials, &cert, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
    return result < 0 ? gnutls_err(err, result, "certificate and private key") : 0;
}

static int load_clients(struct tls_generation *generation, const struct tls_material *material, struct err *err)
{
    const gnutls_datum_t ca = datum_of(material->client_ca_pem);
    int found = gnutls_certificate_set_x509_trust_mem(generation->credentials, &ca, GNUTLS_X509_FMT_PEM);
    if (found < 0 || err_memory_ran_out())
        return gnutls_err(err, found, "client CA");
    if (found == 0)
        return err_set(err, ERR_INVALID, "client CA: no certificate found");

    generation->wants_client = true;
    generation->any_client = !material->client_names;

    for (const char *const *name = material->client_names; name && *name; name++) {
        if (strlist_add(&generation->client_names, *name, err) < 0)
            return -1;
    }

    return 0;
}

static int generation_new(const struct tls_material *material, struct tls_generation **ret, struct err *err)
{
    AUTO(tls_generation) generation = calloc(1, sizeof(*generation));
    if (!generation)
        return err_nomem(err);

    refs_init(&generation->refs);
    err_memory_begin();
    int result = gnutls_certificate_allocate_credentials(&generation->credentials);
    if (result < 0)
        return gnutls_err(err, result, "credentials");

    if (load_pair(generation, material, err) < 0)
        return -1;
    if (material->client_ca_pem && load_clients(generation, material, err) < 0)
        return -1;

    *ret = TAKE(generation);
    return 0;
}

int tls_new(const struct tls_material *material, struct tls **ret_tls, struct err *err)
{
    AUTO(tls_generation) generation = NULL;
    if (material && generation_new(material, &generation, err) < 0)
        return -1;

    struct tls *tls = calloc(1, sizeof(*tls));
    if (!tls)
        return err_nomem(err);

    (void)pthread_mutex_init(&tls->mutex, NULL); /* cannot fail with default attributes on Linux */
    tls->current = TAKE(generation);
    *ret_tls = tls;
    return 0;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    tls_generation_unref(tls->current);
    (void)pthread_mutex_destroy(&tls->mutex);
    free(tls);
}

int tls_swap(struct tls *tls, const struct tls_material *material, struct err *err)
{
    AUTO(tls_generation) generation = NULL;
    if (generation_new(material, &generation, err) < 0)
        return -1;
    (void)pthread_mutex_lock(&tls->mutex);
    struct tls_generation *old = tls->current;
    tls->current = TAKE(generation);
    (void)pthread_mutex_unlock(&tls->mutex);
    tls_generation_unref(old);
    return 0;
}

/* A name with a NUL inside does not match. */
static bool name_allowed(const struct tls_generation *generation, gnutls_x509_crt_t cert)
{
    char name[NAME_SIZE];
    size_t size = sizeof(name);
    if (gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &size) == 0 &&
        strlen(name) == size && strlist_has(&generation->client_names, name))
        return true;

    for (unsigned i = 0;; i++) {
        size = sizeof(name) - 1;
        int type = gnutls_x509_crt_get_subject_alt_name(cert, i, name, &size, NULL);
        if (type < 0 && type != GNUTLS_E_SHORT_MEMORY_BUFFER)
            return false;
        if (type != GNUTLS_SAN_DNSNAME)
            continue;
        name[size < sizeof(name) ? size : sizeof(name) - 1] = '\0';
        if (strlen(name) == size && strlist_has(&generation->client_names, name))
            return true;
    }
}

static bool client_is_allowed(const struct tls_generation *generation, gnutls_session_t session)
{
    unsigned count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    gnutls_x509_crt_t cert = NULL;
    if (!chain || count == 0 || gnutls_x509_crt_init(&cert) < 0)
        return false;
    bool allowed = gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER) == 0 && name_allowed(generation, cert);
    gnutls_x509_crt_deinit(cert);
    return allowed;
}

/* Runs during the handshake, so that an unknown client cannot send a request. Checks the chain, the dates, the name and
 * the purpose of the client's certificate: one for servers only is refused. */
static int verify_client(gnutls_session_t session)
{
    const struct tls_generation *generation = gnutls_db_get_ptr(session);
    char client_purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
    gnutls_typed_vdata_st wanted = {.type = GNUTLS_DT_KEY_PURPOSE_OID, .data = (unsigned char *)client_purpose};

    unsigned status = 0;
    int result = gnutls_certificate_verify_peers(session, &wanted, 1, &status);
    if (result < 0 || status != 0) {
        LOG(LOG_DEBUG, "client certificate refused", LOG_INT("verify_status", status), LOG_INT("gnutls", result));
        return GNUTLS_E_CERTIFICATE_ERROR;
    }
    if (!generation->any_client && !client_is_allowed(generation, session)) {
        LOG(LOG_DEBUG, "client certificate refused: its name is not on the list", LOG_END);
        return GNUTLS_E_CERTIFICATE_ERROR;
    }

    return 0;
}

static struct tls_generation *tls_current_generation(struct tls *tls)
{
    AUTO(lock) held = lock_take(&tls->mutex);
    if (tls->current)
        refs_up(&tls->current->refs);
    return tls->current;
}

struct tls_generation *tls_attach(struct tls *tls, gnutls_session_t session)
{
    AUTO(tls_generation) generation = tls_current_generation(tls);
    if (!generation || gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, generation->credentials) < 0)
        return NULL;
    if (generation->wants_client) {
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
        /* The session's own pointer belongs to libmicrohttpd. That of the session cache is free, because no cache is
         * ever set. */
        gnutls_db_set_ptr(session, generation);
        gnutls_session_set_verify_function(session, verify_client);
    }
    return TAKE(generation);
}
