/* The metrics that every Prometheus client library exports about its process, under the standard names
 * (prometheus.io/docs/instrumenting/writing_clientlibs, "Process metrics"). Each value is read at each scrape, and
 * omitted if that fails. */
#pragma once

#include "serve/metrics.h"

metric_value_fn process_cpu_seconds, process_start_time, process_virtual_memory, process_virtual_memory_max,
    process_resident_memory, process_open_fds, process_max_fds;

/* Rows for a table of metrics. */
/* clang-format off */
#define PROCESS_METRICS                                                                                          \
    {"process_cpu_seconds_total", "User and system CPU time spent, in seconds.", METRIC_COUNTER,                 \
     .value = process_cpu_seconds},                                                                            \
    {"process_start_time_seconds", "When the process started, in seconds since the epoch.", METRIC_GAUGE,        \
     .value = process_start_time},                                                                             \
    {"process_virtual_memory_bytes", "Virtual memory in use, in bytes.", METRIC_GAUGE,                           \
     .value = process_virtual_memory},                                                                         \
    {"process_virtual_memory_max_bytes", "Virtual memory that it may use, in bytes.", METRIC_GAUGE,              \
     .value = process_virtual_memory_max},                                                                     \
    {"process_resident_memory_bytes", "Resident memory, in bytes.", METRIC_GAUGE,                                \
     .value = process_resident_memory},                                                                        \
    {"process_open_fds", "Open file descriptors.", METRIC_GAUGE, .value = process_open_fds},                   \
    {"process_max_fds", "File descriptors that it may open.", METRIC_GAUGE, .value = process_max_fds}
/* clang-format on */
