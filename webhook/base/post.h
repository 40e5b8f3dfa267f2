/* A POSTed body, as the server passes it to the function that answers it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct post {
    const char *body; /* need not be NUL-terminated */
    size_t length;
    int64_t deadline_ns; /* CLOCK_MONOTONIC time at which the client gives up; 0 if unknown */
    bool crowded;        /* it waited too long for other large bodies: answer without parsing all of it */
};
