/* The outputs of `gpuslice lint`. Private to it. */
#pragma once

#include "lint/lint.h"

/* Print all findings, and in JSON the verdicts too, on stdout. Errors: ERR_NOMEM, and those of command_print(). */
MUST_CHECK int lint_print_text(struct lint *lint, struct err *err);
MUST_CHECK int lint_print_json(struct lint *lint, struct err *err);

/* The first adds a list of all rules to `out`, the second everything about one rule. */
void lint_print_rules(struct buf *out);
void lint_print_rule(const struct rule *rule, struct buf *out);
