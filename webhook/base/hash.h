/* FNV-1a, 64 bits (Fowler, Noll, Vo: draft-eastlake-fnv). Not suitable for keys that an attacker can choose. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xCBF29CE484222325)

/* Continues `hash`, which is HASH_START or the hash of the preceding bytes. */
static inline uint64_t hash_bytes(uint64_t hash, const void *data, size_t length)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001B3);
    return hash;
}
