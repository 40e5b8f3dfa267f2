/* Time. Knows nothing but libc. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t clock_monotonic_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void clock_now_text(char text[CLOCK_TEXT_SIZE])
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct tm parts;
    (void)gmtime_r(&now.tv_sec, &parts);
    char seconds[24];
    (void)strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
    unsigned milliseconds = (unsigned)(now.tv_nsec / 1000000) % 1000; /* the remainder tells the compiler its width */
    (void)snprintf(text, CLOCK_TEXT_SIZE, "%s.%03uZ", seconds, milliseconds);
}
