/* lint: policies and the cluster's manifests held against each other.
 *
 * Knows the engine (a workload is judged as the pod that it will be), the GPU table and NVIDIA's and Karpenter's rules;
 * no socket, no clock, no output. */
#ifndef GPUSLICE_LINT_LINT_H
#define GPUSLICE_LINT_LINT_H

#include "lint/check/check.h"

/* Reads `paths` (files and folders) and judges. What cannot be read goes to `problems`, the rest is judged all the
 * same. The policies must outlive *ret_lint, which the caller clears, also after an error. Errors: ERR_NOT_FOUND,
 * ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int lint_run(const struct lint_options *options, char *const paths[], size_t path_count,
                        struct lint *ret_lint, struct problems *problems, struct err *err);
void lint_fini(struct lint *lint);

/* The text of the document that holds a line (0: of the first one) of a file that findings are in; NULL if there is
 * none.
 */
const char *lint_text(void *lint, const char *file, unsigned line);

/* That line, without its line feed; NULL if there is none. */
const char *lint_line(struct lint *lint, const char *file, unsigned line, size_t *ret_length);

DEFINE_AUTO_FINI(lint, struct lint, lint_fini);

#endif
