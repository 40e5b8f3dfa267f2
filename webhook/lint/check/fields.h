/* Which fields documents may have, as tables: unknown, misplaced, missing and mistyped ones are found.
 *
 * The API server prunes or refuses what a CRD does not know; NVIDIA's readers mostly ignore it. Tables hold what
 * Karpenter v1.14.1, device plugin v0.20.0, mig-parted v0.15.0 and GPU Operator v26.7 know. */
#ifndef GPUSLICE_LINT_CHECK_FIELDS_H
#define GPUSLICE_LINT_CHECK_FIELDS_H

#include "lint/check/check.h"

enum field_type {
    F_OBJECT, /* its members are in the table */
    F_OPEN,   /* an object whose other members are none of our business, unless they look mistyped */
    F_MAP,    /* an object of scalars */
    F_LIST,   /* its elements are at path[] */
    F_TEXT,   /* not empty */
    F_STRING, /* may be empty */
    F_BOOL,
    F_INTEGER,  /* of `range` "low..high", both included */
    F_QUANTITY, /* string or number */
    F_DURATION, /* 5m, 720h, 1h30m; or "Never" where `range` says so */
    F_WORD,     /* of `range` "a|b|c" */
    F_MATCH,    /* of `range`: digits (\d+, with a fraction), percent, alias */
    F_ANY,
};

struct field_spec {
    const char *path; /* "spec.template.spec.taints[].key" */
    enum field_type type;
    bool required;
    const char *range; /* or NULL */
};

/* Ended by a NULL path. */
extern const struct field_spec fields_node_pool[], fields_node_overlay[], fields_node_class[], fields_plugin[],
    fields_mig[], fields_operator[];

/* Says what is wrong with the document: unknown fields by the rule `unknown`. */
void fields_check(struct lint *lint, struct node document, const struct field_spec *fields, const char *title,
                  enum rule_id unknown);

#endif
