/* What was given to migrate: objects of YAML and JSON files, and commands of scripts. Knows no kind of object.
 *
 * A file whose name ends in .yaml, .yml or .json is a manifest. Any other, and standard input, is a script if it has a
 * line that begins with "#!" or with kubectl; else it is a manifest too. Of a script are taken: the documents that it
 * gives to `kubectl apply -f - <<WORD`, and `kubectl label node` lines (a backslash at the end goes on with the line,
 * a "$ " before it is passed over). */
#ifndef GPUSLICE_MIGRATE_SOURCE_H
#define GPUSLICE_MIGRATE_SOURCE_H

#include "base/strlist.h"
#include "manifest/read.h"
#include "migrate/report.h"

enum { SOURCE_FILE_MAX = 8 << 20 }; /* of a script, and of standard input */

/* One object; of a List each item is one. */
struct source_object {
    const struct manifest *manifest;
    struct node node;                  /* the manifest's; so are: */
    const char *version, *kind, *name; /* "" where it says none */
    void *made;                        /* what a converter made of it, for other converters */
    bool done;                         /* a NodeTemplate that a Provisioner took from */
    bool converted;                    /* not to be passed through */
    struct source_object *next;
};

/* `kubectl label node ...`, its words without quotes and without what follows a `;`, `&&`, `|`, `>` or `#`. */
struct source_command {
    const char *file; /* borrowed from the source */
    unsigned line, column;
    struct strlist words;
};

struct source {
    struct strlist files;
    struct manifests manifests; /* with what stands around the items of Lists */
    struct source_object *first, *last;
    struct source_command *commands;
    size_t command_count;
};

void source_fini(struct source *source);

/* Reads a file ("-": standard input), or all .yaml, .yml and .json files below a folder. Lines of a script that are not
 * read are reported as kept. `problems` is used only while it reads. Errors: ERR_INVALID with problems; ERR_NOT_FOUND,
 * ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int source_read(struct source *source, const char *path, struct report *report, struct problems *problems,
                           struct err *err);

DEFINE_AUTO_FINI(source, struct source, source_fini);

#endif
