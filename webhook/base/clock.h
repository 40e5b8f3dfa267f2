/* Time. Nothing that decides about a pod may read it. */
#ifndef GPUSLICE_BASE_CLOCK_H
#define GPUSLICE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t clock_monotonic_ns(void);

/* The same as system calls take it. */
struct timespec clock_timespec(int64_t monotonic_ns);

/* The earlier of two times of one clock. */
int64_t clock_earlier(int64_t a, int64_t b);

enum { CLOCK_TEXT_SIZE = 32 };

/* UTC now as RFC 3339 with milliseconds: 2026-11-23T12:52:12.345Z. */
void clock_now_text(char text[CLOCK_TEXT_SIZE]);

#endif
