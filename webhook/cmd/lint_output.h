/* The outputs of `gpuslice lint`. Private to it. */
#ifndef GPUSLICE_CMD_LINT_OUTPUT_H
#define GPUSLICE_CMD_LINT_OUTPUT_H

#include "lint/lint.h"

/* Add the whole output to `out`, which the caller must check for ERR_LIMIT. Errors: ERR_NOMEM. */
MUST_CHECK int lint_print_text(struct lint *lint, bool colour, struct buf *out, struct err *err);
MUST_CHECK int lint_print_json(struct lint *lint, struct buf *out, struct err *err);

/* Add all rules, one per line, or one rule in full. */
void lint_print_rules(struct buf *out);
void lint_print_rule(const struct rule *rule, bool colour, struct buf *out);

#endif
