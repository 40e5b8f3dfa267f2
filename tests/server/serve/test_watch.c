/* serve/watch on real directories. Each test changes files in one way and waits for the call of changed(). */
#include "base/clock.h"
#include "serve/watch.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test.h"

#include <stdint.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 10000, MS_NS = 1000000 };

struct counter {
    atomic_uint calls;
    unsigned wanted;
};

struct place {
    char *top; /* a temporary directory */
    struct counter counter;
    struct watch *watch;
};

static void count(void *context)
{
    struct counter *counter = context;
    (void)atomic_fetch_add(&counter->calls, 1);
}

static bool reached(void *context)
{
    struct counter *counter = context;
    return atomic_load(&counter->calls) >= counter->wanted;
}

/* A re-check would hide what inotify misses, so the first one is an hour away. */
static void start(struct place *place, const char *name)
{
    AUTO(string) path = temp_path(place->top, name);
    const struct watch_item items[] = {{path, count, &place->counter}};
    const struct watch_options options = {.quiet_ms = 20, .delay_max_ms = 500, .recheck_ms = 3600000};
    struct err err = {0};
    if (watch_new(items, 1, &options, &place->watch, &err) < 0 || watch_start(place->watch, &err) < 0)
        fail_msg("%s", err.text);
}

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    if (!place)
        return -1;
    place->top = temp_dir_new();
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    watch_free(place->watch);
    temp_dir_free(place->top);
    free(place);
    return 0;
}

static void expect_call(struct place *place, const char *after)
{
    place->counter.wanted = 1;
    if (!eventually(reached, &place->counter, WAIT_MS))
        fail_msg("no call after: %s", after);
    /* Waits for further calls that this change may cause, until there is none for ten times the quiet time. */
    unsigned before = 0;
    do {
        const struct timespec pause = {.tv_nsec = 200 * MS_NS};
        before = atomic_load(&place->counter.calls);
        (void)nanosleep(&pause, NULL);
    } while (before != atomic_load(&place->counter.calls));
    atomic_store(&place->counter.calls, 0);
}

/* Waits for fifteen times the quiet time. */
static void expect_no_call(struct place *place, const char *after)
{
    const struct timespec pause = {.tv_nsec = 300 * MS_NS};
    (void)nanosleep(&pause, NULL);
    if (atomic_load(&place->counter.calls) != 0)
        fail_msg("called after: %s", after);
}

TEST_WITH(directory__plain_changes__called, setup, teardown)
{
    struct place *place = *state;
    temp_mkdir(place->top, "policies");
    temp_write(place->top, "policies/a.yaml", "1");
    start(place, "policies");
    expect_no_call(place, "the start");
    temp_write(place->top, "policies/a.yaml", "2");
    expect_call(place, "edit");
    temp_write(place->top, "policies/b.yaml", "1");
    expect_call(place, "new file");
    temp_write(place->top, "policies/.b.yaml.swp", "1");
    expect_no_call(place, "an editor's hidden file");
    temp_rename(place->top, "policies/.b.yaml.swp", "policies/b.yaml");
    expect_call(place, "atomic rename");
    temp_remove(place->top, "policies/a.yaml");
    expect_call(place, "removal");
    temp_write(place->top, "beside", "1");
    expect_no_call(place, "a file beside the directory");
}

TEST_WITH(directory__nested__called, setup, teardown)
{
    struct place *place = *state;
    temp_mkdir(place->top, "policies");
    temp_mkdir(place->top, "policies/old");
    start(place, "policies");
    temp_write(place->top, "policies/old/a.yaml", "1");
    expect_call(place, "file in a nested directory");
    temp_mkdir(place->top, "policies/new");
    temp_mkdir(place->top, "policies/new/deep");
    expect_call(place, "new nested directories");
    temp_write(place->top, "policies/new/deep/a.yaml", "1");
    expect_call(place, "file in a new nested directory");
    temp_write(place->top, "policies/new/deep/a.yaml", "2");
    expect_call(place, "edit in a new nested directory");
}

/* Writes a version of a mounted ConfigMap or Secret as the kubelet does, by replacing the link ..data to its directory.
 */
static void write_mount(struct place *place, const char *directory, const char *version, const char *text)
{
    char name[256];
    (void)snprintf(name, sizeof(name), "%s/%s", directory, version);
    temp_mkdir(place->top, name);
    (void)snprintf(name, sizeof(name), "%s/%s/tls.crt", directory, version);
    temp_write(place->top, name, text);
    (void)snprintf(name, sizeof(name), "%s/..data_tmp", directory);
    temp_link(place->top, version, name);
    char data[256];
    (void)snprintf(data, sizeof(data), "%s/..data", directory);
    temp_rename(place->top, name, data);
}

TEST_WITH(mount__data_link_swapped__called, setup, teardown)
{
    static const char *const watched[] = {"mount", "mount/tls.crt"};
    struct place *place = *state;
    temp_mkdir(place->top, "mount");
    write_mount(place, "mount", "..1", "1");
    temp_link(place->top, "..data/tls.crt", "mount/tls.crt");
    for (size_t i = 0; i < ARRAY_SIZE(watched); i++) {
        start(place, watched[i]);
        char version[16];
        for (unsigned round = 0; round < 3; round++) {
            (void)snprintf(version, sizeof(version), "..%zu%u", i + 2, round);
            write_mount(place, "mount", version, "2");
            expect_call(place, watched[i]);
        }
        watch_free(TAKE(place->watch));
    }
}

TEST_WITH(git_sync__link_swapped__called, setup, teardown)
{
    struct place *place = *state;
    temp_mkdir(place->top, "git");
    temp_mkdir(place->top, "git/.worktrees");
    temp_mkdir(place->top, "git/.worktrees/aaa");
    temp_mkdir(place->top, "git/.worktrees/aaa/policies");
    temp_write(place->top, "git/.worktrees/aaa/policies/a.yaml", "1");
    temp_link(place->top, ".worktrees/aaa", "git/current");
    start(place, "git/current/policies");
    for (unsigned round = 0; round < 3; round++) {
        char tree[64];
        char directory[128];
        (void)snprintf(tree, sizeof(tree), ".worktrees/b%u", round);
        (void)snprintf(directory, sizeof(directory), "git/%s", tree);
        temp_mkdir(place->top, directory);
        (void)snprintf(directory, sizeof(directory), "git/%s/policies", tree);
        temp_mkdir(place->top, directory);
        (void)snprintf(directory, sizeof(directory), "git/%s/policies/a.yaml", tree);
        temp_write(place->top, directory, "2");
        expect_no_call(place, "a worktree that is not current");
        temp_link(place->top, tree, "git/tmp-link");
        temp_rename(place->top, "git/tmp-link", "git/current");
        expect_call(place, "link swap");
    }
    temp_write(place->top, "git/current/policies/a.yaml", "3");
    expect_call(place, "edit below the new link");
    temp_remove(place->top, "git/.worktrees/aaa");
    expect_no_call(place, "the old worktree is removed");
}

TEST_WITH(directory__removed_and_created_again__called, setup, teardown)
{
    struct place *place = *state;
    temp_mkdir(place->top, "above");
    temp_mkdir(place->top, "above/policies");
    start(place, "above/policies");
    for (unsigned round = 0; round < 2; round++) {
        temp_remove(place->top, "above");
        expect_call(place, "removed with the directory above");
        temp_mkdir(place->top, "above");
        temp_mkdir(place->top, "above/policies");
        expect_call(place, "created again");
        temp_write(place->top, "above/policies/a.yaml", "1");
        expect_call(place, "file in the directory that was created again");
    }
}

TEST_WITH(path__created_after_the_start__called, setup, teardown)
{
    struct place *place = *state;
    start(place, "a/b/c.yaml");
    temp_mkdir(place->top, "a");
    expect_call(place, "first directory");
    temp_mkdir(place->top, "a/b");
    expect_call(place, "second directory");
    temp_write(place->top, "a/b/c.yaml", "1");
    expect_call(place, "the file");
    temp_write(place->top, "a/b/other.yaml", "1");
    expect_no_call(place, "another file");
}

/* The quiet time is an hour, so only the maximum delay can cause calls. */
TEST_WITH(events__without_end__called_after_the_maximum, setup, teardown)
{
    struct place *place = *state;
    AUTO(string) path = temp_path(place->top, "a.yaml");
    const struct watch_item items[] = {{path, count, &place->counter}};
    const struct watch_options options = {.quiet_ms = 3600000, .delay_max_ms = 300, .recheck_ms = 3600000};
    struct err err = {0};
    assert_int_equal(watch_new(items, 1, &options, &place->watch, &err), 0);
    assert_int_equal(watch_start(place->watch, &err), 0);
    int64_t begin = clock_monotonic_ns();
    place->counter.wanted = 2;
    while (!reached(&place->counter)) {
        temp_write(place->top, "a.yaml", "1");
        if (clock_monotonic_ns() - begin > (int64_t)WAIT_MS * MS_NS)
            fail_msg("%u calls within %d ms", atomic_load(&place->counter.calls), WAIT_MS);
    }
    assert_true(clock_monotonic_ns() - begin >=
                600 * (int64_t)MS_NS); /* twice the maximum, so not every edit causes a call */
}

/* inotify does not report changes of a file elsewhere to which a link leads. */
TEST_WITH(recheck__change_without_event__called, setup, teardown)
{
    struct place *place = *state;
    temp_mkdir(place->top, "policies");
    temp_mkdir(place->top, "elsewhere");
    temp_write(place->top, "elsewhere/a.yaml", "1");
    temp_link(place->top, "../elsewhere/a.yaml", "policies/a.yaml");
    AUTO(string) path = temp_path(place->top, "policies");
    const struct watch_item items[] = {{path, count, &place->counter}};
    const struct watch_options options = {.quiet_ms = 20, .recheck_ms = 50};
    struct err err = {0};
    assert_int_equal(watch_new(items, 1, &options, &place->watch, &err), 0);
    assert_int_equal(watch_start(place->watch, &err), 0);
    expect_no_call(place, "re-checks without a change");
    temp_write(place->top, "elsewhere/a.yaml", "22");
    expect_call(place, "edit elsewhere");
}

TEST_WITH(items__two__only_the_changed_one_is_called, setup, teardown)
{
    struct place *place = *state;
    struct counter other = {0};
    temp_mkdir(place->top, "policies");
    temp_mkdir(place->top, "certs");
    AUTO(string) policies = temp_path(place->top, "policies");
    AUTO(string) certs = temp_path(place->top, "certs/tls.crt");
    const struct watch_item items[] = {{policies, count, &place->counter}, {certs, count, &other}};
    const struct watch_options options = {.quiet_ms = 20, .recheck_ms = 3600000};
    struct err err = {0};
    assert_int_equal(watch_new(items, ARRAY_SIZE(items), &options, &place->watch, &err), 0);
    temp_write(place->top, "policies/a.yaml", "1"); /* between new and start: not lost */
    assert_int_equal(watch_start(place->watch, &err), 0);
    expect_call(place, "edit before the start");
    assert_int_equal(atomic_load(&other.calls), 0);
    temp_write(place->top, "certs/tls.crt", "1");
    other.wanted = 1;
    assert_true(eventually(reached, &other, WAIT_MS));
    expect_no_call(place, "a certificate");
}

TEST_WITH(links__in_a_circle__do_not_loop_forever, setup, teardown)
{
    struct place *place = *state;
    temp_link(place->top, "b", "a");
    temp_link(place->top, "a", "b");
    start(place, "a/policies");
    temp_remove(place->top, "b");
    expect_call(place, "the circle is broken");
}
