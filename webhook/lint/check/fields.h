/* Documents against tables of their fields: unknown, misplaced, missing and mistyped ones are found.
 *
 * The API server prunes or refuses what a CRD does not know; NVIDIA's readers mostly ignore it. The tables
 * are karpenter/fields.h and nvidia/fields.h. */
#ifndef GPUSLICE_LINT_CHECK_FIELDS_H
#define GPUSLICE_LINT_CHECK_FIELDS_H

#include "core/field_spec.h"
#include "lint/check/check.h"

/* Says what is wrong with the document: unknown fields by the rule `unknown`. */
void fields_check(struct lint *lint, struct node document, const struct field_spec *fields, const char *title,
                  enum rule_id unknown);

#endif
