/* Applying an RFC 6902 patch to a jansson document: all six operations, all or nothing.
 *
 * Deliberately independent of json/patch.h, with another library: one builds patches, the other checks them. */
#ifndef GPUSLICE_JSON_APPLY_H
#define GPUSLICE_JSON_APPLY_H

#include "base/err.h"

#include <jansson.h>

/* Applies `operations` (a JSON array) to *document. On success *document is the result (a new reference, the old one is
 * dropped); on failure it is untouched. Errors: ERR_INVALID "operation N: ..." for a malformed operation, a path that
 * does not exist or a failed test (RFC 6902 section 5), ERR_NOMEM. */
MUST_CHECK int patch_apply(json_t **document, const json_t *operations, struct err *err);

#endif
