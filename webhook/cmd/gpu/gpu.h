/* The subcommands of `gpuslice gpu` with their own files, and what they share. */
#ifndef GPUSLICE_CMD_GPU_GPU_H
#define GPUSLICE_CMD_GPU_GPU_H

#include "gpu/table.h"

/* argv[0] is "gpuslice gpu fit" or "gpuslice gpu probe". Both return the exit status. */
int gpu_fit(int argc, char **argv);
int gpu_probe(int argc, char **argv);

/* Sets ERR_NOT_FOUND for an id that the table lacks, and names the most similar one. */
int gpu_unknown(const struct gpu_table *gpus, const char *id, struct err *err);

#endif
