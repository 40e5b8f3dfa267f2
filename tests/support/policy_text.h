/* Policies as text for the tests of webhook/policy/: files in a folder of their own, loaded as a set. */
#ifndef GPUSLICE_TESTS_POLICY_TEXT_H
#define GPUSLICE_TESTS_POLICY_TEXT_H

#include "policy/set.h"
#include "tests/support/test.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define API "apiVersion: gpuslice.dev/v1alpha1\n"
#define A_THIRD \
    API "kind: SlicePool\nmetadata: {name: thirds}\nspec: {gpu: t4, sharing: {timeSlicing: {replicas: 3}}}\n"

enum { FOLDER_SIZE = 64 };

static inline void folder_make(char folder[FOLDER_SIZE])
{
    (void)snprintf(folder, FOLDER_SIZE, "/tmp/gpuslice-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static inline int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info, (void)type, (void)walk;
    return remove(path);
}

static inline void folder_remove(const char *folder)
{
    assert_int_equal(nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* Writes <folder>/<name>; the folders on its way come into being. */
static inline void folder_put(const char *folder, const char *name, const char *text)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    for (char *slash = strchr(path + strlen(folder) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0755) < 0)
            assert_int_equal(errno, EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* What a load gave: a set, or an error with the problems as lines without the folder's name. */
struct loaded {
    struct gpu_table *gpus;
    struct policy_set *set;
    struct err err;
    char *problems;
};

static inline void remove_all(char *text, const char *part)
{
    size_t length = strlen(part);
    for (char *found = strstr(text, part); found; found = strstr(found, part))
        memmove(found, found + length, strlen(found + length) + 1);
}

static inline struct loaded load_folder(const char *folder)
{
    struct loaded loaded = {0};
    struct problems problems = {0};
    char prefix[FOLDER_SIZE + 1];
    AUTO(buf) text;
    buf_init(&text, 1 << 20);
    assert_int_equal(gpu_table_load(&loaded.gpus, &loaded.err), 0);
    int result = policy_set_load(folder, loaded.gpus, &loaded.set, &problems, &loaded.err);
    assert_int_equal(result, loaded.set ? 0 : -1);
    problems_print(&problems, &text);
    problems_fini(&problems);
    loaded.problems = strdup(buf_text(&text));
    assert_non_null(loaded.problems);
    (void)snprintf(prefix, sizeof(prefix), "%s/", folder);
    remove_all(loaded.problems, prefix);
    return loaded;
}

/* One file, p.yaml. */
static inline struct loaded load_text(const char *yaml)
{
    char folder[FOLDER_SIZE];
    folder_make(folder);
    folder_put(folder, "p.yaml", yaml);
    struct loaded loaded = load_folder(folder);
    folder_remove(folder);
    return loaded;
}

/* Several files; the list ends with an empty entry. */
struct text_file {
    const char *name, *text;
};

static inline struct loaded load_files(const struct text_file *files)
{
    char folder[FOLDER_SIZE];
    folder_make(folder);
    for (size_t i = 0; files[i].name; i++)
        folder_put(folder, files[i].name, files[i].text);
    struct loaded loaded = load_folder(folder);
    folder_remove(folder);
    return loaded;
}

#define FILES(...) ((const struct text_file[]){__VA_ARGS__, {0}})

static inline struct policy_set *expect_set(const struct loaded *loaded)
{
    if (!loaded->set)
        fail_msg("%s\n%s", loaded->err.text, loaded->problems);
    return loaded->set;
}

static inline void loaded_fini(struct loaded *loaded)
{
    policy_set_unref(loaded->set);
    gpu_table_free(loaded->gpus);
    free(loaded->problems);
}
DEFINE_AUTO_FINI(loaded, struct loaded, loaded_fini);

/* A broken spec on line 4 of a document, and all that is said of it. */
struct broken {
    const char *name;
    const char *spec;
    const char *problems;
};

static inline void expect_problems(const char *name, const char *yaml, const char *problems)
{
    AUTO(loaded) loaded = load_text(yaml);
    if (strcmp(loaded.problems, problems) != 0)
        fail_msg("%s: found\n%swanted\n%s", name, loaded.problems, problems);
    assert_null(loaded.set);
    assert_int_equal(loaded.err.code, ERR_INVALID);
}

static inline void expect_broken(const struct broken *rows, size_t count, const char *kind, const char *others)
{
    for (size_t i = 0; i < count; i++) {
        char *yaml = NULL;
        assert_true(
            asprintf(&yaml, API "kind: %s\nmetadata: {name: broken}\nspec: %s\n%s", kind, rows[i].spec, others) > 0);
        expect_problems(rows[i].name, yaml, rows[i].problems);
        free(yaml);
    }
}

/* A document with that spec; the caller frees it. */
static inline char *document_text(const char *kind, const char *name, const char *spec, const char *others)
{
    char *yaml = NULL;
    assert_true(asprintf(&yaml, API "kind: %s\nmetadata: {name: %s}\nspec: %s\n%s", kind, name, spec, others) > 0);
    return yaml;
}

#endif
