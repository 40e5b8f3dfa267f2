/* Prometheus' text format 0.0.4, one line at a time (prometheus.io/docs/instrumenting/exposition_formats). Does not
 * depend on what is measured or where it is kept. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum { EXPOSITION_LABELS_MAX = 4 };

/* One sample. `names` and `values` are parallel; a NULL among the names ends both. Names must be valid in the format
 * ([a-zA-Z_][a-zA-Z0-9_]*); values may be any text, and are escaped. */
struct exposition_sample {
    const char *name;
    const char *suffix;       /* "_bucket", "_sum", "_count"; NULL: none */
    const char *const *names; /* NULL: no labels */
    const char *const *values;
    const char *bound; /* the label `le` of a bucket; NULL: none */
};

/* Writes the two lines before the samples of a metric. `type` is "counter", "gauge" or "histogram". */
void exposition_head(struct buf *out, const char *name, const char *type, const char *help);

void exposition_add(struct buf *out, const struct exposition_sample *sample, double value);
void exposition_add_count(struct buf *out, const struct exposition_sample *sample, uint64_t value);

enum { EXPOSITION_NUMBER_SIZE = 32 };

/* Writes a short text that reads back as the same number: "0.05", "1763905932", "+Inf", "NaN". */
void exposition_number(double value, char ret_text[EXPOSITION_NUMBER_SIZE]);
