/* The bytes of the files in webhook/gpu/data/. Each file ends where its _end begins, with a NUL that is not part of it.
 */
#pragma once

extern const char gpu_table_gpus_json[];
extern const char gpu_table_gpus_json_end[];
extern const char gpu_table_instances_json[];
extern const char gpu_table_instances_json_end[];
