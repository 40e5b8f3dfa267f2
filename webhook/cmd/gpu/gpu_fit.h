/* The result of `gpuslice gpu fit` for a demand, and how it is printed. */
#ifndef GPUSLICE_CMD_GPU_GPU_FIT_H
#define GPUSLICE_CMD_GPU_GPU_FIT_H

#include "cmd/gpu/gpu_draw.h"
#include "gpu/demand.h"

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
