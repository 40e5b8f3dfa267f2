/* base/file, in a folder of its own under TMPDIR. */
#include "base/file.h"

#include "tests/support/check.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 512, TEXT_MAX = 100000 };

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static int make_folder(void **state)
{
    const char *base = getenv("TMPDIR");
    char *folder = NULL;
    if (asprintf(&folder, "%s/gpuslice-test.XXXXXX", base ? base : "/tmp") < 0)
        return -1;
    *state = mkdtemp(folder);
    return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
    int result = nftw(*state, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return result;
}

/* Returns the path of `name` in the folder. It is in one of four static buffers, which are used in turn. */
static const char *in_folder(void **state, const char *name)
{
    static char paths[4][PATH_SIZE];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, PATH_SIZE, "%s/%s", (const char *)*state, name);
    return path;
}

static void put(void **state, const char *name, const char *text)
{
    struct err err = {0};
    check_success(name, file_write(in_folder(state, name), text, strlen(text), 0600, &err), &err);
}

static void put_folder(void **state, const char *name)
{
    if (mkdir(in_folder(state, name), 0700) < 0)
        fail_msg("%s cannot be made", name);
}

static void put_link(void **state, const char *target, const char *name)
{
    if (symlink(target, in_folder(state, name)) < 0)
        fail_msg("%s cannot be made", name);
}

TEST_WITH(file__written_and_read__the_same, make_folder, remove_folder)
{
    struct err err = {0};
    AUTO(buf) text;
    struct stat info;
    buf_init(&text, TEXT_MAX);
    const char *path = in_folder(state, "f");
    check_success("write", file_write(path, "a\0b", 3, 0600, &err), &err);
    check_success("read", file_read(path, &text, &err), &err);
    assert_int_equal(text.length, 3);
    assert_memory_equal(text.data, "a\0b", 3);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    check_success("replace", file_write(path, "new", 3, 0644, &err), &err);
    check_success("read again", file_read(path, &text, &err), &err);
    assert_memory_equal(text.data, "a\0bnew", 6);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0644);
}

TEST_WITH(file_write__done_or_failed__no_other_file_left, make_folder, remove_folder)
{
    AUTO(strlist) paths = {0};
    struct err err = {0};
    put(state, "f", "x");
    char expected[PATH_SIZE + 64];
    const char *lost = in_folder(state, "none/f");
    (void)snprintf(expected, sizeof(expected), "%s: No such file or directory", lost);
    check_failure("no folder", file_write(lost, "x", 1, 0600, &err), &err, ERR_NOT_FOUND, expected);
    put_folder(state, "folder");
    if (file_write(in_folder(state, "folder"), "x", 1, 0600, &err) == 0)
        fail_msg("a folder was replaced");
    check_success("list", file_list(*state, (const char *const[]){"f", "r", "X", NULL}, &paths, &err), &err);
    assert_int_equal(paths.count, 0); /* a name that is a suffix alone does not count */
    check_success("list all", file_list(*state, (const char *const[]){"", NULL}, &paths, &err), &err);
    assert_int_equal(paths.count, 1);
    check_text("only it", paths.items[0], in_folder(state, "f"));
}

TEST_WITH(file_write__pipe_or_device__written_into_not_replaced, make_folder, remove_folder)
{
    struct err err = {0};
    struct stat info;
    char got[8] = "";
    const char *path = in_folder(state, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDWR | O_CLOEXEC); /* a reader, so that file_write() does not wait for one */
    assert_true(fd >= 0);
    check_success("pipe", file_write(path, "abc", 3, 0644, &err), &err);
    assert_int_equal(read(fd, got, sizeof(got)), 3);
    assert_string_equal(got, "abc");
    (void)close(fd);
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    char expected[PATH_SIZE + 64];
    put_link(state, "/dev/full", "full");
    (void)snprintf(expected, sizeof(expected), "%s: No space left on device", in_folder(state, "full"));
    check_failure("device", file_write(in_folder(state, "full"), "abc", 3, 0644, &err), &err, ERR_IO, expected);
    assert_int_equal(lstat(in_folder(state, "full"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
}

/* `--ca-out /dev/stdout >f` writes to such a link. Replacing the link would leave the file empty. */
TEST_WITH(file_write__link_to_an_open_file__written_into, make_folder, remove_folder)
{
    struct err err = {0};
    AUTO(buf) text;
    char link[PATH_SIZE];
    put(state, "f", "");
    int fd = open(in_folder(state, "f"), O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);

    check_success("link", file_write(link, "abc", 3, 0644, &err), &err);
    buf_init(&text, 8);
    check_success("read", file_read(in_folder(state, "f"), &text, &err), &err);
    assert_string_equal(buf_text(&text), "abc");
    (void)close(fd);
}

TEST_WITH(file_read__not_there_or_too_large__error_names_it, make_folder, remove_folder)
{
    struct err err = {0};
    AUTO(buf) text;
    char expected[PATH_SIZE + 64];
    buf_init(&text, 4);
    const char *path = in_folder(state, "f");
    (void)snprintf(expected, sizeof(expected), "%s: No such file or directory", path);
    check_failure("missing", file_read(path, &text, &err), &err, ERR_NOT_FOUND, expected);
    put(state, "f", "12345");
    (void)snprintf(expected, sizeof(expected), "%s: longer than 4 bytes", path);
    check_failure("large", file_read(path, &text, &err), &err, ERR_LIMIT, expected);
    buf_reset(&text);
    (void)snprintf(expected, sizeof(expected), "%s: Is a directory", (const char *)*state);
    check_failure("folder", file_read(*state, &text, &err), &err, ERR_IO, expected);
}

static const char *const yaml_suffixes[] = {".yaml", ".yml", NULL};

/* Like a ConfigMap mount: ..data is a link to a hidden folder, and the files are links through it. */
TEST_WITH(file_list__tree__regular_files_sorted_links_followed, make_folder, remove_folder)
{
    static const char *const expected[] = {"a.yaml", "linked.yaml", "sub/b.yml", "sub/deeper/c.yaml"};
    struct err err = {0};
    AUTO(strlist) paths = {0};
    put_folder(state, "sub");
    put_folder(state, "sub/deeper");
    put_folder(state, "..2026");
    put(state, "sub/deeper/c.yaml", "");
    put(state, "sub/b.yml", "");
    put(state, "a.yaml", "");
    put(state, "README.md", "");
    put(state, ".hidden.yaml", "");
    put(state, "..2026/linked.yaml", "");
    put_link(state, "..2026", "..data");
    put_link(state, "..data/linked.yaml", "linked.yaml");
    put_link(state, "sub", "folder.yaml");
    check_success("list", file_list(*state, yaml_suffixes, &paths, &err), &err);
    assert_int_equal(paths.count, ARRAY_SIZE(expected));
    for (size_t i = 0; i < paths.count; i++)
        check_text(expected[i], paths.items[i], in_folder(state, expected[i]));
}

TEST_WITH(file_list__not_a_folder__the_file_or_an_error, make_folder, remove_folder)
{
    struct err err = {0};
    AUTO(strlist) paths = {0};
    char expected[PATH_SIZE + 64];
    put(state, "any.txt", "");
    check_success("file", file_list(in_folder(state, "any.txt"), yaml_suffixes, &paths, &err), &err);
    assert_int_equal(paths.count, 1);
    check_text("file", paths.items[0], in_folder(state, "any.txt"));
    (void)snprintf(expected, sizeof(expected), "%s: No such file or directory", in_folder(state, "none"));
    check_failure("missing", file_list(in_folder(state, "none"), yaml_suffixes, &paths, &err), &err, ERR_NOT_FOUND,
                  expected);
    assert_int_equal(paths.count, 1);
    put_link(state, "nowhere", "dangling.yaml");
    (void)snprintf(expected, sizeof(expected), "%s: No such file or directory", in_folder(state, "dangling.yaml"));
    check_failure("dangling link", file_list(*state, yaml_suffixes, &paths, &err), &err, ERR_NOT_FOUND, expected);
}

TEST_WITH(file_list__too_deep__limit, make_folder, remove_folder)
{
    struct err err = {0};
    AUTO(strlist) paths = {0};
    char name[PATH_SIZE / 2] = "d";
    for (unsigned i = 0; i < 33; i++) {
        put_folder(state, name);
        strcat(name, "/d");
    }
    name[strlen(name) - 2] = '\0';
    char expected[PATH_SIZE + 64];
    (void)snprintf(expected, sizeof(expected), "%s: deeper than 32 directories", in_folder(state, name));
    check_failure("33", file_list(*state, yaml_suffixes, &paths, &err), &err, ERR_LIMIT, expected);
}
