/* Faults of the program itself: a caller that breaks a contract aborts, in releases too. */
#include "base/refs.h"
#include "base/vec.h"
#include "json/patch.h"
#include "tests/support/check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* True if the call ends its process by SIGABRT. */
static bool aborts(void (*call)(void))
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(quiet, STDERR_FILENO);
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGABRT, SIG_DFL); /* cmocka catches it */
        call();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void drop_twice(void)
{
    struct refs refs;
    refs_init(&refs);
    (void)refs_down(&refs);
    (void)refs_down(&refs);
}

static void revive(void)
{
    struct refs refs;
    refs_init(&refs);
    (void)refs_down(&refs);
    refs_up(&refs);
}

static void grow_nothing(void)
{
    int *items = NULL;
    (void)GROW(items, 3);
    free(items);
}

static void fail_without_code(void)
{
    struct err err;
    (void)err_set(&err, ERR_NONE, "nothing");
}

static void cut_character(void)
{
    AUTO(buf) out;
    buf_init(&out, 9);
    buf_add_printable(&out, "\xC2\x9B", 1, '?');
}

static void patch_array(void)
{
    struct err err;
    AUTO(patch) patch;
    AUTO(cjson) array = cJSON_CreateArray();
    patch_init(&patch, 99);
    (void)!patch_set(&patch, (struct place){array, ""}, PATH("a"), cJSON_CreateTrue(), &err);
}

static void patch_nowhere(void)
{
    struct err err;
    AUTO(patch) patch;
    AUTO(cjson) object = cJSON_CreateObject();
    patch_init(&patch, 99);
    (void)!patch_set(&patch, (struct place){object, ""}, PATH(NULL), cJSON_CreateTrue(), &err);
}

static void nothing(void)
{
}

TEST(contract__broken__aborts)
{
    static const struct {
        const char *name;
        void (*call)(void);
        bool expected;
    } cases[] = {
        {"a reference that is dropped twice", drop_twice, true},
        {"a new reference to a freed object", revive, true},
        {"an array of NULL with three items", grow_nothing, true},
        {"an error without a code", fail_without_code, true},
        {"a length that cuts a character", cut_character, true},
        {"a patch of a member of an array", patch_array, true},
        {"a patch with an empty path", patch_nowhere, true},
        {"nothing wrong", nothing, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (aborts(cases[i].call) != cases[i].expected)
            fail_msg("%s", cases[i].name);
    }
}
