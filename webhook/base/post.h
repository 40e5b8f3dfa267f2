/* A POSTed body on its way from the server to whoever answers it. */
#ifndef GPUSLICE_BASE_POST_H
#define GPUSLICE_BASE_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct post {
    const char *body; /* need not end with NUL */
    size_t length;
    int64_t deadline_ns; /* when the client gives up, CLOCK_MONOTONIC; 0: unknown */
    bool crowded;        /* it waited too long behind other large ones: answer without reading it all */
};

#endif
