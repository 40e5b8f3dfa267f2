/* The actions of `gpuslice gpu` that have a file of their own, and what they share. */
#ifndef GPUSLICE_CMD_GPU_GPU_H
#define GPUSLICE_CMD_GPU_GPU_H

#include "gpu/table.h"

/* argv[0] is "gpuslice gpu fit" and so on; return the exit status. */
int gpu_fit(int argc, char **argv);
int gpu_probe(int argc, char **argv);

/* Sets the error for an id that the table does not have, naming the nearest: ERR_NOT_FOUND. */
int gpu_unknown(const struct gpu_table *table, const char *id, struct err *err);

#endif
