/* The input of migrate: objects of YAML and JSON files, and commands of scripts. Does not depend on kinds of objects.
 *
 * A file is a script if its name ends in .sh or .bash, if it begins with "#!", or if a line begins with kubectl, helm,
 * `cat <<` or `tee`; in a file whose name ends in .yaml or .yml, the line must not be indented. All other files are
 * manifests. In a script, `kubectl label node`, `kubectl apply`, `create` and `replace`, `helm` and here-documents with
 * manifests are read, and manifests that are pasted between the commands. A backslash at the end continues a line, and
 * a "$ " before a command is ignored. Manifests are repaired first (paste/repair.h). */
#pragma once

#include "base/strlist.h"
#include "manifest/read.h"
#include "migrate/report/report.h"

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
    struct output *passed;             /* what an object became that passes through, or a source of policies */
    bool changed;                      /* something in that is not as it was, and is in the report */
    bool used;                         /* it is a template that a Provisioner has used */
    bool converted;                    /* it is not passed through */
    struct source_object *next;
};

enum command_kind {
    COMMAND_LABEL, /* kubectl label node */
    COMMAND_APPLY, /* kubectl apply, create or replace -f FILE */
    COMMAND_HELM,
};

/* A command that is converted: its words without quotes, up to an operator of the shell. */
struct source_command {
    enum command_kind kind;
    struct mark mark; /* its file is borrowed from the report */
    struct strlist words;
};

struct source {
    struct manifests manifests; /* including the Lists themselves */
    struct source_object *first, *last;
    struct source_command *commands;
    size_t command_count;
    struct strlist written; /* files that here-documents write, whose manifests are read */
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

/* `path` is the name of the file. */
bool script_is(const char *path, const char *text);

/* Adds the commands of `text` to `source`. Adds the documents of here-documents, and those between the commands, to
 * `texts`: each document is at the line that it has in the file, so that positions are positions in the file. `file`
 * must live as long as `source`. Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int script_read(struct source *source, const char *file, const char *text, struct strlist *texts,
                           struct report *report, struct err *err);

/* -- unread.c -- */

/* Reports a line that is not read: as kept, or as one that needs attention if it changes nodes, Karpenter or the GPU
 * Operator. */
void script_report_unread(struct report *report, struct mark mark, const char *line);
