/* Warnings of a response: sentences that kubectl prints, one line each. At most 10 (the API server drops what is over
 * 4096 bytes in all: apiserver/pkg/endpoints/filters/warning.go), each of at most 120 bytes with the prefix, as
 * admission/v1 recommends. */
#pragma once

#include "base/cleanup.h"

/* Says who warns: kubectl prints the warnings of all webhooks in one list. answer.c writes it before each warning. */
#define WARNING_PREFIX "gpuslice: "

enum { WARNINGS_MAX = 10, WARNING_SIZE = 121 - (sizeof(WARNING_PREFIX) - 1) };

struct warnings {
    char text[WARNINGS_MAX][WARNING_SIZE]; /* without the prefix */
    size_t count;
};

/* Adds a warning of at most 110 bytes. A longer text is cut between words; the eleventh warning and later ones are
 * dropped. Control characters become spaces, because the API server drops warnings that contain any. */
void warnings_add(struct warnings *warnings, const char *format, ...) PRINTF(2, 3);
