/* The bytes of webhook/gpu/data/, as they are in the files. Not NUL-terminated: each ends where its _end begins. */
#ifndef GPUSLICE_GPU_TABLE_DATA_H
#define GPUSLICE_GPU_TABLE_DATA_H

extern const char gpu_table_gpus_json[];
extern const char gpu_table_gpus_json_end[];
extern const char gpu_table_instances_json[];
extern const char gpu_table_instances_json_end[];

#endif
