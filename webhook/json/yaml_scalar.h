/* The meaning of a plain (unquoted) YAML scalar by kubectl's rules: sigs.k8s.io/yaml, that is resolve() of go-yaml v2.
 * Shared by the reader and by the writer, which quotes what would be misread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum yaml_scalar_type {
    YAML_SCALAR_STRING,
    YAML_SCALAR_NULL,
    YAML_SCALAR_BOOL,
    YAML_SCALAR_INTEGER,
    YAML_SCALAR_REAL,
    YAML_SCALAR_REFUSED, /* a number that JSON, or this program, cannot hold */
};

struct yaml_scalar {
    enum yaml_scalar_type type;
    bool boolean;
    int64_t integer;
    double real;
    const char *complaint; /* why it is refused; a constant */
};

/* Null is "", ~ or null. Booleans are y, yes, true, on and their opposites. Integers may have a sign, 0x, 0b, 0o, a
 * leading 0 for octal, and underscores. A whole real becomes an integer, as in kubectl, which converts through JSON. */
struct yaml_scalar yaml_scalar_resolve(const char *text);

/* True for a whole number between -2^53 and 2^53, which a double holds exactly. */
bool yaml_scalar_is_whole(double real);
