/* Keeps the texts of a store and checks that they are consistent. Does not depend on time or storage. */
#include "certs/store.h"

#include "base/buf.h"
#include "base/text.h"
#include "base/units.h"
#include "certs/ssl.h"

#include <openssl/err.h>
#include <string.h>

enum { BUNDLE_MAX = MIB };

const char *const cert_store_names[STORE_KEYS] = {
    [STORE_CERT] = "tls.crt",
    [STORE_KEY] = "tls.key",
    [STORE_CA] = "ca.crt",
    [STORE_CA_KEY] = "ca.key",
    [STORE_NEXT] = "ca-next.crt",
    [STORE_NEXT_KEY] = "ca-next.key",
    [STORE_PREVIOUS] = "ca-previous.crt",
    [STORE_LEAF_END] = "ca.leaf-end",
    [STORE_PREVIOUS_LEAF_END] = "ca-previous.leaf-end",
};

void cert_store_fini(struct cert_store *store)
{
    for (size_t i = 0; i < STORE_KEYS; i++)
        text_free_secret(store->texts[i]);
    *store = (struct cert_store){0};
}

int cert_store_set(struct cert_store *store, enum cert_store_key key, const char *text, struct err *err)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        return err_nomem(err);
    text_free_secret(store->texts[key]);
    store->texts[key] = copy;
    return 0;
}

int cert_store_copy(const struct cert_store *from, struct cert_store *ret_store, struct err *err)
{
    AUTO(cert_store) copy = {0};
    for (unsigned i = 0; i < STORE_KEYS; i++) {
        if (cert_store_set(&copy, (enum cert_store_key)i, from->texts[i], err) < 0)
            return -1;
    }
    *ret_store = TAKE(copy);
    return 0;
}

bool cert_store_is_empty(const struct cert_store *store)
{
    for (size_t i = 0; i < STORE_KEYS; i++) {
        if (store->texts[i] && store->texts[i][0])
            return false;
    }
    return true;
}

/* -- Consistency -- */

static const char *text_of(const struct cert_store *store, enum cert_store_key key)
{
    const char *text = store->texts[key];
    return text && *text ? text : NULL;
}

static int check_present(const struct cert_store *store, struct err *err)
{
    static const enum cert_store_key needed[] = {STORE_CA_KEY, STORE_CA, STORE_CERT, STORE_KEY};
    for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
        if (text_of(store, needed[i]))
            continue;
        if (needed[i] == STORE_CA_KEY)
            return err_set(err, ERR_INVALID,
                           "it holds certificates that are not gpuslice's own (there is no %s); it is left unchanged: "
                           "name another one, or delete it if nothing else uses it",
                           cert_store_names[STORE_CA_KEY]);
        return err_set(err, ERR_INVALID, "%s is missing", cert_store_names[needed[i]]);
    }

    if (!text_of(store, STORE_NEXT) != !text_of(store, STORE_NEXT_KEY))
        return err_set(err, ERR_INVALID, "one of %s and %s is missing", cert_store_names[STORE_NEXT],
                       cert_store_names[STORE_NEXT_KEY]);
    return 0;
}

/* Reads a certificate and its key; the caller frees *ret_cert. Every certificate but the leaf (STORE_CERT) must be a
 * CA's. */
static int read_pair(const struct cert_store *store, enum cert_store_key cert_key, enum cert_store_key key_key,
                     X509 **ret_cert, struct cert_facts *ret_facts, struct err *err)
{
    AUTO(x509_stack) certs = NULL;
    AUTO(evp_pkey) key = NULL;
    if (ssl_read_certs(store->texts[cert_key], cert_store_names[cert_key], &certs, err) < 0 ||
        ssl_read_key(store->texts[key_key], cert_store_names[key_key], &key, err) < 0)
        return -1;

    X509 *cert = sk_X509_value(certs, 0);
    int matches = X509_check_private_key(cert, key);
    ERR_clear_error();
    if (matches != 1)
        return err_set(err, ERR_INVALID, "%s is not the key of %s", cert_store_names[key_key],
                       cert_store_names[cert_key]);

    if (cert_facts_read(cert, ret_facts, err) < 0)
        return -1;
    if (cert_key != STORE_CERT && !ret_facts->is_ca)
        return err_set(err, ERR_INVALID, "%s is not a CA certificate", cert_store_names[cert_key]);

    *ret_cert = sk_X509_shift(certs);
    return 0;
}

static int check_issued(X509 *leaf, X509 *ca, struct err *err)
{
    bool issued = X509_check_issued(ca, leaf) == X509_V_OK && X509_verify(leaf, X509_get0_pubkey(ca)) == 1;
    ERR_clear_error();
    if (issued)
        return 0;
    return err_set(err, ERR_INVALID, "%s is not signed by %s", cert_store_names[STORE_CERT],
                   cert_store_names[STORE_CA]);
}

static int read_end(const struct cert_store *store, enum cert_store_key key, time_t fallback, time_t *ret_end,
                    struct err *err)
{
    *ret_end = fallback;
    if (!text_of(store, key))
        return 0;
    return cert_time_parse(store->texts[key], ret_end, err) < 0 ? err_wrap(err, "%s", cert_store_names[key]) : 0;
}

/* Reads the time at which the last leaf of the previous CAs expires. If it is not recorded, takes the time at which the
 * last of these CAs expires. */
static int read_previous(const struct cert_store *store, struct cert_store_facts *facts, struct err *err)
{
    struct cert_facts *list = NULL;
    size_t count = 0;
    time_t latest = 0;
    if (!text_of(store, STORE_PREVIOUS))
        return 0;
    if (cert_facts_list(store->texts[STORE_PREVIOUS], cert_store_names[STORE_PREVIOUS], &list, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        latest = list[i].not_after > latest ? list[i].not_after : latest;
    free(list);
    return read_end(store, STORE_PREVIOUS_LEAF_END, latest, &facts->previous_leaf_end, err);
}

static int check_store_certificates(const struct cert_store *store, struct cert_store_facts *facts, struct err *err)
{
    AUTO(x509) leaf = NULL;
    AUTO(x509) ca = NULL;
    AUTO(x509) next = NULL;
    if (check_present(store, err) < 0 || read_pair(store, STORE_CA, STORE_CA_KEY, &ca, &facts->ca, err) < 0 ||
        read_pair(store, STORE_CERT, STORE_KEY, &leaf, &facts->leaf, err) < 0 || check_issued(leaf, ca, err) < 0)
        return -1;

    facts->has_next = text_of(store, STORE_NEXT);
    if (facts->has_next && read_pair(store, STORE_NEXT, STORE_NEXT_KEY, &next, &facts->next, err) < 0)
        return -1;
    if (read_end(store, STORE_LEAF_END, facts->ca.not_after, &facts->leaf_end, err) < 0)
        return -1;
    return read_previous(store, facts, err);
}

int cert_store_check(const struct cert_store *store, struct cert_store_facts *ret_facts, struct err *err)
{
    struct cert_store_facts facts = {0};
    err_memory_begin();
    if (err_memory_end(check_store_certificates(store, &facts, err), err) < 0)
        return -1;
    *ret_facts = facts;
    return 0;
}

int cert_store_bundle(const struct cert_store *store, char **ret_bundle, struct err *err)
{
    static const enum cert_store_key trusted[] = {STORE_CA, STORE_NEXT, STORE_PREVIOUS};
    AUTO(buf) bundle;
    buf_init(&bundle, BUNDLE_MAX);

    for (size_t i = 0; i < ARRAY_SIZE(trusted); i++) {
        const char *text = text_of(store, trusted[i]);
        buf_add_string(&bundle, text ? text : "");
        if (text && text[strlen(text) - 1] != '\n')
            buf_add_char(&bundle, '\n');
    }

    if (buf_check(&bundle, err) < 0)
        return -1;

    *ret_bundle = buf_take(&bundle);
    return *ret_bundle ? 0 : err_nomem(err);
}
