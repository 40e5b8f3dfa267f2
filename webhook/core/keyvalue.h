/* String maps (labels, annotations, node selectors): sorted arrays that own their strings. */
#ifndef GPUSLICE_CORE_KEYVALUE_H
#define GPUSLICE_CORE_KEYVALUE_H

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
/* Returns the value, or NULL. Binary search. A NULL map is empty. */
const char *keyvalues_get(const struct keyvalues *map, const char *key);
/* Copies both; replaces the value of an existing key. Errors: ERR_NOMEM. */
MUST_CHECK int keyvalues_set(struct keyvalues *map, const char *key, const char *value, struct err *err);

/* Decoders: an object of strings with label syntax (key: qualified name; value: label value) and with annotation syntax
 * (key: qualified name; any value). Syntax: k8s.io/apimachinery/pkg/api/validate/content. Target: struct keyvalues;
 * NULL to check only. */
void decode_labels(const struct node *node, void *target);
void decode_annotations(const struct node *node, void *target);

DEFINE_AUTO_FINI(keyvalues, struct keyvalues, keyvalues_fini);

/* These return NULL if the name is valid, else a description of what is wrong with it. */
const char *name_dns_label_fault(const char *name); /* RFC 1123 label, 63 characters */
const char *name_qualified_fault(const char *name); /* [dns-subdomain/]name */
const char *name_label_value_fault(const char *value);

#endif
