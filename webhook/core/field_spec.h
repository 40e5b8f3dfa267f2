/* Rows of tables of the fields that a document may have. Lint checks documents against such tables. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum field_type {
    F_OBJECT, /* an object; its members have rows of their own */
    F_OPEN,   /* like F_OBJECT, but other members are reported only if they resemble a known one */
    F_MAP,    /* an object of scalars */
    F_LIST,   /* the row of its elements has the path followed by [] */
    F_TEXT,   /* a string that is not empty */
    F_STRING, /* any string */
    F_BOOL,
    F_INTEGER,  /* within `range` "low..high", both included; NULL: any integer */
    F_QUANTITY, /* a string or a number */
    F_DURATION, /* such as 5m, 720h or 1h30m, or the word in `range` ("Never") */
    F_WORD,     /* one of the words in `range` "a|b|c" */
    F_MATCH,    /* a string of the form that `range` names; the forms are in lint/check/fields.c */
    F_ANY,
};

struct field_spec {
    const char *path; /* "spec.template.spec.taints[].key" */
    enum field_type type;
    bool required;
    const char *range; /* see enum field_type; or NULL */
};
