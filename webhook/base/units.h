/* Units of time and of memory. */
#pragma once

#include <stdint.h>

/* 64 bits, so that products need no cast. */
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)
#define MS_PER_S  INT64_C(1000)
#define S_PER_DAY INT64_C(86400)

/* Bytes. */
#define KIB 1024
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
