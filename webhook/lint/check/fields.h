/* Checks documents against tables of their fields (karpenter/fields.h, nvidia/fields.h): finds unknown, misplaced,
 * missing and mistyped fields. The API server prunes or rejects fields that a CRD does not have; NVIDIA's readers
 * mostly ignore them. */
#ifndef GPUSLICE_LINT_CHECK_FIELDS_H
#define GPUSLICE_LINT_CHECK_FIELDS_H

#include "core/field_spec.h"
#include "lint/check/check.h"

/* Reports what is wrong with the document. Unknown fields violate the rule `unknown`. */
void fields_check(struct lint *lint, struct node document, const struct field_spec *fields, const char *title,
                  enum rule_id unknown);

#endif
