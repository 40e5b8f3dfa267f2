/* The part of cjson_lean() and cjson_head() that writes the text for cJSON. Private to json/scan.c. */
#pragma once

#include "base/buf.h"
#include "json/scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { LEAN_KEYS_MAX = 4, LEAN_NUMBER_MAX = 63 };

/* A key whose value gets special treatment. */
struct lean_wanted {
    const char *key; /* NULL if there is none */
    size_t length;
};

struct lean {
    struct buf *out; /* NULL for cjson_scan(), which is strict and writes nothing */
    const unsigned char *text, *end;
    size_t done;            /* bytes of the text that are already in `out` or omitted from it */
    bool has_nul;           /* a \u0000 must still be replaced */
    size_t values_left;     /* how many more values are allowed; unlimited while values are omitted */
    size_t values_kept;     /* the value of values_left to restore afterwards */
    bool leaves_out;        /* inside an omitted value ... */
    unsigned leaves_out_at; /* ... which began at this depth */
    struct lean_wanted left_out[LEAN_KEYS_MAX]; /* keys whose objects and arrays are omitted */
    struct lean_wanted stop;                    /* the key at whose value cjson_head() stops, in an object ... */
    unsigned stop_depth;                        /* ... at this depth */
    uint64_t lengths; /* a bit for each length of these keys with quotes; keys of other lengths are not compared */
};

/* How the value of a key must be treated. */
enum lean_note { LEAN_PLAIN, LEAN_LEFT_OUT, LEAN_STOP };

/* Writes the text up to `copy_until` and continues at `resume_at`, omitting what is between them. */
void lean_skip(struct lean *lean, const unsigned char *copy_until, const unsigned char *resume_at);

/* Writes a shorter number for the one in [number, end), which is too long for cJSON. */
void lean_number(struct lean *lean, const unsigned char *number, const unsigned char *end);

/* Checks `out`, and replaces each \u0000 in it. Called after the last write. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int lean_finish(struct lean *lean, struct err *err);

static inline bool lean_is(const struct lean_wanted *wanted, const unsigned char *quote, size_t length)
{
    return wanted->key && length == wanted->length + 2 && memcmp(quote + 1, wanted->key, wanted->length) == 0;
}

static inline uint64_t lean_length_bit(size_t length)
{
    return UINT64_C(1) << (length % 64);
}

/* Called for each key, which is [quote, at) with its quotes. Returns how to treat its value. */
static inline enum lean_note lean_key(const struct lean *lean, const unsigned char *quote, const unsigned char *at,
                                      unsigned depth)
{
    size_t length = (size_t)(at - quote);
    if (!(lean->lengths & lean_length_bit(length)) || lean->leaves_out)
        return LEAN_PLAIN;

    if (depth == lean->stop_depth && lean_is(&lean->stop, quote, length))
        return LEAN_STOP;
    for (size_t i = 0; i < LEAN_KEYS_MAX && lean->left_out[i].key; i++) {
        if (lean_is(&lean->left_out[i], quote, length))
            return LEAN_LEFT_OUT;
    }
    return LEAN_PLAIN;
}

/* Called when a bracket opens at `at`, inside `depth` others. An omitted value keeps its brackets, so that an empty
 * value of the same type remains. */
static inline void lean_open(struct lean *lean, const unsigned char *at, unsigned depth, bool unwanted)
{
    if (!lean->out || lean->leaves_out || (!unwanted && depth < JSON_SCAN_DEPTH))
        return;

    lean->leaves_out = true;
    lean->leaves_out_at = depth;
    lean->values_kept = lean->values_left;
    lean->values_left = SIZE_MAX;
    lean_skip(lean, at + 1, at + 1);
}

/* Called after a closing bracket, which is directly before `at`; `depth` brackets are still open. */
static inline void lean_close(struct lean *lean, const unsigned char *at, unsigned depth)
{
    if (!lean->leaves_out || depth != lean->leaves_out_at)
        return;

    lean->leaves_out = false;
    lean->values_left = lean->values_kept;
    lean->done = (size_t)(at - 1 - lean->text);
}
