/* lint: checks the policies and the manifests of a cluster against each other.
 *
 * Depends on the engine (a workload is checked as the pod that the webhook makes of it), the GPU table, karpenter/ and
 * nvidia/. Uses no sockets and no clock, and prints nothing. */
#pragma once

#include "lint/check/check.h"

/* Reads `paths` (files, folders, or "-" for standard input) and checks them. Documents that cannot be read are added to
 * `problems`; the rest is checked anyway. `problems`, and `options` with everything that it points to, must outlive
 * *ret_lint, which the caller releases with lint_fini(), even after an error. Errors: ERR_NOT_FOUND, ERR_IO, ERR_LIMIT,
 * ERR_NOMEM. */
MUST_CHECK int lint_run(const struct lint_options *options, char *const paths[], size_t path_count,
                        struct lint *ret_lint, struct problems *problems, struct err *err);
void lint_fini(struct lint *lint);

/* Returns the text of the document that contains that line of the file (line 0: the first document), or NULL if there
 * is none. `lint` is a struct lint; as a void *, the function can be passed to findings_filter(). */
const char *lint_text(void *lint, const char *file, unsigned line);

/* Returns the line without its line feed, or NULL if no document contains it. */
const char *lint_line(struct lint *lint, const char *file, unsigned line, size_t *ret_length);

DEFINE_AUTO_FINI(lint, struct lint, lint_fini);
