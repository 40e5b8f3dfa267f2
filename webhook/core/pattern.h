/* Shell patterns over Kubernetes names, compiled once: * ? [abc] [a-z] [!a]. */
#ifndef GPUSLICE_CORE_PATTERN_H
#define GPUSLICE_CORE_PATTERN_H

#include "json/decode.h"

struct pattern; /* immutable */

struct patterns {
    struct pattern **items;
    size_t count;
};

/* Returns NULL with ERR_INVALID (whose text says what would be right) if the text can match no name or is not a
 * pattern, or with ERR_NOMEM. */
struct pattern *pattern_compile(const char *text, struct err *err);
void pattern_free(struct pattern *pattern);
const char *pattern_text(const struct pattern *pattern);
/* True for a pattern without * ? [ */
bool pattern_is_literal(const struct pattern *pattern);
/* Does not allocate. Linear in the name for patterns with at most one *, never exponential. */
bool pattern_matches(const struct pattern *pattern, const char *name);

void patterns_fini(struct patterns *patterns);
bool patterns_match(const struct patterns *patterns, const char *name);
void decode_patterns(const struct node *node, void *target); /* array of texts. Target: struct patterns */

#endif
