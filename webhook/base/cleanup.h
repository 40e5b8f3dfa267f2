/* Scope-bound ownership, and small macros for all folders. A variable declared AUTO(x) frees what it holds when its
 * scope ends.
 *
 * DEFINE_AUTO(name, type, free_fn)       for pointers; free_fn must accept NULL.
 * DEFINE_AUTO_FINI(name, type, fini_fn)  for structs; fini_fn gets a pointer to the struct.
 * TAKE(x) returns the pointer or struct x for a new owner, and sets x to NULL or zeros. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

#define DEFINE_AUTO(name, type, free_fn)                      \
    typedef type name##_auto;                                 \
    static inline void name##_auto_release(name##_auto *held) \
    {                                                         \
        free_fn(*held);                                       \
    }                                                         \
    struct name##_auto_semicolon

#define DEFINE_AUTO_FINI(name, type, fini_fn)                 \
    typedef type name##_auto;                                 \
    static inline void name##_auto_release(name##_auto *held) \
    {                                                         \
        fini_fn(held);                                        \
    }                                                         \
    struct name##_auto_semicolon

#define AUTO(name) __attribute__((cleanup(name##_auto_release), unused)) name##_auto

#define TAKE(x)                     \
    __extension__({                 \
        __typeof__(x) taken_ = (x); \
        (x) = (__typeof__(x)){0};   \
        taken_;                     \
    })

#define MUST_CHECK          __attribute__((warn_unused_result))
#define PRINTF(text, first) __attribute__((format(printf, text, first)))
#define ARRAY_SIZE(a)       (sizeof(a) / sizeof((a)[0]))

/* The keys that lead down through nested objects, ended by NULL. */
#define PATH(...) ((const char *const[]){__VA_ARGS__, NULL})

DEFINE_AUTO(string, char *, free);
