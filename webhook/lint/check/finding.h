/* Findings with their positions, and how they are silenced. Does not depend on particular rules. */
#pragma once

#include "lint/model/source.h"
#include "lint/rules/rules.h"

struct finding {
    const struct rule *rule;
    const char *file; /* borrowed from a manifest or the policy set; "" if there is none */
    unsigned line, column;
    unsigned width; /* columns that the caret underlines, at least 1 */
    char *object;   /* "NodePool/t4-thirds"; "" if it is about no object */
    char *message;
};

struct findings {
    struct finding *items;
    size_t count;
    bool out_of_memory; /* checked once at the end */
};

void findings_fini(struct findings *findings);

/* A position, and the number of columns there that the caret underlines. */
struct spot {
    struct mark mark;
    unsigned width;
};
struct spot spot_of(struct node node);     /* of the value, or of its parent if the value is absent */
struct spot spot_of_key(struct node node); /* of the key of the value */

/* Returns the rule; RULE_FIELD_PLACEHOLDER for RULE_FIELD_INVALID if the value is one that is filled in later. */
const struct rule *rule_of(enum rule_id rule, struct node node);

/* Adds a finding. `object` may be NULL. */
void findings_add(struct findings *findings, const struct rule *rule, struct spot spot, const char *object,
                  const char *format, ...) PRINTF(5, 6);

/* Sorts by file, line, column, rule and message, and removes duplicates. */
void findings_sort(struct findings *findings);

/* Removes the findings of rules that are named in `disabled`, or in a comment or annotation gpuslice.dev/lint-ignore in
 * the same YAML document. `text_of` returns the text of the document that contains a line, or NULL. */
void findings_filter(struct findings *findings, const struct strlist *disabled,
                     const char *(*text_of)(void *context, const char *file, unsigned line), void *context);

/* Returns the number of findings of that severity. */
size_t findings_count(const struct findings *findings, enum severity severity);

DEFINE_AUTO_FINI(findings, struct findings, findings_fini);
