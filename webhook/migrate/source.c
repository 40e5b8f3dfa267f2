/* Reads objects and commands from files. Does not depend on kinds of objects. */
#include "migrate/source.h"

#include "base/file.h"
#include "base/text.h"

#include <string.h>

void source_fini(struct source *source)
{
    for (struct source_object *object = source->first; object;) {
        struct source_object *next = object->next;
        free(object);
        object = next;
    }
    for (size_t i = 0; i < source->command_count; i++)
        strlist_fini(&source->commands[i].words);
    free(source->commands);
    manifests_fini(&source->manifests);
    *source = (struct source){0};
}

static int add_object(struct source *source, const struct manifest *manifest, struct err *err)
{
    struct source_object *object = calloc(1, sizeof(*object));
    if (!object)
        return err_nomem(err);
    *object = (struct source_object){.manifest = manifest,
                                     .node = manifest->node,
                                     .version = manifest->api_version,
                                     .kind = manifest->kind,
                                     .name = manifest->name};
    *(source->last ? &source->last->next : &source->first) = object;
    source->last = object;
    return 0;
}

/* The fields of a List, apart from its items, carry no information. */
static void account_list(struct report *report, struct node list)
{
    NODE_MEMBERS(list, child) {
        if (strcmp(child.key, "items") != 0)
            report_add(report, &child, FATE_NEEDLESS, "a List only contains objects, which are converted separately");
    }
}

/* Takes over the manifest. */
static int add_manifest(struct source *source, struct manifest *manifest, struct report *report, struct err *err)
{
    if (manifests_add(&source->manifests, manifest, err) < 0)
        return -1;

    switch (manifest->form) {
    case MANIFEST_OBJECT:
        return add_object(source, manifest, err);
    case MANIFEST_LIST:
        account_list(report, manifest->node);
        return 0;
    case MANIFEST_TEMPLATE:
        manifest_refuse_template(manifest);
        return 0;
    case MANIFEST_OTHER:
    default:
        node_problem(&manifest->node, "is not an object; a manifest has apiVersion, kind and metadata");
        return 0;
    }
}

/* Opens a file that may be a script. */
static int open_text(struct source *source, const char *path, const char *file, struct report *report,
                     struct problems *problems, struct manifest_reader **ret_reader, struct err *err)
{
    AUTO(buf) text;
    AUTO(buf) documents;
    buf_init(&text, SOURCE_FILE_MAX);
    buf_init(&documents, SOURCE_FILE_MAX);
    if (file_read(path, &text, err) < 0)
        return -1;

    const char *content = buf_text(&text);
    if (text_begins(content, "\xef\xbb\xbf")) /* a byte order mark, which the reader of manifests skips itself */
        content += 3;
    bool script = !manifest_is_terraform(content) && script_is(content);
    if (script && script_read(source, file, content, &documents, report, err) < 0)
        return -1;
    const struct buf *read = script ? &documents : &text;
    return manifest_open_text(file, buf_text(read), read->length, NULL, problems, ret_reader, err);
}

static int read_file(struct source *source, const char *path, struct report *report, struct problems *problems,
                     struct err *err)
{
    AUTO(manifest_reader) reader = NULL;
    if (strlist_add(&report->files, strcmp(path, "-") == 0 ? "standard input" : path, err) < 0)
        return -1;

    const char *file = report->files.items[report->files.count - 1];
    int result = text_ends_any(path, manifest_suffixes) ? manifest_open(path, NULL, problems, &reader, err)
                                                        : open_text(source, path, file, report, problems, &reader, err);
    if (result < 0)
        return -1;

    struct manifest *manifest;
    do {
        if (manifest_next(reader, &manifest, err) < 0 || (manifest && add_manifest(source, manifest, report, err) < 0))
            return -1;
    } while (manifest);
    return 0;
}

int source_read(struct source *source, const char *path, struct report *report, struct problems *problems,
                struct err *err)
{
    AUTO(strlist) paths = {0};
    int result =
        strcmp(path, "-") == 0 ? strlist_add(&paths, path, err) : file_list(path, manifest_suffixes, &paths, err);
    for (size_t i = 0; i < paths.count && result == 0; i++)
        result = read_file(source, paths.items[i], report, problems, err);
    return result == 0 ? problems_check(problems, err) : -1;
}
