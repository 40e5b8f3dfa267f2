/* The input of migrate: objects of YAML and JSON files, and commands of scripts. Does not depend on kinds of objects.
 *
 * A file whose name ends in .yaml, .yml or .json is a manifest. Any other file, or standard input, is a script if it
 * begins with "#!", or if a line begins with "cat <<" or kubectl; otherwise it is a manifest, too. In a script, the
 * `kubectl label node` lines and the here-documents of `kubectl apply`, `create` and `replace` are read. A backslash at
 * the end continues a line, and a "$ " before a command is ignored. */
#pragma once

#include "base/strlist.h"
#include "manifest/read.h"
#include "migrate/report.h"

enum { SOURCE_FILE_MAX = 8 << 20 }; /* the limit of a script and of standard input */

struct output;

/* One object, or one item of a List. */
struct source_object {
    const struct manifest *manifest;
    struct node node;                  /* borrowed from the manifest, like the next three */
    const char *version, *kind, *name; /* "" if absent */
    struct output *node_class;         /* what an AWSNodeTemplate, NodeTemplate or EC2NodeClass became */
    const char *class_name;            /* the node class that a Provisioner or NodePool names, or NULL */
    struct node kubelet;               /* its kubelet settings; without a value if it has none */
    struct output *kubelet_class;      /* the copy of the node class that was made for them, or NULL */
    struct output *passed;             /* what an object became that passes through */
    bool changed;                      /* something in that is not as it was, and is in the report */
    bool used;                         /* it is a template that a Provisioner has used */
    bool converted;                    /* it is not passed through */
    struct source_object *next;
};

/* A `kubectl label node ...` command: its words without quotes, up to a comment or an operator of the shell. */
struct source_command {
    struct mark mark; /* its file is borrowed from the report */
    struct strlist words;
};

struct source {
    struct manifests manifests; /* including the Lists themselves */
    struct source_object *first, *last;
    struct source_command *commands;
    size_t command_count;
};

void source_fini(struct source *source);

/* Reads a file ("-": standard input), or all .yaml, .yml and .json files below a folder. Lines of a script that are not
 * read are reported as kept. `problems` is used only while it reads. Errors: ERR_INVALID if `problems` are not empty
 * afterwards; ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int source_read(struct source *source, const char *path, struct report *report, struct problems *problems,
                           struct err *err);

/* -- script.c -- */

/* True if the word is an option of kubectl whose value is the next word. */
bool script_takes_value(const char *word);

bool script_is(const char *text);

/* Adds the commands of `text` to `source`. Copies the documents of here-documents to `manifests`, each at the line that
 * it has in the file, so that positions in `manifests` are positions in the file. `file` must live as long as `source`.
 * Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int script_read(struct source *source, const char *file, const char *text, struct buf *manifests,
                           struct report *report, struct err *err);
