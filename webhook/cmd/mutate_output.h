/* The outputs of `gpuslice mutate`. Private to it. */
#pragma once

#include "cmd/inputs.h"

struct engine;

/* The output of one run. Free it with mutate_output_fini(). */
struct mutate_output {
    struct buf out;
    struct buf notes;      /* for standard error; see mutate_print_notes() */
    bool colour;           /* colour the diff */
    size_t count;          /* objects printed so far */
    bool in_list;          /* a List has been begun and not ended */
    struct engine *engine; /* for reviews; created when it is first needed */
};

/* Adds one object to output->out. Errors: ERR_INTERNAL if a patch does not apply, ERR_LIMIT, ERR_NOMEM, and for reviews
 * those of engine_answer(). After an error output->out may hold a part of the object. */
typedef int mutate_printer(struct mutate_output *output, struct inputs *inputs, const struct input *input,
                           struct err *err);
mutate_printer mutate_print_yaml, mutate_print_json, mutate_print_patch, mutate_print_review;
mutate_printer mutate_print_diff; /* mutate_diff.c */

/* Add the end of a List, or an empty List. `input` is not used. */
mutate_printer mutate_end_yaml, mutate_end_json;

/* Adds a line for each denial and warning to `out`, for stderr. Diffs contain these already. */
void mutate_print_notes(const struct input *input, struct buf *out);

/* Adds a line about a pod that exists (subject_describe_existing()), nothing for other subjects. Errors: ERR_NOMEM. */
MUST_CHECK int mutate_print_existing(const struct input *input, struct buf *out, struct err *err);
void mutate_output_fini(struct mutate_output *output);

DEFINE_AUTO_FINI(mutate_output, struct mutate_output, mutate_output_fini);
