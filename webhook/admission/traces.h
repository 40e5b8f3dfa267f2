/* Finds signs of a GPU in a review that is not parsed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A name to look for, prepared by trace_of(). */
struct trace {
    const char *name;
    size_t length;
    size_t notice; /* index of the byte in the name at which the search stops */
};

/* `name` must outlive the result, and must contain a slash that is not its first byte, as every name of an extended
 * resource does. */
struct trace trace_of(const char *name);

/* True if NVIDIA's resource domain, a DRA claim, a key of ours, or one of `more` occurs anywhere in the text, even in a
 * value. Also true if the text has JSON escapes that an API server does not write, because they could hide a name. One
 * pass without allocation: 18 MB take about 10 ms. */
bool traces_of_gpu(const char *text, size_t length, const struct trace more[], size_t more_count);
