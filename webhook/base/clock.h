/* Time. Nothing that decides about a pod may read it. */
#ifndef GPUSLICE_BASE_CLOCK_H
#define GPUSLICE_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t clock_monotonic_ns(void);

enum { CLOCK_TEXT_SIZE = 32 };

/* UTC now as RFC 3339 with milliseconds: 2026-11-23T12:52:12.345Z. */
void clock_now_text(char text[CLOCK_TEXT_SIZE]);

#endif
