/* Writes rendered files into a folder: creates or replaces those whose content differs, leaves foreign files unchanged,
 * and reports files that are no longer rendered. Only the marker tells our files from foreign ones. */
#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "render/files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX_BYTES = 8 * MIB, PATH_BYTES = 4096 };

void render_folder_fini(struct render_folder *folder)
{
    strlist_fini(&folder->written);
    strlist_fini(&folder->foreign);
    strlist_fini(&folder->stale);
}

static bool is_ours(const struct buf *text)
{
    return text_begins(buf_text(text), RENDER_MARKER);
}

static int write_one(const struct render_file *file, const char *directory, struct render_folder *folder,
                     struct err *err)
{
    char path[PATH_BYTES];
    AUTO(buf) present;

    buf_init(&present, FILE_MAX_BYTES);
    if (snprintf(path, sizeof(path), "%s/%s", directory, file->name) >= PATH_BYTES)
        return err_set(err, ERR_LIMIT, "%s/%s: the path is too long", directory, file->name);

    struct err reading = {0};
    bool exists = file_read(path, &present, &reading) == 0;
    if (!exists && reading.code != ERR_NOT_FOUND) {
        *err = reading;
        return -1;
    }
    if (exists && !is_ours(&present))
        return strlist_add(&folder->foreign, path, err);
    if (exists && strcmp(buf_text(&present), file->text) == 0) {
        folder->unchanged++;
        return 0;
    }
    if (file_write(path, file->text, strlen(file->text), 0644, err) < 0)
        return -1;

    return strlist_add(&folder->written, path, err);
}

static bool is_rendered(const struct render_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->items[i].name, name) == 0)
            return true;
    }
    return false;
}

static int note_if_stale(const struct render_files *files, const char *directory, const char *path,
                         struct render_folder *folder, struct err *err)
{
    const char *name = path + strlen(directory);
    name += strspn(name, "/");
    if (strchr(name, '/') || is_rendered(files, name))
        return 0;
    AUTO(buf) text;
    buf_init(&text, FILE_MAX_BYTES);
    if (file_read(path, &text, err) < 0)
        return -1;
    return is_ours(&text) ? strlist_add(&folder->stale, path, err) : 0;
}

static int find_stale(const struct render_files *files, const char *directory, struct render_folder *folder,
                      struct err *err)
{
    static const char *const suffixes[] = {".yaml", NULL};
    AUTO(strlist) paths = {0};
    if (file_list(directory, suffixes, &paths, err) < 0)
        return -1;
    for (size_t i = 0; i < paths.count; i++) {
        if (note_if_stale(files, directory, paths.items[i], folder, err) < 0)
            return -1;
    }
    return 0;
}

int render_files_write(const struct render_files *files, const char *directory, bool complete,
                       struct render_folder *ret_folder, struct err *err)
{
    AUTO(render_folder) folder = {0};
    if (mkdir(directory, 0755) < 0 && errno != EEXIST)
        return err_errno(err, "%s", directory);
    for (size_t i = 0; i < files->count; i++) {
        if (write_one(&files->items[i], directory, &folder, err) < 0)
            return -1;
    }
    if (complete && find_stale(files, directory, &folder, err) < 0)
        return -1;
    *ret_folder = TAKE(folder);
    return 0;
}
