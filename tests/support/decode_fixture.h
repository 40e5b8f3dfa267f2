/* For tests of decoders: YAML text through a decoder, and the complaints as one text. */
#ifndef GPUSLICE_TESTS_SUPPORT_DECODE_FIXTURE_H
#define GPUSLICE_TESTS_SUPPORT_DECODE_FIXTURE_H

#include "json/decode.h"
#include "tests/support/test.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef void (*decode_function)(const struct node *node, void *target);

/* Decodes and compares the complaints ("" for none) exactly. */
void assert_decodes(const char *name, const char *yaml, decode_function decode, void *target, const char *expected);

#endif
