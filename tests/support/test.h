/* Tests that register themselves: a test program is a file with TEST()s, and `main` comes from here.
 *
 *   TEST(subject__condition__result)
 *   {
 *       assert_int_equal(1 + 1, 2);
 *   }
 *
 * They run in the order of the file. The command line selects some of them by name or by shell pattern:
 *   build/gcc/tests/unit/json/test_patch 'patch_set__*' */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEST(NAME) TEST_WITH(NAME, NULL, NULL)

/* A test with a setup and a teardown in cmocka's form. In the test, `*state` is what the setup stored there. */
#define TEST_WITH(NAME, SETUP, TEARDOWN)                                                            \
    static void NAME(void **state);                                                                 \
    __attribute__((constructor)) static void NAME##_is_registered(void)                             \
    {                                                                                               \
        static struct test test = {.line = __LINE__, .unit = {#NAME, NAME, SETUP, TEARDOWN, NULL}}; \
        test_register(&test);                                                                       \
    }                                                                                               \
    static void NAME(__attribute__((unused)) void **state)

/* A program may have one BEFORE_TESTS() { ... } and one AFTER_TESTS() { ... }, run before its first test and after its
 * last. Tests without a setup of their own get the `*state` that BEFORE_TESTS() stores. */
#define BEFORE_TESTS() TEST_HOOK(before_tests)
#define AFTER_TESTS()  TEST_HOOK(after_tests)
#define TEST_HOOK(NAME)                                                 \
    static void NAME(void **state);                                     \
    __attribute__((constructor)) static void NAME##_is_registered(void) \
    {                                                                   \
        test_hooks.NAME = NAME;                                         \
    }                                                                   \
    static void NAME(__attribute__((unused)) void **state)

/* The text of its arguments: a JSON value, as in JSON({"spec":{"containers":[]}}), or members or elements, as in
 * JSON("name":"a","image":"b"). A line break becomes a blank, which compact_json() removes. */
#define JSON(...) #__VA_ARGS__

struct test {
    int line; /* gives the order, because the constructors of a file run in no particular order */
    struct CMUnitTest unit;
    struct test *next;
};

struct test_hooks {
    CMUnitTestFunction before_tests, after_tests;
};

extern struct test_hooks test_hooks;
void test_register(struct test *test);

/* True under AddressSanitizer or ThreadSanitizer, which multiply times and memory and bring an allocator of their own.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif
