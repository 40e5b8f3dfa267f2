#include "tests/support/migrate_fixture.h"

void case_inputs(const char *folder, struct strlist *ret_paths)
{
    static const char *const suffixes[] = {".yaml", ".sh", ".json", ".txt", NULL};
    struct err err;
    AUTO(strlist) all = {0};
    assert_int_equal(file_list(folder, suffixes, &all, &err), 0);
    for (size_t i = 0; i < all.count; i++) {
        if (!strstr(all.items[i], "/expected/"))
            assert_int_equal(strlist_add(ret_paths, all.items[i], &err), 0);
    }
}

struct migration *case_convert(const struct strlist *paths, const struct gpu_table *gpus, const char *cluster,
                               enum migration_form form)
{
    struct migration *migration = NULL;
    AUTO(problems) problems = {0};
    struct err err;
    check_success("new", migration_new(gpus, cluster, &migration, &err), &err);
    for (size_t i = 0; i < paths->count; i++)
        check_success(paths->items[i], migration_read(migration, paths->items[i], &problems, &err), &err);
    check_success("convert", migration_convert(migration, form, &err), &err);
    return migration;
}

void case_print(const struct migration *migration, struct buf *out)
{
    struct err err;
    buf_init(out, CASE_TEXT_MAX);
    check_success("print", migration_print(migration, out, &err), &err);
}

void case_read(const char *path, struct buf *text, struct yaml_documents *ret_documents)
{
    AUTO(problems) problems = {0};
    struct err err;
    buf_init(text, CASE_TEXT_MAX);
    check_success(path, file_read(path, text, &err), &err);
    check_success(path, yaml_read(path, buf_text(text), text->length, YAML_ALIASES, ret_documents, &problems, &err),
                  &err);
}

struct node case_child(const struct node *parent, size_t index)
{
    NODE_CHILDREN(*parent, child) {
        if (child.index == index)
            return child;
    }
    fail_msg("no child %zu", index);
    return (struct node){0};
}

const json_t *case_lookup(const json_t *value, const char *path)
{
    while (value && *path) {
        char key[512];
        size_t length;
        path += *path == '.';
        if (strncmp(path, "[\"", 2) == 0) {
            length = strcspn(path + 2, "\"");
            (void)snprintf(key, sizeof(key), "%.*s", (int)length, path + 2);
            value = json_object_get(value, key);
            path += 2 + length + 2;
        } else if (*path == '[') {
            char *end;
            value = json_array_get(value, strtoul(path + 1, &end, 10));
            path = end + 1;
        } else {
            length = strcspn(path, ".[");
            (void)snprintf(key, sizeof(key), "%.*s", (int)length, path);
            value = json_object_get(value, key);
            path += length;
        }
    }
    return value;
}
