/* Applies RFC 6902 patches to jansson documents: all six operations, all or nothing.
 *
 * Checks the patches that json/patch.h builds, so it uses another library and shares only the code for pointers. */
#pragma once

#include "base/err.h"

#include <jansson.h>

/* Applies `operations` (a JSON array) to *document. On success *document is the result (a new reference, the old one is
 * dropped); on failure it is unchanged. Errors: ERR_INVALID "operation N: ..." for a malformed operation, a path that
 * does not exist or a failed test (RFC 6902 section 5), and if `operations` is not an array; ERR_LIMIT for a pointer
 * token of more than 1 MiB; ERR_NOMEM. */
MUST_CHECK int patch_apply(json_t **document, const json_t *operations, struct err *err);
