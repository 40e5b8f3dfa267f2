/* The fields that a document may have, as a table: lint checks documents against it. */
#ifndef GPUSLICE_CORE_FIELD_SPEC_H
#define GPUSLICE_CORE_FIELD_SPEC_H

#include <stdbool.h>
#include <stddef.h>

enum field_type {
    F_OBJECT, /* its members are in the table */
    F_OPEN,   /* an object whose other members are ignored, unless they look mistyped */
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

#endif
