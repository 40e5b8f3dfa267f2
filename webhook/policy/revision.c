/* SHA-256 over canonical JSON. Does not interpret the objects. */
#include "policy/revision.h"

#include <stdio.h>
#include <string.h>

static int sha256_unavailable(struct err *err)
{
    return err_set(err, ERR_NOMEM, "cannot compute the revision: SHA-256 is not available");
}

int revision_begin(EVP_MD_CTX **ret_context, struct err *err)
{
    AUTO(digest) context = EVP_MD_CTX_new();
    if (!context)
        return err_nomem(err);
    if (EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        return sha256_unavailable(err);
    *ret_context = TAKE(context);
    return 0;
}

static int digest_piece(const char *piece, size_t length, void *context)
{
    return EVP_DigestUpdate(context, piece, length) == 1 ? 0 : -1;
}

/* Hashes one object per line, with sorted keys and without white space, so that the revision depends only on values. */
int revision_add(EVP_MD_CTX *context, const json_t *object, struct err *err)
{
    if (json_dump_callback(object, digest_piece, context, JSON_COMPACT | JSON_SORT_KEYS) < 0)
        return err_nomem(err);
    if (EVP_DigestUpdate(context, "\n", 1) != 1)
        return sha256_unavailable(err);
    return 0;
}

int revision_end(EVP_MD_CTX *context, char ret_revision[REVISION_SIZE], struct err *err)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    if (EVP_DigestFinal_ex(context, hash, NULL) != 1)
        return sha256_unavailable(err);
    for (size_t i = 0; i + 1 < REVISION_SIZE; i += 2)
        (void)snprintf(ret_revision + i, 3, "%02x", hash[i / 2]);
    return 0;
}
