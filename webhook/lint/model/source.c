/* Reads manifests, each file once. */
#include "lint/model/source.h"

#include "base/file.h"
#include "manifest/embed.h"

#include <string.h>

void sources_fini(struct sources *sources)
{
    strlist_fini(&sources->files);
    manifests_fini(&sources->embedded);
    manifests_fini(&sources->objects);
    *sources = (struct sources){0};
}

static int read_file(struct sources *sources, const char *path, struct problems *problems, struct err *err)
{
    AUTO(manifest_reader) reader = NULL;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    if (strlist_has(&sources->files, name))
        return 0;
    if (strlist_add(&sources->files, name, err) < 0 || manifest_open(path, NULL, problems, &reader, err) < 0)
        return -1;

    for (;;) {
        AUTO(manifest) manifest = NULL;
        if (manifest_next(reader, &manifest, err) < 0)
            return -1;
        if (!manifest)
            break;
        if (manifest->form == MANIFEST_OBJECT && manifests_add(&sources->objects, TAKE(manifest), err) < 0)
            return -1;
    }
    sources->templates += manifest_counts(reader).templates;
    return 0;
}

int sources_read(struct sources *sources, const char *path, struct problems *problems, struct err *err)
{
    AUTO(strlist) paths = {0};
    if (strcmp(path, "-") == 0)
        return read_file(sources, path, problems, err);
    if (file_list(path, manifest_suffixes, &paths, err) < 0)
        return -1;
    for (size_t i = 0; i < paths.count; i++) {
        if (read_file(sources, paths.items[i], problems, err) < 0)
            return -1;
    }
    return 0;
}

int sources_embed(struct sources *sources, const struct manifest *outer, struct node text, struct node *ret_root,
                  struct err *err)
{
    AUTO(manifest) embedded = NULL;
    if (manifest_embed(outer, text, &embedded, err) < 0)
        return -1;
    if (embedded->form == MANIFEST_TEMPLATE)
        return err_set(err, ERR_INVALID, "it is a template; it must be rendered first");
    *ret_root = embedded->node;
    return manifests_add(&sources->embedded, TAKE(embedded), err);
}

bool object_is(const struct manifest *object, struct kind kind)
{
    return kind_is(kind, object->api_version, object->kind);
}

const struct manifest *sources_find(const struct sources *sources, struct kind kind, const char *name)
{
    for (size_t i = 0; i < sources->objects.count; i++) {
        const struct manifest *object = sources->objects.items[i];
        if (object_is(object, kind) && (!name || strcmp(object->name, name) == 0))
            return object;
    }
    return NULL;
}

const struct manifest *manifests_at(const struct manifests *manifests, const char *file, unsigned line)
{
    for (size_t i = 0; i < manifests->count; i++) {
        size_t length;
        if (strcmp(manifests->items[i]->file, file) == 0 &&
            (line == 0 || manifest_line(manifests->items[i], line, &length)))
            return manifests->items[i];
    }
    return NULL;
}
