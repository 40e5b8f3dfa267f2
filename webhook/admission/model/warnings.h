/* Warnings of a response: sentences that kubectl prints. At most 10 of at most 120 bytes (the API server cuts one at
 * 256 and drops what is over 4096 in all: apiserver/pkg/endpoints/filters/warning.go). */
#pragma once

#include "base/cleanup.h"

enum { WARNINGS_MAX = 10, WARNING_SIZE = 121 };

struct warnings {
    char text[WARNINGS_MAX][WARNING_SIZE];
    size_t count;
};

/* Adds a warning. A text that is too long is cut between words; the eleventh warning and later ones are dropped.
 * Control characters become spaces, because the API server drops warnings that contain any. */
void warnings_add(struct warnings *warnings, const char *format, ...) PRINTF(2, 3);

/* Adds prefix and text as one warning or, if they are too long, as several, broken between words. */
void warnings_add_long(struct warnings *warnings, const char *prefix, const char *text);
