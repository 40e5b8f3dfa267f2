/* Collects rendered files, and joins them into a stream. Does not depend on their content. */
#include "render/files.h"

#include "base/units.h"
#include "base/vec.h"
#include "json/yaml_write.h"

#include <string.h>

enum { FILE_MAX_BYTES = 8 * MIB };

void render_files_fini(struct render_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        free(files->items[i].name);
        free(files->items[i].text);
    }
    free(files->items);
    strlist_fini(&files->notes);
    *files = (struct render_files){0};
}

static void add_comment(struct buf *out, const char *comment)
{
    while (*comment) {
        size_t length = strcspn(comment, "\n");
        buf_addf(out, "#%s%.*s\n", length ? " " : "", (int)length, comment);
        comment += length + (comment[length] == '\n');
    }
}

int render_files_add(struct render_files *files, enum render_use use, const char *name, const char *comment,
                     const json_t *object, struct err *err)
{
    AUTO(buf) text;
    buf_init(&text, FILE_MAX_BYTES);
    buf_add_string(&text, RENDER_MARKER ". Edits here are lost: change the policies and render again.\n");
    add_comment(&text, comment);
    if (yaml_write(object, &text, err) < 0)
        return err_wrap(err, "%s", name);

    AUTO(string) name_copy = strdup(name);
    if (!name_copy || !GROW(files->items, files->count))
        return err_nomem(err);
    files->items[files->count++] = (struct render_file){.name = TAKE(name_copy), .text = buf_take(&text), .use = use};
    return 0;
}

int render_files_stream(const struct render_files *files, struct buf *out, struct err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < files->count; i++) {
        if (files->items[i].use != RENDER_OTHER)
            buf_addf(out, "%s%s", count++ ? "---\n" : "", files->items[i].text);
    }
    return buf_check(out, err);
}
