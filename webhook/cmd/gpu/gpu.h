/* The subcommands of `gpuslice gpu` with their own files, and what they share. */
#ifndef GPUSLICE_CMD_GPU_GPU_H
#define GPUSLICE_CMD_GPU_GPU_H

#include "cmd/command.h"
#include "gpu/demand.h"

/* argv[0] is "gpuslice gpu fit" or "gpuslice gpu probe". Both return the exit status. */
int gpu_fit(int argc, char **argv);
int gpu_probe(int argc, char **argv);

/* Sets ERR_NOT_FOUND for an id that the table lacks, and names the most similar one. */
int gpu_unknown(const struct gpu_table *gpus, const char *id, struct err *err);

/* -- Drawings for a terminal: memory units from left to right, a box for each MIG instance -- */

struct gpu_brush {
    bool lines; /* box-drawing characters instead of + - | */
    bool colour;
};

/* Chooses box-drawing characters if the locale is UTF-8, and colour as command_colour() says. Reads the environment
 * (LC_ALL, LC_CTYPE, LANG). */
struct gpu_brush gpu_brush_of_terminal(void);

/* Adds the drawing of a layout that fits the model. Lines have at most 73 columns, for up to 12 memory units, and end
 * with a line feed. */
void gpu_draw(const struct gpu_model *model, const struct layout *layout, struct gpu_brush brush, struct buf *out);

/* -- The result of `gpuslice gpu fit` for a demand -- */

struct gpu_answer {
    const struct gpu_model *model;
    const struct pool *pool; /* the pool whose layout is the demand; NULL: it was given on the command line */
    struct layout demand;
    bool fits;
    struct err why; /* set if it does not fit */
    struct layout nearest;
    struct demand_plan plan;
    struct demand_share repeated; /* one layout for all GPUs; gpus 0: no layout has all profiles */
};

void gpu_answer_text(const struct gpu_answer *answer, struct gpu_brush brush, struct buf *out);
/* Prints it on stdout. Errors: ERR_NOMEM. */
MUST_CHECK int gpu_answer_json(const struct gpu_answer *answer, struct err *err);

#endif
