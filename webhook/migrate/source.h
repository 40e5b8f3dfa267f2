/* What was given to migrate: objects of YAML and JSON files, and commands of scripts. Knows no kind of object.
 *
 * A file whose name ends in .yaml, .yml or .json is a manifest. Any other, and standard input, is a script if it has a
 * line that begins with "#!" or with kubectl; else it is a manifest too. Of a script are taken: the documents that it
 * gives to `kubectl apply -f - <<WORD`, and `kubectl label node` lines (a backslash at the end goes on with the line,
 * a "$ " before it is passed over). */
#ifndef GPUSLICE_MIGRATE_SOURCE_H
#define GPUSLICE_MIGRATE_SOURCE_H

#include "base/strlist.h"
#include "migrate/report.h"

enum { SOURCE_FILE_MAX = 8 << 20 };

struct source_file {
    char *path;
    struct buf text;
    struct yaml_documents documents;
    struct document *roots; /* one for each of the documents */
};

/* One object; of a List each item is one. At a fixed address, since nodes below it point to it. */
struct source_object {
    const struct source_file *file;
    struct document item; /* where it is an item of a List */
    struct node node;
    const char *version, *kind, *name; /* "" where it says none */
    void *made;                        /* what a converter made of it, for other converters */
    bool done;                         /* a NodeTemplate that a Provisioner took from */
    bool converted;                    /* not to be passed through */
    struct source_object *next;
};

/* `kubectl label node ...`, its words without quotes and without what follows a `;`, `&&`, `|`, `>` or `#`. */
struct source_command {
    const struct source_file *file;
    unsigned line, column;
    struct strlist words;
};

struct source {
    struct source_file **files;
    size_t file_count;
    struct source_object *first, *last;
    struct source_command *commands;
    size_t command_count;
};

void source_fini(struct source *source);

/* Reads one file ("-": standard input). Lines of a script that are not read are reported as kept. Errors: ERR_INVALID
 * with problems; ERR_NOT_FOUND, ERR_IO, ERR_LIMIT (8 MiB), ERR_NOMEM. */
MUST_CHECK int source_read(struct source *source, const char *path, struct report *report, struct problems *problems,
                           struct err *err);

/* For the embedded document of a string value: where its first line stands, and how far it is indented. A literal block
 * has its lines one by one in the file; of every other style, and of a text in JSON, nothing is known: false. */
bool source_block(const struct source_file *file, const struct yaml_mark *mark, unsigned *ret_line,
                  unsigned *ret_indent);

DEFINE_AUTO_FINI(source, struct source, source_fini);

#endif
