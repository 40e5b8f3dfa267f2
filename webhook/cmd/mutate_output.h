/* The outputs of `gpuslice mutate`. Private to it. */
#ifndef GPUSLICE_CMD_MUTATE_OUTPUT_H
#define GPUSLICE_CMD_MUTATE_OUTPUT_H

#include "cmd/subjects.h"

/* What was read, and what was decided about it. */
struct mutations {
    struct subjects subjects;
    struct judgement *judgements;  /* one for each subject; of SUBJECT_OTHER it stays zeroed */
    struct policy_set *set;        /* borrowed */
    struct namespaces *namespaces; /* borrowed; NULL where they are assumed */
    bool colour;
};

void mutations_fini(struct mutations *mutations);

/* Was the pod refused? */
bool judgement_denies(const struct judgement *judgement);

/* Each adds its whole output to `out`. Errors: ERR_LIMIT, ERR_NOMEM, and those of engine_mutate() for reviews. */
MUST_CHECK int mutate_print_yaml(const struct mutations *mutations, struct buf *out, struct err *err);
MUST_CHECK int mutate_print_json(const struct mutations *mutations, struct buf *out, struct err *err);
MUST_CHECK int mutate_print_patch(const struct mutations *mutations, struct buf *out, struct err *err);
MUST_CHECK int mutate_print_review(const struct mutations *mutations, struct buf *out, struct err *err);
MUST_CHECK int mutate_print_diff(const struct mutations *mutations, struct buf *out,
                                 struct err *err); /* mutate_diff.c */

/* What goes to stderr beside all but the diff, which says it itself: a line for each denial and warning. */
void mutate_print_notes(const struct mutations *mutations, struct buf *out);

DEFINE_AUTO_FINI(mutations, struct mutations, mutations_fini);

#endif
