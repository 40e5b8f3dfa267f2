/* The outputs of `gpuslice mutate`. Private to it. */
#ifndef GPUSLICE_CMD_MUTATE_OUTPUT_H
#define GPUSLICE_CMD_MUTATE_OUTPUT_H

#include "cmd/inputs.h"

/* Each adds its whole output to `out`. Errors: ERR_LIMIT, ERR_NOMEM, and those of engine_answer() for reviews. */
MUST_CHECK int mutate_print_yaml(const struct inputs *inputs, struct buf *out, struct err *err);
MUST_CHECK int mutate_print_json(const struct inputs *inputs, struct buf *out, struct err *err);
MUST_CHECK int mutate_print_patch(const struct inputs *inputs, struct buf *out, struct err *err);
MUST_CHECK int mutate_print_review(const struct inputs *inputs, struct buf *out, struct err *err);
MUST_CHECK int mutate_print_diff(const struct inputs *inputs, struct buf *out, struct err *err); /* mutate_diff.c */

/* What goes to stderr beside all but the diff, which says it itself: a line for each denial and warning. */
void mutate_print_notes(const struct inputs *inputs, struct buf *out);

#endif
