/* What lint found, where, and what was asked to be left out. Knows no rule. */
#ifndef GPUSLICE_LINT_CHECK_FINDING_H
#define GPUSLICE_LINT_CHECK_FINDING_H

#include "lint/model/source.h"
#include "lint/rules/rules.h"

struct finding {
    const struct rule *rule;
    const char *file; /* borrowed from a manifest or the policy set; "" for none */
    unsigned line, column;
    unsigned width; /* columns that the caret underlines, at least 1 */
    char *object;   /* "NodePool/t4-thirds"; "" where no object is meant */
    char *message;
};

struct findings {
    struct finding *items;
    size_t count;
    bool out_of_memory; /* remembered, asked once at the end */
};

void findings_fini(struct findings *findings);

/* At the value (or, where it is absent, at what should hold it). `object` may be NULL. */
void findings_add(struct findings *findings, const struct rule *rule, struct node node, const char *object,
                  const char *format, ...) PRINTF(5, 6);
/* At the value's key. */
void findings_add_key(struct findings *findings, const struct rule *rule, struct node node, const char *object,
                      const char *format, ...) PRINTF(5, 6);
/* At a place in a file of policies; `line` 0: the whole file. */
void findings_add_line(struct findings *findings, const struct rule *rule, const char *file, unsigned line,
                       unsigned column, const char *object, const char *format, ...) PRINTF(7, 8);

/* By file, line, column, rule; what is said twice of one place is left once. */
void findings_sort(struct findings *findings);

/* Takes out the findings of rules that `disabled` names, and of rules that a comment or annotation
 * gpuslice.dev/lint-ignore names in the same YAML document. `text_of` gives the text of the document
 * that has a line, or NULL. */
void findings_filter(struct findings *findings, const struct strlist *disabled,
                     const char *(*text_of)(void *context, const char *file, unsigned line), void *context);

/* How many are of that severity. */
size_t findings_count(const struct findings *findings, enum severity severity);

DEFINE_AUTO_FINI(findings, struct findings, findings_fini);

#endif
