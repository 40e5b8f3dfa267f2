/* The bytes of the files in webhook/gpu/data/. A file ends before its _end, which is a NUL byte. */
#pragma once

extern const char gpu_table_gpus_json[];
extern const char gpu_table_gpus_json_end[];
extern const char gpu_table_instances_json[];
extern const char gpu_table_instances_json_end[];
