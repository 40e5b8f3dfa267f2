/* What became of every field of the old manifests. Knows no kind of object.
 *
 * Nothing may be dropped silently: each converter says of each value what it did with it, and report_sweep() names what
 * nobody spoke of. */
#ifndef GPUSLICE_MIGRATE_REPORT_H
#define GPUSLICE_MIGRATE_REPORT_H

#include "json/decode.h"

enum fate {
    FATE_CARRIED,  /* the same value stands in the new object, at the target path */
    FATE_CHANGED,  /* its meaning stands there, in another form */
    FATE_ADDED,    /* a default of then that is no default now, written out */
    FATE_KEPT,     /* left as it was */
    FATE_NEEDLESS, /* not carried, and not missed: written by the cluster itself */
    FATE_LOST,     /* not carried: there is nothing for it any more */
    FATE_HAND,     /* somebody must look: what is written may not be what is wanted */
};

struct report_entry {
    char *file;
    unsigned line, column;
    char *object; /* "Provisioner gpu"; "" for lines of a script */
    char *path;   /* "" for the object itself */
    enum fate fate;
    char *text;
    char *target_object, *target_path; /* of FATE_CARRIED, else NULL */
    size_t file_rank, order;           /* private */
};

struct report {
    struct report_entry *items;
    size_t count;
    struct strlist files;               /* in the order in which they were given */
    const struct yaml_mark **accounted; /* private: the values that were spoken of, each with all below it */
    size_t accounted_count;
    bool out_of_memory; /* remembered, asked once at the end */
};

void report_fini(struct report *report);

/* "carried", "changed", "added", "kept", "not needed", "lost", "needs a hand" */
const char *fate_name(enum fate fate);

/* Accounts for `node` and all below it. `text` tells why, as what follows "changed: ". */
void report_add(struct report *report, const struct node *node, enum fate fate, const char *format, ...) PRINTF(4, 5);

/* Tells something about `node`, most often a whole object, without accounting for it. */
void report_note(struct report *report, const struct node *node, enum fate fate, const char *format, ...) PRINTF(4, 5);

/* The value stands unchanged at `path` of the object that `title` names ("NodePool gpu"). */
void report_carried(struct report *report, const struct node *node, const char *title, const char *path);

/* Accounts for a node whose parts were spoken of elsewhere. */
void report_account(struct report *report, const struct node *node);

/* For lines of a text, which are no nodes. */
void report_add_line(struct report *report, const char *file, unsigned line, unsigned column, enum fate fate,
                     const char *format, ...) PRINTF(6, 7);

/* Adds a FATE_LOST for every leaf below `root` that nothing accounts for. */
void report_sweep(struct report *report, const struct node *root);

/* Says that a file comes next, also if nothing is ever told about it. Errors: ERR_NOMEM. */
MUST_CHECK int report_file(struct report *report, const char *path, struct err *err);

/* By file (as they were given), line and column. */
void report_sort(struct report *report);

/* Was anything lost, or does anything need a hand? */
bool report_has_news(const struct report *report);

/* `file:line:column: path: changed: text`, one a line; or one JSON array of {file, line, column, object, path, outcome,
 * text, target}. Both end with a line feed. */
void report_print_text(const struct report *report, struct buf *out);
void report_print_json(const struct report *report, struct buf *out);

DEFINE_AUTO_FINI(report, struct report, report_fini);

#endif
