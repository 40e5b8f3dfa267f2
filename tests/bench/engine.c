/* Measures how long the engine takes for one review, from parsing to the encoded answer. Prints the median and the 99th
 * percentile of many rounds.
 *
 *   build/gcc/tests/bench/engine POLICIES NAMESPACES REVIEW [ROUNDS] */
#include "admission/engine.h"
#include "base/clock.h"
#include "base/file.h"
#include "json/cjson_arena.h"

#include <stdio.h>

enum { ROUNDS = 20000, BODY_MAX = 8 * 1024 * 1024 };

static int compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int measure(struct engine *engine, const struct buf *body, size_t rounds, struct err *err)
{
    int64_t *times = calloc(rounds, sizeof(*times));
    if (!times)
        return err_nomem(err);
    const struct post post = {.body = body->data, .length = body->length};
    struct answer_facts facts;
    int result = 0;
    for (size_t i = 0; i < rounds && result == 0; i++) {
        AUTO(buf) answer;
        buf_init(&answer, BODY_MAX);
        int64_t begin = clock_monotonic_ns();
        result = engine_answer(engine, &routes[ROUTE_MUTATE], &post, &answer, &facts, err);
        times[i] = clock_monotonic_ns() - begin;
    }
    if (result == 0) {
        qsort(times, rounds, sizeof(*times), compare_times);
        (void)printf("engine: %zu bytes, %zu rounds, median %.1f us, p99 %.1f us (%s)\n", body->length, rounds,
                     (double)times[rounds / 2] / 1000, (double)times[rounds * 99 / 100] / 1000, facts.reason);
    }
    free(times);
    return result;
}

static int run(char **argv, size_t rounds, struct err *err)
{
    AUTO(gpu_table) gpus = NULL;
    AUTO(policy_set) set = NULL;
    AUTO(namespaces) namespaces = NULL;
    AUTO(problems) problems = {0};
    AUTO(engine) engine = NULL;
    AUTO(buf) body;
    buf_init(&body, BODY_MAX);
    if (gpu_table_load(&gpus, err) < 0 || policy_set_load(argv[1], gpus, &set, &problems, err) < 0 ||
        namespaces_load(argv[2], &namespaces, &problems, err) < 0 || file_read(argv[3], &body, err) < 0 ||
        engine_new(&engine, err) < 0)
        return -1;
    engine_set_policies(engine, set);
    engine_set_namespaces(engine, namespaces);
    return measure(engine, &body, rounds, err);
}

int main(int argc, char **argv)
{
    struct err err;
    cjson_arena_install();
    if (argc < 4) {
        (void)fprintf(stderr, "usage: engine POLICIES NAMESPACES REVIEW [ROUNDS]\n");
        return 2;
    }
    size_t rounds = argc > 4 ? strtoul(argv[4], NULL, 10) : ROUNDS;
    if (run(argv, rounds ? rounds : 1, &err) < 0) {
        (void)fprintf(stderr, "engine: %s\n", err.text);
        return 1;
    }
    return 0;
}
