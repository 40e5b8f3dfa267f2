/* Reads a git directory: HEAD, loose and packed refs, worktrees.
 *
 * Source: gitrepository-layout(5), git-worktree(1), git-pack-refs(1). In a repository with another ref store
 * (reftable), no commit is found. */
#include "base/file.h"
#include "base/text.h"
#include "policy/commit.h"

#include <string.h>
#include <sys/stat.h>

enum {
    COMMIT_DIGITS = COMMIT_SIZE - 1,
    LINE_FILE_MAX = 4096,
    PACKED_REFS_MAX = 16 << 20,
    REF_DEPTH = 5, /* the longest chain of symbolic refs, as in git */
    LEVELS_MAX = 128
};

static bool is_commit(const char *text, size_t length)
{
    return length == COMMIT_DIGITS && strspn(text, "0123456789abcdef") >= length;
}

static void keep_commit(const char *text, char ret_commit[COMMIT_SIZE])
{
    memcpy(ret_commit, text, COMMIT_DIGITS);
    ret_commit[COMMIT_DIGITS] = '\0';
}

/* Returns "<directory>/<name>", or a copy of `name` if that is absolute. Returns NULL if out of memory. */
static char *join_path(const char *directory, const char *name)
{
    return name[0] == '/' ? strdup(name) : text_asprintf("%s/%s", directory, name);
}

static char *read_text(const char *directory, const char *name, size_t maximum)
{
    struct err ignored;
    AUTO(buf) text;
    buf_init(&text, maximum);
    AUTO(string) path = join_path(directory, name);
    struct stat info;
    /* Reads only regular files, because opening a pipe would wait for its writer. */
    if (!path || stat(path, &info) < 0 || !S_ISREG(info.st_mode) || file_read(path, &text, &ignored) < 0)
        return NULL;
    return buf_take(&text);
}

/* Returns the first line of a file without its line feed, or NULL if the file cannot be read or has more than
 * LINE_FILE_MAX bytes. */
static char *read_line(const char *directory, const char *name)
{
    char *line = read_text(directory, name, LINE_FILE_MAX);
    if (line)
        line[strcspn(line, "\r\n")] = '\0';
    return line;
}

/* Accepts only names under refs/, so that no symbolic ref can make this program read a file elsewhere. */
static bool is_ref(const char *name)
{
    return text_begins(name, "refs/") && !strstr(name, "..");
}

static bool find_packed(const char *common, const char *ref, char ret_commit[COMMIT_SIZE])
{
    AUTO(string) text = read_text(common, "packed-refs", PACKED_REFS_MAX);
    char *rest = text;
    for (const char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        size_t digits = strcspn(line, " ");
        if (is_commit(line, digits) && line[digits] && strcmp(line + digits + 1, ref) == 0) {
            keep_commit(line, ret_commit);
            return true;
        }
    }
    return false;
}

/* A worktree has some refs of its own; the others are in the repository that it belongs to. */
static char *read_ref(const char *git, const char *common, const char *ref)
{
    char *line = read_line(git, ref);
    return line ? line : read_line(common, ref);
}

static bool resolve_head(const char *git, const char *common, char ret_commit[COMMIT_SIZE])
{
    static const char symbolic[] = "ref: ";
    AUTO(string) line = read_line(git, "HEAD");
    for (int depth = 0; line && depth < REF_DEPTH; depth++) {
        if (is_commit(line, strlen(line))) {
            keep_commit(line, ret_commit);
            return true;
        }
        const char *ref = line + sizeof(symbolic) - 1;
        if (!text_begins(line, symbolic) || !is_ref(ref))
            return false;
        char *next = read_ref(git, common, ref);
        if (!next)
            return find_packed(common, ref, ret_commit);
        free(line);
        line = next;
    }

    return false;
}

static bool commit_of_git_directory(const char *git, char ret_commit[COMMIT_SIZE])
{
    AUTO(string) shared = read_line(git, "commondir");
    AUTO(string) common = shared ? join_path(git, shared) : strdup(git);
    return common && resolve_head(git, common, ret_commit);
}

/* True if the directory has a .git. Sets *ret_commit only if the commit can be read. */
static bool is_checkout(const char *directory, char ret_commit[COMMIT_SIZE])
{
    static const char pointer[] = "gitdir: ";
    struct stat info;
    AUTO(string) git = join_path(directory, ".git");
    if (!git || stat(git, &info) < 0)
        return false;
    if (S_ISDIR(info.st_mode)) {
        (void)commit_of_git_directory(git, ret_commit);
        return true;
    }

    AUTO(string) line = read_line(directory, ".git");
    if (!line || !text_begins(line, pointer))
        return true;

    AUTO(string) target = join_path(directory, line + sizeof(pointer) - 1);
    if (target)
        (void)commit_of_git_directory(target, ret_commit);
    return true;
}

/* Removes the last component. Returns false at the root. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || !slash[1])
        return false;
    slash[slash == path] = '\0';
    return true;
}

void commit_find(const char *directory, char ret_commit[COMMIT_SIZE])
{
    ret_commit[0] = '\0';
    AUTO(string) path = realpath(directory, NULL);
    for (int level = 0; path && level < LEVELS_MAX; level++) {
        const char *name = strrchr(path, '/') + 1;
        bool found = is_checkout(path, ret_commit);
        if (!ret_commit[0] && is_commit(name, strlen(name)))
            keep_commit(name, ret_commit);
        if (found || ret_commit[0] || !go_up(path))
            return;
    }
}
