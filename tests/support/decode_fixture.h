/* For tests of decoders: decodes YAML text and compares the problems as one text. */
#pragma once

#include "json/decode.h"
#include "tests/support/test.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef void (*decode_function)(const struct node *node, void *target);

/* Decodes `yaml` into `target`. Fails the test unless `expected` is the list of problems, one line "LINE:COLUMN: TEXT"
 * for each. `name` is the case in messages. */
void assert_decode_problems(const char *name, const char *yaml, decode_function decode, void *target,
                            const char *expected);
