/* The revision of a policy set: equal for equal policies, wherever they are kept. Private to policy/. */
#ifndef GPUSLICE_POLICY_REVISION_H
#define GPUSLICE_POLICY_REVISION_H

#include "policy/set.h"

#include <openssl/evp.h>

/* Call revision_add() for each object in the order of kind and name, then revision_end(). Errors: ERR_NOMEM. */
MUST_CHECK int revision_begin(EVP_MD_CTX **ret_context, struct err *err);
MUST_CHECK int revision_add(EVP_MD_CTX *context, const json_t *object, struct err *err);
MUST_CHECK int revision_end(EVP_MD_CTX *context, char ret_revision[REVISION_SIZE], struct err *err);

DEFINE_AUTO(digest, EVP_MD_CTX *, EVP_MD_CTX_free);

#endif
