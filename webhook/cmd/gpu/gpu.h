/* The subcommands of `gpuslice gpu` that have files of their own, and what the files share. */
#pragma once

#include "cmd/command.h"
#include "gpu/demand.h"

/* argv[0] is "gpuslice gpu fit" or "gpuslice gpu probe". Both return the exit status. */
int gpu_fit(int argc, char **argv);
int gpu_probe(int argc, char **argv);

/* Sets ERR_NOT_FOUND with a message about an id that is not in the table, which suggests a similar one. Returns -1. */
int gpu_unknown(const struct gpu_table *gpus, const char *id, struct err *err);

/* -- Drawings for a terminal: memory units from left to right, a box for each MIG instance -- */

struct gpu_brush {
    bool lines; /* draw with box-drawing characters instead of + - | */
    bool colour;
};

/* Chooses box-drawing characters if the locale is UTF-8, and colour if command_colour() is true. Sets the process's
 * LC_CTYPE from the environment (LC_ALL, LC_CTYPE, LANG). */
struct gpu_brush gpu_brush_of_terminal(void);

/* Adds the drawing of a layout that fits the model. If the model has at most 12 memory units, lines have at most 73
 * columns. */
void gpu_draw(const struct gpu_model *model, const struct layout *layout, struct gpu_brush brush, struct buf *out);

/* -- The result of `gpuslice gpu fit` for a demand -- */

struct gpu_answer {
    const struct gpu_model *model;
    const struct pool *pool; /* its layout is the demand; NULL: the demand is from the command line */
    struct layout demand;
    bool fits;
    struct err why;        /* set if it does not fit */
    struct layout nearest; /* see layout_nearest() */
    struct demand_plan plan;
    struct demand_share repeated; /* see demand_repeat() */
};

/* Adds the answer as text. */
void gpu_answer_text(const struct gpu_answer *answer, struct gpu_brush brush, struct buf *out);
/* Prints the answer as JSON on stdout. Errors: ERR_NOMEM. */
MUST_CHECK int gpu_answer_json(const struct gpu_answer *answer, struct err *err);
