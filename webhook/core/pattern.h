/* Shell patterns over Kubernetes names, compiled once: * ? [abc] [a-z] [!a]. */
#pragma once

#include "json/decode.h"

struct pattern; /* immutable */

struct patterns {
    struct pattern **items;
    size_t count;
};

/* Returns NULL on failure. Errors: ERR_INVALID if the text is not a pattern or no name can match it; ERR_NOMEM. */
struct pattern *pattern_compile(const char *text, struct err *err);
void pattern_free(struct pattern *pattern);
const char *pattern_text(const struct pattern *pattern);
/* True for a pattern without '*', '?' and '['. */
bool pattern_is_literal(const struct pattern *pattern);
/* Does not allocate. Takes at most time proportional to the length of the name times that of the pattern. */
bool pattern_matches(const struct pattern *pattern, const char *name);

void patterns_fini(struct patterns *patterns);
/* True if at least one pattern matches. */
bool patterns_match(const struct patterns *patterns, const char *name);
void decode_patterns(const struct node *node, void *target); /* an array of strings; target: struct patterns */
