/* Draws a GPU's slices for a terminal: memory units from left to right, a box for each MIG instance. */
#ifndef GPUSLICE_CMD_GPU_GPU_DRAW_H
#define GPUSLICE_CMD_GPU_GPU_DRAW_H

#include "gpu/layout.h"

struct gpu_brush {
    bool lines; /* box-drawing characters instead of + - | */
    bool colour;
};

/* Chooses box-drawing characters if the locale is UTF-8, and colour as command_colour(1) says. Reads the environment
 * (LC_ALL, LC_CTYPE, LANG). */
struct gpu_brush gpu_brush_of_terminal(void);

/* Adds the drawing of a layout that fits the model. Lines have at most 73 columns, for up to 12 memory units, and end
 * with a line feed. */
void gpu_draw(const struct gpu_model *model, const struct layout *layout, struct gpu_brush brush, struct buf *out);

#endif
