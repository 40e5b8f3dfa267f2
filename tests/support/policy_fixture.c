#include "tests/support/policy_fixture.h"

void folder_make(char folder[FOLDER_SIZE])
{
    (void)snprintf(folder, FOLDER_SIZE, "/tmp/gpuslice-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info, (void)type, (void)walk;
    return remove(path);
}

void folder_remove(const char *folder)
{
    assert_int_equal(nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void folder_put(const char *folder, const char *name, const char *text)
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

void remove_all(char *text, const char *part)
{
    size_t length = strlen(part);
    for (char *found = strstr(text, part); found; found = strstr(found, part))
        memmove(found, found + length, strlen(found + length) + 1);
}

struct policy_fixture load_folder(const char *folder)
{
    struct policy_fixture loaded = {0};
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

struct policy_fixture load_text(const char *yaml)
{
    char folder[FOLDER_SIZE];
    folder_make(folder);
    folder_put(folder, "p.yaml", yaml);
    struct policy_fixture loaded = load_folder(folder);
    folder_remove(folder);
    return loaded;
}

struct policy_fixture load_files(const struct text_file *files)
{
    char folder[FOLDER_SIZE];
    folder_make(folder);
    for (size_t i = 0; files[i].name; i++)
        folder_put(folder, files[i].name, files[i].text);
    struct policy_fixture loaded = load_folder(folder);
    folder_remove(folder);
    return loaded;
}

struct policy_set *expect_set(const struct policy_fixture *loaded)
{
    if (!loaded->set)
        fail_msg("%s\n%s", loaded->err.text, loaded->problems);
    return loaded->set;
}

void policy_fixture_fini(struct policy_fixture *loaded)
{
    policy_set_unref(loaded->set);
    gpu_table_free(loaded->gpus);
    free(loaded->problems);
}

void expect_problems(const char *name, const char *yaml, const char *problems)
{
    AUTO(policy_fixture) loaded = load_text(yaml);
    if (strcmp(loaded.problems, problems) != 0)
        fail_msg("%s: found\n%swanted\n%s", name, loaded.problems, problems);
    assert_null(loaded.set);
    assert_int_equal(loaded.err.code, ERR_INVALID);
}

void expect_broken(const struct broken *rows, size_t count, const char *kind, const char *others)
{
    for (size_t i = 0; i < count; i++) {
        char *yaml = NULL;
        assert_true(
            asprintf(&yaml, API "kind: %s\nmetadata: {name: broken}\nspec: %s\n%s", kind, rows[i].yaml, others) > 0);
        expect_problems(rows[i].name, yaml, rows[i].problems);
        free(yaml);
    }
}

char *document_text(const char *kind, const char *name, const char *spec, const char *others)
{
    char *yaml = NULL;
    assert_true(asprintf(&yaml, API "kind: %s\nmetadata: {name: %s}\nspec: %s\n%s", kind, name, spec, others) > 0);
    return yaml;
}
