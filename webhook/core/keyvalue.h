/* String maps (labels, annotations, node selectors): sorted arrays that own their strings. */
#pragma once

#include "json/decode.h"

struct keyvalue {
    char *key;
    char *value;
};

struct keyvalues {
    struct keyvalue *items; /* sorted by key (byte order), keys unique */
    size_t count;
};

void keyvalues_fini(struct keyvalues *map);
/* Returns the value, or NULL if the map lacks the key. A NULL map is empty. */
const char *keyvalues_get(const struct keyvalues *map, const char *key);
/* Copies key and value; replaces the value of an existing key. Errors: ERR_NOMEM. */
MUST_CHECK int keyvalues_set(struct keyvalues *map, const char *key, const char *value, struct err *err);

/* Decode an object of strings. Keys must be qualified names; the values of labels must be label values, those of
 * annotations may be any strings. Syntax: k8s.io/apimachinery/pkg/api/validate/content. Target: struct keyvalues, or
 * NULL to check only. */
void decode_labels(const struct node *node, void *target);
void decode_annotations(const struct node *node, void *target);

DEFINE_AUTO_FINI(keyvalues, struct keyvalues, keyvalues_fini);

/* These return NULL if the text is valid, otherwise the end of a sentence about it: "must begin ...". */
const char *name_dns_label_fault(const char *name); /* RFC 1123 label: at most 63 characters */
const char *name_qualified_fault(const char *name); /* [dns-subdomain/]name */
const char *name_label_value_fault(const char *value);
