/* Reports what happens to each field of the old manifests. Does not depend on kinds of objects.
 *
 * Nothing is dropped silently: each converter reports what it does with each value, and report_sweep() reports the
 * values that no converter has mentioned. */
#pragma once

#include "json/decode.h"

/* In the order of the report: what needs the most attention comes first. */
enum fate {
    FATE_MANUAL,   /* must be checked by a person: the result may not be what is wanted */
    FATE_LOST,     /* not carried because nothing corresponds to it now */
    FATE_CHANGED,  /* the new object has the value in another form */
    FATE_ADDED,    /* an old default that has changed, written explicitly, or a new label or object */
    FATE_CARRIED,  /* the new object has the same value at the target path */
    FATE_KEPT,     /* left unchanged */
    FATE_NEEDLESS, /* not carried because it is not needed, such as what the cluster writes itself */
};

struct report_entry {
    char *file;
    unsigned line, column;
    char *object; /* "Provisioner gpu"; "" for lines of a script */
    char *path;   /* "" for the object itself */
    enum fate fate;
    char *text;
    char *target_object, *target_path; /* for FATE_CARRIED; otherwise NULL */
    size_t file_rank, order;           /* private */
    size_t alike;                      /* private: similar entries that the short text sums up in this one's line */
    bool summed_up;                    /* private: the line of an earlier entry stands for this one */
};

struct report {
    struct report_entry *items;
    size_t count;
    struct strlist files;               /* in the order in which they are reported; the caller adds them */
    const struct yaml_mark **accounted; /* private: values that are accounted for with everything below them */
    size_t accounted_count;
    bool out_of_memory; /* checked once at the end */
};

void report_fini(struct report *report);

/* Returns "carried", "changed", "added", "kept", "not needed", "lost" or "needs manual attention". */
const char *fate_name(enum fate fate);

/* Adds an entry about `node`, and accounts for it and everything below it. The text gives the reason; it is printed
 * after "changed: " or another outcome. */
void report_add(struct report *report, const struct node *node, enum fate fate, const char *format, ...) PRINTF(4, 5);

/* Adds a note about `node`, usually a whole object, without accounting for it. */
void report_note(struct report *report, const struct node *node, enum fate fate, const char *format, ...) PRINTF(4, 5);

/* Reports that the object `title` ("NodePool gpu") has the value, unchanged, at the path that the format `path` makes.
 */
void report_carried(struct report *report, const struct node *node, const char *title, const char *path, ...)
    PRINTF(4, 5);

/* Accounts for a node whose parts are reported elsewhere. */
void report_account(struct report *report, const struct node *node);

/* Adds an entry about a line of a script, which is not a node. */
void report_add_line(struct report *report, struct mark mark, enum fate fate, const char *format, ...) PRINTF(4, 5);

/* Adds a FATE_LOST entry for every leaf below `root` that has not been accounted for. */
void report_sweep(struct report *report, const struct node *root);

/* Sorts the entries by fate, file (in the order of report->files), line and column. */
void report_sort(struct report *report);

/* True if anything was lost or needs manual attention. */
bool report_needs_attention(const struct report *report);

/* Prints one `file:line:column: path: changed: text` per entry, and the totals. Unless `all` is set, one line sums up
 * the carried fields of an object, its fields that are not needed for the same reason, and what is kept for the same
 * reason in one file. Sort the report first. */
void report_print_text(const struct report *report, bool all, struct buf *out);

/* Prints {"totals": {<fate_name()>: count}, "entries": [...]} with every entry as {file, line, column, object, path,
 * outcome, text, targetObject, targetPath}, and a line feed. */
void report_print_json(const struct report *report, struct buf *out);

DEFINE_AUTO_FINI(report, struct report, report_fini);
