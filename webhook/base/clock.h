/* Clocks. Code that decides about a pod must not read them. */
#pragma once

#include <stdint.h>
#include <time.h>

/* Returns CLOCK_MONOTONIC in nanoseconds. */
int64_t clock_monotonic_ns(void);

/* Converts a monotonic time for system calls. */
struct timespec clock_timespec(int64_t monotonic_ns);

/* Returns the earlier of two times of the same clock. */
int64_t clock_earlier(int64_t a, int64_t b);

enum { CLOCK_TEXT_SIZE = 32 };

/* Writes the current UTC time as RFC 3339 with milliseconds: 2026-11-23T12:52:12.345Z. */
void clock_now_text(char text[CLOCK_TEXT_SIZE]);
