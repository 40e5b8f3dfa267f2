/* Time. Uses no library but libc. */
#include "base/clock.h"

#include "base/units.h"

#include <stdio.h>

int64_t clock_monotonic_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

struct timespec clock_timespec(int64_t monotonic_ns)
{
    return (struct timespec){.tv_sec = (time_t)(monotonic_ns / NS_PER_S), .tv_nsec = monotonic_ns % NS_PER_S};
}

int64_t clock_earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void clock_now_text(char text[CLOCK_TEXT_SIZE])
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct tm parts;
    (void)gmtime_r(&now.tv_sec, &parts);
    char seconds[24];
    (void)strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
    unsigned milliseconds = (unsigned)(now.tv_nsec / NS_PER_MS) % 1000; /* % shows the compiler that 3 digits suffice */
    (void)snprintf(text, CLOCK_TEXT_SIZE, "%s.%03uZ", seconds, milliseconds);
}
