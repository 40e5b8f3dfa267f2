/* json/cjson_arena: trees in the block, outside it, from before the scope, and in several threads. Under
 * AddressSanitizer all memory is from malloc(), so that leaks are found. */
#include "json/cjson_arena.h"

#include "json/patch.h"
#include "tests/support/check.h"

#include <pthread.h>

static cJSON *make_array(int count)
{
    cJSON *array = cJSON_CreateArray();
    for (int i = 0; i < count; i++)
        assert_true(cJSON_AddItemToArray(array, cJSON_CreateNumber(i)));
    return array;
}

static void check_array(const cJSON *array, int count)
{
    int i = 0;
    const cJSON *item;
    assert_int_equal(cJSON_GetArraySize(array), count);
    cJSON_ArrayForEach(item, array) {
        assert_int_equal(item->valueint, i++);
    }
}

TEST(cjson_arena__more_than_the_block__the_rest_comes_from_malloc)
{
    for (int round = 0; round < 3; round++) {
        AUTO(cjson_arena) scope = cjson_arena_scope();
        AUTO(cjson) small = make_array(10);
        AUTO(cjson) large = make_array(JSON_ARENA_SIZE / 32); /* a node is 64 bytes */
        check_array(small, 10);
        check_array(large, JSON_ARENA_SIZE / 32);
    }
}

TEST(cjson_arena__tree_from_before__outlives_the_scope)
{
    AUTO(cjson) before = make_array(5);
    cjson_arena_enter();
    AUTO(cjson_text) printed = cJSON_PrintUnformatted(before);
    check_text("printed", printed, "[0,1,2,3,4]");
    cJSON_free(TAKE(printed));
    cjson_arena_leave();
    check_array(before, 5);
}

TEST(cjson_arena__nested__emptied_by_the_outermost)
{
    cjson_arena_enter();
    cJSON *outer = make_array(20);
    cjson_arena_enter();
    cJSON *inner = make_array(20);
    cJSON_Delete(inner);
    cjson_arena_leave();
    cJSON *later = make_array(20);
    check_array(outer, 20);
    check_array(later, 20);
    cJSON_Delete(outer);
    cJSON_Delete(later);
    cjson_arena_leave();
    cjson_arena_leave(); /* without a matching enter: does nothing */
}

static void *thread_main(void *unused)
{
    for (int round = 0; round < 200; round++) {
        AUTO(cjson_arena) scope = cjson_arena_scope();
        AUTO(cjson) array = make_array(50);
        if (cJSON_GetArraySize(array) != 50)
            return unused;
    }
    return NULL;
}

TEST(cjson_arena__threads__each_has_its_own)
{
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, thread_main, threads), 0);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        void *result = threads;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_null(result);
    }
}

BEFORE_TESTS()
{
    cjson_arena_install();
}
