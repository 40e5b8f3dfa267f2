/* Reads objects and commands from files. Does not depend on kinds of objects. */
#include "migrate/input/source.h"

#include "base/file.h"
#include "base/text.h"
#include "migrate/input/repair.h"

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
    strlist_fini(&source->written);
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

/* Adds the manifests of a reader. */
static int add_manifests(struct source *source, struct manifest_reader *reader, struct report *report, struct err *err)
{
    struct manifest *manifest;
    do {
        if (manifest_next(reader, &manifest, err) < 0 || (manifest && add_manifest(source, manifest, report, err) < 0))
            return -1;
    } while (manifest);
    return 0;
}

static int read_manifests(struct source *source, const char *file, const struct buf *text, struct report *report,
                          struct problems *problems, struct err *err)
{
    AUTO(manifest_reader) reader = NULL;
    if (manifest_open_text(file, buf_text(text), text->length, NULL, problems, &reader, err) < 0)
        return -1;
    return add_manifests(source, reader, report, err);
}

/* Adds the manifests in a text, which it repairs first. */
static int read_text(struct source *source, const char *file, const char *text, struct report *report,
                     struct problems *problems, struct err *err)
{
    AUTO(repairs) repairs = {0};
    AUTO(buf) repaired;

    buf_init(&repaired, (size_t)2 * SOURCE_FILE_MAX);
    if (repair_yaml(text, &repaired, &repairs, err) < 0)
        return -1;
    for (size_t i = 0; i < repairs.count; i++)
        report_add_line(report, (struct mark){file, repairs.items[i].line, repairs.items[i].column}, FATE_CHANGED, "%s",
                        repairs.items[i].text);

    return read_manifests(source, file, &repaired, report, problems, err);
}

/* Reads a file as it is, such as JSON or a stream of any length. */
static int read_stream(struct source *source, const char *path, struct report *report, struct problems *problems,
                       struct err *err)
{
    AUTO(manifest_reader) reader = NULL;
    if (manifest_open(path, NULL, problems, &reader, err) < 0)
        return -1;
    return add_manifests(source, reader, report, err);
}

static int read_script(struct source *source, const char *file, const char *text, struct report *report,
                       struct problems *problems, struct err *err)
{
    AUTO(strlist) texts = {0};
    int result = script_read(source, file, text, &texts, report, err);
    for (size_t i = 0; i < texts.count && result == 0; i++)
        result = read_text(source, file, texts.items[i], report, problems, err);
    return result;
}

static int read_file(struct source *source, const char *path, struct report *report, struct problems *problems,
                     struct err *err)
{
    AUTO(buf) text;
    buf_init(&text, SOURCE_FILE_MAX);
    if (strlist_add(&report->files, strcmp(path, "-") == 0 ? "standard input" : path, err) < 0)
        return -1;
    const char *file = report->files.items[report->files.count - 1];

    if (text_ends_any(path, WORDS(".json")))
        return read_stream(source, path, report, problems, err);
    if (file_read(path, &text, err) < 0) {
        bool is_long = err->code == ERR_LIMIT && text_ends_any(path, manifest_suffixes);
        return is_long ? read_stream(source, path, report, problems, err) : -1;
    }

    const char *content = buf_text(&text);
    if (text_begins(content, "\xef\xbb\xbf")) /* a byte order mark, which the reader of manifests skips itself */
        content += 3;
    if (strlen(buf_text(&text)) < text.length || manifest_is_terraform(content)) /* the reader of manifests says so */
        return read_manifests(source, file, &text, report, problems, err);
    if (script_is(path, content))
        return read_script(source, file, content, report, problems, err);
    return read_text(source, file, content, report, problems, err);
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
